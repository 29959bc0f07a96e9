// The one mutable thing of the datapath (Linux: sk_buff): an immutable frame and what the kernel noted about it on its way.
import type { DropReason } from '../trace/drop-reason.js'
import type { Named, PacketTrace } from '../trace/packet-trace.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import type { Ipv4Packet } from '../wire/ipv4.js'
import type { NetDevice } from './netdev.js'
import type { Connection, CtState, Direction } from './netfilter/connection.js'
import type { RouteResult } from './route-result.js'
import type { Simulation } from './simulation.js'
import type { TunnelKey } from './tunnel-key.js'

/** How the frame's destination MAC relates to the device it was received on. */
export type PacketType = 'host' | 'broadcast' | 'multicast' | 'otherhost' | 'outgoing'

export class Packet {
  /** The device the packet is at: received on, or leaving by. */
  dev: NetDevice
  /** Where it entered the IP layer; null for packets made on this machine. */
  inDev: NetDevice | null = null
  /** Bridge ports of a bridged packet, set while bridge-netfilter is on. */
  physIn: NetDevice | null = null
  physOut: NetDevice | null = null
  /** PREROUTING was already passed on a bridge; the IP layer must not run it a second time. */
  bridgePrerouted = false
  /** A bridged packet whose new destination (DNAT) is being resolved: the MAC it came from, to be put back. 0: none. */
  bridgedSrc = 0
  mark = 0
  ct: Connection | null = null
  /** 0 original, 1 reply. */
  ctDirection: Direction = 0
  /** null: conntrack has not looked at it (matches read that as INVALID). */
  ctState: CtState | null = null
  route: RouteResult | null = null
  /** Came out of this tunnel (shared by clones, never changed). */
  tunnel: TunnelKey | null = null
  packetType: PacketType = 'host'
  /** Devices crossed inside this machine's call chain; stops forwarding loops. */
  hops = 0
  /** Devices that it, or what it is a copy of, went to through the queue of frames in flight: many of them are a loop. */
  passes = 0
  /** Longest fragment of a packet that was put together for conntrack: it leaves in such pieces again. */
  fragMaxSize = 0
  /** Uid of the sending socket's owner, -1 for the kernel's own packets. */
  uid = -1
  /** A switch's connection tracking has begun this one for the packet, and may commit it when the packet comes back. */
  ctPending: Connection | null = null
  trace: PacketTrace | null = null

  /** Use `newPacket`: it keeps the ledger. */
  constructor(
    readonly sim: Simulation,
    dev: NetDevice,
    public frame: EthernetFrame,
  ) {
    this.dev = dev
  }

  /** The IPv4 packet inside; only after the IP layer has checked that there is one. */
  get ip(): Ipv4Packet {
    return this.frame.payload as Ipv4Packet
  }

  set ip(packet: Ipv4Packet) {
    this.frame = this.frame.withPayload(packet)
  }

  /** Shares the frame (frames never change); counted in the ledger. */
  clone(): Packet {
    const copy = new Packet(this.sim, this.dev, this.frame)
    copy.inDev = this.inDev
    copy.physIn = this.physIn
    copy.physOut = this.physOut
    copy.bridgePrerouted = this.bridgePrerouted
    copy.mark = this.mark
    copy.ct = this.ct
    copy.ctDirection = this.ctDirection
    copy.ctState = this.ctState
    copy.route = this.route
    copy.tunnel = this.tunnel
    copy.packetType = this.packetType
    copy.hops = this.hops
    copy.passes = this.passes
    copy.fragMaxSize = this.fragMaxSize
    copy.uid = this.uid
    this.sim.ledger.cloned++
    if (this.trace !== null) copy.trace = this.trace.child()
    return copy
  }

  /** What Linux forgets when a packet leaves a namespace by a veth or a machine by a wire (skb_scrub_packet). */
  scrub(otherNamespace: boolean): void {
    this.inDev = null
    this.physIn = null
    this.physOut = null
    this.bridgePrerouted = false
    this.bridgedSrc = 0
    this.ct = null
    this.ctDirection = 0
    this.ctState = null
    this.route = null
    this.fragMaxSize = 0
    this.uid = -1
    if (!otherNamespace) return
    this.mark = 0
    this.tunnel = null
  }
}

/** A packet enters the lab. `cause`: the packet that this one answers or is sent for, for traces. */
export function newPacket(sim: Simulation, dev: NetDevice, frame: EthernetFrame, cause: Packet | null = null): Packet {
  const pkt = new Packet(sim, dev, frame)
  sim.ledger.made++
  if (sim.tracer !== null) pkt.trace = sim.tracer(pkt, cause === null ? null : cause.trace)
  return pkt
}

/** The packet ends here. */
export function drop(pkt: Packet, reason: DropReason, where: Named): void {
  const dropped = pkt.sim.ledger.dropped
  dropped.set(reason, (dropped.get(reason) ?? 0) + 1)
  if (pkt.trace !== null) pkt.trace.add('drop', where, pkt.frame, reason)
}

/** The packet reached somebody who takes it: a socket (`taker`), a protocol, a reader. */
export function delivered(pkt: Packet, where: Named, taker: unknown = null): void {
  pkt.sim.ledger.delivered++
  if (pkt.trace !== null) pkt.trace.add('deliver', where, pkt.frame, taker)
}

/** The packet waits in a queue; every hold is followed by one release. */
export function hold(pkt: Packet, where: Named): void {
  pkt.sim.ledger.held++
  if (pkt.trace !== null) pkt.trace.add('hold', where, pkt.frame, null)
}

export function release(pkt: Packet): void {
  pkt.sim.ledger.held--
}
