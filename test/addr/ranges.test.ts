import { expect, test } from 'vitest'
import { holds, overlap } from '../../src/addr/ranges.js'

test.each([
  ['10.0.0.0/24', '10.0.0.0/24', true],
  ['10.0.0.0/24', '10.0.0.128/25', true],
  ['10.0.0.128/25', '10.0.0.0/24', true],
  ['10.0.0.0/25', '10.0.0.128/25', false],
  ['192.168.56.224/28', '10.0.0.0/8', false],
])('%s and %s share addresses: %s', (a, b, expected) => expect(overlap(a, b)).toBe(expected))

test.each([
  ['10.0.0.0/24', '10.0.0.1', true],
  ['10.0.0.0/24', '10.0.0.255', true],
  ['10.0.0.0/24', '10.0.1.0', false],
])('%s holds %s: %s', (prefix, address, expected) => expect(holds(prefix, address)).toBe(expected))
