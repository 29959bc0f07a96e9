// Options of the getopt family, written once: one table parses, completes, and is held against the usage text.

/** How an option takes a value: `-c 3`/`-c3`/`--count=3` (required), `-i1`/`--interval=1` only attached (optional). */
export type OptionValue = 'none' | 'required' | 'optional'

export interface OptionSpec {
  /** The key of the results. */
  readonly name: string
  /** Letters without dash; more than one letter = synonyms (`'hV'`). */
  readonly short?: string
  /** Words without dashes; more than one = synonyms. In the style `words` these are the whole option (`nw` for `-nw`). */
  readonly long?: string | readonly string[]
  readonly value?: OptionValue
  /** The tool's complaint about a value, null when the value is good. */
  readonly check?: (value: string) => string | null
  /** The real tool has it, netlab does not: what to use instead. The caller answers 126. */
  readonly notEmulated?: string
  /** What the value is, for completion: 'device', 'file', 'host', 'address', or the words themselves. */
  readonly completes?: string | readonly string[]
}

export interface GetoptGrammar {
  readonly options: readonly OptionSpec[]
  /**
   * permute: options may stand behind operands (GNU). posix: the first operand ends the options.
   * words: options are single-dash words that never bundle (`dhclient -nw`, `-sf FILE`), operands in between.
   */
  readonly order?: 'permute' | 'posix' | 'words'
}

/** One option as given, in the order given: tools whose options work on what follows (curl -o, nc) walk these. */
export interface GivenOption {
  readonly name: string
  /** As it was typed, without its value: `-c`, `--count`. */
  readonly typed: string
  readonly value: string | null
}

/** What getopt(3) would complain about; `getoptMessage` has the words. */
export type OptionProblem =
  | { readonly kind: 'unknown-short'; readonly option: string }
  | { readonly kind: 'unknown-long'; readonly option: string }
  | { readonly kind: 'ambiguous'; readonly option: string; readonly possible: readonly string[] }
  | { readonly kind: 'missing-value'; readonly option: string; readonly isLong: boolean }
  | { readonly kind: 'surplus-value'; readonly option: string }
  | { readonly kind: 'bad-value'; readonly option: string; readonly message: string }
  | { readonly kind: 'not-emulated'; readonly option: string; readonly instead: string }

export class ParsedOptions {
  constructor(
    readonly given: readonly GivenOption[],
    readonly operands: readonly string[],
    readonly problem: OptionProblem | null,
  ) {}

  has(name: string): boolean {
    return this.given.some((option) => option.name === name)
  }

  /** How often it was given (`-vv`). */
  count(name: string): number {
    return this.given.reduce((sum, option) => sum + (option.name === name ? 1 : 0), 0)
  }

  /** The last value given; null when the option is absent or had none. */
  value(name: string): string | null {
    for (let i = this.given.length - 1; i >= 0; i--) if (this.given[i]!.name === name) return this.given[i]!.value
    return null
  }

  /** Every value given, in order. */
  values(name: string): string[] {
    return this.given.filter((option) => option.name === name && option.value !== null).map((option) => option.value!)
  }

  /** The last value as a number (the grammar's check has proved it to be one). */
  number(name: string, otherwise: number): number {
    const text = this.value(name)
    return text === null ? otherwise : Number(text)
  }
}

/** Parses the words behind the command's name. Stops at the first problem, as getopt's users do. */
export function parseOptions(grammar: GetoptGrammar, words: readonly string[]): ParsedOptions {
  const state: ParseState = { grammar, words, at: 0, given: [], operands: [], problem: null }
  while (state.at < words.length && state.problem === null) {
    const word = words[state.at++]!
    if (word === '--') {
      while (state.at < words.length) state.operands.push(words[state.at++]!)
    } else if (word === '-' || !word.startsWith('-')) {
      state.operands.push(word)
      if (grammar.order === 'posix') while (state.at < words.length) state.operands.push(words[state.at++]!)
    } else if (grammar.order === 'words') parseWord(state, word)
    else if (word.startsWith('--')) parseLong(state, word)
    else parseBundle(state, word)
  }
  return new ParsedOptions(state.given, state.operands, state.problem)
}

interface ParseState {
  readonly grammar: GetoptGrammar
  readonly words: readonly string[]
  at: number
  readonly given: GivenOption[]
  readonly operands: string[]
  problem: OptionProblem | null
}

function parseBundle(state: ParseState, word: string): void {
  for (let i = 1; i < word.length && state.problem === null; i++) {
    const letter = word[i]!
    const spec = state.grammar.options.find((option) => option.short?.includes(letter) === true)
    if (spec === undefined) {
      state.problem = { kind: 'unknown-short', option: letter }
      return
    }
    const rest = word.slice(i + 1)
    if (spec.value === undefined || spec.value === 'none') {
      give(state, spec, `-${letter}`, null)
      continue
    }
    if (rest !== '' || spec.value === 'optional') give(state, spec, `-${letter}`, rest === '' ? null : rest)
    else takeNext(state, spec, `-${letter}`, letter)
    return
  }
}

function parseLong(state: ParseState, word: string): void {
  const equals = word.indexOf('=')
  const typed = equals < 0 ? word.slice(2) : word.slice(2, equals)
  const attached = equals < 0 ? null : word.slice(equals + 1)
  const match = findLong(state.grammar, typed)
  if (match === null) state.problem = { kind: 'unknown-long', option: word.slice(2) }
  else if (Array.isArray(match)) state.problem = { kind: 'ambiguous', option: typed, possible: match }
  else {
    const { spec, long } = match as LongMatch
    if (attached !== null && (spec.value ?? 'none') === 'none') state.problem = { kind: 'surplus-value', option: long }
    else if (attached !== null || spec.value !== 'required') give(state, spec, `--${long}`, attached)
    else takeNext(state, spec, `--${long}`, long)
  }
}

function parseWord(state: ParseState, word: string): void {
  const typed = word.replace(/^--?/, '')
  const spec = state.grammar.options.find((option) => longsOf(option).includes(typed) || option.short === typed)
  if (spec === undefined) state.problem = { kind: 'unknown-long', option: typed }
  else if (spec.value === 'required') takeNext(state, spec, word, typed)
  else give(state, spec, word, null)
}

interface LongMatch {
  readonly spec: OptionSpec
  readonly long: string
}

/** Exact name, else the only option it abbreviates; several possibilities come back as their names. */
function findLong(grammar: GetoptGrammar, typed: string): LongMatch | string[] | null {
  const matches: LongMatch[] = []
  for (const spec of grammar.options) {
    for (const long of longsOf(spec)) {
      if (long === typed) return { spec, long }
      if (long.startsWith(typed)) matches.push({ spec, long })
    }
  }
  if (matches.length === 0) return null
  return matches.every((match) => match.spec === matches[0]!.spec) ? matches[0]! : matches.map((match) => match.long)
}

function longsOf(spec: OptionSpec): readonly string[] {
  if (spec.long === undefined) return []
  return typeof spec.long === 'string' ? [spec.long] : spec.long
}

function takeNext(state: ParseState, spec: OptionSpec, typed: string, bare: string): void {
  const value = state.words[state.at]
  if (value === undefined) {
    state.problem = { kind: 'missing-value', option: bare, isLong: typed.startsWith('--') || state.grammar.order === 'words' }
    return
  }
  state.at++
  give(state, spec, typed, value)
}

function give(state: ParseState, spec: OptionSpec, typed: string, value: string | null): void {
  if (spec.notEmulated !== undefined) {
    state.problem = { kind: 'not-emulated', option: typed, instead: spec.notEmulated }
    return
  }
  const complaint = value === null ? null : (spec.check?.(value) ?? null)
  if (complaint !== null) state.problem = { kind: 'bad-value', option: typed, message: complaint }
  else state.given.push({ name: spec.name, typed, value })
}

/** The words of glibc's getopt(3), without a newline. A bad value carries the tool's own words. */
export function getoptMessage(tool: string, problem: OptionProblem): string {
  switch (problem.kind) {
    case 'unknown-short':
      return `${tool}: invalid option -- '${problem.option}'`
    case 'unknown-long':
      return `${tool}: unrecognized option '--${problem.option}'`
    case 'ambiguous':
      return `${tool}: option '--${problem.option}' is ambiguous; possibilities:${problem.possible.map((long) => ` '--${long}'`).join('')}`
    case 'missing-value':
      return problem.isLong
        ? `${tool}: option '--${problem.option}' requires an argument`
        : `${tool}: option requires an argument -- '${problem.option}'`
    case 'surplus-value':
      return `${tool}: option '--${problem.option}' doesn't allow an argument`
    case 'bad-value':
      return problem.message
    case 'not-emulated':
      return `${tool}: ${problem.option}: not emulated by netlab${problem.instead === '' ? '' : ` (${problem.instead})`}`
  }
}

/** What may stand at the cursor: options that fit the word begun, or the kind of value the option before it wants. */
export interface OptionCandidates {
  readonly options: readonly string[]
  /** 'device', 'file', ... of the value that must stand here; null for an operand or an option. */
  readonly expects: string | null
}

/** `words` are the finished words behind the command's name, `current` the one begun. */
export function optionCandidates(grammar: GetoptGrammar, words: readonly string[], current: string): OptionCandidates {
  const pending = pendingOption(grammar, words)
  if (pending !== null) {
    const { completes } = pending
    if (completes === undefined || typeof completes === 'string') return { options: [], expects: completes ?? 'value' }
    return { options: completes.filter((word) => word.startsWith(current)), expects: null }
  }
  if (!current.startsWith('-') || words.includes('--')) return { options: [], expects: null }
  const dashes = grammar.order === 'words' ? '-' : '--'
  const all = grammar.options.flatMap((spec) => [
    ...[...(spec.short ?? '')].map((letter) => `-${letter}`),
    ...longsOf(spec).map((long) => dashes + long),
  ])
  return { options: all.filter((option) => option.startsWith(current)).sort(), expects: null }
}

/** The option at the end of `words` that still waits for its value. */
function pendingOption(grammar: GetoptGrammar, words: readonly string[]): OptionSpec | null {
  const parsed = parseOptions({ order: grammar.order ?? 'permute', options: grammar.options.map(unchecked) }, words)
  const problem = parsed.problem
  if (problem?.kind !== 'missing-value') return null
  const name = problem.option
  return grammar.options.find((spec) => (problem.isLong ? longsOf(spec).includes(name) : spec.short?.includes(name) === true)) ?? null
}

function unchecked(spec: OptionSpec): OptionSpec {
  return { name: spec.name, short: spec.short ?? '', long: spec.long ?? [], value: spec.value ?? 'none' }
}

/** Options of the grammar that a usage text does not name: a test holds this list empty. */
export function optionsMissingFrom(grammar: GetoptGrammar, usage: string): string[] {
  const missing: string[] = []
  for (const spec of grammar.options) {
    for (const letter of spec.short ?? '') if (!mentionsShort(usage, letter)) missing.push(`-${letter}`)
    for (const long of longsOf(spec)) if (!usage.includes(long)) missing.push(`--${long}`)
  }
  return missing
}

/** `-c` by itself, or bundled as in `[-aAbB]`. */
function mentionsShort(usage: string, letter: string): boolean {
  return (usage.match(/-[A-Za-z0-9]+/g) ?? []).some((word) => word.includes(letter)) || usage.includes(`-${letter}`)
}

/** Check for `OptionSpec.check`: a whole number within bounds, else the words that `complaint` makes. */
export function integerBetween(low: number, high: number, complaint: (value: string) => string): (value: string) => string | null {
  return (value) => (/^[+-]?\d+$/.test(value) && Number(value) >= low && Number(value) <= high ? null : complaint(value))
}
