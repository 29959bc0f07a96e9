// The Internet checksum (RFC 1071) and the pseudo headers that UDP, TCP and ICMPv6 mix in.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { Ipv6Address } from '../addr/ipv6.js'

/** Adds the 16-bit words of `bytes[from..to)` to `sum`; an odd last byte counts as the upper half of a word. */
export function addWords(bytes: Uint8Array, from: number, to: number, sum: number): number {
  let total = sum
  let at = from
  for (; at + 1 < to; at += 2) total += (bytes[at]! << 8) | bytes[at + 1]!
  return at < to ? total + (bytes[at]! << 8) : total
}

/** The checksum of a sum of words: carries folded in, complemented. */
export function foldSum(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000)
  return ~folded & 0xffff
}

//   src(4) dst(4) zero(1) proto(1) length(2)
export function ipv4PseudoSum(src: Ipv4Address, dst: Ipv4Address, proto: number, length: number): number {
  return (src >>> 16) + (src & 0xffff) + (dst >>> 16) + (dst & 0xffff) + proto + length
}

//   src(16) dst(16) length(4) zero(3) next header(1)
export function ipv6PseudoSum(src: Ipv6Address, dst: Ipv6Address, nextHeader: number, length: number): number {
  let sum = nextHeader + (length >>> 16) + (length & 0xffff)
  for (let shift = 0n; shift < 128n; shift += 16n) sum += Number((src >> shift) & 0xffffn) + Number((dst >> shift) & 0xffffn)
  return sum
}
