// ICMP: answers to echo and timestamp, and the errors this machine sends.
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'

/** An error about `pkt` to its source; `rest` is the second word (MTU of frag needed, gateway of a redirect). */
export function icmpSend(_netns: NetNamespace, _pkt: Packet, _type: number, _code: number, _rest = 0): void {
  throw new Error('not built yet')
}
