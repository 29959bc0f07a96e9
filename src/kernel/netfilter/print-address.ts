// Addresses of rules as the tools print them.
import { formatIpv4, lengthOfMask } from '../../addr/ipv4.js'
import type { AddressMask } from './arguments.js'

/** `10.0.0.0/8`, or `10.0.12.0/255.0.255.0` when the mask has holes. */
export function prefixText(prefix: AddressMask): string {
  const length = lengthOfMask(prefix.mask)
  return `${formatIpv4(prefix.address)}/${length === null ? formatIpv4(prefix.mask) : length}`
}
