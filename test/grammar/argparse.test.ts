// argparse: what it takes, how it complains, what it offers.
import { describe, expect, test } from 'vitest'
import { ArgumentError, type ArgumentParser, argumentCandidates, parseArguments, parseKnownArguments } from '../../src/grammar/argparse.js'
import { argumentsOf } from '../../src/grammar/argparse-text.js'
import { helpOfParser, usageOfParser } from '../../src/grammar/argparse-usage.js'

function parser(usage: string, python: 2 | 3 = 3): ArgumentParser {
  return { program: 'tool', python, arguments: argumentsOf(usage, python, (metavar) => (metavar === '<net>' ? 'network' : undefined)) }
}

function complaint(usage: string, words: string, python: 2 | 3 = 3): string {
  try {
    parseArguments(parser(usage, python), words === '' ? [] : words.split(' '))
  } catch (error) {
    if (error instanceof ArgumentError) return error.message
    throw error
  }
  return 'none'
}

const USAGE =
  '<net> [--long] [--share | --no-share] [--tag <tag>*] [--ip-version {4,6}:int] [--limit <n>:int] [-f/--format {csv,table}] [--all [<0|1>]] [<more>]'

describe('what is taken', () => {
  test('options between positionals, with = and abbreviated', () => {
    const parsed = parseArguments(parser(USAGE), ['--tag', 'a', 'net1', 'more', '--ta=b', '--lon', '-fcsv'])
    expect(parsed.text('net')).toBe('net1')
    expect(parsed.text('more')).toBe('more')
    expect(parsed.values('tag')).toEqual(['a', 'b'])
    expect(parsed.has('long')).toBe(true)
    expect(parsed.value('format')).toBe('csv')
  })

  test('a value that may be left out', () => {
    expect(parseArguments(parser(USAGE), ['n', '--all']).has('all')).toBe(true)
    expect(parseArguments(parser(USAGE), ['n', '--all', '0']).value('all')).toBe('0')
  })

  test('one or more, and what is not known', () => {
    expect(parseArguments(parser('<x> [<x> ...]'), ['1', '2', '3']).values('x')).toEqual(['1', '2', '3'])
    const known = parseKnownArguments(parser('<net> [--long]'), ['--key', 'type=int', 'net1', '3', '--long'])
    expect(known.text('net')).toBe('type=int')
    expect(known.extras).toEqual(['--key', 'net1', '3'])
  })

  test('negative numbers and words behind -- are no options', () => {
    const parsed = parseArguments(parser('<a> <b>'), ['-1', '--', '--b'])
    expect([parsed.text('a'), parsed.text('b')]).toEqual(['-1', '--b'])
  })
})

describe('complaints', () => {
  test.each([
    ['', 'the following arguments are required: <net>'],
    ['n x y', 'unrecognized arguments: y'],
    ['n --bogus', 'unrecognized arguments: --bogus'],
    ['n --l', 'ambiguous option: --l could match --long, --limit'],
    ['n --limit', 'argument --limit: expected one argument'],
    ['n --limit x', "argument --limit: invalid int value: 'x'"],
    ['n --ip-version 5', 'argument --ip-version: invalid choice: 5 (choose from 4, 6)'],
    ['n -f x', "argument -f/--format: invalid choice: 'x' (choose from 'csv', 'table')"],
    ['n --share --no-share', 'argument --no-share: not allowed with argument --share'],
    ['n --long=1', "argument --long: ignored explicit argument '1'"],
  ])('%s', (words, wanted) => {
    expect(complaint(USAGE, words)).toBe(wanted)
  })

  test('Python 2 counts, and shows unicode', () => {
    expect(complaint(USAGE, '', 2)).toBe('too few arguments')
    expect(complaint(USAGE, 'n --limit x', 2)).toBe("argument --limit: invalid int value: u'x'")
    expect(complaint('--network <net> <name>', 'x', 2)).toBe('argument --network is required')
  })

  test('one of several', () => {
    expect(complaint('(--image <i> | --volume <v>) <name>', 'x')).toBe('one of the arguments --image --volume is required')
  })
})

test('usage folds between arguments', () => {
  expect(usageOfParser(parser(USAGE), 60)).toBe(
    [
      'usage: tool [--long] [--share | --no-share] [--tag <tag>]',
      '            [--ip-version {4,6}] [--limit <n>]',
      '            [-f {csv,table}] [--all [<0|1>]]',
      '            <net> [<more>]',
    ].join('\n'),
  )
})

test('help', () => {
  const text = helpOfParser({ ...parser('<net> [--long] [--tag <tag>*]'), description: 'Lists things.' }, 80)
  expect(text).toBe(
    'usage: tool [--long] [--tag <tag>] <net>\n\nLists things.\n\npositional arguments:\n  <net>\n\noptional arguments:\n  --long\n  --tag <tag>\n',
  )
})

test('candidates: options, values, kinds', () => {
  expect(argumentCandidates(parser(USAGE), ['--l']).words).toEqual(['--long', '--limit'])
  expect(argumentCandidates(parser(USAGE), ['-f', '']).words).toEqual(['csv', 'table'])
  expect(argumentCandidates(parser(USAGE), ['--long', '']).kind).toBe('network')
  expect(argumentCandidates(parser('<net>'), ['x', ''])).toEqual({ words: [], kind: null })
})
