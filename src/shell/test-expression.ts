// The primaries of test, [ and [[: files, strings, numbers.

import { ownOf } from '../grammar/own-of.js'
import type { FileType } from '../node/inode.js'
import type { Process } from '../node/process.js'

const TYPES: Readonly<Record<string, FileType>> = { f: 'file', d: 'directory', p: 'fifo', S: 'socket', c: 'device' }

/** What tests ask: a shell, or the program test(1) with its environment. */
export interface Tester {
  readonly proc: Process
  readonly options: object
  /** `name` or `name[index]` has a value. */
  isSet(name: string): boolean
}

export class TestError extends Error {}

/** null: not a unary operator. */
export function unary(shell: Tester, operator: string, operand: string): boolean | null {
  switch (operator) {
    case '-n':
      return operand !== ''
    case '-z':
      return operand === ''
    case '-v':
      return shell.isSet(operand)
    case '-o':
      return (shell.options as unknown as Record<string, boolean>)[operand] === true
    case '-t':
      return shell.proc.fds.get(Number(operand))?.isTty ?? false
    default:
      return /^-[abcdefghLkprsuwxOGNS]$/.test(operator) ? fileTest(shell, operator.slice(1), operand) : null
  }
}

function fileTest(shell: Tester, letter: string, path: string): boolean {
  const { files } = shell.proc
  if (letter === 'L' || letter === 'h') return type(shell, path, false) === 'symlink'
  if (path === '' || !files.exists(path)) return false
  const stat = files.stat(path)
  switch (letter) {
    case 'e':
    case 'a':
      return true
    case 's':
      return stat.type === 'directory' || stat.size > 0
    case 'r':
      return files.access(path, 4)
    case 'w':
      return files.access(path, 2)
    case 'x':
      return files.access(path, 1)
    case 'O':
      return stat.uid === shell.proc.uid
    case 'G':
      return stat.gid === shell.proc.gid
    case 'u':
      return (stat.mode & 0o4000) !== 0
    case 'g':
      return (stat.mode & 0o2000) !== 0
    case 'k':
      return (stat.mode & 0o1000) !== 0
    default:
      return ownOf(TYPES, letter) === stat.type
  }
}

function type(shell: Tester, path: string, follow: boolean): FileType | null {
  try {
    return (follow ? shell.proc.files.stat(path) : shell.proc.files.lstat(path)).type
  } catch {
    return null
  }
}

export const BINARY_OPERATORS = new Set(['=', '==', '!=', '<', '>', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef'])

export function binary(shell: Tester, left: string, operator: string, right: string): boolean {
  switch (operator) {
    case '=':
    case '==':
      return left === right
    case '!=':
      return left !== right
    case '<':
      return left < right
    case '>':
      return left > right
    case '-nt':
      return mtime(shell, left) > mtime(shell, right)
    case '-ot':
      return mtime(shell, left) < mtime(shell, right)
    case '-ef':
      return sameFile(shell, left, right)
    default:
      return compare(operator, integer(left), integer(right))
  }
}

export function compare(operator: string, a: bigint, b: bigint): boolean {
  switch (operator) {
    case '-eq':
      return a === b
    case '-ne':
      return a !== b
    case '-lt':
      return a < b
    case '-le':
      return a <= b
    case '-gt':
      return a > b
    case '-ge':
      return a >= b
    default:
      throw new TestError(`${operator}: binary operator expected`)
  }
}

function integer(text: string): bigint {
  if (!/^\s*[-+]?\d+\s*$/.test(text)) throw new TestError(`${text}: integer expression expected`)
  return BigInt(text.trim().replace(/^\+/, ''))
}

function mtime(shell: Tester, path: string): number {
  return shell.proc.files.exists(path) ? shell.proc.files.stat(path).mtimeUs : -1
}

function sameFile(shell: Tester, left: string, right: string): boolean {
  const { files } = shell.proc
  return files.exists(left) && files.exists(right) && files.node(left) === files.node(right)
}

/** test(1) over its arguments. */
export function evaluateTest(shell: Tester, args: readonly string[]): boolean {
  return new TestParser(shell, args).run()
}

class TestParser {
  private at = 0
  constructor(
    private readonly shell: Tester,
    private readonly args: readonly string[],
  ) {}

  run(): boolean {
    const { args } = this
    if (args.length === 0) return false
    if (args.length === 1) return args[0] !== ''
    if (args.length === 2) return this.two(args[0]!, args[1]!)
    if (args.length === 3) {
      const [a, b, c] = args as [string, string, string]
      if (BINARY_OPERATORS.has(b)) return binary(this.shell, a, b, c)
      if (b === '-a' || b === '-o') return b === '-a' ? a !== '' && c !== '' : a !== '' || c !== ''
      if (a === '!') return !this.two(b, c)
      if (a === '(' && c === ')') return b !== ''
      throw new TestError(`${b}: binary operator expected`)
    }
    if (args.length === 4 && args[0] === '!') return !new TestParser(this.shell, args.slice(1)).run()
    const value = this.or()
    if (this.at < args.length) throw new TestError('too many arguments')
    return value
  }

  private two(a: string, b: string): boolean {
    if (a === '!') return b === ''
    const value = unary(this.shell, a, b)
    if (value === null) throw new TestError(`${a}: unary operator expected`)
    return value
  }

  private or(): boolean {
    let value = this.and()
    while (this.args[this.at] === '-o') {
      this.at++
      const right = this.and()
      value = value || right
    }
    return value
  }

  private and(): boolean {
    let value = this.not()
    while (this.args[this.at] === '-a') {
      this.at++
      const right = this.not()
      value = value && right
    }
    return value
  }

  private not(): boolean {
    if (this.args[this.at] === '!') {
      this.at++
      return !this.not()
    }
    return this.primary()
  }

  private primary(): boolean {
    const { args } = this
    const first = args[this.at]
    if (first === undefined) throw new TestError('argument expected')
    const operator = args[this.at + 1]
    if (operator !== undefined && BINARY_OPERATORS.has(operator) && args[this.at + 2] !== undefined) {
      this.at += 3
      return binary(this.shell, first, operator, args[this.at - 1]!)
    }
    if (first === '(') {
      this.at++
      const value = this.or()
      if (args[this.at] !== ')') throw new TestError("`)' expected")
      this.at++
      return value
    }
    if (operator !== undefined) {
      const value = unary(this.shell, first, operator)
      if (value !== null) {
        this.at += 2
        return value
      }
    }
    this.at++
    return first !== ''
  }
}
