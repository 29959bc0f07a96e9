// The sockets of a namespace as rows, for ss.
import type { Ipv4Address } from '../../addr/ipv4.js'
import type { NetNamespace } from '../../kernel/netns.js'
import type { Socket } from '../../kernel/socket.js'
import type { TcpControl, TcpState } from '../../kernel/tcp-control.js'

export type Netid = 'raw' | 'udp' | 'icmp' | 'tcp' | 'p_raw' | 'p_dgr'

export interface SocketRow {
  readonly netid: Netid
  /** ss's word: LISTEN, ESTAB, UNCONN, ... */
  readonly state: string
  readonly recvQ: number
  readonly sendQ: number
  readonly family: 4 | 6
  readonly local: Ipv4Address
  readonly localPort: number
  readonly remote: Ipv4Address
  readonly remotePort: number
  readonly device: string | null
  readonly socket: Socket | null
  readonly control: TcpControl | null
}

const STATE_WORDS: Record<TcpState, string> = {
  CLOSED: 'UNCONN',
  LISTEN: 'LISTEN',
  SYN_SENT: 'SYN-SENT',
  SYN_RECV: 'SYN-RECV',
  ESTABLISHED: 'ESTAB',
  FIN_WAIT1: 'FIN-WAIT-1',
  FIN_WAIT2: 'FIN-WAIT-2',
  CLOSE_WAIT: 'CLOSE-WAIT',
  CLOSING: 'CLOSING',
  LAST_ACK: 'LAST-ACK',
  TIME_WAIT: 'TIME-WAIT',
}

export function udpRows(netns: NetNamespace): SocketRow[] {
  const rows: SocketRow[] = []
  for (const socket of netns.sockets.udpSockets) {
    if (socket.localPort === 0) continue
    const queued = socket.received.reduce((sum, datagram) => sum + datagram.data.length + 768, 0)
    rows.push(rowOf(netns, 'udp', socket, { state: socket.isConnected ? 'ESTAB' : 'UNCONN', recvQ: queued }))
  }
  return rows.sort(byPort)
}

export function tcpRows(netns: NetNamespace): SocketRow[] {
  const rows: SocketRow[] = []
  for (const socket of netns.sockets.tcpSockets) {
    if (!socket.isListening) continue
    rows.push(rowOf(netns, 'tcp', socket, { state: 'LISTEN', recvQ: socket.acceptQueue.length, sendQ: socket.backlog }))
  }
  rows.sort(byPort)
  const connections = [...netns.sockets.connections.values()].map((control) => connectionRow(netns, control))
  return [...rows, ...connections.sort(byPort)]
}

function connectionRow(netns: NetNamespace, control: TcpControl): SocketRow {
  const socket =
    control.state === 'TIME_WAIT' || control.socket.isClosed || control.socket.localPort !== control.localPort ? null : control.socket
  const isAccepted = socket !== null && socket.remotePort === control.remotePort
  return {
    netid: 'tcp',
    state: STATE_WORDS[control.state],
    recvQ: control.receivedBytes,
    sendQ: control.unsentBytes + control.bytesInFlight,
    family: control.socket.family,
    local: control.localAddress,
    localPort: control.localPort,
    remote: control.remoteAddress,
    remotePort: control.remotePort,
    device: deviceName(netns, control.socket.boundIfindex),
    socket: isAccepted ? socket : null,
    control,
  }
}

export function rawRows(netns: NetNamespace): SocketRow[] {
  const rows: SocketRow[] = []
  for (const socket of netns.sockets.rawSockets) rows.push(rowOf(netns, 'raw', socket, { state: 'UNCONN', recvQ: 0 }))
  for (const socket of netns.sockets.pingSockets) rows.push(rowOf(netns, 'icmp', socket, { state: 'UNCONN', recvQ: 0 }))
  return rows
}

function rowOf(netns: NetNamespace, netid: Netid, socket: Socket, fields: { state: string; recvQ: number; sendQ?: number }): SocketRow {
  return {
    netid,
    state: fields.state,
    recvQ: fields.recvQ,
    sendQ: fields.sendQ ?? 0,
    family: socket.family,
    local: socket.localAddress,
    localPort: socket.localPort,
    remote: socket.remoteAddress,
    remotePort: socket.remotePort,
    device: deviceName(netns, socket.boundIfindex),
    socket,
    control: null,
  }
}

function deviceName(netns: NetNamespace, ifindex: number): string | null {
  return ifindex === 0 ? null : (netns.deviceByIndex(ifindex)?.name ?? `if${ifindex}`)
}

function byPort(a: SocketRow, b: SocketRow): number {
  return a.localPort - b.localPort || (a.local >>> 0) - (b.local >>> 0) || a.remotePort - b.remotePort
}
