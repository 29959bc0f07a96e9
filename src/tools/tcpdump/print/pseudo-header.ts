// Sums of the pseudo headers that transport checksums cover; source-routed packets count their final destination.
import type { Ipv6Address } from '../../../addr/ipv6.js'
import { getIpv4, getIpv6 } from '../../../wire/bytes.js'
import { ipv4PseudoSum, ipv6PseudoSum } from '../../../wire/checksum.js'
import type { Dissector } from '../dissector.js'

/** For the IP header at `ipAt`. */
export function pseudoSum(d: Dissector, ipAt: number, proto: number, length: number): number {
  if (d.u8(ipAt) >> 4 === 6) return ipv6PseudoSum(getIpv6(d.bytes, ipAt + 8), finalDestination6(d, ipAt), proto, length)
  return ipv4PseudoSum(getIpv4(d.bytes, ipAt + 12), finalDestination(d, ipAt), proto, length)
}

function finalDestination(d: Dissector, at: number): number {
  const end = at + (d.u8(at) & 15) * 4
  for (let option = at + 20; option < end; ) {
    const code = d.u8(option)
    if (code === 0) break
    const size = code === 1 ? 1 : d.u8(option + 1)
    if ((code !== 1 && size < 2) || option + size > end || !d.has(option, size)) break
    if ((code === 137 || code === 131) && size >= 7) return getIpv4(d.bytes, option + size - 4)
    option += size
  }
  return getIpv4(d.bytes, at + 16)
}

/** The last address of a routing header, if one stands among the extension headers. */
function finalDestination6(d: Dissector, at: number): Ipv6Address {
  const dst = getIpv6(d.bytes, at + 24)
  let next = d.u8(at + 6)
  let header = at + 40
  while (next === 0 || next === 44 || next === 60) {
    const length = next === 44 ? 8 : (d.u8(header + 1) + 1) << 3
    next = d.u8(header)
    header += length
  }
  if (next !== 43 || !d.has(header, 4)) return dst
  const length = d.u8(header + 1)
  const type = d.u8(header + 2)
  if (length % 2 === 1 || (type !== 0 && type !== 2)) return dst
  const last = header + 8 + 16 * (length / 2 - 1)
  return length > 0 && d.has(last, 16) ? getIpv6(d.bytes, last) : dst
}
