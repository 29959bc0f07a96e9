// clone, write_actions, clear_actions: lists inside of lists, and the action set.
import { OfError } from '../of-error.js'
import type { ClearActions, CloneAction, WriteActions } from './action.js'
import type { ActionKind, ActionWords } from './kind.js'

export const nestWords: ActionWords = {
  clone: (argument, parse) => ({ type: 'clone', actions: parse.nested(argument, 'clone') }),
  write_actions: (argument, parse) => ({ type: 'write_actions', actions: parse.nested(argument, 'write_actions') }),
  clear_actions: () => ({ type: 'clear_actions' }),
}

export const clone: ActionKind<CloneAction> = {
  format: (a, _text, all) => `clone(${all(a.actions)})`,
  check: (a, check) => ({ type: 'clone', actions: check.nested(a.actions) }),
  wire: (a, wire) => [{ type: 'clone', actions: wire.nested(a.actions) }],
  translate: (a, x) => x.clone(a.actions),
}

export const writeActions: ActionKind<WriteActions> = {
  format: (a, _text, all) => `write_actions(${all(a.actions)})`,
  check(a, check) {
    const usable = check.usable
    const actions = check.nested(a.actions)
    check.usable = usable
    for (const inner of actions) if (inner.type === 'learn' || inner.type === 'resubmit') throw new OfError('OFPBAC_BAD_TYPE')
    return { type: 'write_actions', actions }
  },
  wire: (a, wire) => (wire.openflow === '1.0' ? [] : [{ type: 'write_actions', actions: wire.nested(a.actions) }]),
  translate: (a, x) => x.writeActions(a.actions),
}

export const clearActions: ActionKind<ClearActions> = {
  format: () => 'clear_actions',
  wire: (a, wire) => (wire.openflow === '1.0' ? [] : [a]),
  translate: (_a, x) => x.clearActions(),
}
