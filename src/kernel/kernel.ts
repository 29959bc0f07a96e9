// The kernel of one machine: its namespaces, options of its version, and its change notifications.

import { type MacAddress, parseMac } from '../addr/mac.js'
import { Copied } from '../sim/copied.js'
import type { Random } from '../sim/random.js'
import { arpReceive } from './arp.js'
import { IpTunnelDevice } from './dev/ip-tunnel.js'
import { LoopbackDevice } from './dev/loopback.js'
import { deviceEvent } from './device-events.js'
import { KernelEvents } from './events.js'
import { ipReceive } from './ip-input.js'
import { ipLocalOut } from './ip-output.js'
import { ipv6Receive } from './ipv6-input.js'
import type { KernelOptions } from './kernel-options.js'
import { DEFAULT_KERNEL_OPTIONS } from './kernel-options.js'
import { NeighbourLimit } from './neigh-limit.js'
import type { DeviceEvent, NetDevice } from './netdev.js'
import type { Protocols } from './netns.js'
import { NetNamespace } from './netns.js'
import type { Simulation } from './simulation.js'

const PROTOCOLS: Protocols = {
  ipv4: ipReceive,
  arp: arpReceive,
  ipv6: ipv6Receive,
  sendIpv4: (netns, packet, route, mark, about) => void ipLocalOut(netns, packet, { route, mark, about }),
}

/** A line for the machine's kernel log (dmesg). */
export type KernelLog = (level: number, text: string) => void

export class Kernel extends Copied {
  readonly events = new KernelEvents()
  addresses6Made = 0
  readonly namespaces = new Set<NetNamespace>()
  readonly neighbourLimit = { ipv4: new NeighbourLimit(this, 'ipv4'), ipv6: new NeighbourLimit(this, 'ipv6') }
  readonly initNetns: NetNamespace
  /** What this machine would otherwise draw, from the scenario: `DEVICE/mac`, `DEVICE/ifindex`, `ovs/uuid` ... Each is taken once. */
  readonly pins = new Map<string, string>()
  /** Where log lines go; set by the machine. */
  logSink: KernelLog | null = null
  /** What ovs/registry.ts keeps here. */
  vswitch: object | null = null
  private lastNetnsId = 0
  private hasIpip = false
  private hasConntrack = false

  constructor(
    readonly sim: Simulation,
    /** The machine's name. */
    readonly name: string,
    readonly options: KernelOptions = DEFAULT_KERNEL_OPTIONS,
    /** Of this machine alone when it may be made at any time, else the lab's. */
    readonly random: Random = sim.random,
  ) {
    super()
    this.initNetns = this.createNetns('')
  }

  /** With lo (down), default rules, empty tables. */
  createNetns(name: string): NetNamespace {
    // Inodes of namespaces, as `ip netns identify` and lsns show them, start here on a fresh machine.
    const netns = new NetNamespace(this, 4026531840 + this.lastNetnsId++, name)
    netns.protocols = PROTOCOLS
    this.namespaces.add(netns)
    for (const [key, value] of this.options.sysctl) if (netns.sysctl.has(key)) netns.sysctl.write(key, value)
    this.inheritConf(netns)
    netns.loopback = new LoopbackDevice(netns)
    netns.addDevice(netns.loopback)
    if (this.hasIpip) addFallbackTunnel(netns)
    if (this.hasConntrack) netns.netfilter.conntrack.registerSysctls()
    if (this.events.isWatched) this.events.emit({ kind: 'netns', change: 'new', netns })
    return netns
  }

  /** The module ipip: each namespace has a tunnel without ends from then on. */
  loadIpip(): void {
    if (this.hasIpip) return
    this.hasIpip = true
    for (const netns of this.namespaces) addFallbackTunnel(netns)
  }

  /** The module nf_conntrack: each namespace has its settings from then on, whether it tracks or not. */
  loadConntrack(): void {
    if (this.hasConntrack) return
    this.hasConntrack = true
    for (const netns of this.namespaces) netns.netfilter.conntrack.registerSysctls()
  }

  /** net.core.devconf_inherit_init_net=0: IPv4's all and default are copied from the first namespace as they are now. */
  private inheritConf(netns: NetNamespace): void {
    if (this.initNetns === undefined) return
    netns.confAll.copyFrom(this.initNetns.confAll)
    netns.confDefault.copyFrom(this.initNetns.confDefault)
  }

  /** veths are destroyed with their peers, physical devices return to the first namespace. */
  destroyNetns(netns: NetNamespace): void {
    if (netns === this.initNetns || !netns.isAlive) return
    for (const dev of netns.devices) {
      if (netns.devicesByIndex.get(dev.ifindex) !== dev || dev === netns.loopback) continue
      if (dev.kind === 'physical') {
        const taken = this.initNetns.deviceByName(dev.name) !== null
        netns.moveDevice(dev, this.initNetns, taken ? `dev${dev.ifindex}` : undefined)
      } else netns.removeDevice(dev)
    }
    netns.isAlive = false
    netns.removeDevice(netns.loopback)
    this.namespaces.delete(netns)
    for (const other of this.namespaces) other.forgetNamespace(netns)
    netns.reassembly.clear()
    if (this.events.isWatched) this.events.emit({ kind: 'netns', change: 'del', netns })
  }

  deviceEvent(dev: NetDevice, event: DeviceEvent): void {
    deviceEvent(dev, event)
  }

  log(level: number, text: string): void {
    if (this.logSink !== null) this.logSink(level, text)
  }

  /** The pin of this name, the first time it is asked for. */
  takePin(key: string): string | null {
    const value = this.pins.get(key)
    if (value === undefined) return null
    this.pins.delete(key)
    return value
  }

  /** eth_random_addr for the device of this name: unicast, locally administered. */
  randomMac(device: string): MacAddress {
    const pinned = this.pins.size === 0 ? null : this.takePin(`${device}/mac`)
    if (pinned !== null) return parseMac(pinned)!
    const first = (this.random.below(256) & 0xfe) | 0x02
    return first * 0x10000000000 + this.random.below(256) * 0x100000000 + this.random.uint32()
  }
}

/** net.core.fb_tunnels_only_for_init_net is 0: tunl0 in each namespace. */
function addFallbackTunnel(netns: NetNamespace): void {
  if (netns.deviceByName('tunl0') !== null) return
  const keys = { inKey: null, outKey: null, inSeq: false, outSeq: false, inCsum: false, outCsum: false } as const
  const config = {
    mode: 'ipip',
    local: 0,
    remote: 0,
    lower: null,
    ...keys,
    ttl: 'inherit',
    tos: 0,
    pmtudisc: false,
    ignoreDf: false,
    fwmark: 0,
  } as const
  netns.addDevice(new IpTunnelDevice(netns, 'tunl0', 0, config))
}
