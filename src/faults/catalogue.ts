// All faults that there are.
import { FIP_WAY_FAULTS } from './catalogue/fip-ways.js'
import { FLOATING_FAULTS } from './catalogue/floating-ips.js'
import { PORT_FAULTS } from './catalogue/ports.js'
import { ROUTER_FAULTS } from './catalogue/routers.js'
import { GROUP_FAULTS } from './catalogue/security-groups.js'
import { SERVICE_FAULTS } from './catalogue/services.js'
import { TUNNEL_FAULTS } from './catalogue/tunnels.js'
import type { CatalogueFault } from './fault.js'

export const FAULTS: readonly CatalogueFault[] = [
  ...PORT_FAULTS,
  ...TUNNEL_FAULTS,
  ...GROUP_FAULTS,
  ...ROUTER_FAULTS,
  ...FLOATING_FAULTS,
  ...FIP_WAY_FAULTS,
  ...SERVICE_FAULTS,
]

export function faultNamed(id: string): CatalogueFault | null {
  return FAULTS.find((fault) => fault.id === id) ?? null
}
