// The hash of a frame's flow, the same both ways (Linux: skb_get_hash), and the UDP source port that tunnels make of it.
import { ETHERTYPE_IPV4, type EthernetFrame } from '../wire/ethernet.js'
import { Ipv4Packet, isPorted } from '../wire/ipv4.js'
import { Ipv6Packet } from '../wire/ipv6.js'
import { jhash2, reciprocalScale } from './netfilter/jhash.js'

const words = [0, 0, 0, 0]

/** Addresses and ports sorted, so that question and answer take the same path through an underlay that balances by hash. */
export function flowHash(frame: EthernetFrame, seed: number): number {
  words[0] = frame.type
  words[1] = words[2] = words[3] = 0
  const packet = frame.payload
  if (packet instanceof Ipv4Packet && frame.type === ETHERTYPE_IPV4) hashIpv4(packet)
  else if (packet instanceof Ipv6Packet) {
    words[1] = Number((packet.src ^ packet.dst) & 0xffffffffn) | 0
    words[3] = packet.nextHeader
  }
  return jhash2(words, seed)
}

function hashIpv4(ip: Ipv4Packet): void {
  words[1] = Math.max(ip.src, ip.dst)
  words[2] = Math.min(ip.src, ip.dst)
  words[3] = ip.proto << 16
  const { payload } = ip
  if (!isPorted(payload)) return
  words[0] = (Math.max(payload.sport, payload.dport) << 16) | Math.min(payload.sport, payload.dport)
}

/** udp_flow_src_port: a port of `low`..`high`. */
export function udpSourcePort(frame: EthernetFrame, low: number, high: number, seed: number): number {
  return low + reciprocalScale(flowHash(frame, seed), high - low)
}
