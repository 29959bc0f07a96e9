// The keyword grammar of ip and bridge: object, verb, then keyword-value pairs; one table parses, completes and writes the usage.

/** The command line makes no sense: what the tool prints on standard error (lines, maybe none) and its exit code. */
export class UsageError extends Error {
  constructor(
    readonly text: string,
    readonly exitCode: number,
  ) {
    super(text)
    this.name = 'UsageError'
  }
}

export function incompleteCommand(): UsageError {
  return new UsageError('Command line is not complete. Try option "help"', 255)
}

export function wrongArgument(argument: string, why: string): UsageError {
  return new UsageError(`Error: argument "${argument}" is wrong: ${why}`, 255)
}

export function duplicateArgument(key: string, argument: string): UsageError {
  return new UsageError(`Error: duplicate "${key}": "${argument}" is the second value.`, 255)
}

export function duplicateOrGarbage(key: string, argument: string): UsageError {
  return new UsageError(`Error: either "${key}" is duplicate, or "${argument}" is a garbage.`, 255)
}

/** A place in the command line. */
export class Words {
  constructor(
    readonly all: readonly string[],
    public at = 0,
  ) {}

  get isDone(): boolean {
    return this.at >= this.all.length
  }

  /** The word here; never asked at the end. */
  get current(): string {
    return this.all[this.at] ?? ''
  }

  /** The word after this one, null at the end. */
  get following(): string | null {
    return this.all[this.at + 1] ?? null
  }

  get rest(): readonly string[] {
    return this.all.slice(this.at)
  }

  advance(): void {
    this.at++
  }

  /** Steps to the value that must follow (NEXT_ARG of iproute2). */
  next(): string {
    this.at++
    if (this.isDone) throw incompleteCommand()
    return this.current
  }
}

/** What may stand as a value, for completion: a kind that the shell resolves, or the words themselves. */
export type ValueKind = 'device' | 'netns' | 'table' | 'address' | 'file' | readonly string[]

export interface Keyword<S> {
  readonly name: string
  readonly aliases?: readonly string[]
  /** True where the real tool takes any beginning of the word. */
  readonly prefix?: boolean
  /** What the usage calls the value; a keyword without one is a flag. */
  readonly value?: string
  readonly completes?: ValueKind
  /** Called with `words.current` being the keyword; leaves it at the last word used. */
  readonly take: (state: S, words: Words) => void
  /** Left out of the usage: an old spelling, or one nobody should learn. */
  readonly hidden?: boolean
}

export interface KeywordList<S> {
  readonly keywords: readonly Keyword<S>[]
  /** The usage's name for words that are no keyword (`ADDRESS`), null when there are none. */
  readonly operand: string | null
  readonly operandCompletes?: ValueKind
  /** Any other word; `words.current` is it. */
  readonly rest: (state: S, words: Words) => void
}

/** Does `word` stand for `name`, the way `matches()` of iproute2 decides (an empty word does not)? */
export function isPrefix(word: string, name: string): boolean {
  return word !== '' && name.startsWith(word)
}

export function findKeyword<S>(word: string, keywords: readonly Keyword<S>[]): Keyword<S> | null {
  for (const keyword of keywords) {
    if (word === keyword.name || keyword.aliases?.includes(word)) return keyword
    if (keyword.prefix && isPrefix(word, keyword.name)) return keyword
  }
  return null
}

/** Walks the words to their end, keyword by keyword. */
export function parseKeywords<S>(words: Words, list: KeywordList<S>, state: S): S {
  for (; !words.isDone; words.advance()) {
    const keyword = findKeyword(words.current, list.keywords)
    if (keyword === null) list.rest(state, words)
    else keyword.take(state, words)
  }
  return state
}

/** One verb of an object: the first whose name begins with the word typed, in table order. */
export interface Verb<C> {
  readonly names: readonly string[]
  /** For usage and completion only: the verb parses with the same list itself. */
  // biome-ignore lint/suspicious/noExplicitAny: a table holds verbs whose parse states differ.
  readonly list: KeywordList<any> | null
  readonly run: (context: C, words: Words, typed: string) => number | Promise<number>
  readonly hidden?: boolean
}

export interface ObjectGrammar<C> {
  readonly name: string
  readonly verbs: readonly Verb<C>[]
}

export function findVerb<C>(word: string, verbs: readonly Verb<C>[]): Verb<C> | null {
  return verbs.find((verb) => verb.names.some((name) => isPrefix(word, name))) ?? null
}

export function findObject<T extends { readonly name: string }>(word: string, objects: readonly T[]): T | null {
  return objects.find((object) => isPrefix(word, object.name)) ?? null
}

/** The usage of one object, made from its table: a line a verb. */
export function usageOf<C>(tool: string, object: ObjectGrammar<C>): string {
  const verbs = object.verbs.filter((verb) => verb.hidden !== true)
  return verbs
    .map((verb, i) => `${i === 0 ? 'Usage:' : '      '} ${tool} ${object.name} ${namesOf(verb)}${wrapped(keywordUsage(verb))}`.trimEnd())
    .join('\n')
}

function namesOf<C>(verb: Verb<C>): string {
  return verb.names.length === 1 ? verb.names[0]! : `{ ${verb.names.join(' | ')} }`
}

function keywordUsage<C>(verb: Verb<C>): string[] {
  const { list } = verb
  if (list === null) return []
  const shown = list.keywords.filter((keyword) => keyword.hidden !== true)
  const parts = shown.map((keyword) => (keyword.value === undefined ? `[ ${keyword.name} ]` : `[ ${keyword.name} ${keyword.value} ]`))
  return list.operand === null ? parts : [list.operand, ...parts]
}

function wrapped(parts: readonly string[]): string {
  let text = ''
  let width = 0
  for (const part of parts) {
    if (width + part.length > 56 && width > 0) {
      text += `\n               ${part}`
      width = part.length
    } else {
      text += ` ${part}`
      width += part.length + 1
    }
  }
  return text
}

export interface Completion {
  /** Words that may stand here. */
  readonly words: readonly string[]
  /** Kinds of value that the caller looks up (devices, namespaces). */
  readonly kinds: readonly Exclude<ValueKind, readonly string[]>[]
}

/** What may stand at the end of `typed` (its last word is being typed, maybe empty) after object and verb. */
export function completeKeywords<S>(typed: readonly string[], list: KeywordList<S>): Completion {
  const used = new Set<string>()
  for (let at = 0; at < typed.length - 1; at++) {
    const keyword = findKeyword(typed[at]!, list.keywords)
    if (keyword === null) continue
    used.add(keyword.name)
    const taken = keyword.value === undefined ? 0 : 1
    if (taken > 0 && at + taken >= typed.length - 1) return completionOf(keyword.completes)
    at += taken
  }
  const names = list.keywords.filter((keyword) => keyword.hidden !== true && !used.has(keyword.name)).map((keyword) => keyword.name)
  const operand = completionOf(list.operandCompletes)
  return { words: [...names, ...operand.words], kinds: operand.kinds }
}

function completionOf(kind: ValueKind | undefined): Completion {
  if (kind === undefined) return { words: [], kinds: [] }
  if (typeof kind === 'string') return { words: [], kinds: [kind] }
  return { words: kind, kinds: [] }
}

/** Completion behind the tool's options: object, verb, keywords. */
export function completeObjects<C>(typed: readonly string[], objects: readonly ObjectGrammar<C>[]): Completion {
  if (typed.length <= 1) return { words: objects.map((object) => object.name), kinds: [] }
  const object = findObject(typed[0]!, objects)
  if (object === null) return { words: [], kinds: [] }
  const verbs = object.verbs.filter((verb) => verb.hidden !== true)
  if (typed.length === 2) return { words: verbs.map((verb) => verb.names[0]!), kinds: [] }
  const verb = findVerb(typed[1]!, object.verbs)
  return verb === null || verb.list === null ? { words: [], kinds: [] } : completeKeywords(typed.slice(2), verb.list)
}
