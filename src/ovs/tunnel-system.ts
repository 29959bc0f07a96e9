// Tunnels of the system datapath: packets are made and taken in the machine's own namespace, as the kernel module does.
import { listenGre, unlistenGre } from '../kernel/gre-input.js'
import type { NetDevice } from '../kernel/netdev.js'
import type { NetNamespace } from '../kernel/netns.js'
import type { Packet } from '../kernel/packet.js'
import { drop } from '../kernel/packet.js'
import { routeOutput } from '../kernel/route.js'
import type { WrapNote } from '../kernel/trace-notes.js'
import type { TunnelKey } from '../kernel/tunnel-key.js'
import { TUNNEL_DF } from '../kernel/tunnel-key.js'
import { tunnelOut } from '../kernel/tunnel-output.js'
import { listenEncap, unlistenEncap } from '../kernel/udp-encap.js'
import type { TunnelKind } from './tunnel.js'
import { vportName } from './tunnel.js'
import { protocolOf, unwrapFrame, wrapFrame } from './tunnel-header.js'
import { VportDevice } from './vport-device.js'

/** A packet came out of a tunnel: `pkt.frame` is the inner frame, `pkt.tunnel` says the rest. Takes the packet. */
export type TunnelReceiver = (pkt: Packet, kind: TunnelKind) => void

interface Vport {
  users: number
  readonly receiver: (pkt: Packet) => boolean
  readonly dev: VportDevice | null
}

/** Where the devices of the tunnels belong; null: this version has none. */
export type VportMaster = () => NetDevice | null

export class SystemTunnels {
  private readonly vports = new Map<string, Vport>()

  constructor(
    readonly netns: NetNamespace,
    readonly receive: TunnelReceiver,
    /** null: tunnels have no devices (before Open vSwitch 2.6). */
    private readonly master: VportMaster | null = null,
  ) {}

  /** Listens for this kind (gre: protocol 47; others: the UDP port). Counted: every `open` wants a `close`. EADDRINUSE: a program has the port. */
  open(kind: TunnelKind, dstPort: number): void {
    const name = vportName(kind, dstPort)
    const present = this.vports.get(name)
    if (present !== undefined) {
      present.users++
      return
    }
    const receiver = (pkt: Packet): boolean => this.take(pkt, kind)
    if (kind === 'gre') listenGre(this.netns, receiver, true)
    else listenEncap(this.netns, dstPort, receiver, (pkt) => drop(pkt, 'TUNNEL_NO_VNI', this.netns))
    this.vports.set(name, { users: 1, receiver, dev: this.addDevice(name, kind, dstPort) })
  }

  private addDevice(name: string, kind: TunnelKind, dstPort: number): VportDevice | null {
    if (this.master === null || this.netns.deviceByName(name) !== null) return null
    const ends = { receive: this.receive, send: (pkt: Packet, of: TunnelKind, tunnel: TunnelKey): void => this.leave(pkt, of, tunnel) }
    const dev = new VportDevice(this.netns, name, this.netns.randomMac(name), kind, dstPort, ends)
    this.netns.addDevice(dev)
    dev.master = this.master()
    dev.setUp()
    return dev
  }

  close(kind: TunnelKind, dstPort: number): void {
    const name = vportName(kind, dstPort)
    const vport = this.vports.get(name)
    if (vport === undefined || --vport.users > 0) return
    this.vports.delete(name)
    if (vport.dev !== null) this.netns.removeDevice(vport.dev)
    if (kind === 'gre') unlistenGre(this.netns, vport.receiver)
    else unlistenEncap(this.netns, dstPort, vport.receiver)
  }

  private take(pkt: Packet, kind: TunnelKind): boolean {
    const inside = unwrapFrame(pkt.ip, kind)
    if (inside === null) return false
    pkt.scrub(false)
    pkt.frame = inside.frame
    pkt.tunnel = inside.tunnel
    if (pkt.trace !== null)
      pkt.trace.add('decap', this.netns, pkt.frame, { kind: 'tunnel', dev: null, netns: this.netns } satisfies WrapNote)
    const dev = this.vports.get(vportName(kind, inside.tunnel.dstPort))?.dev ?? null
    if (dev === null) this.receive(pkt, kind)
    else dev.receive(pkt)
    return true
  }

  /** Into the tunnel, by its device where there is one. Takes the packet. */
  send(pkt: Packet, kind: TunnelKind, tunnel: TunnelKey): void {
    const dev = this.vports.get(vportName(kind, tunnel.dstPort))?.dev ?? null
    if (dev === null) return this.leave(pkt, kind, tunnel)
    pkt.tunnel = tunnel
    dev.transmit(pkt)
  }

  /** Wraps the frame and sends it by the routes of the namespace (OUTPUT, POSTROUTING, neighbours). */
  private leave(pkt: Packet, kind: TunnelKind, tunnel: TunnelKey): void {
    const { netns } = this
    const proto = protocolOf(kind)
    const route = routeOutput(netns, { dst: tunnel.dst, src: tunnel.src, mark: pkt.mark, tos: tunnel.tos, proto })
    if (typeof route === 'string') return drop(pkt, 'TUNNEL_UNREACHABLE', netns)
    const payload = wrapFrame(kind, tunnel, pkt.frame, netns.id)
    const src = tunnel.src !== 0 ? tunnel.src : route.prefSrc
    // vport-gre.c of 3.13 asks for local_df, but skb_scrub_packet takes that back (3.13.y, 3.14): what says DF and does not fit is lost.
    const df = (tunnel.flags & TUNNEL_DF) !== 0
    tunnelOut(netns, pkt, { route, src, dst: tunnel.dst, proto, tos: tunnel.tos, ttl: tunnel.ttl, df, payload }, false)
  }
}
