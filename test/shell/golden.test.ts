// What the real bash and the real filters printed, command by command.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bash } from '../node/support.js'

interface Golden {
  recorded: string
  cases: { command: string; stdout: string; stderr: string; exitCode: number }[]
}

for (const name of ['bash', 'text-tools']) {
  const golden = JSON.parse(readFileSync(new URL(`../golden/shell/${name}.json`, import.meta.url), 'utf8')) as Golden
  describe(`${name}, as recorded from ${golden.recorded}`, () => {
    test.each(golden.cases)('$command', async ({ command, stdout, stderr, exitCode }) => {
      expect(await bash(command)).toEqual({ stdout, stderr, exitCode })
    })
  })
}
