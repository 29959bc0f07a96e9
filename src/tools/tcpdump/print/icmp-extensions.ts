// Multi-part extensions behind the quoted packet of an ICMP error (RFC 4884, MPLS by RFC 4950).
import type { Dissector } from '../dissector.js'
import { unknownData } from '../hexdump.js'

/** ICMP header and the 128 bytes of the quote in front of the extensions. */
const QUOTE_END = 136
const CLASSES: Readonly<Record<number, string>> = { 1: 'MPLS Stack Entry', 2: 'Interface Identification' }

//   version(4 bits) reserved checksum(2) | objects: length(2) class(1) c-type(1) data
export function printIcmpExtensions(d: Dissector, at: number, length: number): void {
  if (length <= QUOTE_END) return
  const head = at + QUOTE_END
  if (!d.has(head, 5)) return d.truncated()
  const size = length - QUOTE_END
  // Senders that leave the length field 0 are recognised by a right checksum.
  if (d.u8(at + 5) === 0 && d.has(head, size) && d.checksum(head, size) !== 0) return
  const version = d.u8(head) >> 4
  d.print(`\n\tICMP Multi-Part extension v${version}`)
  if (version !== 2) return d.print(' packet not supported')
  if (d.has(head, size)) {
    const correct = d.checksum(head, size) === 0
    d.print(`, checksum 0x${d.hex(head + 2, 2)} (${correct ? '' : 'in'}correct), length ${size}`)
  }
  printObjects(d, head + 4, size - 4)
}

function printObjects(d: Dissector, from: number, size: number): void {
  let at = from
  let left = size
  while (left > 4) {
    if (!d.has(at, 4)) return d.truncated()
    const length = d.u16(at)
    const kind = d.u8(at + 2)
    const type = d.u8(at + 3)
    d.print(`\n\t  ${CLASSES[kind] ?? 'unknown'} Object (${kind}), Class-Type: ${type}, length ${length}`)
    at += 4
    left -= 4
    if (kind === 0 || length < 4) return
    if (kind === 1 && type === 1) printLabel(d, d.u32(at))
    else unknownData(d, at, '\n\t    ', length - 4)
    if (left < length - 4) return
    at += length - 4
    left -= length - 4
  }
}

function printLabel(d: Dissector, entry: number): void {
  d.print(`\n\t    label ${entry >>> 12}, tc ${(entry >>> 9) & 7}${entry & 0x100 ? ', [S]' : ''}, ttl ${entry & 0xff}`)
}
