// Sockets of a namespace as netstat lists them.

import { formatIpv4 } from '../../addr/ipv4.js'
import { ownOf } from '../../grammar/own-of.js'
import type { NetNamespace } from '../../kernel/netns.js'
import type { SocketOwner } from '../../kernel/socket.js'

export interface SocketRow {
  readonly proto: 'tcp' | 'udp' | 'raw'
  readonly receiveQueue: number
  readonly sendQueue: number
  readonly local: { readonly address: string; readonly port: number }
  /** Port 0 is printed as a star. */
  readonly remote: { readonly address: string; readonly port: number }
  /** '' for sockets without a state. */
  readonly state: string
  readonly uid: number
  readonly inode: number
  readonly owner: SocketOwner | null
  readonly isListening: boolean
  readonly timer: string
}

const STATE_NAMES: Readonly<Record<string, string>> = { FIN_WAIT1: 'FIN_WAIT1', FIN_WAIT2: 'FIN_WAIT2', CLOSED: 'CLOSE', LISTEN: 'LISTEN' }

export function readTcp(netns: NetNamespace): SocketRow[] {
  const rows: SocketRow[] = []
  for (const socket of netns.sockets.tcpSockets) {
    if (!socket.isListening) continue
    rows.push({
      proto: 'tcp',
      receiveQueue: socket.acceptQueue.length,
      sendQueue: 0,
      local: { address: formatIpv4(socket.localAddress), port: socket.localPort },
      remote: { address: '0.0.0.0', port: 0 },
      state: 'LISTEN',
      uid: socket.owner?.uid ?? 0,
      inode: socket.inode,
      owner: socket.owner,
      isListening: true,
      timer: 'off (0.00/0/0)',
    })
  }
  for (const control of netns.sockets.connections.values()) {
    rows.push({
      proto: 'tcp',
      receiveQueue: control.receivedBytes,
      sendQueue: control.unsentBytes + control.inFlight.reduce((sum, segment) => sum + segment.payload.length, 0),
      local: { address: formatIpv4(control.localAddress), port: control.localPort },
      remote: { address: formatIpv4(control.remoteAddress), port: control.remotePort },
      state: ownOf(STATE_NAMES, control.state) ?? control.state,
      uid: control.socket.owner?.uid ?? 0,
      inode: control.isOrphan ? 0 : control.socket.inode,
      owner: control.isOrphan ? null : control.socket.owner,
      isListening: false,
      timer: control.inFlight.length > 0 ? `on (${(control.rtoUs / 1_000_000).toFixed(2)}/${control.retries}/0)` : 'off (0.00/0/0)',
    })
  }
  return rows
}

export function readUdp(netns: NetNamespace): SocketRow[] {
  return [...netns.sockets.udpSockets]
    .filter((socket) => socket.localPort !== 0)
    .map((socket) => ({
      proto: 'udp' as const,
      receiveQueue: socket.received.reduce((sum, datagram) => sum + datagram.data.length, 0),
      sendQueue: 0,
      local: { address: formatIpv4(socket.localAddress), port: socket.localPort },
      remote: { address: formatIpv4(socket.remoteAddress), port: socket.remotePort },
      state: socket.remotePort === 0 ? '' : 'ESTABLISHED',
      uid: socket.owner?.uid ?? 0,
      inode: socket.inode,
      owner: socket.owner,
      isListening: socket.remotePort === 0,
      timer: '',
    }))
}

export function readRaw(netns: NetNamespace): SocketRow[] {
  return [...netns.sockets.rawSockets].map((socket) => ({
    proto: 'raw' as const,
    receiveQueue: 0,
    sendQueue: 0,
    local: { address: formatIpv4(socket.localAddress), port: socket.proto },
    remote: { address: formatIpv4(socket.remoteAddress), port: 0 },
    state: '7',
    uid: socket.owner?.uid ?? 0,
    inode: socket.inode,
    owner: socket.owner,
    isListening: true,
    timer: '',
  }))
}

export interface SocketTextOptions {
  readonly extended: boolean
  readonly programs: boolean
  readonly timers: boolean
  readonly wide: boolean
  /** Names of ports and hosts, null: numbers. */
  readonly service: ((port: number, proto: string) => string | null) | null
  readonly host: ((address: string) => string | null) | null
  readonly user: ((uid: number) => string) | null
}

const SOCKET_HEAD = 'Proto Recv-Q Send-Q Local Address           Foreign Address         State      '

export function socketHead(options: SocketTextOptions): string {
  let head = SOCKET_HEAD
  if (options.extended) head += ' User       Inode     '
  if (options.programs) head += ' PID/Program name    '
  if (options.timers) head += ' Timer'
  return `${head}\n`
}

function endpoint(end: SocketRow['local'], row: SocketRow, options: SocketTextOptions): string {
  const port = end.port === 0 ? '*' : (options.service?.(end.port, row.proto) ?? String(end.port))
  const address = options.host === null ? end.address : end.address === '0.0.0.0' ? '*' : (options.host(end.address) ?? end.address)
  const full = `${address}:${port}`
  // The address gives way to the port.
  if (options.wide || full.length <= 23) return full.padEnd(23)
  return `${address.slice(0, 22 - port.length)}:${port}`
}

export function socketLine(row: SocketRow, options: SocketTextOptions): string {
  let line = `${row.proto.padEnd(4)} ${String(row.receiveQueue).padStart(7)} ${String(row.sendQueue).padStart(6)} `
  line += `${endpoint(row.local, row, options)} ${endpoint(row.remote, row, options)} ${row.state.padEnd(11)}`
  if (options.extended) line += ` ${(options.user?.(row.uid) ?? String(row.uid)).padEnd(10)} ${String(row.inode).padEnd(10)}`
  if (options.programs) line += ` ${(row.owner === null ? '-' : `${row.owner.pid}/${row.owner.name}`).padEnd(20)}`
  if (options.timers) line += ` ${row.timer}`
  return `${line}\n`
}
