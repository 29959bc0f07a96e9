// /proc/net/tcp, udp and raw: one row a socket, addresses as the machine's words.

import type { NetNamespace } from '../kernel/netns.js'
import type { Socket } from '../kernel/socket.js'

const STATES: Readonly<Record<string, number>> = {
  ESTABLISHED: 1,
  SYN_SENT: 2,
  SYN_RECV: 3,
  FIN_WAIT1: 4,
  FIN_WAIT2: 5,
  TIME_WAIT: 6,
  CLOSED: 7,
  CLOSE_WAIT: 8,
  LAST_ACK: 9,
  LISTEN: 10,
  CLOSING: 11,
}

const HEAD = 'local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'

function endpoint(address: number, port: number): string {
  const word = [0, 8, 16, 24].map((shift) => ((address >>> shift) & 255).toString(16).padStart(2, '0')).join('')
  return `${word}:${port.toString(16).padStart(4, '0')}`.toUpperCase()
}

function row(slot: number, socket: Socket, state: number, tail: string): string {
  const hex = state.toString(16).toUpperCase().padStart(2, '0')
  return `${String(slot).padStart(4)}: ${endpoint(socket.localAddress, socket.localPort)} ${endpoint(socket.remoteAddress, socket.remotePort)} ${hex} 00000000:00000000 00:00000000 00000000 ${String(socket.owner?.uid ?? 0).padStart(5)}        0 ${socket.inode} ${tail}`
}

export function tcpText(netns: NetNamespace): string {
  let text = `${`  sl  ${HEAD}`.padEnd(149)}\n`
  let slot = 0
  for (const socket of netns.sockets.tcpSockets) {
    if (socket.family !== 4) continue
    const state = STATES[socket.state] ?? 7
    if (state === 7) continue
    text += `${row(slot++, socket, state, '1 0000000000000000 100 0 0 10 0').padEnd(149)}\n`
  }
  return text
}

/** Lines of /proc/net/udp are filled with blanks (udp4_seq_show). */
const UDP_WIDTH = 127

export function udpText(netns: NetNamespace): string {
  let text = `${`   sl  ${HEAD} ref pointer drops`.padEnd(UDP_WIDTH)}\n`
  for (const socket of netns.sockets.udpSockets) {
    if (socket.family !== 4 || socket.localPort === 0) continue
    const line = ` ${row(socket.localPort % 4096, socket, socket.isConnected ? 1 : 7, `2 0000000000000000 ${socket.drops}`)}`
    text += `${line.padEnd(UDP_WIDTH)}\n`
  }
  return text
}

export function rawText(netns: NetNamespace): string {
  let text = `  sl  ${HEAD} ref pointer drops\n`
  for (const socket of netns.sockets.rawSockets) text += `${row(socket.localPort, socket, 7, '2 0000000000000000 0')}\n`
  return text
}
