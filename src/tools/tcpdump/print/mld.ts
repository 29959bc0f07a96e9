// Multicast listener discovery: queries of both versions, reports of version 2.
import type { Dissector } from '../dissector.js'

export const RECORD_TYPES: Readonly<Record<number, string>> = { 1: 'is_in', 2: 'is_ex', 3: 'to_in', 4: 'to_ex', 5: 'allow', 6: 'block' }

export function printMldQuery(d: Dissector, at: number, length: number): void {
  if (length === 24) {
    if (d.has(at, 24)) d.print(`max resp delay: ${d.u16(at + 4)} addr: ${d.ip6(at + 8)}`)
    return
  }
  if (length < 28) return d.print(` unknown-version (len ${length}) `)
  d.print(' v2')
  const code = d.u16(at + 4)
  const delay = code < 32768 ? code : ((code & 0xfff) | 0x1000) << (((code & 0x7000) >> 12) + 3)
  if (d.verbose > 0) d.print(` [max resp delay=${delay}]`)
  d.print(` [gaddr ${d.ip6(at + 8)}`)
  if (d.verbose > 0) {
    const flags = d.u8(at + 24)
    const interval = d.u8(at + 25)
    if (flags & 8) d.print(' sflag')
    if (flags & 7) d.print(` robustness=${flags & 7}`)
    d.print(` qqi=${interval < 128 ? interval : ((interval & 15) | 16) << (((interval & 0x70) >> 4) + 3)}`)
  }
  const sources = d.u16(at + 26)
  if (sources > 0) printSources(d, at, length, sources)
  d.print(']')
}

function printSources(d: Dissector, at: number, length: number, sources: number): void {
  if (length < 28 + 16 * sources) return d.print(' [invalid number of sources]')
  if (d.verbose < 2) return d.print(`, ${sources} source(s)`)
  d.print(' {')
  for (let i = 0; i < sources; i++) d.print(` ${d.ip6(at + 28 + 16 * i)}`)
  d.print(' }')
}

//   143 code checksum reserved(2) records(2) | type aux(1) sources(2) group(16) sources...
export function printMldReport(d: Dissector, at: number, length: number): void {
  if (length < 8) return d.print(` [invalid len ${length}]`)
  const groups = d.u16(at + 6)
  d.print(`, ${groups} group record(s)`)
  if (d.verbose === 0) return
  let record = 8
  for (let i = 0; i < groups; i++) {
    if (length < record + 20) return d.print(' [invalid number of groups]')
    const type = d.u8(at + record)
    d.print(` [gaddr ${d.ip6(at + record + 4)} ${RECORD_TYPES[type] ?? ` [v2-report-#${type}]`}`)
    const sources = d.u16(at + record + 2)
    if (length < record + 20 + 16 * sources) return d.print(` [invalid number of sources ${sources}]`)
    if (d.verbose === 1) d.print(`, ${sources} source(s)`)
    else {
      d.print(' {')
      for (let j = 0; j < sources; j++) d.print(` ${d.ip6(at + record + 20 + 16 * j)}`)
      d.print(' }')
    }
    record += 20 + 16 * sources
    d.print(']')
  }
}
