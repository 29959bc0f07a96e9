// GRE version 0 with its optional fields, and the headers of version 1 (PPTP).
import { bitNames, type Dissector } from '../dissector.js'
import { ETHERTYPE_NAMES } from '../protocols.js'

const CHECKSUM = 0x8000
const ROUTING = 0x4000
const KEY = 0x2000
const SEQUENCE = 0x1000
const ACKNOWLEDGE = 0x0080
const FLAGS = [
  [CHECKSUM, 'checksum present'],
  [ROUTING, 'routing present'],
  [KEY, 'key present'],
  [SEQUENCE, 'sequence# present'],
  [0x0800, 'source routing present'],
  [ACKNOWLEDGE, 'ack present'],
] as const
const TRANSPARENT_ETHERNET = 0x6558

//   flags/version(2) protocol(2) [checksum(2) offset(2)] [key(4)] [sequence(4)] payload
export function printGre(d: Dissector, at: number, length: number): void {
  d.protocol = 'gre'
  if (!d.has(at, 2) || length < 2) return d.truncated()
  const version = d.u16(at) & 7
  d.print(`GREv${version}`)
  if (version > 1) return d.print(' ERROR: unknown-version')
  if (d.verbose > 0) d.print(`, Flags [${bitNames(FLAGS, d.u16(at), 'none')}]`)
  if (!d.has(at + 2, 2) || length < 4) return d.truncated()
  const body = version === 0 ? printFields(d, at, length) : printFieldsV1(d, at, length)
  if (body === null) return d.truncated()
  const proto = d.u16(at + 2)
  if (d.options.link) d.print(`, proto ${ETHERTYPE_NAMES[proto] ?? 'unknown'} (0x${d.hex(at + 2, 2)})`)
  d.print(`, length ${length}`)
  if (version === 1 && (d.u16(at) & SEQUENCE) === 0) return
  d.print(d.verbose === 0 ? ': ' : '\n\t')
  printPayload(d, version === 0 ? proto : 0, body, length - (body - at), proto)
}

function printPayload(d: Dissector, known: number, at: number, length: number, proto: number): void {
  if (known === 0x0800) d.printers.ip(d, at, length)
  else if (known === 0x86dd) d.printers.ip6(d, at, length)
  else if (known === TRANSPARENT_ETHERNET) d.printers.ethernet(d, at, length)
  else d.print(`gre-proto-0x${proto.toString(16)}`)
}

/** Where the payload begins; null when a field is cut short. */
function printFields(d: Dissector, at: number, length: number): number | null {
  const flags = d.u16(at)
  let field = at + 4
  const fits = (size: number): boolean => d.has(field, size) && field + size <= at + length
  if ((flags & (CHECKSUM | ROUTING)) !== 0) {
    if (!fits(2)) return null
    if (d.verbose > 0) d.print(`, sum 0x${d.u16(field).toString(16)}`)
    field += 2
    if (!fits(2)) return null
    d.print(`, off 0x${d.u16(field).toString(16)}`)
    field += 2
  }
  if ((flags & KEY) !== 0) {
    if (!fits(4)) return null
    d.print(`, key=0x${d.u32(field).toString(16)}`)
    field += 4
  }
  if ((flags & SEQUENCE) !== 0) {
    if (!fits(4)) return null
    d.print(`, seq ${d.u32(field)}`)
    field += 4
  }
  return (flags & ROUTING) === 0 ? field : printRoutes(d, field, at + length)
}

/** Source route entries: family(2) offset(1) length(1) data, ended by an empty one. */
function printRoutes(d: Dissector, from: number, end: number): number | null {
  for (let at = from; ; ) {
    if (!d.has(at, 4) || at + 4 > end) return null
    const family = d.u16(at)
    const offset = d.u8(at + 2)
    const length = d.u8(at + 3)
    at += 4
    if (family === 0 && length === 0) return at
    const unit = family === 0x0800 ? 4 : 2
    if (family === 0x0800 || family === 0xfffe) {
      d.print(`, (rtaf=${family === 0x0800 ? 'ip' : 'asn'}`)
      const whole = printRoute(d, at, { offset, length, unit, end })
      d.print(')')
      if (!whole) return null
    } else d.print(`, (rtaf=0x${family.toString(16)})`)
    if (at + length > end) return null
    at += length
  }
}

interface SourceRoute {
  readonly offset: number
  readonly length: number
  /** Bytes of one hop. */
  readonly unit: number
  readonly end: number
}

function printRoute(d: Dissector, at: number, route: SourceRoute): boolean {
  const { offset, length, unit } = route
  if ((offset & (unit - 1)) !== 0) d.print(`, badoffset=${offset}`)
  else if ((length & (unit - 1)) !== 0) d.print(`, badlength=${length}`)
  else if (offset >= length) d.print(`, badoff/len=${offset}/${length}`)
  else {
    for (let i = 0; i < length; i += unit) {
      if (!d.has(at + i, unit) || at + i + unit > route.end) return false
      d.print(` ${i === offset ? '*' : ''}${unit === 4 ? dotted(d, at + i) : d.u16(at + i).toString(16)}`)
    }
  }
  return true
}

function dotted(d: Dissector, at: number): string {
  return [0, 1, 2, 3].map((i) => d.u8(at + i)).join('.')
}

function printFieldsV1(d: Dissector, at: number, length: number): number | null {
  const flags = d.u16(at)
  let field = at + 4
  for (const [bit, name] of [
    [KEY, 'call'],
    [SEQUENCE, 'seq'],
    [ACKNOWLEDGE, 'ack'],
  ] as const) {
    if ((flags & bit) === 0) continue
    if (!d.has(field, 4) || field + 4 > at + length) return null
    d.print(`, ${name} ${bit === KEY ? d.u32(field) & 0xffff : d.u32(field)}`)
    field += 4
  }
  if ((flags & SEQUENCE) === 0) d.print(', no-payload')
  return field
}
