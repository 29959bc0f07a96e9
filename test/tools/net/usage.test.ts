// Options and usage texts say the same; what is known but not emulated answers 126 and says what to use.
import { expect, test } from 'vitest'
import type { GetoptGrammar } from '../../../src/grammar/getopt.js'
import { optionsMissingFrom } from '../../../src/grammar/getopt.js'
import { commands, loadAllCommands } from '../../../src/tools/lazy.js'
import { curlGrammar } from '../../../src/tools/net/curl-options.js'
import { nc, ncGrammar } from '../../../src/tools/net/nc.js'
import { ping } from '../../../src/tools/net/ping.js'
import { pingGrammar } from '../../../src/tools/net/ping-options.js'
import { ss, ssGrammar } from '../../../src/tools/net/ss.js'
import { tracerouteGrammar } from '../../../src/tools/net/traceroute-options.js'
import { run, twoMachines } from './two-machines.js'

await loadAllCommands()

test('ping and nc: every option stands in the usage; nc forgets -b there, as the real one does', () => {
  expect([optionsMissingFrom(pingGrammar, ping.usage!), optionsMissingFrom(ncGrammar, nc.usage!)]).toEqual([[], ['-b']])
})

test('ss: every short option that works stands in the usage', () => {
  const working: GetoptGrammar = {
    options: ssGrammar.options
      .filter((spec) => spec.notEmulated === undefined)
      .map(({ name, short }) => ({ name, short: short?.replace('v', '') ?? '' })),
  }
  expect(optionsMissingFrom(working, ss.usage!)).toEqual([])
})

test('known but not emulated: exit 126, the option named on standard error', async () => {
  const lab = twoMachines(commands)
  const told: string[] = []
  for (const [tool, grammar] of [
    ['ping', pingGrammar],
    ['nc', ncGrammar],
    ['curl', curlGrammar],
    ['traceroute', tracerouteGrammar],
    ['ss', ssGrammar],
  ] as const) {
    for (const spec of grammar.options) {
      if (spec.notEmulated === undefined) continue
      const option = spec.short === undefined ? `--${typeof spec.long === 'string' ? spec.long : spec.long![0]}` : `-${spec.short[0]}`
      const { stderr, exitCode } = await run(lab, lab.a, [tool, option, ...(spec.value === 'required' ? ['1'] : []), '10.0.0.2'])
      expect([option, exitCode, stderr]).toEqual([
        option,
        126,
        expect.stringMatching(new RegExp(`^${tool}: ${option}: not emulated by netlab`)),
      ])
      told.push(stderr.trim())
    }
  }
  expect(told).toMatchSnapshot()
})
