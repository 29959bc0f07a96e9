// `ip route`: routes added, changed, deleted, shown, flushed, asked.
import { type ObjectGrammar, UsageError, type Words } from '../../grammar/keyword.js'
import type { RouteAddMode, RouteRequest, RouteSelector } from '../../kernel/fib.js'
import { SCOPE_HOST, SCOPE_LINK, SCOPE_UNIVERSE } from '../../kernel/route-entry.js'
import { filterRoutes, filterRoutes6, hiddenBy, parseRouteFilter, ROUTE_FILTER_KEYWORDS, type RouteFilter } from './route-filter.js'
import { cachedRows, GET_KEYWORDS, routeGet } from './route-get.js'
import { readRoute } from './route-rows.js'
import { routeText } from './route-text.js'
import { parseRouteWords, ROUTE_KEYWORDS, type RouteWords } from './route-words.js'
import { type IpRun, RunFailed } from './run.js'

export const routeObject: ObjectGrammar<IpRun> = {
  name: 'route',
  verbs: [
    { names: ['list', 'show', 'lst'], list: ROUTE_FILTER_KEYWORDS, run: (run, words) => show(run, words) },
    { names: ['get'], list: GET_KEYWORDS, run: (run, words) => routeGet(run, words) },
    { names: ['add'], list: ROUTE_KEYWORDS, run: (run, words) => modify(run, words, 'add') },
    { names: ['change', 'chg'], list: ROUTE_KEYWORDS, run: (run, words) => modify(run, words, 'change') },
    { names: ['replace'], list: ROUTE_KEYWORDS, run: (run, words) => modify(run, words, 'replace') },
    { names: ['prepend'], list: ROUTE_KEYWORDS, run: (run, words) => modify(run, words, 'prepend') },
    { names: ['append'], list: ROUTE_KEYWORDS, run: (run, words) => modify(run, words, 'append') },
    { names: ['test'], list: ROUTE_KEYWORDS, hidden: true, run: (run, words) => modify(run, words, 'add') },
    { names: ['delete'], list: ROUTE_KEYWORDS, run: (run, words) => remove(run, words) },
    { names: ['flush'], list: ROUTE_FILTER_KEYWORDS, run: (run, words) => flush(run, words) },
    {
      names: ['save', 'restore', 'showdump'],
      list: null,
      run: (_run, _words, typed) => {
        throw new UsageError(`ip: route ${typed}: not emulated by netlab (use ip route show and a script)`, 126)
      },
    },
  ],
}

const LINK_TYPES: readonly string[] = ['broadcast', 'multicast', 'anycast']
const LOCAL_TABLE_TYPES: readonly string[] = ['local', 'broadcast', 'nat', 'anycast']

function scopeOf(words: RouteWords): number {
  if (words.scope !== null) return words.scope
  if (words.type === 'local' || words.type === 'nat') return SCOPE_HOST
  if (LINK_TYPES.includes(words.type)) return SCOPE_LINK
  if (words.type !== 'unicast') return SCOPE_UNIVERSE
  return words.via !== null || words.nexthops.length > 0 ? SCOPE_UNIVERSE : SCOPE_LINK
}

function tableOf(words: RouteWords): number {
  return words.table ?? (LOCAL_TABLE_TYPES.includes(words.type) ? 255 : 254)
}

function nexthopsOf(words: RouteWords): RouteRequest['nexthops'] {
  if (words.nexthops.length > 0) return words.nexthops
  if (words.dev === null && words.via === null) return undefined
  return [{ dev: words.dev, via: words.via, weight: 1, onlink: words.onlink }]
}

function requestOf(words: RouteWords): RouteRequest {
  const { dst } = words
  return {
    dst: dst!.address,
    length: dst!.length,
    tos: words.tos ?? 0,
    type: words.type,
    scope: scopeOf(words),
    protocol: words.protocol ?? 3,
    priority: words.metric ?? 0,
    prefSrc: words.src,
    table: tableOf(words),
    nexthops: nexthopsOf(words),
    mtu: words.mtu,
    mtuLocked: words.mtuLocked,
    metrics: words.metrics,
  }
}

function modify(run: IpRun, words: Words, mode: RouteAddMode): number {
  const given = parseRouteWords(words, run)
  return run.change(() => void run.netns.fib.add(requestOf(given), mode))
}

function remove(run: IpRun, words: Words): number {
  const given = parseRouteWords(words, run)
  const selector: RouteSelector = { dst: given.dst!.address, length: given.dst!.length, table: tableOf(given) }
  if (given.tos !== null) selector.tos = given.tos
  if (given.isTypeGiven) selector.type = given.type
  if (given.scope !== null) selector.scope = given.scope
  if (given.protocol !== null) selector.protocol = given.protocol
  if (given.metric !== null) selector.priority = given.metric
  if (given.src !== null) selector.prefSrc = given.src
  if (given.via !== null) selector.via = given.via
  if (given.dev !== null) selector.dev = given.dev
  if (given.nexthops.length > 0) selector.nexthops = given.nexthops
  return run.change(() => void run.netns.fib.delete(selector))
}

function noSuchTable(ending: string): never {
  throw new RunFailed(2, `Error: ipv4: FIB table does not exist.\n${ending} terminated`)
}

/** Kernels before 4.20 answered a missing table with nothing. */
function isStrict(run: IpRun): boolean {
  return run.kernelAtLeast('4.20') && run.atLeast('4.20')
}

function show(run: IpRun, words: Words): number {
  const filter = parseRouteFilter(words, run)
  if (filter.cached) {
    run.show(run.options.family === 'inet6' ? [] : cachedRows(run), (row) => routeText(row, run))
    return 0
  }
  const { family } = run.options
  const rows = []
  if (family === 'any' || family === 'inet') {
    const routes = filterRoutes(run, filter)
    if (routes === null) {
      if (isStrict(run)) noSuchTable('Dump')
    } else rows.push(...routes.map((route) => readRoute(route, run, hiddenBy(filter))))
  }
  const wants6 = family === 'inet6' || (family === 'any' && filter.table === null && filter.prefix === null)
  if (wants6) rows.push(...filterRoutes6(run, filter))
  run.show(rows, (row) => routeText(row, run))
  return 0
}

function flush(run: IpRun, words: Words): number {
  if (words.isDone) throw new RunFailed(1, '"ip route flush" requires arguments.')
  const filter = parseRouteFilter(words, run)
  if (filter.cached) return run.change(() => run.netns.fib.flushExceptions())
  return run.change(() => flushRoutes(run, filter))
}

function flushRoutes(run: IpRun, filter: RouteFilter): void {
  const routes = filterRoutes(run, filter)
  if (routes === null) {
    if (isStrict(run)) noSuchTable('Flush')
    return
  }
  for (const route of routes) {
    if (run.options.stats > 1) run.out(`Deleted ${routeText(readRoute(route, run, hiddenBy(filter)), run)}`)
    run.netns.fib.delete({
      dst: route.dst,
      length: route.length,
      table: route.table,
      tos: route.tos,
      type: route.type,
      priority: route.priority,
      protocol: route.protocol,
      scope: route.scope,
    })
  }
  reportFlush(run, routes.length, 'entries')
}

/** What -s makes a flush say. */
export function reportFlush(run: IpRun, count: number, what: string): void {
  if (run.options.stats === 0) return
  if (count === 0) run.out('Nothing to flush.\n')
  else run.out(`\n*** Round 1, deleting ${count} ${what} ***\n*** Flush is complete after 1 round ***\n`)
}
