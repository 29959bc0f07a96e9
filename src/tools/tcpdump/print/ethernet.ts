// Ethernet headers, their 802.1Q tags, and what follows them by type.
import type { Dissector } from '../dissector.js'
import { defaultDump } from '../hexdump.js'
import { ETHERTYPE_NAMES } from '../protocols.js'
import { printArp } from './arp.js'
import { printLlc } from './llc.js'

const MAX_8023_LENGTH = 1500
const VLAN_TYPES = new Set([0x8100, 0x88a8, 0x9100, 0x9200])

function addresses(d: Dissector, at: number): string {
  return `${d.mac(at + 6)} > ${d.mac(at)}, `
}

function typeText(d: Dissector, type: number): string {
  const name = ETHERTYPE_NAMES[type]
  if (d.options.quiet) return name ?? `Unknown Ethertype (0x${hex4(type)})`
  return `ethertype ${name ?? 'Unknown'} (0x${hex4(type)})`
}

/** The type behind a tag: before 4.99 without its number, and named even under -q. */
function innerTypeText(d: Dissector, type: number): string {
  return d.since(4.99) ? typeText(d, type) : `ethertype ${ETHERTYPE_NAMES[type] ?? `0x${hex4(type)}`}`
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, '0')
}

export function vlanText(tci: number): string {
  return `vlan ${tci & 0xfff}, p ${tci >> 13}${tci & 0x1000 ? ', DEI' : ''}`
}

/** Bytes of the header, which -x leaves out. */
export function printEthernet(d: Dissector, at: number, length: number): number {
  d.protocol = 'ether'
  const captured = d.available(at)
  if (length < captured) {
    d.print(`[length ${length} < caplen ${captured}]`)
    d.invalid()
    return length
  }
  if (captured < 14) {
    d.truncated()
    return captured
  }
  const link = d.options.link
  if (link) d.print(addresses(d, at))
  let type = d.u16(at + 12)
  let body = at + 14
  let lengthPrinted = false
  while (VLAN_TYPES.has(type)) {
    if (d.available(body) < 4) {
      d.protocol = 'vlan'
      d.truncated()
      return body - at + d.available(body)
    }
    if (link) {
      d.print(lengthPrinted ? `${innerTypeText(d, type)}, ` : `${typeText(d, type)}, length ${length}: `)
      lengthPrinted = true
      const text = vlanText(d.u16(body))
      d.print(`${d.since(4.09) ? text : text.replace('DEI', 'CFI')}, `)
    }
    type = d.u16(body + 2)
    body += 4
  }
  const left = length - (body - at)
  if (type <= MAX_8023_LENGTH) return body - at + print8023(d, at, body, Math.min(type, left), lengthPrinted)
  printTyped(d, { type, at, body, length, left, lengthPrinted })
  return body - at
}

interface TypedFrame {
  readonly type: number
  readonly at: number
  readonly body: number
  readonly length: number
  readonly left: number
  readonly lengthPrinted: boolean
}

function printTyped(d: Dissector, frame: TypedFrame): void {
  const { type, at, body, length, left } = frame
  const link = d.options.link
  if (link) d.print(frame.lengthPrinted ? `${innerTypeText(d, type)}, ` : `${typeText(d, type)}, length ${length}: `)
  if (d.printers.ethertype(d, type, body, left)) return
  if (!link) d.print(`${addresses(d, at)}${typeText(d, type)}, length ${length}: `)
  defaultDump(d, body)
}

/** An 802.3 frame: the type is a length, LLC follows. Returns the LLC header's length. */
function print8023(d: Dissector, at: number, body: number, length: number, lengthPrinted: boolean): number {
  let header = 0
  d.within(body + length, () => {
    if (d.options.link) d.print(lengthPrinted ? '802.3' : `802.3, length ${length}: `)
    header = printLlc(d, body, length, at)
    if (header < 0) {
      defaultDump(d, body)
      header = -header
    }
  })
  return header
}

export function printEthertype(d: Dissector, type: number, at: number, length: number): boolean {
  if (type === 0x0800) d.printers.ip(d, at, length)
  else if (type === 0x86dd) d.printers.ip6(d, at, length)
  else if (type === 0x0806 || type === 0x8035) printArp(d, at, length)
  else return false
  return true
}
