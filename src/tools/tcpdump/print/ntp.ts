// NTP time messages and control headers.
import type { Dissector } from '../dissector.js'
import { civilTime } from '../time.js'

const MODES = ['unspecified', 'symmetric active', 'symmetric passive', 'Client', 'Server', 'Broadcast', 'Control Message', 'Reserved']
const LEAPS = ['', '+1s', '-1s', 'clock unsynchronized']
const TIME_LENGTH = 48
const EPOCH_1900 = 2208988800
const TWO_32 = 0x100000000

export function printNtp(d: Dissector, at: number, length: number): void {
  d.protocol = 'ntp'
  const status = d.u8(at)
  const mode = status & 7
  d.print(`NTPv${(status >> 3) & 7}, ${MODES[mode]}, length ${length}`)
  if (d.verbose === 0) return
  d.print(`\n\tLeap indicator: ${LEAPS[status >> 6]} (${status & 0xc0})`)
  if (mode < 6) printTime(d, at, length)
  else if (mode === 6) printControl(d, at, length)
}

//   status stratum poll precision | root delay | root dispersion | refid | four timestamps (8 each) | [key id] [digest]
function printTime(d: Dissector, at: number, length: number): void {
  if (length < TIME_LENGTH) {
    d.invalid()
    if (!d.has(at, length)) d.truncated()
    return
  }
  const stratum = d.u8(at + 1)
  const poll = signed(d.u8(at + 2))
  d.print(`, Stratum ${stratum} (${stratumName(stratum)}), poll ${poll}${pollText(poll)}`)
  d.print(`, precision ${signed(d.u8(at + 3))}`)
  const fields: [number, number, () => void][] = [
    [4, 4, () => d.print(`\n\tRoot Delay: ${shortFixed(d, at + 4)}`)],
    [8, 4, () => d.print(`, Root dispersion: ${shortFixed(d, at + 8)}`)],
    [12, 4, () => printReference(d, at + 12, stratum)],
    [16, 8, () => d.print(`\n\t  Reference Timestamp:  ${timestamp(d, at + 16)}`)],
    [24, 8, () => d.print(`\n\t  Originator Timestamp: ${timestamp(d, at + 24)}`)],
    [32, 8, () => d.print(`\n\t  Receive Timestamp:    ${timestamp(d, at + 32)}`)],
    [40, 8, () => d.print(`\n\t  Transmit Timestamp:   ${timestamp(d, at + 40)}`)],
  ]
  for (const [offset, size, print] of fields) {
    if (!d.has(at + offset, size)) return d.truncated()
    print()
    if (offset === 12 && (stratum === 62 || stratum === 63)) return
  }
  d.print(`\n\t    Originator - Receive Timestamp:  ${difference(d, at + 24, at + 32)}`)
  d.print(`\n\t    Originator - Transmit Timestamp: ${difference(d, at + 24, at + 40)}`)
  printKey(d, at + TIME_LENGTH, length - TIME_LENGTH)
}

function printKey(d: Dissector, at: number, length: number): void {
  if (length === 4 || length === 20 || length === 24) {
    d.print(`\n\tKey id: ${d.u32(at)}`)
    if (length > 4) d.print(`\n\tAuthentication: ${d.hex(at + 4, length - 4)}`)
  } else if (length > 0) d.print(`\n\t(${length} more bytes after the header)`)
}

function printReference(d: Dissector, at: number, stratum: number): void {
  d.print(', Reference-ID: ')
  if (stratum === 0) d.print('(unspec)')
  else if (stratum === 1) d.chars(at, 4)
  else if (stratum === 62) d.print(`${d.ip(at)} INFO_QUERY`)
  else if (stratum === 63) d.print(`${d.ip(at)} INFO_REPLY`)
  else d.print(d.since(4.99) ? `0x${d.hex(at, 4)}` : d.ip(at))
}

function stratumName(stratum: number): string {
  if (stratum < 2) return stratum === 0 ? 'unspecified' : 'primary reference'
  return stratum < 16 ? 'secondary reference' : 'reserved'
}

/** An exponent of two, as seconds or a fraction of one. */
function pollText(poll: number): string {
  if (poll <= -32 || poll >= 32) return ''
  return poll >= 0 ? ` (${2 ** poll}s)` : ` (1/${2 ** -poll}s)`
}

function signed(byte: number): number {
  return (byte << 24) >> 24
}

function shortFixed(d: Dissector, at: number): string {
  return `${d.u16(at)}.${pad(Math.floor((d.u16(at + 2) / 65536) * 1e6), 6)}`
}

/** Seconds since 1900 with nine digits, and the date. */
function timestamp(d: Dissector, at: number): string {
  const seconds = d.u32(at)
  const text = `${seconds}.${fraction(d.u32(at + 4))}`
  if (seconds === 0) return text
  const { date, time } = civilTime(seconds - EPOCH_1900)
  return `${text} (${date}T${time}Z)`
}

function difference(d: Dissector, earlier: number, later: number): string {
  if (d.u32(earlier) === 0 && d.u32(earlier + 4) === 0) return timestamp(d, later)
  const old = BigInt(d.u32(earlier)) * BigInt(TWO_32) + BigInt(d.u32(earlier + 4))
  const now = BigInt(d.u32(later)) * BigInt(TWO_32) + BigInt(d.u32(later + 4))
  const size = now > old ? now - old : old - now
  const seconds = Number(size / BigInt(TWO_32))
  return `${now > old ? '+' : '-'}${seconds}.${fraction(Number(size % BigInt(TWO_32)))}`
}

function fraction(value: number): string {
  return pad(Math.floor((value / TWO_32) * 1e9), 9)
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

function printControl(d: Dissector, at: number, length: number): void {
  if (length < 12) {
    d.invalid()
    if (!d.has(at, length)) d.truncated()
    return
  }
  const control = d.u8(at + 1)
  d.print(`, ${control & 0x80 ? 'Response' : 'Request'}, ${control & 0x40 ? 'Error' : 'OK'}`)
  d.print(`, ${control & 0x20 ? 'More' : 'Last'}, OpCode=${control & 0x1f}\n`)
  d.print(`\tSequence=${d.u16(at + 2)}`)
  const status = d.u16(at + 4)
  d.print(`, Status=${status === 0 ? '0' : `0x${status.toString(16)}`}`)
  d.print(`, Assoc.=${d.u16(at + 6)}`)
  d.print(`, Offset=${d.u16(at + 8)}`)
  d.print(`, Count=${d.u16(at + 10)}`)
  const count = d.u16(at + 10)
  if (12 + count > length) {
    d.invalid()
    if (!d.has(at, length)) d.truncated()
  } else if (count > 0) {
    if (!d.has(at + 12, count)) return d.truncated()
    d.print('\n\tTO-BE-DONE: data not interpreted')
  }
}
