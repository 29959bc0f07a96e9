// Adding, changing and deleting flows, with the switch's refusals.
import type { OfAction } from './actions/action.js'
import type { FlowMod, OfBridge } from './bridge.js'
import { theField } from './fields.js'
import { Flow } from './flow.js'
import { W } from './flow-key.js'
import type { FlowTable } from './flow-table.js'
import { INTERNAL_TABLE } from './flow-table.js'
import type { Match } from './match.js'
import { matchAll, overlaps, subsumes } from './match.js'
import { OfError } from './of-error.js'
import { OFPP_NORMAL } from './port-numbers.js'

export function applyFlowMod(bridge: OfBridge, mod: FlowMod): void {
  if (mod.table === INTERNAL_TABLE && mod.command !== 'delete') throw new OfError('OFPBRC_EPERM')
  if (mod.table !== null && mod.table > INTERNAL_TABLE) throw new OfError('OFPBRC_BAD_TABLE_ID')
  switch (mod.command) {
    case 'add':
      checkHidden(mod.match)
      checkActions(bridge, mod.actions)
      return add(bridge, mod)
    case 'modify':
    case 'modify_strict':
      checkHidden(mod.match)
      return modify(bridge, mod)
    case 'delete':
    case 'delete_strict':
      for (const flow of selected(bridge, mod, mod.command === 'delete_strict')) bridge.removeFlow(flow)
  }
}

/** What the switch knows a packet by within itself is for its own flows; packets that never went round may be asked for. */
function checkHidden({ key, mask }: Match): void {
  const isPlain = key[W.RECIRC_ID] === 0 && (mask[W.RECIRC_ID] === 0 || mask[W.RECIRC_ID] === -1)
  if (!isPlain || mask[W.DP_HASH] !== 0) throw new OfError('OFPBRC_EPERM')
}

/** Groups that are named must exist; there are no meters; some fields are only read. */
function checkActions(bridge: OfBridge, actions: readonly OfAction[]): void {
  for (const action of actions) {
    if (action.type === 'group' && !bridge.groups.has(action.id)) throw new OfError('OFPBAC_BAD_OUT_GROUP')
    if (action.type === 'load' && !action.dst.field.writable) throw new OfError('OFPBAC_BAD_SET_ARGUMENT')
    if (action.type === 'meter') throw new OfError('OFPMMFC_INVALID_METER')
    if (action.type === 'write_actions' || action.type === 'clone') checkActions(bridge, action.actions)
  }
}

function newFlow(mod: FlowMod, table: number, nowUs: number): Flow {
  const { priority, match, cookie, actions, idleTimeout, hardTimeout, importance, flags } = mod
  return new Flow({ table, priority, match, cookie, actions, idleTimeout, hardTimeout, importance, flags }, nowUs)
}

function add(bridge: OfBridge, mod: FlowMod): void {
  const id = mod.table ?? 0
  const table = bridge.table(id)
  const old = table.exact(mod.match, mod.priority)
  if (mod.flags.checkOverlap === true) checkOverlap(table, mod)
  const flow = newFlow(mod, id, bridge.vswitch.nowUs)
  if (old !== null) {
    // The same flow again: its counters go on unless they are to start anew.
    if (mod.flags.resetCounts !== true) {
      flow.packets = old.packets
      flow.bytes = old.bytes
      flow.usedUs = old.usedUs
    }
    bridge.replaceFlow(old, flow)
  } else bridge.insertFlow(flow)
}

function checkOverlap(table: FlowTable, mod: FlowMod): void {
  for (const flow of table.flows)
    if (flow.priority === mod.priority && overlaps(flow.match, mod.match)) throw new OfError('OFPFMFC_OVERLAP')
}

function modify(bridge: OfBridge, mod: FlowMod): void {
  const found = selected(bridge, mod, mod.command === 'modify_strict')
  // With a cookie to look for, nothing is made; since OpenFlow 1.1 never. What changes nothing is not looked at.
  const isNew = found.length === 0 && mod.cookieMask === 0n && mod.keepsCookie !== true
  if (found.length > 0 || isNew) checkActions(bridge, mod.actions)
  if (isNew) add(bridge, mod)
  const { nowUs } = bridge.vswitch
  for (const flow of found) {
    if (!flow.isAlive) continue
    // Parts of conjunctions are filed apart from other flows.
    if (flow.actions[0]?.type === 'conjunction' || mod.actions[0]?.type === 'conjunction') {
      bridge.table(flow.table).remove(flow)
      bridge.changeActions(flow, mod.actions)
      bridge.table(flow.table).insert(flow)
    } else {
      bridge.changeActions(flow, mod.actions)
      bridge.table(flow.table).refile(flow)
    }
    if (mod.keepsCookie !== true && mod.cookie !== 0xffffffffffffffffn) flow.cookie = mod.cookie
    flow.modifiedUs = nowUs
    if (mod.flags.resetCounts === true) {
      flow.packets = 0
      flow.bytes = 0
    }
  }
  bridge.vswitch.changed()
}

function selected(bridge: OfBridge, mod: FlowMod, strict: boolean): Flow[] {
  const tables = mod.table === null ? bridge.existingTables() : [bridge.table(mod.table)]
  const found: Flow[] = []
  for (const table of tables) {
    if (table.id === INTERNAL_TABLE) continue
    if (strict) {
      const flow = table.exact(mod.match, mod.priority)
      if (flow !== null && fits(flow, mod)) found.push(flow)
    } else for (const flow of table.flows) if (subsumes(mod.match, flow.match) && fits(flow, mod)) found.push(flow)
  }
  return found
}

function fits(flow: Flow, mod: FlowMod): boolean {
  if ((flow.cookie & mod.cookieMask) !== (mod.cookieMatch & mod.cookieMask)) return false
  return outputsTo(flow, mod.outPort, mod.outGroup)
}

/** null: any. */
export function outputsTo(flow: Flow, port: number | null, group: number | null): boolean {
  return (port === null || sendsTo(flow.actions, port)) && (group === null || usesGroup(flow.actions, group))
}

function sendsTo(actions: readonly OfAction[], port: number): boolean {
  return actions.some((action) => {
    switch (action.type) {
      case 'output':
      case 'output_trunc':
      case 'enqueue':
        return action.port === port
      case 'bundle':
        return action.members.includes(port)
      case 'write_actions':
      case 'clone':
        return sendsTo(action.actions, port)
      default:
        return false
    }
  })
}

export function usesGroup(actions: readonly OfAction[], group: number): boolean {
  return actions.some((action) => {
    if (action.type === 'group') return action.id === group
    return (action.type === 'write_actions' || action.type === 'clone') && usesGroup(action.actions, group)
  })
}

const PLAIN = { cookie: 0n, idleTimeout: 0, hardTimeout: 0, importance: 0, flags: {} } as const

/** What a standalone bridge has instead of a controller. */
export function normalFlow(nowUs: number): Flow {
  const actions: OfAction[] = [{ type: 'output', port: OFPP_NORMAL, maxLength: 0 }]
  return new Flow({ ...PLAIN, table: 0, priority: 0, match: matchAll(), actions }, nowUs)
}

function register(value: number): Match {
  const match = matchAll()
  match.key[W.REG0] = value
  match.mask[W.REG0] = -1
  return match
}

function notRecirculated(): Match {
  const match = matchAll()
  match.mask[theField('recirc_id').word] = -1
  return match
}

/** The switch's own flows in table 254: what happens on a miss. */
export const internalFlow = {
  all(nowUs: number): Flow[] {
    const make = (priority: number, match: Match, actions: readonly OfAction[]): Flow => {
      const flow = new Flow({ ...PLAIN, table: INTERNAL_TABLE, priority, match, actions }, nowUs)
      flow.isHidden = true
      return flow
    }
    const toController: OfAction = {
      type: 'controller',
      maxLength: 0xffff,
      controllerId: 0,
      reason: 'no_match',
      userdata: null,
      pause: false,
      meter: null,
    }
    return [make(2, notRecirculated(), []), make(0, register(1), [toController]), make(0, register(2), []), make(0, register(3), [])]
  },
}
