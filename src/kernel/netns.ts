// A network namespace: devices, tables and settings that its processes see.
import type { MacAddress } from '../addr/mac.js'
import { Ipv4DevConf, Ipv6DevConf, NeighConf } from './conf.js'
import { Fib } from './fib.js'
import type { Kernel } from './kernel.js'
import { NeighbourTable } from './neigh.js'
import type { NetDevice } from './netdev.js'
import { Netfilter } from './netfilter/hooks.js'
import type { Packet } from './packet.js'
import { RuleTable } from './rule.js'
import { SocketTable } from './socket-table.js'
import { Sysctl } from './sysctl.js'

/** Where frames go by their EtherType; filled by kernel.ts so that devices need not know the protocols. */
export interface Protocols {
  ipv4(pkt: Packet): void
  arp(pkt: Packet): void
  ipv6(pkt: Packet): void
}

export class NetNamespace {
  /** Unique in the lab, as the inode of /proc/PID/ns/net is on a machine. */
  readonly id: number
  readonly devicesByIndex = new Map<number, NetDevice>()
  private readonly byName = new Map<string, NetDevice>()
  readonly fib: Fib
  readonly rules: RuleTable
  readonly neigh: NeighbourTable
  readonly sysctl: Sysctl
  readonly netfilter: Netfilter
  readonly sockets: SocketTable
  readonly confAll = new Ipv4DevConf()
  readonly confDefault = new Ipv4DevConf()
  readonly neighDefault = new NeighConf()
  readonly conf6All = new Ipv6DevConf()
  readonly conf6Default = new Ipv6DevConf()
  protocols!: Protocols
  loopback!: NetDevice
  /** False after deletion. */
  isAlive = true

  constructor(
    readonly kernel: Kernel,
    id: number,
    /** For traces and messages: the name under /var/run/netns, '' for the machine's first. */
    public name: string,
  ) {
    this.id = id
    this.fib = new Fib(this)
    this.rules = new RuleTable(this)
    this.neigh = new NeighbourTable(this)
    this.sysctl = new Sysctl(this)
    this.netfilter = new Netfilter(this)
    this.sockets = new SocketTable(this)
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
  addDevice(_dev: NetDevice, _ifindex?: number): void {
    throw new Error('not built yet')
  }

  /** Unregisters (`ip link del`): addresses, routes, neighbours, master, VLANs on top, veth peer go with it. */
  removeDevice(_dev: NetDevice): void {
    throw new Error('not built yet')
  }

  /** `ip link set DEV netns`: keeps the ifindex when free there; addresses and routes are lost. */
  moveDevice(_dev: NetDevice, _target: NetNamespace, _newName?: string): void {
    throw new Error('not built yet')
  }

  renameDevice(_dev: NetDevice, _name: string): void {
    throw new Error('not built yet')
  }

  /** The id this namespace knows another by (`ip netns list-id`, link-netnsid); null: none assigned. */
  idOf(_other: NetNamespace): number | null {
    throw new Error('not built yet')
  }

  /** Assigns one when there is none. */
  allocateIdOf(_other: NetNamespace, _wanted?: number): number {
    throw new Error('not built yet')
  }

  /** A random locally administered unicast MAC, as eth_random_addr makes it; or the next pin. */
  randomMac(): MacAddress {
    throw new Error('not built yet')
  }
}
