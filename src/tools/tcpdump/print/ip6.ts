// IPv6 headers, their extension headers, and fragments.
import type { Dissector } from '../dissector.js'
import { IPPROTO_NAMES } from '../protocols.js'

const WITH_PORTS = new Set([6, 17])
const HOP_BY_HOP = 0
const ROUTING = 43
const FRAGMENT = 44
const DESTINATION = 60

export function printIp6(d: Dissector, at: number, length: number): void {
  d.protocol = 'ip6'
  if (!d.has(at, 40)) return d.truncated()
  if (length < 40) return d.print(`truncated-ip6 ${length}`)
  if (!d.options.link) d.print('IP6 ')
  const version = d.u8(at) >> 4
  if (version !== 6) return d.print(`version error: ${version} != 6`)
  const payload = d.u16(at + 4)
  let total = 40 + payload
  if (payload === 0) total = length + 40
  else if (length < total) d.print(`truncated-ip6 - ${total - length} bytes missing!`)
  const next = d.u8(at + 6)
  if (d.verbose > 0) printHeader(d, at, next, payload)
  d.within(at + total, () => printChain(d, { at, total, payload, next }))
}

function printHeader(d: Dissector, at: number, next: number, payload: number): void {
  const flow = d.u32(at)
  const trafficClass = (flow >>> 20) & 0xff
  const label = flow & 0xfffff
  d.print('(')
  if (trafficClass !== 0) d.print(`class 0x${trafficClass.toString(16).padStart(2, '0')}, `)
  if (label !== 0) d.print(`flowlabel 0x${label.toString(16).padStart(5, '0')}, `)
  d.print(`hlim ${d.u8(at + 7)}, next-header ${IPPROTO_NAMES[next] ?? 'unknown'} (${next}) payload length: ${payload}) `)
}

interface Ip6Packet {
  readonly at: number
  /** Header and payload. */
  readonly total: number
  /** The header's payload length field. */
  readonly payload: number
  readonly next: number
}

/** Walks the extension headers up to the one that carries data. */
function printChain(d: Dissector, packet: Ip6Packet): void {
  const { at, payload } = packet
  let { next } = packet
  let header = at + 40
  let left = packet.total - 40
  let fragmented = false
  if (header > d.end) return
  if (!WITH_PORTS.has(next)) d.print(`${d.ip6(at + 8)} > ${d.ip6(at + 24)}: `)
  for (let first = true; ; first = false) {
    let advance: number
    if (next === HOP_BY_HOP) {
      if (!first) {
        d.print("[The Hop-by-Hop Options header don't follow the IPv6 header]")
        return d.invalid()
      }
      advance = printOptionsHeader(d, header, 'hbhopt', 'HBH ')
      if (payload === 0) {
        d.print('[No valid Jumbo Payload Hop-by-Hop option found]')
        return d.invalid()
      }
    } else if (next === DESTINATION) advance = printOptionsHeader(d, header, 'dstopt', 'DSTOPT ')
    else if (next === FRAGMENT) {
      advance = printFragment(d, header, at)
      if (advance < 0 || d.end <= header + advance) return
      fragmented = true
    } else if (next === ROUTING) advance = printRouting(d, header)
    else {
      if (payload === 0) {
        if (!first) return d.truncated()
        left = 0
        d.end = Math.min(d.end, at + 40)
      }
      const hopLimit = d.bytes[at + 7]!
      return d.printers.transport(d, { proto: next, at: header, length: left, ipAt: at, fragmented, hopLimit })
    }
    if (advance < 0) return
    next = d.u8(header)
    d.protocol = 'ip6'
    if (header >= d.end) return
    if (left < advance) return d.truncated()
    header += advance
    left -= advance
  }
}

/** Length of the header; -1 when it was cut short, which has been said. */
function printOptionsHeader(d: Dissector, at: number, protocol: string, title: string): number {
  d.protocol = protocol
  const length = (d.u8(at + 1) + 1) << 3
  if (!d.has(at, length)) {
    d.truncated()
    return -1
  }
  d.print(title)
  if (title !== 'HBH ' && d.verbose === 0) return length
  if (printOptions(d, at + 2, length - 2)) return length
  d.truncated()
  return -1
}

function printOptions(d: Dissector, at: number, length: number): boolean {
  const end = at + length
  for (let option = at; option < end; ) {
    const type = d.u8(option)
    if (type !== 0 && option + 1 >= end) return false
    const size = type === 0 ? 1 : d.u8(option + 1) + 2
    if (option + size > end) return false
    if (type === 5 && size !== 4) {
      d.print(end - option < 4 ? '(rtalert: trunc)' : `(rtalert: invalid len ${size - 2})`)
      return false
    }
    if (d.verbose > 0) {
      if (type === 0) d.print('(pad1)')
      else if (type === 1) d.print('(padn)')
      else if (type === 5) d.print(`(rtalert: 0x${d.hex(option + 2, 2)}) `)
      else d.print(`(opt_type 0x${d.hex(option, 1)}: len=${size - 2})`)
    }
    option += size
  }
  if (d.verbose > 0) d.print(' ')
  return true
}

//   next(1) reserved(1) offset/more(2) id(4)
function printFragment(d: Dissector, at: number, ipAt: number): number {
  d.protocol = 'frag6'
  const offset = d.u16(at + 2) & 0xfff8
  const length = 40 + d.u16(ipAt + 4) - (at - ipAt) - 8
  d.print(d.verbose > 0 ? `frag (0x${d.hex(at + 4, 4)}:${offset}|${length})` : `frag (${offset}|${length})`)
  if (offset !== 0) return -1
  d.print(' ')
  return 8
}

function printRouting(d: Dissector, at: number): number {
  if (!d.has(at, 1)) {
    d.truncated()
    return -1
  }
  d.protocol = 'rt6'
  const length = d.u8(at + 1)
  const type = d.u8(at + 2)
  d.print(`RT6 (len=${length}, type=${type}${type === 0 ? ' [Deprecated]' : ''}, segleft=${d.u8(at + 3)}`)
  if (type !== 0 && type !== 2) {
    // Differs: segment routing headers are not taken apart.
    d.print(' (unknown type)')
    d.invalid()
    return -1
  }
  if (d.u32(at + 4) !== 0 || d.verbose > 0) d.print(`, rsv=0x${d.u32(at + 4).toString(16)}`)
  if (length % 2 === 1) {
    d.print(` (invalid length ${length})`)
    d.invalid()
    return -1
  }
  for (let i = 0; i < length / 2; i++) d.print(`, [${i}]${d.ip6(at + 8 + 16 * i)}`)
  d.print(') ')
  return (length + 1) << 3
}
