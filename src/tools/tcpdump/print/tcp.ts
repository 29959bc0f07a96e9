// TCP segments, with sequence numbers relative to the start of the conversation.
import { get32 } from '../../../wire/bytes.js'
import { bitNames, type Conversation, type Dissector, rightChecksum, TRUNCATED, type TransportPayload } from '../dissector.js'

import { printDns } from './dns.js'
import { pseudoSum } from './pseudo-header.js'
import { printTcpOptions } from './tcp-options.js'
import { printTextProtocol, textProtocolOf } from './text.js'

const FLAGS = [
  [0x01, 'F'],
  [0x02, 'S'],
  [0x04, 'R'],
  [0x08, 'P'],
  [0x10, '.'],
  [0x20, 'U'],
  [0x40, 'E'],
  [0x80, 'W'],
] as const
const SYN = 0x02
const RST = 0x04
const ACK = 0x10
const URG = 0x20
const NOTEWORTHY = 0x07
const MAX_RESET_TEXT = 30

/** "a.1 > b.2: "; ports only when other headers stood between the address and here. */
export function printEndpoints(d: Dissector, payload: TransportPayload, protocol: 'tcp' | 'udp'): void {
  const { ipAt, at, proto } = payload
  const six = d.u8(ipAt) >> 4 === 6
  const direct = d.u8(ipAt + (six ? 6 : 9)) === proto
  const src = six ? d.ip6(ipAt + 8) : d.ip(ipAt + 12)
  const dst = six ? d.ip6(ipAt + 24) : d.ip(ipAt + 16)
  if (!d.has(at, 4)) return d.print(`${src} > ${dst}:${protocol === 'udp' ? ' ' : ''}`)
  const sport = d.options.names.port(protocol, d.u16(at))
  const dport = d.options.names.port(protocol, d.u16(at + 2))
  d.print(direct ? `${src}.${sport} > ${dst}.${dport}: ` : `${sport} > ${dport}: `)
}

export function printTcp(d: Dissector, payload: TransportPayload): void {
  const { at, length } = payload
  d.protocol = 'tcp'
  printEndpoints(d, payload, 'tcp')
  if (!d.has(at, 20)) return d.truncated()
  const header = (d.u8(at + 12) >> 4) * 4
  if (header < 20) return d.print(` tcp ${(length - header) >>> 0} [bad hdr length ${header} - too short, < 20]`)
  if (d.options.quiet) {
    d.print(`tcp ${(length - header) >>> 0}`)
    if (header > length) d.print(` [bad hdr length ${header} - too long, > ${length}]`)
    return
  }
  const flags = d.u8(at + 13)
  d.print(`Flags [${bitNames(FLAGS, flags, 'none', '')}]`)
  const numbers = numbersOf(d, payload, flags)
  if (header > length) return d.print(` [bad hdr length ${header} - too long, > ${length}]`)
  if (d.verbose > 0 && !d.options.trustChecksums && !payload.fragmented && d.has(at, length)) printChecksum(d, payload)
  const data = length - header
  if (d.verbose > 1 || data > 0 || (flags & NOTEWORTHY) !== 0) {
    d.print(`, seq ${numbers.seq}`)
    if (data > 0) d.print(`:${(numbers.seq + data) >>> 0}`)
  }
  if ((flags & ACK) !== 0) d.print(`, ack ${numbers.ack}`)
  d.print(`, win ${d.u16(at + 14)}`)
  if ((flags & URG) !== 0) d.print(`, urg ${d.u16(at + 18)}`)
  if (header > 20 && !printTcpOptions(d, at + 20, header - 20, numbers.sackBase)) return
  d.print(`, length ${data}`)
  if (data > 0) printData(d, at + header, data, payload)
}

function printChecksum(d: Dissector, payload: TransportPayload): void {
  const { at, length, ipAt } = payload
  const sum = d.checksum(at, length, pseudoSum(d, ipAt, 6, length))
  const given = d.u16(at + 16)
  const right = rightChecksum(given, sum).toString(16).padStart(4, '0')
  d.print(`, cksum 0x${given.toString(16).padStart(4, '0')} (${sum === 0 ? 'correct' : `incorrect -> 0x${right}`})`)
}

interface ShownNumbers {
  readonly seq: number
  readonly ack: number
  /** What the edges of SACK blocks are counted from. */
  readonly sackBase: number
}

const MOST_CONVERSATIONS = 4096

/** Remembers where each conversation began; both directions share one entry. */
function numbersOf(d: Dissector, payload: TransportPayload, flags: number): ShownNumbers {
  const { at } = payload
  const seq = d.u32(at + 4)
  const ack = d.u32(at + 8)
  if (d.options.absolute || (flags & ACK) === 0) return { seq, ack, sackBase: 0 }
  const { key, reverse } = conversationKey(d, payload)
  const known = d.conversations.get(key)
  if (known === undefined || (flags & SYN) !== 0) {
    const before = (ack - 1) >>> 0
    const begun: Conversation = reverse ? { ack: seq, seq: before } : { seq, ack: before }
    d.conversations.set(key, begun)
    // Differs: tcpdump's own table grows as long as it runs; a day of short connections would fill this one.
    if (d.conversations.size > MOST_CONVERSATIONS) d.conversations.delete(d.conversations.keys().next().value!)
    return { seq, ack, sackBase: reverse ? begun.seq : begun.ack }
  }
  if (reverse) return { seq: (seq - known.ack) >>> 0, ack: (ack - known.seq) >>> 0, sackBase: known.seq }
  return { seq: (seq - known.seq) >>> 0, ack: (ack - known.ack) >>> 0, sackBase: known.ack }
}

function conversationKey(d: Dissector, payload: TransportPayload): { key: string; reverse: boolean } {
  const { at, ipAt } = payload
  const six = d.u8(ipAt) >> 4 === 6
  const size = six ? 16 : 4
  const srcAt = ipAt + (six ? 8 : 12)
  const sport = d.u16(at)
  const dport = d.u16(at + 2)
  const reverse = sport > dport || (sport === dport && compare(d.bytes, srcAt, srcAt + size, size) > 0)
  const src = d.hex(srcAt, size)
  const dst = d.hex(srcAt + size, size)
  return { key: reverse ? `${dst}/${src}/${dport}/${sport}` : `${src}/${dst}/${sport}/${dport}`, reverse }
}

function compare(bytes: Uint8Array, a: number, b: number, size: number): number {
  for (let i = 0; i < size; i += 4) {
    const difference = get32(bytes, a + i) - get32(bytes, b + i)
    if (difference !== 0) return difference
  }
  return 0
}

function printData(d: Dissector, at: number, length: number, payload: TransportPayload): void {
  if (at > d.end) {
    d.print(` [remaining caplen(${d.available(payload.at)}) < header length(${at - payload.at})]`)
    throw TRUNCATED
  }
  if ((d.u8(payload.at + 13) & RST) !== 0 && d.verbose > 0) return printResetText(d, at, length)
  const sport = d.u16(payload.at)
  const dport = d.u16(payload.at + 2)
  if (sport === 53 || dport === 53) return printDns(d, at, length, 'tcp')
  // Differs: telnet, BGP, SSH, SMB, OpenFlow and others are not taken apart; their payload is not shown.
  const text = textProtocolOf(sport, dport)
  if (text !== null) printTextProtocol(d, at, length, text)
}

/** A reset may carry its reason as text (RFC 1122, section 4.2.2.12). */
function printResetText(d: Dissector, at: number, length: number): void {
  d.print(d.has(at, length) ? ' [RST' : ' [!RST')
  if (length > MAX_RESET_TEXT) d.print('+')
  d.print(' ')
  d.chars(at, Math.min(length, MAX_RESET_TEXT))
  d.print(']')
}
