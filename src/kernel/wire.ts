// A cable or a switched segment between machines: what physical NICs (and the far side of a tap) hang on.

import type { MacAddress } from '../addr/mac.js'
import { isMulticastMac } from '../addr/mac.js'
import { Copied } from '../sim/copied.js'
import type { Task } from '../sim/scheduler.js'
import { ARP_REQUEST, ArpPacket } from '../wire/arp.js'
import { ETHERTYPE_VLAN, type EthernetFrame } from '../wire/ethernet.js'
import { NetDevice } from './netdev.js'
import type { Packet } from './packet.js'
import { drop, hold, release } from './packet.js'
import type { Simulation } from './simulation.js'

/** What is plugged into a wire. */
export interface WireEnd {
  readonly name: string
  /** A frame arrives from the wire. */
  fromWire(pkt: Packet): void
  /** The wire itself came or went. */
  wireCarrier(on: boolean): void
}

export interface WireOptions {
  /** One way, in microseconds. */
  delayUs?: number
  /** 0..1 */
  loss?: number
  /** Longest payload of a frame that passes; 0: any. */
  mtu?: number
  /** A hub shows every frame to every end; a switch learns (default). */
  hub?: boolean
  /** Between machines of the scenario: what one of them said to everybody while it was made up for is news to nobody now. */
  shared?: boolean
}

/** How the switch port behind an end treats tags. */
export interface WirePortOptions {
  /** VLAN of untagged frames (0: they stay untagged, in no VLAN). */
  access?: number
  /** Tags that pass; null: all. */
  trunk?: readonly number[] | null
}

const LEARNED_FOR_US = 300_000_000

interface Port {
  readonly end: WireEnd
  access: number
  trunk: ReadonlySet<number> | null
}

interface Learned {
  port: Port
  atUs: number
}

export class Wire extends Copied {
  private readonly ports: Port[] = []
  private readonly byEnd = new Map<WireEnd, Port>()
  /** By VLAN * 2^48 + MAC. */
  private readonly learned = new Map<number, Learned>()
  delayUs: number
  loss: number
  mtu: number
  readonly hub: boolean
  private readonly shared: boolean
  /** A cut cable: nothing passes and the ends see no carrier. */
  private cut = false

  constructor(
    readonly sim: Simulation,
    readonly name: string,
    options: WireOptions = {},
  ) {
    super()
    this.delayUs = options.delayUs ?? 0
    this.loss = options.loss ?? 0
    this.mtu = options.mtu ?? 0
    this.hub = options.hub ?? false
    this.shared = options.shared ?? false
  }

  get ends(): readonly WireEnd[] {
    return this.ports.map((port) => port.end)
  }

  get isCut(): boolean {
    return this.cut
  }

  setCut(cut: boolean): void {
    this.cut = cut
    for (const port of this.ports) port.end.wireCarrier(!cut)
  }

  attach(end: WireEnd, port: WirePortOptions = {}): void {
    const trunk = port.trunk ?? null
    const added = { end, access: port.access ?? 0, trunk: trunk === null ? null : new Set(trunk) }
    this.ports.push(added)
    if (!this.byEnd.has(end)) this.byEnd.set(end, added)
  }

  /** Another end at the same port of the switch, with what it has learned of it. */
  replace(end: WireEnd, by: WireEnd): void {
    const at = this.ports.findIndex((port) => port.end === end)
    if (at < 0) return
    const gone = this.ports[at]!
    const port = { end: by, access: gone.access, trunk: gone.trunk }
    this.ports[at] = port
    this.byEnd.delete(end)
    this.byEnd.set(by, port)
    for (const entry of this.learned.values()) if (entry.port === gone) entry.port = port
  }

  detach(end: WireEnd): void {
    const at = this.ports.findIndex((port) => port.end === end)
    if (at < 0) return
    const [gone] = this.ports.splice(at, 1)
    this.byEnd.delete(end)
    for (const [key, entry] of this.learned) if (entry.port === gone) this.learned.delete(key)
  }

  /** A frame enters at `end`. */
  send(end: WireEnd, pkt: Packet): void {
    const from = this.portOf(end)
    if (from === null || this.cut) return drop(pkt, 'NO_CARRIER', this)
    if (this.loss > 0 && this.sim.random.below(1_000_000) < this.loss * 1_000_000) return drop(pkt, 'WIRE_LOSS', this)
    const frame = pkt.frame
    if (this.mtu > 0 && frame.payload.length > this.mtu) return drop(pkt, 'FRAME_TOO_LONG', this)
    const vlan = vlanAt(from, pkt)
    if (vlan < 0) return drop(pkt, 'WIRE_VLAN', this)
    pkt.scrub(true)
    if (this.ports.length === 2) return this.deliver(from === this.ports[0] ? this.ports[1]! : this.ports[0]!, pkt, from)
    this.learn(vlan, frame.src, from)
    const known = this.hub || isMulticastMac(frame.dst) ? undefined : this.find(vlan, frame.dst)
    if (known === undefined) return this.flood(from, pkt)
    if (known === from) return drop(pkt, 'BRIDGE_SAME_PORT', this)
    this.deliver(known, pkt, from)
  }

  private portOf(end: WireEnd): Port | null {
    return this.byEnd.get(end) ?? null
  }

  private learn(vlan: number, mac: MacAddress, port: Port): void {
    if (isMulticastMac(mac)) return
    const key = vlan * 0x1000000000000 + mac
    const entry = this.learned.get(key)
    if (entry === undefined) this.learned.set(key, { port, atUs: this.sim.nowUs })
    else {
      entry.port = port
      entry.atUs = this.sim.nowUs
    }
  }

  private find(vlan: number, mac: MacAddress): Port | undefined {
    const entry = this.learned.get(vlan * 0x1000000000000 + mac)
    if (entry === undefined || entry.atUs + LEARNED_FOR_US < this.sim.nowUs) return undefined
    return entry.port
  }

  private flood(from: Port, pkt: Packet): void {
    if (this.shared && this.sim.past > 0 && isNews(pkt.frame)) return drop(pkt, 'LONG_AGO', this)
    let last: Port | null = null
    // Newest first, as the Linux bridge that stands for such a segment elsewhere.
    for (let i = this.ports.length - 1; i >= 0; i--) {
      const port = this.ports[i]!
      if (port === from) continue
      if (last !== null) this.deliver(last, pkt.clone(), from)
      last = port
    }
    if (last === null) return drop(pkt, 'TX_NOWHERE', this)
    this.deliver(last, pkt, from)
  }

  /** Tags are put on or taken off as the ports want it. */
  private deliver(to: Port, pkt: Packet, from: Port): void {
    const vlan = vlanAt(from, pkt)
    const tagged = pkt.frame.vlans.length > 0
    if (vlan !== 0 && vlan === to.access) {
      if (tagged) pkt.frame = pkt.frame.popVlan()
    } else if (vlan !== 0) {
      if (to.access !== 0 && to.trunk === null) return drop(pkt, 'WIRE_VLAN', this)
      if (to.trunk !== null && !to.trunk.has(vlan)) return drop(pkt, 'WIRE_VLAN', this)
      if (!tagged) pkt.frame = pkt.frame.pushVlan({ tpid: ETHERTYPE_VLAN, tci: vlan })
    } else if (to.access !== 0) return drop(pkt, 'WIRE_VLAN', this)
    this.carry(to.end, pkt)
  }

  private carry(end: WireEnd, pkt: Packet): void {
    if (this.delayUs === 0 && end instanceof NetDevice) return this.sim.backlog.push(end, pkt)
    hold(pkt, this)
    this.sim.scheduler.after(this.delayUs, new Arrival(end, pkt))
  }
}

/** For everybody, and nobody answers it. */
function isNews({ dst, payload }: EthernetFrame): boolean {
  if (!isMulticastMac(dst)) return false
  return !(payload instanceof ArpPacket) || payload.operation !== ARP_REQUEST || payload.senderIp === payload.targetIp
}

/** A frame on its way. */
class Arrival extends Copied implements Task {
  constructor(
    private readonly end: WireEnd,
    private readonly pkt: Packet,
  ) {
    super()
  }

  fire(): void {
    release(this.pkt)
    this.end.fromWire(this.pkt)
  }
}

/** The VLAN a frame is in when it enters by `port`; 0: none; -1: the port does not take it. */
function vlanAt(port: Port, pkt: Packet): number {
  const vlans = pkt.frame.vlans
  if (vlans.length === 0) return port.access
  const vid = vlans[0]!.tci & 0xfff
  if (port.trunk !== null && !port.trunk.has(vid)) return -1
  if (port.access !== 0 && port.trunk === null) return -1
  return vid
}
