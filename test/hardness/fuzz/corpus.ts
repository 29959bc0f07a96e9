// Command lines that are known to be right: those of the golden files, lessons and scenarios; and the words that the tools know.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { quoteWords } from '../../../src/lab/quote-words.js'
import { commands } from '../../../src/tools/lazy.js'

const root = process.env.NETLAB_ROOT ?? '.'

/** Lines by the tool they begin with. */
export interface Corpus {
  readonly byTool: ReadonlyMap<string, readonly string[]>
  readonly tools: readonly string[]
  readonly all: readonly string[]
}

let known: Corpus | null = null

export function corpus(): Corpus {
  known ??= readCorpus()
  return known
}

function readCorpus(): Corpus {
  const lines = new Set<string>()
  for (const file of filesUnder(join(root, 'test/golden'))) readGolden(file, lines)
  for (const file of filesUnder(join(root, 'lessons'))) readTyped(readFileSync(file, 'utf8'), lines)
  for (const file of filesUnder(join(root, 'scenarios'))) readScenario(readFileSync(file, 'utf8'), lines)
  const tools = commands.map((command) => command.name).sort()
  const byTool = new Map<string, string[]>(tools.map((tool) => [tool, []]))
  for (const line of lines) byTool.get(line.split(/\s/, 1)[0]!)?.push(line)
  return { byTool, tools, all: [...lines].sort() }
}

export function filesUnder(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesUnder(path) : [path]))
}

function readGolden(file: string, lines: Set<string>): void {
  const text = readFileSync(file, 'utf8')
  if (extname(file) === '.json') collect(JSON.parse(text), lines)
  else readTyped(text, lines)
}

/** Whatever stands under a name that means a command. */
function collect(value: unknown, lines: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'string' && (key === 'cmd' || key === 'line' || key === 'command')) lines.add(inner)
    else if (typeof inner === 'string' && key === 'flow') lines.add(`ovs-ofctl add-flow br1 ${quoteWords([inner])}`)
    else if (typeof inner === 'string' && key === 'filter') lines.add(`tcpdump -d ${quoteWords([inner])}`)
    else if (key === 'argv' && Array.isArray(inner)) lines.add(quoteWords(inner.map(String)))
    else if (key === 'setup' && Array.isArray(inner)) for (const line of inner) lines.add(String(line))
    else collect(inner, lines)
  }
}

/** `$ LINE`, `root@node:~# LINE`, `- "@node LINE"`. */
function readTyped(text: string, lines: Set<string>): void {
  for (const match of text.matchAll(/^(?:\$|\w+@[\w.-]+:\S*[#$]) (.+)$/gm)) lines.add(match[1]!)
  for (const match of text.matchAll(/^\s*- "?@[\w.-]+ (.*?)"?$/gm)) lines.add(match[1]!.replaceAll('\\"', '"'))
}

function readScenario(text: string, lines: Set<string>): void {
  for (const match of text.matchAll(/^\s+- (\w[\w-]* .*)$/gm)) lines.add(match[1]!)
}

const dictionaries = new Map<string, readonly string[]>()

/** The words that stand as literals in the code under `folder` of src: what its parsers know, and what they say. */
export function dictionary(folder: string): readonly string[] {
  const ready = dictionaries.get(folder)
  if (ready !== undefined) return ready
  const words = new Set<string>()
  for (const file of filesUnder(join(root, 'src', folder)))
    for (const match of readFileSync(file, 'utf8').matchAll(/'([^'\\\n ]{1,32})'/g)) if (!match[1]!.endsWith('.js')) words.add(match[1]!)
  const sorted = [...words].sort()
  dictionaries.set(folder, sorted)
  return sorted
}
