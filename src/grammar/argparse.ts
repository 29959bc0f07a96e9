// Command lines as Python's argparse reads them: one table of arguments parses, completes, and writes usage (argparse-usage.ts).

export type ArgumentAction = 'store' | 'append' | 'true' | 'false' | 'count' | 'help'

export interface Argument {
  /** Key of the results (argparse's dest). */
  readonly name: string
  /** Options only: `['-f', '--format']`. */
  readonly flags?: readonly string[]
  /** Words of an option's usage that never show: old spellings. */
  readonly isHidden?: boolean
  readonly metavar?: string
  /** How many words it takes: one when left out. */
  readonly nargs?: '?' | '*' | '+' | number
  readonly action?: ArgumentAction
  readonly choices?: readonly string[]
  readonly isRequired?: boolean
  /** Null when the word is good, else what argparse says behind `argument X: `. */
  readonly check?: (word: string) => string | null
  readonly help?: string
  /** A heading of its own in the help (`output formatters`). */
  readonly group?: string
  /** Arguments of one mark exclude each other; a mark with `!` wants one of them. */
  readonly exclusive?: string
  /** What the value is, for completion: a kind the tool looks up, or the words themselves. */
  readonly completes?: string | readonly string[]
}

export interface ArgumentParser {
  /** `neutron net-list` */
  readonly program: string
  readonly description?: string
  readonly epilog?: string
  readonly groupTexts?: ReadonlyMap<string, string>
  readonly arguments: readonly Argument[]
  /** Python 2 counts missing words and shows texts as u'...'. */
  readonly python: 2 | 3
}

/** argparse's `error: ...`: the usage goes before it, exit code 2. */
export class ArgumentError extends Error {}

export class ParsedArguments {
  private readonly given = new Map<string, readonly string[]>()
  /** Words nobody wanted, in order (`parse_known_args`). */
  readonly extras: string[] = []

  has(name: string): boolean {
    return this.given.has(name)
  }

  /** The last word given. */
  value(name: string): string | null {
    return this.given.get(name)?.at(-1) ?? null
  }

  /** A positional's or required option's word. */
  text(name: string): string {
    return this.value(name) ?? ''
  }

  values(name: string): readonly string[] {
    return this.given.get(name) ?? []
  }

  set(name: string, words: readonly string[]): void {
    this.given.set(name, words)
  }

  add(name: string, words: readonly string[]): void {
    this.given.set(name, [...this.values(name), ...words])
  }
}

export const HELP: Argument = { name: 'help', flags: ['-h', '--help'], action: 'help', help: 'show this help message and exit' }

/** All words must find their place. */
export function parseArguments(parser: ArgumentParser, words: readonly string[]): ParsedArguments {
  const parsed = parseKnownArguments(parser, words)
  if (parsed.extras.length > 0) throw new ArgumentError(`unrecognized arguments: ${parsed.extras.join(' ')}`)
  return parsed
}

/** What fits no argument is left in `extras`. `help` in the result: the user asked for help, and nothing behind it counts. */
export function parseKnownArguments(parser: ArgumentParser, words: readonly string[]): ParsedArguments {
  const state = new ParseState(parser, words)
  state.run()
  return state.parsed
}

interface OptionWord {
  readonly argument: Argument | null
  readonly typed: string
  readonly attached: string | null
}

class ParseState {
  readonly parsed = new ParsedArguments()
  private readonly positionals: Argument[]
  private readonly options: readonly Argument[]
  private readonly seen = new Set<Argument>()
  /** One letter a word: A argument, O option, - the `--`. */
  private readonly kinds: string
  private readonly optionAt = new Map<number, OptionWord>()

  constructor(
    private readonly parser: ArgumentParser,
    private readonly words: readonly string[],
  ) {
    this.positionals = parser.arguments.filter(({ flags }) => flags === undefined)
    this.options = parser.arguments.filter(({ flags }) => flags !== undefined)
    let kinds = ''
    for (let i = 0; i < words.length; i++) {
      if (words[i] === '--') {
        kinds += `-${'A'.repeat(words.length - i - 1)}`
        break
      }
      const option = this.optionOf(words[i]!)
      if (option !== null) this.optionAt.set(i, option)
      kinds += option === null ? 'A' : 'O'
    }
    this.kinds = kinds
  }

  run(): void {
    const last = Math.max(-1, ...this.optionAt.keys())
    let at = 0
    while (at <= last) {
      const next = this.nextOption(at)
      if (at !== next) {
        const reached = this.takePositionals(at)
        if (reached > at) {
          at = reached
          continue
        }
      }
      if (!this.optionAt.has(at)) {
        this.parsed.extras.push(...this.words.slice(at, next))
        at = next
      }
      at = this.takeOption(at)
      if (this.parsed.has('help')) return
    }
    const stop = this.takePositionals(at)
    this.parsed.extras.push(...this.words.slice(stop))
    this.checkMissing()
  }

  private nextOption(from: number): number {
    for (let i = from; i < this.words.length; i++) if (this.optionAt.has(i)) return i
    return this.words.length
  }

  private optionOf(word: string): OptionWord | null {
    if (word === '' || !word.startsWith('-')) return null
    const exact = this.options.find(({ flags }) => flags!.includes(word))
    if (exact !== undefined) return { argument: exact, typed: word, attached: null }
    if (word.length === 1) return null
    const equals = word.indexOf('=')
    if (equals > 0) {
      const flag = word.slice(0, equals)
      const named = this.options.find(({ flags }) => flags!.includes(flag))
      if (named !== undefined) return { argument: named, typed: flag, attached: word.slice(equals + 1) }
    }
    const near = this.abbreviations(word)
    if (near.some(({ argument }) => argument !== near[0]!.argument)) {
      throw new ArgumentError(`ambiguous option: ${word} could match ${near.map(({ typed }) => typed).join(', ')}`)
    }
    if (near[0] !== undefined) return near[0]
    if (/^-\d+$|^-\d*\.\d+$/.test(word) || word.includes(' ')) return null
    return { argument: null, typed: word, attached: null }
  }

  private abbreviations(word: string): OptionWord[] {
    const found: OptionWord[] = []
    const isLong = word.startsWith('--')
    const equals = isLong ? word.indexOf('=') : -1
    const prefix = equals < 0 ? word : word.slice(0, equals)
    for (const argument of this.options) {
      for (const flag of argument.flags!) {
        if (!isLong && flag === word.slice(0, 2)) found.push({ argument, typed: flag, attached: word.slice(2) })
        else if (flag.startsWith(prefix)) found.push({ argument, typed: flag, attached: equals < 0 ? null : word.slice(equals + 1) })
      }
    }
    return found
  }

  /** Takes the option at `at` and its words; where to go on. */
  private takeOption(at: number): number {
    const { argument, typed, attached } = this.optionAt.get(at)!
    if (argument === null) {
      this.parsed.extras.push(this.words[at]!)
      return at + 1
    }
    const takesNone = argument.action !== undefined && argument.action !== 'store' && argument.action !== 'append'
    if (takesNone) {
      this.store(argument, [])
      if (attached !== null && attached !== '') {
        const rest = typed.startsWith('--') ? undefined : this.options.find(({ flags }) => flags!.includes(`-${attached[0]}`))
        if (rest === undefined)
          throw new ArgumentError(`argument ${nameOf(argument)}: ignored explicit argument ${quoted(this.parser, attached)}`)
        this.optionAt.set(at, { argument: rest, typed: `-${attached[0]}`, attached: attached.slice(1) || null })
        return this.takeOption(at)
      }
      return at + 1
    }
    if (attached !== null) {
      this.store(argument, [attached])
      return at + 1
    }
    const count = this.countFor(argument, at + 1)
    this.store(
      argument,
      this.words.slice(at + 1, at + 1 + count).filter((word) => word !== '--'),
    )
    return at + 1 + count
  }

  private countFor(argument: Argument, from: number): number {
    const match = new RegExp(`^${patternOf(argument, true)}`).exec(this.kinds.slice(from))
    if (match !== null) return match[0].length
    const { nargs } = argument
    if (nargs === undefined) throw new ArgumentError(`argument ${nameOf(argument)}: expected one argument`)
    if (nargs === '+') throw new ArgumentError(`argument ${nameOf(argument)}: expected at least one argument`)
    throw new ArgumentError(`argument ${nameOf(argument)}: expected ${nargs} arguments`)
  }

  /** As many positionals as the words up to the next option can fill; where to go on. */
  private takePositionals(from: number): number {
    for (let count = this.positionals.length; count > 0; count--) {
      const group = this.positionals.slice(0, count)
      const match = new RegExp(`^${group.map((argument) => `(${patternOf(argument, false)})`).join('')}`).exec(this.kinds.slice(from))
      if (match === null) continue
      let at = from
      group.forEach((argument, i) => {
        const words = this.words.slice(at, at + match[i + 1]!.length)
        at += words.length
        const kept = words.filter((word, j) => !(word === '--' && this.kinds[at - words.length + j] === '-'))
        if (kept.length > 0 || argument.nargs === undefined) this.store(argument, kept)
        this.seen.add(argument)
      })
      this.positionals.splice(0, count)
      return at
    }
    return from
  }

  private store(argument: Argument, words: readonly string[]): void {
    for (const word of words) this.checkWord(argument, word)
    if (argument.exclusive !== undefined) {
      for (const other of this.seen) {
        if (other !== argument && other.exclusive === argument.exclusive) {
          throw new ArgumentError(`argument ${nameOf(argument)}: not allowed with argument ${nameOf(other)}`)
        }
      }
    }
    this.seen.add(argument)
    if (argument.action === 'append' || argument.action === 'count') this.parsed.add(argument.name, words.length === 0 ? [''] : words)
    else this.parsed.set(argument.name, words)
  }

  private checkWord(argument: Argument, word: string): void {
    const complaint = argument.check?.(word) ?? null
    if (complaint !== null) throw new ArgumentError(`argument ${nameOf(argument)}: ${complaint}`)
    const { choices } = argument
    if (choices === undefined || choices.includes(word)) return
    const list = choices.map((choice) => (/^\d+$/.test(choice) ? choice : `'${choice}'`)).join(', ')
    const shown = choices.every((choice) => /^\d+$/.test(choice)) ? word : quoted(this.parser, word)
    throw new ArgumentError(`argument ${nameOf(argument)}: invalid choice: ${shown} (choose from ${list})`)
  }

  private checkMissing(): void {
    const missing = this.positionals.filter(({ nargs }) => nargs !== '?' && nargs !== '*')
    const options = this.options.filter((argument) => argument.isRequired === true && !this.seen.has(argument))
    if (this.parser.python === 2) {
      if (missing.length > 0) throw new ArgumentError('too few arguments')
      if (options[0] !== undefined) throw new ArgumentError(`argument ${nameOf(options[0])} is required`)
    }
    const all = this.parser.arguments.filter((argument) => missing.includes(argument) || options.includes(argument))
    if (all.length > 0) throw new ArgumentError(`the following arguments are required: ${all.map(nameOf).join(', ')}`)
    for (const mark of new Set(this.parser.arguments.map(({ exclusive }) => exclusive))) {
      if (mark?.endsWith('!') !== true) continue
      const members = this.parser.arguments.filter(({ exclusive }) => exclusive === mark)
      if (members.some((argument) => this.seen.has(argument))) continue
      const shown = members.filter(({ isHidden }) => isHidden !== true).map(nameOf)
      throw new ArgumentError(`one of the arguments ${shown.join(' ')} is required`)
    }
  }
}

function patternOf({ nargs }: Argument, isOption: boolean): string {
  const dash = isOption ? '' : '-*'
  if (nargs === '?') return `${dash}A?${dash}`
  if (nargs === '*') return isOption ? 'A*' : '[A-]*'
  if (nargs === '+') return isOption ? 'A+' : '-*A[A-]*'
  return dash + Array.from({ length: nargs ?? 1 }, () => 'A').join(dash) + dash
}

/** `-f/--format`, or a positional's metavar. */
function nameOf({ flags, metavar, name }: Argument): string {
  return flags === undefined ? (metavar ?? name) : flags.join('/')
}

function quoted({ python }: ArgumentParser, word: string): string {
  return `${python === 2 ? 'u' : ''}'${word.replace(/'/g, "\\'")}'`
}

/** `type=int` of argparse. */
export function integerArgument(python: 2 | 3): (word: string) => string | null {
  return (word) => (/^\s*[+-]?\d+\s*$/.test(word) ? null : `invalid int value: ${python === 2 ? 'u' : ''}'${word}'`)
}

/** What may stand at the end of `typed` (its last word is being typed). */
export function argumentCandidates(parser: ArgumentParser, typed: readonly string[]): { words: readonly string[]; kind: string | null } {
  const current = typed.at(-1) ?? ''
  const before = typed.at(-2)
  const pending = parser.arguments.find((argument) => before !== undefined && argument.flags?.includes(before) === true)
  const wants = pending !== undefined && (pending.action === undefined || pending.action === 'store' || pending.action === 'append')
  if (wants) return candidatesOf(pending)
  if (current.startsWith('-')) {
    const flags = parser.arguments.filter(({ isHidden }) => isHidden !== true).flatMap((argument) => argument.flags ?? [])
    return { words: flags.filter((flag) => flag.startsWith(current)), kind: null }
  }
  const given = typed.slice(0, -1).filter((word, i) => !word.startsWith('-') && !takesNext(parser, typed[i - 1]))
  const positionals = parser.arguments.filter(({ flags }) => flags === undefined)
  const here = positionals[Math.min(given.length, positionals.length - 1)]
  const isOver = given.length >= positionals.length && here?.nargs !== '*' && here?.nargs !== '+'
  return here === undefined || isOver ? { words: [], kind: null } : candidatesOf(here)
}

function takesNext(parser: ArgumentParser, flag: string | undefined): boolean {
  const argument = parser.arguments.find(({ flags }) => flag !== undefined && flags?.includes(flag) === true)
  return argument !== undefined && (argument.action === undefined || argument.action === 'store' || argument.action === 'append')
}

function candidatesOf({ completes, choices }: Argument): { words: readonly string[]; kind: string | null } {
  if (choices !== undefined) return { words: choices, kind: null }
  if (typeof completes === 'string') return { words: [], kind: completes }
  return { words: completes ?? [], kind: null }
}
