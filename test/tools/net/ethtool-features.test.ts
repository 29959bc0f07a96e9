// ethtool -K beside a recording: what changes, what changes with it, and what could not.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Lab } from '../../../src/lab/lab.js'
import { loadScenario } from '../../../src/scenario/library.js'

const recorded = readFileSync(new URL('../../golden/ethtool/veth-features.txt', import.meta.url), 'utf8').replace(/^#.*\n/, '')

test('switches of a veth device, one after the other', async () => {
  const lab = await Lab.boot(await loadScenario('scenarios/sandbox.yaml'))
  await lab.run('sandbox', 'ip link add v0 type veth peer name v1')
  let text = ''
  for (const [, words] of recorded.matchAll(/^\$ (.*)$/gm)) {
    const { stdout, stderr, exitCode } = await lab.run('sandbox', `ethtool -K v0 ${words}`)
    text += `$ ${words}\n${stdout}${stderr}rc=${exitCode}\n`
  }
  expect(text).toBe(recorded)
})
