// What becomes of Open vSwitch's classes when a lab's packet world is copied. What is not named here is copied field by field.
import { type Copier, type CopyRules, emptied, silenced } from '../sim/copier.js'
import { Bond } from './bond.js'
import { Subtable } from './classifier.js'
import type { Credit } from './credit.js'
import { Datapath } from './datapath.js'
import type { DpAction } from './dp-action.js'
import { Flow } from './flow.js'
import { type FrozenState, FrozenStates } from './frozen-state.js'
import { Bucket } from './group.js'
import { MaskTable, Megaflow } from './megaflow.js'
import { OfPort } from './ports.js'
import { VSwitch } from './vswitch.js'

export function ovsRules(rules: CopyRules): CopyRules {
  // Keys and masks are written while they are made, and stay; the datapath's scratch key is the exception.
  rules.share(Int32Array)
  rules.fields(Datapath, { scratch: (key) => (key as Int32Array).slice() })
  rules.fields(VSwitch, { flowWatchers: emptied })
  rules.fields(OfPort, { vlan: 'share', tunnel: 'share' })
  rules.fields(Flow, { match: 'share', actions: 'share', flags: 'share' })
  rules.fields(Bucket, { actions: 'share' })
  rules.fields(Subtable, { words: 'share', ends: 'share' })
  rules.fields(Bond, { config: 'share', log: silenced })
  rules.fields(FrozenStates, { byId: copyFrozen })
  rules.fields(MaskTable, { words: 'share', masks: 'share' })
  return rules.fields(Megaflow, { recircIds: 'share', actions: copyActions, credits: copyCredits })
}

/** Actions still to do are told by being the very same objects. */
function copyFrozen(value: unknown, copier: Copier): unknown {
  const copy = new Map<number, { state: FrozenState; users: number }>()
  for (const [id, { state, users }] of value as ReadonlyMap<number, { state: FrozenState; users: number }>) {
    copy.set(id, { state: { ...state, bridge: copier.copy(state.bridge) }, users })
  }
  return copy
}

function copyActions(value: unknown, copier: Copier): unknown {
  return (value as readonly DpAction[]).map((action) => copyAction(action, copier))
}

/** Few actions name a port. */
function copyAction(action: DpAction, copier: Copier): DpAction {
  switch (action.type) {
    case 'output':
    case 'tnl_pop':
      return { type: action.type, port: copier.copy(action.port) }
    case 'tnl_push':
    case 'clone':
    case 'check_pkt_len':
      return copier.copy(action)
    default:
      return action
  }
}

function copyCredits(value: unknown, copier: Copier): unknown {
  return (value as readonly Credit[]).map((credit) => copyCredit(credit, copier))
}

/** Whom it names is copied; what was to be learned stays as it is. */
function copyCredit(credit: Credit, copier: Copier): Credit {
  const twin: Record<string, unknown> = { ...credit }
  for (const name in twin) {
    const value = twin[name]
    if (name !== 'mod' && typeof value === 'object' && value !== null) twin[name] = copier.copy(value)
  }
  return twin as unknown as Credit
}
