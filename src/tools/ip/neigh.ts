// `ip neighbour`: ARP entries and proxies.
import { contains } from '../../addr/ipv4.js'
import {
  duplicateOrGarbage,
  type Keyword,
  type KeywordList,
  type ObjectGrammar,
  parseKeywords,
  UsageError,
  type Words,
  wrongArgument,
} from '../../grammar/keyword.js'
import { KernelError } from '../../kernel/errno.js'
import type { Neighbour4, Neighbour6, NudState } from '../../kernel/neigh.js'
import type { NetDevice } from '../../kernel/netdev.js'
import { macOfOctets, parseOctets } from './lladdr.js'
import { type NeighRow, neighText, readNeighbour, readProxy } from './neigh-rows.js'
import { type Inet6Prefix, type InetPrefix, needAddress, needPrefix, type Prefix } from './prefix.js'
import { reportFlush } from './route.js'
import { type IpRun, RunFailed } from './run.js'

const STATES: readonly NudState[] = ['PERMANENT', 'REACHABLE', 'NOARP', 'NONE', 'STALE', 'INCOMPLETE', 'DELAY', 'PROBE', 'FAILED']

function parseNud(word: string): NudState | null {
  return STATES.find((state) => state.toLowerCase() === word) ?? null
}

class NeighWords {
  dst: InetPrefix | Inet6Prefix | null = null
  lladdr: number | null = null
  nud: NudState | null = null
  isProxy = false
  dev: string | null = null
  constructor(readonly run: IpRun) {}
}

function takeAddress(state: NeighWords, words: Words): void {
  if (words.current === 'help') throw new UsageError('', 255)
  if (state.dst !== null) throw duplicateOrGarbage('to', words.current)
  state.dst = needAddress(words.current, state.run.options.family)
}

const CHANGE_KEYWORDS: KeywordList<NeighWords> = {
  keywords: [
    {
      name: 'lladdr',
      value: 'LLADDR',
      take: (state, words) => {
        const word = words.next()
        state.lladdr = macOfOctets(parseOctets(word))
        if (state.lladdr === null) throw new RunFailed(2, state.run.answerText(new KernelError('EINVAL', 'Invalid link address')))
      },
    },
    {
      name: 'nud',
      value: 'STATE',
      completes: STATES.map((state) => state.toLowerCase()),
      take: (state, words) => {
        state.nud = parseNud(words.next())
        if (state.nud === null) throw wrongArgument(words.current, 'nud state is bad')
      },
    },
    {
      name: 'proxy',
      prefix: true,
      value: 'ADDRESS',
      take: (state, words) => {
        words.next()
        takeAddress(state, words)
        state.isProxy = true
      },
    },
    { name: 'router', hidden: true, take: () => {} },
    { name: 'use', hidden: true, prefix: true, take: () => {} },
    { name: 'extern_learn', hidden: true, prefix: true, take: () => {} },
    { name: 'dev', value: 'DEVICE', completes: 'device', take: (state, words) => (state.dev = words.next()) },
  ],
  operand: 'ADDRESS',
  operandCompletes: 'address',
  rest: (state, words) => {
    if (words.current === 'to') words.next()
    takeAddress(state, words)
  },
}

class NeighFilter {
  dev: NetDevice | null = null
  to: Prefix | null = null
  master: NetDevice | null | undefined = undefined
  states: NudState[] | 'all' | null = null
  isProxy = false
  constructor(readonly run: IpRun) {}
}

const FILTER_KEYWORDS: readonly Keyword<NeighFilter>[] = [
  { name: 'dev', value: 'DEVICE', completes: 'device', take: (state, words) => (state.dev = state.run.needDevice(words.next())) },
  {
    name: 'master',
    value: 'DEVICE',
    completes: 'device',
    take: (state, words) => {
      const master = state.run.netns.deviceByName(words.next())
      if (master === null) throw wrongArgument(words.current, 'Device does not exist\n')
      state.master = master
    },
  },
  { name: 'nomaster', take: (state) => (state.master = null) },
  { name: 'unused', hidden: true, take: () => {} },
  {
    name: 'nud',
    value: '{ STATE | all }',
    completes: [...STATES.map((state) => state.toLowerCase()), 'all'],
    take: (state, words) => {
      const word = words.next()
      if (word === 'all') state.states = 'all'
      else {
        const nud = parseNud(word)
        if (nud === null) throw wrongArgument(word, 'nud state is bad')
        state.states = [...(Array.isArray(state.states) ? state.states : []), nud]
      }
    },
  },
  { name: 'proxy', take: (state) => (state.isProxy = true) },
]

const SHOW_KEYWORDS: KeywordList<NeighFilter> = {
  keywords: FILTER_KEYWORDS,
  operand: '[ to PREFIX ]',
  rest: (state, words) => {
    if (words.current === 'to') words.next()
    if (words.current === 'help') throw new UsageError('', 255)
    state.to = needPrefix(words.current, state.run.options.family)
  },
}

export const neighVerbs: ObjectGrammar<IpRun>['verbs'] = [
  { names: ['add'], list: CHANGE_KEYWORDS, run: (run, words) => modify(run, words, 'add') },
  { names: ['change', 'chg'], list: CHANGE_KEYWORDS, run: (run, words) => modify(run, words, 'change') },
  { names: ['replace'], list: CHANGE_KEYWORDS, run: (run, words) => modify(run, words, 'replace') },
  { names: ['delete'], list: CHANGE_KEYWORDS, run: (run, words) => modify(run, words, 'delete') },
  { names: ['get'], list: CHANGE_KEYWORDS, run: (run, words) => get(run, words) },
  { names: ['show', 'lst', 'list'], list: SHOW_KEYWORDS, run: (run, words) => show(run, words) },
  { names: ['flush'], list: SHOW_KEYWORDS, run: (run, words) => flush(run, words) },
]

export const neighbourObject: ObjectGrammar<IpRun> = { name: 'neighbour', verbs: neighVerbs }
export const neighborObject: ObjectGrammar<IpRun> = { name: 'neighbor', verbs: neighVerbs }

function modify(run: IpRun, words: Words, change: 'add' | 'change' | 'replace' | 'delete'): number {
  const state = parseKeywords(words, CHANGE_KEYWORDS, new NeighWords(run))
  const { dst } = state
  if (dst === null || (state.dev === null && !state.isProxy)) throw new RunFailed(255, 'Device and destination are required arguments.')
  const dev = state.dev === null ? null : run.needDevice(state.dev)
  return run.change(() => {
    const { neigh } = run.netns
    if (state.isProxy) {
      if (dst.family === 6) throw new UsageError('ip: neigh proxy with an IPv6 address: not emulated by netlab', 126)
      if (change === 'delete') neigh.deleteProxy(dev, dst.address)
      else neigh.addProxy(dev, dst.address)
      return
    }
    if (change === 'delete') return dst.family === 4 ? neigh.delete(dev!, dst.address) : neigh.delete6(dev!, dst.address)
    const nud = state.nud ?? 'PERMANENT'
    const needsAddress = nud !== 'NONE' && nud !== 'INCOMPLETE' && nud !== 'FAILED' && nud !== 'NOARP'
    if (state.lladdr === null && change === 'add' && needsAddress) throw new KernelError('EINVAL', 'No link layer address given')
    const update = { lladdr: state.lladdr, state: nud }
    if (dst.family === 4) neigh.set(dev!, dst.address, update, change)
    else neigh.set6(dev!, dst.address, update, change)
  })
}

/** Entries of both families in dump order. */
function entriesOf(run: IpRun): (Neighbour4 | Neighbour6)[] {
  const { family } = run.options
  const entries: (Neighbour4 | Neighbour6)[] = family === 'inet6' ? [] : [...run.netns.neigh.list()]
  if (family !== 'inet') entries.push(...run.netns.neigh.list6())
  return entries
}

function isSelected(entry: Neighbour4 | Neighbour6, filter: NeighFilter, isFlush: boolean): boolean {
  const { states, to } = filter
  if (filter.dev !== null && entry.dev !== filter.dev) return false
  if (filter.master !== undefined && entry.dev.master !== filter.master) return false
  if (states === null) {
    if (entry.state === 'NOARP' || entry.state === 'NONE') return false
    if (isFlush && entry.state === 'PERMANENT') return false
  } else if (states !== 'all' && !states.includes(entry.state)) return false
  if (to === null || to.family === 'any') return true
  if (to.family === 4) return typeof entry.address === 'number' && contains({ address: to.address, length: to.length }, entry.address)
  return typeof entry.address === 'bigint' && entry.address >> BigInt(128 - to.length) === to.address >> BigInt(128 - to.length)
}

function proxyRows(run: IpRun, filter: NeighFilter): NeighRow[] {
  const proxies = run.netns.neigh.proxies.filter((proxy) => filter.dev === null || proxy.dev === filter.dev)
  return proxies.map((proxy) => readProxy(proxy.address, filter.dev === null ? proxy.dev?.name : undefined) as unknown as NeighRow)
}

function show(run: IpRun, words: Words): number {
  const filter = parseKeywords(words, SHOW_KEYWORDS, new NeighFilter(run))
  const rows: NeighRow[] = filter.isProxy
    ? proxyRows(run, filter)
    : entriesOf(run)
        .filter((entry) => isSelected(entry, filter, false))
        .map((entry) => readNeighbour(entry, run, filter.dev !== null))
  if (run.options.brief && !run.options.json) run.show(rows, briefText)
  else run.show(rows, (row) => neighText(row, run))
  return 0
}

/** -br: address, device, link-layer address in columns. */
function briefText(row: NeighRow): string {
  return `${row.dst.padEnd(39)} ${(row.dev ?? '').padEnd(16)} ${row.lladdr ?? ''}\n`
}

function get(run: IpRun, words: Words): number {
  const state = parseKeywords(words, CHANGE_KEYWORDS, new NeighWords(run))
  if (state.dst === null || state.dev === null) throw new RunFailed(1, 'Device and address are required arguments.')
  const dev = run.needDevice(state.dev)
  const { dst } = state
  const found = dst.family === 4 ? dev.neighbours.get(dst.address) : dev.neighbours6.get(dst.address)
  if (found === undefined) throw new RunFailed(2, run.answerText(new KernelError('ENOENT', 'Neighbour entry not found')))
  run.show([readNeighbour(found, run, false)], (row) => neighText(row, run))
  return 0
}

function flush(run: IpRun, words: Words): number {
  if (words.isDone) throw new RunFailed(1, 'Flush requires arguments.')
  const filter = parseKeywords(words, SHOW_KEYWORDS, new NeighFilter(run))
  return run.change(() => {
    const doomed = entriesOf(run).filter((entry) => isSelected(entry, filter, true))
    for (const entry of doomed) {
      if (run.options.stats > 1) run.out(neighText(readNeighbour(entry, run, filter.dev !== null), run))
      if (typeof entry.address === 'number') run.netns.neigh.delete(entry.dev, entry.address)
      else run.netns.neigh.delete6(entry.dev, entry.address)
    }
    reportFlush(run, doomed.length, 'entries')
  })
}
