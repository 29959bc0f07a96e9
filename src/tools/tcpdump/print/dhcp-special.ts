// DHCP options with a form of their own: client ids, relay information, classless routes and others.
import type { Dissector } from '../dissector.js'
import { unknownData } from '../hexdump.js'

const NETBIOS_NODES: Readonly<Record<number, string>> = { 1: 'b-node', 2: 'p-node', 4: 'm-node', 8: 'h-node' }
const OVERLOADS: Readonly<Record<number, string>> = { 1: 'file', 2: 'sname', 3: 'file+sname' }
const HARDWARE: Readonly<Record<number, string>> = { 1: 'ether', 6: 'ieee802', 7: 'arcnet', 15: 'frelay', 23: 'strip', 24: 'ieee1394' }
const RELAY_PARTS: Readonly<Record<number, string>> = { 1: 'Circuit-ID', 2: 'Remote-ID', 6: 'Subscriber-ID' }
const TOO_SHORT = '[ERROR: length < 1 bytes]'

/** Bytes that were not used. */
export function printSpecial(d: Dissector, tag: number, at: number, length: number): number {
  switch (tag) {
    case 46:
    case 52: {
      if (length < 1) d.print(TOO_SHORT)
      else d.print((tag === 46 ? NETBIOS_NODES : OVERLOADS)[d.u8(at)] ?? `#${d.u8(at)}`)
      return Math.max(0, length - 1)
    }
    case 61:
      printClientId(d, at, length)
      return 0
    case 77:
      printUserClass(d, at, length)
      return 0
    case 81:
      printFqdn(d, at, length)
      return 0
    case 82:
      return printRelay(d, at, length)
    default:
      printClasslessRoutes(d, at, length)
      return 0
  }
}

/** "1.2.3" */
export function bytesText(d: Dissector, at: number, length: number): string {
  const bytes: number[] = []
  for (let i = 0; i < length; i++) bytes.push(d.u8(at + i))
  return bytes.join('.')
}

function quote(d: Dissector, at: number, length: number): void {
  d.print('"')
  d.chars(at, length)
  d.print('"')
}

function printClientId(d: Dissector, at: number, length: number): void {
  if (length < 1) return d.print(TOO_SHORT)
  const type = d.u8(at)
  if (type === 0) return quote(d, at + 1, length - 1)
  d.print(`${HARDWARE[type] ?? `hardware-type ${type},`} ${d.hex(at + 1, length - 1, ':')}`)
}

function printFqdn(d: Dissector, at: number, length: number): void {
  if (length < 3) return d.print('[ERROR: length < 3 bytes]')
  const flags = d.u8(at)
  if (flags & 0xf0) d.print(`[ERROR: MBZ nibble 0x${(flags >> 4).toString(16)} != 0] `)
  const letters = ['S', 'O', 'E', 'N'].filter((_, bit) => flags & (1 << bit)).join('')
  if (letters !== '') d.print(`[${letters}] `)
  if (d.u16(at + 1) !== 0) d.print(`${d.u8(at + 1)}/${d.u8(at + 2)} `)
  quote(d, at + 3, length - 3)
}

function printRelay(d: Dissector, at: number, length: number): number {
  let place = at
  let left = length
  while (left >= 2) {
    const part = d.u8(place)
    const size = d.u8(place + 1)
    place += 2
    left -= 2
    const head = `\n\t      ${RELAY_PARTS[part] ?? 'Unknown'} SubOption ${part}, length ${size}: `
    if (size > left) {
      d.print(`${head}length goes past end of option`)
      return 0
    }
    d.print(head)
    if (RELAY_PARTS[part] === undefined) unknownData(d, place, '\n\t\t', size)
    else d.chars(place, size)
    place += size
    left -= size
  }
  return left
}

function printClasslessRoutes(d: Dissector, at: number, length: number): void {
  if (length < 5) return d.print('[ERROR: length < 5 bytes]')
  let place = at
  let left = length
  while (left > 0) {
    if (place > at) d.print(',')
    const width = d.u8(place)
    if (width > 32) return d.print(`[ERROR: Mask width (${width}) > 32]`)
    const octets = (width + 7) >> 3
    left--
    if (left < octets + 4) return d.print(`[ERROR: Remaining length (${left}) < ${octets + 4} bytes]`)
    const prefix = width === 0 ? 'default' : `${bytesText(d, place + 1, octets)}${'.0'.repeat(4 - octets)}/${width}`
    d.print(`(${prefix}:${d.ip(place + 1 + octets)})`)
    place += 1 + octets + 4
    left -= octets + 4
  }
}

function printUserClass(d: Dissector, at: number, length: number): void {
  if (length < 2) return d.print('[ERROR: length < 2 bytes]')
  let place = at
  for (let instance = 1; place < at + length; instance++) {
    const size = d.u8(place)
    place++
    d.print(`\n\t      instance#${instance}: `)
    if (size === 0) return d.print('[ERROR: suboption length must be non-zero]')
    if (at + length - place < size) return d.print('[ERROR: invalid option]')
    quote(d, place, size)
    d.print(`, length ${size}`)
    place += size
  }
}
