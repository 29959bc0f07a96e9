// Part of the build: the built-in scenarios, read and checked once, as JSON beside the program; and the JSON schema for editors.
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { writeLists } from '../tools/generate.mjs'

/** `dist` is the folder that the program will lie in. */
export async function precompile(root, dist) {
  await writeLists()
  const out = join(dist, 'precompiled')
  await mkdir(out, { recursive: true })
  // Beside the sources, where its packages are found.
  const bundle = join(root, 'src', 'scenario', `.parse-${process.pid}.mjs`)
  await build({
    stdin: {
      contents: [
        "export { parseScenarioData } from './src/scenario/parse.ts'",
        "export { scenarioJsonSchema } from './src/scenario/schema.ts'",
        "export { fingerprint } from './src/scenario/library.ts'",
        "export { formatProblem } from './src/scenario/problem.ts'",
      ].join('\n'),
      resolveDir: root,
    },
    outfile: bundle,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  })
  try {
    const { parseScenarioData, scenarioJsonSchema, fingerprint, formatProblem } = await import(
      `${pathToFileURL(bundle)}?${process.hrtime.bigint()}`
    )
    for (const file of (await readdir(join(root, 'scenarios'))).filter((name) => name.endsWith('.yaml'))) {
      const text = await readFile(join(root, 'scenarios', file), 'utf8')
      const { data, probes, problems } = parseScenarioData(text, join('scenarios', file))
      // A broken scenario does not stop the build; it is reported when it is used, with its place.
      for (const problem of problems) console.error(formatProblem(problem))
      if (data === null) continue
      await writeFile(
        join(out, `${basename(file, '.yaml')}.json`),
        JSON.stringify({ fingerprint: fingerprint(text), source: { probes }, data }),
      )
    }
    const schema = `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`
    const schemaFile = join(root, 'scenarios', 'scenario.schema.json')
    if (!existsSync(schemaFile) || (await readFile(schemaFile, 'utf8')) !== schema) await writeFile(schemaFile, schema)
  } finally {
    await rm(bundle)
  }
}
