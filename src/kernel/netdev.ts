// A network device: what every kind shares between `receive` (frames coming in) and `transmit` (frames going out).

import type { MacAddress } from '../addr/mac.js'
import { BROADCAST_MAC, isMulticastMac } from '../addr/mac.js'
import { Copied } from '../sim/copied.js'
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../wire/ethernet.js'
import type { Ipv4DevConf, Ipv6DevConf, NeighConf } from './conf.js'
import { KernelError } from './errno.js'
import type { Ipv4IfAddress, Ipv6IfAddress } from './ifaddr.js'
import { intern } from './intern.js'
import type { Neighbour4, Neighbour6 } from './neigh.js'
import { ReachableTime } from './neigh.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { drop } from './packet.js'

export const IFF_UP = 0x1
export const IFF_BROADCAST = 0x2
export const IFF_LOOPBACK = 0x8
export const IFF_POINTOPOINT = 0x10
export const IFF_NOTRAILERS = 0x20
export const IFF_RUNNING = 0x40
export const IFF_NOARP = 0x80
export const IFF_PROMISC = 0x100
export const IFF_ALLMULTI = 0x200
export const IFF_MASTER = 0x400
export const IFF_SLAVE = 0x800
export const IFF_MULTICAST = 0x1000
export const IFF_DYNAMIC = 0x8000
export const IFF_LOWER_UP = 0x10000
export const IFF_DORMANT = 0x20000

export type OperState = 'unknown' | 'notpresent' | 'down' | 'lowerlayerdown' | 'testing' | 'dormant' | 'up'
export type DeviceKind = 'loopback' | 'physical' | 'veth' | 'bridge' | 'tap' | 'vlan' | 'dummy' | 'ovs-internal' | 'tunnel'
export type Qdisc = 'noop' | 'noqueue' | 'pfifo_fast' | 'fq_codel' | 'mq'

/** What observers of a kernel's devices are told (Linux: the netdevice notifier chain). */
export type DeviceEvent = 'register' | 'unregister' | 'up' | 'going-down' | 'down' | 'change' | 'changeaddr' | 'changemtu' | 'changename'

/** AF_PACKET's view: in before the receive handler, out at transmission. Must not keep `pkt`, only its frame. */
export interface PacketTap {
  frame(pkt: Packet, dev: NetDevice, direction: 'in' | 'out'): void
}

/** What a bridge or a switch hangs on its ports. */
export interface RxHandler {
  /** True: the packet was taken. False: go on to the device's own protocols. */
  handleFrame(pkt: Packet, dev: NetDevice): boolean
  /** Told what happens to the device (a switch that is no kernel device itself). */
  deviceEvent?(dev: NetDevice, event: DeviceEvent): void
}

export class DeviceStats extends Copied {
  rxPackets = 0
  rxBytes = 0
  rxErrors = 0
  rxDropped = 0
  rxMulticast = 0
  txPackets = 0
  txBytes = 0
  txErrors = 0
  txDropped = 0
  txCarrierErrors = 0
  collisions = 0
}

/** Its fields are assigned, not defined: V8 has no quick way to define a field of objects of many classes. */
export abstract class NetDevice extends Copied {
  abstract readonly kind: DeviceKind
  declare netns: NetNamespace
  /** Interned: see intern.ts. */
  declare name: string
  declare ifindex: number
  declare mac: MacAddress
  /** The MAC before it changed, for those that are told of the change. */
  declare lastMac: MacAddress | null
  /** True after the MAC was set by hand (a bridge then keeps it). */
  declare macSetByHand: boolean
  declare mtu: number
  declare minMtu: number
  declare maxMtu: number
  /** IFF_UP, BROADCAST, MULTICAST, NOARP, PROMISC, ALLMULTI, LOOPBACK as set; the derived ones come with `reportedFlags`. */
  declare flags: number
  /** Something is at the other end. Change it through `setCarrier`. */
  declare carrier: boolean
  /** The last state the link watch computed; see `operState`. */
  declare protected watchedState: OperState
  declare txQueueLen: number
  declare group: number
  declare alias: string | null
  declare readonly altNames: string[]
  /** The bridge (or switch) this device is a port of. */
  declare master: NetDevice | null
  declare rxHandler: RxHandler | null
  declare readonly taps: Set<PacketTap>
  declare stats: DeviceStats
  declare readonly addresses: Ipv4IfAddress[]
  declare readonly addresses6: Ipv6IfAddress[]
  /** Counts users of promiscuous mode; a bridge port is always one. */
  declare promiscuity: number
  declare allmulti: number
  declare conf: Ipv4DevConf
  declare conf6: Ipv6DevConf
  declare neighConf: NeighConf
  declare neighConf6: NeighConf
  /** Resolved and pending neighbours by address. */
  declare readonly neighbours: Map<number, Neighbour4>
  declare readonly neighbours6: Map<bigint, Neighbour6>
  /** The link was ready for IPv6 since it came up; the generation ends timers of an earlier time. */
  declare ipv6Ready: boolean
  declare ipv6Generation: number
  declare readonly reachable: ReachableTime
  declare readonly reachable6: ReachableTime
  /** ARP questions that wait for a proxy's answer. */
  declare proxyQueue: number
  /** VLAN devices on top of this one, by tag. */
  declare vlans: Map<number, NetDevice> | null
  /** Whether the driver counts multicast frames, and the header bytes that its byte counters leave out. */
  declare protected countsMulticast: boolean
  declare protected uncountedRx: number
  declare protected uncountedTx: number
  /** On its way to another namespace: what stands on it stays. */
  declare isMoving: boolean
  /** A queue discipline set by `tc`; null: by kind and image. */
  declare qdiscOverride: Qdisc | null

  constructor(netns: NetNamespace, name: string, mac: MacAddress) {
    super()
    this.netns = netns
    this.name = intern(name)
    this.mac = mac
    this.ifindex = 0
    this.lastMac = null
    this.macSetByHand = false
    this.mtu = 1500
    this.minMtu = 68
    this.maxMtu = 65535
    this.flags = IFF_BROADCAST | IFF_MULTICAST
    this.carrier = true
    this.watchedState = 'unknown'
    this.txQueueLen = 1000
    this.group = 0
    this.alias = null
    this.altNames = []
    this.master = null
    this.rxHandler = null
    this.taps = new Set<PacketTap>()
    this.stats = new DeviceStats()
    this.addresses = []
    this.addresses6 = []
    this.promiscuity = 0
    this.allmulti = 0
    this.neighbours = new Map<number, Neighbour4>()
    this.neighbours6 = new Map<bigint, Neighbour6>()
    this.ipv6Ready = false
    this.ipv6Generation = 0
    this.reachable = new ReachableTime()
    this.reachable6 = new ReachableTime()
    this.proxyQueue = 0
    this.vlans = null
    this.countsMulticast = false
    this.uncountedRx = 0
    this.uncountedTx = 0
    this.isMoving = false
    this.qdiscOverride = null
  }

  get isUp(): boolean {
    return (this.flags & 0x1) !== 0
  }

  /** Up and with carrier: packets really leave. */
  get isRunning(): boolean {
    return (this.flags & 0x1) !== 0 && this.carrier
  }

  /** The device this one stands on or is plugged into, as `@name` and `@ifN` show it; null: none. */
  get linkPeer(): NetDevice | null {
    return null
  }

  /** The device whose speed `ethtool` reports for this one; null: its own. */
  get speedOf(): NetDevice | null {
    return null
  }

  get operState(): OperState {
    return this.isUp ? this.watchedState : 'down'
  }

  /** As `ip link` sees them: with RUNNING and LOWER_UP. PROMISC only when set by hand, not for bridge ports and captures. */
  get reportedFlags(): number {
    let flags = this.flags
    if (!this.isUp) return flags
    const state = this.operState
    if (state === 'up' || state === 'unknown') flags |= IFF_RUNNING
    if (this.carrier) flags |= IFF_LOWER_UP
    return flags
  }

  /** Kinds without a queue of their own (bridges, veths, VLANs) have no queue discipline. */
  get hasQueue(): boolean {
    return true
  }

  get qdisc(): Qdisc {
    if (this.qdiscOverride !== null) return this.qdiscOverride
    if (!this.everUp) return 'noop'
    return this.hasQueue ? this.netns.kernel.options.defaultQdisc : 'noqueue'
  }

  everUp = false
  /** Addresses that were joined by hand (`ip maddress add`), and how often. */
  readonly staticGroups = new Map<number, number>()

  /** A frame comes in from what the device is plugged into. */
  receive(pkt: Packet): void {
    if ((this.flags & 0x1) === 0) return drop(pkt, 'DEV_DOWN', this)
    const frame = pkt.frame
    const stats = this.stats
    stats.rxPackets++
    stats.rxBytes += frame.length - this.uncountedRx
    pkt.dev = this
    const dst = frame.dst
    if (dst === this.mac) pkt.packetType = 'host'
    else if (!isMulticastMac(dst)) pkt.packetType = 'otherhost'
    else if (dst === BROADCAST_MAC) pkt.packetType = 'broadcast'
    else {
      pkt.packetType = 'multicast'
      if (this.countsMulticast) stats.rxMulticast++
    }
    if (pkt.trace !== null) pkt.trace.add('rx', this, frame, null)
    this.afterCount(pkt)
  }

  /** Taps, then VLAN devices, then the bridge's handler, then the protocols, as in __netif_receive_skb_core. */
  protected afterCount(pkt: Packet): void {
    if (this.taps.size > 0) for (const tap of this.taps) tap.frame(pkt, this, 'in')
    if (pkt.frame.vlans.length > 0 && this.vlans !== null) {
      const vlan = this.vlans.get(pkt.frame.vlans[0]!.tci & 0xfff)
      if (vlan !== undefined) return vlan.receive(pkt)
    }
    if (this.rxHandler?.handleFrame(pkt, this)) return
    this.deliverUp(pkt)
  }

  /** To the protocols of the namespace. */
  deliverUp(pkt: Packet): void {
    const frame = pkt.frame
    if (frame.vlans.length > 0 && (frame.vlans[0]!.tci & 0xfff) !== 0) return drop(pkt, 'VLAN_UNKNOWN', this)
    switch (frame.type) {
      case ETHERTYPE_IPV4:
        return this.netns.protocols.ipv4(pkt)
      case ETHERTYPE_ARP:
        return this.netns.protocols.arp(pkt)
      case ETHERTYPE_IPV6:
        return this.netns.protocols.ipv6(pkt)
      default:
        if (pkt.packetType === 'otherhost') return drop(pkt, 'OTHERHOST', this)
        this.stats.rxDropped++
        return drop(pkt, 'UNHANDLED_PROTO', this)
    }
  }

  /** A complete frame leaves by this device. */
  transmit(pkt: Packet): void {
    if ((this.flags & 0x1) === 0) return drop(pkt, 'DEV_DOWN', this)
    if (!this.carrier) {
      this.stats.txDropped++
      return drop(pkt, 'NO_CARRIER', this)
    }
    pkt.dev = this
    if (pkt.trace !== null) pkt.trace.add('tx', this, pkt.frame, null)
    if (this.taps.size > 0) for (const tap of this.taps) tap.frame(pkt, this, 'out')
    const stats = this.stats
    stats.txPackets++
    stats.txBytes += pkt.frame.length - this.uncountedTx
    this.startXmit(pkt)
  }

  /** The kind's own way out: the peer, the wire, the ports. */
  protected abstract startXmit(pkt: Packet): void

  /** Kinds that need something to come up (a VLAN its lower device) say so here with a KernelError. */
  protected onUp(): void {}
  protected onDown(): void {}
  /** Registered in a namespace (again, after a move). */
  onRegister(): void {}
  /** After unregistration: peers, upper devices, ports. */
  onRemove(): void {}
  /** After any change that the devices on top of this one follow. */
  protected onCarrier(): void {}

  setUp(): void {
    if (this.isUp) return
    this.checkUp()
    this.flags |= IFF_UP
    this.everUp = true
    this.onUp()
    this.notify('up')
    this.changed()
  }

  /** May refuse: ENETDOWN. */
  protected checkUp(): void {}

  setDown(): void {
    if (!this.isUp) return
    this.notify('going-down')
    this.flags &= ~IFF_UP
    this.onDown()
    this.notify('down')
    this.changed()
  }

  /** The link watch: computes the operational state and tells everybody. */
  setCarrier(on: boolean): void {
    if (this.carrier === on) return
    this.carrier = on
    this.watchLink()
    this.onCarrier()
    if (this.isUp) {
      this.notify('change')
      this.changed()
    }
  }

  protected watchLink(): void {
    this.watchedState = this.carrier ? 'up' : this.isLowerDown() ? 'lowerlayerdown' : 'down'
  }

  /** default_operstate: the device below, looked up by its number in this namespace, has no carrier either. */
  private isLowerDown(): boolean {
    const lower = this.linkPeer
    if (lower === null || lower.ifindex === this.ifindex) return false
    const found = this.netns.deviceByIndex(lower.ifindex)
    return found !== null && !found.carrier
  }

  /** Back to what a device that was never up shows (it changed its namespace). */
  forgetQdisc(): void {
    this.everUp = false
  }

  setMac(mac: MacAddress): void {
    if (isMulticastMac(mac) || mac === 0) throw new KernelError('EADDRNOTAVAIL')
    this.macSetByHand = true
    if (mac === this.mac) return
    this.mac = mac
    this.notify('changeaddr')
    this.changed()
  }

  setMtu(mtu: number): void {
    if (mtu === this.mtu) return
    if (mtu < this.minMtu) throw new KernelError('EINVAL', 'mtu less than device minimum')
    if (this.maxMtu > 0 && mtu > this.maxMtu) throw new KernelError('EINVAL', 'mtu greater than device maximum')
    this.mtu = mtu
    this.notify('changemtu')
    this.changed()
  }

  /** `ip link set DEV arp|multicast|allmulticast|promisc|trailers|dynamic`. */
  setFlag(flag: number, on: boolean): void {
    const had = (this.flags & flag) !== 0
    this.flags = on ? this.flags | flag : this.flags & ~flag
    if (flag === IFF_PROMISC && had !== on) this.promiscuity += on ? 1 : -1
    if (flag === IFF_ALLMULTI && had !== on) this.allmulti += on ? 1 : -1
    if (flag === IFF_NOARP) this.notify('changeaddr')
    this.changed()
  }

  protected notify(event: DeviceEvent): void {
    this.netns.kernel.deviceEvent(this, event)
  }

  /** For `ip monitor link`. */
  changed(): void {
    const events = this.netns.kernel.events
    if (events.isWatched && this.ifindex !== 0) events.emit({ kind: 'link', change: 'new', netns: this.netns, dev: this })
  }
}
