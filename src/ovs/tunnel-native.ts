// Tunnels of the userspace datapath: the outer packet leaves by the bridge whose LOCAL port holds the address, with ARP of the
// switch's own (Open vSwitch: native tunnelling; ovs-router, tnl-neigh-cache, tnl-ports).

import type { Ipv4Address } from '../addr/ipv4.js'
import { formatIpv4 } from '../addr/ipv4.js'
import { formatIpv6 } from '../addr/ipv6.js'
import type { MacAddress } from '../addr/mac.js'
import { BROADCAST_MAC, formatMac } from '../addr/mac.js'
import type { NetDevice } from '../kernel/netdev.js'
import type { Packet } from '../kernel/packet.js'
import { drop, newPacket } from '../kernel/packet.js'
import type { TunnelKey } from '../kernel/tunnel-key.js'
import { Copied } from '../sim/copied.js'
import { ARP_REPLY, ARP_REQUEST, ArpPacket } from '../wire/arp.js'
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, EthernetFrame } from '../wire/ethernet.js'
import { Ipv4Packet, PROTO_GRE, PROTO_UDP } from '../wire/ipv4.js'
import type { OfBridge } from './bridge.js'
import type { FlowKey } from './flow-key.js'
import { macFromWords, W } from './flow-key.js'
import { OvsInternalDevice } from './internal-device.js'
import { ovsRouteTo, routesText } from './ovs-router.js'
import type { OfPort } from './ports.js'
import type { TunnelKind } from './tunnel.js'
import { vportName } from './tunnel.js'
import type { PushHeader } from './tunnel-header.js'
import { pushHeader, unwrapFrame } from './tunnel-header.js'
import type { VSwitch } from './vswitch.js'

/** Where an outer packet goes, or why it cannot; `neighbour` null: unknown yet, an ARP request for `nexthop` is due. */
export type NativeRoute =
  | { readonly kind: 'no-route' }
  | {
      readonly kind: 'route'
      readonly bridge: OfBridge
      /** The bridge's port that holds the address: LOCAL, or another internal one. */
      readonly port: OfPort
      readonly srcMac: MacAddress
      readonly src: Ipv4Address
      readonly nexthop: Ipv4Address
      readonly neighbour: MacAddress | null
    }

interface TunnelNeighbour {
  readonly ip: Ipv4Address
  mac: MacAddress
  readonly bridge: string
  expiresUs: number
}

interface Listener {
  readonly kind: TunnelKind
  readonly dstPort: number
  readonly number: number
  users: number
}

/** tnl/neigh/aging */
const AGING_US = 900_000_000

export class NativeTunnels extends Copied {
  private readonly neighbours = new Map<string, TunnelNeighbour>()
  private readonly listeners: Listener[] = []

  constructor(readonly vswitch: VSwitch) {
    super()
  }

  /** True once a bridge of the userspace datapath has a tunnel port (ovs_native_tunneling_is_on). */
  get isOn(): boolean {
    return this.listeners.length > 0
  }

  /** Some port of the userspace datapath has an address that tunnels may end at. */
  get hasAddresses(): boolean {
    return this.devices().some((dev) => dev.addresses.length + dev.addresses6.length > 0)
  }

  /** A tunnel port of a bridge with the userspace datapath; `number`: the datapath's port. */
  open(kind: TunnelKind, dstPort: number, number: number): void {
    const present = this.listeners.find((each) => each.kind === kind && each.dstPort === dstPort)
    if (present === undefined) this.listeners.push({ kind, dstPort, number, users: 1 })
    else present.users++
  }

  close(kind: TunnelKind, dstPort: number): void {
    const at = this.listeners.findIndex((each) => each.kind === kind && each.dstPort === dstPort)
    const listener = this.listeners[at]
    if (listener !== undefined && --listener.users === 0) this.listeners.splice(at, 1)
  }

  /** Looks up without learning anything; a neighbour that is used stays. */
  route(tunnel: TunnelKey): NativeRoute {
    const { kernel, bridges } = this.vswitch
    const found = ovsRouteTo(kernel.initNetns, tunnel.dst, tunnel.src)
    const dev = found?.dev
    if (found === null || !(dev instanceof OvsInternalDevice) || dev.port === null) return { kind: 'no-route' }
    const { port } = dev
    if (bridges.get(port.bridge.name) !== port.bridge || port.bridge.datapathType !== 'netdev') return { kind: 'no-route' }
    const nexthop = found.gateway ?? tunnel.dst
    return {
      kind: 'route',
      bridge: port.bridge,
      port,
      srcMac: dev.mac,
      src: tunnel.src !== 0 ? tunnel.src : found.src,
      nexthop,
      neighbour: this.lookup(port.bridge.name, nexthop),
    }
  }

  private lookup(bridge: string, ip: Ipv4Address): MacAddress | null {
    const { nowUs } = this.vswitch.kernel.sim
    const entry = this.neighbours.get(`${bridge} ${ip}`)
    if (entry === undefined || entry.expiresUs <= nowUs) return null
    entry.expiresUs = nowUs + AGING_US
    return entry.mac
  }

  /** The ARP request to send out of the route's bridge when the neighbour is not known. */
  arpRequest(route: NativeRoute): void {
    if (route.kind === 'no-route') return
    const arp = new ArpPacket({
      operation: ARP_REQUEST,
      senderMac: route.srcMac,
      senderIp: route.src,
      targetMac: 0,
      targetIp: route.nexthop,
    })
    const frame = new EthernetFrame({ dst: BROADCAST_MAC, src: route.srcMac, type: ETHERTYPE_ARP, payload: arp })
    const { dev } = route.port
    if (dev !== null) route.bridge.receive(newPacket(dev.netns.kernel.sim, dev, frame), route.port)
  }

  /** tnl_neigh_snoop: every ARP reply that passes an output to LOCAL, with side effects allowed. */
  snoop(key: FlowKey, bridge: OfBridge): void {
    if (!this.isOn || key[W.ETH_TYPE] !== ETHERTYPE_ARP || key[W.NW_PROTO] !== ARP_REPLY) return
    const mac = macFromWords(key, W.ARP_SHA)
    if (mac === 0 || !bridge.local.addresses.some((each) => each.local === key[W.NW_DST])) return
    this.learn(bridge.name, key[W.NW_SRC]!, mac)
  }

  /** Also `tnl/neigh/set`. Translations that asked for it before are done anew. */
  learn(bridge: string, ip: Ipv4Address, mac: MacAddress): void {
    const { nowUs } = this.vswitch.kernel.sim
    const known = this.neighbours.get(`${bridge} ${ip}`)
    const isNews = known === undefined || known.mac !== mac || known.expiresUs <= nowUs
    this.neighbours.set(`${bridge} ${ip}`, { ip, mac, bridge, expiresUs: nowUs + AGING_US })
    if (isNews) this.vswitch.changed()
  }

  /** `tnl/neigh/flush` */
  flushNeighbours(): void {
    this.neighbours.clear()
    this.vswitch.changed()
  }

  /** tnl_port_map_lookup: which tunnel an IP packet on its way to a LOCAL port ends in; null: none. */
  terminates(key: FlowKey, bridge: OfBridge): { kind: TunnelKind; dstPort: number } | null {
    if (this.listeners.length === 0 || key[W.ETH_TYPE] !== ETHERTYPE_IPV4 || key[W.NW_FRAG] !== 0) return null
    const proto = key[W.NW_PROTO]
    if (proto !== PROTO_GRE && proto !== PROTO_UDP) return null
    const { local } = bridge
    if (macFromWords(key, W.ETH_DST) !== local.mac || !local.addresses.some((each) => each.local === key[W.NW_DST])) return null
    const found = this.listeners.find((each) =>
      proto === PROTO_GRE ? each.kind === 'gre' : each.dstPort === key[W.TP_DST] && each.kind !== 'gre',
    )
    return found === undefined ? null : found
  }

  /** tnl_push */
  push(pkt: Packet, header: PushHeader): void {
    pkt.frame = pushHeader(header, pkt.frame)
    pkt.tunnel = null
  }

  /** tnl_pop: true, and the packet is the inner one. False: it was dropped. */
  pop(pkt: Packet, port: { readonly type: string; readonly name: string }): boolean {
    const outer = pkt.frame.payload
    const inside = outer instanceof Ipv4Packet ? unwrapFrame(outer, port.type as TunnelKind) : null
    if (inside === null) {
      drop(pkt, 'IP_INHDR', port)
      return false
    }
    pkt.frame = inside.frame
    pkt.tunnel = inside.tunnel
    return true
  }

  /** `ovs-appctl tnl/ports/show` */
  portsText(): string {
    const lines = this.listeners.map((each) => `${vportName(each.kind, each.dstPort)} (${each.number}) ref_cnt=${each.users}\n`)
    return `Listening ports:\n${lines.join('')}`
  }

  /** `ovs-appctl tnl/ports/show -v`: what is looked for before every output, by the addresses of all devices that are ports. */
  portFlowsText(): string {
    const lines = this.listeners.flatMap((each) => {
      const name = `${vportName(each.kind, each.dstPort)} (${each.number}) : `
      const proto = each.kind === 'gre' ? 'proto=47,frag=no)' : `proto=17,frag=no),udp(dst=${each.dstPort})`
      return this.devices().flatMap((dev) => {
        const eth = `${name}eth(dst=${formatMac(dev.mac)}),eth_type`
        return [
          ...dev.addresses.map(({ local }) => `${eth}(0x0800),ipv4(dst=${formatIpv4(local)},${proto}\n`),
          ...dev.addresses6.map(({ address }) => `${eth}(0x86dd),ipv6(dst=${formatIpv6(address)},${proto}\n`),
        ]
      })
    })
    return `Listening ports:\n${lines.join('')}`
  }

  private devices(): NetDevice[] {
    const devices: NetDevice[] = []
    for (const bridge of this.vswitch.bridges.values()) {
      if (bridge.datapathType !== 'netdev') continue
      for (const { dev } of bridge.ports.values()) if (dev !== null && dev.netns === this.vswitch.kernel.initNetns) devices.push(dev)
    }
    return devices
  }

  /** `ovs-appctl tnl/neigh/show` */
  neighboursText(): string {
    const { nowUs } = this.vswitch.kernel.sim
    const head = `${'IP'.padEnd(45)} ${'MAC'.padEnd(19)} Bridge\n${'='.repeat(74)}\n`
    const live = [...this.neighbours.values()].filter((each) => each.expiresUs > nowUs)
    return head + live.map(({ ip, mac, bridge }) => `${formatIpv4(ip).padEnd(46)}${formatMac(mac).padEnd(20)}${bridge}\n`).join('')
  }

  /** `ovs-appctl ovs/route/show` */
  routesText(): string {
    return routesText(this.vswitch.kernel.initNetns)
  }
}
