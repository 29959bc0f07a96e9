// IPv4 addresses as signed 32-bit integers, their text, and prefixes over them.

/** An IPv4 address as int32 (`| 0`), so that `(address & mask) === network` is right by itself. */
export type Ipv4Address = number

export interface Ipv4Prefix {
  readonly address: Ipv4Address
  /** 0..32 */
  readonly length: number
}

export const ANY_IPV4: Ipv4Address = 0
export const BROADCAST_IPV4: Ipv4Address = -1
export const LOOPBACK_IPV4: Ipv4Address = 0x7f000001

/** Strict dotted quad: four decimal numbers 0..255 without leading zeros. Null when the text is none. */
export function parseIpv4(text: string): Ipv4Address | null {
  let value = 0
  let octet = -1
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 46) {
      if (octet < 0) return null
      value = (value << 8) | octet
      octet = -1
      if (++dots > 3) return null
      continue
    }
    if (code < 48 || code > 57 || octet === 0) return null
    octet = (octet < 0 ? 0 : octet * 10) + (code - 48)
    if (octet > 255) return null
  }
  return dots === 3 && octet >= 0 ? (value << 8) | octet : null
}

export function formatIpv4(address: Ipv4Address): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`
}

/** Netmask of a prefix length, as int32. */
export function maskOf(length: number): Ipv4Address {
  return length === 0 ? 0 : (-1 << (32 - length)) | 0
}

/** Prefix length of a netmask; null when the mask has holes. */
export function lengthOfMask(mask: Ipv4Address): number | null {
  const length = Math.clz32(~mask)
  return maskOf(length) === mask ? length : null
}

/** `a.b.c.d/len` or a bare address (length 32). Host bits are kept. */
export function parsePrefix(text: string): Ipv4Prefix | null {
  const slash = text.indexOf('/')
  const address = parseIpv4(slash < 0 ? text : text.slice(0, slash))
  if (address === null) return null
  if (slash < 0) return { address, length: 32 }
  const digits = text.slice(slash + 1)
  if (!/^\d{1,2}$/.test(digits)) return null
  const length = Number(digits)
  return length > 32 ? null : { address, length }
}

export function formatPrefix(prefix: Ipv4Prefix): string {
  return `${formatIpv4(prefix.address)}/${prefix.length}`
}

export function networkOf(prefix: Ipv4Prefix): Ipv4Prefix {
  return { address: prefix.address & maskOf(prefix.length), length: prefix.length }
}

export function broadcastOf(prefix: Ipv4Prefix): Ipv4Address {
  return prefix.address | ~maskOf(prefix.length)
}

export function contains(prefix: Ipv4Prefix, address: Ipv4Address): boolean {
  return ((address ^ prefix.address) & maskOf(prefix.length)) === 0
}

/** Unsigned order: negative, zero or positive. */
export function compareIpv4(a: Ipv4Address, b: Ipv4Address): number {
  return (a >>> 0) - (b >>> 0)
}

export function isMulticastIpv4(address: Ipv4Address): boolean {
  return (address & 0xf0000000) === (0xe0000000 | 0)
}

export function isLoopbackIpv4(address: Ipv4Address): boolean {
  return address >>> 24 === 127
}
