// Identification of IPv4 packets that may be fragmented: a counter per destination and protocol, started at random.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { NetNamespace } from './netns.js'

export function nextIpId(netns: NetNamespace, dst: Ipv4Address, proto: number): number {
  let table = netns.ipIds
  if (table === null) {
    table = new Uint16Array(256)
    const random = netns.kernel.random.fork(`ip-id/${netns.kernel.name}/${netns.id}`)
    for (let i = 0; i < table.length; i++) table[i] = random.below(65536)
    netns.ipIds = table
  }
  const slot = (Math.imul(dst ^ proto, 0x9e3779b1) >>> 24) & 255
  table[slot]!++
  return table[slot] === 0 ? (table[slot] = 1) : table[slot]!
}
