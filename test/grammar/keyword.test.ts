// The keyword grammar: one table parses, completes and writes the usage.
import { describe, expect, test } from 'vitest'
import {
  completeKeywords,
  completeObjects,
  findObject,
  findVerb,
  isPrefix,
  type KeywordList,
  type ObjectGrammar,
  parseKeywords,
  UsageError,
  usageOf,
  Words,
  wrongArgument,
} from '../../src/grammar/keyword.js'

interface Cable {
  ends: string[]
  length: number | null
  isShielded: boolean
  color: string | null
}

const CABLE: KeywordList<Cable> = {
  keywords: [
    {
      name: 'length',
      prefix: true,
      value: 'METRES',
      take: (cable, words) => {
        const metres = Number(words.next())
        if (Number.isNaN(metres)) throw wrongArgument(words.current, 'not a length')
        cable.length = metres
      },
    },
    { name: 'shielded', take: (cable) => (cable.isShielded = true) },
    {
      name: 'color',
      aliases: ['colour'],
      value: 'COLOR',
      completes: ['red', 'blue'],
      take: (cable, words) => (cable.color = words.next()),
    },
    { name: 'secret', hidden: true, take: () => {} },
  ],
  operand: 'DEVICE',
  operandCompletes: 'device',
  rest: (cable, words) => cable.ends.push(words.current),
}

const cable: ObjectGrammar<null> = {
  name: 'cable',
  verbs: [
    { names: ['add'], list: CABLE, run: () => 0 },
    { names: ['show', 'list', 'lst'], list: null, run: () => 1 },
    { names: ['append'], list: CABLE, hidden: true, run: () => 2 },
  ],
}

function parse(line: string): Cable {
  return parseKeywords(new Words(line.split(' ')), CABLE, { ends: [], length: null, isShielded: false, color: null })
}

function refusal(line: string): UsageError {
  try {
    parse(line)
  } catch (error) {
    if (error instanceof UsageError) return error
  }
  throw new Error(`${line} was taken`)
}

describe('parsing', () => {
  test('keywords with values, flags and operands in any order', () => {
    expect(parse('e0 length 3 shielded e1 colour red')).toEqual({ ends: ['e0', 'e1'], length: 3, isShielded: true, color: 'red' })
  })

  test('a beginning stands for a keyword only where the table says so', () => {
    expect(parse('len 3')).toEqual({ ends: [], length: 3, isShielded: false, color: null })
    expect(parse('shield')).toEqual({ ends: ['shield'], length: null, isShielded: false, color: null })
  })

  test('a missing and a wrong value end with the words of iproute2 and code 255', () => {
    expect([refusal('length').text, refusal('length').exitCode]).toEqual(['Command line is not complete. Try option "help"', 255])
    expect(refusal('length x').text).toBe('Error: argument "x" is wrong: not a length')
  })

  test('verbs and objects are found by beginnings, the first in table order', () => {
    expect(findVerb('a', cable.verbs)?.names).toEqual(['add'])
    expect(findVerb('ap', cable.verbs)?.names).toEqual(['append'])
    expect(findVerb('l', cable.verbs)?.names[0]).toBe('show')
    expect(findVerb('x', cable.verbs)).toBeNull()
    expect(findObject('c', [{ name: 'duct' }, cable])).toBe(cable)
    expect(isPrefix('', 'cable')).toBe(false)
  })
})

describe('completion', () => {
  test('keywords not yet used and the kinds of operands', () => {
    expect(completeKeywords(['e0', 'shielded', ''], CABLE)).toEqual({ words: ['length', 'color'], kinds: ['device'] })
  })

  test('the values of the keyword before', () => {
    expect(completeKeywords(['color', ''], CABLE)).toEqual({ words: ['red', 'blue'], kinds: [] })
    expect(completeKeywords(['length', ''], CABLE)).toEqual({ words: [], kinds: [] })
  })

  test('objects, then verbs, then keywords', () => {
    expect(completeObjects([''], [cable])).toEqual({ words: ['cable'], kinds: [] })
    expect(completeObjects(['cable', ''], [cable])).toEqual({ words: ['add', 'show'], kinds: [] })
    expect(completeObjects(['ca', 'add', ''], [cable]).words).toEqual(['length', 'shielded', 'color'])
    expect(completeObjects(['nothing', ''], [cable])).toEqual({ words: [], kinds: [] })
  })
})

test('the usage names every keyword that is not hidden', () => {
  expect(usageOf('net', cable)).toBe(
    'Usage: net cable add DEVICE [ length METRES ] [ shielded ] [ color COLOR ]\n       net cable { show | list | lst }',
  )
})
