// What iptables 1.8.9 (legacy) printed on a real machine, command after command.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Answer } from './lab.js'
import { Bench } from './lab.js'

interface Golden {
  source: string
  steps: ({ argv: string[] } & Answer)[]
}

const golden = JSON.parse(readFileSync(new URL('../../golden/iptables/legacy-1.8.9.json', import.meta.url), 'utf8')) as Golden

test(golden.source, () => {
  const bench = new Bench()
  for (const step of golden.steps) {
    const { exitCode, stdout, stderr } = bench.type(step.argv)
    const timeless = stdout.replace(/^(# (?:Generated|Completed).* on ).*$/gm, '$1TIME')
    expect({ argv: step.argv, exitCode, stdout: timeless, stderr }).toEqual(step)
  }
})
