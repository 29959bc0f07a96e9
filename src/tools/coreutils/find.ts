// find: walks the tree and asks each file an expression.

import { ownOf } from '../../grammar/own-of.js'
import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { notEmulated } from '../../node/command.js'
import type { Stat } from '../../node/files.js'
import { baseName } from '../../node/path.js'
import type { Process } from '../../node/process.js'
import { matchesPattern } from '../../shell/pattern.js'
import { translateRegex } from '../../shell/regex.js'
import { changeMode, modeText } from './modes.js'

interface Visit {
  readonly path: string
  readonly start: string
  readonly depth: number
  readonly stat: Stat
}

type Test = (visit: Visit) => boolean | Promise<boolean>

class FindError extends Error {}

const TYPES: Readonly<Record<string, Stat['type']>> = { f: 'file', d: 'directory', l: 'symlink', p: 'fifo', s: 'socket', c: 'device' }

const BETWEEN = new Set(['-o', '-or', '-a', '-and', ')'])

class FindParser {
  private at = 0
  minDepth = 0
  maxDepth = Number.POSITIVE_INFINITY
  isDepthFirst = false
  hasAction = false
  prune = false
  readonly batches: { argv: string[]; paths: string[] }[] = []

  constructor(
    private readonly proc: Process,
    private readonly words: readonly string[],
  ) {}

  parse(): Test {
    if (this.words.length === 0) return () => true
    const test = this.or()
    if (this.words[this.at] === ')') throw new FindError("you have too many ')'")
    if (this.at < this.words.length) throw new FindError(`paths must precede expression: \`${this.words[this.at]}'`)
    return test
  }

  private or(): Test {
    let left = this.and()
    while (this.words[this.at] === '-o' || this.words[this.at] === '-or') {
      this.at++
      const [a, b] = [left, this.and()]
      left = async (visit) => (await a(visit)) || (await b(visit))
    }
    return left
  }

  private and(): Test {
    let left = this.not()
    while (this.at < this.words.length && !['-o', '-or', ')', '\\)'].includes(this.words[this.at]!)) {
      if (this.words[this.at] === '-a' || this.words[this.at] === '-and') this.at++
      const [a, b] = [left, this.not()]
      left = async (visit) => (await a(visit)) && (await b(visit))
    }
    return left
  }

  private not(): Test {
    if (this.words[this.at] === '!' || this.words[this.at] === '-not') {
      this.at++
      const inner = this.not()
      return async (visit) => !(await inner(visit))
    }
    if (this.words[this.at] === '(') {
      this.at++
      const inner = this.or()
      if (this.words[this.at] !== ')')
        throw new FindError("invalid expression; I was expecting to find a ')' somewhere but did not see one.")
      this.at++
      return inner
    }
    return this.primary()
  }

  private value(name: string): string {
    const value = this.words[this.at++]
    if (value === undefined) throw new FindError(`missing argument to \`${name}'`)
    return value
  }

  /** The line ends where an expression must stand: what is said depends on what asked for one. */
  private missing(): never {
    const before = this.words.at(-1)!
    if (before === '(')
      throw new FindError("invalid expression; expected to find a ')' but didn't see one. Perhaps you need an extra predicate after '('")
    throw new FindError(`expected an expression after '${before}'`)
  }

  /** A word of the expression's own stands where an expression must. */
  private misplaced(word: string): FindError {
    const before = this.words[this.at - 2]
    if (word !== ')') return new FindError(`invalid expression; you have used a binary operator '${word}' with nothing before it.`)
    if (before === undefined) return new FindError("you have too many ')'")
    return new FindError(
      before === '(' ? 'invalid expression; empty parentheses are not allowed.' : `expected an expression between '${before}' and ')'`,
    )
  }

  private primary(): Test {
    const name = this.words[this.at++] ?? this.missing()
    switch (name) {
      case '-name':
      case '-iname': {
        const pattern = this.value(name)
        return ({ path }) => matchesPattern(baseName(path), pattern, name === '-iname')
      }
      case '-path':
      case '-wholename':
      case '-ipath': {
        const pattern = this.value(name)
        return ({ path }) => matchesPattern(path, pattern, name === '-ipath')
      }
      case '-regex': {
        const regex = translateRegex(`^(?:${this.value(name)})$`, 'extended')
        return ({ path }) => regex.test(path)
      }
      case '-type': {
        const types = this.value(name).split(',')
        for (const type of types) if (ownOf(TYPES, type) === undefined) throw new FindError(`Unknown argument to -type: ${type}`)
        return ({ stat }) => types.some((type) => ownOf(TYPES, type) === stat.type)
      }
      case '-size':
        return this.sizeTest(this.value(name))
      case '-empty':
        return ({ path, stat }) =>
          stat.type === 'directory' ? this.proc.files.list(path).length === 0 : stat.type === 'file' && stat.size === 0
      case '-mtime':
      case '-mmin': {
        const unit = name === '-mmin' ? 60e6 : 86_400e6
        const compare = this.numberTest(this.value(name))
        return ({ stat }) => compare(Math.floor((this.proc.clock - stat.mtimeUs) / unit))
      }
      case '-newer': {
        const other = this.proc.files.stat(this.value(name)).mtimeUs
        return ({ stat }) => stat.mtimeUs > other
      }
      case '-user': {
        const text = this.value(name)
        const uid = this.proc.machine.users.byName(text)?.uid ?? Number(text)
        return ({ stat }) => stat.uid === uid
      }
      case '-perm':
        return this.permTest(this.value(name))
      case '-executable':
        return ({ path }) => this.proc.files.access(path, 1)
      case '-maxdepth':
        this.maxDepth = Number(this.value(name))
        return () => true
      case '-mindepth':
        this.minDepth = Number(this.value(name))
        return () => true
      case '-depth':
        this.isDepthFirst = true
        return () => true
      case '-xdev':
      case '-mount':
        return () => true
      case '-true':
        return () => true
      case '-false':
        return () => false
      case '-prune':
        return () => {
          this.prune = true
          return true
        }
      default:
        return this.action(name)
    }
  }

  private action(name: string): Test {
    if (BETWEEN.has(name)) throw this.misplaced(name)
    this.hasAction = true
    switch (name) {
      case '-print':
        return ({ path }) => this.print(`${path}\n`)
      case '-print0':
        return ({ path }) => this.print(`${path}\0`)
      case '-printf': {
        const format = this.value(name)
        return (visit) => this.print(formatFind(this.proc, format, visit))
      }
      case '-ls':
        return ({ path, stat }) =>
          this.print(
            `${String(stat.ino).padStart(9)} ${String(Math.ceil(stat.size / 1024)).padStart(6)} ${modeText(stat.type, stat.mode)} ${String(stat.nlink).padStart(3)} ${path}\n`,
          )
      case '-quit':
        return () => {
          throw new FindQuit()
        }
      case '-delete':
        this.isDepthFirst = true
        return ({ path, stat }) => {
          if (stat.type === 'directory') this.proc.files.rmdir(path)
          else this.proc.files.remove(path)
          return true
        }
      case '-exec':
      case '-execdir':
      case '-ok':
        return this.execAction()
      default:
        throw new FindError(name.startsWith('-') ? `unknown predicate \`${name}'` : `paths must precede expression: \`${name}'`)
    }
  }

  private print(text: string): boolean {
    this.proc.out(text)
    return true
  }

  private execAction(): Test {
    const argv: string[] = []
    for (;;) {
      const word = this.words[this.at++]
      if (word === undefined) throw new FindError("missing argument to `-exec'")
      if (word === ';') break
      if (word === '+' && argv[argv.length - 1] === '{}') {
        const batch = { argv: argv.slice(0, -1), paths: [] as string[] }
        this.batches.push(batch)
        return ({ path }) => batch.paths.push(path) > 0
      }
      argv.push(word)
    }
    return async ({ path }) =>
      (await runChild(
        this.proc,
        argv.map((word) => word.replaceAll('{}', path)),
      )) === 0
  }

  private numberTest(text: string): (n: number) => boolean {
    const n = Number(text.replace(/^[-+]/, ''))
    if (Number.isNaN(n)) throw new FindError(`invalid argument \`${text}'`)
    return (value) => (text.startsWith('+') ? value > n : text.startsWith('-') ? value < n : value === n)
  }

  private sizeTest(text: string): Test {
    const match = /^([-+]?\d+)([bckMGw]?)$/.exec(text)
    if (match === null) throw new FindError(`invalid -size type \`${text.slice(-1)}'`)
    const unit = { '': 512, b: 512, c: 1, w: 2, k: 1024, M: 1024 ** 2, G: 1024 ** 3 }[match[2]!]!
    const compare = this.numberTest(match[1]!)
    return ({ stat }) => compare(Math.ceil(stat.size / unit))
  }

  private permTest(text: string): Test {
    const wanted = changeMode(text.replace(/^[-/]/, ''), 0, false)
    if (wanted === null) throw new FindError(`invalid mode \`${text}'`)
    return ({ stat }) => {
      const mode = stat.mode & 0o7777
      return text.startsWith('-')
        ? (mode & wanted) === wanted
        : text.startsWith('/')
          ? wanted === 0 || (mode & wanted) !== 0
          : mode === wanted
    }
  }
}

class FindQuit extends Error {}

async function runChild(proc: Process, argv: string[]): Promise<number> {
  try {
    return await proc.waitFor(proc.spawn(argv))
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    proc.error(`find: '${argv[0]}': ${error.message}`)
    return 127
  }
}

function formatFind(proc: Process, format: string, visit: Visit): string {
  const { path, start, stat, depth } = visit
  const values: Record<string, string> = {
    p: path,
    f: baseName(path),
    h: path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.',
    P: path.slice(start.length).replace(/^\//, ''),
    s: String(stat.size),
    m: (stat.mode & 0o7777).toString(8),
    M: modeText(stat.type, stat.mode),
    u: proc.machine.users.byUid(stat.uid)?.name ?? String(stat.uid),
    g: proc.machine.users.groupById(stat.gid)?.name ?? String(stat.gid),
    U: String(stat.uid),
    G: String(stat.gid),
    d: String(depth),
    i: String(stat.ino),
    n: String(stat.nlink),
    y: { file: 'f', directory: 'd', symlink: 'l', device: 'c', fifo: 'p', socket: 's' }[stat.type],
    '%': '%',
    l: stat.type === 'symlink' ? proc.files.readlink(path) : '',
  }
  return format
    .replace(/\\n/g, '\n')
    .replace(/\\t/g, '\t')
    .replace(/\\0/g, '\0')
    .replace(/%([a-zA-Z%])/g, (whole, code: string) => values[code] ?? whole)
}

async function walk(proc: Process, parser: FindParser, test: Test, visit: Omit<Visit, 'stat'>): Promise<number> {
  let code = 0
  try {
    const stat = proc.files.lstat(visit.path)
    const full: Visit = { ...visit, stat }
    const isWanted = visit.depth >= parser.minDepth
    parser.prune = false
    const ask = async (): Promise<void> => {
      if (isWanted && (await test(full)) && !parser.hasAction) proc.line(visit.path)
    }
    if (!parser.isDepthFirst) await ask()
    if (stat.type === 'directory' && !parser.prune && visit.depth < parser.maxDepth) {
      for (const name of proc.files.list(visit.path)) {
        const path = visit.path.endsWith('/') ? visit.path + name : `${visit.path}/${name}`
        code = Math.max(code, await walk(proc, parser, test, { path, start: visit.start, depth: visit.depth + 1 }))
      }
    }
    if (parser.isDepthFirst) await ask()
    await proc.drain()
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    proc.error(`find: '${visit.path}': ${error.message}`)
    code = 1
  }
  return code
}

async function find(proc: Process): Promise<number> {
  const words = proc.argv.slice(1).filter((word) => word !== '-L' && word !== '-P' && word !== '-H')
  if (words.includes('--help')) {
    proc.line('Usage: find [PATH]... [EXPRESSION]')
    return 0
  }
  const first = words.findIndex((word) => /^[-(!]/.test(word))
  const paths = first < 0 ? words : words.slice(0, first)
  const parser = new FindParser(proc, first < 0 ? [] : words.slice(first))
  let test: Test
  try {
    test = parser.parse()
  } catch (error) {
    if (!(error instanceof FindError)) throw error
    if (error.message.includes('-ok')) return notEmulated(proc, '-ok', 'use -exec')
    proc.error(`find: ${error.message}`)
    return 1
  }
  let code = 0
  try {
    for (const path of paths.length === 0 ? ['.'] : paths)
      code = Math.max(code, await walk(proc, parser, test, { path, start: path, depth: 0 }))
  } catch (error) {
    if (!(error instanceof FindQuit)) throw error
  }
  for (const batch of parser.batches)
    if (batch.paths.length > 0) code = Math.max(code, (await runChild(proc, [...batch.argv, ...batch.paths])) === 0 ? 0 : 1)
  return code
}

export const findCommand: Command = { name: 'find', path: '/usr/bin/find', usage: 'find [PATH]... [EXPRESSION]', run: find }
