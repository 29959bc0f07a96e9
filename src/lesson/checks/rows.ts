// Where statements about the lab get their rows: the same commands a person would type, read by the lab itself, unseen and leaving no trace.

import type { Machine } from '../../node/machine.js'
import { floatingRows, portRows, secgroupRows, serverRows } from './cloud-rows.js'
import { parseFlows, parseRecords } from './switch-rows.js'

export type Row = Readonly<Record<string, unknown>>

export interface RowSource {
  readonly name: string
  /** The command that yields the rows. */
  readonly command: (where: Readonly<Record<string, unknown>>) => readonly string[]
  readonly parse: (stdout: string) => Row[]
  /** Objects of the cloud's API: its client takes time, which looking must not. */
  readonly objects?: (machine: Machine) => Row[]
  /** The steps of a packet that is sent in a copy of the packet world, to `where.to`. */
  readonly isProbe?: true
}

const SOURCES: readonly RowSource[] = [
  { name: 'device', command: () => ['ip', '-d', '-j', 'link', 'show'], parse: parseJson },
  { name: 'address', command: () => ['ip', '-j', 'addr', 'show'], parse: parseAddresses },
  { name: 'route', command: (where) => ['ip', '-j', 'route', 'show', 'table', text(where['table'], 'main')], parse: parseJson },
  { name: 'rule', command: () => ['ip', '-j', 'rule', 'show'], parse: parseRules },
  { name: 'neighbour', command: () => ['ip', '-j', 'neigh', 'show'], parse: parseJson },
  { name: 'fdb', command: () => ['bridge', '-j', 'fdb', 'show'], parse: parseJson },
  { name: 'firewall', command: (where) => ['iptables-save', '-t', text(where['table'], 'filter')], parse: parseIptablesSave },
  { name: 'conntrack', command: () => ['conntrack', '-L'], parse: parseConntrack },
  { name: 'server', command: () => ['nova', 'list'], parse: () => [], objects: serverRows },
  { name: 'floating-ip', command: () => ['nova', 'floating-ip-list'], parse: () => [], objects: floatingRows },
  { name: 'secgroup-rule', command: () => ['nova', 'secgroup-list-rules', 'default'], parse: () => [], objects: secgroupRows },
  {
    name: 'namespace',
    command: () => ['ip', 'netns', 'list'],
    parse: (output) => lines(output).map((line) => ({ name: line.split(' ')[0] })),
  },
  {
    name: 'file',
    command: (where) => ['cat', text(where['path'], '/dev/null')],
    parse: (output) => lines(output).map((line) => ({ line })),
  },
  { name: 'sysctl', command: (where) => ['sysctl', text(where['key'], '-a')], parse: parseSysctl },
  { name: 'switch-port', command: () => ['ovs-vsctl', '--format=json', 'list', 'Port'], parse: parseRecords },
  { name: 'switch-interface', command: () => ['ovs-vsctl', '--format=json', 'list', 'Interface'], parse: parseRecords },
  { name: 'flow', command: (where) => ['ovs-ofctl', 'dump-flows', text(where['bridge'], 'br-int')], parse: parseFlows },
  { name: 'port', command: () => ['openstack', 'port', 'list', '--long'], parse: () => [], objects: portRows },
  { name: 'way', command: (where) => ['lab', 'explain', '--to', text(where['to'], '')], parse: () => [], isProbe: true },
  { name: 'process', command: () => ['ps', '-eo', 'pid=,args='], parse: parseProcesses },
]

/** Fields that choose what is read rather than what must be found. */
const SELECTORS: ReadonlySet<string> = new Set(['path', 'table'])
const OWN_SELECTORS: Readonly<Record<string, ReadonlySet<string>>> = {
  rule: new Set(['path']),
  flow: new Set(['bridge']),
  way: new Set(['to']),
}

export const rowSourceNames: readonly string[] = SOURCES.map((source) => source.name)

export function rowSource(name: string): RowSource {
  const source = SOURCES.find((candidate) => candidate.name === name)
  if (source === undefined) throw new Error(`no rows "${name}"`)
  return source
}

export function withoutSelectors(
  where: Readonly<Record<string, string | number | boolean>>,
  source: string,
): Record<string, string | number | boolean> {
  const selectors = OWN_SELECTORS[source] ?? SELECTORS
  return Object.fromEntries(Object.entries(where).filter(([field]) => !selectors.has(field)))
}

const lines = (output: string) => output.split('\n').filter((line) => line.trim() !== '')
const text = (value: unknown, otherwise: string) => (value === undefined ? otherwise : String(value))

function parseJson(output: string): Row[] {
  if (output.trim() === '') return []
  const value: unknown = JSON.parse(output)
  return Array.isArray(value) ? (value as Row[]).filter((row) => Object.keys(row).length > 0).map(flatten) : []
}

/** Words without a value (`[detached]`) are true. */
function parseRules(output: string): Row[] {
  return parseJson(output).map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? true])))
}

/** `linkinfo: {info_kind: bridge}` is also found as `linkinfo.info_kind`. */
function flatten(row: Row): Row {
  const flat: Record<string, unknown> = {}
  const walk = (prefix: string, value: unknown) => {
    flat[prefix] = value
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      for (const [name, inner] of Object.entries(value)) walk(`${prefix}.${name}`, inner)
    }
  }
  for (const [name, value] of Object.entries(row)) walk(name, value)
  return flat
}

function parseAddresses(output: string): Row[] {
  return parseJson(output).flatMap((device) => {
    const infos = (device['addr_info'] ?? []) as Row[]
    return infos.map((info) => ({
      ...info,
      ifname: device['ifname'],
      mac: device['address'],
      cidr: `${info['local']}/${info['prefixlen']}`,
    }))
  })
}

function parseIptablesSave(output: string): Row[] {
  const rows: Row[] = []
  let table = ''
  for (const line of lines(output)) {
    if (line.startsWith('*')) table = line.slice(1)
    const policy = /^:(\S+) (\S+)/.exec(line)
    if (policy !== null) rows.push({ table, chain: policy[1], policy: policy[2] })
    const rule = /^(?:\[\d+:\d+\] )?-A (\S+) (.*)$/.exec(line)
    if (rule !== null) rows.push({ table, chain: rule[1], rule: rule[2], target: /(?:^| )-[jg] (\S+)/.exec(rule[2] ?? '')?.[1] })
  }
  return rows
}

function parseConntrack(output: string): Row[] {
  return lines(output).map((line) => {
    const row: Record<string, unknown> = { protocol: line.split(/\s+/)[0] }
    for (const [, name = '', value] of line.matchAll(/(\w+)=(\S+)/g)) {
      row[name in row ? `reply-${name}` : name] = value
    }
    const state = /\b([A-Z_]{4,})\b/.exec(line)?.[1]
    if (state !== undefined) row['state'] = state
    row['replied'] = !line.includes('[UNREPLIED]')
    return row
  })
}

function parseSysctl(output: string): Row[] {
  return lines(output).map((line) => {
    const [key = '', value = ''] = line.split(' = ')
    return { key, value }
  })
}

function parseProcesses(output: string): Row[] {
  return lines(output).map((line) => {
    const [, pid, args] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
    return { pid, args }
  })
}

/** Where a learner is sent to look: the same command as a person types it. */
export function lookAt(source: RowSource, where: Readonly<Record<string, unknown>>): string {
  const words = source.command(where).filter((word) => word !== '-j' && word !== '-d' && word !== '--format=json')
  return words[0] === 'iptables-save'
    ? `iptables -t ${words[2]} -S`
    : words
        .join(' ')
        .replace(/ show table main$/, '')
        .replace(/^ps -eo .*/, 'ps aux')
}
