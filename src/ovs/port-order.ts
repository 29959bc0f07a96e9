// The order in which ovs-vswitchd walks the ports of a bridge: that of its hash table, which listings of port counters show.

const rotate = (value: number, by: number) => ((value << by) | (value >>> (32 - by))) >>> 0

/** MurmurHash3's mixing of one word. */
function mix(hash: number, word: number): number {
  const scrambled = Math.imul(rotate(Math.imul(word, 0xcc9e2d51) >>> 0, 15), 0x1b873593)
  return (Math.imul(rotate((hash ^ scrambled) >>> 0, 13), 5) + 0xe6546b64) >>> 0
}

function finish(hash: number): number {
  let value = hash ^ 8
  value ^= value >>> 16
  value = Math.imul(value, 0x85ebca6b)
  value ^= value >>> 13
  value = Math.imul(value, 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

const hashOf = (port: number) => finish(mix(mix(port, 0), 0))

/** One less than the number of buckets for that many entries. */
function maskFor(count: number): number {
  let mask = count >> 1
  mask |= mask >> 1
  mask |= mask >> 2
  mask |= mask >> 4
  mask |= mask >> 8
  return mask | ((mask & 1) << 1)
}

/** `ports` in the order in which they were added. */
export function walkOrder(ports: readonly number[]): number[] {
  let buckets: number[][] = [[]]
  ports.forEach((port, i) => {
    buckets[hashOf(port) & (buckets.length - 1)]!.unshift(port)
    if ((i + 1) >> 1 > buckets.length - 1) buckets = rehash(buckets, maskFor(i + 1))
  })
  return buckets.flat()
}

function rehash(buckets: readonly (readonly number[])[], mask: number): number[][] {
  const next: number[][] = Array.from({ length: mask + 1 }, () => [])
  for (const port of buckets.flat()) next[hashOf(port) & mask]!.unshift(port)
  return next
}
