// The words of `ip route add|del|change|...`.
import {
  duplicateOrGarbage,
  type Keyword,
  type KeywordList,
  parseKeywords,
  UsageError,
  type Words,
  wrongArgument,
} from '../../grammar/keyword.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { RouteType } from '../../kernel/route-entry.js'
import { needU32, parseProtocol, parseScope, parseTable, parseTos, parseU32 } from './names.js'
import { type InetPrefix, ipv4Of, needAddress, needPrefix } from './prefix.js'
import type { IpRun } from './run.js'

export interface NexthopWords {
  dev: NetDevice | null
  via: number | null
  weight: number
  onlink: boolean
}

export class RouteWords {
  dst: InetPrefix | null = null
  type: RouteType = 'unicast'
  isTypeGiven = false
  via: number | null = null
  dev: NetDevice | null = null
  src: number | null = null
  tos: number | null = null
  metric: number | null = null
  scope: number | null = null
  protocol: number | null = null
  table: number | null = null
  mtu = 0
  mtuLocked = false
  readonly metrics = new Map<string, number>()
  onlink = false
  readonly nexthops: NexthopWords[] = []
  constructor(readonly run: IpRun) {}
}

const TYPES: readonly RouteType[] = [
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
]

export function parseRouteType(word: string): RouteType | null {
  return TYPES.find((type) => type === word) ?? null
}

function address(words: Words): number {
  const found = needAddress(words.next(), 'inet')
  return found.family === 4 ? found.address : 0
}

/** `via [inet] ADDRESS`. */
function viaAddress(words: Words): number {
  if (words.next() === 'inet') words.next()
  else if (words.current === 'inet6') throw new UsageError('ip: via inet6: not emulated by netlab (IPv4 gateways only)', 126)
  const found = needAddress(words.current, 'inet')
  return found.family === 4 ? found.address : 0
}

function takeVia(state: RouteWords, words: Words): void {
  if (state.via !== null) throw wrongArgument(words.current, 'use nexthop syntax to specify multiple via\n')
  state.via = viaAddress(words)
}

function metricKeyword(name: string, unit: 'number' | 'time' = 'number'): Keyword<RouteWords> {
  return {
    name,
    value: unit === 'time' ? 'TIME' : 'NUMBER',
    take: (state, words) => {
      if (words.next() === 'lock') words.next()
      const text = unit === 'time' ? words.current.replace(/m?s$/, '') : words.current
      const value = parseU32(text)
      if (value === null) throw wrongArgument(words.current, `"${name}" value is invalid\n`)
      state.metrics.set(name, value)
    },
  }
}

function notEmulated(name: string, value = 'VALUE'): Keyword<RouteWords> {
  return {
    name,
    value,
    hidden: true,
    take: () => {
      throw new UsageError(`ip: route ${name}: not emulated by netlab`, 126)
    },
  }
}

/** In iproute2's order. */
const KEYWORDS: readonly Keyword<RouteWords>[] = [
  { name: 'src', value: 'ADDRESS', completes: 'address', take: (state, words) => (state.src = address(words)) },
  notEmulated('as'),
  { name: 'via', value: '[ inet ] ADDRESS', completes: 'address', take: takeVia },
  notEmulated('from'),
  {
    name: 'tos',
    aliases: ['dsfield'],
    value: 'TOS',
    take: (state, words) => {
      state.tos = parseTos(words.next())
      if (state.tos === null) throw wrongArgument(words.current, '"tos" value is invalid\n')
    },
  },
  {
    name: 'metric',
    aliases: ['priority', 'preference', 'pref', 'prio'],
    value: 'NUMBER',
    prefix: true,
    take: (state, words) => (state.metric = needU32(words.next(), '"metric" value is invalid\n')),
  },
  {
    name: 'scope',
    value: '{ host | link | global | NUMBER }',
    completes: ['global', 'link', 'host'],
    take: (state, words) => {
      state.scope = parseScope(words.next())
      if (state.scope === null) throw wrongArgument(words.current, 'invalid "scope" value\n')
    },
  },
  {
    name: 'mtu',
    value: '[ lock ] NUMBER',
    take: (state, words) => {
      if (words.next() === 'lock') {
        state.mtuLocked = true
        words.next()
      }
      state.mtu = needU32(words.current, '"mtu" value is invalid\n')
    },
  },
  metricKeyword('hoplimit'),
  metricKeyword('advmss'),
  metricKeyword('reordering'),
  metricKeyword('rtt', 'time'),
  metricKeyword('rttvar', 'time'),
  metricKeyword('ssthresh'),
  metricKeyword('rto_min', 'time'),
  metricKeyword('window'),
  metricKeyword('cwnd'),
  metricKeyword('initcwnd'),
  metricKeyword('initrwnd'),
  notEmulated('features'),
  metricKeyword('quickack'),
  notEmulated('congctl'),
  notEmulated('realms'),
  notEmulated('expires'),
  { name: 'onlink', take: (state) => (state.onlink = true) },
  { name: 'nexthop', value: 'NH', take: takeNexthops },
  notEmulated('nhid'),
  {
    name: 'protocol',
    value: 'RTPROTO',
    prefix: true,
    completes: ['kernel', 'boot', 'static', 'dhcp', 'bird', 'zebra'],
    take: (state, words) => {
      state.protocol = parseProtocol(words.next())
      if (state.protocol === null) throw wrongArgument(words.current, '"protocol" value is invalid\n')
    },
  },
  {
    name: 'table',
    value: 'TABLE_ID',
    prefix: true,
    completes: 'table',
    take: (state, words) => {
      state.table = parseTable(words.next(), state.run.host.tableNames)
      if (state.table === null) throw wrongArgument(words.current, '"table" value is invalid\n')
    },
  },
  {
    name: 'vrf',
    value: 'NAME',
    hidden: true,
    take: (_state, words) => {
      throw wrongArgument(words.next(), 'Invalid VRF\n')
    },
  },
  {
    name: 'dev',
    aliases: ['oif'],
    value: 'DEVICE',
    completes: 'device',
    take: (state, words) => (state.dev = state.run.needDevice(words.next())),
  },
  notEmulated('encap'),
  notEmulated('ttl-propagate'),
  notEmulated('fastopen_no_cookie'),
]

/** Everything from the first `nexthop` to the end. */
function takeNexthops(state: RouteWords, words: Words): void {
  while (!words.isDone) {
    if (words.current !== 'nexthop') throw new UsageError(`Error: "nexthop" or end of line is expected instead of "${words.current}"`, 255)
    words.advance()
    if (words.isDone) throw new UsageError('Error: unexpected end of line after "nexthop"', 255)
    state.nexthops.push(parseNexthop(state, words))
  }
  words.at--
}

function parseNexthop(state: RouteWords, words: Words): NexthopWords {
  const nexthop: NexthopWords = { dev: null, via: null, weight: 1, onlink: false }
  for (; !words.isDone; words.advance()) {
    if (words.current === 'via') nexthop.via = viaAddress(words)
    else if (words.current === 'dev') nexthop.dev = state.run.needDevice(words.next())
    else if (words.current === 'weight') {
      const weight = parseU32(words.next())
      if (weight === null || weight === 0 || weight > 256) throw wrongArgument(words.current, '"weight" is invalid\n')
      nexthop.weight = weight
    } else if (words.current === 'onlink') nexthop.onlink = true
    else break
  }
  return nexthop
}

export const ROUTE_KEYWORDS: KeywordList<RouteWords> = {
  keywords: KEYWORDS,
  operand: '[ TYPE ] PREFIX',
  operandCompletes: ['default', 'blackhole', 'local', 'prohibit', 'throw', 'unreachable'],
  rest: (state, words) => {
    if (words.current === 'to') words.next()
    const type = /^\d/.test(words.current) ? null : parseRouteType(words.current)
    if (type !== null) {
      state.type = type
      state.isTypeGiven = true
      words.next()
    }
    if (words.current === 'help') throw new UsageError('', 255)
    if (state.dst !== null) throw duplicateOrGarbage('to', words.current)
    state.dst = inetPrefix(words.current, state.run)
  },
}

export function inetPrefix(word: string, run: IpRun): InetPrefix {
  const prefix = needPrefix(word, run.options.family)
  const found = ipv4Of(prefix)
  if (found === null || run.options.family === 'inet6') {
    throw new UsageError('ip: IPv6 routes: not emulated by netlab beyond the link-local ones that come with a device', 126)
  }
  return found
}

export function parseRouteWords(words: Words, run: IpRun): RouteWords {
  const state = parseKeywords(words, ROUTE_KEYWORDS, new RouteWords(run))
  if (state.dst === null) throw new UsageError('', 255)
  return state
}
