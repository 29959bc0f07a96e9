// What a packet's explanation gives to questions and predictions: steps as rows.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { rightAnswers } from '../../src/lesson/checks/answer.js'
import type { Answer, Outcome, Where } from '../../src/lesson/checks/check.js'
import { effectsOf } from '../../src/lesson/checks/effects.js'
import { truthOf } from '../../src/lesson/checks/predict.js'
import { LiveReader } from '../../src/lesson/live-reader.js'
import { loadScenario } from '../../src/scenario/library.js'

let lab: Lab
let reader: LiveReader

beforeAll(async () => {
  lab = await Lab.boot(await loadScenario('dvr-fip'))
  reader = new LiveReader(lab, (original) => original.copy())
}, 60_000)
afterAll(() => lab.close())

const ask = (where: Where, field: string): Answer => ({
  kind: 'answer',
  node: 'master-2',
  form: 'word',
  source: { from: 'rows', rows: 'way', netns: null, where: { to: '100.121.0.75', ...where }, field },
})

test('questions are answered by a packet that is sent in a copy of the packet world', async () => {
  const before = await reader.read('compute03', 'ip neigh')
  expect(await rightAnswers(ask({ role: 'request', step: 'tx', place: 'fg-*' }, 'ttl'), reader)).toEqual(['62'])
  expect(await rightAnswers(ask({ role: 'request', step: 'tx', place: 'enp175s0f1' }, 'vlan'), reader)).toEqual(['20'])
  expect(await rightAnswers(ask({ role: 'request', netns: 'qrouter-*', step: 'route' }, 'rule'), reader)).toEqual(['51869'])
  expect(await rightAnswers(ask({ role: 'request', netns: 'fip-*', step: 'route' }, 'via'), reader)).toEqual(['100.122.255.254'])
  expect(await rightAnswers(ask({ role: 'request', chain: 'neutron-l3-agent-float-snat' }, 'src'), reader)).toEqual(['100.122.0.145'])
  expect(await reader.read('compute03', 'ip neigh')).toEqual(before)
})

test('a prediction may be about steps of what the command sends', async () => {
  const outcome = (choice: string, does: Where[]): Outcome => ({ choice, exit: 0, drop: null, passes: [], avoids: [], does, leaves: [] })
  const outcomes = [
    outcome('main', [{ node: 'compute03', netns: 'qrouter-*', role: 'request', rule: 32766 }]),
    outcome('subnet', [{ node: 'compute03', netns: 'qrouter-*', role: 'request', rule: 3232235521 }]),
    outcome('own', [{ node: 'compute03', netns: 'qrouter-*', role: 'request', rule: 51869 }]),
  ]
  const { choice, story } = await truthOf(
    { kind: 'predict', node: 'master-2', run: 'ping -c 1 100.121.0.75', after: null, outcomes },
    reader,
  )
  expect(choice).toBe('own')
  expect(story.places).toContain('l3-switch/Vlan20')
  expect(story.drops).not.toContain('IP_TTL_EXPIRED')
})

test('ports of the API are rows; a list of ports of one owner is an effect of its own', async () => {
  const owner = 'network:floatingip_agent_gateway'
  const count: Answer = {
    kind: 'answer',
    node: 'mgt01',
    form: 'number',
    source: { from: 'count', rows: 'port', netns: null, where: { owner } },
  }
  expect(await rightAnswers(count, reader)).toEqual(['3'])
  expect(effectsOf(['openstack', 'port', 'list', '--device-owner', owner])).toEqual([{ name: 'ports', fields: { owner } }])
  expect(effectsOf(['neutron', 'port-list', `--device_owner=${owner}`])).toEqual([{ name: 'ports', fields: { owner } }])
  expect(effectsOf(['openstack', 'port', 'list'])).toEqual([{ name: 'ports', fields: { owner: '' } }])
})
