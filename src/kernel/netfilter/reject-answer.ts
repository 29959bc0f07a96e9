// How a REJECT speaks: the ICMP unreachable, and the reset that looks as if the destination had sent it.
import { ICMP_DEST_UNREACH } from '../../wire/icmp.js'
import { IP_DF, Ipv4Packet, PROTO_TCP } from '../../wire/ipv4.js'
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN, TcpSegment } from '../../wire/tcp.js'
import { icmpSend } from '../icmp-send.js'
import { ipLocalOut } from '../ip-output.js'
import { newPacket } from '../packet.js'
import type { HookState } from './hook-state.js'

const RESET_TTL = 64

export function sendUnreachable(state: HookState, code: number): void {
  if (state.ip.fragOffset !== 0) return
  icmpSend(state.netns, state.pkt, ICMP_DEST_UNREACH, code)
}

export function sendReset(state: HookState): void {
  const { ip, pkt } = state
  const segment = ip.payload
  if (segment instanceof Uint8Array || segment.kind !== 'tcp') return
  if ((segment.flags & TCP_RST) !== 0 || segment.checksum !== null) return
  const reset = new Ipv4Packet({ ttl: RESET_TTL, flags: IP_DF, proto: PROTO_TCP, src: ip.dst, dst: ip.src, payload: answerTo(segment) })
  if (pkt.physIn !== null && state.hook === 'FORWARD') return sendOnBridge(state, reset)
  ipLocalOut(state.netns, reset, { anySource: true, about: pkt })
}

/** Straight back out of the port it came by, with the frame's own addresses turned round. */
function sendOnBridge(state: HookState, reset: Ipv4Packet): void {
  const { pkt } = state
  const frame = pkt.frame.withMacs(pkt.frame.src, pkt.frame.dst).withPayload(reset)
  const answer = newPacket(pkt.sim, pkt.physIn!, frame, pkt)
  pkt.physIn!.transmit(answer)
}

function answerTo(segment: TcpSegment): TcpSegment {
  const { sport, dport, flags } = segment
  if ((flags & TCP_ACK) !== 0) return new TcpSegment({ sport: dport, dport: sport, seq: segment.ack, ack: 0, flags: TCP_RST, window: 0 })
  const length = segment.payload.length + ((flags & TCP_SYN) !== 0 ? 1 : 0) + ((flags & TCP_FIN) !== 0 ? 1 : 0)
  const ack = (segment.seq + length) >>> 0
  return new TcpSegment({ sport: dport, dport: sport, seq: 0, ack, flags: TCP_RST | TCP_ACK, window: 0 })
}
