// Echo requests and replies over the socket kinds that ping may use: raw, or ICMP datagram where ping_group_range allows it.
import type { Ipv4Address } from '../../addr/ipv4.js'
import type { Errno } from '../../kernel/errno.js'
import type { Socket } from '../../kernel/socket.js'
import { openPing, openRaw } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { ICMP_ECHO, ICMP_ECHO_REPLY, ICMP_REDIRECT, IcmpMessage } from '../../wire/icmp.js'
import type { Ipv4Packet } from '../../wire/ipv4.js'
import { PROTO_ICMP } from '../../wire/ipv4.js'

export interface EchoReply {
  readonly kind: 'reply'
  readonly from: Ipv4Address
  readonly seq: number
  readonly ttl: number
  readonly data: Uint8Array
  readonly isChecksumRight: boolean
  readonly atUs: number
}

/** A redirect about one of our echoes; errors come through the error queue. */
export interface EchoRedirect {
  readonly kind: 'redirect'
  readonly from: Ipv4Address
  readonly seq: number
  readonly code: number
  readonly gateway: number
}

export interface EchoTransport {
  readonly socket: Socket
  readonly id: number
  send(dst: Ipv4Address, seq: number, data: Uint8Array): Errno | null
  receive(): EchoReply | EchoRedirect | null
}

/** Datagram sockets for the groups of ping_group_range, as iputils tries them first; raw otherwise. */
export function openEcho(proc: Process, id: number | null): EchoTransport {
  const { pingGroupLow, pingGroupHigh } = proc.netns.sockets.settings
  const allowed = proc.gid >= pingGroupLow && proc.gid <= pingGroupHigh
  return allowed && id === null ? new DatagramEcho(proc) : new RawEcho(proc, id ?? proc.pid & 0xffff)
}

class DatagramEcho implements EchoTransport {
  readonly socket

  constructor(proc: Process) {
    this.socket = openPing(proc)
    this.socket.receiveErrors = true
  }

  get id(): number {
    return this.socket.localPort
  }

  send(dst: Ipv4Address, seq: number, data: Uint8Array): Errno | null {
    return this.socket.sendEcho(dst, seq, data)
  }

  receive(): EchoReply | null {
    const received = this.socket.receive()
    return received === null ? null : replyOf(received.packet, received.packet.payload as IcmpMessage, received.atUs)
  }
}

export class RawEcho implements EchoTransport {
  readonly socket

  constructor(
    proc: Process,
    readonly id: number,
  ) {
    this.socket = openRaw(proc, PROTO_ICMP)
    this.socket.receiveErrors = true
    // ICMP_FILTER
    this.socket.filter = (packet) => {
      const payload = packet.payload
      return (
        !(payload instanceof Uint8Array) && payload.kind === 'icmp' && (payload.type === ICMP_ECHO_REPLY || payload.type === ICMP_REDIRECT)
      )
    }
  }

  send(dst: Ipv4Address, seq: number, data: Uint8Array): Errno | null {
    return this.socket.sendTo(
      new IcmpMessage({ type: ICMP_ECHO, code: 0, rest: ((this.id << 16) | (seq & 0xffff)) >>> 0, payload: data }),
      dst,
    )
  }

  receive(): EchoReply | EchoRedirect | null {
    for (;;) {
      const received = this.socket.receive()
      if (received === null) return null
      const message = received.packet.payload as IcmpMessage
      if (message.type === ICMP_REDIRECT) {
        const seq = this.seqOfQuote(message.payload)
        if (seq !== null) return { kind: 'redirect', from: received.packet.src, seq, code: message.code, gateway: message.rest }
      } else if (message.id === this.id) return replyOf(received.packet, message, received.atUs)
    }
  }

  /** Sequence number of the quoted echo; null when it is not ours. */
  private seqOfQuote(quote: Uint8Array): number | null {
    const at = ((quote[0] ?? 0x45) & 15) * 4
    if (quote.length < at + 8 || quote[9] !== PROTO_ICMP || quote[at] !== ICMP_ECHO) return null
    const id = (quote[at + 4]! << 8) | quote[at + 5]!
    return id === this.id ? (quote[at + 6]! << 8) | quote[at + 7]! : null
  }
}

function replyOf(packet: Ipv4Packet, message: IcmpMessage, atUs: number): EchoReply {
  return {
    kind: 'reply',
    from: packet.src,
    seq: message.seq,
    ttl: packet.ttl,
    data: message.payload,
    isChecksumRight: message.checksum === null,
    atUs,
  }
}
