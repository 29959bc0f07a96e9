// UDP sockets of the kernel's own that tunnels listen on: one a port, shared by all who take part (Linux: vxlan_sock, setup_udp_tunnel_sock).
import { KernelError } from './errno.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import type { UdpSocket } from './udp.js'

/** Who listens on the port. False: the packet is not for this one, the next is asked. */
export type EncapReceiver = (pkt: Packet) => boolean

interface EncapSocket {
  readonly socket: UdpSocket
  readonly receivers: EncapReceiver[]
}

const tables = new WeakMap<NetNamespace, Map<number, EncapSocket>>()

/** `refused`: nobody wants this packet, it must be dropped. EADDRINUSE when a program holds the port. */
export function listenEncap(netns: NetNamespace, port: number, receiver: EncapReceiver, refused: (pkt: Packet) => void): void {
  let table = tables.get(netns)
  if (table === undefined) tables.set(netns, (table = new Map()))
  const present = table.get(port)
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
  const receivers = [receiver]
  socket.encap = (pkt) => {
    for (const each of receivers) if (each(pkt)) return
    refused(pkt)
  }
  table.set(port, { socket, receivers })
}

export function unlistenEncap(netns: NetNamespace, port: number, receiver: EncapReceiver): void {
  const entry = tables.get(netns)?.get(port)
  if (entry === undefined) return
  const at = entry.receivers.indexOf(receiver)
  if (at >= 0) entry.receivers.splice(at, 1)
  if (entry.receivers.length > 0) return
  entry.socket.close()
  tables.get(netns)?.delete(port)
}
