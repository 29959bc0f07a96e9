// The order in which FLOOD and ALL send: that of Open vSwitch's hash table of ports.
import type { OfPort } from './ports.js'

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}

/** hash_int(port, 0): two words of MurmurHash3, the second 0. */
function hashOf(port: number): number {
  let hash = port
  for (let i = 0; i < 2; i++) hash = (Math.imul(rotate(hash, 13), 5) + 0xe6546b64) | 0
  hash ^= 8
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Buckets of a table that grew to hold so many. */
function maskFor(count: number): number {
  let mask = 0
  for (let n = 1; n <= count; n++) {
    if (n / 2 <= mask) continue
    let next = n >>> 1
    for (let shift = 1; shift < 32; shift *= 2) next |= next >>> shift
    mask = next | ((next & 1) << 1)
  }
  return mask
}

/** In one bucket those that came later stand first, those of one change in the order they were made. */
export function floodOrder(ports: ReadonlyMap<number, OfPort>): OfPort[] {
  const mask = maskFor(ports.size)
  return [...ports.values()]
    .map((port, i) => ({ port, bucket: hashOf(port.ofport) & mask, i }))
    .sort((a, b) => a.bucket - b.bucket || b.port.createdUs - a.port.createdUs || a.i - b.i)
    .map(({ port }) => port)
}
