// Routes as `ip -j route` knows them.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatIpv6 } from '../../addr/ipv6.js'
import { ipv6Routes } from '../../kernel/ipv6-route.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { NetNamespace } from '../../kernel/netns.js'
import { type Nexthop, type Route, SCOPE_UNIVERSE, TABLE_MAIN } from '../../kernel/route-entry.js'
import type { Row } from './json.js'
import { protocolName, scopeName, tableName } from './names.js'
import type { IpRun } from './run.js'

export interface NexthopRow extends Row {
  readonly gateway: string | undefined
  readonly dev: string | undefined
  readonly weight: number
  readonly flags: readonly string[]
}

export interface RouteRow extends Row {
  readonly type: string | undefined
  readonly dst: string
  readonly from: string | undefined
  readonly tos: string | undefined
  readonly gateway: string | undefined
  readonly dev: string | undefined
  readonly table: string | undefined
  readonly protocol: string | undefined
  readonly scope: string | undefined
  readonly prefsrc: string | undefined
  readonly metric: number | undefined
  readonly flags: readonly string[]
  readonly mark: number | undefined
  readonly uid: number | undefined
  /** Of `ip route get`: local, brd, redirect, ...; its presence makes the cache line. */
  readonly cache: readonly string[] | undefined
  readonly expires: number | undefined
  readonly metrics: readonly Row[] | undefined
  readonly iif: string | undefined
  readonly pref: string | undefined
  readonly nexthops: readonly NexthopRow[] | undefined
}

/** What a filter already says is not said again in each line. */
export interface Hidden {
  readonly gateway?: boolean
  readonly dev?: boolean
  readonly table?: boolean
  readonly protocol?: boolean
  readonly scope?: boolean
  readonly prefsrc?: boolean
  readonly metric?: boolean
  readonly tos?: boolean
}

const RTN: readonly string[] = [
  'none',
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
  'xresolve',
]

export function typeName(type: string, numeric: boolean): string {
  return numeric ? String(RTN.indexOf(type)) : type
}

export function nexthopFlags(nexthop: Nexthop): string[] {
  const flags: string[] = []
  if (nexthop.dead) flags.push('dead')
  if (nexthop.onlink) flags.push('onlink')
  if (nexthop.linkdown) flags.push('linkdown')
  return flags
}

export function destination(route: Pick<Route, 'dst' | 'length'>): string {
  if (route.length === 0) return route.dst === 0 ? 'default' : `${formatIpv4(route.dst)}/0`
  return route.length === 32 ? formatIpv4(route.dst) : `${formatIpv4(route.dst)}/${route.length}`
}

/** In the order in which `ip` prints metrics (RTAX_*). */
const METRIC_ORDER: readonly string[] = [
  'mtu',
  'window',
  'rtt',
  'rttvar',
  'ssthresh',
  'cwnd',
  'advmss',
  'reordering',
  'hoplimit',
  'initcwnd',
  'features',
  'rto_min',
  'initrwnd',
  'quickack',
]

export function metricsOf(route: Route): Row[] | undefined {
  const metrics: Record<string, number | string> = {}
  for (const name of METRIC_ORDER) {
    const value = name === 'mtu' ? route.mtu : route.metrics.get(name)
    if (value !== undefined && !(name === 'mtu' && value === 0)) metrics[name] = value
  }
  return Object.keys(metrics).length === 0 ? undefined : [metrics]
}

export function readRoute(route: Route, run: IpRun, hidden: Hidden = {}): RouteRow {
  const { details, numeric } = run.options
  const single = route.nexthops.length === 1 ? route.nexthops[0]! : null
  const isShown = <T>(key: keyof Hidden, value: T | undefined): T | undefined => (hidden[key] ? undefined : value)
  return {
    type: route.type === 'unicast' && !details ? undefined : typeName(route.type, numeric),
    dst: destination(route),
    from: undefined,
    tos: route.tos === 0 ? undefined : isShown('tos', `0x${route.tos.toString(16).padStart(2, '0')}`),
    gateway: single === null || single.via === null ? undefined : isShown('gateway', formatIpv4(single.via)),
    dev: single === null || single.dev === null ? undefined : isShown('dev', single.dev.name),
    table: route.table === TABLE_MAIN && !details ? undefined : isShown('table', tableName(route.table, run.host.tableNames, numeric)),
    protocol: route.protocol === 3 && !details ? undefined : isShown('protocol', protocolName(route.protocol, numeric)),
    scope: route.scope === SCOPE_UNIVERSE && !details ? undefined : isShown('scope', scopeName(route.scope, numeric)),
    prefsrc: route.prefSrc === null ? undefined : isShown('prefsrc', formatIpv4(route.prefSrc)),
    metric: route.priority === 0 ? undefined : isShown('metric', route.priority),
    flags: single === null ? [] : nexthopFlags(single),
    mark: undefined,
    uid: undefined,
    cache: undefined,
    expires: undefined,
    metrics: metricsOf(route),
    iif: undefined,
    pref: undefined,
    nexthops: route.nexthops.length < 2 ? undefined : route.nexthops.map(readNexthop),
  }
}

function readNexthop(nexthop: Nexthop): NexthopRow {
  return {
    gateway: nexthop.via === null ? undefined : formatIpv4(nexthop.via),
    dev: nexthop.dev?.name,
    weight: nexthop.weight,
    flags: nexthopFlags(nexthop),
  }
}

interface Route6 {
  readonly type: string
  readonly dst: string
  readonly dev: NetDevice
  readonly table: number
  readonly metric: number
}

/** The IPv6 routes that follow from devices and their addresses; the loopback's prefix is not told. */
function routes6(netns: NetNamespace): Route6[] {
  return ipv6Routes(netns)
    .filter(({ type, dev }) => type !== 'unicast' || dev.kind !== 'loopback')
    .map(({ type, dst, length, dev, table, metric }) => {
      return { type, dst: length === 128 ? formatIpv6(dst) : `${formatIpv6(dst)}/${length}`, dev, table, metric }
    })
}

export function readRoutes6(run: IpRun, table: number | null, hidden: Hidden, isShown: (route: Route6) => boolean): RouteRow[] {
  const { details, numeric } = run.options
  return routes6(run.netns)
    .filter((route) => (table === null || route.table === table) && isShown(route))
    .map((route) => ({
      type: route.type === 'unicast' && !details ? undefined : typeName(route.type, numeric),
      dst: route.dst,
      from: undefined,
      tos: undefined,
      gateway: undefined,
      dev: hidden.dev ? undefined : route.dev.name,
      table: (route.table === TABLE_MAIN && !details) || hidden.table ? undefined : tableName(route.table, run.host.tableNames, numeric),
      protocol: hidden.protocol ? undefined : protocolName(2, numeric),
      scope: details ? scopeName(0, numeric) : undefined,
      prefsrc: undefined,
      metric: hidden.metric ? undefined : route.metric,
      flags: route.dev.carrier ? [] : ['linkdown'],
      mark: undefined,
      uid: undefined,
      cache: undefined,
      expires: undefined,
      metrics: undefined,
      iif: undefined,
      pref: 'medium',
      nexthops: undefined,
    }))
}
