// Tunnels of the system datapath: packets are made and taken in the machine's own namespace, as the kernel module does.

import type { GreReceiver } from '../kernel/gre-input.js'
import { listenGre, unlistenGre } from '../kernel/gre-input.js'
import type { NetNamespace } from '../kernel/netns.js'
import type { Packet } from '../kernel/packet.js'
import { drop } from '../kernel/packet.js'
import { routeOutput } from '../kernel/route.js'
import type { WrapNote } from '../kernel/trace-notes.js'
import type { TunnelKey } from '../kernel/tunnel-key.js'
import { TUNNEL_DF } from '../kernel/tunnel-key.js'
import { tunnelOut } from '../kernel/tunnel-output.js'
import type { EncapReceiver } from '../kernel/udp-encap.js'
import { listenEncap, unlistenEncap } from '../kernel/udp-encap.js'
import { Copied } from '../sim/copied.js'
import type { TunnelKind } from './tunnel.js'
import { vportName } from './tunnel.js'
import { protocolOf, unwrapFrame, wrapFrame } from './tunnel-header.js'
import { VportDevice, type VportEnds } from './vport-device.js'

export interface TunnelReceiver {
  /** A packet came out of a tunnel: `pkt.frame` is the inner frame, `pkt.tunnel` says the rest. Takes the packet. */
  fromTunnel(pkt: Packet, kind: TunnelKind): void
}

class Vport extends Copied implements GreReceiver, EncapReceiver {
  users = 1
  dev: VportDevice | null = null

  constructor(
    private readonly tunnels: SystemTunnels,
    private readonly kind: TunnelKind,
  ) {
    super()
  }

  takeGre(pkt: Packet): boolean {
    return this.tunnels.take(pkt, this.kind)
  }

  takeEncap(pkt: Packet): boolean {
    return this.tunnels.take(pkt, this.kind)
  }
}

export class SystemTunnels extends Copied implements VportEnds {
  private readonly vports = new Map<string, Vport>()

  constructor(
    readonly netns: NetNamespace,
    private readonly receiver: TunnelReceiver,
    /** False: tunnels have no devices (before Open vSwitch 2.6). */
    private readonly hasDevices: boolean,
  ) {
    super()
  }

  /** Listens for this kind (gre: protocol 47; others: the UDP port). Counted: every `open` wants a `close`. EADDRINUSE: a program has the port. */
  open(kind: TunnelKind, dstPort: number): void {
    const name = vportName(kind, dstPort)
    const present = this.vports.get(name)
    if (present !== undefined) {
      present.users++
      return
    }
    const vport = new Vport(this, kind)
    if (kind === 'gre') listenGre(this.netns, vport, true)
    else listenEncap(this.netns, dstPort, vport)
    vport.dev = this.addDevice(name, kind, dstPort)
    this.vports.set(name, vport)
  }

  private addDevice(name: string, kind: TunnelKind, dstPort: number): VportDevice | null {
    if (!this.hasDevices || this.netns.deviceByName(name) !== null) return null
    const dev = new VportDevice(this.netns, name, this.netns.randomMac(name), kind, dstPort, this)
    this.netns.addDevice(dev)
    dev.master = this.netns.deviceByName('ovs-system')
    dev.setUp()
    return dev
  }

  close(kind: TunnelKind, dstPort: number): void {
    const name = vportName(kind, dstPort)
    const vport = this.vports.get(name)
    if (vport === undefined || --vport.users > 0) return
    this.vports.delete(name)
    if (vport.dev !== null) this.netns.removeDevice(vport.dev)
    if (kind === 'gre') unlistenGre(this.netns, vport)
    else unlistenEncap(this.netns, dstPort, vport)
  }

  take(pkt: Packet, kind: TunnelKind): boolean {
    const inside = unwrapFrame(pkt.ip, kind)
    if (inside === null) return false
    pkt.scrub(false)
    pkt.frame = inside.frame
    pkt.tunnel = inside.tunnel
    if (pkt.trace !== null)
      pkt.trace.add('decap', this.netns, pkt.frame, { kind: 'tunnel', dev: null, netns: this.netns } satisfies WrapNote)
    const dev = this.vports.get(vportName(kind, inside.tunnel.dstPort))?.dev ?? null
    if (dev === null) this.receiver.fromTunnel(pkt, kind)
    else dev.receive(pkt)
    return true
  }

  fromDevice(pkt: Packet, kind: TunnelKind): void {
    this.receiver.fromTunnel(pkt, kind)
  }

  /** Into the tunnel, by its device where there is one. Takes the packet. */
  send(pkt: Packet, kind: TunnelKind, tunnel: TunnelKey): void {
    const dev = this.vports.get(vportName(kind, tunnel.dstPort))?.dev ?? null
    if (dev === null) return this.leave(pkt, kind, tunnel)
    pkt.tunnel = tunnel
    dev.transmit(pkt)
  }

  /** Wraps the frame and sends it by the routes of the namespace (OUTPUT, POSTROUTING, neighbours). */
  leave(pkt: Packet, kind: TunnelKind, tunnel: TunnelKey): void {
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
