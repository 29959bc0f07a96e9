// The tools' own options: long and short names, what may stand with which command, and getopt's way of reading them.

export type CommandLetter = 'A' | 'C' | 'D' | 'R' | 'I' | 'L' | 'S' | 'F' | 'Z' | 'N' | 'X' | 'E' | 'P'

export type OwnOption =
  | 's'
  | 'd'
  | 'p'
  | 'i'
  | 'o'
  | 'j'
  | 'g'
  | 'm'
  | 't'
  | 'n'
  | 'v'
  | 'x'
  | 'f'
  | 'w'
  | 'W'
  | 'V'
  | 'h'
  | '0'
  | 'M'
  | 'c'
  | '4'
  | '6'
  | 'b'

export type OptionLetter = CommandLetter | OwnOption

export const MAX_CHAIN_NAME = 28

export type Takes = 'nothing' | 'value' | 'optional'

interface OwnSpec {
  readonly long: readonly string[]
  readonly takes: Takes
}

export const OWN_OPTIONS: Record<OptionLetter, OwnSpec> = {
  A: { long: ['append'], takes: 'value' },
  C: { long: ['check'], takes: 'value' },
  D: { long: ['delete'], takes: 'value' },
  I: { long: ['insert'], takes: 'value' },
  R: { long: ['replace'], takes: 'value' },
  L: { long: ['list'], takes: 'optional' },
  S: { long: ['list-rules'], takes: 'optional' },
  F: { long: ['flush'], takes: 'optional' },
  Z: { long: ['zero'], takes: 'optional' },
  N: { long: ['new-chain'], takes: 'value' },
  X: { long: ['delete-chain'], takes: 'optional' },
  E: { long: ['rename-chain'], takes: 'value' },
  P: { long: ['policy'], takes: 'value' },
  s: { long: ['source', 'src'], takes: 'value' },
  d: { long: ['destination', 'dst'], takes: 'value' },
  p: { long: ['protocol', 'proto'], takes: 'value' },
  i: { long: ['in-interface'], takes: 'value' },
  o: { long: ['out-interface'], takes: 'value' },
  j: { long: ['jump'], takes: 'value' },
  g: { long: ['goto'], takes: 'value' },
  m: { long: ['match'], takes: 'value' },
  t: { long: ['table'], takes: 'value' },
  n: { long: ['numeric'], takes: 'nothing' },
  v: { long: ['verbose'], takes: 'nothing' },
  x: { long: ['exact'], takes: 'nothing' },
  f: { long: ['fragments'], takes: 'nothing' },
  w: { long: ['wait'], takes: 'optional' },
  W: { long: ['wait-interval'], takes: 'optional' },
  V: { long: ['version'], takes: 'nothing' },
  h: { long: ['help'], takes: 'optional' },
  '0': { long: ['line-numbers'], takes: 'nothing' },
  M: { long: ['modprobe'], takes: 'value' },
  c: { long: ['set-counters'], takes: 'value' },
  '4': { long: ['ipv4'], takes: 'nothing' },
  '6': { long: ['ipv6'], takes: 'nothing' },
  b: { long: [], takes: 'nothing' },
}

const ALL = 'nsdpjvxio0cf'

/** Options that may not stand with a command (generic_opt_check). */
const ILLEGAL: Record<string, string> = {
  I: 'nx0',
  A: 'nx0',
  R: 'nx0',
  C: 'nx0c',
  D: 'nx0c',
  Dnum: 'nsdpjxio0cf',
  L: 'sdpjiocf',
  S: 'nsdpjxio0cf',
  F: 'nsdpjxio0cf',
  Z: 'nsdpjxio0cf',
  Znum: 'nsdpjxio0cf',
  N: 'nsdpjxio0cf',
  X: 'nsdpjxio0cf',
  P: 'nsdpjxio0f',
  E: 'nsdpjxio0cf',
}

/** The first option that may not stand with the command, in the order the tool looks; null: all may. */
export function illegalOption(command: string, given: ReadonlySet<string>): string | null {
  for (const letter of ALL) if (given.has(letter) && (ILLEGAL[command] ?? '').includes(letter)) return letter
  return null
}

/** The long option that a word means: exact, or the only one (own or of an extension) that begins so. */
export function resolveLong<T extends { readonly name: string }>(word: string, all: readonly T[]): T | null {
  const exact = all.findLast((each) => each.name === word)
  if (exact !== undefined) return exact
  const beginning = all.filter((each) => each.name.startsWith(word))
  return beginning.length === 1 ? beginning[0]! : null
}
