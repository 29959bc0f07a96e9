// What `ip route show` and `ip route flush` select.
import { contains, networkOf } from '../../addr/ipv4.js'
import { type Keyword, type KeywordList, parseKeywords, UsageError, type Words, wrongArgument } from '../../grammar/keyword.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { Route, RouteType } from '../../kernel/route-entry.js'
import { needU32, parseProtocol, parseScope, parseTable, parseTos } from './names.js'
import { type InetPrefix, ipv4Of, needAddress, needPrefix } from './prefix.js'
import { type Hidden, type RouteRow, readRoutes6 } from './route-rows.js'
import { parseRouteType } from './route-words.js'
import type { IpRun } from './run.js'

export class RouteFilter {
  /** Null: all tables. */
  table: number | null = 254
  isTableGiven = false
  cached = false
  prefix: { how: 'root' | 'match' | 'exact'; prefix: InetPrefix } | null = null
  /** IPv6 was meant by the prefix. */
  isOther = false
  dev: NetDevice | null = null
  via: number | null = null
  src: number | null = null
  protocol: number | null = null
  scope: number | null = null
  type: RouteType | null = null
  tos: number | null = null
  metric: number | null = null
  constructor(readonly run: IpRun) {}
}

function takePrefix(state: RouteFilter, how: 'root' | 'match' | 'exact', word: string): void {
  const prefix = needPrefix(word, state.run.options.family)
  const found = ipv4Of(prefix)
  if (found === null) state.isOther = true
  else state.prefix = { how, prefix: networkOfPrefix(found) }
}

function networkOfPrefix(prefix: InetPrefix): InetPrefix {
  return { ...prefix, address: networkOf({ address: prefix.address, length: prefix.length }).address }
}

function ipv4Word(word: string): number {
  const found = needAddress(word, 'inet')
  return found.family === 4 ? found.address : 0
}

function takeTable(state: RouteFilter, words: Words): void {
  const word = words.next()
  state.isTableGiven = true
  if (word === 'all') state.table = null
  else if (word === 'cache') state.cached = true
  else {
    state.table = parseTable(word, state.run.host.tableNames)
    if (state.table === null) throw wrongArgument(word, 'table id value is invalid\n')
    if (state.table === 0) state.table = null
  }
}

const KEYWORDS: readonly Keyword<RouteFilter>[] = [
  { name: 'table', value: '{ TABLE_ID | all }', prefix: true, completes: 'table', take: takeTable },
  {
    name: 'vrf',
    value: 'NAME',
    prefix: true,
    hidden: true,
    take: (_state, words) => {
      throw wrongArgument(words.next(), 'Not a valid VRF name\n')
    },
  },
  { name: 'cached', aliases: ['cloned'], prefix: true, hidden: true, take: (state) => (state.cached = true) },
  {
    name: 'tos',
    aliases: ['dsfield'],
    value: 'TOS',
    take: (state, words) => {
      state.tos = parseTos(words.next())
      if (state.tos === null) throw wrongArgument(words.current, 'TOS value is invalid\n')
    },
  },
  {
    name: 'metric',
    aliases: ['priority', 'preference'],
    value: 'NUMBER',
    take: (state, words) => (state.metric = needU32(words.next(), '"metric" value is invalid\n')),
  },
  {
    name: 'protocol',
    value: 'RTPROTO',
    prefix: true,
    completes: ['kernel', 'boot', 'static', 'dhcp'],
    take: (state, words) => {
      const word = words.next()
      state.protocol = word === 'all' ? null : parseProtocol(word)
      if (state.protocol === null && word !== 'all') throw wrongArgument(word, 'invalid "protocol"\n')
    },
  },
  {
    name: 'scope',
    value: 'SCOPE',
    prefix: true,
    completes: ['global', 'link', 'host'],
    take: (state, words) => {
      const word = words.next()
      state.scope = word === 'all' ? null : parseScope(word)
      if (state.scope === null && word !== 'all') throw wrongArgument(word, 'invalid "scope"\n')
    },
  },
  {
    name: 'type',
    value: 'TYPE',
    completes: ['unicast', 'local', 'broadcast', 'blackhole', 'unreachable', 'prohibit', 'throw'],
    take: (state, words) => {
      state.type = parseRouteType(words.next())
      if (state.type === null) throw wrongArgument(words.current, 'node type value is invalid\n')
    },
  },
  {
    name: 'dev',
    aliases: ['oif'],
    value: 'DEVICE',
    completes: 'device',
    take: (state, words) => (state.dev = state.run.needDevice(words.next())),
  },
  { name: 'via', value: 'ADDRESS', completes: 'address', take: (state, words) => (state.via = ipv4Word(words.next())) },
  { name: 'src', value: 'ADDRESS', completes: 'address', take: (state, words) => (state.src = ipv4Word(words.next())) },
  { name: 'root', value: 'PREFIX', hidden: true, take: (state, words) => takePrefix(state, 'root', words.next()) },
  { name: 'match', value: 'PREFIX', hidden: true, take: (state, words) => takePrefix(state, 'match', words.next()) },
  { name: 'exact', value: 'PREFIX', hidden: true, take: (state, words) => takePrefix(state, 'exact', words.next()) },
]

export const ROUTE_FILTER_KEYWORDS: KeywordList<RouteFilter> = {
  keywords: KEYWORDS,
  operand: '[ [ root | match | exact ] PREFIX ]',
  rest: (state, words) => {
    if (words.current === 'help') throw new UsageError('', 255)
    if (words.current === 'to') words.next()
    const word = words.current
    if (word === 'root' || word === 'match' || word === 'exact') takePrefix(state, word, words.next())
    else if (word === 'cache') state.cached = true
    else takePrefix(state, 'exact', word)
  },
}

export function parseRouteFilter(words: Words, run: IpRun): RouteFilter {
  return parseKeywords(words, ROUTE_FILTER_KEYWORDS, new RouteFilter(run))
}

/** A filter's own values are not repeated in the lines. */
export function hiddenBy(filter: RouteFilter): Hidden {
  return {
    gateway: filter.via !== null,
    dev: filter.dev !== null,
    table: filter.table !== null,
    protocol: filter.protocol !== null,
    scope: filter.scope !== null,
    prefsrc: filter.src !== null,
    metric: filter.metric !== null,
    tos: filter.tos !== null,
  }
}

function matchesPrefix(route: Route, filter: RouteFilter): boolean {
  if (filter.prefix === null) return true
  const { how, prefix } = filter.prefix
  switch (how) {
    case 'exact':
      return route.dst === prefix.address && route.length === prefix.length
    case 'root':
      return route.length >= prefix.length && contains(prefix, route.dst)
    case 'match':
      return route.length <= prefix.length && contains({ address: route.dst, length: route.length }, prefix.address)
  }
}

function matches(route: Route, filter: RouteFilter): boolean {
  if (filter.dev !== null && !(route.nexthops.length === 1 && route.nexthops[0]!.dev === filter.dev)) return false
  if (filter.via !== null && !(route.nexthops.length === 1 && route.nexthops[0]!.via === filter.via)) return false
  if (filter.src !== null && route.prefSrc !== filter.src) return false
  if (filter.protocol !== null && route.protocol !== filter.protocol) return false
  if (filter.scope !== null && route.scope !== filter.scope) return false
  if (filter.type !== null && route.type !== filter.type) return false
  if (filter.tos !== null && route.tos !== filter.tos) return false
  if (filter.metric !== null && route.priority !== filter.metric) return false
  return matchesPrefix(route, filter)
}

/** Null: the table asked for does not exist. */
export function filterRoutes(run: IpRun, filter: RouteFilter): Route[] | null {
  if (filter.isOther) return []
  const routes = run.netns.fib.list(filter.table)
  // A table that the rules name is there, empty or not.
  if (routes === null) return filter.table === 254 || filter.table === 255 ? [] : null
  return routes.filter((route) => matches(route, filter))
}

export function filterRoutes6(run: IpRun, filter: RouteFilter): RouteRow[] {
  if (filter.via !== null || filter.src !== null || filter.prefix !== null) return []
  const { dev, type, protocol, metric } = filter
  if (protocol !== null && protocol !== 2) return []
  return readRoutes6(run, filter.table, hiddenBy(filter), (route) => {
    if (dev !== null && route.dev !== dev) return false
    if (type !== null && route.type !== type) return false
    return metric === null || route.metric === metric
  })
}
