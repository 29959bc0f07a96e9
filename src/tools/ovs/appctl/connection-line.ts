// A connection as the datapath's listing has it.
import { formatIpv4 } from '../../../addr/ipv4.js'
import type { Connection, Tuple } from '../../../kernel/netfilter/connection.js'
import { labelOf } from '../../../ovs/ct.js'

const PROTOS = new Map([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [132, 'sctp'],
])

function tupleText(tuple: Tuple): string {
  const addresses = `src=${formatIpv4(tuple.src)},dst=${formatIpv4(tuple.dst)}`
  if (tuple.proto === 1) return `(${addresses},id=${tuple.srcPort},type=${tuple.dstPort >> 8},code=${tuple.dstPort & 0xff})`
  if (tuple.proto !== 6 && tuple.proto !== 17 && tuple.proto !== 132) return `(${addresses})`
  return `(${addresses},sport=${tuple.srcPort},dport=${tuple.dstPort})`
}

export function connectionLine(connection: Connection): string {
  const { original, reply, zone, mark, tcp } = connection
  let line = `${PROTOS.get(original.proto) ?? `${original.proto}`},orig=${tupleText(original)},reply=${tupleText(reply)}`
  if (zone.original !== 0) line += `,zone=${zone.original}`
  if (mark !== 0) line += `,mark=${mark}`
  const label = labelOf(connection)
  if (label !== 0n) line += `,labels=0x${label.toString(16)}`
  if (tcp !== null) line += `,protoinfo=(state=${tcp.state})`
  return line
}
