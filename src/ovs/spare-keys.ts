// Flow keys that are needed for a moment. A key is too long to live in V8's own heap: each new one is asked for from the C library and
// given back by the collector, which cost more than what is done with it.
import type { FlowKey } from './flow-key.js'
import { newKey } from './flow-key.js'

const spare: FlowKey[] = []
const MOST = 64

/** A copy of `key`, to be given back. */
export function takeCopy(key: FlowKey): FlowKey {
  const copy = spare.pop() ?? newKey()
  copy.set(key)
  return copy
}

/** All zero, to be given back. */
export function takeEmpty(): FlowKey {
  return spare.pop()?.fill(0) ?? newKey()
}

/** Nobody looks at it any more. */
export function giveBack(key: FlowKey): void {
  if (spare.length < MOST) spare.push(key)
}
