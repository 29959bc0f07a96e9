// Where a translation stopped to let the datapath work (conntrack): under the recirculation id the packet comes back with.
import { Copied } from '../sim/copied.js'
import type { OfAction } from './actions/action.js'
import type { OfBridge } from './bridge.js'
import type { FlowKey } from './flow-key.js'
import { FLOW_WORDS, W } from './flow-key.js'

/** Words that the packet itself does not hold: tunnel, metadata, registers, in_port. */
export const METADATA_WORDS: readonly number[] = Array.from({ length: FLOW_WORDS }, (_, word) => word).filter(
  (word) => (word >= W.TUN_ID && word <= W.TUN_FLAGS) || (word >= W.METADATA && word < W.REG0 + 16) || word === W.IN_PORT,
)

export interface FrozenState {
  readonly bridge: OfBridge
  readonly table: number
  readonly stack: readonly bigint[]
  readonly conntracked: boolean
  readonly actionSet: readonly OfAction[]
  /** Still to do before the table is looked up; empty: look it up. */
  readonly actions: readonly OfAction[]
  /** In the order of METADATA_WORDS. */
  readonly metadata: Int32Array
}

export function metadataOf(key: FlowKey): Int32Array {
  return Int32Array.from(METADATA_WORDS, (word) => key[word]!)
}

function same(a: FrozenState, b: FrozenState): boolean {
  return (
    a.bridge === b.bridge &&
    a.table === b.table &&
    a.conntracked === b.conntracked &&
    a.actionSet.length === b.actionSet.length &&
    a.actionSet.every((action, i) => action === b.actionSet[i]) &&
    a.actions.length === b.actions.length &&
    a.actions.every((action, i) => action === b.actions[i]) &&
    a.stack.length === b.stack.length &&
    a.stack.every((value, i) => value === b.stack[i]) &&
    a.metadata.every((value, i) => value === b.metadata[i])
  )
}

/** Equal states share an id; ids are counted by the cached results that name them. */
export class FrozenStates extends Copied {
  private readonly byId = new Map<number, { readonly state: FrozenState; users: number }>()
  private lastId = 0

  get(id: number): FrozenState | null {
    return this.byId.get(id)?.state ?? null
  }

  /** The caller is a user of the id it gets. */
  idFor(state: FrozenState): number {
    for (const [id, held] of this.byId) {
      if (!same(held.state, state)) continue
      held.users++
      return id
    }
    this.byId.set(++this.lastId, { state, users: 1 })
    return this.lastId
  }

  release(id: number): void {
    const held = this.byId.get(id)
    if (held !== undefined && --held.users === 0) this.byId.delete(id)
  }
}
