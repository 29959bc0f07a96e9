// Where scenarios are found: a file by its path, a built-in one by its name, precompiled by the build when it is up to date.
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ScenarioSource, scenarioOf } from './from-data.js'
import { LabError } from './problem.js'
import { readTextFile } from './read-text.js'
import type { Scenario } from './scenario.js'
import type { ScenarioData } from './schema.js'
import { suggest } from './suggest.js'

/** What the build writes beside the program for each built-in scenario. */
export interface Precompiled {
  /** Of the YAML text it was made from; another text makes it stale. */
  readonly fingerprint: string
  readonly source: Pick<ScenarioSource, 'probes'>
  readonly data: ScenarioData
}

export interface ScenarioEntry {
  readonly name: string
  readonly file: string
}

/** The package's own folder: the nearest one above this file that holds `package.json` and `scenarios`. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!(existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'scenarios')))) {
    if (dirname(folder) === folder) throw new LabError('the folder "scenarios" of netlab is missing; expected it beside package.json')
    folder = dirname(folder)
  }
  return folder
}

export function builtInScenarios(folder = packageFolder()): ScenarioEntry[] {
  const scenarios = join(folder, 'scenarios')
  if (!existsSync(scenarios)) return []
  return readdirSync(scenarios)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort()
    .map((name) => ({ name, file: join(scenarios, `${name}.yaml`) }))
}

/** A name of the library or the path of a file. Throws LabError when it cannot be used. */
export async function loadScenario(nameOrFile: string): Promise<Scenario> {
  const folder = packageFolder()
  const isName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(nameOrFile)
  if (isName && existsSync(join(folder, 'scenarios', `${nameOrFile}.yaml`))) return loadBuiltIn(nameOrFile, folder)
  if (isFile(nameOrFile)) {
    const name = basename(nameOrFile, '.yaml')
    const isBuiltIn = realpathSync(nameOrFile) === join(folder, 'scenarios', `${name}.yaml`)
    return isBuiltIn ? loadBuiltIn(name, folder, nameOrFile) : parseFile(nameOrFile)
  }
  const names = builtInScenarios(folder).map((entry) => entry.name)
  const near = suggest(nameOrFile, names)
  throw new LabError(
    `no scenario "${nameOrFile}"${near === null ? '' : `; did you mean "${near}"?`} (known: ${names.join(', ')}; or the path of a file)`,
  )
}

/** `file`: as it was named. */
async function loadBuiltIn(name: string, folder: string, file = join(folder, 'scenarios', `${name}.yaml`)): Promise<Scenario> {
  const ready = join(folder, 'dist', 'precompiled', `${name}.json`)
  if (existsSync(ready)) {
    const precompiled = JSON.parse(readFileSync(ready, 'utf8')) as Precompiled
    if (precompiled.fingerprint === fingerprint(readTextFile(file))) {
      return scenarioOf(precompiled.data, { name, file, probes: precompiled.source.probes })
    }
  }
  return parseFile(file)
}

async function parseFile(file: string): Promise<Scenario> {
  const { parseScenario } = await import('./parse.js')
  const { scenario, problems } = parseScenario(readTextFile(file), file, basename(file, extname(file)))
  if (scenario === null) throw new LabError('', problems)
  return scenario
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}

/** Length and FNV-1a of a text: enough to see that a file was edited. */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return `${text.length}-${(hash >>> 0).toString(16)}`
}
