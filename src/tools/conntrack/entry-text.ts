// Connections as `conntrack` prints them: one line each, or XML.
import { formatIpv4 } from '../../addr/ipv4.js'
import type { Connection, Direction, Tuple } from '../../kernel/netfilter/connection.js'
import { IPS_ASSURED, IPS_SEEN_REPLY, ORIGINAL, REPLY } from '../../kernel/netfilter/connection.js'
import type { CtEvent } from '../../kernel/netfilter/conntrack.js'
import { PROTO_DCCP, PROTO_SCTP, PROTO_UDPLITE } from '../../kernel/netfilter/tuple-of.js'
import { PROTO_GRE, PROTO_ICMP, PROTO_TCP, PROTO_UDP } from '../../wire/ipv4.js'

export interface OutputFormat {
  readonly extended: boolean
  readonly id: boolean
  readonly timestamp: boolean
  readonly ktimestamp: boolean
  readonly xml: boolean
}

export const PLAIN: OutputFormat = { extended: false, id: false, timestamp: false, ktimestamp: false, xml: false }

const NAMES = new Map([
  [PROTO_TCP, 'tcp'],
  [PROTO_UDP, 'udp'],
  [PROTO_ICMP, 'icmp'],
  [PROTO_GRE, 'gre'],
  [PROTO_UDPLITE, 'udplite'],
  [PROTO_SCTP, 'sctp'],
  [PROTO_DCCP, 'dccp'],
])

export function ctProtocolName(proto: number): string {
  return NAMES.get(proto) ?? 'unknown'
}

export function ctProtocolNumber(name: string): number | null {
  for (const [number, known] of NAMES) if (known === name) return number
  const number = Number(name)
  return /^\d+$/.test(name) && number <= 255 ? number : null
}

export function entryLine(connection: Connection, nowUs: number, format: OutputFormat, use = 1): string {
  const family = format.extended ? 'ipv4     2 ' : ''
  let text = `${family}${head(connection)}${secondsLeft(connection, nowUs)} ${stateText(connection)}${tuplesText(connection)}`
  text += `mark=${connection.mark}${zoneText(connection)} use=${use}`
  return format.id ? `${text} id=${connection.id}` : text
}

const EVENT_LABELS: Record<CtEvent, string> = { NEW: '    [NEW] ', UPDATE: ' [UPDATE] ', DESTROY: '[DESTROY] ' }

export function eventLine(event: CtEvent, connection: Connection, now: { nowUs: number; portid: number }, format: OutputFormat): string {
  const { nowUs, portid } = now
  const left = secondsLeft(connection, nowUs)
  // What has aged out has no time left to tell.
  const timeout =
    event === 'DESTROY' && left <= 0 ? '' : `${event === 'DESTROY' ? left : Math.ceil((connection.expiresUs - nowUs) / 1_000_000)} `
  let text = `${EVENT_LABELS[event]}${format.extended ? 'ipv4     2 ' : ''}${head(connection)}${timeout}${stateText(connection)}${tuplesText(connection).trimEnd()}`
  if (connection.mark !== 0) text += ` mark=${connection.mark}`
  text += zoneText(connection)
  if (format.id) text += ` id=${connection.id}`
  return portid === 0 ? text : `${text} [USERSPACE] portid=${portid} progname=conntrack`
}

function head(connection: Connection): string {
  const { proto } = connection.original
  return `${ctProtocolName(proto).padEnd(8)} ${proto} `
}

function secondsLeft(connection: Connection, nowUs: number): number {
  return Math.max(0, Math.floor((connection.expiresUs - nowUs) / 1_000_000))
}

function stateText(connection: Connection): string {
  return connection.tcp === null ? '' : `${connection.tcp.state} `
}

function tuplesText(connection: Connection): string {
  let text = sideText(connection, ORIGINAL)
  if (!connection.has(IPS_SEEN_REPLY)) text += '[UNREPLIED] '
  text += sideText(connection, REPLY)
  return connection.has(IPS_ASSURED) ? `${text}[ASSURED] ` : text
}

function sideText(connection: Connection, direction: Direction): string {
  const tuple = connection.tuple(direction)
  let text = `src=${formatIpv4(tuple.src)} dst=${formatIpv4(tuple.dst)} ${portsText(tuple)}`
  const { zone, counters } = connection
  if (zone.original !== zone.reply) {
    if (direction === ORIGINAL && zone.original !== 0) text += `zone-orig=${zone.original} `
    if (direction === REPLY && zone.reply !== 0) text += `zone-reply=${zone.reply} `
  }
  return counters === null ? text : `${text}packets=${counters.packets[direction]} bytes=${counters.bytes[direction]} `
}

function portsText(tuple: Tuple): string {
  switch (tuple.proto) {
    case PROTO_ICMP:
      return `type=${tuple.dstPort >> 8} code=${tuple.dstPort & 0xff} id=${tuple.srcPort} `
    case PROTO_GRE:
      return `srckey=0x${tuple.srcPort.toString(16)} dstkey=0x${tuple.dstPort.toString(16)} `
    case PROTO_TCP:
    case PROTO_UDP:
    case PROTO_UDPLITE:
    case PROTO_SCTP:
    case PROTO_DCCP:
      return `sport=${tuple.srcPort} dport=${tuple.dstPort} `
    default:
      return ''
  }
}

function zoneText({ zone }: Connection): string {
  return zone.original === zone.reply && zone.original !== 0 ? ` zone=${zone.original}` : ''
}

/** The same as XML; `when` is left out, as the tool does for listings. */
export function entryXml(connection: Connection, nowUs: number): string {
  const { original, reply } = connection
  const state = connection.tcp === null ? '' : `<state>${connection.tcp.state}</state>`
  const replied = connection.has(IPS_SEEN_REPLY) ? '' : '<unreplied/>'
  const assured = connection.has(IPS_ASSURED) ? '<assured/>' : ''
  return (
    `<flow>${metaXml('original', original)}${metaXml('reply', reply)}<meta direction="independent">${state}` +
    `<timeout>${secondsLeft(connection, nowUs)}</timeout><mark>${connection.mark}</mark><use>1</use><id>${connection.id}</id>${assured}${replied}</meta></flow>`
  )
}

function metaXml(direction: string, tuple: Tuple): string {
  const ports =
    tuple.proto === PROTO_ICMP || ctProtocolName(tuple.proto) === 'unknown'
      ? ''
      : `<sport>${tuple.srcPort}</sport><dport>${tuple.dstPort}</dport>`
  return (
    `<meta direction="${direction}"><layer3 protonum="2" protoname="ipv4"><src>${formatIpv4(tuple.src)}</src><dst>${formatIpv4(tuple.dst)}</dst></layer3>` +
    `<layer4 protonum="${tuple.proto}" protoname="${ctProtocolName(tuple.proto)}">${ports}</layer4></meta>`
  )
}
