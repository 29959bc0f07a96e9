// Reads an iptables command line as getopt and the tool do, word by word, loading extensions as they are named.

import type { ExtensionSpec, Match, OptionSpec, ParseContext } from '../../kernel/netfilter/extension.js'
import { ExtensionDraft } from '../../kernel/netfilter/extension.js'
import { findMatch, isUnbuilt } from '../../kernel/netfilter/extensions.js'
import { protocolName } from '../../kernel/netfilter/protocols.js'
import type { TableName } from '../../kernel/netfilter/table.js'
import { isTableName } from '../../kernel/netfilter/tables.js'
import { badParameter } from '../../kernel/netfilter/xtables-error.js'
import { parseAddressList } from './addresses.js'
import { parsePrefix6List } from './ipv6-text.js'
import { checkNewName } from './names.js'
import { checkOptions } from './option-checks.js'
import type { CommandLetter, OptionLetter } from './options.js'
import { OWN_OPTIONS, resolveLong } from './options.js'
import { RuleDraft } from './rule-draft.js'
import { matchNamed, NotBuilt, setDevice, setJump, setProtocol } from './rule-options.js'
import type { XtRun } from './xtables.js'

const OPTION_LETTERS = Object.keys(OWN_OPTIONS) as OptionLetter[]
/** Options of the matches for sctp, dccp, esp, ah, which netlab lacks. */
const UNBUILT_PROTOCOL_OPTION = /^--(source-port|sport|destination-port|dport|chunk-types|dccp-types|dccp-option|espspi|ahspi)$/
const COMMAND_LETTERS = 'ACDRILSFZNXEP'
const INVERTIBLE = new Set(['s', 'd', 'p', 'i', 'o', 'f'])

interface LongOption {
  readonly name: string
  readonly own: OptionLetter | null
  readonly draft: ExtensionDraft<ExtensionSpec<unknown>> | null
  readonly option: OptionSpec<unknown> | null
}

const OWN_LONG: readonly LongOption[] = OPTION_LETTERS.flatMap((own) =>
  OWN_OPTIONS[own].long.map((name) => ({ name, own, draft: null, option: null })),
)

export class CommandLine {
  command: CommandLetter | null = null
  chain: string | null = null
  newName: string | null = null
  policy: string | null = null
  ruleNumber: number | null = null
  table = 'filter'
  tableGiven = false
  verbose = 0
  waits = false
  waitInterval = false
  readonly options = new Set<string>()
  readonly rule = new RuleDraft()
  wantsHelp = false
  wantsVersion = false
  private inverted = false
  private at = 0
  private sourceText: string | null = null
  private destinationText: string | null = null

  constructor(
    private readonly run: XtRun,
    private readonly words: readonly string[],
    private readonly restore: { readonly table: TableName } | null = null,
  ) {
    if (restore !== null) this.table = restore.table
  }

  get parseContext(): ParseContext {
    const { header } = this.rule
    const table = isTableName(this.table) ? this.table : 'filter'
    return this.run.parseContext(table, { number: header.protocol, inverted: header.invProtocol })
  }

  parse(): void {
    while (this.at < this.words.length && !this.wantsHelp && !this.wantsVersion) {
      const word = this.words[this.at++]!
      if (word.startsWith('--') && word.length > 2) this.longWord(word)
      else if (word.startsWith('-') && word.length > 1) this.shortWord(word)
      else this.plainWord(word)
    }
  }

  addMatch(match: Match): void {
    this.rule.matches.push(new ExtensionDraft(match, this.parseContext))
  }

  /** What is checked when all words are read, in the tool's order. */
  finish(): void {
    const { rule } = this
    if (this.table === 'nat' && (this.policy === 'DROP' || rule.jump === 'DROP')) {
      throw badParameter('\nThe "nat" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n')
    }
    for (const draft of rule.matches) draft.finish(this.parseContext)
    rule.target?.finish(this.parseContext)
    if (this.waitInterval && !this.waits) throw badParameter('--wait-interval only makes sense with --wait\n')
    if (this.command === null) throw badParameter('no command specified')
    if (this.inverted) throw badParameter('nothing appropriate following !')
    this.resolveAddresses()
    checkOptions(this)
  }

  private plainWord(word: string): void {
    if (word === '!') {
      if (this.inverted) throw badParameter('multiple consecutive ! not allowed')
      this.inverted = true
      return
    }
    this.run.complain(`Bad argument \`${word}'\n`)
    throw new BadArgument()
  }

  private longWord(word: string): void {
    const equals = word.indexOf('=')
    const name = word.slice(2, equals < 0 ? undefined : equals)
    const attached = equals < 0 ? null : word.slice(equals + 1)
    const found = this.exactLong(name) ?? resolveLong(name, this.longOptions())
    if (found === null) return this.unknown(word)
    if (found.own !== null) return this.own(found.own, this.valueFor(OWN_OPTIONS[found.own].takes, attached, word))
    this.extension(found, attached, word)
  }

  private shortWord(word: string): void {
    for (let i = 1; i < word.length; i++) {
      const letter = word[i] as OptionLetter
      const isLast = i === word.length - 1
      if (!Object.hasOwn(OWN_OPTIONS, letter) || letter === '0') {
        return this.unknown(isLast ? word : (this.words[this.at - 2] ?? this.run.argv0))
      }
      const { takes } = OWN_OPTIONS[letter]
      if (takes === 'nothing') {
        this.own(letter, null)
        continue
      }
      const attached = isLast ? null : word.slice(i + 1)
      return this.own(letter, this.valueFor(takes, attached, word))
    }
  }

  private valueFor(takes: 'nothing' | 'value' | 'optional', attached: string | null, word: string): string | null {
    if (takes !== 'value' || attached !== null) return attached
    if (this.at >= this.words.length) throw badParameter(`option "${word}" requires an argument`)
    return this.words[this.at++]!
  }

  /** The youngest extension's option first; most words are written out. */
  private exactLong(name: string): LongOption | null {
    const { target, matches } = this.rule
    for (let i = target === null ? matches.length - 1 : matches.length; i >= 0; i--) {
      const draft = matches[i] ?? target!
      const option = draft.spec.options.findLast((each) => each.name === name)
      if (option !== undefined) return { name, own: null, draft, option }
    }
    return null
  }

  private longOptions(): readonly LongOption[] {
    const { rule } = this
    const drafts: ExtensionDraft<ExtensionSpec<unknown>>[] = [...rule.matches]
    if (rule.target !== null) drafts.push(rule.target)
    const extra = drafts.flatMap((draft) => draft.spec.options.map((option) => ({ name: option.name, own: null, draft, option })))
    return [...OWN_LONG, ...extra]
  }

  /** An option nobody knows may be one of the protocol's match, which is loaded then. */
  private unknown(word: string): void {
    const { rule } = this
    const name = rule.protocolWord === null ? null : protocolName(rule.header.protocol)
    const match = name === null || rule.protocolMatchLoaded ? null : findMatch(name === 'icmp' ? 'icmp' : name)
    const isLoaded = rule.matches.some((draft) => draft.spec === match)
    if (name !== null && UNBUILT_PROTOCOL_OPTION.test(word) && isUnbuilt('match', name)) throw new NotBuilt(`-p ${name} ${word}`)
    if (match === null || isLoaded || !word.startsWith('--')) throw badParameter(`unknown option "${word}"`)
    rule.protocolMatchLoaded = true
    rule.matches.push(new ExtensionDraft(match, this.parseContext))
    this.at--
  }

  private extension(found: LongOption, attached: string | null, word: string): void {
    const option = found.option!
    let text = ''
    if (option.argument !== null) {
      text = this.valueFor('value', attached, word)!
      for (let extra = 1; extra < (option.argument.words ?? 1); extra++) {
        const next = this.words[this.at]
        if (next === undefined || next === '!' || next.startsWith('-')) break
        text += `\0${next}`
        this.at++
      }
    }
    const { inverted } = this
    this.inverted = false
    found.draft!.give(option, text, inverted, this.parseContext)
  }

  private own(letter: OptionLetter, given: string | null): void {
    let value = given
    if (COMMAND_LETTERS.includes(letter)) return this.commandOption(letter as CommandLetter, value)
    let { inverted } = this
    this.inverted = false
    if (value === '!' && INVERTIBLE.has(letter) && !this.run.atLeast('1.8.8')) {
      this.run.complain(
        'Using intrapositioned negation (`--option ! this`) is deprecated in favor of extrapositioned (`! --option this`).\n',
      )
      inverted = true
      value = this.words[this.at++] ?? ''
    }
    switch (letter) {
      case 's':
      case 'd':
        return this.address(letter, value!, inverted)
      case 'p':
        this.set('p', inverted)
        return setProtocol(this.rule, value!, inverted)
      case 'i':
      case 'o':
        this.set(letter, inverted)
        return setDevice(this.rule, letter, { name: value!, inverted }, this.run)
      case 'j':
      case 'g':
        this.set('j', inverted)
        return setJump(this.rule, letter, value!, this.parseContext)
      case 'm':
        if (inverted) throw badParameter('unexpected ! flag before --match')
        return this.addMatch(matchNamed(value!))
      case 'f':
        this.set('f', inverted)
        this.rule.header.fragment = true
        this.rule.header.invFragment = inverted
        return
      case 'c':
        return this.counters(value!, inverted)
      case 't':
        return this.tableOption(value!, inverted)
      default:
        this.plainOption(letter, value, inverted)
    }
  }

  private plainOption(letter: OptionLetter, value: string | null, inverted: boolean): void {
    switch (letter) {
      case 'n':
      case 'x':
      case '0':
        return this.set(letter, inverted)
      case 'v':
        if (this.verbose++ === 0) this.set('v', inverted)
        return
      case 'w':
        this.waits = true
        if (value === null && this.hasValue() && /^\d+$/.test(this.words[this.at]!)) this.at++
        else if (value === null && this.hasValue()) this.at++
        return
      case 'W':
        if (this.run.atLeast('1.8.8')) this.run.complain('Ignoring deprecated --wait-interval option.\n')
        this.waitInterval = true
        if (value === null && this.hasValue()) this.at++
        return
      case 'h':
        this.wantsHelp = true
        return
      case 'V':
        if (inverted) this.run.print('Not ')
        this.wantsVersion = true
        return
      case '6':
        if (this.run.family === 4) throw this.restore === null ? new BadArgument() : new OtherFamily()
        return
      case '4':
        if (this.run.family === 6) throw this.restore === null ? new BadArgument() : new OtherFamily()
        return
      default:
        return
    }
  }

  private commandOption(letter: CommandLetter, value: string | null): void {
    if (this.inverted) throw badParameter("unexpected '!' flag")
    if (this.command !== null && !mayFollow(this.command, letter)) throw badParameter(`Cannot use -${letter} with -${this.command}`)
    if (this.command === null || letter === 'L' || letter === 'S') this.command = letter
    if (letter === 'Z') this.options.add('Z')
    if (letter === 'N') checkNewName(value!)
    const isOptional = OWN_OPTIONS[letter].takes === 'optional'
    const chain = value ?? (isOptional && this.hasValue() ? this.words[this.at++]! : null)
    if (chain !== null) this.chain = chain
    switch (letter) {
      case 'D':
        if (this.hasValue()) this.ruleNumber = this.number()
        return
      case 'R':
        if (!this.hasValue()) throw badParameter('-R requires a rule number')
        this.ruleNumber = this.number()
        return
      case 'I':
        this.ruleNumber = this.hasValue() ? this.number() : 1
        return
      case 'L':
      case 'S':
      case 'Z':
        if (this.hasValue()) this.ruleNumber = this.number()
        return
      case 'E':
        if (!this.hasValue()) throw badParameter('-E requires old-chain-name and new-chain-name')
        this.newName = this.words[this.at++]!
        return
      case 'P':
        if (!this.hasValue()) throw badParameter('-P requires a chain and a policy')
        this.policy = this.words[this.at++]!
        return
      default:
        return
    }
  }

  private hasValue(): boolean {
    const next = this.words[this.at]
    return next !== undefined && !next.startsWith('-') && !next.startsWith('!')
  }

  private number(): number {
    const word = this.words[this.at++]!
    if (!/^\d+$/.test(word) || Number(word) < 1 || Number(word) > 2147483647) throw badParameter(`Invalid rule number \`${word}'`)
    return Number(word)
  }

  private set(letter: string, inverted: boolean): void {
    if (this.options.has(letter)) throw badParameter(`multiple -${letter} flags not allowed`)
    this.options.add(letter)
    if (inverted && !INVERTIBLE.has(letter)) throw badParameter(`cannot have ! before -${letter}`)
  }

  private address(letter: 's' | 'd', value: string, inverted: boolean): void {
    this.set(letter, inverted)
    if (letter === 's') {
      this.sourceText = value
      this.rule.header.invSrc = inverted
    } else {
      this.destinationText = value
      this.rule.header.invDst = inverted
    }
  }

  /** Names and lists are looked into once the whole line is read. */
  private resolveAddresses(): void {
    const { rule, run } = this
    const { header } = rule
    if (run.family === 6) {
      if (this.sourceText !== null) rule.sources6 = parsePrefix6List(this.sourceText)
      if (this.destinationText !== null) rule.destinations6 = parsePrefix6List(this.destinationText)
    } else {
      if (this.sourceText !== null) rule.sources = parseAddressList(this.sourceText, run.host)
      if (this.destinationText !== null) rule.destinations = parseAddressList(this.destinationText, run.host)
    }
    const isMany = rule.sourceCount > 1 || rule.destinationCount > 1
    if (isMany && (header.invSrc || header.invDst)) throw badParameter('! not allowed with multiple source or destination IP addresses')
  }

  private counters(value: string, inverted: boolean): void {
    this.set('c', inverted)
    const comma = value.indexOf(',', 1)
    let bytes = comma < 0 ? null : value.slice(comma + 1)
    if (bytes === null && this.hasValue()) bytes = this.words[this.at++]!
    if (bytes === null) throw badParameter('-c requires packet and byte counter')
    if (!/^\d/.test(value)) throw badParameter('-c packet counter not numeric')
    if (!/^\d/.test(bytes)) throw badParameter('-c byte counter not numeric')
    this.rule.counters = { packets: Number.parseInt(value, 10), bytes: Number.parseInt(bytes, 10) }
  }

  private tableOption(value: string, inverted: boolean): void {
    if (inverted) throw badParameter('unexpected ! flag before --table')
    if (this.restore !== null) throw badParameter(`The -t option cannot be used in ${this.run.program}.\n`)
    this.table = value
    this.tableGiven = true
  }
}

/** A line of a restore file that is for the other family. */
export class OtherFamily extends Error {}

/** Only "Try ... -h" follows; what was wrong is already said. */
export class BadArgument extends Error {}

function mayFollow(before: CommandLetter, next: CommandLetter): boolean {
  if (next === 'Z') return before === 'L' || before === 'S'
  return (next === 'L' || next === 'S') && before === 'Z'
}
