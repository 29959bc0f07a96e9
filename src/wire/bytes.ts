// Big-endian reads and writes at a place in a byte array, and the value types of src/addr as bytes.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { Ipv6Address } from '../addr/ipv6.js'
import type { MacAddress } from '../addr/mac.js'

const TWO_32 = 0x100000000

export function get16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

/** Unsigned. */
export function get32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

export function getIpv4(bytes: Uint8Array, at: number): Ipv4Address {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

export function getMac(bytes: Uint8Array, at: number): MacAddress {
  return get16(bytes, at) * TWO_32 + get32(bytes, at + 2)
}

export function getIpv6(bytes: Uint8Array, at: number): Ipv6Address {
  let value = 0n
  for (let i = 0; i < 16; i += 4) value = (value << 32n) | BigInt(get32(bytes, at + i))
  return value
}

export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

export function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

export function putMac(bytes: Uint8Array, at: number, mac: MacAddress): void {
  put16(bytes, at, Math.floor(mac / TWO_32))
  put32(bytes, at + 2, mac % TWO_32)
}

export function putIpv6(bytes: Uint8Array, at: number, address: Ipv6Address): void {
  for (let i = 0; i < 16; i += 4) put32(bytes, at + i, Number((address >> BigInt(96 - 8 * i)) & 0xffffffffn))
}

/** One fresh array out of several. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
