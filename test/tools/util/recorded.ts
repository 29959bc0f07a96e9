// Lines typed into the real tools and into netlab: the same output, the same code.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { OneMachine, type Recorded } from './one-machine.js'

/** Reports of bash about jobs that a signal ended are the shell's, not the tool's. */
function withoutJobs(text: string): string {
  return text.replace(/^\/bin\/bash: line 1: +\d+ (Killed|Hangup|Terminated) .*\n/gm, '')
}

export function sameAsRecorded(room: string): void {
  const path = fileURLToPath(new URL(`../../golden/${room}/recorded.json`, import.meta.url))
  const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: Recorded[] }
  for (const { line, ...wanted } of cases) {
    test(line, async () => {
      const { stdout, stderr, exitCode } = await new OneMachine().run(line)
      expect({ stdout, stderr: withoutJobs(stderr), exitCode }).toEqual(wanted)
    })
  }
}
