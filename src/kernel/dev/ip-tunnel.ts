// Point-to-point tunnels over IPv4: gre and ipip carry packets, gretap carries frames (Linux: ip_tunnel, ip_gre, ipip).
import type { Ipv4Address } from '../../addr/ipv4.js'
import { BROADCAST_IPV4, isMulticastIpv4 } from '../../addr/ipv4.js'
import type { MacAddress } from '../../addr/mac.js'
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, EthernetFrame } from '../../wire/ethernet.js'
import { GRE_PROTO_TEB, GrePacket } from '../../wire/gre.js'
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED } from '../../wire/icmp.js'
import type { Ipv4Payload } from '../../wire/ipv4.js'
import { IP_DF, Ipv4Packet, PROTO_GRE, PROTO_IPIP } from '../../wire/ipv4.js'
import { icmpSend } from '../icmp-send.js'
import { IFF_BROADCAST, IFF_MULTICAST, IFF_NOARP, IFF_POINTOPOINT, NetDevice } from '../netdev.js'
import type { NetNamespace } from '../netns.js'
import type { Packet } from '../packet.js'
import { drop } from '../packet.js'
import { routeOutput } from '../route.js'
import type { RouteResult } from '../route-result.js'
import type { WrapNote } from '../trace-notes.js'
import { encapsulateEcn, tunnelOut } from '../tunnel-output.js'
import { register, unregister } from './ip-tunnel-table.js'

export type IpTunnelMode = 'gre' | 'gretap' | 'ipip'

export interface IpTunnelConfig {
  readonly mode: IpTunnelMode
  readonly local: Ipv4Address
  readonly remote: Ipv4Address
  readonly lower: NetDevice | null
  /** null: without. */
  readonly inKey: number | null
  readonly outKey: number | null
  readonly inSeq: boolean
  readonly outSeq: boolean
  readonly inCsum: boolean
  readonly outCsum: boolean
  readonly ttl: number | 'inherit'
  readonly tos: number | 'inherit'
  /** DF on every outer packet. */
  readonly pmtudisc: boolean
  readonly ignoreDf: boolean
  readonly fwmark: number
}

const LOWEST_MTU = 68

export class IpTunnelDevice extends NetDevice {
  readonly kind = 'tunnel'
  readonly underlay: NetNamespace
  private sentSequence = 0
  private expectedSequence = 0

  constructor(
    netns: NetNamespace,
    name: string,
    mac: MacAddress,
    public config: IpTunnelConfig,
  ) {
    super(netns, name, mac)
    this.underlay = netns
    this.uncountedRx = this.uncountedTx = 14
    this.txQueueLen = 1000
    this.maxMtu = 0
    if (config.mode !== 'gretap') this.minMtu = 0
    if (config.mode !== 'gretap') this.flags = IFF_NOARP | (config.remote === 0 ? 0 : IFF_POINTOPOINT)
    if (isMulticastIpv4(config.remote)) this.flags = IFF_BROADCAST | IFF_NOARP | IFF_MULTICAST
    this.mtu = this.fittingMtu()
  }

  get carriesFrames(): boolean {
    return this.config.mode === 'gretap'
  }

  /** Outer IP header and what is between it and the payload. */
  get headerLength(): number {
    const { mode, outKey, outSeq, outCsum } = this.config
    if (mode === 'ipip') return 20
    return 24 + (outKey !== null ? 4 : 0) + (outSeq ? 4 : 0) + (outCsum ? 4 : 0)
  }

  override get hasQueue(): boolean {
    return this.carriesFrames
  }

  /** What fits the device that leads to the remote end now (ip_tunnel_bind_dev). */
  private fittingMtu(): number {
    const { remote, local, lower, mode } = this.config
    let mtu = 1500
    const route = remote === 0 ? 'ENETUNREACH' : routeOutput(this.underlay, { dst: remote, src: local, oif: lower })
    if (typeof route !== 'string') mtu = route.dev.mtu
    else if (lower !== null) mtu = lower.mtu
    return Math.max(mtu - this.headerLength - (mode === 'gretap' ? 14 : 0), LOWEST_MTU)
  }

  configure(config: IpTunnelConfig): void {
    this.config = config
    this.changed()
  }

  override onRegister(): void {
    register(this)
  }

  override onRemove(): void {
    unregister(this)
  }

  /** The table found this device for the packet. */
  take(pkt: Packet): void {
    const outer = pkt.ip
    const inside = outer.payload
    if (inside instanceof Uint8Array) return this.refuse(pkt)
    let payload: EthernetFrame | Ipv4Payload | GrePacket['payload'] = inside
    if (inside.kind === 'gre') {
      if (!this.acceptsGre(inside)) return this.refuse(pkt)
      payload = inside.payload
    }
    if (payload instanceof Uint8Array) return this.refuse(pkt)
    const frame = this.frameOf(payload)
    if (frame === null) return this.refuse(pkt)
    pkt.scrub(this.netns !== this.underlay)
    pkt.frame = frame
    if (pkt.trace !== null) pkt.trace.add('decap', this, pkt.frame, { kind: 'tunnel', dev: this, netns: this.netns } satisfies WrapNote)
    pkt.sim.backlog.push(this, pkt)
  }

  private frameOf(payload: Exclude<EthernetFrame | Ipv4Payload | GrePacket['payload'], Uint8Array>): EthernetFrame | null {
    if (payload.kind === 'frame') return this.carriesFrames ? payload : null
    if (this.carriesFrames) return null
    if (payload.kind === 'ipv4') return new EthernetFrame({ dst: this.mac, src: this.mac, type: ETHERTYPE_IPV4, payload })
    if (payload.kind === 'ipv6') return new EthernetFrame({ dst: this.mac, src: this.mac, type: ETHERTYPE_IPV6, payload })
    return null
  }

  private refuse(pkt: Packet): void {
    this.stats.rxErrors++
    drop(pkt, 'IP_INHDR', this)
  }

  /** Checksum and sequence as agreed; an old sequence number is a reordered packet. */
  private acceptsGre(gre: GrePacket): boolean {
    const { inCsum, inSeq } = this.config
    if (gre.hasChecksum !== inCsum) return false
    if (!inSeq) return true
    if (gre.sequence === null || (this.expectedSequence !== 0 && ((gre.sequence - this.expectedSequence) | 0) < 0)) return false
    this.expectedSequence = (gre.sequence + 1) >>> 0
    return true
  }

  /** ip_tunnel_xmit */
  protected startXmit(pkt: Packet): void {
    const { config, underlay } = this
    const inner = pkt.frame.payload
    const innerIp = inner instanceof Ipv4Packet ? inner : null
    const dst = config.remote !== 0 ? config.remote : this.nextHop(pkt, innerIp)
    if (dst === 0) return this.fail(pkt, 'TUNNEL_UNREACHABLE')
    const tos = config.tos === 'inherit' ? (innerIp?.tos ?? 0) : config.tos
    const route = routeOutput(underlay, { dst, src: config.local, oif: config.lower, mark: config.fwmark, tos, proto: this.proto })
    if (typeof route === 'string') {
      this.stats.txCarrierErrors++
      return this.fail(pkt, 'TUNNEL_UNREACHABLE')
    }
    if (route.dev === this) {
      this.stats.collisions++
      return this.fail(pkt, 'XMIT_RECURSION')
    }
    const df = config.pmtudisc || (innerIp !== null && !config.ignoreDf && (innerIp.flags & IP_DF) !== 0)
    if (!this.fits(pkt, innerIp, route, df)) return
    const ttl = config.ttl === 'inherit' ? (innerIp?.ttl ?? underlay.conf.ip_default_ttl) : config.ttl
    const payload = this.wrap(pkt)
    if (payload === null) return this.fail(pkt, 'UNHANDLED_PROTO')
    tunnelOut(
      underlay,
      pkt,
      {
        route,
        src: config.local !== 0 ? config.local : route.prefSrc,
        dst,
        proto: this.proto,
        tos: encapsulateEcn(tos, innerIp?.tos ?? 0),
        ttl: ttl !== 0 ? ttl : innerIp !== null && !this.carriesFrames ? innerIp.ttl : underlay.conf.ip_default_ttl,
        df,
        payload,
      },
      this.netns !== underlay,
    )
  }

  private get proto(): number {
    return this.config.mode === 'ipip' ? PROTO_IPIP : PROTO_GRE
  }

  /** A tunnel without a remote end sends to the route's gateway (NBMA). */
  private nextHop(pkt: Packet, innerIp: Ipv4Packet | null): Ipv4Address {
    if (this.carriesFrames || innerIp === null) return 0
    return pkt.route?.via ?? (innerIp.dst === BROADCAST_IPV4 ? 0 : innerIp.dst)
  }

  /** tnl_update_pmtu: an inner packet with DF that is too big is answered here; bridged ones end without a word. */
  private fits(pkt: Packet, innerIp: Ipv4Packet | null, route: RouteResult, df: boolean): boolean {
    if (innerIp === null) return true
    const mtu = df ? route.mtu(this.netns.nowUs) - this.headerLength - (this.carriesFrames ? 14 : 0) : this.mtu
    if ((innerIp.flags & IP_DF) === 0 || innerIp.length <= mtu) return true
    if (pkt.route !== null) {
      this.netns.exceptions.learnPmtu(innerIp.dst, mtu)
      icmpSend(this.netns, pkt, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu)
    }
    this.fail(pkt, 'IP_FRAG_NEEDED')
    return false
  }

  private wrap(pkt: Packet): Ipv4Payload | null {
    const { mode, outKey, outSeq, outCsum } = this.config
    const inner = pkt.frame.payload
    if (mode === 'ipip') return inner instanceof Ipv4Packet ? inner : null
    const isFrame = mode === 'gretap'
    if (!isFrame && (inner instanceof Uint8Array || inner.kind === 'arp')) return null
    return new GrePacket({
      hasChecksum: outCsum,
      key: outKey,
      sequence: outSeq ? this.nextSequence() : null,
      proto: isFrame ? GRE_PROTO_TEB : pkt.frame.type,
      payload: isFrame ? pkt.frame : (inner as Ipv4Packet),
    })
  }

  private nextSequence(): number {
    const sequence = this.sentSequence
    this.sentSequence = (sequence + 1) >>> 0
    return sequence
  }

  /** An error, not a packet sent. */
  private fail(pkt: Packet, reason: 'TUNNEL_UNREACHABLE' | 'XMIT_RECURSION' | 'IP_FRAG_NEEDED' | 'UNHANDLED_PROTO'): void {
    this.stats.txPackets--
    this.stats.txBytes -= pkt.frame.length - this.uncountedTx
    this.stats.txErrors++
    drop(pkt, reason, this)
  }
}
