// iptables-restore: reads what iptables-save wrote; each table is put in as a whole or not at all.
import { ownOf } from '../../grammar/own-of.js'
import { KernelError } from '../../kernel/errno.js'
import type { TableName } from '../../kernel/netfilter/table.js'
import { TableEdit } from '../../kernel/netfilter/table.js'
import { isTableName } from '../../kernel/netfilter/tables.js'
import { badParameter, OTHER_PROBLEM, XtablesError } from '../../kernel/netfilter/xtables-error.js'
import { execute, setPolicy } from './execute.js'
import { IptcError } from './iptc-error.js'
import { failure } from './main.js'
import { CommandLine, OtherFamily } from './parse.js'
import type { XtRun } from './xtables.js'

export interface RestoreOptions {
  counters: boolean
  verbose: boolean
  test: boolean
  noflush: boolean
  table: string | null
  file: string | null
}

/** Null: the answer (help, version, a wrong option) is given; `code` says how. */
export function parseRestoreWords(run: XtRun, words: readonly string[]): RestoreOptions | number {
  const options: RestoreOptions = { counters: false, verbose: false, test: false, noflush: false, table: null, file: null }
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (!word.startsWith('-') || word === '-') {
      if (options.file !== null) {
        run.complain('Unknown arguments found on commandline\n')
        return 1
      }
      options.file = word
      continue
    }
    const letters = word.startsWith('--') ? [ownOf(LONG, word.slice(2).split('=')[0]!) ?? word] : [...word.slice(1)]
    for (const letter of letters) {
      const answer = one(run, options, letter)
      if (typeof answer === 'number') return answer
      if (answer === 'value') {
        const value = word.includes('=') ? word.slice(word.indexOf('=') + 1) : (words[++at] ?? '')
        if (letter === 'T') options.table = value
      }
      if (answer === 'wait' && /^\d+$/.test(words[at + 1] ?? '')) at++
    }
  }
  return options
}

const LONG: Record<string, string> = {
  counters: 'c',
  verbose: 'v',
  version: 'V',
  test: 't',
  help: 'h',
  noflush: 'n',
  table: 'T',
  modprobe: 'M',
  wait: 'w',
  'wait-interval': 'W',
  ipv4: '4',
  ipv6: '6',
}

function one(run: XtRun, options: RestoreOptions, letter: string): number | 'value' | 'wait' | null {
  switch (letter) {
    case 'c':
      options.counters = true
      return null
    case 'v':
      options.verbose = true
      return null
    case 't':
      options.test = true
      return null
    case 'n':
      options.noflush = true
      return null
    case 'T':
    case 'M':
      return 'value'
    case 'w':
    case 'W':
      return 'wait'
    case '4':
    case '6':
    case 'b':
      return null
    case 'V':
      run.print(`${run.label}\n`)
      return 0
    case 'h':
      run.complain(restoreUsage(run.program))
      return 0
    default:
      run.complain(`${run.argv0}: ${letter.startsWith('--') ? `unrecognized option '${letter}'` : `invalid option -- '${letter}'`}\n`)
      run.complain(`Try \`${run.program} -h' for more information.\n`)
      return 1
  }
}

function restoreUsage(tool: string): string {
  return `Usage: ${tool} [-c] [-v] [-V] [-t] [-h] [-n] [-w secs] [-W usecs] [-T table] [-M command] [file]
	   [ --counters ]
	   [ --verbose ]
	   [ --version]
	   [ --test ]
	   [ --help ]
	   [ --noflush ]
	   [ --wait=<seconds>
	   [ --table=<TABLE> ]
	   [ --modprobe=<command> ]
`
}

/** The state between two lines: which table is open, and its edit. */
class Restorer {
  private table: TableName | null = null
  private edit: TableEdit | null = null
  /** Inside a table that -T leaves out. */
  private skipping = false
  lineNumber = 0
  /** A last line without its newline is no COMMIT: the tool compares the newline too. */
  isEnded = true

  constructor(
    private readonly run: XtRun,
    private readonly options: RestoreOptions,
  ) {}

  get isOpen(): boolean {
    return this.edit !== null
  }

  /** Null: go on; a number: the exit code. */
  line(text: string): number | null {
    if (text === '') return null
    if (text.startsWith('#')) {
      if (this.options.verbose) this.run.print(`${text}\n`)
      return null
    }
    if (text === 'COMMIT' && this.isEnded && (this.edit !== null || this.skipping)) return this.commit()
    if (text.startsWith('*') && this.edit === null) return this.begin(text.slice(1).trim())
    if (this.skipping) return null
    if (this.edit === null) return this.failed()
    if (text.startsWith(':')) return this.chain(text.slice(1))
    return this.rule(text)
  }

  failed(): number {
    this.run.complain(`${this.run.program}: line ${this.lineNumber} failed\n`)
    return 1
  }

  private begin(name: string): number | null {
    this.skipping = this.options.table !== null && this.options.table !== name
    if (this.skipping) return null
    if (!isTableName(name)) throw badParameter(`${this.run.program}: unable to initialize table '${name}'\n`.trimEnd())
    this.table = name
    this.edit = new TableEdit(this.run.tables.get(name), this.run.atLeast('1.8.0'))
    if (this.options.noflush) return null
    for (const chain of this.edit.list()) {
      if (this.options.verbose) this.run.print(`Flushing chain \`${chain.name}'\n`)
      chain.writable().length = 0
    }
    for (const chain of this.edit.list()) {
      if (chain.policy !== null) continue
      if (this.options.verbose) this.run.print(`Deleting chain \`${chain.name}'\n`)
      this.edit.chains.delete(chain.name)
    }
    return null
  }

  private commit(): number | null {
    const { edit } = this
    this.edit = null
    this.skipping = false
    if (edit === null || this.options.test) return null
    try {
      edit.commit()
      return null
    } catch (error) {
      if (error instanceof KernelError) return this.failed()
      throw error
    }
  }

  /** `:CHAIN POLICY [packets:bytes]` */
  private chain(text: string): number | null {
    const { run, lineNumber } = this
    const edit = this.edit!
    const [name = '', policy, counters] = text.split(/\s+/)
    if (name === '') throw badParameter(`${run.program}: line ${lineNumber} chain name invalid\n`.trimEnd())
    const known = edit.chains.get(name)
    if (known === undefined || known.policy === null) {
      // With --noflush a chain that is there is emptied.
      if (known !== undefined && (this.options.noflush || known.origin !== null)) known.writable().length = 0
      else if (known !== undefined) throw badParameter(`error creating chain '${name}':File exists`)
      else edit.addChain(name)
    }
    if (policy === undefined || policy === '') throw badParameter(`${run.program}: line ${lineNumber} policy invalid\n`.trimEnd())
    if (policy === '-') return null
    try {
      setPolicy(name, policy, edit)
    } catch (error) {
      if (!(error instanceof IptcError)) throw error
      throw new XtablesError(OTHER_PROBLEM, `Can't set policy \`${policy}' on \`${name}' line ${lineNumber}: ${error.message}`)
    }
    const numbers = /^\[(\d+):(\d+)\]$/.exec(counters ?? '')
    if (this.options.counters) {
      if (numbers === null) throw badParameter(`invalid policy counters for chain '${name}'`)
      edit.chains.get(name)!.counters = { packets: Number(numbers[1]), bytes: Number(numbers[2]) }
    } else edit.chains.get(name)!.counters = { packets: 0, bytes: 0 }
    return null
  }

  private rule(text: string): number | null {
    const { run } = this
    const edit = this.edit!
    const counters = /^\[(\d+):(\d+)\]\s*/.exec(text)
    const words = splitWords(counters === null ? text : text.slice(counters[0].length))
    if (this.options.verbose && !this.options.noflush) words.push('-v')
    const line = new CommandLine(run, words, { table: this.table! })
    line.parse()
    line.finish()
    if (counters !== null && this.options.counters) line.rule.counters = { packets: Number(counters[1]), bytes: Number(counters[2]) }
    try {
      execute(line, edit, run)
      return null
    } catch (error) {
      if (error instanceof IptcError) return this.failed()
      throw error
    }
  }
}

export function runRestore(run: XtRun, options: RestoreOptions, text: string): number {
  const restorer = new Restorer(run, options)
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const lacksNewline = text !== '' && !text.endsWith('\n')
  for (const [i, line] of lines.entries()) {
    restorer.lineNumber++
    restorer.isEnded = !lacksNewline || i < lines.length - 1
    try {
      const code = restorer.line(line)
      if (code !== null) return code
    } catch (error) {
      if (error instanceof OtherFamily) continue
      return failure(run, error, restorer.lineNumber)
    }
  }
  if (!restorer.isOpen) return 0
  run.complain(`${run.program}: COMMIT expected at line ${restorer.lineNumber + 1}\n`)
  return 1
}

/** Words as the tool splits them: double quotes hold blanks, a backslash takes the next character as it is. */
function splitWords(text: string): string[] {
  const words: string[] = []
  let word = ''
  let isOpen = false
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (quoted) {
      if (c === '\\' && i + 1 < text.length) word += text[++i]!
      else if (c === '"') quoted = false
      else word += c
    } else if (c === '"') {
      quoted = true
      isOpen = true
    } else if (c === ' ' || c === '\t') {
      if (isOpen) words.push(word)
      word = ''
      isOpen = false
    } else {
      word += c
      isOpen = true
    }
  }
  // An open quote takes the end of the line with it.
  if (isOpen) words.push(quoted ? `${word}\n` : word)
  return words
}
