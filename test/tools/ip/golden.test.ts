// What the real tools printed in a namespace of a real kernel (test/golden/iproute2), line for line.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Bench } from './bench.js'

interface Step {
  line: string
  stdout: string
  stderr: string
  code: number
}

interface Group {
  name: string
  setup: string[]
  steps: Step[]
}

const recorded = JSON.parse(readFileSync(fileURLToPath(new URL('../../golden/iproute2/recorded.json', import.meta.url)), 'utf8')) as {
  groups: Group[]
}

/** Where netlab differs on purpose; the line and why. */
const DIFFERS: ReadonlyMap<string, string> = new Map([])

/** Long usages are netlab's own words: that there is one counts. Counters and the ageing clock are the day's. */
function told(text: string): string {
  return text
    .replace(/^Usage:[\s\S]*/m, 'Usage\n')
    .replace(/(gc timer\s+)[\d.]+/g, '$1T')
    .replace(/(packets|bytes) \d+( {2}bytes \d+)? \([^)]*\)/g, '$1 N')
    .replace(/(RX|TX) packets \d+/g, '$1 packets N')
    .replace(/ifindex":\d+/g, 'ifindex":N')
}

function shown(line: string, stdout: string, stderr: string, code: number): string {
  return `$ ${line}\n${told(stdout)}${told(stderr)}[${code}]\n`
}

describe.each(recorded.groups)('$name', ({ setup, steps }) => {
  test('prints what the real tools print', async () => {
    const bench = new Bench().withoutIpv6()
    await bench.setup(...setup)
    let real = ''
    let here = ''
    for (const { line, stdout, stderr, code } of steps) {
      const result = await bench.run(line)
      if (DIFFERS.has(line)) continue
      real += shown(line, stdout, stderr, code)
      here += shown(line, result.stdout, result.stderr, result.exitCode)
    }
    expect(here).toBe(real)
  })
})
