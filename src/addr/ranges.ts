// Sums over whole ranges of addresses, done by ip-num: for files that people wrote, never for a packet.
import { IPv4, IPv4CidrRange } from 'ip-num'

/** Precondition for both: `a.b.c.d/len` as parsePrefix takes it. Host bits do not count. */
export function overlap(a: string, b: string): boolean {
  const [one, other] = [IPv4CidrRange.fromCidr(a), IPv4CidrRange.fromCidr(b)]
  return one.getFirst().isLessThanOrEquals(other.getLast()) && other.getFirst().isLessThanOrEquals(one.getLast())
}

/** Whether `prefix` holds `address`, its network and broadcast addresses included. */
export function holds(prefix: string, address: string): boolean {
  const range = IPv4CidrRange.fromCidr(prefix)
  const value = new IPv4(address).getValue()
  return range.getFirst().getValue() <= value && value <= range.getLast().getValue()
}
