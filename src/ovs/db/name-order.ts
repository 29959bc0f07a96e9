// The order in which ovs-vswitchd walks things it keeps by name: by the buckets of its hash table (lib/shash.c over MurmurHash3).

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function mix(hash: number, data: number): number {
  const scrambled = Math.imul(rotate(Math.imul(data, 0xcc9e2d51), 15), 0x1b873593)
  return (Math.imul(rotate(hash ^ scrambled, 13), 5) + 0xe6546b64) | 0
}

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** hash_string with basis 0: words of four characters, the first in the lowest byte. */
export function hashName(name: string): number {
  let hash = 0
  for (let at = 0; at < name.length; at += 4) {
    let word = 0
    for (let i = 3; i >= 0; i--) word = (word << 8) | (at + i < name.length ? name.charCodeAt(at + i) & 0xff : 0)
    hash = mix(hash, word)
  }
  return finish(hash ^ name.length)
}

interface Entry<T> {
  readonly item: T
  readonly hash: number
}

/** A table of so many buckets; whoever comes goes to the front of its bucket. */
function placed<T>(entries: Iterable<Entry<T>>, mask: number): Entry<T>[][] {
  const buckets: Entry<T>[][] = Array.from({ length: mask + 1 }, () => [])
  for (const entry of entries) buckets[(entry.hash & mask) >>> 0]!.unshift(entry)
  return buckets
}

/** `items` in the order they are put in. */
export function inNameOrder<T>(items: readonly T[], nameOf: (item: T) => string): T[] {
  let mask = 0
  let buckets = placed<T>([], mask)
  let count = 0
  for (const item of items) {
    const hash = hashName(nameOf(item))
    buckets[(hash & mask) >>> 0]!.unshift({ item, hash })
    count++
    if (count >> 1 <= mask) continue
    mask = maskFor(count)
    buckets = placed(buckets.flat(), mask)
  }
  return buckets.flat().map(({ item }) => item)
}

/** All ones, for at least four buckets. */
function maskFor(capacity: number): number {
  let mask = 0
  while (capacity >> 1 > mask) mask = mask * 2 + 1
  return mask | ((mask & 1) << 1)
}
