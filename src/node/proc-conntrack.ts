// /proc/net/nf_conntrack: tracked connections, one a line.

import { formatIpv4 } from '../addr/ipv4.js'
import { type Connection, IPS_ASSURED, IPS_SEEN_REPLY, ORIGINAL, REPLY, type Tuple } from '../kernel/netfilter/connection.js'
import type { NetNamespace } from '../kernel/netns.js'

const NAMES: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 47: 'gre', 132: 'sctp' }

export function conntrackText(netns: NetNamespace): string {
  const connections = netns.netfilter.conntrack?.table.list(netns.nowUs) ?? []
  return connections.map((connection) => `${line(connection, netns.nowUs)}\n`).join('')
}

function line(connection: Connection, nowUs: number): string {
  const first = connection.tuple(ORIGINAL)
  const proto = first.proto
  const left = Math.max(0, Math.floor((connection.expiresUs - nowUs) / 1e6))
  const state = connection.tcp === null ? '' : `${connection.tcp.state} `
  const counters = (direction: 0 | 1): string =>
    connection.counters === null ? '' : `packets=${connection.counters.packets[direction]} bytes=${connection.counters.bytes[direction]} `
  const unreplied = connection.has(IPS_SEEN_REPLY) ? '' : '[UNREPLIED] '
  const assured = connection.has(IPS_ASSURED) ? '[ASSURED] ' : ''
  const head = `ipv4     2 ${(NAMES[proto] ?? 'unknown').padEnd(8)} ${proto} ${left} ${state}`
  return `${head}${tupleText(first)}${counters(0)}${unreplied}${tupleText(connection.tuple(REPLY))}${counters(1)}${assured}mark=${connection.mark} zone=${connection.zone.original} use=2`
}

function tupleText(tuple: Tuple): string {
  const ends = `src=${formatIpv4(tuple.src)} dst=${formatIpv4(tuple.dst)} `
  if (tuple.proto === 1) return `${ends}type=${tuple.dstPort >> 8} code=${tuple.dstPort & 255} id=${tuple.srcPort} `
  return tuple.proto === 6 || tuple.proto === 17 ? `${ends}sport=${tuple.srcPort} dport=${tuple.dstPort} ` : ends
}
