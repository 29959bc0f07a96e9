// Handing out addresses of a prefix in order.
import type { Ipv4Address, Ipv4Prefix } from './ipv4.js'
import { maskOf } from './ipv4.js'

/** All addresses of a prefix in order, network and broadcast address included. */
export function* addressesOf(prefix: Ipv4Prefix): Generator<Ipv4Address> {
  const first = (prefix.address & maskOf(prefix.length)) >>> 0
  const size = 2 ** (32 - prefix.length)
  for (let i = 0; i < size; i++) yield (first + i) | 0
}
