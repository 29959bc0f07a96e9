// Lists of actions: as text, through a message, and checked against the match they stand behind.
import type { OfAction } from './actions/action.js'
import { verifyActions } from './actions/instructions.js'
import type { ActionCheck, ActionParse, Outer, Wire } from './actions/kind.js'
import { actionWord, kindOf } from './actions/kinds.js'
import { outputTo } from './actions/output.js'
import { W } from './flow-key.js'
import { FlowTextError, type TextContext } from './flow-text-error.js'
import { keyValues } from './key-values.js'
import type { Match } from './match.js'
import { parsePort } from './port-text.js'
import { P_ANY, P_OF15_UP, type Protocols } from './protocols.js'
import { giveBack, takeCopy } from './spare-keys.js'
import { atLeast, type OpenFlowVersion } from './version.js'

const MAX_DEPTH = 100

export interface ParsedActions {
  readonly actions: readonly OfAction[]
  readonly usable: Protocols
}

/** With instructions (goto_table, write_actions...) when `instructions`; buckets of groups have none. Throws FlowTextError. */
export function parseActions(source: string, text: TextContext, instructions = true): ParsedActions {
  const parse = new Parse(text)
  const actions = parse.list(source, null, instructions)
  return { actions, usable: parse.usable }
}

/** Files of flows say the same lists of actions over and over. */
const MOST_READ = 1000

/** `parseActions` for one flow of many. What the log is told of is read anew, and told anew. */
export function parseActionsOnce(source: string, text: TextContext): ParsedActions {
  const known = text.read.get(source)
  if (known !== undefined) return known
  let isTold = false
  const log: TextContext['log'] = (module, level, line) => {
    isTold = true
    text.log(module, level, line)
  }
  const parsed = parseActions(source, { ...text, log })
  // What was said once each gives way to what comes now.
  if (text.read.size >= MOST_READ) text.read.clear()
  if (!isTold) text.read.set(source, parsed)
  return parsed
}

class Parse implements ActionParse {
  usable: Protocols = P_ANY
  private depth = 0

  constructor(readonly text: TextContext) {}

  nested(source: string, outer: Outer): OfAction[] {
    return this.list(source, outer, false)
  }

  list(source: string, outer: Outer | null, instructions: boolean): OfAction[] {
    if (this.depth >= MAX_DEPTH) throw new FlowTextError('Action nested too deeply')
    this.depth++
    const actions: OfAction[] = []
    let drop = false
    for (const { key, value } of keyValues(source)) {
      if (key.toLowerCase() === 'drop') drop = true
      else this.one(key, value, actions)
      if (!instructions && key.toLowerCase() === 'meter') this.usable &= P_OF15_UP
    }
    if (drop && actions.length > 0) this.refuseDrop(source)
    verifyActions(actions, outer, instructions)
    this.depth--
    return actions
  }

  private refuseDrop(source: string): never {
    if (atLeast(this.text.version, '2.4')) {
      throw new FlowTextError('"drop" must not be accompanied by any other action or instruction')
    }
    const first = /^[\s,]*drop/i.test(source)
    throw new FlowTextError(`Drop actions must not be ${first ? 'followed' : 'preceded'} by other actions`)
  }

  private one(key: string, value: string, actions: OfAction[]): void {
    const word = actionWord(key, this.text.version)
    if (word !== undefined) {
      const made = word(value, this)
      if (Array.isArray(made)) actions.push(...made)
      else actions.push(made as OfAction)
      return
    }
    const old = !atLeast(this.text.version, '2.4')
    if (key.toLowerCase() === 'apply_actions' && !old) throw new FlowTextError('apply_actions is the default instruction')
    const port = parsePort(key, this.text)
    if (port === null) throw new FlowTextError(old ? `Unknown action: ${key}` : `unknown action ${key}`)
    actions.push(outputTo(port))
  }
}

/** `drop` for none; without `actions=`. */
export function formatActions(actions: readonly OfAction[], text: TextContext): string {
  if (actions.length === 0) return 'drop'
  const all = (inner: readonly OfAction[]): string => formatActions(inner, text)
  return actions.map((action) => kindOf(action).format(action, text, all)).join(',')
}

/** Flows with the same actions keep one list, which is then at hand when the next of them is met. */
function same(before: readonly OfAction[], after: readonly OfAction[]): readonly OfAction[] {
  return after.length === before.length && after.every((action, i) => action === before[i]) ? before : after
}

/** What the list is after it went through a message of that version. */
export function actionsOnWire(actions: readonly OfAction[], openflow: OpenFlowVersion, text: TextContext): readonly OfAction[] {
  const wire: Wire = {
    openflow,
    ovs: text.version,
    log: text.log,
    nested: (inner) =>
      same(
        inner,
        inner.flatMap((action) => kindOf(action).wire?.(action, wire) ?? [action]),
      ),
  }
  return wire.nested(actions)
}

export interface CheckedActions {
  readonly actions: readonly OfAction[]
  readonly usable: Protocols
}

/** Throws OfError. */
export function checkActions(actions: readonly OfAction[], match: Match, table: number | null, text: TextContext): CheckedActions {
  const scratch = takeCopy(match.key)
  const check: ActionCheck = {
    key: scratch,
    mask: match.mask,
    table,
    usable: P_ANY,
    log: text.log,
    nested: (inner) => {
      const { key } = check
      const type = key[W.ETH_TYPE]!
      const proto = key[W.NW_PROTO]!
      const tci = key[W.VLAN_TCI]!
      const tci2 = key[W.VLAN_TCI2]!
      const checked = same(
        inner,
        inner.map((action) => kindOf(action).check?.(action, check) ?? action),
      )
      key[W.ETH_TYPE] = type
      key[W.NW_PROTO] = proto
      key[W.VLAN_TCI] = tci
      key[W.VLAN_TCI2] = tci2
      return checked
    },
  }
  try {
    return { actions: check.nested(actions), usable: check.usable }
  } finally {
    giveBack(scratch)
  }
}
