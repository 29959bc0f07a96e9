// -j MASQUERADE: the source becomes the address of the device the packet leaves by.

import { contains } from '../../../addr/ipv4.js'
import type { NetDevice } from '../../netdev.js'
import { SCOPE_HOST } from '../../route-entry.js'
import { defineTarget, optionsOf } from '../extension.js'
import type { NatParams } from './nat-arguments.js'
import { bind, emptyNat, natFlags, natPorts, portsText } from './nat-arguments.js'

const { option, flag } = optionsOf<NatParams>()

export const masqueradeTarget = defineTarget<NatParams>({
  name: 'MASQUERADE',
  help: "the source becomes the outgoing device's address",
  tables: ['nat'],
  hooks: ['POSTROUTING'],
  needsConntrack: true,
  options: [
    option('to-ports', natPorts, (p, ports) => (p.ports = ports)),
    flag('random', (p) => (p.random = true)),
    flag('random-fully', (p) => (p.randomFully = true)),
  ],
  init: emptyNat,
  attach: (_p, netfilter) => netfilter.conntrack.watchDevices(),
  compile: (p) => (state) => {
    const { outDev, pkt, ip } = state
    if (outDev === null || pkt.ct === null || ip.src === 0) return 'ACCEPT'
    const source = sourceOn(outDev, pkt.route?.via ?? ip.dst)
    if (source === null) {
      state.netfilter.log(6, `${outDev.name} ate my IP address`)
      return 'DROP'
    }
    pkt.ct.masqueradeIfindex = outDev.ifindex
    bind(state, { ...p, addresses: { min: source, max: source } }, 'SRC')
    return 'ACCEPT'
  },
  print: (p) => `${p.ports === null ? '' : ` masq ports: ${portsText(p.ports)}`}${natFlags(p, '')}`,
  save: (p) => `${p.ports === null ? '' : ` --to-ports ${portsText(p.ports)}`}${natFlags(p, '--')}`,
})

/** inet_select_addr: the first primary address of the device in the next hop's subnet, else the first, else another device's. */
export function sourceOn(dev: NetDevice, nexthop: number): number | null {
  let first: number | null = null
  for (const own of dev.addresses) {
    if (own.secondary || own.scope >= SCOPE_HOST) continue
    if (contains({ address: own.peer, length: own.length }, nexthop)) return own.local
    first ??= own.local
  }
  if (first !== null) return first
  for (const other of dev.netns.devices) {
    if (other === dev || !other.isUp) continue
    const own = other.addresses.find((each) => !each.secondary && each.scope < SCOPE_HOST)
    if (own !== undefined) return own.local
  }
  return null
}
