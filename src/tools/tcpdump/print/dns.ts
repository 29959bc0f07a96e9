// DNS questions and answers: "1234+ A? vm1.example. (29)".
import type { Dissector } from '../dissector.js'
import { skipDomainName } from './dns-name.js'
import { DNS_TYPE_OPT, printQuestion, printRecord } from './dns-records.js'

/** How the message travels; multicast DNS borrows the top bit of classes. */
export type DnsCarrier = 'udp' | 'tcp' | 'mdns'

const OPCODES = [
  '',
  ' inv_q',
  ' stat',
  ' op3',
  ' notify',
  ' update',
  ' op6',
  ' op7',
  ' op8',
  ' updateA',
  ' updateD',
  ' updateDA',
  ' updateM',
  ' updateMA',
  ' zoneInit',
  ' zoneRef',
]
// Three of them lack their blank in the real one.
const RESPONSES = [
  '',
  ' FormErr',
  ' ServFail',
  ' NXDomain',
  ' NotImp',
  ' Refused',
  ' YXDomain',
  ' YXRRSet',
  ' NXRRSet',
  ' NotAuth',
  ' NotZone',
  ' Resp11',
  ' Resp12',
  ' Resp13',
  ' Resp14',
  ' NoChange',
  ' BadVers',
  'Resp17',
  ' Resp18',
  ' Resp19',
  ' Resp20',
  'Resp21',
  ' Resp22',
  ' BadCookie',
]
const QR = 0x8000
const AA = 0x0400
const TC = 0x0200
const RD = 0x0100
const RA = 0x0080
const AD = 0x0020
const CD = 0x0010
const HEADER = 12

/** A message being printed: where it begins, how many records each section says it has. */
interface DnsPage {
  readonly d: Dissector
  readonly at: number
  readonly flags: number
  readonly questions: number
  readonly answers: number
  readonly authority: number
  readonly additional: number
  readonly multicast: boolean
}

export function printDns(d: Dissector, from: number, size: number, carrier: DnsCarrier): void {
  d.protocol = 'domain'
  let at = from
  let length = size
  if (carrier === 'tcp') {
    if (!printTcpPrefix(d, at, length)) return
    at += 2
    length -= 2
  }
  if (length < HEADER) {
    d.print(`domain [length ${length} < 12]`)
    return d.invalid()
  }
  if (!d.has(at, HEADER)) return d.truncated()
  const page: DnsPage = {
    d,
    at,
    flags: d.u16(at + 2),
    questions: d.u16(at + 4),
    answers: d.u16(at + 6),
    authority: d.u16(at + 8),
    additional: d.u16(at + 10),
    multicast: carrier === 'mdns',
  }
  const whole = (page.flags & QR) !== 0 ? printResponse(page) : printQuery(page)
  if (!whole) return d.truncated()
  d.print(` (${length})`)
}

/** Over TCP the message's length stands in front (RFC 1035, section 4.2.2). */
function printTcpPrefix(d: Dissector, at: number, length: number): boolean {
  if (length < 2) d.print(` [DNS over TCP: length ${length} < 2]`)
  else if (d.u16(at) !== length - 2) d.print(` [prefix length(${d.u16(at)}) != length(${length - 2})]`)
  else {
    d.print(' ')
    return true
  }
  d.invalid()
  return false
}

function printResponse(page: DnsPage): boolean {
  const { d, flags } = page
  const code = responseCode(page)
  d.print(`${d.u16(page.at)}${OPCODES[(flags >> 11) & 15]}${RESPONSES[code] ?? ` Resp${code & 0xfff}`}`)
  d.print(`${flags & AA ? '*' : ''}${flags & RA ? '' : '-'}${flags & TC ? '|' : ''}${flags & AD ? '$' : ''}`)
  if (page.questions !== 1) d.print(` [${page.questions}q]`)
  let at: number | null = page.at + HEADER
  for (let i = 0; i < page.questions; i++) {
    if (i > 0) d.print(',')
    if (d.verbose > 1) {
      d.print(' q:')
      at = printQuestion(d, at, page.at, page.multicast)
    } else at = skipQuestion(d, at)
    if (at === null) return false
  }
  d.print(` ${page.answers}/${page.authority}/${page.additional}`)
  at = printSection(page, at, page.answers, '', true)
  return d.verbose < 2 ? at !== null : printRest(page, at)
}

function printQuery(page: DnsPage): boolean {
  const { d, flags } = page
  const opcode = (flags >> 11) & 15
  d.print(`${d.u16(page.at)}${OPCODES[opcode]}${flags & RD ? '+' : ''}${flags & CD ? '%' : ''}`)
  if ((flags & 0x6cf) !== 0) d.print(` [b2&3=0x${flags.toString(16)}]`)
  if (opcode === 1) {
    if (page.questions > 0) d.print(` [${page.questions}q]`)
    if (page.answers !== 1) d.print(` [${page.answers}a]`)
  } else {
    if (page.answers > 0) d.print(` [${page.answers}a]`)
    if (page.questions !== 1) d.print(` [${page.questions}q]`)
  }
  if (page.authority > 0) d.print(` [${page.authority}n]`)
  if (page.additional > 0) d.print(` [${page.additional}au]`)
  let at: number | null = page.at + HEADER
  for (let i = 0; i < page.questions; i++) {
    if (i > 0 && at >= d.end) return false
    at = printQuestion(d, at, page.at, page.multicast)
    if (at === null) return false
  }
  if (d.verbose < 2) return true
  return printRest(page, printSection(page, at, page.answers, '', true))
}

/** Authority and additional sections, from -vv on. */
function printRest(page: DnsPage, behind: number | null): boolean {
  const at = printSection(page, behind, page.authority, ' ns:', false)
  return printSection(page, at, page.additional, ' ar:', false) !== null
}

/** `begun`: the first record is tried even where the capture ends. */
function printSection(page: DnsPage, from: number | null, count: number, title: string, begun: boolean): number | null {
  let at = from
  for (let i = 0; i < count; i++) {
    if (at === null || (at >= page.d.end && !(begun && i === 0))) return null
    page.d.print(i === 0 ? title : ',')
    at = printRecord(page.d, at, page.at, page.multicast)
  }
  return at
}

function skipQuestion(d: Dissector, at: number): number | null {
  const behind = skipDomainName(d, at)
  return behind === null ? null : behind + 4
}

/** The upper bits of the code stand in an OPT record, if there is one. */
function responseCode(page: DnsPage): number {
  const { d } = page
  const code = page.flags & 15
  let at: number | null = page.at + HEADER
  for (let i = 0; i < page.questions; i++) {
    at = skipQuestion(d, at)
    if (at === null || at >= d.end) return code
  }
  const before = page.answers + page.authority
  for (let i = 0; i < before + page.additional; i++) {
    at = skipDomainName(d, at)
    if (at === null || !d.has(at, 5)) return code
    if (i >= before && d.u16(at) === DNS_TYPE_OPT) return code | (d.u8(at + 4) << 4)
    if (!d.has(at + 8, 2)) return code
    at += 10 + d.u16(at + 8)
    if (at >= d.end) return code
  }
  return code
}
