// The words of ps: Unix options (-ef), BSD ones (aux) and GNU's long ones, in one command line.

import { ownOf } from '../../grammar/own-of.js'
import type { Process } from '../../node/process.js'
import { type Column, columnNamed } from './ps-columns.js'

/** `error: ...` and the way to help. */
export class PsError extends Error {}

/** An option that ps has and netlab lacks. */
export class PsLacks extends Error {
  constructor(
    readonly option: string,
    readonly instead: string,
  ) {
    super(option)
  }
}

export interface Request {
  readonly proc: Process
  columns: Column[] | null
  /** Letters that chose a format or changed one: u, l, f, F, j, y, v, s, L as `-l` or `l`. */
  readonly shapes: Set<string>
  /** Letters that chose processes: -e, a, x... */
  readonly choices: Set<string>
  isBsd: boolean
  isNegated: boolean
  readonly lists: [kind: 'pid' | 'ppid' | 'command' | 'user' | 'group' | 'tty' | 'session', values: string[]][]
  header: boolean
  wide: number
  tree: 'none' | 'art' | 'indent'
  showsEnvironment: boolean
  isShort: boolean
  readonly sort: { column: Column; isDown: boolean }[]
  answer: 'version' | 'help' | null
  helpSection: string
}

const LISTS: Record<string, readonly [kind: Request['lists'][number][0], what: string]> = {
  '-p': ['pid', 'list of process IDs'],
  p: ['pid', 'list of process IDs'],
  '-q': ['pid', 'list of process IDs'],
  q: ['pid', 'list of process IDs'],
  '--pid': ['pid', 'list of process IDs'],
  '--quick-pid': ['pid', 'list of process IDs'],
  '--ppid': ['ppid', 'list of process IDs'],
  '-C': ['command', 'list of command names'],
  '-u': ['user', 'list of users'],
  '-U': ['user', 'list of real users'],
  U: ['user', 'list of users'],
  '--user': ['user', 'list of users'],
  '--User': ['user', 'list of real users'],
  '-G': ['group', 'list of real groups'],
  '--group': ['group', 'list of effective groups'],
  '--Group': ['group', 'list of real groups'],
  '-t': ['tty', 'list of terminals'],
  t: ['tty', 'list of terminals'],
  '--tty': ['tty', 'list of terminals'],
  '-s': ['session', 'some sid thing(s)'],
  '-g': ['session', 'list of session leaders OR effective group IDs'],
  '--sid': ['session', 'some sid thing(s)'],
}

export function readPs(proc: Process): Request {
  const first = attemptRead(proc, proc.argv.slice(1))
  if (first instanceof PsError) {
    // `ps -aux`: what makes no sense as Unix options is read once more as BSD's.
    const bsd = attemptRead(
      proc,
      proc.argv.slice(1).map((word) => (/^-[a-zA-Z]/.test(word) ? word.slice(1) : word)),
    )
    if (bsd instanceof PsError || bsd instanceof PsLacks) throw first
    if (!proc.machine.image.toolAtLeast('procps', '3.3'))
      proc.error("Warning: bad ps syntax, perhaps a bogus '-'? See http://procps.sf.net/faq.html")
    return bsd
  }
  if (first instanceof PsLacks) throw first
  return first
}

function attemptRead(proc: Process, words: string[]): Request | PsError | PsLacks {
  try {
    return new Reader(proc, words).read()
  } catch (error) {
    if (error instanceof PsError || error instanceof PsLacks) return error
    throw error
  }
}

class Reader {
  private readonly request: Request

  constructor(
    private readonly proc: Process,
    private readonly words: string[],
  ) {
    this.request = {
      proc,
      columns: null,
      shapes: new Set(),
      choices: new Set(),
      isBsd: false,
      isNegated: false,
      lists: [],
      header: true,
      wide: 0,
      tree: 'none',
      showsEnvironment: false,
      isShort: false,
      sort: [],
      answer: null,
      helpSection: '',
    }
  }

  read(): Request {
    const { words } = this
    while (words.length > 0) {
      const word = words.shift()!
      if (word.startsWith('--')) this.long(word)
      else if (word.startsWith('-')) this.letters(word.slice(1), '-')
      else if (/^\d/.test(word)) {
        this.list('pid', word)
        this.request.isBsd = true
      } else {
        this.request.isBsd = true
        this.letters(word, '')
      }
    }
    return this.request
  }

  private long(word: string): void {
    const at = word.indexOf('=')
    const name = at < 0 ? word : word.slice(0, at)
    const value = (what: string): string => {
      const text = at < 0 ? this.words.shift() : word.slice(at + 1)
      if (text === undefined || text === '') throw new PsError(`${what} must follow ${name}`)
      return text
    }
    const { request } = this
    if (Object.hasOwn(LISTS, name)) return this.list(ownOf(LISTS, name)![0], value(ownOf(LISTS, name)![1]))
    switch (name) {
      case '--sort':
        return this.sort(value('long sort specification'))
      case '--format':
        return this.format(value('format specification'))
      case '--no-headers':
      case '--no-heading':
      case '--noheaders':
      case '--noheading':
      case '--no-header':
        request.header = false
        return
      case '--headers':
      case '--heading':
        throw new PsLacks(name, 'the header is printed once')
      case '--forest':
        request.tree = 'art'
        return
      case '--deselect':
        request.isNegated = true
        return
      case '--cols':
      case '--columns':
      case '--width':
        request.wide = Number(value('number')) || 0
        return
      case '--rows':
      case '--lines':
        value('number')
        return
      case '--version':
      case '--info':
        request.answer = 'version'
        return
      case '--help':
        request.answer = 'help'
        request.helpSection = at < 0 ? (this.words.shift() ?? '') : word.slice(at + 1)
        return
      default:
        throw new PsError('unknown gnu long option')
    }
  }

  /** `dash` is '-' for Unix options and '' for BSD's. */
  private letters(letters: string, dash: '-' | ''): void {
    for (let i = 0; i < letters.length; i++) {
      const letter = letters[i]!
      const option = dash + letter
      const takesRest = option in LISTS || ['-o', 'o', '-O', 'O', 'k'].includes(option)
      if (!takesRest) {
        this.letter(option)
        continue
      }
      const rest = letters.slice(i + 1)
      const value = rest === '' ? this.words.shift() : rest
      this.withValue(option, dash, value)
      return
    }
  }

  private withValue(option: string, dash: string, value: string | undefined): void {
    const named = dash === '' ? `'${option}'` : option
    if (Object.hasOwn(LISTS, option)) {
      const [kind, what] = ownOf(LISTS, option)!
      // A terminal need not be named: BSD's t alone is the own one.
      if (value === undefined && kind === 'tty') return void this.request.choices.add('T')
      if (value === undefined) throw new PsError(`${what} must follow ${named}`)
      this.list(kind, value)
      return
    }
    if (value === undefined) throw new PsError(`${option === 'k' ? 'long sort' : 'format'} specification must follow ${named}`)
    if (option === 'k') this.sort(value)
    else if (option === '-O' || option === 'O') this.around(value, option)
    else this.format(value)
  }

  private letter(option: string): void {
    const { request } = this
    switch (option) {
      case '-e':
      case '-A':
      case '-a':
      case '-d':
      case 'a':
      case 'x':
      case 'g':
      case 'r':
      case 'T':
        request.choices.add(option)
        return
      case '-x':
        request.choices.add('x')
        return
      case '-N':
        request.isNegated = true
        return
      case '-f':
      case '-F':
      case '-l':
      case '-j':
      case '-y':
      case '-L':
      case 'u':
      case 'l':
      case 'j':
      case 'v':
      case 's':
        request.shapes.add(option)
        return
      case 'f':
        request.tree = 'art'
        return
      case '-H':
        request.tree = 'indent'
        return
      case 'e':
        request.showsEnvironment = true
        return
      case 'c':
        request.isShort = true
        return
      case 'h':
        request.header = false
        return
      case 'w':
      case '-w':
        request.wide = request.wide === 132 ? Number.POSITIVE_INFINITY : 132
        return
      case '-V':
      case 'V':
        request.answer = 'version'
        return
      case '-m':
      case 'm':
      case '-T':
        throw new PsLacks(option, 'every process has one thread')
      case '-n':
      case 'n':
        throw new PsLacks(option, 'name the columns with -o: uid, wchan')
      case '-M':
      case 'Z':
      case '-Z':
        throw new PsLacks(option, 'no security modules here')
      case '-c':
        throw new PsLacks(option, 'name the columns with -o: pid,pri,tty,time,comm')
      case 'L':
        throw new PsLacks(option, 'see man ps for the columns of -o')
      case 'X':
        throw new PsLacks(option, 'no registers here')
      default:
        throw new PsError(option.startsWith('-') ? 'unsupported SysV option' : 'unsupported option (BSD syntax)')
    }
  }

  private list(kind: Request['lists'][number][0], text: string): void {
    const values = text.split(/[,\s]+/).filter((value) => value !== '')
    const { users } = this.proc.machine
    for (const value of values) {
      if (kind === 'pid' || kind === 'ppid') if (!/^\d+$/.test(value)) throw new PsError('process ID list syntax error')
      if (kind === 'user' && !/^\d+$/.test(value) && users.byName(value) === null) throw new PsError('user name does not exist')
      if (kind === 'group' && !/^\d+$/.test(value) && users.groupByName(value) === null) throw new PsError('group name does not exist')
      if (kind === 'tty' && !this.hasTerminal(value)) throw new PsError('TTY could not be found')
    }
    this.request.lists.push([kind, values.map((value) => (kind === 'tty' ? value.replace(/^\/dev\//, '') : value))])
  }

  private hasTerminal(name: string): boolean {
    const short = name.replace(/^\/dev\//, '')
    return short === '-' || short === '?' || [...this.proc.machine.processes.values()].some((other) => other.tty?.name === short)
  }

  /** `pid,user=WHO,args=`; without headers blanks part the names too. */
  private format(text: string): void {
    this.request.columns ??= []
    for (const word of text.split(text.includes('=') ? ',' : /[,\s]+/)) if (word !== '') this.request.columns.push(this.column(word))
  }

  private column(word: string): Column {
    const match = /^([^=:]*)(?::(\d+))?(?:=(.*))?$/s.exec(word)
    const name = match?.[1] ?? word
    const column = columnNamed(name, this.proc, {
      ...(match?.[2] === undefined ? {} : { width: Number(match[2]) }),
      ...(match?.[3] === undefined ? {} : { header: match[3] }),
    })
    if (column === null) throw new PsError(`unknown user-defined format specifier "${name}"`)
    return column
  }

  /** O: the named columns between PID and the state. */
  private around(text: string, option: string): void {
    const named = (names: readonly string[]): Column[] => names.map((name) => this.column(name))
    this.request.columns = [
      ...named(['pid']),
      ...named(text.split(/[,\s]+/)),
      ...named(['s', 'tname', 'time', option === 'O' ? 'ucmd=COMMAND' : 'args']),
    ]
  }

  private sort(text: string): void {
    for (const word of text.split(',')) {
      const column = columnNamed(word.replace(/^[-+]/, ''), this.proc)
      if (column === null) throw new PsError('unknown sort specifier')
      this.request.sort.push({ column, isDown: word.startsWith('-') })
    }
  }
}
