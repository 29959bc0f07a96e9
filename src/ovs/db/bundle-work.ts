// Ports of the database with several interfaces (bonds), and mirrors: what of them the switch follows.
import type { BondConfig, BondMode } from '../bond.js'
import { Bond } from '../bond.js'
import type { OfBridge } from '../bridge.js'
import { Mirror } from '../mirror.js'
import type { OfPort } from '../ports.js'
import type { InterfaceWork } from './bridge-work.js'
import { stringMap } from './datum.js'
import type { SwitchLog } from './reconfigure.js'
import type { Row } from './rows.js'

/** `bond-primary` since 2.15. */
function bondConfig(row: Row): BondConfig {
  const other = stringMap(row.stored('other_config'))
  const delay = (column: string): number => Math.max(0, row.number(column) ?? 0)
  const mode = row.text('bond_mode')
  return {
    name: row.text('name')!,
    mode: mode === 'balance-slb' || mode === 'balance-tcp' ? mode : ('active-backup' satisfies BondMode),
    updelayMs: delay('bond_updelay'),
    downdelayMs: delay('bond_downdelay'),
    primary: other.get('bond-primary') ?? null,
  }
}

/** Interfaces by the Port row they belong to. */
function portsOf(works: Iterable<InterfaceWork>): Map<Row, OfPort[]> {
  const found = new Map<Row, OfPort[]>()
  for (const { port, portRow } of works) {
    if (port === null || port.dev === null) continue
    const list = found.get(portRow)
    if (list === undefined) found.set(portRow, [port])
    else list.push(port)
  }
  return found
}

/** A Port row with more than one interface is a bond, of those of its interfaces that are there. */
export function syncBonds(of: OfBridge, works: Iterable<InterfaceWork>, log: SwitchLog): void {
  const wanted = new Set<string>()
  for (const [row, ports] of portsOf(works)) {
    if (row.refs('interfaces').length < 2) continue
    const config = bondConfig(row)
    wanted.add(config.name)
    let bond = of.bonds.get(config.name)
    if (bond === undefined) {
      bond = new Bond(config, (text) => log('bond', 'INFO', text))
      of.bonds.set(config.name, bond)
    }
    const known = bond.members.map(({ port }) => port)
    const isSame = known.length === ports.length && known.every((port) => ports.includes(port))
    if (isSame && JSON.stringify(bond.config) === JSON.stringify(config)) continue
    bond.config = config
    bond.setMembers(ports)
  }
  for (const [name, bond] of of.bonds) {
    if (wanted.has(name)) continue
    bond.dissolve()
    of.bonds.delete(name)
    of.vswitch.changed()
  }
}

export interface MirrorWork {
  readonly row: Row
  readonly mirror: Mirror
  readonly settings: string
  readonly sinceUs: number
}

function fresh(of: OfBridge, row: Row, mirror: Mirror, settings: string): MirrorWork {
  return { row, mirror, settings, sinceUs: of.vswitch.nowUs }
}

/** Mirrors that stayed as they are go on counting. */
export function syncMirrors(
  of: OfBridge,
  row: Row,
  works: Iterable<InterfaceWork>,
  before: readonly MirrorWork[],
  log: SwitchLog,
): MirrorWork[] {
  const faces = new Map<string, OfPort>()
  for (const [port, ports] of portsOf(works)) faces.set(port.uuid, ports[0]!.bond?.face ?? ports[0]!)
  // Patch ports and tunnels are ports as others are.
  for (const { port, portRow } of works) if (port !== null && !faces.has(portRow.uuid)) faces.set(portRow.uuid, port)
  const after: MirrorWork[] = []
  for (const one of row.refs('mirrors')) {
    const mirror = mirrorOf(of, one, faces, log)
    if (mirror === null) continue
    const settings = settingsOf(mirror)
    after.push(before.find((old) => old.row.uuid === one.uuid && old.settings === settings) ?? fresh(of, one, mirror, settings))
  }
  if (after.length !== before.length || after.some((one, i) => one !== before[i])) {
    of.mirrors = after.map(({ mirror }) => mirror)
    of.vswitch.changed()
  }
  return after
}

function mirrorOf(of: OfBridge, row: Row, faces: ReadonlyMap<string, OfPort>, log: SwitchLog): Mirror | null {
  const name = row.text('name') ?? ''
  const portsIn = (column: string): Set<OfPort> => new Set(row.refs(column).flatMap((port) => faces.get(port.uuid) ?? []))
  const outPort = [...portsIn('output_port')][0] ?? null
  const outVlan = row.number('output_vlan')
  if (outPort === null && outVlan === null) {
    log('bridge', 'ERR', `bridge ${of.name}: mirror ${name} does not specify output; ignoring`)
    return null
  }
  if (outPort !== null && outVlan !== null) {
    log('bridge', 'ERR', `bridge ${of.name}: mirror ${name} specifies both output port and output vlan; ignoring output vlan`)
  }
  const all = row.stored('select_all').keys[0] === true
  const vlans = row.stored('select_vlan').keys.filter((key) => typeof key === 'number')
  const snaplen = row.table.schema.columns.has('snaplen') ? (row.number('snaplen') ?? 0) : 0
  return new Mirror({
    name,
    sources: all ? null : portsIn('select_src_port'),
    destinations: all ? null : portsIn('select_dst_port'),
    vlans,
    outPort,
    outVlan: outPort === null ? outVlan : null,
    snapLength: snaplen,
  })
}

function settingsOf({ spec }: Mirror): string {
  const { sources, destinations, vlans, outPort, outVlan, snapLength, name } = spec
  const names = (ports: ReadonlySet<OfPort> | null): string[] | null => (ports === null ? null : [...ports].map(portText))
  return JSON.stringify([
    name,
    names(sources),
    names(destinations),
    vlans,
    outPort === null ? null : portText(outPort),
    outVlan,
    snapLength,
  ])
}

function portText(port: OfPort): string {
  return `${port.name} ${port.ofport} ${port.createdUs}`
}
