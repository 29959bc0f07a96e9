// ICMPv6 echo sockets: enough for ping on a link.
import type { Ipv6Address } from '../addr/ipv6.js'
import { get16, put16 } from '../wire/bytes.js'
import { ICMPV6_ECHO, Icmpv6Message } from '../wire/icmpv6.js'
import { PROTO_ICMPV6 } from '../wire/ipv4.js'
import { Ipv6Packet } from '../wire/ipv6.js'
import type { Errno } from './errno.js'
import { ipv6LocalOut } from './ipv6-output.js'
import type { NetDevice } from './netdev.js'
import type { Echo6Listener, NetNamespace } from './netns.js'
import { Socket } from './socket.js'

export interface Echo6Reply {
  readonly from: Ipv6Address
  readonly dev: NetDevice
  readonly seq: number
  readonly hopLimit: number
  readonly data: Uint8Array
  readonly atUs: number
}

const QUEUE_LIMIT = 256

export class Ping6Socket extends Socket implements Echo6Listener {
  readonly kind = 'ping'
  readonly received: Echo6Reply[] = []

  constructor(
    netns: NetNamespace,
    readonly id: number,
  ) {
    super(netns)
    this.family = 6
    netns.echo6Listeners.add(this)
  }

  heardEcho6(packet: Ipv6Packet, message: Icmpv6Message, dev: NetDevice): void {
    if (message.body.length < 4 || get16(message.body, 0) !== this.id || this.received.length >= QUEUE_LIMIT) return
    this.received.push({
      from: packet.src,
      dev,
      seq: get16(message.body, 2),
      hopLimit: packet.hopLimit,
      data: message.body.subarray(4),
      atUs: this.netns.kernel.sim.nowUs,
    })
    this.wake()
  }

  sendEcho(dst: Ipv6Address, seq: number, data: Uint8Array): Errno | null {
    const body = new Uint8Array(4 + data.length)
    put16(body, 0, this.id)
    put16(body, 2, seq)
    body.set(data, 4)
    const payload = new Icmpv6Message({ type: ICMPV6_ECHO, code: 0, body })
    const packet = new Ipv6Packet({ nextHeader: PROTO_ICMPV6, hopLimit: this.ttl ?? 64, trafficClass: this.tos, src: 0n, dst, payload })
    return ipv6LocalOut(this.netns, packet, { oif: this.boundIfindex === 0 ? null : this.netns.deviceByIndex(this.boundIfindex) })
  }

  close(): void {
    this.isClosed = true
    this.netns.echo6Listeners.delete(this)
    this.wake()
  }
}
