// Devices as `ip link` and the head of `ip addr` print them; sees rows only.
import { atLeast } from '../../node/image.js'
import { inkOfState } from './color.js'
import type { Row } from './json.js'
import { linkKinds, slaveKinds } from './link-kind.js'
import type { LinkRow, StatsRow } from './link-rows.js'
import type { IpRun } from './run.js'

/** `eth0@if2`, `v0@v1`, `lo`. */
export function nameWithLink(row: Pick<LinkRow, 'ifname' | 'link' | 'link_index'>): string {
  if (row.link_index !== undefined) return `${row.ifname}@if${row.link_index}`
  if (row.link === undefined) return row.ifname
  return `${row.ifname}@${row.link ?? 'NONE'}`
}

/** ` link-netns NAME` where the id's namespace has a name (iproute2 4.18), ` link-netnsid N` else. */
function netnsText(row: LinkRow, run: IpRun): string {
  if (row.link_netnsid === undefined || run.isBusybox) return ''
  if (run.atLeast('4.18')) {
    for (const [name, netns] of run.host.netnsNames) if (run.netns.idOf(netns) === row.link_netnsid) return ` link-netns ${name}`
  }
  return ` link-netnsid ${row.link_netnsid}`
}

/** Busybox has neither mode nor group, and lost the state when the headers it is built with changed. */
function stateText(row: LinkRow, run: IpRun): string {
  const state = `state ${run.paint(inkOfState(row.operstate), `${row.operstate} `)}`
  if (run.host.busybox !== null) return atLeast(run.host.busybox, '1.20') ? '' : state
  if (!run.atLeast('3.3')) return state
  return `${state}${row['linkmode'] === undefined ? '' : `mode ${row['linkmode']} `}${row.group === undefined ? '' : `group ${row.group} `}`
}

export interface LinkTextOptions {
  /** The line with the link-layer addresses; `ip -4 addr` leaves it out. */
  readonly hasLinkLine: boolean
}

export function linkText(row: LinkRow, run: IpRun, options: LinkTextOptions): string {
  const { paint } = run
  let text = `${row.ifindex}: ${paint('ifname', `${nameWithLink(row)}: `)}<${row.flags.join(',')}> mtu ${row.mtu} `
  if (row.qdisc !== undefined) text += `qdisc ${row.qdisc} `
  if (row.master !== undefined) text += `master ${row.master} `
  text += stateText(row, run)
  if (row.txqlen !== undefined) text += `qlen ${row.txqlen}`
  if (options.hasLinkLine) text += `\n    link/${row.link_type} ${linkLayerText(row, run)}`
  text += netnsText(row, run)
  if (run.options.details) text += detailsText(row, run)
  if (typeof row['ifalias'] === 'string') text += `\n    alias ${row['ifalias']}`
  return text
}

function linkLayerText(row: LinkRow, { paint }: IpRun): string {
  if (row.address === undefined || row.broadcast === undefined) return ''
  return `${paint('mac', row.address)} ${row.link_pointtopoint === true ? 'peer' : 'brd'} ${paint('mac', row.broadcast)}`
}

/** What `ip link` prints below the device: statistics, alternative names. */
export function linkTailText(row: LinkRow, run: IpRun): string {
  const stats = row.stats64 === undefined ? '' : `\n${statsText(row.stats64, run)}`
  return `${stats}${altNamesText(row)}`
}

export function altNamesText(row: LinkRow): string {
  return ((row['altnames'] as readonly string[] | undefined) ?? []).map((name) => `\n    altname ${name}`).join('')
}

function detailsText(row: LinkRow, run: IpRun): string {
  let text = run.atLeast('3.10') ? ` promiscuity ${row['promiscuity']} ` : ' '
  if (run.atLeast('6.0')) text += ` allmulti ${row['allmulti']} `
  if (run.atLeast('4.19')) text += `minmtu ${row['min_mtu']} maxmtu ${row['max_mtu']} `
  const info = row['linkinfo'] as Row | undefined
  if (info?.['info_kind'] !== undefined)
    text += `\n    ${info['info_kind']} ${infoText({ kinds: linkKinds, key: 'info_kind', dataKey: 'info_data' }, info, run)}`
  if (info?.['info_slave_kind'] !== undefined) {
    text += `\n    ${info['info_slave_kind']}_slave ${infoText({ kinds: slaveKinds, key: 'info_slave_kind', dataKey: 'info_slave_data' }, info, run)}`
  }
  if (!run.atLeast('4.6')) return text
  if (row['inet6_addr_gen_mode'] !== undefined) text += `addrgenmode ${row['inet6_addr_gen_mode']} `
  text += `numtxqueues ${row['num_tx_queues']} numrxqueues ${row['num_rx_queues']} `
  if (run.atLeast('4.11')) text += `gso_max_size ${row['gso_max_size']} gso_max_segs ${row['gso_max_segs']} `
  if (run.atLeast('6.0')) {
    text += `tso_max_size ${row['tso_max_size']} tso_max_segs ${row['tso_max_segs']} gro_max_size ${row['gro_max_size']} `
  }
  return text
}

interface InfoPlace {
  readonly kinds: readonly { name: string; text?: (data: Row) => string }[]
  readonly key: string
  readonly dataKey: string
}

function infoText({ kinds, key, dataKey }: InfoPlace, info: Row, run: IpRun): string {
  const kind = kinds.find((candidate) => candidate.name === info[key])
  const data = info[dataKey] as Row | undefined
  // Bridges and their ports told nothing of themselves before Linux 4.3 and iproute2 4.4.
  if (kind?.name === 'bridge' && !(run.atLeast('4.4') && run.kernelAtLeast('4.3'))) return ''
  return kind?.text === undefined || data === undefined ? '' : kind.text(data)
}

const HUMAN_PREFIXES = 'KMGTPE'

/** -h: one digit behind the point, cut off; 1000 or with -iec 1024. */
export function humanNumber(value: number, iec: boolean): string {
  const base = iec ? 1024 : 1000
  if (value < base) return String(value)
  let power = base
  let index = 0
  while (index < HUMAN_PREFIXES.length - 1 && value >= power * base) {
    power *= base
    index++
  }
  const tenths = Math.floor((value * 10) / power)
  return `${Math.floor(tenths / 10)}.${tenths % 10}${HUMAN_PREFIXES[index]}${iec ? 'i' : ''}`
}

export function statsText(stats: StatsRow, run: IpRun): string {
  return run.atLeast('5.16') ? alignedStats(stats, run) : fixedStats(stats, run)
}

const RX_KEYS = ['bytes', 'packets', 'errors', 'dropped', 'over_errors', 'multicast'] as const
const TX_KEYS = ['bytes', 'packets', 'errors', 'dropped', 'carrier_errors', 'collisions'] as const
const RX_ERROR_KEYS = ['length_errors', 'crc_errors', 'frame_errors', 'fifo_errors', 'missed_errors'] as const
const TX_ERROR_KEYS = ['aborted_errors', 'fifo_errors', 'window_errors', 'heartbeat_errors', 'carrier_changes'] as const

/** Columns as wide as the widest number (iproute2 5.16). */
function alignedStats(stats: StatsRow, run: IpRun): string {
  const number = (value: number): string => (run.options.human ? humanNumber(value, run.options.iec) : String(value))
  const pick = (from: Readonly<Record<string, number>>, keys: readonly string[]): string[] => keys.map((key) => number(from[key] ?? 0))
  const rx = pick(stats.rx, RX_KEYS)
  const tx = pick(stats.tx, TX_KEYS)
  const withErrors = stats.rx['length_errors'] !== undefined
  const rxErrors = ['', ...pick(stats.rx, RX_ERROR_KEYS)]
  const txErrors = ['', ...pick(stats.tx, TX_ERROR_KEYS)]
  const widths = [10, 7, 6, 7, 7, 7, 10]
  for (const row of withErrors ? [rx, tx, rxErrors, txErrors] : [rx, tx]) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i]!, cell.length)
  }
  const cells = (words: readonly string[], from = 0): string => words.map((word, i) => word.padStart(widths[i + from]!)).join(' ')
  const head = (label: string, words: readonly string[]): string =>
    `    ${label}: ${words[0]!.padStart(widths[0]! - 4)} ${cells(words.slice(1), 1)} ${' '.repeat(widths[6]!)}`
  const values = (row: readonly string[]): string => `    ${cells(row)} `
  const errorHead = (label: string, words: readonly string[]): string =>
    `    ${label} errors:${' '.repeat(widths[0]! - 10)} ${cells(words, 1)}`
  const lines = [head('RX', ['bytes', 'packets', 'errors', 'dropped', 'missed', 'mcast']), values(rx)]
  if (withErrors) lines.push(errorHead('RX', ['length', 'crc', 'frame', 'fifo', 'overrun']), values(rxErrors))
  lines.push(head('TX', ['bytes', 'packets', 'errors', 'dropped', 'carrier', 'collsns']), values(tx))
  if (withErrors) lines.push(errorHead('TX', ['aborted', 'fifo', 'window', 'heartbt', 'transns']), values(txErrors))
  return lines.join('\n')
}

/** Left-aligned columns of fixed width, before. */
function fixedStats(stats: StatsRow, run: IpRun): string {
  const widths = [10, 8, 7, 7, 7, 7]
  const number = (value: number): string => (run.options.human ? humanNumber(value, run.options.iec) : String(value))
  const line = (from: Readonly<Record<string, number>>, keys: readonly string[]): string =>
    `    ${keys.map((key, i) => `${number(from[key] ?? 0).padEnd(widths[i]!)} `).join('')}`
  const errors = (from: Readonly<Record<string, number>>, keys: readonly string[]): string => `               ${line(from, keys).slice(4)}`
  const lines = ['    RX: bytes  packets  errors  dropped overrun mcast   ', line(stats.rx, RX_KEYS)]
  const withErrors = stats.rx['length_errors'] !== undefined
  if (withErrors) lines.push('    RX errors: length   crc     frame   fifo    missed', errors(stats.rx, RX_ERROR_KEYS))
  lines.push('    TX: bytes  packets  errors  dropped carrier collsns ', line(stats.tx, TX_KEYS))
  if (withErrors) lines.push('    TX errors: aborted  fifo   window heartbeat', errors(stats.tx, TX_ERROR_KEYS.slice(0, 4)))
  return lines.join('\n')
}

export function briefLinkText(row: LinkRow, run: IpRun): string {
  return `${briefHead(row, run)}${run.paint('mac', `${row.address} `)}<${row.flags.join(',')}> \n`
}

/** Name and state in columns of 16 and 14. */
export function briefHead(row: LinkRow, run: IpRun): string {
  const name = run.paint('ifname', `${nameWithLink(row).padEnd(16)} `)
  return `${name}${run.paint(inkOfState(row.operstate), `${row.operstate.padEnd(14)} `)}`
}
