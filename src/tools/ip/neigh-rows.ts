// Neighbours as `ip -j neigh` knows them, and their text.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatIpv6 } from '../../addr/ipv6.js'
import { formatMac } from '../../addr/mac.js'
import { isValid, type Neighbour4, type Neighbour6 } from '../../kernel/neigh.js'
import { inkOfAddress } from './color.js'
import type { Row } from './json.js'
import type { IpRun } from './run.js'

export interface NeighRow extends Row {
  readonly dst: string
  readonly dev: string | undefined
  readonly lladdr: string | undefined
  readonly router: null | undefined
  readonly proxy: null | undefined
  readonly refcnt: number | undefined
  readonly used: number | undefined
  readonly confirmed: number | undefined
  readonly updated: number | undefined
  readonly probes: number | undefined
  readonly state: readonly string[] | undefined
}

export function readNeighbour(entry: Neighbour4 | Neighbour6, run: IpRun, hideDev: boolean): NeighRow {
  const withStats = run.options.stats > 0
  const seconds = (atUs: number): number | undefined => (withStats ? Math.max(0, Math.floor((run.nowUs - atUs) / 1_000_000)) : undefined)
  const hasTimer = entry.state === 'INCOMPLETE' || entry.state === 'REACHABLE' || entry.state === 'DELAY' || entry.state === 'PROBE'
  return {
    dst: typeof entry.address === 'number' ? formatIpv4(entry.address) : formatIpv6(entry.address),
    dev: hideDev ? undefined : entry.dev.name,
    // What failed or is asked for anew may still be remembered; the kernel does not tell it.
    lladdr: entry.lladdr === null || !isValid(entry.state) ? undefined : formatMac(entry.lladdr),
    router: entry.isRouter ? null : undefined,
    proxy: undefined,
    refcnt: withStats && hasTimer ? 1 : undefined,
    used: seconds(entry.usedUs),
    confirmed: seconds(entry.confirmedUs),
    updated: seconds(entry.updatedUs),
    probes: withStats ? entry.probes : undefined,
    state: entry.state === 'NONE' ? undefined : [entry.state],
  }
}

export function readProxy(address: number, dev: string | undefined): Row {
  return { dst: formatIpv4(address), dev, proxy: null }
}

export function neighText(row: NeighRow, run: IpRun): string {
  const { paint } = run
  let text = paint(inkOfAddress(row.dst.includes(':') ? 'inet6' : 'inet'), `${row.dst} `)
  if (row.dev !== undefined) text += `dev ${paint('ifname', `${row.dev} `)}`
  if (row.lladdr !== undefined) text += `lladdr ${paint('mac', `${row.lladdr} `)}`
  if (row.router === null) text += 'router '
  if (row.proxy === null) return `${text}proxy \n`
  if (row.used !== undefined) {
    if (row.refcnt !== undefined) text += ` ref ${row.refcnt}`
    text += ` used ${row.used}/${row.confirmed}/${row.updated}probes ${row.probes} `
  }
  for (const state of row.state ?? []) text += `${state} `
  return `${text}\n`
}
