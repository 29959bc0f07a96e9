// The one way a packet leaves a socket: route, permission to broadcast, path MTU, then the IP layer.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { Ipv4Payload } from '../wire/ipv4.js'
import { IP_DF, Ipv4Packet } from '../wire/ipv4.js'
import type { Errno } from './errno.js'
import { nextIpId } from './ip-id.js'
import { ipLocalOut } from './ip-output.js'
import type { NetDevice } from './netdev.js'
import { routeOutput } from './route.js'
import type { RouteResult } from './route-result.js'
import type { Socket } from './socket.js'

/** What the protocol wants sent; the rest comes from the socket's options. */
export interface Outgoing {
  readonly dst: Ipv4Address
  /** 0: the kernel chooses. */
  readonly src: Ipv4Address
  readonly proto: number
  readonly payload: Ipv4Payload
  readonly ttl?: number
  readonly options?: Uint8Array
  /** True or false overrides IP_MTU_DISCOVER (TCP always sets DF). */
  readonly dontFragment?: boolean
  /** IP id; null or absent: the kernel counts. */
  readonly id?: number | null
}

export function socketOutput(socket: Socket, out: Outgoing): Errno | null {
  const netns = socket.netns
  const route = socketRoute(socket, out.dst, out.src)
  if (typeof route === 'string') return route
  if (route.type === 'broadcast' && !socket.broadcast) return 'EACCES'
  const discover = out.dontFragment === true ? 'want' : socket.mtuDiscover
  const length = 20 + (out.options?.length ?? 0) + out.payload.length
  if (out.payload.length > 65_535) return 'EMSGSIZE'
  const mtu = discover === 'probe' ? route.dev.mtu : route.mtu(netns.kernel.sim.nowUs)
  // More than a packet can say, or than may leave in one piece.
  if (length > 65_535 || (length > mtu && (discover === 'do' || discover === 'probe'))) {
    socket.queueError({ errno: 'EMSGSIZE', origin: 'local', type: 0, code: 0, from: 0, mtu, quoted: null, atUs: netns.kernel.sim.nowUs })
    return 'EMSGSIZE'
  }
  const df = discover === 'do' || discover === 'probe' || (discover === 'want' && length <= mtu && route.type !== 'multicast')
  const packet = new Ipv4Packet({
    tos: socket.tos,
    id: out.id ?? (df && discover === 'want' ? nextIpId(netns, out.dst, out.proto) : 0),
    flags: df ? IP_DF : 0,
    ttl: out.ttl ?? socket.ttl ?? defaultTtl(socket, out.dst),
    proto: out.proto,
    src: out.src !== 0 ? out.src : route.prefSrc,
    dst: out.dst,
    options: out.options,
    payload: out.payload,
  } as ConstructorParameters<typeof Ipv4Packet>[0])
  const errno = ipLocalOut(netns, packet, {
    oif: boundDevice(socket),
    mark: socket.mark,
    uid: socket.owner?.uid ?? 0,
    route,
    // The DF bit stands already; what is left to the IP layer is to fragment where it may.
    pmtuDiscovery: df ? 'do' : 'dont',
  })
  // Only who asks for errors (IP_RECVERR) hears that there was no room below.
  return errno === 'ENOBUFS' && !socket.receiveErrors ? null : errno
}

export function socketRoute(socket: Socket, dst: Ipv4Address, src: Ipv4Address): RouteResult | Errno {
  return routeOutput(socket.netns, {
    dst,
    src,
    oif: boundDevice(socket),
    mark: socket.mark,
    tos: socket.tos & 0x1c,
    uid: socket.owner?.uid ?? 0,
  })
}

/** Path MTU towards a destination; null when there is no route. */
export function socketMtu(socket: Socket, dst: Ipv4Address, src: Ipv4Address): number | null {
  const route = socketRoute(socket, dst, src)
  return typeof route === 'string' ? null : route.mtu(socket.netns.kernel.sim.nowUs)
}

export function boundDevice(socket: Socket): NetDevice | null {
  return socket.boundIfindex === 0 ? null : socket.netns.deviceByIndex(socket.boundIfindex)
}

function defaultTtl(socket: Socket, dst: Ipv4Address): number {
  // IP_MULTICAST_TTL is 1 by default.
  return (dst & 0xf0000000) === (0xe0000000 | 0) ? 1 : socket.netns.sockets.settings.defaultTtl
}
