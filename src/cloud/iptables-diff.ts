// What `iptables-restore -n` must be told so that one set of rules becomes another: neutron since Liberty.

/** Both as lines of one table. The chains of security groups come last: they are jumped from, and jump, the most. */
export function commandsBetween(before: readonly string[], after: readonly string[]): string[] {
  const old = byChain(before)
  const wanted = byChain(after)
  const made = [...wanted.keys()].filter((chain) => !old.has(chain)).sort()
  const gone = [...old.keys()].filter((chain) => !wanted.has(chain)).sort()
  const all = [...new Set([...old.keys(), ...wanted.keys()])].sort()
  const ordered = [...all.filter((chain) => !chain.includes('-sg-')), ...all.filter((chain) => chain.includes('-sg-'))]
  return [
    ...made.map((chain) => `:${chain} - [0:0]`),
    ...ordered.flatMap((chain) => edits(chain, old.get(chain) ?? [], wanted.get(chain) ?? [])),
    ...gone.map((chain) => `-X ${chain}`),
  ]
}

function byChain(lines: readonly string[]): Map<string, string[]> {
  const chains = new Map<string, string[]>()
  const rulesOf = (chain: string): string[] => {
    let rules = chains.get(chain)
    if (rules === undefined) chains.set(chain, (rules = []))
    return rules
  }
  for (const line of lines) {
    if (line.startsWith(':')) rulesOf(wordAt(line, 1))
    else if (line.startsWith('-A ')) rulesOf(wordAt(line, 3)).push(line)
  }
  return chains
}

function wordAt(line: string, start: number): string {
  const end = line.indexOf(' ', start)
  return end < 0 ? line.slice(start) : line.slice(start, end)
}

/** Positions count from 1 and follow the list as it changes. */
function edits(chain: string, before: readonly string[], after: readonly string[]): string[] {
  const commands: string[] = []
  let position = 1
  if (isSame(before, after)) return commands
  for (const { kind, line } of differences(before, after)) {
    if (kind === 'delete') {
      commands.push(`-D ${chain} ${position}`)
      continue
    }
    if (kind === 'insert') commands.push(`-I ${chain} ${position} ${line.slice(`-A ${chain} `.length)}`)
    position++
  }
  return commands
}

function isSame(before: readonly string[], after: readonly string[]): boolean {
  return before.length === after.length && before.every((line, i) => line === after[i])
}

interface Difference {
  readonly kind: 'same' | 'delete' | 'insert'
  readonly line: string
}

/** Longest common subsequence after what both ends share; chains are short. */
function differences(before: readonly string[], after: readonly string[]): Difference[] {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head++
  let tail = 0
  while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const same = (line: string): Difference => ({ kind: 'same', line })
  return [
    ...before.slice(0, head).map(same),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ]
}

function middle(before: readonly string[], after: readonly string[]): Difference[] {
  const lengths = commonLengths(before, after)
  const result: Difference[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      result.push({ kind: 'same', line: before[i++]! })
      j++
    } else if (j >= after.length || (i < before.length && lengths[i + 1]![j]! >= lengths[i]![j + 1]!)) {
      result.push({ kind: 'delete', line: before[i++]! })
    } else {
      result.push({ kind: 'insert', line: after[j++]! })
    }
  }
  return result
}

/** `[i][j]`: how many lines `before` from i on and `after` from j on have in common, in order. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0))
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i]![j] = before[i] === after[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!)
    }
  }
  return lengths
}
