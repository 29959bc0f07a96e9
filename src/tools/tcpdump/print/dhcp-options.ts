// Options of DHCP messages, one a line.
import type { Dissector } from '../dissector.js'
import { bytesText, printSpecial } from './dhcp-special.js'
import { DHCP_TAGS } from './dhcp-tags.js'

const PAD = 0
const END = 255
const MESSAGE_TYPE = 53
const PARAMETER_REQUEST = 55
const MESSAGES = [
  '',
  'Discover',
  'Offer',
  'Request',
  'Decline',
  'ACK',
  'NACK',
  'Release',
  'Inform',
  '',
  'LeaseQuery',
  'LeaseUnassigned',
  'LeaseUnknown',
  'LeaseActive',
]

/** `at`: the magic cookie. */
export function printDhcpOptions(d: Dissector, at: number): void {
  d.print(`\n\t  Vendor-rfc1048 Extensions\n\t    Magic Cookie 0x${d.hex(at, 4)}`)
  let option = at + 4
  while (d.has(option, 1)) {
    const tag = d.u8(option)
    if (tag === PAD || tag === END) {
      if (d.verbose > 2) option = printEmpty(d, option)
      else if (tag === END) return
      else option++
      continue
    }
    const length = d.u8(option + 1)
    d.print(`\n\t    ${headText(d, tag, length)}`)
    if (!d.has(option + 2, length)) return d.truncated()
    printValue(d, tag, option + 2, length)
    option += 2 + length
  }
}

function tagName(tag: number): string {
  return DHCP_TAGS[tag]?.slice(1) ?? 'Unknown'
}

function headText(d: Dissector, tag: number, length: number): string {
  const colon = length > 0 ? ': ' : ''
  // Before 4.99: "DHCP-Message Option 53, length 1: ".
  return d.since(4.99) ? `${tagName(tag)} (${tag}), length ${length}${colon}` : `${tagName(tag)} Option ${tag}, length ${length}${colon}`
}

/** Padding and the end mark are shown from -vvv on, padding once with its count. */
function printEmpty(d: Dissector, at: number): number {
  const tag = d.u8(at)
  d.print(`\n\t    ${headText(d, tag, 0)}`)
  if (tag === END) return at + 1
  let next = at + 1
  while (d.has(next, 1) && d.u8(next) === PAD) next++
  if (next > at + 1) d.print(`, occurs ${next - at}`)
  return next
}

function printValue(d: Dissector, tag: number, at: number, length: number): void {
  if (tag === MESSAGE_TYPE && length === 1) return d.print(MESSAGES[d.u8(at)] || `Unknown (${d.u8(at)})`)
  if (tag === PARAMETER_REQUEST) return printRequestList(d, at, length)
  const format = DHCP_TAGS[tag]?.[0] ?? guessFormat(length)
  const left = format === '$' ? printSpecial(d, tag, at, length) : printPlain(d, format, at, length)
  if (left > 0) d.print(`\n\t  trailing data length ${left}`)
}

function printRequestList(d: Dissector, at: number, length: number): void {
  for (let i = 0; i < length; i++) {
    const tag = d.u8(at + i)
    const text = d.since(4.99) ? `${tagName(tag)} (${tag})` : tagName(tag)
    d.print((i % 4 === 0 ? '\n\t      ' : ', ') + text)
  }
}

/** How an unknown option is shown depends on its length alone. */
function guessFormat(length: number): string {
  if (length & 1) return 'b'
  return length & 2 ? 's' : 'l'
}

/** Bytes that did not fit the format. */
function printPlain(d: Dissector, format: string, at: number, length: number): number {
  switch (format) {
    case 'a':
      d.print('"')
      d.chars(at, length)
      d.print('"')
      return 0
    case 'i':
      return printList(d, at, length, 4, (place) => d.ip(place))
    case 'l':
      return printList(d, at, length, 4, (place) => String(d.u32(place)))
    case 'L':
      return printList(d, at, length, 4, (place) => String(d.u32(place) | 0))
    case 'p':
      return printList(d, at, length, 8, (place) => `(${d.ip(place)}:${d.ip(place + 4)})`)
    case 's':
      return printList(d, at, length, 2, (place) => String(d.u16(place)))
    case 'B':
      return printList(d, at, length, 1, (place) => yesNo(d.u8(place)))
    default:
      d.print(bytesText(d, at, length))
      return 0
  }
}

function printList(d: Dissector, at: number, length: number, size: number, text: (place: number) => string): number {
  const parts: string[] = []
  let place = at
  for (; place + size <= at + length; place += size) parts.push(text(place))
  d.print(parts.join(','))
  return at + length - place
}

function yesNo(value: number): string {
  if (value > 1) return `${value}?`
  return value === 1 ? 'Y' : 'N'
}
