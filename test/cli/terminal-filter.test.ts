// What strangers wrote (files, names, packets) does not steer the person's terminal.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainText, TerminalFilter } from '../../src/cli/terminal-filter.js'

const pass = (text: string): string => new TerminalFilter().pass(text)

test('text, line ends and colours pass', () => {
  for (const text of ['a\tb\r\nc\b', '\x1b[1;31mred\x1b[0m', '\x1b[38:5:9mx\x1b[m', 'é 中 🐧']) expect(pass(text)).toBe(text)
})

test('titles, clipboard, cursor, modes, answers and turned text do not', () => {
  const harms = [
    '\x1b]0;title\x07',
    '\x1b]52;c;ZXZpbA==\x1b\\',
    '\x1b]8;;http://evil\x1b\\',
    '\x1bPq#0\x1b\\',
    '\x1b_apc\x1b\\',
    '\x1b^pm\x1b\\',
    '\x1b[2J',
    '\x1b[1;1H',
    '\x1b[?1049h',
    '\x1b[6n',
    '\x1b[21t',
    '\x1bc',
    '\x1b(0',
    '\x1b#8',
    '\x9b2J',
    '\x9d0;title\x9c',
    '\x00\x05\x0e\x0f\x7f',
    '\u202e\u2066\u2069',
  ]
  for (const harm of harms) expect([harm, pass(`a${harm}b`)]).toEqual([harm, 'ab'])
})

test('in a shell a program may draw its screen anew, and no more', () => {
  const filter = new TerminalFilter(true)
  expect(filter.pass('\x1b[H\x1b[2J\x1b[3Ja\x1b[K\x1b[')).toBe('\x1b[H\x1b[2Ja\x1b[K')
  expect(filter.pass('Jb\x1b[5;5H\x1b[?1049h\x1b[6n')).toBe('\x1b[Jb')
})

test('a string for the terminal ends with its end, also in pieces, or where another sequence begins', () => {
  const filter = new TerminalFilter()
  expect(['a\x1b]0;title\x1b', '\\b'].map((part) => filter.pass(part))).toEqual(['a', 'b'])
  expect(pass('a\x1b]0;title\x1b[31mred')).toBe('a\x1b[31mred')
})

// Looking through the rest again from every beginning of a sequence takes half a minute for 100 kB.
test('what begins over and over costs no more than its length', () => {
  for (const part of ['\x9d', '\x1b]', '\x9b0', '\x1b[ ', '\x1b', '\x1b(']) pass(`${part.repeat(200_000)}\x07`)
})

test('nothing gets through in pieces', () => {
  const part = fc.constantFrom(
    '\x1b',
    '[',
    ']',
    'P',
    '_',
    '0;t',
    '\x07',
    '\\',
    '2J',
    'm',
    '31',
    '?',
    'h',
    'x',
    '\n',
    '\x9b',
    '\x9d',
    '\x9c',
    '\u202e',
    '(',
    'c',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const filter = new TerminalFilter()
      const shown = parts.map((each) => filter.pass(each)).join('')
      expect(shown.replace(/\x1b\[[0-9;:]*m/g, '')).not.toMatch(/[\x00-\x06\x0e-\x1f\x7f-\x9f\u202a-\u202e]/)
    }),
    { seed: 3, numRuns: 2000 },
  )
})

test("netlab's messages are one line of plain text", () => {
  expect(plainText('no node "\x1b]0;x\x07n\r\b\x1b[2J1"')).toBe('no node "n1"')
})
