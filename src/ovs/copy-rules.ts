// What becomes of Open vSwitch's classes when a lab's packet world is copied. What is not named here is copied field by field.
import { type Copier, type CopyRules, emptied, silenced } from '../sim/copier.js'
import { Bond } from './bond.js'
import { Subtable } from './classifier.js'
import { cacheRules } from './copy-caches.js'
import { Datapath } from './datapath.js'
import { Flow } from './flow.js'
import { FlowIndex } from './flow-index.js'
import { type FrozenState, FrozenStates } from './frozen-state.js'
import { Bucket } from './group.js'
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
  rules.fields(FlowIndex, { words: 'share', slots: (slots) => (slots as Int32Array).slice() })
  rules.fields(Bond, { config: 'share', log: silenced })
  rules.fields(FrozenStates, { byId: copyFrozen })
  return cacheRules(rules)
}

/** Actions still to do are told by being the very same objects. */
function copyFrozen(value: unknown, copier: Copier): unknown {
  const copy = new Map<number, { state: FrozenState; users: number }>()
  for (const [id, { state, users }] of value as ReadonlyMap<number, { state: FrozenState; users: number }>) {
    copy.set(id, { state: { ...state, bridge: copier.copy(state.bridge) }, users })
  }
  return copy
}
