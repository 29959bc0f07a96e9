// DNS messages (RFC 1035) as the payload of a UDP datagram.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { Ipv6Address } from '../addr/ipv6.js'
import { get16, get32, getIpv4, getIpv6, put32, putIpv6 } from './bytes.js'

export const DNS_PORT = 53

export const DNS_TYPE_A = 1
export const DNS_TYPE_NS = 2
export const DNS_TYPE_CNAME = 5
export const DNS_TYPE_PTR = 12
export const DNS_TYPE_TXT = 16
export const DNS_TYPE_AAAA = 28
export const DNS_CLASS_IN = 1

/** Bits of the flags word. */
export const DNS_QR = 0x8000
export const DNS_AA = 0x0400
export const DNS_RD = 0x0100
export const DNS_RA = 0x0080

/** Response codes, the low four bits of the flags word. */
export const DNS_NOERROR = 0
export const DNS_SERVFAIL = 2
export const DNS_NXDOMAIN = 3
export const DNS_REFUSED = 5

export interface DnsQuestion {
  /** Without the last dot; '' is the root. */
  readonly name: string
  readonly type: number
  readonly class: number
}

/** Parsed by type; `raw` for the types that nobody here asks about. */
export type DnsRdata =
  | { readonly kind: 'a'; readonly address: Ipv4Address }
  | { readonly kind: 'aaaa'; readonly address: Ipv6Address }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'txt'; readonly strings: readonly string[] }
  | { readonly kind: 'raw'; readonly bytes: Uint8Array }

export interface DnsRecord {
  readonly name: string
  readonly type: number
  readonly class: number
  readonly ttlSeconds: number
  readonly rdata: DnsRdata
}

//   id(2) flags(2) | counts of the four sections (2 each) | questions | answers | authority | additional
export interface DnsMessage {
  readonly id: number
  readonly flags: number
  readonly questions: readonly DnsQuestion[]
  readonly answers: readonly DnsRecord[]
  readonly authority: readonly DnsRecord[]
  readonly additional: readonly DnsRecord[]
}

export function dnsQuery(id: number, name: string, type: number): DnsMessage {
  return { id, flags: DNS_RD, questions: [{ name, type, class: DNS_CLASS_IN }], answers: [], authority: [], additional: [] }
}

/** An answer to `query`: its id, its question, and QR | RA | the asked RD | `flags`. */
export function dnsResponse(query: DnsMessage, flags: number, answers: readonly DnsRecord[]): DnsMessage {
  const all = DNS_QR | DNS_RA | (query.flags & (DNS_RD | 0x7800)) | flags
  return { id: query.id, flags: all, questions: query.questions, answers, authority: [], additional: [] }
}

export function addressRecord(name: string, address: Ipv4Address, ttlSeconds: number): DnsRecord {
  return { name, type: DNS_TYPE_A, class: DNS_CLASS_IN, ttlSeconds, rdata: { kind: 'a', address } }
}

/** PTR, CNAME or NS. */
export function nameRecord(name: string, type: number, target: string, ttlSeconds: number): DnsRecord {
  return { name, type, class: DNS_CLASS_IN, ttlSeconds, rdata: { kind: 'name', name: target } }
}

/** The name that is asked for to find an address's names: 4.3.2.1.in-addr.arpa. */
export function reverseNameOf(address: Ipv4Address): string {
  return `${address & 255}.${(address >>> 8) & 255}.${(address >>> 16) & 255}.${address >>> 24}.in-addr.arpa`
}

export function encodeDns(message: DnsMessage): Uint8Array {
  const writer = new Writer()
  const sections = [message.answers, message.authority, message.additional]
  for (const word of [message.id, message.flags, message.questions.length]) writer.u16(word)
  for (const section of sections) writer.u16(section.length)
  for (const question of message.questions) {
    writer.name(question.name)
    writer.u16(question.type)
    writer.u16(question.class)
  }
  for (const section of sections) for (const record of section) writer.record(record)
  return Uint8Array.from(writer.bytes)
}

class Writer {
  readonly bytes: number[] = []
  /** Where a name already stands, for pointers back to it. */
  private readonly places = new Map<string, number>()

  u16(value: number): void {
    this.bytes.push((value >>> 8) & 255, value & 255)
  }

  name(name: string): void {
    let rest = name
    while (rest !== '') {
      const place = this.places.get(rest)
      if (place !== undefined) return this.u16(0xc000 | place)
      if (this.bytes.length < 0x4000) this.places.set(rest, this.bytes.length)
      const dot = rest.indexOf('.')
      this.string(dot < 0 ? rest : rest.slice(0, dot))
      rest = dot < 0 ? '' : rest.slice(dot + 1)
    }
    this.bytes.push(0)
  }

  string(text: string): void {
    this.bytes.push(text.length)
    for (let i = 0; i < text.length; i++) this.bytes.push(text.charCodeAt(i) & 255)
  }

  record(record: DnsRecord): void {
    this.name(record.name)
    this.u16(record.type)
    this.u16(record.class)
    this.u16(record.ttlSeconds >>> 16)
    this.u16(record.ttlSeconds)
    const lengthAt = this.bytes.length
    this.u16(0)
    this.rdata(record.rdata)
    const length = this.bytes.length - lengthAt - 2
    this.bytes[lengthAt] = length >>> 8
    this.bytes[lengthAt + 1] = length & 255
  }

  private rdata(rdata: DnsRdata): void {
    if (rdata.kind === 'name') this.name(rdata.name)
    else if (rdata.kind === 'txt') for (const text of rdata.strings) this.string(text)
    else this.append(rdataBytes(rdata))
  }

  private append(bytes: Uint8Array): void {
    for (const byte of bytes) this.bytes.push(byte)
  }
}

function rdataBytes(rdata: Extract<DnsRdata, { kind: 'a' | 'aaaa' | 'raw' }>): Uint8Array {
  if (rdata.kind === 'raw') return rdata.bytes
  const bytes = new Uint8Array(rdata.kind === 'a' ? 4 : 16)
  if (rdata.kind === 'a') put32(bytes, 0, rdata.address)
  else putIpv6(bytes, 0, rdata.address)
  return bytes
}

/** Null when the message is cut short or a name runs in circles. */
export function decodeDns(bytes: Uint8Array): DnsMessage | null {
  if (bytes.length < 12) return null
  const reader = new Reader(bytes)
  const questions: DnsQuestion[] = []
  for (let n = get16(bytes, 4); n > 0; n--) {
    const question = reader.question()
    if (question === null) return null
    questions.push(question)
  }
  const answers = reader.section(get16(bytes, 6))
  const authority = answers && reader.section(get16(bytes, 8))
  const additional = authority && reader.section(get16(bytes, 10))
  if (answers === null || authority === null || additional === null) return null
  return { id: get16(bytes, 0), flags: get16(bytes, 2), questions, answers, authority, additional }
}

class Reader {
  private at = 12

  constructor(private readonly bytes: Uint8Array) {}

  question(): DnsQuestion | null {
    const name = this.name()
    if (name === null || this.at + 4 > this.bytes.length) return null
    this.at += 4
    return { name, type: get16(this.bytes, this.at - 4), class: get16(this.bytes, this.at - 2) }
  }

  section(count: number): DnsRecord[] | null {
    const records: DnsRecord[] = []
    for (let n = count; n > 0; n--) {
      const record = this.record()
      if (record === null) return null
      records.push(record)
    }
    return records
  }

  private record(): DnsRecord | null {
    const name = this.name()
    const head = this.at
    if (name === null || head + 10 > this.bytes.length) return null
    const type = get16(this.bytes, head)
    const end = head + 10 + get16(this.bytes, head + 8)
    if (end > this.bytes.length) return null
    this.at = head + 10
    const rdata = this.rdata(type, end)
    this.at = end
    return rdata === null ? null : { name, type, class: get16(this.bytes, head + 2), ttlSeconds: get32(this.bytes, head + 4), rdata }
  }

  private rdata(type: number, end: number): DnsRdata | null {
    const length = end - this.at
    if (type === DNS_TYPE_A && length === 4) return { kind: 'a', address: getIpv4(this.bytes, this.at) }
    if (type === DNS_TYPE_AAAA && length === 16) return { kind: 'aaaa', address: getIpv6(this.bytes, this.at) }
    if (type === DNS_TYPE_CNAME || type === DNS_TYPE_PTR || type === DNS_TYPE_NS) {
      const name = this.name()
      return name === null ? null : { kind: 'name', name }
    }
    if (type === DNS_TYPE_TXT) return { kind: 'txt', strings: this.strings(end) }
    return { kind: 'raw', bytes: this.bytes.subarray(this.at, end) }
  }

  private strings(end: number): string[] {
    const strings: string[] = []
    for (let at = this.at; at < end; at += 1 + this.bytes[at]!) {
      strings.push(latin1Of(this.bytes.subarray(at + 1, Math.min(end, at + 1 + this.bytes[at]!))))
    }
    return strings
  }

  /** A name at the reading place, pointers followed; the place ends behind it. */
  private name(): string | null {
    const labels: string[] = []
    let at = this.at
    let jumps = 0
    for (;;) {
      const length = this.bytes[at]
      if (length === undefined) return null
      if (length >= 0xc0) {
        if (at + 1 >= this.bytes.length || ++jumps > 64) return null
        if (jumps === 1) this.at = at + 2
        at = get16(this.bytes, at) & 0x3fff
        continue
      }
      if (length > 63 || at + 1 + length > this.bytes.length) return null
      if (length === 0) break
      labels.push(latin1Of(this.bytes.subarray(at + 1, at + 1 + length)))
      at += 1 + length
    }
    if (jumps === 0) this.at = at + 1
    return labels.join('.')
  }
}

function latin1Of(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
