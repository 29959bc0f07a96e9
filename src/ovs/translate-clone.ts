// clone(): actions on a copy. Where they only change fields, undoing that later does; else the datapath makes the copy.
import type { OfAction } from './actions/action.js'
import type { Translation } from './translate.js'

/** What cannot be undone by setting fields back. */
function isReversible(action: OfAction): boolean {
  switch (action.type) {
    case 'ct':
    case 'nat':
    case 'meter':
    case 'output_trunc':
    case 'check_pkt_larger':
    case 'delete_field':
    case 'push_mpls':
    case 'pop_mpls':
      return false
    default:
      return true
  }
}

/** The same when who calls puts all back anyway. */
export function runInClone(x: Translation, actions: readonly OfAction[], isLast: boolean): void {
  if (!isLast && !actions.every(isReversible)) return cloneActions(x, actions, isLast)
  x.execute(actions, isLast)
  x.executeSet()
}

/** The action set is executed for the copy, too. */
export function cloneActions(x: Translation, actions: readonly OfAction[], isLast: boolean): void {
  const saved = x.save()
  if (isLast || actions.every(isReversible)) {
    x.execute(actions, isLast)
    x.executeSet()
    x.restore(saved)
    return
  }
  x.commit()
  const base = x.base.slice()
  const outer = x.actions
  x.actions = []
  x.execute(actions, true)
  x.executeSet()
  const inner = x.actions
  x.actions = outer
  if (inner.length > 0) x.actions.push({ type: 'clone', actions: inner })
  x.base.set(base)
  x.restore(saved)
}
