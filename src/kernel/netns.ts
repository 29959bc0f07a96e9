// A network namespace: devices, tables and settings that its processes see.

import type { MacAddress } from '../addr/mac.js'
import { Copied } from '../sim/copied.js'
import type { Icmpv6Message } from '../wire/icmpv6.js'
import type { Ipv4Packet } from '../wire/ipv4.js'
import type { Ipv6Packet } from '../wire/ipv6.js'
import { Ipv4DevConf, Ipv4GlobalConf, Ipv6DevConf, NeighConf } from './conf.js'
import type { TunnelTable } from './dev/ip-tunnel-table.js'
import { KernelError } from './errno.js'
import { Fib } from './fib.js'
import { Reassembly } from './fragment.js'
import { IcmpLimits } from './icmp-limit.js'
import { intern } from './intern.js'
import type { Kernel } from './kernel.js'
import { NeighbourTable } from './neigh-table.js'
import type { NetDevice } from './netdev.js'
import { IFF_LOOPBACK, IFF_NOARP } from './netdev.js'
import { Netfilter } from './netfilter/hooks.js'
import type { Packet } from './packet.js'
import { RouteCache } from './route-cache.js'
import { RouteExceptions } from './route-exception.js'
import type { RouteResult } from './route-result.js'
import { RuleTable } from './rule.js'
import { SocketTable } from './socket-table.js'
import { Sysctl } from './sysctl.js'
import type { EncapSocket } from './udp-encap.js'

/** Where frames go by their EtherType; filled by kernel.ts so that devices need not know the protocols. */
export interface Protocols {
  ipv4(pkt: Packet): void
  arp(pkt: Packet): void
  ipv6(pkt: Packet): void
  /** ipLocalOut for those that ipLocalOut itself needs: errors about packets it cannot send. */
  /** `about`: the packet it answers, whose connection it belongs to. */
  sendIpv4(netns: NetNamespace, packet: Ipv4Packet, route: RouteResult, mark: number, about?: Packet): void
}

/** Takes the packets of an IP protocol. */
export interface IpProtocol {
  receive(pkt: Packet): void
}

export interface Echo6Listener {
  heardEcho6(packet: Ipv6Packet, message: Icmpv6Message, dev: NetDevice): void
}

/** net.bridge.*: whether bridged frames pass the IP hooks. */
export class BridgeNetfilterConf extends Copied {
  callIptables = 1
  callIp6tables = 1
  callArptables = 1
  filterPppoeTagged = 0
  filterVlanTagged = 0
  passVlanInputDev = 0
}

export class NetNamespace extends Copied {
  readonly devicesByIndex = new Map<number, NetDevice>()
  private readonly byName = new Map<string, NetDevice>()
  private lastIfindex = 0
  private readonly ids = new Map<NetNamespace, number>()
  readonly confAll = new Ipv4DevConf()
  readonly confDefault = new Ipv4DevConf()
  readonly conf = new Ipv4GlobalConf()
  readonly neighDefault = new NeighConf()
  readonly neighDefault6 = new NeighConf()
  readonly conf6All = new Ipv6DevConf()
  readonly conf6Default = new Ipv6DevConf()
  readonly bridgeNf = new BridgeNetfilterConf()
  readonly fib: Fib
  readonly rules: RuleTable
  readonly routeCache: RouteCache
  readonly exceptions: RouteExceptions
  readonly neigh: NeighbourTable
  readonly reassembly: Reassembly
  readonly icmpLimits: IcmpLimits
  readonly sysctl: Sysctl
  readonly netfilter: Netfilter
  readonly sockets: SocketTable
  /** Ping sockets of IPv6: told every echo reply. */
  readonly echo6Listeners = new Set<Echo6Listener>()
  /** Who takes the packets of an IP protocol that is neither ICMP, UDP nor TCP, after INPUT: tunnels. */
  readonly ipProtocols = new Map<number, IpProtocol>()
  /** UDP ports that tunnels of the kernel's own listen on. */
  readonly encapSockets = new Map<number, EncapSocket>()
  /** Tunnel devices that have their lower end here; see dev/ip-tunnel-table.ts. */
  tunnels: TunnelTable | null = null
  /** Identifications of IPv4 packets; see ip-id.ts. */
  ipIds: Uint16Array | null = null
  /** Multicast groups beyond 224.0.0.1, with the number of users. */
  readonly joinedGroups = new Map<number, number>()
  protocols!: Protocols
  loopback!: NetDevice
  /** False after deletion. */
  isAlive = true

  constructor(
    readonly kernel: Kernel,
    /** Unique on the machine, as the inode of /proc/PID/ns/net is. */
    readonly id: number,
    /** For traces and messages: the name under /var/run/netns, '' for the machine's first. */
    public name: string,
  ) {
    super()
    this.neighDefault6.locktime = 0
    this.confAll.accept_source_route = 0
    this.conf6All.accept_dad = 0
    this.conf6All.mtu = this.conf6Default.mtu = 1280
    this.fib = new Fib(this)
    this.rules = new RuleTable(this)
    this.routeCache = new RouteCache(this)
    this.exceptions = new RouteExceptions(this)
    this.neigh = new NeighbourTable(this)
    this.reassembly = new Reassembly(this)
    this.icmpLimits = new IcmpLimits(kernel.sim.scheduler)
    this.sysctl = new Sysctl(this)
    this.netfilter = new Netfilter(this)
    this.sockets = new SocketTable(this)
  }

  /** The machine's own namespace; some settings are there only. */
  get isInit(): boolean {
    return this.kernel.initNetns === this || this.kernel.initNetns === undefined
  }

  get nowUs(): number {
    return this.kernel.sim.scheduler.nowUs
  }

  /** By ifindex. */
  get devices(): NetDevice[] {
    return [...this.devicesByIndex.values()].sort((a, b) => a.ifindex - b.ifindex)
  }

  /** By name or alternative name. */
  deviceByName(name: string): NetDevice | null {
    return this.byName.get(name) ?? null
  }

  deviceByIndex(ifindex: number): NetDevice | null {
    return this.devicesByIndex.get(ifindex) ?? null
  }

  /** Registers a new device: name template `veth%d` allowed; EEXIST for a taken name, EINVAL for a bad one. */
  addDevice(dev: NetDevice, ifindex?: number): void {
    const name = this.fillTemplate(dev.name)
    if (!isValidDeviceName(name)) throw new KernelError('EINVAL')
    if (this.byName.has(name)) throw new KernelError('EEXIST')
    if (ifindex !== undefined && this.devicesByIndex.has(ifindex)) throw new KernelError('EBUSY')
    dev.name = intern(name)
    this.enlist(dev, ifindex ?? this.pinnedIfindex(dev.name) ?? this.nextIfindex())
  }

  /** Unregisters (`ip link del`): addresses, routes, neighbours, master, VLANs on top, veth peer go with it. */
  removeDevice(dev: NetDevice): void {
    if (dev === this.loopback && this.isAlive) throw new KernelError('EOPNOTSUPP')
    if (this.devicesByIndex.get(dev.ifindex) !== dev) return
    dev.setDown()
    this.kernel.deviceEvent(dev, 'unregister')
    this.delist(dev)
    const { events } = this.kernel
    if (events.isWatched) events.emit({ kind: 'link', change: 'del', netns: this, dev })
    dev.onRemove()
  }

  /** `ip link set DEV netns`: keeps the ifindex when free there; addresses and routes are lost. */
  moveDevice(dev: NetDevice, target: NetNamespace, newName?: string): void {
    if (target === this) return
    if (dev.kind === 'loopback' || dev.kind === 'bridge') throw new KernelError('EINVAL', 'The interface netns is immutable')
    const name = target.fillTemplate(newName ?? dev.name)
    if (target.byName.has(name)) throw new KernelError('EEXIST', 'An interface with the same name exists in the target netns')
    for (const alt of dev.altNames) {
      if (target.byName.has(alt)) throw new KernelError('EEXIST', 'An interface with the same altname exists in the target netns')
    }
    dev.isMoving = true
    if (this.kernel.options.movesAssignIds) this.allocateIdOf(target)
    dev.setDown()
    this.kernel.deviceEvent(dev, 'unregister')
    this.delist(dev)
    const { events } = this.kernel
    if (events.isWatched) events.emit({ kind: 'link', change: 'del', netns: this, dev })
    dev.isMoving = false
    dev.forgetQdisc()
    dev.netns = target
    dev.name = name
    target.enlist(dev, target.devicesByIndex.has(dev.ifindex) ? target.nextIfindex() : dev.ifindex)
  }

  /** EBUSY is gone since Linux 6.2: an up device may be renamed there. */
  renameDevice(dev: NetDevice, name: string): void {
    const wanted = this.fillTemplate(name)
    if (wanted === dev.name) return
    if (!isValidDeviceName(wanted)) throw new KernelError('EINVAL')
    if (this.byName.has(wanted)) throw new KernelError('EEXIST')
    if (dev.isUp && !this.kernel.options.renameWhileUp) throw new KernelError('EBUSY')
    this.byName.delete(dev.name)
    dev.name = wanted
    this.byName.set(wanted, dev)
    this.kernel.deviceEvent(dev, 'changename')
    dev.changed()
  }

  addAltName(dev: NetDevice, name: string): void {
    if (this.byName.has(name)) throw new KernelError('EEXIST')
    dev.altNames.push(name)
    this.byName.set(name, dev)
    dev.changed()
  }

  deleteAltName(dev: NetDevice, name: string): void {
    const at = dev.altNames.indexOf(name)
    if (at < 0) throw new KernelError('EINVAL')
    dev.altNames.splice(at, 1)
    this.byName.delete(name)
    dev.changed()
  }

  private enlist(dev: NetDevice, ifindex: number): void {
    dev.netns = this
    dev.ifindex = ifindex
    this.devicesByIndex.set(ifindex, dev)
    this.byName.set(dev.name, dev)
    for (const alt of dev.altNames) this.byName.set(alt, dev)
    dev.conf = this.confDefault.copy()
    dev.conf6 = this.conf6Default.copy()
    dev.neighConf = this.neighDefault.copy()
    dev.neighConf6 = this.neighDefault6.copy()
    if (dev.kind === 'loopback') dev.conf.disable_policy = dev.conf.disable_xfrm = 1
    dev.conf6.mtu = dev.mtu
    if ((dev.flags & (IFF_LOOPBACK | IFF_NOARP)) !== 0) dev.conf6.accept_dad = dev.conf6.use_tempaddr = -1
    this.knowPeer(dev)
    dev.onRegister()
    this.kernel.deviceEvent(dev, 'register')
    dev.changed()
  }

  /** Namespaces that a link joins know each other by a number. */
  private knowPeer(dev: NetDevice): void {
    const peer = dev.linkPeer
    if (peer === null || peer.ifindex === 0 || peer.netns === this) return
    this.allocateIdOf(peer.netns)
    peer.netns.allocateIdOf(this)
  }

  private delist(dev: NetDevice): void {
    this.devicesByIndex.delete(dev.ifindex)
    this.byName.delete(dev.name)
    for (const alt of dev.altNames) this.byName.delete(alt)
    this.fib.touch()
  }

  /** Numbers go on from a pinned one, as if devices that are gone had had those before it. */
  private pinnedIfindex(name: string): number | null {
    const { kernel } = this
    if (kernel.pins.size === 0) return null
    const ifindex = Number(kernel.takePin(`${name}/ifindex`) ?? 0)
    if (ifindex === 0 || this.devicesByIndex.has(ifindex)) return null
    this.lastIfindex = Math.max(this.lastIfindex, ifindex)
    return ifindex
  }

  private nextIfindex(): number {
    do this.lastIfindex++
    while (this.devicesByIndex.has(this.lastIfindex))
    return this.lastIfindex
  }

  /** For pins: the next device made here gets at least this number. */
  setNextIfindex(ifindex: number): void {
    this.lastIfindex = ifindex - 1
  }

  private fillTemplate(name: string): string {
    if (!name.includes('%')) return name
    if (name.indexOf('%d') !== name.indexOf('%') || name.indexOf('%') !== name.lastIndexOf('%')) throw new KernelError('EINVAL')
    for (let n = 0; ; n++) {
      const candidate = name.replace('%d', String(n))
      if (!this.byName.has(candidate)) return candidate
    }
  }

  /** The id this namespace knows another by (`ip netns list-id`, link-netnsid); null: none assigned. */
  idOf(other: NetNamespace): number | null {
    return this.ids.get(other) ?? null
  }

  namespaceById(id: number): NetNamespace | null {
    for (const [netns, known] of this.ids) if (known === id) return netns
    return null
  }

  /** Assigns one when there is none. */
  allocateIdOf(other: NetNamespace, wanted?: number): number {
    const present = this.ids.get(other)
    if (present !== undefined) {
      if (wanted !== undefined && wanted !== present) throw new KernelError('EEXIST', 'Peer netns already has a nsid assigned')
      return present
    }
    const taken = new Set(this.ids.values())
    if (wanted !== undefined && taken.has(wanted)) throw new KernelError('ENOSPC', 'The specified nsid is already used')
    let id = wanted ?? 0
    while (wanted === undefined && taken.has(id)) id++
    this.ids.set(other, id)
    return id
  }

  forgetNamespace(other: NetNamespace): void {
    this.ids.delete(other)
  }

  /** A random locally administered unicast MAC, as eth_random_addr makes it; or the pin of the device that wants it. */
  randomMac(device: string): MacAddress {
    return this.kernel.randomMac(device)
  }
}

/** dev_valid_name: at most 15 characters, no slash, colon or white space. */
export function isValidDeviceName(name: string): boolean {
  return name.length > 0 && name.length < 16 && name !== '.' && name !== '..' && !/[\s/:]/.test(name)
}
