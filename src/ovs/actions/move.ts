// move, push and pop: fields into fields, and onto a stack.
import { FlowTextError } from '../flow-text-error.js'
import { prereqHolds } from '../match-set.js'
import { formatSubfield, parseSubfield, subfieldPrefix } from '../subfield-text.js'
import type { OvsVersion } from '../version.js'
import type { MoveAction, PopAction, PushAction } from './action.js'
import { checkDestination, checkSource } from './field-check.js'
import type { ActionKind, ActionWords } from './kind.js'

/** `FIELD[..]->FIELD[..]`, both of one width. */
export function parseMove(argument: string, version: OvsVersion): MoveAction {
  const { part: source, rest } = subfieldPrefix(argument, version)
  if (!rest.startsWith('->')) throw new FlowTextError(`${argument}: missing \`->' following source`)
  const dst = parseSubfield(rest.slice(2), version)
  if (source.bits !== dst.bits) {
    throw new FlowTextError(`${argument}: source field is ${source.bits} bits wide but destination is ${dst.bits} bits wide`)
  }
  return { type: 'move', source, dst }
}

function parseStack(argument: string, version: OvsVersion) {
  const { part, rest } = subfieldPrefix(argument, version)
  if (rest !== '') throw new FlowTextError(`${rest}: trailing garbage following push or pop`)
  return part
}

export const moveWords: ActionWords = {
  move: (argument, { text }) => parseMove(argument, text.version),
  push: (argument, { text }) => ({ type: 'push', part: parseStack(argument, text.version) }),
  pop: (argument, { text }) => ({ type: 'pop', part: parseStack(argument, text.version) }),
}

export const move: ActionKind<MoveAction> = {
  format: (a) => `move:${formatSubfield(a.source)}->${formatSubfield(a.dst)}`,
  check(a, check) {
    checkSource(a.source, check)
    checkDestination(a.dst, check)
    return a
  },
  // Fields that the packet has not are neither read nor written.
  translate(a, x) {
    if (!prereqHolds(a.source.field.prereq, x.key, null) || !prereqHolds(a.dst.field.prereq, x.key, null)) return
    x.write(a.dst, x.read(a.source))
  },
}

export const push: ActionKind<PushAction> = {
  format: (a) => `push:${formatSubfield(a.part)}`,
  check(a, check) {
    checkSource(a.part, check)
    return a
  },
  translate: (a, x) => x.stackPush(a.part),
}

export const pop: ActionKind<PopAction> = {
  format: (a) => `pop:${formatSubfield(a.part)}`,
  check(a, check) {
    checkDestination(a.part, check)
    return a
  },
  translate: (a, x) => x.stackPop(a.part),
}
