// Two machines answered the same ARP question: the packets go to whoever answered first (or last).
import { formatMac } from '../../addr/mac.js'
import { ARP_REPLY } from '../../wire/arp.js'
import { arpOf } from '../frame-text.js'
import { ipText } from '../lines.js'
import type { Evidence } from '../probe.js'
import type { Fault, Way } from '../way.js'
import { allDevices, netnsText } from './world.js'

/** The way's neighbour was answered for by more than one. */
export function duplicateAnswer({ ways, world }: Evidence, way: Way): Fault | null {
  const neighbours = way.hops
    .flatMap(({ steps }) => steps)
    .flatMap(({ object }) => (object?.kind === 'neighbour' ? [object.neighbour] : []))
  for (const { address, lladdr } of neighbours) {
    const macs = new Set(ways.flatMap(({ hops }) => answersFor(hops[0]?.before, address)))
    if (macs.size < 2 || lladdr === null) continue
    const taker = [...allDevices(world)].find((dev) => dev.mac === lladdr)
    if (taker === undefined) continue
    return {
      id: 'duplicate-arp',
      node: taker.netns.kernel.name,
      netns: taker.netns.name,
      object: `${ipText(address)} is answered for by ${[...macs].map(formatMac).join(' and ')}`,
      why: `Two machines say that they have ${ipText(address)}; the packets went to ${netnsText(taker.netns)}, which cannot do anything with them.`,
      command: taker.netns.name === '' ? 'ip addr' : `ip netns exec ${taker.netns.name} ip addr`,
      likely: [],
    }
  }
  return null
}

function answersFor(frame: Way['hops'][number]['before'] | undefined, address: number): number[] {
  const arp = frame === undefined ? null : arpOf(frame)
  return arp !== null && arp.operation === ARP_REPLY && arp.senderIp === address ? [arp.senderMac] : []
}
