// Ports as OpenFlow describes them.
import { formatMac } from '../../../addr/mac.js'
import { PhysicalDevice } from '../../../kernel/dev/physical.js'
import type { TextContext } from '../../../ovs/flow-text-error.js'
import { OFPP_LOCAL } from '../../../ovs/port-numbers.js'
import { formatPort } from '../../../ovs/port-text.js'
import type { OfPort } from '../../../ovs/ports.js'
import type { OpenFlowVersion } from '../../../ovs/version.js'
import { atLeast } from '../../../ovs/version.js'
import { virtualMac } from '../../../ovs/virtual-mac.js'

/** A network card offers all it can do. */
const OFFERED = '10MB-HD 10MB-FD 100MB-HD 100MB-FD 1GB-FD COPPER AUTO_NEG'

interface Features {
  readonly current: string | null
  readonly offered: string | null
  readonly speed: number
  readonly maxSpeed: number
}

const NONE: Features = { current: null, offered: null, speed: 0, maxSpeed: 0 }

function features(port: OfPort, kernel: string): Features {
  const { dev } = port
  if (dev instanceof PhysicalDevice) {
    const speed = dev.speedMbps
    const name = speed >= 1000 ? `${speed / 1000}GB` : `${speed}MB`
    return { current: `${name}-FD COPPER AUTO_NEG`, offered: OFFERED, speed, maxSpeed: Math.max(speed, 1000) }
  }
  // Internal ports of the userspace datapath are TAP devices; those of the kernel's say nothing.
  const isTap = dev?.kind === 'tap' || (port.kind === 'internal' && port.bridge.datapathType === 'netdev')
  if (!isTap && dev?.kind !== 'veth') return NONE
  const speed = isTap && !atLeast(kernel, '5.9') ? 10 : 10_000
  return { current: `${speed === 10 ? '10MB' : '10GB'}-FD COPPER`, offered: null, speed, maxSpeed: 0 }
}

/** OpenFlow 1.1 gave up some of the switches. */
function configNames({ config, dev }: OfPort, openflow: OpenFlowVersion): string {
  const names: string[] = []
  if (config.down || (dev !== null && !dev.isUp)) names.push('PORT_DOWN')
  if (config.noReceive) names.push('NO_RECV')
  if (config.noFlood && openflow === '1.0') names.push('NO_FLOOD')
  if (config.noForward) names.push('NO_FWD')
  if (config.noPacketIn) names.push('NO_PACKET_IN')
  return names.length === 0 ? '0' : names.join(' ')
}

function stateNames(port: OfPort, version: OpenFlowVersion, ovs: string): string {
  const { dev } = port
  if (dev !== null && !dev.isRunning) return 'LINK_DOWN'
  return version !== '1.0' && atLeast(ovs, '2.9') ? 'LIVE' : '0'
}

/** In the order of their numbers, LOCAL last. */
export function sortedPorts(ports: Iterable<OfPort>): OfPort[] {
  return [...ports].sort((a, b) => a.ofport - b.ofport)
}

export interface PortListing {
  readonly openflow: OpenFlowVersion
  readonly text: TextContext
  /** Version of the kernel: what its TAP devices say of themselves. */
  readonly kernel: string
}

export function describePort(port: OfPort, { openflow, text, kernel }: PortListing): string {
  const mac = port.dev === null ? virtualMac(port) : port.dev.mac
  const { current, offered, speed, maxSpeed } = features(port, kernel)
  const number =
    port.ofport === OFPP_LOCAL ? 'LOCAL' : formatPort(port.ofport, { ...text, ports: { number: () => null, name: () => null } })
  const lines = [
    ` ${number}(${port.name}): addr:${formatMac(mac)}`,
    `     config:     ${configNames(port, openflow)}`,
    `     state:      ${stateNames(port, openflow, text.version)}`,
  ]
  if (current !== null) lines.push(`     current:    ${current}`)
  if (offered !== null) lines.push(`     advertised: ${offered}`, `     supported:  ${offered}`)
  lines.push(`     speed: ${speed} Mbps now, ${maxSpeed} Mbps max`)
  return `${lines.join('\n')}\n`
}
