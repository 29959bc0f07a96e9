// Our 32-bit sums against ip-num's: two ways to the same addresses.
import fc from 'fast-check'
import { IPv4, IPv4CidrRange } from 'ip-num'
import { expect, test } from 'vitest'
import { addressesOf } from '../../src/addr/allocate.js'
import { broadcastOf, contains, formatIpv4, formatPrefix, networkOf, parseIpv4, parsePrefix } from '../../src/addr/ipv4.js'

const address = fc.integer({ min: -0x80000000, max: 0x7fffffff })
const prefix = fc.record({ address, length: fc.integer({ min: 1, max: 32 }) })

test('addresses print and parse as ip-num has them', () => {
  fc.assert(
    fc.property(address, (value) => {
      const text = formatIpv4(value)
      expect(text).toBe(new IPv4(BigInt(value >>> 0)).toString())
      expect(parseIpv4(text)).toBe(value)
    }),
  )
})

test('a prefix has the network, the broadcast address and the members that ip-num gives it', () => {
  fc.assert(
    fc.property(prefix, address, (value, other) => {
      const range = IPv4CidrRange.fromCidr(formatPrefix(networkOf(value)))
      expect(formatIpv4(networkOf(value).address)).toBe(range.getFirst().toString())
      expect(formatIpv4(broadcastOf(value))).toBe(range.getLast().toString())
      expect(contains(value, other)).toBe(range.contains(IPv4CidrRange.fromCidr(`${formatIpv4(other)}/32`)))
    }),
  )
})

test('addresses are handed out in the order of ip-num', () => {
  fc.assert(
    fc.property(fc.record({ address, length: fc.integer({ min: 24, max: 32 }) }), (value) => {
      const range = IPv4CidrRange.fromCidr(formatPrefix(networkOf(value)))
      const expected = [...range.take(range.getSize())].map(String)
      expect([...addressesOf(value)].map(formatIpv4)).toEqual(expected)
    }),
  )
})

test.each(['1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.-4', '', 'a.b.c.d', '1.2.3.4/33', '1.2.3.4/x'])(
  '"%s" is nothing to either',
  (text) => {
    expect(parsePrefix(text)).toBeNull()
    expect(() => IPv4CidrRange.fromCidr(text.includes('/') ? text : `${text}/32`)).toThrow()
  },
)
