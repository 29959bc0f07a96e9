// check_pkt_larger: the datapath compares the length, so both outcomes are translated.

import type { DpAction } from './dp-action.js'
import type { Subfield } from './fields.js'
import { setSubfield } from './fields.js'
import type { Translation } from './translate.js'

export function checkPktLarger(x: Translation, size: number, dst: Subfield): void {
  const rest = x.restOf(x.lists.length - 1)
  const { isLast } = x
  x.commit()
  const branch = (value: bigint): DpAction[] => {
    const saved = x.save()
    const base = x.base.slice()
    const outer = x.actions
    x.actions = []
    setSubfield(x.key, dst, value)
    x.execute(rest, isLast)
    x.executeSet()
    const inner = x.actions
    x.actions = outer
    x.base.set(base)
    x.restore(saved)
    x.exited = false
    return inner
  }
  const greater = branch(1n)
  const less = branch(0n)
  x.actions.push({ type: 'check_pkt_len', size, greater, less })
  x.stopped = true
}
