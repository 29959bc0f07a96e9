// IPv6 addresses as bigint and their text by RFC 5952; off the fast path.
import type { MacAddress } from './mac.js'
import { macHigh, macLow } from './mac.js'

/** A 128-bit unsigned integer. */
export type Ipv6Address = bigint

export const ANY_IPV6: Ipv6Address = 0n
export const LOOPBACK_IPV6: Ipv6Address = 1n
export const ALL_NODES_IPV6: Ipv6Address = 0xff020000000000000000000000000001n

/** Null when the text is no IPv6 address. `::ffff:1.2.3.4` is accepted; zones are not. */
export function parseIpv6(text: string): Ipv6Address | null {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text)
  if (dotted !== null) {
    const octets = dotted.slice(2).map(Number)
    if (octets.some((octet) => octet > 255)) return null
    const [a, b, c, d] = octets as [number, number, number, number]
    return parseIpv6(`${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`)
  }
  const halves = text.split('::')
  if (halves.length > 2) return null
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  const given = groups.reduce((count, half) => count + half.length, 0)
  if (halves.length === 2 ? given > 7 : given !== 8) return null
  const all = [...groups[0]!, ...Array<string>(8 - given).fill('0'), ...(groups[1] ?? [])]
  let value = 0n
  for (const group of all) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return null
    value = (value << 16n) | BigInt(`0x${group}`)
  }
  return value
}

export function formatIpv6(address: Ipv6Address): string {
  const groups: number[] = []
  for (let i = 7; i >= 0; i--) groups.push(Number((address >> BigInt(i * 16)) & 0xffffn))
  let best = -1
  let bestLength = 1
  for (let i = 0; i < 8; ) {
    let end = i
    while (end < 8 && groups[end] === 0) end++
    if (end - i > bestLength) {
      best = i
      bestLength = end - i
    }
    i = end === i ? i + 1 : end
  }
  const hex = groups.map((group) => group.toString(16))
  if (best < 0) return hex.join(':')
  return `${hex.slice(0, best).join(':')}::${hex.slice(best + bestLength).join(':')}`
}

/** fe80::/64 with the modified EUI-64 of the MAC (RFC 4291, appendix A). */
export function linkLocalOfMac(mac: MacAddress): Ipv6Address {
  const high = BigInt(macHigh(mac) ^ 0x020000)
  return (0xfe80n << 112n) | (high << 40n) | (0xfffen << 24n) | BigInt(macLow(mac))
}

/** ff02::1:ffXX:XXXX (RFC 4291, section 2.7.1). */
export function solicitedNodeOf(address: Ipv6Address): Ipv6Address {
  return 0xff0200000000000000000001ff000000n | (address & 0xffffffn)
}

/** 33:33 and the low 32 bits (RFC 2464, section 7). */
export function macOfMulticastIpv6(address: Ipv6Address): MacAddress {
  return 0x333300000000 + Number(address & 0xffffffffn)
}

export function isMulticastIpv6(address: Ipv6Address): boolean {
  return address >> 120n === 0xffn
}

export function isLinkLocalIpv6(address: Ipv6Address): boolean {
  return address >> 118n === 0x3fan
}
