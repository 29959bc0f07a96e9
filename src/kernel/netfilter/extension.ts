// The shape of a match and of a target: options, check, evaluation, both ways of printing. One file an extension.
import type { Argument } from './arguments.js'
import type { Hook, HookState } from './hook-state.js'
import type { Netfilter } from './hooks.js'
import type { TableName } from './table.js'
import { badParameter } from './xtables-error.js'

/** What a parser may ask about the rule so far and about the machine it is typed on. */
export interface ParseContext {
  readonly family: 4 | 6
  readonly table: TableName
  /** Protocol of the rule so far; 0 is any. */
  readonly protocol: number
  readonly protocolInverted: boolean
  /** Version of the tool, e.g. `1.8.9`. */
  atLeast(version: string): boolean
  service(name: string, protocol: string | null): number | null
  user(name: string): number | null
  group(name: string): number | null
  setExists(name: string): boolean
  /** A remark on standard error; the rule is taken all the same. */
  warn(text: string): void
}

export interface PrintContext {
  readonly numeric: boolean
  atLeast(version: string): boolean
  /** Name of a port for `-L` without `-n`, null when it has none. */
  serviceName(port: number, protocol: string | null): string | null
}

export interface OptionFlags {
  readonly invert?: boolean
  readonly multiple?: boolean
  readonly mandatory?: boolean
  readonly excludes?: readonly string[]
  readonly requires?: readonly string[]
  /** Old spelling: understood, not shown in help. */
  readonly hidden?: boolean
  /** The name that messages use, when this is another's alias. */
  readonly canonical?: string
}

export interface Given {
  readonly inverted: boolean
  readonly context: ParseContext
  /** Names of the options given before. */
  readonly seen: ReadonlySet<string>
  /** The raw text. */
  readonly text: string
}

export interface OptionSpec<P> extends OptionFlags {
  readonly name: string
  /** null: takes no value. */
  readonly argument: Argument<unknown> | null
  set(params: P, value: unknown, given: Given): void
}

/** `option` and `flag` of one extension's parameters. */
export function optionsOf<P>() {
  return {
    option<T>(
      name: string,
      argument: Argument<T>,
      set: (params: P, value: T, given: Given) => void,
      flags: OptionFlags = {},
    ): OptionSpec<P> {
      return { ...flags, name, argument, set: (params, value, given) => set(params, value as T, given) }
    },
    flag(name: string, set: (params: P, given: Given) => void, flags: OptionFlags = {}): OptionSpec<P> {
      return { ...flags, name, argument: null, set: (params, _value, given) => set(params, given) }
    },
  }
}

/** Where a rule stands, for the kernel's own check. */
export interface RulePlace {
  readonly table: TableName
  /** Hooks from which the rule's chain can be reached. */
  readonly hooks: readonly Hook[]
  readonly protocol: number
  readonly protocolInverted: boolean
  readonly netfilter: Netfilter
}

export interface ExtensionSpec<P> {
  readonly name: string
  /** One line: what it is for. */
  readonly help: string
  readonly options: readonly OptionSpec<P>[]
  /** Only in these tables and hooks, only with this protocol: the kernel's own conditions. */
  readonly tables?: readonly TableName[]
  readonly hooks?: readonly Hook[]
  readonly protocols?: readonly number[]
  /** A rule with it switches connection tracking on. */
  readonly needsConntrack?: boolean | ((params: P) => boolean)
  init(context: ParseContext): P
  /** After the last option: what is missing or contradictory. Runs before the general checks of mandatory options. */
  finish?(params: P, seen: ReadonlySet<string>, context: ParseContext): void
  /** The kernel's check; a text is its complaint in the kernel log (the tool says "Invalid argument"). */
  check?(params: P, place: RulePlace): string | null
  /** As `-L` prints it, with the blank in front. */
  print(params: P, context: PrintContext): string
  /** As `-S` and iptables-save print it, with the blank in front. */
  save(params: P, context: PrintContext): string
  /** When a rule with it leaves the kernel or enters it. */
  attach?(params: P, netfilter: Netfilter): void
  detach?(params: P, netfilter: Netfilter): void
}

/** A rule's key in the chain index, when the match can be true for one value only. */
export interface IndexKey {
  readonly field: 'physIn' | 'physOut'
  readonly value: string
}

export interface MatchSpec<P, S extends object = never> extends ExtensionSpec<P> {
  /** What a rule with the match remembers or looks things up in: credits, counters, the sets of its namespace. Absent: nothing. */
  memory?(params: P, netfilter: Netfilter): S
  /**
   * The test that runs for packets. Pure but for `memory`: it may close over nothing else that changes or belongs to one namespace, for
   * copies of a lab share the test of rules without memory and compile the others anew with a copy of theirs.
   */
  compile(params: P, memory: S): (state: HookState) => boolean
  indexKey?(params: P): IndexKey | null
}

/** CONTINUE: on with the next rule. REPEAT does not exist here. */
export type TargetVerdict = 'CONTINUE' | 'ACCEPT' | 'DROP' | 'STOLEN' | 'RETURN'

export interface TargetSpec<P> extends ExtensionSpec<P> {
  /** Pure: it may close over nothing but its parameters, for copies of a lab share what comes out. */
  compile(params: P): (state: HookState) => TargetVerdict
  /** The kernel's condition on the rule's matches (TCPMSS wants SYN). */
  checkRule?(matches: readonly { readonly name: string; readonly saved: string }[], params: P): string | null
  /** Name to be shown when the rule came by another (NOTRACK is CT). */
  readonly realName?: string
}

export type Match = MatchSpec<unknown, object>
export type Target = TargetSpec<unknown>

export function defineMatch<P, S extends object = never>(spec: MatchSpec<P, S>): Match {
  return spec as unknown as Match
}

export function defineTarget<P>(spec: TargetSpec<P>): Target {
  return spec as Target
}

/** An extension while a rule is typed: its parameters so far and the options seen. */
export class ExtensionDraft<S extends ExtensionSpec<unknown>> {
  readonly params: unknown
  readonly seen = new Set<string>()

  constructor(
    readonly spec: S,
    context: ParseContext,
  ) {
    this.params = spec.init(context)
  }

  give(option: OptionSpec<unknown>, text: string, inverted: boolean, context: ParseContext): void {
    const name = option.canonical ?? option.name
    const label = `${this.spec.name}: option "--${name}"`
    if (this.seen.has(option.name) && option.multiple !== true) throw badParameter(`${label} can only be used once.\n`)
    if (inverted && option.invert !== true) throw badParameter(`${label} cannot be inverted.\n`)
    const value = option.argument === null ? true : option.argument.parse(text, { extension: this.spec.name, option: name, context })
    option.set(this.params, value, { inverted, context, seen: this.seen, text })
    this.seen.add(option.name)
  }

  finish(context: ParseContext): void {
    this.spec.finish?.(this.params, this.seen, context)
    for (const option of this.spec.options) {
      const label = `${this.spec.name}: option "--${option.name}"`
      if (option.mandatory === true && !this.seen.has(option.name)) throw badParameter(`${label} must be specified\n`)
      if (!this.seen.has(option.name)) continue
      for (const other of option.requires ?? []) {
        if (!this.seen.has(other)) throw badParameter(`${label} also requires "--${other}".\n`)
      }
      for (const other of option.excludes ?? []) {
        if (this.seen.has(other)) throw badParameter(`${label} cannot be used together with "--${other}".\n`)
      }
    }
  }
}
