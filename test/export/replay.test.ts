// The replay is bash: what bash makes of it is what was in the log, whatever stands in words and input.
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ExportPlan, Step } from '../../src/export/plan.js'
import { hereDocument, plainLine, quoteWord } from '../../src/export/quote.js'
import { replayText } from '../../src/export/replay.js'

const CAUSE = { agent: 'agent', event: "it's on", object: null, standsFor: null }

function step(number: number, argv: readonly string[], stdin: string): Step {
  return {
    number,
    node: `node-${number % 3}`,
    atUs: number * 1000,
    clockUs: 1e12,
    cause: CAUSE,
    argv,
    stdin,
    exitCode: number % 2,
    instead: null,
  }
}

function planOf(replay: readonly Step[]): ExportPlan {
  return { name: 'lab', title: 'A lab', nodes: [], wires: [], replay, told: [] }
}

/** Bash with stand-ins that say what they were given: how many words, NUMBER CODE WORDS..., then the input; each ended by a zero byte. */
const STANDINS = `
on() { local text; IFS= read -r -d '' text; eval "$text"; }
together() { :; }
because() { :; }
run() { printf '%s\\0' $# "$@" ''; }
feed() { local text; IFS= read -r -d '' text; printf '%s\\0' $# "$@" "$text"; }
`

function heard(plan: ExportPlan): string[][] {
  const parts = execFileSync('bash', ['-c', `${STANDINS}\n${replayText(plan)}\nreplay`], { encoding: 'utf8' }).split('\0')
  const found: string[][] = []
  for (let at = 0; at < parts.length - 1; ) {
    const count = Number(parts[at])
    found.push(parts.slice(at + 1, at + count + 2))
    at += count + 2
  }
  // Each node types in order; what different nodes type at the same time comes in any.
  return found.sort((one, other) => Number(one[0]) - Number(other[0]))
}

function expected({ number, exitCode, argv, stdin }: Step): string[] {
  return [String(number), String(exitCode), ...argv, stdin]
}

const nasty = fc.constantFrom(
  '',
  "'",
  '"',
  '$(id)',
  '`id`',
  '\\',
  '\n',
  'TYPED',
  'INPUT',
  'END',
  '\u001b[31m',
  '\t',
  'é',
  '!',
  '~',
  '*',
  '#',
  '-n',
  '$x',
  '\u0007',
  '\r',
)
const word = fc.array(fc.oneof(nasty, fc.string({ maxLength: 4, unit: 'grapheme-ascii' })), { maxLength: 4 }).map((parts) => parts.join(''))
const input = fc
  .array(fc.oneof(nasty, fc.constant('\nTYPED\n'), fc.constant('\nINPUT\n'), word), { maxLength: 5 })
  .map((parts) => parts.join(''))

test('words and input of any kind come out of bash as they stood in the log', () => {
  const sample = fc.sample(fc.tuple(fc.array(word, { minLength: 1, maxLength: 4 }), input), { numRuns: 60, seed: 5 })
  const replay = sample.map(([argv, stdin], i) => step(i + 1, argv, stdin))
  expect(heard(planOf(replay))).toEqual(replay.map(expected))
})

test('commands of one node and cause stand together, in order of time over all nodes', () => {
  const steps = [
    step(3, ['ip', 'link'], ''),
    { ...step(6, ['tee', '/etc/hosts'], '127.0.0.1 localhost\n'), node: 'node-0' },
    step(7, ['true'], ''),
  ]
  expect(replayText(planOf(steps)).split('\n').slice(2, -2)).toEqual([
    'TYPED=3',
    "on node-0 <<'TYPED'",
    "because '01:46:40 agent: it'\\''s on'".replace('01:46:40', new Date(1e9).toISOString().slice(11, 19)),
    'run 3 1 ip link',
    "feed 6 0 tee /etc/hosts <<'INPUT'",
    '127.0.0.1 localhost',
    'INPUT',
    'TYPED',
    "on node-1 <<'TYPED'",
    "because '01:46:40 agent: it'\\''s on'".replace('01:46:40', new Date(1e9).toISOString().slice(11, 19)),
    'run 7 1 true',
    'TYPED',
  ])
})

test('nodes wait for each other where time passed in the lab', () => {
  const late = { ...step(5, ['true'], ''), atUs: 2_000_000 }
  expect(replayText(planOf([step(4, ['true'], ''), late])).match(/^together$/gm)).toHaveLength(1)
  expect(replayText(planOf([step(4, ['true'], ''), step(5, ['true'], '')])).match(/^together$/gm)).toBeNull()
})

test('nothing that a terminal would obey is written', () => {
  const title = 'a\u001b]0;owned\u0007b\nc'
  expect(plainLine(title)).toBe('a ]0;owned b c')
  expect(quoteWord('\u001b[2J')).toBe("$'\\x1b[2J'")
  const text = replayText(planOf([step(1, ['echo', '\u001b[2J'], '\u001b]0;x\u0007\n')]))
  expect(/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)).toBe(false)
})

test('a here-document ends at a word that is no line of it', () => {
  expect(hereDocument('a\nEND\nEND2\n', 'END')).toBe("<<'END3'\na\nEND\nEND2\nEND3")
})
