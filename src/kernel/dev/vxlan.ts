// A VXLAN device: Ethernet frames inside UDP, to one remote end, to a group, or to where the forwarding database says.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { isMulticastIpv4 } from '../../addr/ipv4.js'
import type { MacAddress } from '../../addr/mac.js'
import { Ipv4Packet, PROTO_UDP } from '../../wire/ipv4.js'
import { UdpDatagram } from '../../wire/udp.js'
import { VXLAN_FLAG_VNI, VxlanPacket } from '../../wire/vxlan.js'
import { KernelError } from '../errno.js'
import { udpSourcePort } from '../flow-hash.js'
import { joinGroup, leaveGroup } from '../multicast.js'
import { NetDevice } from '../netdev.js'
import type { NetNamespace } from '../netns.js'
import type { Packet } from '../packet.js'
import { drop } from '../packet.js'
import { routeOutput } from '../route.js'
import type { WrapNote } from '../trace-notes.js'
import { encapsulateEcn, tunnelOut } from '../tunnel-output.js'
import { answeredTooLong } from '../tunnel-pmtu.js'
import type { EncapReceiver } from '../udp-encap.js'
import { listenEncap, unlistenEncap } from '../udp-encap.js'
import type { VxlanRemote } from './vxlan-fdb.js'
import { VxlanFdb } from './vxlan-fdb.js'
import { answerFromNeighbours } from './vxlan-proxy.js'

/** Outer Ethernet, IPv4, UDP, VXLAN. */
export const VXLAN_HEADROOM = 50

export interface VxlanConfig {
  readonly vni: number
  /** One remote end or a multicast group; 0: none. */
  readonly remote: Ipv4Address
  readonly local: Ipv4Address
  readonly lower: NetDevice | null
  readonly dstPort: number
  /** 0 0: the namespace's ip_local_port_range. */
  readonly srcPortLow: number
  readonly srcPortHigh: number
  /** 0: the route's (64; 1 to groups). */
  readonly ttl: number | 'inherit'
  readonly tos: number | 'inherit'
  readonly df: 'unset' | 'set' | 'inherit'
  readonly learning: boolean
  readonly proxy: boolean
  readonly rsc: boolean
  readonly l2miss: boolean
  readonly l3miss: boolean
  /** Seconds. */
  readonly ageing: number
  readonly maxAddresses: number
  readonly udpChecksum: boolean
  /** No VNI of its own: what to do is said with each packet (Open vSwitch's vxlan_sys_4789). */
  readonly external: boolean
}

export class VxlanDevice extends NetDevice implements EncapReceiver {
  readonly kind = 'tunnel'
  readonly fdb: VxlanFdb
  /** Where it was made: its packets travel there wherever the device is moved to. */
  readonly underlay: NetNamespace

  constructor(
    netns: NetNamespace,
    name: string,
    mac: MacAddress,
    public config: VxlanConfig,
  ) {
    super(netns, name, mac)
    this.underlay = netns
    this.fdb = new VxlanFdb(this)
    this.uncountedRx = this.uncountedTx = 14
    this.txQueueLen = 1000
    if (config.lower !== null) this.mtu = Math.max(config.lower.mtu - VXLAN_HEADROOM, 68)
    if (config.remote !== 0) this.fdb.change('append', 0, 'permanent', { ip: config.remote, port: 0, vni: 0, via: config.lower })
  }

  /** EEXIST when the VNI is taken on that port (vxlan_vni_in_use). */
  checkVni(): void {
    const { vni, dstPort } = this.config
    for (const netns of this.underlay.kernel.namespaces)
      for (const dev of netns.devicesByIndex.values())
        if (dev instanceof VxlanDevice && dev.underlay === this.underlay && dev.config.vni === vni && dev.config.dstPort === dstPort)
          throw new KernelError('EEXIST', 'A VXLAN device with the specified VNI already exists')
  }

  /** `ip link set DEV type vxlan ...`: a new default remote end replaces the old one. */
  configure(config: VxlanConfig): void {
    const { remote, lower } = this.config
    this.config = config
    if (config.remote === remote && config.lower === lower) return
    if (remote !== 0) this.fdb.delete(0, { ip: remote, port: 0, vni: 0, via: lower })
    if (config.remote !== 0) this.fdb.change('append', 0, 'permanent', { ip: config.remote, port: 0, vni: 0, via: config.lower })
    this.changed()
  }

  override get speedOf(): NetDevice | null {
    return this.config.lower
  }

  override get hasQueue(): boolean {
    return false
  }

  override setMtu(mtu: number): void {
    const { lower } = this.config
    if (lower !== null && mtu > lower.mtu - VXLAN_HEADROOM) throw new KernelError('EINVAL')
    super.setMtu(mtu)
  }

  /** The socket is opened with the device (vxlan_open), and a port that a program holds refuses it. */
  protected override checkUp(): void {
    listenEncap(this.underlay, this.config.dstPort, this)
    if (isMulticastIpv4(this.config.remote)) joinGroup(this.underlay, this.config.remote)
  }

  protected override onDown(): void {
    unlistenEncap(this.underlay, this.config.dstPort, this)
    if (isMulticastIpv4(this.config.remote)) leaveGroup(this.underlay, this.config.remote)
    this.fdb.flush('learned')
  }

  /** vxlan_rcv */
  takeEncap(pkt: Packet): boolean {
    const outer = pkt.ip
    const packet = (outer.payload as UdpDatagram).payload
    if (packet instanceof Uint8Array || packet.kind !== 'vxlan' || packet.vni !== this.config.vni) return false
    if (packet.flags !== VXLAN_FLAG_VNI || packet.reserved !== 0 || packet.reserved2 !== 0) return false
    pkt.scrub(this.netns !== this.underlay)
    pkt.tunnel = null
    pkt.frame = packet.frame
    if (pkt.trace !== null) pkt.trace.add('decap', this, pkt.frame, { kind: 'tunnel', dev: this, netns: this.netns } satisfies WrapNote)
    if (packet.frame.src === this.mac || !this.isUp) {
      drop(pkt, 'BRIDGE_INVALID_SRC', this)
      return true
    }
    if (this.config.learning && !this.fdb.learn(packet.frame.src, outer.src)) {
      this.stats.rxDropped++
      drop(pkt, 'BRIDGE_INVALID_SRC', this)
      return true
    }
    pkt.sim.backlog.push(this, pkt)
    return true
  }

  protected startXmit(pkt: Packet): void {
    if (this.config.proxy && answerFromNeighbours(this, pkt)) return
    const entry = this.fdb.use(pkt.frame.dst) ?? this.fdb.use(0)
    if (pkt.trace !== null) pkt.trace.add('fdb', this, pkt.frame, entry)
    if (entry === null) {
      this.stats.txDropped++
      return this.giveUp(pkt, 'TUNNEL_UNREACHABLE')
    }
    const last = entry.remotes.length - 1
    for (let i = 0; i <= last; i++) this.sendTo(i === last ? pkt : pkt.clone(), entry.remotes[i]!)
  }

  /** Not counted as sent. */
  private giveUp(pkt: Packet, reason: 'TUNNEL_UNREACHABLE' | 'TUNNEL_NO_VNI' | 'XMIT_RECURSION'): void {
    this.stats.txPackets--
    this.stats.txBytes -= pkt.frame.length - this.uncountedTx
    drop(pkt, reason, this)
  }

  /** vxlan_xmit_one */
  private sendTo(pkt: Packet, remote: VxlanRemote): void {
    const { config, underlay } = this
    const inner = pkt.frame.payload
    const innerIp = inner instanceof Ipv4Packet ? inner : null
    const tos = config.tos === 'inherit' ? (innerIp?.tos ?? 0) : config.tos
    const oif = remote.via ?? config.lower
    const route = routeOutput(underlay, { dst: remote.ip, src: config.local, oif, mark: pkt.mark, tos, proto: PROTO_UDP })
    if (typeof route === 'string') {
      this.stats.txCarrierErrors++
      this.stats.txErrors++
      return this.giveUp(pkt, 'TUNNEL_UNREACHABLE')
    }
    if (route.dev === this) {
      this.stats.collisions++
      this.stats.txErrors++
      return this.giveUp(pkt, 'XMIT_RECURSION')
    }
    const dstPort = remote.port !== 0 ? remote.port : config.dstPort
    const vni = remote.vni !== 0 ? remote.vni : config.vni
    if (route.type === 'local') return this.bypass(pkt, vni, dstPort, config.local !== 0 ? config.local : route.prefSrc)
    if (answeredTooLong(pkt, this, route.mtu(underlay.nowUs) - VXLAN_HEADROOM)) return drop(pkt, 'IP_FRAG_NEEDED', this)
    const ttl = config.ttl === 'inherit' ? (innerIp?.ttl ?? 0) : config.ttl
    tunnelOut(
      underlay,
      pkt,
      {
        route,
        src: config.local !== 0 ? config.local : route.prefSrc,
        dst: remote.ip,
        proto: PROTO_UDP,
        tos: encapsulateEcn(tos, innerIp?.tos ?? 0),
        ttl: ttl !== 0 ? ttl : isMulticastIpv4(remote.ip) ? 1 : underlay.conf.ip_default_ttl,
        df: config.df === 'set' || (config.df === 'inherit' && innerIp !== null && (innerIp.flags & 2) !== 0),
        payload: new UdpDatagram({
          sport: this.sourcePort(pkt),
          dport: dstPort,
          checksum: config.udpChecksum ? null : 0,
          payload: new VxlanPacket({ vni, frame: pkt.frame }),
        }),
      },
      this.netns !== underlay,
    )
  }

  private sourcePort(pkt: Packet): number {
    const { portLow, portHigh } = this.underlay.sockets.settings
    const { srcPortLow, srcPortHigh } = this.config
    return udpSourcePort(pkt.frame, srcPortHigh !== 0 ? srcPortLow : portLow, srcPortHigh !== 0 ? srcPortHigh : portHigh, this.underlay.id)
  }

  /** vxlan_encap_bypass: the remote end is this machine; the frame goes straight to the other device of that VNI. */
  private bypass(pkt: Packet, vni: number, dstPort: number, src: Ipv4Address): void {
    for (const dev of this.underlay.devicesByIndex.values()) {
      if (!(dev instanceof VxlanDevice) || dev.config.vni !== vni || dev.config.dstPort !== dstPort || !dev.isUp) continue
      if (dev.config.learning) dev.fdb.learn(pkt.frame.src, src)
      pkt.scrub(dev.netns !== this.netns)
      return pkt.sim.backlog.push(dev, pkt)
    }
    this.stats.txErrors++
    this.giveUp(pkt, 'TUNNEL_NO_VNI')
  }
}
