// -j REDIRECT: to this machine itself, at the first address of the device the packet came in by.
import { LOOPBACK_IPV4 } from '../../../addr/ipv4.js'
import { defineTarget, optionsOf } from '../extension.js'
import type { HookState } from '../hook-state.js'
import type { NatParams } from './nat-arguments.js'
import { bind, emptyNat, natFlags, natPorts, portsText } from './nat-arguments.js'

const { option, flag } = optionsOf<NatParams>()

export const redirectTarget = defineTarget<NatParams>({
  name: 'REDIRECT',
  help: 'to this machine itself',
  tables: ['nat'],
  hooks: ['PREROUTING', 'OUTPUT'],
  needsConntrack: true,
  options: [option('to-ports', natPorts, (p, ports) => (p.ports = ports)), flag('random', (p) => (p.random = true))],
  init: emptyNat,
  compile: (p) => (state) => {
    const address = ownAddress(state)
    if (address === null) return 'DROP'
    bind(state, { ...p, addresses: { min: address, max: address } }, 'DST')
    return 'ACCEPT'
  },
  print: (p) => `${p.ports === null ? '' : ` redir ports ${portsText(p.ports)}`}${natFlags(p, '')}`,
  save: (p) => `${p.ports === null ? '' : ` --to-ports ${portsText(p.ports)}`}${natFlags(p, '--')}`,
})

function ownAddress(state: HookState): number | null {
  if (state.hook === 'OUTPUT') return LOOPBACK_IPV4
  return state.inDev?.addresses[0]?.local ?? null
}
