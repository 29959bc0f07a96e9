// The main table as /proc/net/route tells it, and the three ways route and netstat print it.
import { formatIpv4, maskOf } from '../../addr/ipv4.js'
import type { NetNamespace } from '../../kernel/netns.js'

export interface RouteRow {
  readonly dst: number
  readonly gateway: number
  readonly length: number
  readonly metric: number
  /** unreachable and prohibit: packets are refused. */
  readonly isReject: boolean
  readonly dev: string | null
  /** What the kernel calls MTU there: advertised MSS and 40. */
  readonly mss: number
  readonly window: number
  readonly irtt: number
}

export function readRoutes(netns: NetNamespace): RouteRow[] {
  const routes = netns.fib.list(254) ?? []
  return routes
    .filter((route) => route.type !== 'broadcast' && route.type !== 'multicast')
    .map((route) => {
      const nexthop = route.nexthops[0] ?? null
      const advmss = route.metrics.get('advmss') ?? 0
      return {
        dst: route.dst,
        gateway: nexthop?.via ?? 0,
        length: route.length,
        metric: route.priority,
        isReject: route.type === 'unreachable' || route.type === 'prohibit',
        dev: nexthop?.dev?.name ?? null,
        mss: advmss === 0 ? 0 : advmss + 40,
        window: route.metrics.get('window') ?? 0,
        irtt: (route.metrics.get('rtt') ?? 0) >> 3,
      }
    })
}

export type RouteStyle = 'plain' | 'extended' | 'full'

export interface RouteNames {
  /** Name of a network (`default`, `link-local`) or of a host; null: print the number. */
  network(row: RouteRow): string | null
  gateway(row: RouteRow): string | null
}

const HEADS: Readonly<Record<RouteStyle, string>> = {
  plain: 'Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n',
  extended: 'Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n',
  full: 'Destination     Gateway         Genmask         Flags Metric Ref    Use Iface    MSS   Window irtt\n',
}

function flagsOf(row: RouteRow): string {
  if (row.isReject) return row.length === 32 ? '!H' : '!'
  return `U${row.gateway === 0 ? '' : 'G'}${row.length === 32 ? 'H' : ''}`
}

function line(row: RouteRow, style: RouteStyle, names: RouteNames): string {
  const { isReject } = row
  const dst = names.network(row) ?? formatIpv4(row.dst)
  const gateway = isReject ? '-' : (names.gateway(row) ?? formatIpv4(row.gateway))
  const dev = isReject ? '-' : (row.dev ?? '*')
  const or = (value: number): string => (isReject ? '-' : String(value))
  const head = `${dst.padEnd(15)} ${gateway.padEnd(15)} ${formatIpv4(maskOf(row.length)).padEnd(15)} ${flagsOf(row).padEnd(5)} `
  if (style === 'extended') return `${head}${or(row.mss).padStart(5)} ${or(row.window).padEnd(5)} ${or(row.irtt).padStart(6)} ${dev}\n`
  const plain = `${head}${String(row.metric).padEnd(6)} ${or(0).padEnd(2)} ${'0'.padStart(7)} `
  if (style === 'plain') return `${plain}${dev}\n`
  return `${plain}${dev.slice(0, 6).padEnd(8)} ${or(row.mss).padEnd(5)} ${or(row.window).padEnd(6)} ${or(row.irtt)}\n`
}

export function routesText(rows: readonly RouteRow[], style: RouteStyle, names: RouteNames): string {
  return `Kernel IP routing table\n${HEADS[style]}${rows.map((row) => line(row, style, names)).join('')}`
}

/** -n: numbers only. */
export const NUMERIC: RouteNames = { network: () => null, gateway: () => null }
