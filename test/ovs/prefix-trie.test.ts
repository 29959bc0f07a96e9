// The trie of prefixes against one that walks bit by bit over a list.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PrefixTrie, type TrieResult } from '../../src/ovs/prefix-trie.js'

interface Prefix {
  readonly value: number
  readonly length: number
}

function isUnder(value: number, { value: prefix, length }: Prefix, bits: number): boolean {
  const shift = 32 - Math.min(bits, length)
  return shift === 32 || value >>> shift === prefix >>> shift
}

function plainLookup(prefixes: readonly Prefix[], value: number): TrieResult {
  let lengths = 0
  for (const prefix of prefixes) if (isUnder(value, prefix, 32)) lengths |= 1 << (prefix.length - 1)
  let depth = 0
  while (depth < 32 && prefixes.some((prefix) => prefix.length > depth && isUnder(value, prefix, depth + 1))) depth++
  const goesOn = depth < 32 && prefixes.some((prefix) => prefix.length > depth && isUnder(value, prefix, depth))
  return { bits: goesOn ? depth + 1 : depth, lengths }
}

// Few bits differ, so that prefixes share their beginnings.
const address = fc.tuple(fc.constantFrom(0, 0x0a000000, -0x40000000, 0x0a0a0000), fc.nat(15), fc.nat(28)).map(([a, b, c]) => a ^ (b << c))
const prefix = fc.record({ value: address, length: fc.integer({ min: 1, max: 32 }) })

test('prefixes come and go; the bits that tell are those that a walk bit by bit looks at', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ prefix, goes: fc.nat(2), at: fc.nat(50) }), { maxLength: 30 }), fc.array(address), (steps, asked) => {
      const trie = new PrefixTrie(0)
      const left: Prefix[] = []
      for (const { prefix: one, goes, at } of steps) {
        if (goes > 0 || left.length === 0) {
          trie.insert(one.value, one.length)
          left.push(one)
        } else {
          const [gone] = left.splice(at % left.length, 1)
          trie.remove(gone!.value, gone!.length)
        }
        for (const value of [one.value, ...asked]) expect(trie.lookup(value)).toEqual(plainLookup(left, value))
      }
    }),
  )
})
