// Routes as `ip route` prints them; sees rows only.
import { atLeast } from '../../node/image.js'
import { inkOfAddress } from './color.js'
import type { Row } from './json.js'
import type { NexthopRow, RouteRow } from './route-rows.js'
import type { IpRun } from './run.js'

function inkOfText(address: string): 'inet' | 'inet6' | 'none' {
  if (address === 'default') return 'none'
  return address.includes(':') ? 'inet6' : 'inet'
}

/** iproute2 before 4.10 put two spaces between the parts. */
function gap(run: IpRun): string {
  return run.atLeast('4.10') ? '' : ' '
}

export function routeText(row: RouteRow, run: IpRun): string {
  if (run.host.busybox !== null) return appletText(row, run.host.busybox)
  const { paint } = run
  const sp = gap(run)
  let text = row.type === undefined ? '' : `${row.type} `
  text += paint(inkOfText(row.dst), `${row.dst} `)
  if (row.from !== undefined) text += `from ${paint(inkOfText(row.from), row.from)} `
  if (row.tos !== undefined) text += `tos ${row.tos} `
  if (row.gateway !== undefined) text += `via ${paint(inkOfAddress('inet'), `${row.gateway} `)}`
  if (row.dev !== undefined) text += `dev ${paint('ifname', `${row.dev} `)}`
  if (row.table !== undefined) text += `${sp}table ${row.table} `
  if (row.protocol !== undefined) text += `${sp}proto ${row.protocol} `
  if (row.scope !== undefined) text += `${sp}scope ${row.scope} `
  if (row.prefsrc !== undefined) text += `${sp}src ${paint('inet', `${row.prefsrc} `)}`
  if (row.metric !== undefined) text += `${sp}metric ${row.metric} `
  for (const flag of row.flags) text += `${flag} `
  if (row.mark !== undefined) text += `mark ${markText(row.mark)} `
  if (row.uid !== undefined) text += `uid ${row.uid} `
  if (row.cache !== undefined) text += cacheText(row)
  text += metricsText(row, run)
  if (row.iif !== undefined) text += `${sp}iif ${row.iif} `
  if (row.pref !== undefined && run.atLeast('4.1')) text += `pref ${row.pref}`
  for (const nexthop of row.nexthops ?? []) text += nexthopText(nexthop, run)
  return `${text}\n`
}

/** busybox: no protocol, no cache line, the scope since 1.20. */
function appletText(row: RouteRow, version: string): string {
  let text = `${row.type === undefined ? '' : `${row.type} `}${row.dst} `
  if (row.from !== undefined) text += `from ${row.from} `
  if (row.gateway !== undefined) text += `via ${row.gateway} `
  if (row.dev !== undefined) text += `dev ${row.dev} `
  if (row.scope !== undefined && row.cache === undefined && atLeast(version, '1.20')) text += `scope ${row.scope} `
  if (row.prefsrc !== undefined) text += ` src ${row.prefsrc} `
  if (row.metric !== undefined) text += ` metric ${row.metric} `
  for (const nexthop of row.nexthops ?? [])
    text += `\n\tnexthop via ${nexthop.gateway ?? ''} dev ${nexthop.dev ?? ''} weight ${nexthop.weight} `
  return `${text}\n`
}

/** Small marks in decimal, others in hex. */
function markText(mark: number): string {
  return mark >= 16 ? `0x${mark.toString(16)}` : String(mark)
}

function cacheText(row: RouteRow): string {
  const flags = row.cache!.length === 0 ? '' : `<${row.cache!.join(',')}> `
  const expires = row.expires === undefined ? '' : `expires ${row.expires}sec `
  return `\n    cache ${flags}${expires}`
}

function metricsText(row: RouteRow, run: IpRun): string {
  const metrics: Row = row.metrics?.[0] ?? {}
  const locked = metrics['locked']
  const parts = Object.entries(metrics).filter(([name]) => name !== 'locked')
  const unit = (name: string): string => (name === 'rtt' || name === 'rttvar' || name === 'rto_min' ? 'ms' : '')
  return parts
    .map(([name, value]) => {
      const lock = (name === 'mtu' && locked !== undefined) || name === 'rto_min' ? 'lock ' : ''
      return run.atLeast('4.10') ? `${name} ${lock}${value}${unit(name)} ` : ` ${name} ${lock}${value}${unit(name)}`
    })
    .join('')
}

function nexthopText(nexthop: NexthopRow, run: IpRun): string {
  let text = '\n\tnexthop '
  if (nexthop.gateway !== undefined) text += `via ${run.paint('inet', `${nexthop.gateway} `)}`
  if (nexthop.dev !== undefined) text += `${gap(run)}dev ${nexthop.dev} `
  text += `weight ${nexthop.weight} `
  for (const flag of nexthop.flags) text += `${flag} `
  return text
}
