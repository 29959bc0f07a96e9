// Journals from anywhere: what cannot be one is refused before anything is replayed, and what was refused once is refused again.
import { expect, test } from 'vitest'
import { parseJournal } from '../../src/lab/journal.js'
import { Lab } from '../../src/lab/lab.js'
import { parseScenario } from '../../src/scenario/parse.js'

const scenario = parseScenario('{title: t, nodes: {a: {}}}', 't.yaml', 't').scenario!

async function written(): Promise<string> {
  const lab = await Lab.boot(scenario)
  await lab.run('a', 'ip link; sleep 1')
  expect(() => lab.putFile('a', '/no/such/folder/x', '')).toThrow('No such file')
  await lab.run('a', 'rm /etc/passwd')
  expect(() => lab.openShell('a')).toThrow('no user')
  return JSON.stringify(lab.journal)
}

test('inputs that were refused do not stand in the way of resuming', async () => {
  const lab = await Lab.resume(scenario, parseJournal(await written())!)
  expect((await lab.run('a', 'ls /etc/passwd')).exitCode).toBe(2)
})

test('an input for a node that is not there is passed over', async () => {
  const journal = JSON.parse(await written()) as { entries: { node: string }[] }
  for (const entry of journal.entries) entry.node = 'b'
  await Lab.resume(scenario, parseJournal(JSON.stringify(journal))!)
})

test('what no session has is no journal', async () => {
  const text = await written()
  expect(parseJournal(text)).not.toBeNull()
  const first = /\{"kind":"run".*?\}/.exec(text)![0]
  const spoilt = [
    text.replace(first, `[${first},${first}]`),
    text.replace('"kind":"run"', '"kind":"constructor"'),
    text.replace(/"step":\d+/, '"step":"all"'),
    text.replace(/"atUs":\d+/, '"atUs":1e300'),
    text.replace(/"atUs":\d+/, '"atUs":1e13'),
    text.replace(/"limitUs":\d+/, '"limitUs":null'),
    text.replace('"image":null', '"image":{}'),
    text.replace(/"end":\{.*?\}/, '"end":null'),
    text.replace(/"end":\{.*?\}/, '"end":{"step":0,"atUs":0}'),
    text.slice(0, -1),
    'null',
    '[]',
  ]
  for (const one of spoilt) expect(parseJournal(one), one.slice(0, 200)).toBeNull()
})
