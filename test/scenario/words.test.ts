// The small languages inside a scenario's strings.
import { expect, test } from 'vitest'
import { editDistance, suggest } from '../../src/scenario/suggest.js'
import { faultOfAddressWords, faultOfRouteWords, parseClock, parseDuration } from '../../src/scenario/words.js'

test('durations are microseconds', () => {
  expect([0, '0', '200us', '1.5ms', '2s'].map(parseDuration)).toEqual([0, 0, 200, 1500, 2_000_000])
  expect([5, '5', '5m', 'ms', '-1s'].map(parseDuration)).toEqual([null, null, null, null, null])
})

test('clocks are microseconds since 1970, leap years right', () => {
  expect(parseClock('1970-01-01T00:00:00Z')).toBe(0)
  expect(parseClock('2012-07-30T00:45:00Z')).toBe(Date.UTC(2012, 6, 30, 0, 45) * 1000)
  expect(parseClock('2024-02-29T23:59:59.5Z')).toBe(Date.UTC(2024, 1, 29, 23, 59, 59, 500) * 1000)
  expect(['2023-02-29T00:00:00Z', '2023-13-01T00:00:00Z', '2023-01-01T24:00:00Z', 'yesterday'].map(parseClock)).toEqual([
    null,
    null,
    null,
    null,
  ])
})

test('address words are an address with its length and pairs', () => {
  expect(['10.0.0.1/24', '10.0.0.1/24 brd +', '10.8.0.1/32 peer 10.8.0.2'].map(faultOfAddressWords)).toEqual([null, null, null])
  expect(faultOfAddressWords('10.0.0.1/33')).toBe('"10.0.0.1/33" has no prefix length of 0 to 32 after the slash')
  expect(faultOfAddressWords('10.0.0.1/24 bcast x')).toBe(
    '"bcast" is unknown here, expected one of brd, broadcast, peer, scope, label, metric',
  )
  expect(faultOfAddressWords('10.0.0.1/24 brd')).toBe('nothing follows "brd"')
})

test('route words begin with a type, a prefix or default', () => {
  const good = ['default via 10.0.0.1', 'unreachable 198.51.100.16/28', '10.0.0.0/8 dev eth0 onlink table 200 proto static']
  expect(good.map(faultOfRouteWords)).toEqual([null, null, null])
  expect(faultOfRouteWords('defaut via 10.0.0.1')).toBe('"defaut" is neither "default" nor a prefix such as 10.0.0.0/24')
  expect(faultOfRouteWords('default via 10.0.0')).toBe(
    'after via: "10.0.0" is no IPv4 address such as 10.0.0.1: each of the four numbers is 0 to 255 without leading zeros',
  )
})

test('the nearest known word is suggested, a far one is not', () => {
  expect(suggest('adresses', ['addresses', 'routes'])).toBe('addresses')
  expect(suggest('nisc', ['nics', 'files'])).toBe('nics')
  expect(suggest('zzz', ['kind', 'delay'])).toBe(null)
  expect(editDistance('abcd', 'abdc')).toBe(1)
})
