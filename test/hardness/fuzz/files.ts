// Scenario and lesson files from strangers: those of the package with values replaced, parts moved and text spoilt; what passes is booted.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parse, stringify } from 'yaml'
import { type Journal, parseJournal } from '../../../src/lab/journal.js'
import { Lab } from '../../../src/lab/lab.js'
import { readLesson } from '../../../src/lesson/load.js'
import { parseProse } from '../../../src/lesson/prose.js'
import { parseScenario } from '../../../src/scenario/parse.js'
import { LabError } from '../../../src/scenario/problem.js'
import type { Chance } from './chance.js'
import { dictionary, filesUnder } from './corpus.js'
import { mutateText, mutateWord, value } from './mutate.js'
import type { OpenRoom, Room, Site } from './room.js'
import { SmallLab, smallScenario } from './small-lab.js'

const root = process.env.NETLAB_ROOT ?? '.'

export const files: Room = {
  name: 'files',
  about: 'scenario, lesson, prose and session files with values replaced, parts moved and text spoilt; what passes is booted or resumed',
  batch: 100,
  open: async (site) => new FilesRoom(site),
}

interface Source {
  readonly file: string
  readonly text: string
}

let sources: { scenarios: Source[]; lessons: Source[]; prose: Source[] } | null = null

function known(): NonNullable<typeof sources> {
  const read = (folder: string, ending: string): Source[] =>
    filesUnder(join(root, folder))
      .filter((file) => file.endsWith(ending))
      .map((file) => ({ file, text: readFileSync(file, 'utf8') }))
  sources ??= { scenarios: read('scenarios', '.yaml'), lessons: read('lessons', 'lesson.yaml'), prose: read('lessons', '.md') }
  return sources
}

/** More nodes take longer to boot than is worth it here. */
const BOOT_BYTES = 9000

class FilesRoom implements OpenRoom {
  private readonly folder = mkdtempSync(join(tmpdir(), 'netlab-fuzz-'))

  constructor(private readonly site: Site) {}

  async run(chance: Chance): Promise<string[]> {
    switch (chance.below(10)) {
      case 0:
      case 1:
        return this.lesson(chance)
      case 2:
        return this.prose(chance)
      case 3:
        return this.session(chance)
      default:
        return this.scenario(chance)
    }
  }

  private async scenario(chance: Chance): Promise<string[]> {
    const { text } = chance.pick(known().scenarios)
    const spoilt = spoil(chance, text, 'scenario')
    this.site.note(diffOf(text, spoilt))
    const { scenario, problems } = parseScenario(spoilt, 'x.yaml', 'x')
    const found = problems.flatMap(({ line, column, message }) =>
      Number.isInteger(line) && Number.isInteger(column) && line > 0 && column > 0 && message !== ''
        ? []
        : [`a problem without a place: ${line}:${column}: ${message}`],
    )
    if (scenario === null) return problems.length > 0 ? found : ['refused without a problem']
    if (spoilt.length > BOOT_BYTES && !chance.percent(20)) return found
    let lab: Lab
    try {
      lab = await Lab.boot(scenario)
    } catch (error) {
      if (error instanceof LabError) return /everybody waits/.test(error.message) ? [...found, error.message] : found
      throw error
    }
    await lab.advance(5)
    found.push(...lab.takeBugs())
    lab.close()
    return found
  }

  private async lesson(chance: Chance): Promise<string[]> {
    const { file, text } = chance.pick(known().lessons)
    const from = join(file, '..')
    for (const name of readdirSync(this.folder)) rmSync(join(this.folder, name))
    for (const name of readdirSync(from)) {
      const original = readFileSync(join(from, name), 'utf8')
      writeFileSync(join(this.folder, name), chance.percent(10) ? mutateText(chance, original) : original)
    }
    const spoilt = spoil(chance, text, 'lesson')
    this.site.note(`${basename(from)}: ${diffOf(text, spoilt)}`)
    writeFileSync(join(this.folder, 'lesson.yaml'), spoilt)
    try {
      readLesson(this.folder)
    } catch (error) {
      if (!(error instanceof LabError)) throw error
    }
    return []
  }

  private async prose(chance: Chance): Promise<string[]> {
    const { text } = chance.pick(known().prose)
    const spoilt = mutateText(chance, text, chance.between(1, 10))
    this.site.note(diffOf(text, spoilt))
    const { problems } = parseProse(spoilt, 'en.md', 'en')
    return problems.every(({ line }) => Number.isInteger(line)) ? [] : ['a problem without a line']
  }

  private async session(chance: Chance): Promise<string[]> {
    const small = await SmallLab.open(this.site.seed)
    await small.run('ip a; sleep 1')
    const shell = small.lab.openShell('a')
    await small.lab.untilPrompt(shell)
    shell.submit('echo hello')
    await small.lab.untilPrompt(shell)
    const { journal } = small.lab
    small.lab.close()
    const text = JSON.stringify(journal)
    const spoilt = chance.percent(30) ? mutateText(chance, text, 1) : JSON.stringify(replaced(chance, structuredClone(journal), 'lab'))
    this.site.note(diffOf(text, spoilt))
    const read: Journal | null = parseJournal(spoilt)
    if (read === null) return []
    try {
      const lab = await Lab.resume(smallScenario(), read)
      const bugs = lab.takeBugs()
      lab.close()
      return bugs
    } catch (error) {
      if (error instanceof LabError) return []
      throw error
    }
  }

  async close(): Promise<string[]> {
    rmSync(this.folder, { recursive: true, force: true })
    return []
  }
}

function spoil(chance: Chance, text: string, folder: string): string {
  if (chance.percent(25)) return mutateText(chance, text)
  let data: unknown = parse(text)
  for (let i = chance.between(1, 3); i > 0; i--) data = replaced(chance, data, folder)
  return stringify(data)
}

/** One value somewhere inside changed, left out, doubled or moved. */
function replaced(chance: Chance, data: unknown, folder: string): unknown {
  if (typeof data !== 'object' || data === null || chance.percent(8)) return leaf(chance, data, folder)
  const inner = data as Record<string, unknown>
  const keys = Object.keys(inner)
  if (keys.length === 0) return leaf(chance, data, folder)
  const key = chance.pick(keys)
  switch (chance.below(14)) {
    case 0:
      if (Array.isArray(data)) data.splice(Number(key), 1)
      else delete inner[key]
      break
    case 1:
      if (Array.isArray(data)) data.push(structuredClone(data[Number(key)]))
      else
        Object.defineProperty(inner, chance.percent(50) ? mutateWord(chance, key) : value(chance), {
          value: structuredClone(inner[key]),
          enumerable: true,
          configurable: true,
          writable: true,
        })
      break
    case 2:
      inner[key] = inner[chance.pick(keys)]
      break
    default:
      inner[key] = replaced(chance, inner[key], folder)
  }
  return data
}

function leaf(chance: Chance, data: unknown, folder: string): unknown {
  switch (chance.below(9)) {
    case 0:
      return null
    case 1:
      return chance.number()
    case 2:
      return []
    case 3:
      return {}
    case 4:
      return [data, data]
    case 5:
      return chance.pick(dictionary(folder))
    case 6:
      return typeof data === 'string' ? mutateWord(chance, data) : String(data)
    default:
      return value(chance)
  }
}

/** The lines that are not in both, few. */
function diffOf(before: string, after: string): string {
  const known = new Set(before.split('\n'))
  const lines = after.split('\n').filter((line) => !known.has(line))
  return lines.slice(0, 30).join('\n').slice(0, 4000)
}
