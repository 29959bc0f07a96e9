// Handing out addresses of a prefix, and checking prefixes that people wrote; ip-num does the sums, off the packet path.
import { IPv4CidrRange } from 'ip-num'
import type { Ipv4Address, Ipv4Prefix } from './ipv4.js'
import { formatPrefix, networkOf, parseIpv4 } from './ipv4.js'

/** All addresses of a prefix in order, network and broadcast address included. */
export function* addressesOf(prefix: Ipv4Prefix): Generator<Ipv4Address> {
  const range = IPv4CidrRange.fromCidr(formatPrefix(networkOf(prefix)))
  const first = range.getFirst().getValue()
  const size = range.getSize()
  for (let i = 0n; i < size; i++) yield Number(first + i) | 0
}

/** Why a prefix is none, in ip-num's words; null when it is one. */
export function prefixFault(text: string): string | null {
  try {
    IPv4CidrRange.fromCidr(text)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The lowest address of the prefix that is neither taken nor its network, first host or broadcast address; null when all are. */
export function lowestFree(prefix: Ipv4Prefix, taken: ReadonlySet<Ipv4Address>): Ipv4Address | null {
  const range = IPv4CidrRange.fromCidr(formatPrefix(networkOf(prefix)))
  const last = parseIpv4(range.getLast().toString())
  let index = 0
  for (const address of addressesOf(prefix)) {
    const isReserved = index < 2 || address === last
    index++
    if (!isReserved && !taken.has(address)) return address
  }
  return null
}
