// Pipelines of the lab's filters against plain functions over the same lines.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyInput, outputFile } from '../../src/node/open-file.js'
import { OutputBuffer } from '../../src/node/stream.js'
import { drive, makeMachine } from '../node/support.js'

interface Stage {
  readonly command: string
  readonly plain: (lines: string[]) => string[]
}

const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const stage: fc.Arbitrary<Stage> = fc.oneof(
  fc.integer({ min: 0, max: 6 }).map((n) => ({ command: `head -n ${n}`, plain: (lines: string[]) => lines.slice(0, n) })),
  fc.integer({ min: 1, max: 6 }).map((n) => ({ command: `tail -n ${n}`, plain: (lines: string[]) => lines.slice(-n) })),
  fc.constant({ command: 'sort', plain: (lines: string[]) => [...lines].sort(byBytes) }),
  fc.constant({ command: 'sort -u', plain: (lines: string[]) => [...new Set(lines)].sort(byBytes) }),
  fc.constant({ command: 'tac', plain: (lines: string[]) => [...lines].reverse() }),
  fc.constant({ command: 'uniq', plain: (lines: string[]) => lines.filter((line, i) => i === 0 || line !== lines[i - 1]) }),
  fc.constant({ command: 'grep -v a', plain: (lines: string[]) => lines.filter((line) => !line.includes('a')) }),
  fc.constant({ command: "grep '^b*c'", plain: (lines: string[]) => lines.filter((line) => /^b*c/.test(line)) }),
  fc.constant({ command: 'tr ab xy', plain: (lines: string[]) => lines.map((line) => line.replaceAll('a', 'x').replaceAll('b', 'y')) }),
  fc.constant({ command: "sed 's/b/[&]/g'", plain: (lines: string[]) => lines.map((line) => line.replaceAll('b', '[b]')) }),
  fc.constant({ command: 'cut -c2-3', plain: (lines: string[]) => lines.map((line) => line.slice(1, 3)) }),
  fc.constant({ command: 'rev', plain: (lines: string[]) => lines.map((line) => [...line].reverse().join('')) }),
  fc.constant({ command: "awk '{print length($0)}'", plain: (lines: string[]) => lines.map((line) => String(line.length)) }),
  fc.constant({ command: 'cat', plain: (lines: string[]) => lines }),
)

test('a pipeline of filters does what its stages do one after the other', async () => {
  const machine = makeMachine()
  const line = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), fc.array(stage, { minLength: 1, maxLength: 5 }), async (lines, stages) => {
      machine.files.write('/tmp/in', lines.map((text) => `${text}\n`).join(''))
      const output = new OutputBuffer()
      const command = `cat /tmp/in | ${stages.map((one) => one.command).join(' | ')}`
      const child = machine.init.spawn(['bash', '-c', command], { stdin: emptyInput(), stdout: outputFile(output) })
      await drive(machine, child.exited)
      const expected = stages.reduce((current, one) => one.plain(current), lines)
      expect(output.take()).toBe(expected.map((text) => `${text}\n`).join(''))
    }),
    { numRuns: 150 },
  )
  expect(machine.processes.size).toBe(1)
})
