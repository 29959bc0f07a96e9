// OpenFlow 1.1 sorts actions into instructions, which stand in a fixed order; and some actions live only inside of others.
import { FlowTextError } from '../flow-text-error.js'
import type { OfAction } from './action.js'
import type { Outer } from './kind.js'
import { actionName } from './kinds.js'

const INSTRUCTIONS: readonly string[] = ['meter', 'apply_actions', 'clear_actions', 'write_actions', 'write_metadata', 'goto_table']
const APPLY = 1

function instructionOf(action: OfAction): number {
  const at = INSTRUCTIONS.indexOf(action.type)
  return at < 0 ? APPLY : at
}

/** Throws FlowTextError. `outer` null: the actions of a flow. */
export function verifyActions(actions: readonly OfAction[], outer: Outer | null, allowInstructions: boolean): void {
  let last = 0
  let first = true
  for (const action of actions) {
    if (action.type === 'conjunction') return verifyConjunction(actions)
    verifyNesting(action, outer)
    const next = instructionOf(action)
    if (!first && (last === APPLY ? next < last : next <= last)) refuseOrder(last, next)
    if (!allowInstructions && next > APPLY) throw new FlowTextError(`${INSTRUCTIONS[next]} instruction not allowed here`)
    last = next
    first = false
  }
}

function refuseOrder(last: number, next: number): never {
  const compat = 'for OpenFlow 1.1+ compatibility'
  if (last === next) throw new FlowTextError(`duplicate ${INSTRUCTIONS[last]} instruction not allowed, ${compat}`)
  throw new FlowTextError(`invalid instruction ordering: ${INSTRUCTIONS[next]} must appear before ${INSTRUCTIONS[last]}, ${compat}`)
}

function verifyConjunction(actions: readonly OfAction[]): void {
  const stranger = actions.find((action) => action.type !== 'conjunction' && action.type !== 'note')
  if (stranger === undefined) return
  const used = `(such as the "${actionName(stranger)}" action used here)`
  throw new FlowTextError(`"conjunction" actions may be used along with "note" but not any other kind of action ${used}`)
}

function writtenField(action: OfAction): string | null {
  if (action.type === 'set_field') return action.field.name
  return action.type === 'load' || action.type === 'move' ? action.dst.field.name : null
}

function verifyNesting(action: OfAction, outer: Outer | null): void {
  const field = writtenField(action)
  const isCt = field === 'ct_mark' || field === 'ct_label'
  if (isCt && outer !== 'ct') throw new FlowTextError('cannot set CT fields outside of ct action')
  if (action.type === 'nat') {
    if (outer !== 'ct') throw new FlowTextError('Cannot have NAT action outside of "ct" action')
    return
  }
  if (outer === 'ct' && field === null) throw new FlowTextError(`ct action doesn't support nested action ${actionName(action)}`)
  if (outer === 'ct' && !isCt) throw new FlowTextError(`ct action doesn't support nested modification of ${field}`)
  if (outer !== null && action.type === 'meter') throw new FlowTextError(`${outer} action doesn't support nested action meter`)
}
