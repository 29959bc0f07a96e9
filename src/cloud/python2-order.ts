// The order in which Python 2 (64 bit) gives out the keys of a dict, or the members of a set, of strings: agents of that time walk over
// such without sorting, and the order of ports in chains and of tunnels in flows follows from it. CPython's published hash and probing.

const BITS = 64n
const MASK = (1n << BITS) - 1n
const MULTIPLIER = 1000003n
const PERTURB_SHIFT = 5n
const FIRST_SIZE = 8

const hashes = new Map<string, bigint>()

function hashOf(text: string): bigint {
  const known = hashes.get(text)
  if (known !== undefined) return known
  let hash = text === '' ? 0n : BigInt(text.charCodeAt(0)) << 7n
  for (let i = 0; i < text.length; i++) hash = ((hash * MULTIPLIER) & MASK) ^ BigInt(text.charCodeAt(i))
  hash ^= BigInt(text.length)
  // The table is a cache of a pure function; old entries go so that a long session does not grow.
  if (hashes.size > 10_000) hashes.clear()
  hashes.set(text, hash)
  return hash
}

/** As inserted one after the other, in the order given; equal keys once. */
export function python2Order(keys: Iterable<string>): string[] {
  let slots: (string | undefined)[] = new Array(FIRST_SIZE)
  let used = 0
  for (const key of new Set(keys)) {
    insert(slots, key)
    used++
    if (used * 3 >= slots.length * 2) slots = grown(slots, used)
  }
  return slots.filter((key) => key !== undefined)
}

function grown(slots: readonly (string | undefined)[], used: number): (string | undefined)[] {
  let size = FIRST_SIZE
  while (size <= used * 4) size *= 2
  const larger: (string | undefined)[] = new Array(size)
  for (const key of slots) if (key !== undefined) insert(larger, key)
  return larger
}

function insert(slots: (string | undefined)[], key: string): void {
  const mask = BigInt(slots.length - 1)
  let perturb = hashOf(key)
  let i = perturb & mask
  while (slots[Number(i & mask)] !== undefined) {
    i = i * 5n + perturb + 1n
    perturb >>= PERTURB_SHIFT
  }
  slots[Number(i & mask)] = key
}
