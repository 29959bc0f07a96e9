// The scenario files that come with netlab are right, and what is generated from code is up to date.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { proveScenario } from '../../src/lab/prove.js'
import { builtInScenarios, fingerprint, loadScenario, packageFolder } from '../../src/scenario/library.js'
import { parseScenario, parseScenarioData } from '../../src/scenario/parse.js'
import { scenarioJsonSchema } from '../../src/scenario/schema.js'
import { cloudSchema } from '../../src/scenario/schema-cloud.js'
import { generatedFiles } from '../../src/tools/generate.mjs'

const root = packageFolder()

test.each(builtInScenarios().map((entry) => entry.name))('scenario %s has no problem', (name) => {
  const file = join(root, 'scenarios', `${name}.yaml`)
  expect(parseScenarioData(readFileSync(file, 'utf8'), file).problems).toEqual([])
})

test('what the build precompiled is what the file says, or is seen to be stale', async () => {
  for (const { name, file } of builtInScenarios()) {
    const ready = join(root, 'dist', 'scenarios', `${name}.json`)
    if (!existsSync(ready)) continue
    const text = readFileSync(file, 'utf8')
    const precompiled = JSON.parse(readFileSync(ready, 'utf8')) as { fingerprint: string; data: unknown }
    if (precompiled.fingerprint === fingerprint(text)) {
      expect(precompiled.data).toEqual(JSON.parse(JSON.stringify(parseScenarioData(text, file).data)))
    }
  }
})

test('the JSON schema for editors is up to date (node src/build.mjs writes it)', () => {
  expect(readFileSync(join(root, 'scenarios', 'scenario.schema.json'), 'utf8')).toBe(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`)
})

test('the lists of commands are up to date (node src/tools/generate.mjs writes them)', async () => {
  for (const [path, text] of await generatedFiles()) expect({ path, text: readFileSync(path, 'utf8') }).toEqual({ path, text })
})

test('an unknown scenario is told with the known ones', async () => {
  await expect(loadScenario('sandbx')).rejects.toThrow('no scenario "sandbx"; did you mean "sandbox"? (known: ')
})

test('primitives has the fifty nodes, sandbox the one', async () => {
  expect((await loadScenario('primitives')).nodes).toHaveLength(50)
  expect((await loadScenario('sandbox')).nodes.map((node) => node.name)).toEqual(['sandbox'])
})

test('the examples of the scenarios README are scenarios that hold', async () => {
  const texts = [...readFileSync(join(root, 'scenarios', 'README.md'), 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)]
  expect(texts).toHaveLength(2)
  for (const [, text] of texts) {
    const { scenario, problems } = parseScenario(text!, 'README.md', 'example')
    expect(problems).toEqual([])
    expect(await proveScenario(scenario!)).toEqual([])
  }
}, 30_000)

test('the README names every key of a cloud', () => {
  const text = readFileSync(join(root, 'scenarios', 'README.md'), 'utf8')
  for (const key of Object.keys(cloudSchema.shape)) expect(text, key).toContain(`\`${key}\``)
})
