// The sending end of a probe: a socket in the namespace, as ping, nc -z and nc -u would open it, but without a program.
import type { Errno } from '../kernel/errno.js'
import type { NetNamespace } from '../kernel/netns.js'
import type { Socket } from '../kernel/socket.js'
import type { ProbeRequest, Verdict } from './probe.js'

export interface Probe {
  /** null: it left. */
  send(): Errno | null
  /** null: not decided yet. */
  verdict(): Verdict | null
  close(): void
}

const DEFAULT_PORT = 80
/** As ping fills it. */
const DEFAULT_SIZE = 56

export function openProbe(netns: NetNamespace, request: ProbeRequest): Probe {
  switch (request.proto) {
    case 'icmp':
      return echo(netns, request)
    case 'tcp':
      return handshake(netns, request)
    case 'udp':
      return datagram(netns, request)
  }
}

function prepare(socket: Socket, request: ProbeRequest): void {
  socket.receiveErrors = true
  if (request.ttl !== undefined) socket.ttl = request.ttl
  if (request.df === true) socket.mtuDiscover = 'do'
}

function errorVerdict(socket: Socket): Verdict | null {
  return socket.errorQueue.some(({ origin }) => origin === 'icmp') ? 'refused' : null
}

function echo(netns: NetNamespace, request: ProbeRequest): Probe {
  const socket = netns.sockets.ping()
  prepare(socket, request)
  return {
    send: () => {
      const bound = socket.bind(request.source ?? 0)
      return bound ?? socket.sendEcho(request.to, 1, new Uint8Array(request.size ?? DEFAULT_SIZE))
    },
    verdict: () => (socket.received.length > 0 ? 'answered' : errorVerdict(socket)),
    close: () => socket.close(),
  }
}

function handshake(netns: NetNamespace, request: ProbeRequest): Probe {
  const socket = netns.sockets.tcp()
  prepare(socket, request)
  return {
    send: () => {
      if (request.source !== undefined || request.sport !== undefined) {
        const bound = socket.bind(request.source ?? 0, request.sport ?? 0)
        if (bound !== null) return bound
      }
      return socket.connect(request.to, request.dport ?? DEFAULT_PORT)
    },
    verdict: () => {
      if (socket.isConnected) return 'answered'
      return socket.hasError || socket.control === null || socket.control.state === 'CLOSED' ? 'refused' : errorVerdict(socket)
    },
    close: () => socket.close(),
  }
}

function datagram(netns: NetNamespace, request: ProbeRequest): Probe {
  const socket = netns.sockets.udp()
  prepare(socket, request)
  return {
    send: () => {
      const bound = socket.bind(request.source ?? 0, request.sport ?? 0)
      return bound ?? socket.connect(request.to, request.dport ?? DEFAULT_PORT) ?? socket.send(new Uint8Array(request.size ?? 0))
    },
    verdict: () => (socket.received.length > 0 ? 'answered' : errorVerdict(socket)),
    close: () => socket.close(),
  }
}
