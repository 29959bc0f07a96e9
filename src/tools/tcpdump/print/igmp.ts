// IGMP versions 1 to 3.
import { type Dissector, relativeTime } from '../dissector.js'
import { RECORD_TYPES } from './mld.js'

export function printIgmp(d: Dissector, at: number, length: number): void {
  d.protocol = 'igmp'
  if (d.options.quiet) return d.print('igmp')
  const type = d.u8(at)
  switch (type) {
    case 0x11:
      d.print('igmp query')
      if (length >= 12) printQueryV3(d, at, length)
      else printQuery(d, at, length)
      break
    case 0x12:
      d.print(`igmp v1 report ${d.ip(at + 4)}${length === 8 ? '' : ` [len ${length}]`}`)
      break
    case 0x16:
      d.print(`igmp v2 report ${d.ip(at + 4)}`)
      break
    case 0x17:
      d.print(`igmp leave ${d.ip(at + 4)}`)
      break
    case 0x1e:
    case 0x1f:
      printTrace(d, at, length, type === 0x1e ? 'mresp' : 'mtrace')
      break
    case 0x22:
      d.print('igmp v3 report')
      printReportV3(d, at, length)
      break
    default:
      d.print(`igmp-${type}`)
  }
  if (d.verbose > 0 && length >= 4 && d.has(at, length) && d.checksum(at, length) !== 0) {
    d.print(` bad igmp cksum ${d.u16(at + 2).toString(16)}!`)
  }
}

function printQuery(d: Dissector, at: number, length: number): void {
  const delay = d.u8(at + 1)
  d.print(delay > 0 ? ' v2' : ' v1')
  if (delay > 0 && delay !== 100) d.print(` [max resp time ${delay}]`)
  if (d.u32(at + 4) !== 0) d.print(` [gaddr ${d.ip(at + 4)}]`)
  if (length !== 8) d.print(` [len ${length}]`)
}

function printQueryV3(d: Dissector, at: number, length: number): void {
  d.print(' v3')
  if ((length & 3) !== 0) return d.print(` [invalid len ${length}]`)
  const code = d.u8(at + 1)
  const tenths = code < 128 ? code : ((code & 15) | 16) << (((code & 0x70) >> 4) + 3)
  if (code !== 100) {
    d.print(` [max resp time ${tenths < 600 ? `${(tenths * 0.1).toFixed(1)}s` : relativeTime(Math.floor(tenths / 10))}]`)
  }
  if (d.u32(at + 4) === 0) return
  d.print(` [gaddr ${d.ip(at + 4)}`)
  const sources = d.u16(at + 10)
  if (sources > 0) {
    if (length < 12 + 4 * sources) d.print(' [invalid number of sources]')
    else if (d.verbose > 1) printSources(d, at + 12, sources)
    else d.print(`, ${sources} source(s)`)
  }
  d.print(']')
}

function printReportV3(d: Dissector, at: number, length: number): void {
  if (length < 16 || (length & 3) !== 0) return d.print(` [invalid len ${length}]`)
  const groups = d.u16(at + 6)
  d.print(`, ${groups} group record(s)`)
  if (d.verbose === 0) return
  let record = 8
  for (let i = 0; i < groups; i++) {
    if (length < record + 8) return d.print(' [invalid number of groups]')
    const type = d.u8(at + record)
    d.print(` [gaddr ${d.ip(at + record + 4)} ${RECORD_TYPES[type] ?? ` [v3-report-#${type}]`}`)
    const sources = d.u16(at + record + 2)
    if (length < record + 8 + 4 * sources) return d.print(` [invalid number of sources ${sources}]`)
    if (d.verbose === 1) d.print(`, ${sources} source(s)`)
    else printSources(d, at + record + 8, sources)
    record += 8 + 4 * sources
    d.print(']')
  }
}

//   type hops checksum(2) group(4) | source(4) destination(4) response(4) ttl(1) query id(3)
function printTrace(d: Dissector, at: number, length: number, name: string): void {
  if (length < 24) return d.print(` [invalid len ${length}]`)
  d.need(at + 8, 16)
  d.print(`${name} ${d.u24(at + 21)}: ${d.ip(at + 8)} to ${d.ip(at + 12)} reply-to ${d.ip(at + 16)}`)
  if (d.u8(at + 16) >> 4 === 14) d.print(` with-ttl ${d.u8(at + 20)}`)
}

function printSources(d: Dissector, at: number, count: number): void {
  d.print(' {')
  for (let i = 0; i < count; i++) d.print(` ${d.ip(at + 4 * i)}`)
  d.print(' }')
}
