// Matching that always ends says the same as JavaScript's own wherever that ends too.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundedRegex } from '../../src/grammar/bounded-regex.js'

const atom = fc.constantFrom(
  'a',
  'b',
  'B',
  '.',
  '[ab]',
  '[^a-c]',
  '[A-b]',
  '\\w',
  '\\d',
  '\\.',
  '\\b',
  '^',
  '$',
  'é',
  '[a-c\\]x]',
  '[]',
  '[^]',
)
const { regex } = fc.letrec<{ regex: string; term: string }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 3 },
    atom,
    fc.tuple(fc.constantFrom('(', '(?:', '(?=', '(?!'), tie('regex')).map(([open, body]) => `${open}${body})`),
    fc
      .tuple(tie('term'), fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{0,2}', '{1,}', '{20}'))
      .map(([body, count]) => `(?:${body})${count}`),
    // Within a look behind JavaScript matches from right to left: only what both ways find the same.
    fc.constantFrom('(?<=a)', '(?<!b|B)', '(?<=[ab]*c)', '(?<!\\d)'),
    fc.constantFrom('a*', 'b+', '.*', '[ab]*?', '(a)\\1', '(b|a)+'),
  ),
  regex: fc.array(tie('term'), { minLength: 0, maxLength: 4 }).chain((parts) => fc.constantFrom(parts.join(''), parts.join('|'))),
}))
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'B', 'c', '.', ' ', '\n', '1', 'é', 'É'), maxLength: 12 })
const flags = fc.subarray(['i', 's', 'm', 'g']).map((letters) => letters.join(''))

test('twins: exec, replace and matchAll', () => {
  fc.assert(
    fc.property(regex, text, flags, (source, subject, letters) => {
      const plain = new RegExp(source, letters)
      const bounded = boundedRegex(source, letters)
      const found = plain.exec(subject)
      const same = bounded.exec(subject)
      expect(same === null ? null : [same.index, ...same]).toEqual(found === null ? null : [found.index, ...found])
      plain.lastIndex = bounded.lastIndex = 0
      expect(subject.replace(bounded, '<$&>')).toBe(subject.replace(plain, '<$&>'))
      expect(subject.split(boundedRegex(source, letters))).toEqual(subject.split(new RegExp(source, letters)))
    }),
    { seed: 7, numRuns: 400 },
  )
})

test('what would take for ever gives up', () => {
  for (const [source, letters] of [
    ['(a|a)*\\1c', ''],
    ['(?=(a|a)*c)(a|a)*c', ''],
    ['(?<!x)(a+)+c(?!y)', 'i'],
    ['((a{1,100}){1,100}){1,100}c', ''],
  ] as const)
    expect(() => boundedRegex(source, letters).test(`${'a'.repeat(40)}b`), source).toThrow('Memory exhausted')
})

test('case is folded without a flag that the linear engine does not know', () => {
  expect(boundedRegex('(a|B)*[c-e][^x]\\.', 'i').flags).toBe('')
  expect('xAbDq.'.replace(boundedRegex('(a|B)*[c-e][^x]\\.', 'i'), '-')).toBe('x-')
})
