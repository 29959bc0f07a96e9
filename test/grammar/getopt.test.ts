import { describe, expect, test } from 'vitest'
import type { GetoptGrammar } from '../../src/grammar/getopt.js'
import { getoptMessage, integerBetween, optionCandidates, optionsMissingFrom, parseOptions } from '../../src/grammar/getopt.js'

const grammar: GetoptGrammar = {
  options: [
    { name: 'numeric', short: 'n', long: 'numeric' },
    { name: 'count', short: 'c', long: 'count', value: 'required', check: integerBetween(1, 10, (value) => `demo: bad count: ${value}`) },
    { name: 'colour', long: ['colour', 'color'], value: 'optional', completes: ['never', 'always'] },
    { name: 'verbose', short: 'v' },
    { name: 'device', short: 'I', long: 'device', value: 'required', completes: 'device' },
    { name: 'record', short: 'R', notEmulated: 'use traceroute' },
  ],
}

describe('parsing', () => {
  test('short options bundle, take attached and separate values, and repeat', () => {
    const parsed = parseOptions(grammar, ['-nvvc3', 'host', '-I', 'eth0'])
    expect(parsed.problem).toBeNull()
    expect([parsed.has('numeric'), parsed.count('verbose'), parsed.number('count', 0), parsed.value('device')]).toEqual([
      true,
      2,
      3,
      'eth0',
    ])
    expect(parsed.operands).toEqual(['host'])
  })

  test('long options take =VALUE or the next word, and may be cut short while they are unique', () => {
    const parsed = parseOptions(grammar, ['--cou=4', '--dev', 'eth1', '--colo'])
    expect([parsed.value('count'), parsed.value('device'), parsed.has('colour'), parsed.value('colour')]).toEqual(['4', 'eth1', true, null])
  })

  test('two dashes end the options; in posix order the first operand does', () => {
    expect(parseOptions(grammar, ['-n', '--', '-v']).operands).toEqual(['-v'])
    expect(parseOptions({ ...grammar, order: 'posix' }, ['-n', 'ls', '-v']).operands).toEqual(['ls', '-v'])
  })

  test('single-dash words do not bundle', () => {
    const words: GetoptGrammar = {
      order: 'words',
      options: [
        { name: 'nowait', long: 'nw' },
        { name: 'script', long: 'sf', value: 'required' },
      ],
    }
    const parsed = parseOptions(words, ['-nw', 'eth0', '-sf', '/bin/true'])
    expect([parsed.has('nowait'), parsed.value('script'), parsed.operands]).toEqual([true, '/bin/true', ['eth0']])
  })
})

describe('complaints are those of getopt(3)', () => {
  const complain = (words: string[]): string => getoptMessage('demo', parseOptions(grammar, words).problem!)
  test.each([
    [['-z'], "demo: invalid option -- 'z'"],
    [['--zeta'], "demo: unrecognized option '--zeta'"],
    [['--c'], "demo: option '--c' is ambiguous; possibilities: '--count' '--colour' '--color'"],
    [['-c'], "demo: option requires an argument -- 'c'"],
    [['--count'], "demo: option '--count' requires an argument"],
    [['--numeric=1'], "demo: option '--numeric' doesn't allow an argument"],
    [['-c', '99'], 'demo: bad count: 99'],
    [['-R'], 'demo: -R: not emulated by netlab (use traceroute)'],
  ])('%j', (words, text) => expect(complain(words)).toBe(text))
})

describe('completion', () => {
  test('options that fit the word begun', () => {
    expect(optionCandidates(grammar, [], '--co')).toEqual({ options: ['--color', '--colour', '--count'], expects: null })
  })
  test('the value an option waits for', () => {
    expect(optionCandidates(grammar, ['-n', '-I'], 'e')).toEqual({ options: [], expects: 'device' })
  })
})

test('a usage text is held against the grammar', () => {
  expect(optionsMissingFrom(grammar, 'demo [-nvR] [-c N | --count N] [-I DEV | --device DEV] [--numeric]')).toEqual(['--colour', '--color'])
})
