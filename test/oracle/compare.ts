// Output against output, after the normalisation.
import { normalised } from './normalise.js'
import type { Outcome } from './outcome.js'
import { substituted } from './substitutes.js'
import type { SideName } from './substitution.js'

export interface Difference {
  readonly what: string
  /** Lines of the real side that netlab has not, and the other way round. */
  readonly missing: readonly string[]
  readonly extra: readonly string[]
}

export interface Verdict {
  readonly key: string
  readonly differences: readonly Difference[]
}

/** `isCloud`: the real side has substitutes for what a namespace cannot have. `second` may be real, too. */
export function compare(real: Outcome, netlab: Outcome, isCloud = false, second: SideName = 'netlab'): Verdict {
  const form = (text: string, cmd: string, side: SideName): string => normalised(isCloud ? substituted(text, cmd, side) : text, cmd)
  const differences = real.outputs.flatMap((output, i) => {
    const other = netlab.outputs[i]
    const a = form(output.text, output.cmd, 'real')
    const b = form(other?.text ?? '', output.cmd, second)
    return a === b ? [] : [differenceOf(output.what, a, b)]
  })
  return { key: real.key, differences }
}

function differenceOf(what: string, a: string, b: string): Difference {
  const real = a.split('\n')
  const netlab = b.split('\n')
  const missing = without(real, netlab)
  const extra = without(netlab, real)
  if (missing.length > 0 || extra.length > 0) return { what, missing, extra }
  return { what: `${what} (order)`, missing: real, extra: netlab }
}

/** The lines of `a` that `b` has not, each as often as it is missing. */
function without(a: readonly string[], b: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const line of b) left.set(line, (left.get(line) ?? 0) + 1)
  return a.filter((line) => {
    const count = left.get(line) ?? 0
    left.set(line, count - 1)
    return count <= 0
  })
}
