// Stopping in the middle: what is left is done when the packet comes back from the datapath.
import type { OfAction } from './actions/action.js'
import type { FrozenState } from './frozen-state.js'
import { METADATA_WORDS } from './frozen-state.js'
import type { Translation } from './translate.js'
import { freeze } from './translate-ct.js'

const NO_ACTIONS: readonly OfAction[] = []
const NOTHING_LEFT: readonly OfAction[] = [{ type: 'exit' }]

/** The packet goes back to the datapath; `actions`, and all that would have come behind them, are done when it returns. */
export function recirculate(x: Translation, actions: readonly OfAction[]): void {
  x.commit()
  const rest = [...actions]
  for (let depth = x.lists.length - 1; depth >= 0; depth--) rest.push(...x.restOf(depth))
  const id = freeze(x, x.table, true, rest.length > 0 ? rest : NOTHING_LEFT)
  x.actions.push({ type: 'recirc', id })
  x.exited = true
  x.actionSet = NO_ACTIONS
}

/** Where it was left. Actions that are still to do; null: the table is looked up. */
export function thaw(x: Translation, frozen: FrozenState): readonly OfAction[] | null {
  const { sink } = x
  const before = sink?.at
  sink?.enter('thaw', 'thaw')
  x.bridge = frozen.bridge
  x.table = frozen.table
  sink?.thaw(`Resuming from table ${frozen.table}`)
  x.conntracked = frozen.conntracked
  if (!frozen.conntracked) x.clearConntrack()
  METADATA_WORDS.forEach((word, i) => {
    x.key[word] = frozen.metadata[i]!
  })
  x.stack = [...frozen.stack]
  if (frozen.actionSet.length > 0) {
    sink?.thaw(`Restoring action set: ${sink.words.actions(frozen.actionSet, x.bridge)}`)
    x.writeActions(frozen.actionSet)
  }
  if (frozen.actions.length > 0) sink?.thaw(`Restoring actions: ${sink.words.actions(frozen.actions, x.bridge)}`)
  if (sink !== null && before !== undefined) sink.at = before
  return frozen.actions.length > 0 ? frozen.actions : null
}
