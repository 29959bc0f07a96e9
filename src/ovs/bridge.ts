// An OpenFlow bridge: its ports, tables, groups and MAC table, and what controllers and commands may change.

import type { MacAddress } from '../addr/mac.js'
import { KernelError } from '../kernel/errno.js'
import type { Packet } from '../kernel/packet.js'
import { Copied } from '../sim/copied.js'
import type { OfAction } from './actions/action.js'
import type { Bond } from './bond.js'
import type { Datapath } from './datapath.js'
import type { Flow, FlowFlags } from './flow.js'
import { applyFlowMod, internalFlow, normalFlow, outputsTo } from './flow-mods.js'
import { FlowTable, INTERNAL_TABLE, TABLES } from './flow-table.js'
import type { Group, GroupMod } from './group.js'
import { applyGroupMod } from './group-mods.js'
import type { OvsInternalDevice } from './internal-device.js'
import { LearnedCookies } from './learned-cookies.js'
import { MacTable } from './mac-table.js'
import type { Match } from './match.js'
import { subsumes } from './match.js'
import type { Mirror } from './mirror.js'
import { OFPP_LOCAL } from './port-numbers.js'
import type { PortSpec } from './ports.js'
import { type OfPort, TRUNK } from './ports.js'
import type { OpenFlowVersion } from './version.js'
import type { VSwitch } from './vswitch.js'

export type FailMode = 'standalone' | 'secure'
export type DatapathType = 'system' | 'netdev'

export interface FlowMod {
  readonly command: 'add' | 'modify' | 'modify_strict' | 'delete' | 'delete_strict'
  /** null: all tables (delete and modify). */
  readonly table: number | null
  readonly match: Match
  readonly priority: number
  /** New cookie of an add or modify. */
  readonly cookie: bigint
  /** modify: flows that are there keep theirs; absent: they do when `cookie` is all ones. */
  readonly keepsCookie?: boolean
  /** Selects flows by cookie in modify and delete; mask 0: all. */
  readonly cookieMatch: bigint
  readonly cookieMask: bigint
  readonly idleTimeout: number
  readonly hardTimeout: number
  readonly importance: number
  readonly flags: FlowFlags
  readonly actions: readonly OfAction[]
  /** delete: only flows that output here; null: any. */
  readonly outPort: number | null
  readonly outGroup: number | null
}

export interface FlowFilter {
  readonly table: number | null
  readonly match: Match
  readonly cookie: bigint
  readonly cookieMask: bigint
  readonly outPort: number | null
  readonly outGroup: number | null
}

export interface BridgeSpec {
  readonly name: string
  readonly datapathType: DatapathType
  readonly failMode: FailMode
}

const MAX_PORTS = 65_280

export class OfBridge extends Copied {
  readonly datapathType: DatapathType
  /** 48 bits of a MAC under 16 of an implementer number; settable. */
  datapathId = 0n
  /** Versions of OpenFlow it speaks (the column `protocols`); empty: what its release speaks by default. */
  openflow: readonly OpenFlowVersion[] = []
  /** ovs-ofctl set-frags */
  fragments: 'normal' | 'drop' | 'reassemble' | 'nx-match' = 'normal'
  /** other_config:forward-bpdu */
  forwardBpdu = false
  readonly ports = new Map<number, OfPort>()
  /** As they came, the order in which NORMAL floods. */
  portList: readonly OfPort[] = []
  readonly macTable: MacTable
  readonly groups = new Map<number, Group>()
  /** By name. */
  readonly bonds = new Map<string, Bond>()
  mirrors: readonly Mirror[] = []
  /** What a packet gets that no flow matches. */
  readonly noMatch: Flow
  /** What fragments get when they are not wanted. */
  readonly dropFragments: Flow
  private readonly learned = new LearnedCookies()
  private readonly tables: (FlowTable | null)[] = new Array<FlowTable | null>(TABLES).fill(null)
  /** Those that there are, in the order of their numbers: most bridges use a few. */
  private made: readonly FlowTable[] = []
  private mode: FailMode = 'secure'
  private lastOfport = 0
  local!: OvsInternalDevice
  localPort!: OfPort
  controllers = 0

  constructor(
    readonly vswitch: VSwitch,
    readonly name: string,
    readonly datapath: Datapath,
    failMode: FailMode,
  ) {
    super()
    this.datapathType = datapath.kind
    this.macTable = new MacTable(vswitch)
    const internal = this.table(INTERNAL_TABLE)
    for (const flow of internalFlow.all(vswitch.nowUs)) internal.insert(flow)
    this.noMatch = [...internal.flows][2]!
    this.dropFragments = [...internal.flows][3]!
    this.setFailMode(failMode)
  }

  get failMode(): FailMode {
    return this.mode
  }

  /** Standalone without a controller: an ordinary switch, by one flow that NORMAL stands in. */
  setFailMode(mode: FailMode): void {
    if (mode === this.mode && this.table(0).size > 0) return
    const was = this.mode
    this.mode = mode
    if (mode === was && mode === 'secure') return
    // Changing the mode flushes what is there.
    this.flushFlows()
    if (mode === 'standalone') this.insertFlow(normalFlow(this.vswitch.nowUs))
    this.vswitch.changed()
  }

  /** All flows that controllers and commands have made. */
  flushFlows(): void {
    this.vswitch.settle()
    for (const table of this.made) {
      if (table.id === INTERNAL_TABLE) continue
      for (const flow of [...table.flows]) table.remove(flow)
    }
    this.learned.clear()
    this.flowsWent()
  }

  insertFlow(flow: Flow): void {
    this.table(flow.table).insert(flow)
    this.learned.add(flow.actions)
    this.vswitch.dueBy(flow.expiresUs)
    this.vswitch.changed()
  }

  /** And the flows that it taught, when it asked for that. */
  removeFlow(flow: Flow): void {
    if (!flow.isAlive) return
    this.table(flow.table).remove(flow)
    this.flowsWent()
    this.forget(flow.actions)
  }

  /** Instead of `old` in place: what `old` taught and the new flow does not goes. */
  replaceFlow(old: Flow, flow: Flow): void {
    this.learned.add(flow.actions)
    this.removeFlow(old)
    this.learned.remove(flow.actions)
    this.insertFlow(flow)
  }

  /** Of a flow that stays. */
  changeActions(flow: Flow, actions: readonly OfAction[]): void {
    const old = flow.actions
    this.learned.add(actions)
    flow.actions = actions
    this.forget(old)
  }

  private forget(actions: readonly OfAction[]): void {
    for (const { table, cookie } of this.learned.remove(actions)) {
      for (const flow of [...this.table(table).flows]) if (flow.cookie === cookie && !flow.isHidden) this.removeFlow(flow)
    }
  }

  private flowsWent(): void {
    this.vswitch.changed()
    for (const watcher of this.vswitch.flowWatchers) watcher(this)
  }

  table(id: number): FlowTable {
    let table = this.tables[id]
    if (table === null || table === undefined) {
      table = new FlowTable(id)
      this.tables[id] = table
      this.made = this.tables.filter((one) => one !== null)
    }
    return table
  }

  /** KernelError: ENODEV when a system port's device is not there, EBUSY or EEXIST as the datapath answers. */
  addPort(spec: PortSpec): OfPort {
    const ofport = spec.name === this.name ? OFPP_LOCAL : this.numberFor(spec.ofport ?? null)
    const port = this.vswitch.attach(this, spec, ofport)
    port.vlan = spec.vlan ?? TRUNK
    port.peer = spec.peer ?? null
    port.tunnel = spec.tunnel ?? null
    this.ports.set(ofport, port)
    this.portList = [...this.portList, port]
    this.vswitch.plugged(port)
    this.vswitch.changed()
    return port
  }

  /** The number asked for, else the next that is free. */
  private numberFor(wanted: number | null): number {
    if (wanted !== null && wanted > 0 && wanted < MAX_PORTS && !this.ports.has(wanted)) return wanted
    if (this.ports.size >= MAX_PORTS) throw new KernelError('EFBIG')
    do this.lastOfport = (this.lastOfport % (MAX_PORTS - 1)) + 1
    while (this.ports.has(this.lastOfport))
    return this.lastOfport
  }

  /** Internal devices go away; others are let go. */
  removePort(port: OfPort): void {
    if (this.ports.get(port.ofport) !== port) return
    this.vswitch.settle()
    this.ports.delete(port.ofport)
    this.portList = this.portList.filter((one) => one !== port)
    port.isAlive = false
    this.vswitch.detach(port)
    this.macTable.forgetPort(port)
    this.vswitch.changed()
  }

  portByName(name: string): OfPort | null {
    for (const port of this.portList) if (port.name === name) return port
    return null
  }

  /** After `port.vlan`, `port.peer`, `port.tunnel`, `port.config` were changed: what was cached is checked again. */
  portChanged(port: OfPort): void {
    this.vswitch.replugged(port)
    this.vswitch.changed()
  }

  setLocalMac(mac: MacAddress): void {
    if (this.local.mac !== mac) this.local.setMac(mac)
  }

  /** Its device is up and has a carrier; watched by groups and bundles. */
  isLive(number: number): boolean {
    const port = this.ports.get(number)
    if (port === undefined || port.config.down) return false
    return port.dev === null ? port.kind !== 'patch' || this.vswitch.peerOf(port) !== null : port.dev.isRunning
  }

  queuePriority(queue: number): number {
    return this.datapathType === 'netdev' ? queue : 0x10000 + queue + 1
  }

  /** Throws OfError. */
  flowMod(mod: FlowMod): void {
    this.vswitch.settle()
    applyFlowMod(this, mod)
  }

  /** Flows that a filter selects, by table; counters are up to date. Hidden ones are left out unless table 254 is asked for. */
  flows(filter?: FlowFilter): Flow[] {
    this.vswitch.settle()
    const found: Flow[] = []
    for (const table of this.made) {
      if (table.id === INTERNAL_TABLE && filter?.table !== INTERNAL_TABLE) continue
      if (filter !== undefined && filter.table !== null && filter.table !== table.id) continue
      for (const flow of table.list()) if (filter === undefined || this.selects(filter, flow)) found.push(flow)
    }
    return found
  }

  private selects(filter: FlowFilter, flow: Flow): boolean {
    if (!subsumes(filter.match, flow.match)) return false
    if ((flow.cookie & filter.cookieMask) !== (filter.cookie & filter.cookieMask)) return false
    return outputsTo(flow, filter.outPort, filter.outGroup)
  }

  allTables(): FlowTable[] {
    return Array.from({ length: INTERNAL_TABLE }, (_, id) => this.table(id))
  }

  existingTables(): readonly FlowTable[] {
    return this.made
  }

  groupMod(mod: GroupMod): void {
    this.vswitch.settle()
    applyGroupMod(this, mod)
    this.vswitch.changed()
  }

  /** A frame comes in by a port that has a place in the datapath. */
  receive(pkt: Packet, port: OfPort): void {
    this.datapath.receive(pkt, port.dpPort!, null)
  }

  /** What learn() has found, refreshed: the flow is made, or its time starts anew. */
  learn(mod: FlowMod, limit: number, atUs: number): void {
    const table = this.table(mod.table ?? 0)
    const flow = table.exact(mod.match, mod.priority)
    if (flow !== null && sameLearned(flow, mod)) {
      if (atUs > flow.modifiedUs) flow.modifiedUs = atUs
      return
    }
    if (flow === null && limit !== 0 && !this.hasRoomToLearn(mod, limit)) return
    applyFlowMod(this, mod)
    const made = table.exact(mod.match, mod.priority)
    if (made !== null && atUs > made.modifiedUs) made.modifiedUs = atUs
  }

  unlearn(mod: FlowMod): void {
    applyFlowMod(this, { ...mod, command: 'delete_strict' })
  }

  hasRoomToLearn(mod: FlowMod, limit: number): boolean {
    let count = 0
    for (const flow of this.table(mod.table ?? 0).flows) if (flow.cookie === mod.cookie) count++
    return count < limit || this.table(mod.table ?? 0).exact(mod.match, mod.priority) !== null
  }
}

/** Fields are the same objects everywhere; everything else is compared by what it holds. */
function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const left = a as Record<string, unknown>
  const right = b as Record<string, unknown>
  for (const name in left) if (name === 'field' ? left[name] !== right[name] : !sameValue(left[name], right[name])) return false
  for (const name in right) if (!(name in left)) return false
  return true
}

function sameLearned(flow: Flow, mod: FlowMod): boolean {
  if (flow.cookie !== mod.cookie || flow.idleTimeout !== mod.idleTimeout || flow.hardTimeout !== mod.hardTimeout) return false
  return flow.actions === mod.actions || sameValue(flow.actions, mod.actions)
}
