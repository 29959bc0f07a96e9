// The header fields of a frame as rows, and what differs between two frames.
import { formatIpv4 } from '../addr/ipv4.js'
import { formatIpv6 } from '../addr/ipv6.js'
import { formatMac } from '../addr/mac.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import type { Ipv4Packet } from '../wire/ipv4.js'
import { IP_DF, IP_MF } from '../wire/ipv4.js'
import { icmpText } from './frame-text.js'

export interface HeaderRow {
  readonly layer: string
  readonly field: string
  readonly value: string
}

export interface HeaderChange {
  readonly layer: string
  readonly field: string
  /** null: the field was not there. */
  readonly before: string | null
  readonly after: string | null
}

type Add = (layer: string, field: string, value: string | number) => void

/** Outermost first; a frame inside a tunnel goes on with layers called `inner ...`. */
export function headerRows(frame: EthernetFrame): readonly HeaderRow[] {
  const rows: HeaderRow[] = []
  addFrame(frame, '', (layer, field, value) => rows.push({ layer, field, value: String(value) }))
  return rows
}

function addFrame(frame: EthernetFrame, prefix: string, add: Add): void {
  const ether = `${prefix}ethernet`
  // The IP layer's packets have no such header yet.
  const isSet = frame.dst !== 0 || frame.src !== 0
  add(ether, 'dst', isSet ? formatMac(frame.dst) : 'not set')
  add(ether, 'src', isSet ? formatMac(frame.src) : 'not set')
  frame.vlans.forEach((tag, i) => {
    const layer = `${prefix}vlan${i === 0 ? '' : ` ${i + 1}`}`
    add(layer, 'id', tag.tci & 0xfff)
    if (tag.tci >> 13 !== 0) add(layer, 'priority', tag.tci >> 13)
  })
  add(ether, 'type', `0x${frame.type.toString(16).padStart(4, '0')}`)
  const { payload } = frame
  if (payload instanceof Uint8Array) return add(ether, 'payload', `${payload.length} bytes`)
  switch (payload.kind) {
    case 'arp':
      add(`${prefix}arp`, 'operation', payload.operation === 1 ? 'request' : payload.operation === 2 ? 'reply' : payload.operation)
      add(`${prefix}arp`, 'sender mac', formatMac(payload.senderMac))
      add(`${prefix}arp`, 'sender ip', formatIpv4(payload.senderIp))
      add(`${prefix}arp`, 'target mac', formatMac(payload.targetMac))
      return add(`${prefix}arp`, 'target ip', formatIpv4(payload.targetIp))
    case 'ipv4':
      return addIpv4(payload, prefix, add)
    case 'ipv6':
      add(`${prefix}ipv6`, 'src', formatIpv6(payload.src))
      return add(`${prefix}ipv6`, 'dst', formatIpv6(payload.dst))
  }
}

function addIpv4(ip: Ipv4Packet, prefix: string, add: Add): void {
  const layer = `${prefix}ipv4`
  add(layer, 'src', formatIpv4(ip.src))
  add(layer, 'dst', formatIpv4(ip.dst))
  add(layer, 'ttl', ip.ttl)
  add(layer, 'tos', `0x${ip.tos.toString(16)}`)
  add(layer, 'id', ip.id)
  const flags = [(ip.flags & IP_DF) !== 0 ? 'DF' : '', (ip.flags & IP_MF) !== 0 ? 'MF' : ''].filter((each) => each !== '')
  add(layer, 'flags', flags.length === 0 ? 'none' : flags.join(','))
  if (ip.fragOffset !== 0) add(layer, 'offset', ip.fragOffset)
  add(layer, 'protocol', ip.proto)
  add(layer, 'length', ip.length)
  addTransport(ip, prefix, add)
}

function addTransport(ip: Ipv4Packet, prefix: string, add: Add): void {
  const { payload } = ip
  if (payload instanceof Uint8Array) return
  switch (payload.kind) {
    case 'icmp':
      add(`${prefix}icmp`, 'message', icmpText(payload))
      if (payload.type !== 0 && payload.type !== 8) return
      add(`${prefix}icmp`, 'id', payload.id)
      return add(`${prefix}icmp`, 'seq', payload.seq)
    case 'tcp':
      add(`${prefix}tcp`, 'sport', payload.sport)
      add(`${prefix}tcp`, 'dport', payload.dport)
      add(`${prefix}tcp`, 'seq', payload.seq)
      add(`${prefix}tcp`, 'ack', payload.ack)
      return add(`${prefix}tcp`, 'flags', `0x${payload.flags.toString(16)}`)
    case 'udp':
      add(`${prefix}udp`, 'sport', payload.sport)
      add(`${prefix}udp`, 'dport', payload.dport)
      return addEncapsulated(payload.payload, prefix, add)
    case 'gre':
      if (payload.key !== null) add(`${prefix}gre`, 'key', `0x${payload.key.toString(16)}`)
      return addEncapsulated(payload.payload, prefix, add)
    default:
      return
  }
}

function addEncapsulated(payload: object, prefix: string, add: Add): void {
  const inside = payload as { kind?: string; vni?: number; frame?: EthernetFrame }
  if (inside.kind === 'frame') return addFrame(payload as EthernetFrame, `${prefix}inner `, add)
  if ((inside.kind !== 'vxlan' && inside.kind !== 'geneve') || inside.frame === undefined) return
  add(`${prefix}${inside.kind}`, 'vni', inside.vni ?? 0)
  addFrame(inside.frame, `${prefix}inner `, add)
}

export function headerDiff(before: EthernetFrame, after: EthernetFrame): readonly HeaderChange[] {
  if (before === after) return []
  const [old, now] = [headerRows(before), headerRows(after)]
  const keyOf = (row: HeaderRow): string => `${row.layer}/${row.field}`
  const known = new Map(old.map((row) => [keyOf(row), row.value]))
  const left = new Set(now.map(keyOf))
  const changes: HeaderChange[] = []
  for (const row of now) {
    const was = known.get(keyOf(row)) ?? null
    if (was !== row.value) changes.push({ layer: row.layer, field: row.field, before: was, after: row.value })
  }
  for (const row of old) if (!left.has(keyOf(row))) changes.push({ layer: row.layer, field: row.field, before: row.value, after: null })
  return changes
}
