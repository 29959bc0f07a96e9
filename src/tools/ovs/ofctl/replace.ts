// replace-flows and diff-flows: flows of a file against those of a switch.
import { actionsOnWire, formatActions } from '../../../ovs/action-text.js'
import type { OfBridge } from '../../../ovs/bridge.js'
import { FLOW_WORDS } from '../../../ovs/flow-key.js'
import { type ParsedFlow, parseFlow } from '../../../ovs/flow-text.js'
import type { TextContext } from '../../../ovs/flow-text-error.js'
import { listingOrder } from '../../../ovs/listing-order.js'
import { copyMatch } from '../../../ovs/match.js'
import { normalizeMatch } from '../../../ovs/match-set.js'
import { formatFlowMatch } from '../../../ovs/match-text.js'
import { hexText } from '../../../ovs/number-text.js'
import { P_ANY, versionOfProtocol } from '../../../ovs/protocols.js'
import { flowLines, sendFlows } from './flow-mod.js'
import { dumpProtocol, P_LISTED } from './flows.js'
import { type OfctlRun, orFatal } from './run.js'

/** One flow by table, priority and match, as either side has it. */
interface Entry {
  first: ParsedFlow | null
  second: ParsedFlow | null
}

type Entries = Map<string, Entry>

function keyOf(flow: ParsedFlow): string {
  const { key, mask } = flow.match
  const words: number[] = []
  for (let i = 0; i < FLOW_WORDS; i++) if (mask[i] !== 0) words.push(i, key[i]!, mask[i]!)
  return `${flow.table ?? 0}/${flow.priority}/${words.join(',')}`
}

function put(entries: Entries, flow: ParsedFlow, side: 'first' | 'second'): void {
  const key = keyOf(flow)
  const entry = entries.get(key) ?? { first: null, second: null }
  entry[side] = flow
  entries.set(key, entry)
}

async function readFile(run: OfctlRun, file: string, text: TextContext): Promise<ParsedFlow[]> {
  const source = await run.readFile(file, (reason) => `${file}: open (${reason})`)
  return flowLines(source).map((line) => {
    const flow = orFatal(() => parseFlow(line.text, 'add', text), `${file}:${line.number}: `)
    const match = copyMatch(flow.match)
    normalizeMatch(match)
    return { ...flow, match }
  })
}

function readSwitch(bridge: OfBridge): ParsedFlow[] {
  return listingOrder(bridge.flows()).map((flow) => ({
    command: 'add',
    table: flow.table,
    match: flow.match,
    priority: flow.priority,
    cookie: flow.cookie,
    cookieMatch: 0n,
    cookieMask: 0n,
    idleTimeout: flow.idleTimeout,
    hardTimeout: flow.hardTimeout,
    importance: flow.importance,
    flags: { sendFlowRem: flow.flags.sendFlowRem === true },
    actions: flow.actions,
    outPort: null,
    outGroup: null,
    usable: P_ANY,
  }))
}

function same(a: ParsedFlow, b: ParsedFlow, text: TextContext): boolean {
  return (
    (a.cookie ?? 0n) === (b.cookie ?? 0n) &&
    a.idleTimeout === b.idleTimeout &&
    a.hardTimeout === b.hardTimeout &&
    a.importance === b.importance &&
    formatActions(a.actions, text) === formatActions(b.actions, text)
  )
}

export async function replaceFlows(run: OfctlRun, [name = '', file = '']: readonly string[]): Promise<number> {
  const text = run.reading(run.acceptsNames ? run.bridge(name) : null)
  const wanted = await readFile(run, file, text)
  const bridge = run.bridge(name)
  // The switch's flows are listed in a format that could carry the file's, too: by OpenFlow 1.0 only those of table 0.
  const usable = wanted.reduce((all, flow) => all & flow.usable, P_ANY)
  dumpProtocol(run, bridge, usable, P_LISTED)
  const entries: Entries = new Map()
  for (const flow of wanted) put(entries, flow, 'first')
  for (const flow of readSwitch(bridge)) put(entries, flow, 'second')
  const mods: ParsedFlow[] = []
  for (const { first, second } of entries.values()) {
    if (first === null && second !== null) mods.push({ ...second, command: 'delete_strict', cookie: null, actions: [] })
  }
  for (const { first, second } of entries.values()) {
    if (first !== null && (run.options.readd || second === null || !same(first, second, text))) mods.push(first)
  }
  return mods.length === 0 ? 0 : sendFlows(run, bridge, mods)
}

/** A source with a slash or a dot in it, or `-`, is a file. */
async function readSource(run: OfctlRun, source: string): Promise<ParsedFlow[]> {
  const isFile = source === '-' || source.startsWith('/') || source.startsWith('.')
  if (isFile) return readFile(run, source, run.reading(null))
  const bridge = run.bridge(source)
  const version = versionOfProtocol(dumpProtocol(run, bridge, P_ANY))
  const text = run.reading(bridge)
  return readSwitch(bridge).map((flow) => ({ ...flow, actions: actionsOnWire(flow.actions, version, text) }))
}

export async function diffFlows(run: OfctlRun, [left = '', right = '']: readonly string[]): Promise<number> {
  const entries: Entries = new Map()
  for (const flow of await readSource(run, left)) put(entries, flow, 'first')
  for (const flow of await readSource(run, right)) put(entries, flow, 'second')
  const text = run.reading(null)
  let differ = false
  for (const { first, second } of entries.values()) {
    if (first !== null && second !== null && same(first, second, text)) continue
    differ = true
    if (first !== null) run.proc.out(`-${line(first, text)}\n`)
    if (second !== null) run.proc.out(`+${line(second, text)}\n`)
  }
  return differ ? 2 : 0
}

function line(flow: ParsedFlow, text: TextContext): string {
  let out = flow.table === null || flow.table === 0 ? '' : `table=${flow.table} `
  out += formatFlowMatch(flow.match, flow.priority, text)
  if (flow.cookie !== null && flow.cookie !== 0n) out += ` cookie=${hexText(flow.cookie)}`
  if (flow.idleTimeout !== 0) out += ` idle_timeout=${flow.idleTimeout}`
  if (flow.hardTimeout !== 0) out += ` hard_timeout=${flow.hardTimeout}`
  if (flow.importance !== 0) out += ` importance=${flow.importance}`
  return `${out} actions=${formatActions(flow.actions, text)}`
}
