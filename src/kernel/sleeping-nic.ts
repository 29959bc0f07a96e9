// Stands on a wire for the card of a machine that sleeps: it answers for the machine's addresses as the kernel would, and wakes it for
// what it must see itself.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { MacAddress } from '../addr/mac.js'
import { Copied } from '../sim/copied.js'
import { ARP_REPLY, ARP_REQUEST, ArpPacket } from '../wire/arp.js'
import { ETHERTYPE_ARP, EthernetFrame } from '../wire/ethernet.js'
import { drop, hold, type Packet, release } from './packet.js'
import type { Wire, WireEnd } from './wire.js'

export interface SleepGuard {
  /** Somebody on the machine would answer the frame, pass it on or keep it in mind. */
  concerns(frame: EthernetFrame, nic: SleepingNic): boolean
  /** The machine is to wake before anything else happens. */
  rouse(): void
}

export class SleepingNic extends Copied implements WireEnd {
  private readonly waiting: Packet[] = []
  /** The card itself, once the machine is awake. */
  private card: WireEnd | null = null

  constructor(
    readonly name: string,
    readonly mac: MacAddress,
    readonly wire: Wire,
    /** Of the machine itself on this card. */
    readonly addresses: readonly Ipv4Address[],
    /** The lab's own also in a copy of it: what is tried there may wake the machine here. */
    private readonly guard: SleepGuard,
  ) {
    super()
  }

  fromWire(pkt: Packet): void {
    if (this.card !== null) return this.card.fromWire(pkt)
    const { frame } = pkt
    const asked = this.question(frame)
    if (asked !== null) return this.answer(pkt, asked)
    if (!this.guard.concerns(frame, this)) return drop(pkt, 'NODE_ASLEEP', this)
    hold(pkt, this)
    this.waiting.push(pkt)
    this.guard.rouse()
  }

  wireCarrier(): void {}

  /** What has come for the machine, once it is awake. */
  handOver(to: WireEnd): void {
    this.card = to
    for (const pkt of this.waiting.splice(0)) {
      release(pkt)
      to.fromWire(pkt)
    }
  }

  private question({ payload, vlans }: EthernetFrame): ArpPacket | null {
    if (!(payload instanceof ArpPacket) || vlans.length > 0 || payload.operation !== ARP_REQUEST) return null
    return this.addresses.includes(payload.targetIp) ? payload : null
  }

  private answer(pkt: Packet, asked: ArpPacket): void {
    const reply = new ArpPacket({
      operation: ARP_REPLY,
      senderMac: this.mac,
      senderIp: asked.targetIp,
      targetMac: asked.senderMac,
      targetIp: asked.senderIp,
    })
    pkt.frame = new EthernetFrame({ dst: asked.senderMac, src: this.mac, type: ETHERTYPE_ARP, payload: reply })
    this.wire.send(this, pkt)
  }
}
