// Ways as one capture file: an interface for each place where a capture could have stood, the packets of all of them in order of time.

import { encodeFrame } from '../wire/encode.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import { LINKTYPE_EN10MB } from '../wire/pcap.js'
import { type PcapngInterface, type PcapngPacket, writePcapng } from '../wire/pcapng.js'
import type { Hop, Way } from './way.js'

export interface WayPcapngOptions {
  /** Wall clock when virtual time is 0: microseconds since 1970 UTC. */
  readonly clockStartUs: number
  /** `netlab 0.1.0` */
  readonly application: string
  /** Only what is seen there; everything when absent. */
  readonly places?: readonly { readonly node: string; readonly device: string }[]
}

interface Sighting {
  readonly hop: Hop
  readonly device: string
  readonly direction: 'in' | 'out'
  readonly frame: EthernetFrame
  readonly comment: string
}

export function pcapngOf(ways: readonly Way[], { clockStartUs, application, places }: WayPcapngOptions): Uint8Array {
  const interfaces = new Map<string, number>()
  const isWanted = ({ hop, device }: Sighting): boolean =>
    places === undefined || places.some((place) => place.node === hop.node && place.device === device)
  const sightings = ways.flatMap(sightingsOf).filter(isWanted)
  // Stable: what is seen at the same microsecond stays in the order of the way.
  sightings.sort((one, other) => one.hop.atUs - other.hop.atUs)
  const packets = sightings.map(({ hop, device, direction, frame, comment }): PcapngPacket => {
    const name = `${hop.node}/${hop.netns === '' ? '-' : hop.netns}/${device}`
    const number = interfaces.get(name) ?? interfaces.size
    interfaces.set(name, number)
    const bytes = encodeFrame(frame)
    return { interface: number, direction, comment, timeUs: clockStartUs + hop.atUs, nanos: 0, originalLength: bytes.length, bytes }
  })
  return writePcapng([...interfaces.keys()].map(interfaceOf), packets, application)
}

function interfaceOf(name: string): PcapngInterface {
  const [node, netns, device] = name.split('/')
  const command = `tcpdump -i ${device}`
  return {
    name,
    description: `${node}: ${netns === '-' ? command : `ip netns exec ${netns} ${command}`}`,
    // Differs: devices without Ethernet headers are written with empty ones, for libpcap reads files of one link type only.
    linkType: LINKTYPE_EN10MB,
  }
}

function sightingsOf(way: Way): Sighting[] {
  // On a wire itself nobody can listen, at both its ends one can.
  const own = way.hops.flatMap((hop, at) =>
    (hop.kind === 'wire' ? [] : hop.steps).flatMap((step): Sighting[] => {
      if (step.kind !== 'rx' && step.kind !== 'tx') return []
      const device = step.object?.kind === 'device' ? step.object.device.name : hop.place
      const comment = `packet ${way.id} ${way.role}, hop ${at + 1}: ${step.text}`
      return [{ hop, device, direction: step.kind === 'rx' ? 'in' : 'out', frame: step.after, comment }]
    }),
  )
  return [...own, ...way.branches.flatMap(sightingsOf)]
}
