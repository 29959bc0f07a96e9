// What the commands of one ovs-vsctl share: the transaction, names given with --id, and bridges, ports and interfaces as people see them.
import type { OvsDb } from '../../../ovs/db/database.js'
import { setOf } from '../../../ovs/db/datum.js'
import type { ParseContext, Symbols } from '../../../ovs/db/datum-parse.js'
import type { PrintedTable } from '../../../ovs/db/print-table.js'
import type { BaseType } from '../../../ovs/db/schema.js'
import type { DraftRow, Transaction } from '../../../ovs/db/transaction.js'

/** Ends the run with `ovs-vsctl: TEXT`. */
export class Fatal extends Error {
  constructor(
    text: string,
    readonly code = 1,
  ) {
    super(text)
  }
}

/** `wait-until` is not satisfied: all is to be done again when the database has changed. */
export class TryAgain extends Error {}

export interface VsctlBridge {
  readonly name: string
  /** null: a fake bridge. */
  readonly row: DraftRow | null
  readonly parent: VsctlBridge | null
  readonly vlan: number
  readonly children: VsctlBridge[]
  readonly ports: VsctlPort[]
}

export interface VsctlPort {
  readonly row: DraftRow
  readonly bridge: VsctlBridge
  readonly interfaces: VsctlInterface[]
}

export interface VsctlInterface {
  readonly row: DraftRow
  readonly port: VsctlPort
}

interface NamedRow {
  uuid: string
  created: boolean
  hasStrongRef: boolean
  hasWeakRef: boolean
}

export interface CommandOutput {
  text: string
  table: PrintedTable | null
}

export class VsctlSession {
  readonly txn: Transaction
  readonly root: DraftRow
  readonly names = new Map<string, NamedRow>()
  /** Interfaces that came with this run: what became of them is told at the end. */
  readonly newInterfaces: DraftRow[] = []
  readonly warnings: { readonly module: string; readonly text: string }[] = []
  readonly parsing: ParseContext
  private cache: VsctlCache | null = null

  constructor(readonly db: OvsDb) {
    this.txn = db.begin()
    this.root = db.root === null ? this.txn.insert('Open_vSwitch') : this.txn.row('Open_vSwitch', db.root.uuid)!
    const symbols: Symbols = (name, base) => this.refer(name, base)
    this.parsing = { version: db.ovsVersion, symbols }
  }

  get view(): VsctlCache {
    this.cache ??= new VsctlCache(this)
    return this.cache
  }

  invalidate(): void {
    this.cache = null
  }

  warn(text: string, module = 'vsctl'): void {
    this.warnings.push({ module, text })
  }

  private named(name: string): NamedRow {
    let row = this.names.get(name)
    if (row === undefined) {
      row = { uuid: this.db.random.uuid(), created: false, hasStrongRef: false, hasWeakRef: false }
      this.names.set(name, row)
    }
    return row
  }

  private refer(name: string, base: BaseType): string {
    const row = this.named(name)
    if (base.refTable !== null && base.isWeak) row.hasWeakRef = true
    else if (base.refTable !== null) row.hasStrongRef = true
    return row.uuid
  }

  /** `--id=@name` */
  define(name: string, isKept: boolean): string {
    if (!name.startsWith('@')) throw new Fatal(`row id "${name}" does not begin with "@"`)
    const row = this.named(name)
    if (row.created) throw new Fatal(`row id "${name}" may only be specified on one --id option`)
    row.created = true
    if (isKept) row.hasStrongRef = true
    return row.uuid
  }

  /** `--id=@name get`: the name of a row that is there. */
  defineAs(name: string, uuid: string): void {
    const isKnown = this.names.has(name)
    this.define(name, true)
    if (isKnown) throw new Fatal(`row id "${name}" specified on "get" command was used before it was defined`)
    this.names.get(name)!.uuid = uuid
  }

  /** Names that nobody defined, or defined for nothing. */
  checkNames(): void {
    for (const [name, row] of this.names) {
      if (!row.created) throw new Fatal(`row id "${name}" is referenced but never created (e.g. with "-- --id=${name} create ...")`)
      if (row.hasStrongRef) continue
      this.warn(
        row.hasWeakRef
          ? `row id "${name}" was created but only a weak reference to it was inserted, so it will not actually appear in the database`
          : `row id "${name}" was created but no reference to it was inserted, so it will not actually appear in the database`,
      )
    }
  }
}

/** Bridges with their fake bridges, ports and interfaces, by name. */
export class VsctlCache {
  readonly bridges = new Map<string, VsctlBridge>()
  readonly ports = new Map<string, VsctlPort>()
  readonly interfaces = new Map<string, VsctlInterface>()

  constructor(session: VsctlSession) {
    const { txn, root } = session
    const rows = txn.refs(root, 'bridges')
    for (const row of rows) this.addBridge(txn, row)
    for (const row of rows) for (const port of txn.refs(row, 'ports')) this.addPort(txn, this.bridges.get(row.text('name')!)!, port)
  }

  private addBridge(txn: Transaction, row: DraftRow): void {
    const bridge: VsctlBridge = { name: row.text('name')!, row, parent: null, vlan: 0, children: [], ports: [] }
    this.bridges.set(bridge.name, bridge)
    for (const port of txn.refs(row, 'ports')) {
      const vlan = port.number('tag')
      const name = port.text('name')!
      if (!port.isTrue('fake_bridge') || vlan === null || this.bridges.has(name)) continue
      const fake: VsctlBridge = { name, row: null, parent: bridge, vlan, children: [], ports: [] }
      bridge.children.push(fake)
      this.bridges.set(name, fake)
    }
  }

  private addPort(txn: Transaction, real: VsctlBridge, row: DraftRow): void {
    const vlan = row.number('tag')
    const bridge = (vlan === null ? null : real.children.find((child) => child.vlan === vlan)) ?? real
    const port: VsctlPort = { row, bridge, interfaces: [] }
    bridge.ports.push(port)
    this.ports.set(row.text('name')!, port)
    for (const iface of txn.refs(row, 'interfaces')) {
      const made: VsctlInterface = { row: iface, port }
      port.interfaces.push(made)
      this.interfaces.set(iface.text('name')!, made)
    }
  }

  bridge(name: string): VsctlBridge {
    const bridge = this.bridges.get(name)
    if (bridge === undefined) throw new Fatal(`no bridge named ${name}`)
    return bridge
  }

  realBridge(name: string): DraftRow {
    const bridge = this.bridge(name)
    if (bridge.row === null) throw new Fatal(`${name} is a fake bridge`)
    return bridge.row
  }

  /** The local port of a bridge is none. */
  findPort(name: string): VsctlPort | null {
    const port = this.ports.get(name)
    return port === undefined || port.bridge.name === name ? null : port
  }

  port(name: string): VsctlPort {
    const port = this.findPort(name)
    if (port === null) throw new Fatal(`no port named ${name}`)
    return port
  }

  findInterface(name: string): VsctlInterface | null {
    const iface = this.interfaces.get(name)
    return iface === undefined || iface.port.bridge.name === name ? null : iface
  }

  interface(name: string): VsctlInterface {
    const iface = this.findInterface(name)
    if (iface === null) throw new Fatal(`no interface named ${name}`)
    return iface
  }

  checkConflicts(name: string, what: string): void {
    if (this.bridges.has(name)) throw new Fatal(`${what} because a bridge named ${name} already exists`)
    const port = this.ports.get(name)
    if (port !== undefined) throw new Fatal(`${what} because a port named ${name} already exists on bridge ${port.bridge.name}`)
    const iface = this.interfaces.get(name)
    if (iface !== undefined)
      throw new Fatal(`${what} because an interface named ${name} already exists on bridge ${iface.port.bridge.name}`)
  }
}

/** The row that holds a bridge's settings: its own, or its parent's. */
export function realRowOf(bridge: VsctlBridge): DraftRow {
  return bridge.row ?? bridge.parent!.row!
}

/** Its bridge forgets it; rows that nobody refers to go by themselves. */
export function deletePort(port: VsctlPort): void {
  const bridge = realRowOf(port.bridge)
  bridge.set('ports', setOf(bridge.get('ports').keys.filter((uuid) => uuid !== port.row.uuid)))
}
