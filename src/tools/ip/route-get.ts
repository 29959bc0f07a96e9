// `ip route get`: the kernel's answer for one packet.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatIpv6 } from '../../addr/ipv6.js'
import { type Keyword, type KeywordList, parseKeywords, UsageError, type Words, wrongArgument } from '../../grammar/keyword.js'
import { KernelError } from '../../kernel/errno.js'
import { isGroupJoined } from '../../kernel/multicast.js'
import type { NetDevice } from '../../kernel/netdev.js'
import { errnoOfInput, type Flow, routeInputFlow, routeOutput } from '../../kernel/route.js'
import type { RouteResult } from '../../kernel/route-result.js'
import { parseIpProtocol, parseTos, parseU32, tableName } from './names.js'
import { type Inet6Prefix, type InetPrefix, needPrefix } from './prefix.js'
import { metricsOf, type RouteRow, readRoute, readRoutes6, typeName } from './route-rows.js'
import { routeText } from './route-text.js'
import { type IpRun, RunFailed } from './run.js'

class GetWords {
  dst: InetPrefix | Inet6Prefix | null = null
  src: number | null = null
  oif: NetDevice | null = null
  iif: NetDevice | null = null
  tos = 0
  mark = 0
  uid: number | null = null
  proto = 0
  sport = 0
  dport = 0
  fibmatch = false
  constructor(readonly run: IpRun) {}
}

function port(words: Words): number {
  const value = parseU32(words.next())
  if (value === null || value > 65535) throw wrongArgument(words.current, 'invalid port\n')
  return value
}

function prefixWord(state: GetWords, word: string): InetPrefix | Inet6Prefix {
  const family = state.dst === null ? state.run.options.family : state.dst.family === 4 ? 'inet' : 'inet6'
  const prefix = needPrefix(word, family)
  return prefix.family === 'any' ? { family: 4, address: 0, length: 32, hasLength: false } : prefix
}

const KEYWORDS: readonly Keyword<GetWords>[] = [
  {
    name: 'tos',
    aliases: ['dsfield'],
    value: 'TOS',
    take: (state, words) => {
      const tos = parseTos(words.next())
      if (tos === null) throw wrongArgument(words.current, 'TOS value is invalid\n')
      state.tos = tos
    },
  },
  {
    name: 'from',
    value: 'ADDRESS',
    prefix: true,
    completes: 'address',
    take: (state, words) => {
      const from = prefixWord(state, words.next())
      if (from.family === 4) state.src = from.address
    },
  },
  { name: 'iif', value: 'DEVICE', completes: 'device', take: (state, words) => (state.iif = state.run.needDevice(words.next())) },
  {
    name: 'mark',
    value: 'NUMBER',
    take: (state, words) => {
      const mark = parseU32(words.next())
      if (mark === null) throw wrongArgument(words.current, 'invalid mark value')
      state.mark = mark
    },
  },
  {
    name: 'oif',
    aliases: ['dev'],
    value: 'DEVICE',
    completes: 'device',
    take: (state, words) => (state.oif = state.run.needDevice(words.next())),
  },
  { name: 'notify', hidden: true, prefix: true, take: () => {} },
  { name: 'connected', hidden: true, prefix: true, take: () => {} },
  {
    name: 'vrf',
    value: 'NAME',
    hidden: true,
    take: (_state, words) => {
      throw wrongArgument(words.next(), 'Invalid VRF\n')
    },
  },
  {
    name: 'uid',
    value: 'NUMBER',
    take: (state, words) => {
      state.uid = parseU32(words.next())
      if (state.uid === null) throw wrongArgument(words.current, 'invalid UID\n')
    },
  },
  { name: 'fibmatch', take: (state) => (state.fibmatch = true) },
  {
    name: 'ipproto',
    value: 'PROTOCOL',
    completes: ['icmp', 'tcp', 'udp'],
    take: (state, words) => {
      const proto = parseIpProtocol(words.next())
      if (proto === null) throw wrongArgument(words.current, 'Invalid "ipproto" value\n')
      state.proto = proto
    },
  },
  { name: 'sport', value: 'NUMBER', take: (state, words) => (state.sport = port(words)) },
  { name: 'dport', value: 'NUMBER', take: (state, words) => (state.dport = port(words)) },
]

export const GET_KEYWORDS: KeywordList<GetWords> = {
  keywords: KEYWORDS,
  operand: 'ADDRESS',
  operandCompletes: 'address',
  rest: (state, words) => {
    if (words.current === 'to') words.next()
    if (words.current === 'help') throw new UsageError('', 255)
    const prefix = prefixWord(state, words.current)
    const full = prefix.family === 4 ? 32 : 128
    if (prefix.hasLength && prefix.length !== full) {
      state.run.error(`Warning: /${prefix.length} as prefix is invalid, only /${full} (or none) is supported.`)
    }
    state.dst = prefix
  },
}

export function routeGet(run: IpRun, words: Words): number {
  const state = parseKeywords(words, GET_KEYWORDS, new GetWords(run))
  if (state.dst === null) throw new RunFailed(1, 'need at least a destination address')
  const row = state.dst.family === 4 ? get4(state, state.dst.address) : get6(run, state.dst)
  run.show([row], (shown) => routeText(shown, run))
  return 0
}

function get4(state: GetWords, dst: number): RouteRow {
  const { run } = state
  const result = lookup(state, dst)
  if (state.fibmatch && result.route !== null) return readRoute(result.route, run)
  return readResult(result, state, dst)
}

function lookup(state: GetWords, dst: number): RouteResult {
  const { run } = state
  const flow: Flow = {
    dst,
    oif: state.oif,
    iif: state.iif,
    mark: state.mark,
    tos: state.tos,
    uid: state.uid ?? run.host.uid,
    proto: state.proto,
    sport: state.sport,
    dport: state.dport,
  }
  if (state.src !== null) flow.src = state.src
  const result = state.iif === null ? routeOutput(run.netns, flow) : routeInputFlow(run.netns, flow)
  if (typeof result === 'string') throw new RunFailed(2, run.answerText(new KernelError(errnoOfInput(result))))
  return result
}

/** `ip route show cache`: what was learned about single destinations; kernels from 4.2 to 5.2 did not tell. */
export function cachedRows(run: IpRun): RouteRow[] {
  if (!run.kernelAtLeast('5.3')) return []
  return run.netns.exceptions.list().flatMap(([dst]): RouteRow[] => {
    const result = routeOutput(run.netns, { dst })
    if (typeof result === 'string') return []
    return [{ ...readResult(result, new GetWords(run), dst), prefsrc: undefined, uid: undefined }]
  })
}

function cacheFlags(result: RouteResult, dst: number, run: IpRun): string[] {
  switch (result.type) {
    case 'local':
      return ['local']
    case 'broadcast':
      return ['local', 'brd']
    case 'multicast':
      return isGroupJoined(run.netns, dst) ? ['local', 'mc'] : ['mc']
    default:
      return result.doRedirect ? ['redirect'] : []
  }
}

function readResult(result: RouteResult, state: GetWords, dst: number): RouteRow {
  const { run } = state
  const { details, numeric } = run.options
  const isInput = state.iif !== null
  const pmtu = result.pmtu !== 0 && result.validUntilUs > run.nowUs ? result.pmtu : 0
  const metrics = result.route === null ? undefined : metricsOf(result.route)
  // Until the first own rule the local table's routes are found in main (fib_trie merges the two).
  const table = result.table === 255 && !run.netns.rules.hasCustom ? 254 : result.table
  const hasTable = table !== 0 && (table !== 254 || details) && run.kernelAtLeast('4.4')
  return {
    type: result.type === 'unicast' && !details ? undefined : typeName(result.type, numeric),
    dst: formatIpv4(dst),
    from: state.src === null ? undefined : formatIpv4(state.src),
    tos: state.tos === 0 || !isInput ? undefined : `0x${state.tos.toString(16)}`,
    gateway: result.via === null ? undefined : formatIpv4(result.via),
    dev: result.dev.name,
    table: hasTable ? tableName(table, run.host.tableNames, numeric) : undefined,
    protocol: undefined,
    scope: undefined,
    prefsrc: isInput || state.src !== null ? undefined : formatIpv4(result.prefSrc),
    metric: undefined,
    flags: [],
    mark: state.mark === 0 ? undefined : state.mark,
    uid: isInput || !run.atLeast('4.10') || !run.kernelAtLeast('4.10') ? undefined : (state.uid ?? run.host.uid),
    cache: cacheFlags(result, dst, run),
    expires: pmtu === 0 ? undefined : Math.floor((result.validUntilUs - run.nowUs) / 1_000_000),
    metrics: pmtu === 0 ? metrics : [{ ...metrics?.[0], mtu: pmtu }],
    iif: state.iif?.name,
    pref: undefined,
    nexthops: undefined,
  }
}

/** The machine's own IPv6 addresses; anything else is unreachable here. */
function get6(run: IpRun, dst: Inet6Prefix): RouteRow {
  const text = formatIpv6(dst.address)
  const own = readRoutes6(run, 255, {}, (route) => route.type === 'local' && route.dst === text)[0]
  if (own === undefined) throw new RunFailed(2, run.answerText(new KernelError('ENETUNREACH')))
  return { ...own, from: '::', prefsrc: text }
}
