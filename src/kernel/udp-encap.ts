// UDP sockets of the kernel's own that tunnels listen on: one a port, shared by all who take part (Linux: vxlan_sock, setup_udp_tunnel_sock).
import { KernelError } from './errno.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { drop } from './packet.js'
import type { UdpSocket } from './udp.js'

/** Who listens on the port. */
export interface EncapReceiver {
  /** False: the packet is not for this one, the next is asked. */
  takeEncap(pkt: Packet): boolean
}

export class EncapSocket {
  readonly receivers: EncapReceiver[] = []

  constructor(readonly socket: UdpSocket) {}

  receive(pkt: Packet): void {
    for (const each of this.receivers) if (each.takeEncap(pkt)) return
    drop(pkt, 'TUNNEL_NO_VNI', this.socket.netns)
  }
}

/** EADDRINUSE when a program holds the port. */
export function listenEncap(netns: NetNamespace, port: number, receiver: EncapReceiver): void {
  const present = netns.encapSockets.get(port)
  if (present !== undefined) {
    present.receivers.push(receiver)
    return
  }
  const socket = netns.sockets.udp()
  const errno = socket.bind(0, port)
  if (errno !== null) {
    socket.close()
    throw new KernelError(errno)
  }
  socket.encap = new EncapSocket(socket)
  socket.encap.receivers.push(receiver)
  netns.encapSockets.set(port, socket.encap)
}

export function unlistenEncap(netns: NetNamespace, port: number, receiver: EncapReceiver): void {
  const entry = netns.encapSockets.get(port)
  if (entry === undefined) return
  const at = entry.receivers.indexOf(receiver)
  if (at >= 0) entry.receivers.splice(at, 1)
  if (entry.receivers.length > 0) return
  entry.socket.close()
  netns.encapSockets.delete(port)
}
