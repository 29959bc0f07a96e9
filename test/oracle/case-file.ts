// The case files: what is run on both sides, as data. One YAML file a family of tools; README.md tells how they are written.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'

const step = z.union([z.string(), z.strictObject({ node: z.string(), cmd: z.string() })])

const watcher = z.strictObject({
  node: z.string().optional(),
  cmd: z.string(),
  /** It helps, and what it says is not compared. */
  quiet: z.boolean().default(false),
})

const plainCase = z.strictObject({
  id: z.string().optional(),
  node: z.string().optional(),
  cmd: z.string(),
  tool: z.string().optional(),
  setup: z.array(step).default([]),
  teardown: z.array(step).default([]),
  captures: z.array(watcher).default([]),
  /** Nodes whose neighbours are forgotten first. */
  cold: z.array(z.string()).default([]),
  /** Seconds between the command's end and the end of the captures: tcpdump gets frames from the kernel once a second. */
  settle: z.number().default(1.1),
  timeout: z.number().default(15),
})

const file = z.strictObject({
  scenario: z.string(),
  node: z.string(),
  /** What the table calls the cases that name none, instead of what their commands begin with. */
  tool: z.string().optional(),
  /** `@NODE COMMAND` typed in netlab before the lab is exported: servers of a cloud that has none yet. */
  typed: z.array(z.string()).default([]),
  setup: z.array(step).default([]),
  cases: z.array(z.union([z.string(), plainCase])),
})

export interface Step {
  readonly node: string
  readonly cmd: string
}

export interface Watcher extends Step {
  readonly quiet: boolean
}

export interface Case {
  /** `FILE: ID`, unique among all. */
  readonly key: string
  readonly node: string
  readonly cmd: string
  readonly tool: string
  readonly setup: readonly Step[]
  readonly teardown: readonly Step[]
  readonly captures: readonly Watcher[]
  readonly cold: readonly string[]
  readonly settle: number
  readonly timeout: number
}

export interface CaseFile {
  readonly name: string
  readonly scenario: string
  readonly typed: readonly string[]
  readonly setup: readonly Step[]
  readonly cases: readonly Case[]
}

export function readCaseFiles(folder: string): CaseFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
  return names.sort().map((name) => readCaseFile(join(folder, name)))
}

function readCaseFile(path: string): CaseFile {
  const name = basename(path, '.yaml')
  const checked = file.safeParse(parse(readFileSync(path, 'utf8')))
  if (!checked.success) throw new Error(`${path}: ${z.prettifyError(checked.error)}`)
  const { scenario, node, tool, typed, setup, cases } = checked.data
  const seen = new Map<string, number>()
  return {
    name,
    scenario,
    typed,
    setup: setup.map((each) => stepOf(each, node)),
    cases: cases.map((each) => caseOf(typeof each === 'string' ? plainCase.parse({ cmd: each }) : each, { name, node, tool, seen })),
  }
}

/** A case without a name goes by its command; the second of the same name gets a number. */
function caseOf(
  data: z.infer<typeof plainCase>,
  place: { name: string; node: string; tool: string | undefined; seen: Map<string, number> },
): Case {
  const { id, node = place.node, cmd, tool, setup, teardown, captures, cold, settle, timeout } = data
  const plain = id ?? cmd.trim().replace(/\s+/g, ' ').slice(0, 100)
  const count = (place.seen.get(plain) ?? 0) + 1
  place.seen.set(plain, count)
  return {
    key: `${place.name}: ${count === 1 ? plain : `${plain} (${count})`}`,
    node,
    cmd,
    tool: tool ?? place.tool ?? toolOf(cmd),
    setup: setup.map((each) => stepOf(each, node)),
    teardown: teardown.map((each) => stepOf(each, node)),
    captures: captures.map((each) => ({ ...each, node: each.node ?? node })),
    cold,
    settle,
    timeout,
  }
}

function stepOf(data: z.infer<typeof step>, node: string): Step {
  return typeof data === 'string' ? { node, cmd: data } : data
}

const IP_OBJECTS = ['address', 'link', 'route', 'rule', 'neighbour', 'netns', 'maddress', 'monitor', 'tunnel', 'tuntap', 'addrlabel']

/** The tool that a command line is about: its first word behind what only starts another; `ip` with its object. */
export function toolOf(cmd: string): string {
  const started = cmd.trim().replace(/^(sudo |ip netns exec \S+ |timeout (-s \w+ )?\S+ |[A-Z_]+=\S* |! )+/, '')
  // What only feeds a tool is not what the case is about.
  const fed = started.replace(/^(echo|printf|cat) .*?[^|]\|(?!\|)\s*/s, '')
  const words = fed.split(/[\s;|&<>()]+/).filter((word) => word !== '')
  const first = (words[0] ?? '?').replace(/^.*\//, '')
  if (first !== 'ip') return first.replace(/^(ip6?tables)(-legacy)?(-save|-restore)$/, '$1-save/-restore')
  const object = words.slice(1).find((word) => !word.startsWith('-'))
  const known = IP_OBJECTS.find((name) => object !== undefined && name.startsWith(object))
  return known === undefined ? 'ip' : `ip ${known.replace('neighbour', 'neigh').replace('address', 'addr')}`
}
