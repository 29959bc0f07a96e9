// ct(), and handing packets to controllers: where a translation leaves its state behind under a recirculation id.
import type { CtAction, OfAction, PacketInReason } from './actions/action.js'
import type { CtExecution } from './dp-action.js'
import { coverSubfield, getSubfield } from './fields.js'
import type { FlowKey } from './flow-key.js'
import { W } from './flow-key.js'
import { metadataOf } from './frozen-state.js'
import type { Translation } from './translate.js'

export function composeCt(x: Translation, action: CtAction): void {
  const { key, wildcards, sink } = x
  let zone = 0
  if (typeof action.zone === 'number') zone = action.zone
  else {
    zone = Number(getSubfield(key, action.zone))
    coverSubfield(wildcards, action.zone)
  }
  x.commit()
  const oldMark = wildcards[W.CT_MARK]!
  const oldLabel = wildcards.slice(W.CT_LABEL, W.CT_LABEL + 4)
  wildcards[W.CT_MARK] = 0
  wildcards.fill(0, W.CT_LABEL, W.CT_LABEL + 4)
  const nested: OfAction[] = action.nat === null ? [...action.exec] : [action.nat, ...action.exec]
  x.execute(nested, false)
  x.actions.push({ type: 'ct', ct: executionOf(action, zone, key, wildcards) })
  wildcards[W.CT_MARK] = oldMark
  wildcards.set(oldLabel, W.CT_LABEL)
  if (action.table !== null) fork(x, action, action.table, zone)
  x.clearConntrack()
  sink?.detail('Sets the packet to an untracked state, and clears all the conntrack fields.')
}

function executionOf(action: CtAction, zone: number, key: FlowKey, wildcards: FlowKey): CtExecution {
  const markMask = wildcards[W.CT_MARK]!
  const labelMask = bits128(wildcards, W.CT_LABEL)
  return {
    commit: action.commit,
    force: action.force,
    zone,
    mark: markMask === 0 ? null : { value: key[W.CT_MARK]! & markMask, mask: markMask },
    label: labelMask === 0n ? null : { value: bits128(key, W.CT_LABEL) & labelMask, mask: labelMask },
    helper: action.alg,
    nat: action.nat,
  }
}

function bits128(key: FlowKey, word: number): bigint {
  let value = 0n
  for (let i = 0; i < 4; i++) value = (value << 32n) | BigInt(key[word + i]! >>> 0)
  return value
}

/** The packet comes back, with what conntrack says about it, and goes on in `table`; this one goes on without. */
function fork(x: Translation, action: CtAction, table: number, zone: number): void {
  x.conntracked = true
  const id = freeze(x, table, true)
  x.actions.push({ type: 'recirc', id })
  if (x.recircs === null) return
  const key = x.key.slice()
  key[W.RECIRC_ID] = id
  key[W.CT_ZONE] = zone
  x.recircs.push({ id, key, zone, nat: action.nat })
  x.sink?.detail(`A clone of the packet is forked to recirculate. The forked pipeline will be resumed at table ${table}.`)
}

export function freeze(x: Translation, table: number, withActionSet: boolean, actions: readonly OfAction[] = []): number {
  const id = x.bridge.datapath.frozen.idFor({
    bridge: x.bridge,
    table,
    stack: [...x.stack],
    conntracked: x.conntracked,
    actionSet: withActionSet ? x.actionSet : [],
    actions,
    metadata: metadataOf(x.key),
  })
  x.recircIds = [...x.recircIds, id]
  return id
}

/** OFPR_* numbers. */
const REASONS: Record<PacketInReason, number> = { no_match: 0, action: 1, invalid_ttl: 2, action_set: 3, group: 4, packet_out: 5 }

export function composeController(x: Translation, maxLength: number, reason: PacketInReason, id: number): void {
  x.commit()
  const recirc = freeze(x, x.table, false)
  const dontSend = x.sink !== null && !x.learns ? 1 : 0
  const cookie = (x.rule?.cookie ?? 0xffffffffffffffffn).toString(16)
  const number = REASONS[reason]
  x.actions.push({
    type: 'controller',
    text:
      `userspace(pid=0,controller(reason=${number},dont_send=${dontSend},continuation=0,recirc_id=${recirc},` +
      `rule_cookie=${cookie === '0' ? '0' : `0x${cookie}`},controller_id=${id},max_len=${maxLength}))`,
  })
}
