// "Did you mean one of these?": the nearest commands by their first word (a weighted Damerau-Levenshtein distance, as cliff has it).

const SUBSTITUTE = 2
const ADD = 1
const DELETE = 3

/** Commands that begin with the word, and those nearest to it. */
export function nearCommands(word: string, names: readonly string[]): string[] {
  const sorted = [...names].sort()
  const exact = sorted.filter((name) => name.startsWith(word))
  const others = sorted.filter((name) => !name.startsWith(word)).map((name) => ({ name, far: distance(word, name.split(' ')[0]!) }))
  const least = Math.min(...others.map(({ far }) => far))
  return [...exact, ...others.filter(({ far }) => far === least).map(({ name }) => name)]
}

/** Swapping two neighbours costs nothing. */
function distance(from: string, to: string): number {
  if (from === to) return 0
  if (from === '') return to.length * ADD
  if (to === '') return from.length * DELETE
  let row1 = Array.from({ length: to.length + 1 }, (_, i) => i * ADD)
  let row2 = [...row1]
  let row0 = [...row1]
  for (let i = 0; i < from.length; i++) {
    row2[0] = (i + 1) * DELETE
    for (let j = 0; j < to.length; j++) {
      const substituted = row1[j]! + (from[i] === to[j] ? 0 : SUBSTITUTE)
      const inserted = row2[j]! + ADD
      const deleted = row1[j + 1]! + DELETE
      const isSwap = i > 0 && j > 0 && from[i - 1] === to[j] && from[i] === to[j - 1]
      row2[j + 1] = Math.min(substituted, inserted, deleted, isSwap ? row0[j - 1]! : Number.POSITIVE_INFINITY)
    }
    row0 = row1
    row1 = row2
    row2 = [...row2]
  }
  return row1[to.length]!
}
