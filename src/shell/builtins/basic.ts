// true, echo, printf, test, eval, source, and the words that steer control.

import { KernelError } from '../../kernel/errno.js'
import { BreakLoop, ContinueLoop, ExitShell, ReturnFrom, ShellError } from '../control.js'
import { formatPrintf, PrintfError, unescapeEcho } from '../printf.js'
import { readWhole } from '../read-whole.js'
import { runBuiltin } from '../run-builtin.js'
import type { Shell } from '../shell.js'
import { evaluateTest, TestError } from '../test-expression.js'
import { type BuiltinTable, complain } from './builtin.js'

function echo(shell: Shell, args: string[]): number {
  let newline = true
  let escapes = shell.flavour === 'dash'
  let start = 0
  for (; start < args.length; start++) {
    const letters = /^-([neE]+)$/.exec(args[start]!)?.[1]
    if (letters === undefined || (shell.flavour === 'dash' && letters !== 'n')) break
    for (const letter of letters) {
      if (letter === 'n') newline = false
      else escapes = letter === 'e'
    }
  }
  const text = args.slice(start).join(' ')
  if (!escapes) {
    shell.proc.out(newline ? `${text}\n` : text)
    return 0
  }
  const { text: unescaped, stopped } = unescapeEcho(text)
  shell.proc.out(newline && !stopped ? `${unescaped}\n` : unescaped)
  return 0
}

function printf(shell: Shell, args: string[]): number {
  let target: string | null = null
  const rest = [...args]
  if (rest[0] === '-v') {
    target = rest[1] ?? ''
    rest.splice(0, 2)
  }
  if (rest[0] === '--') rest.shift()
  if (rest.length === 0) {
    shell.proc.error('printf: usage: printf [-v var] format [arguments]')
    return 2
  }
  const result = formatPrintf(rest[0]!, rest.slice(1), { clockUs: shell.proc.clock })
  if (target === null) shell.proc.out(result.text)
  else shell.assign(target, result.text)
  for (const message of result.errors) shell.error(`printf: ${message}`)
  return result.errors.length > 0 ? 1 : 0
}

function test(shell: Shell, name: string, args: string[]): number {
  try {
    return evaluateTest(shell, args) ? 0 : 1
  } catch (error) {
    if (!(error instanceof TestError)) throw error
    return complain(shell, name, error.message, 2)
  }
}

function bracket(shell: Shell, args: string[]): number {
  if (args[args.length - 1] !== ']') return complain(shell, '[', "missing `]'", 2)
  return test(shell, '[', args.slice(0, -1))
}

function levels(shell: Shell, name: string, args: string[]): number {
  if (args[0] === undefined) return 1
  if (!/^\d+$/.test(args[0])) {
    shell.error(`${name}: ${args[0]}: numeric argument required`)
    throw new ExitShell(128)
  }
  return Number(args[0])
}

function leaveLoop(shell: Shell, name: 'break' | 'continue', args: string[]): number {
  const count = levels(shell, name, args)
  if (shell.loopDepth === 0) {
    if (shell.flavour === 'bash') shell.error(`${name}: only meaningful in a \`for', \`while', or \`until' loop`)
    return 0
  }
  if (count < 1) return complain(shell, name, `${args[0]}: loop count out of range`)
  const depth = Math.min(count, shell.loopDepth)
  throw name === 'break' ? new BreakLoop(depth) : new ContinueLoop(depth)
}

function code(shell: Shell, name: string, args: string[]): number {
  if (args[0] === undefined) return shell.lastStatus
  if (/^-?\d+$/.test(args[0])) return Number(args[0]) & 255
  shell.error(`${name}: ${args[0]}: numeric argument required`)
  return 2
}

function exit(shell: Shell, args: string[]): number {
  if (shell.isInteractive && shell.isLogin && shell.subshellDepth === 0) shell.proc.error('logout')
  else if (shell.isInteractive && shell.subshellDepth === 0) shell.proc.error('exit')
  if (args.length > 1 && /^-?\d+$/.test(args[0]!)) {
    complain(shell, 'exit', 'too many arguments')
    if (shell.mode === 'script' || shell.mode === 'command') throw new ExitShell(1)
    return 1
  }
  throw new ExitShell(code(shell, 'exit', args))
}

function returnFrom(shell: Shell, args: string[]): number {
  if (shell.functionDepth === 0 && shell.sourceDepth === 0) {
    return complain(shell, 'return', "can only `return' from a function or sourced script", 2)
  }
  throw new ReturnFrom(code(shell, 'return', args))
}

/** Where bash without EVALNEST_MAX and SOURCENEST_MAX runs out of stack and is ended by a signal, its words for those stand here. */
const MAX_NESTING = 1000

async function evaluate(shell: Shell, args: string[]): Promise<number> {
  const text = args.join(' ')
  if (text.trim() === '') return 0
  if (shell.evalDepth >= MAX_NESTING) throw new ShellError(`eval: maximum eval nesting level exceeded (${MAX_NESTING})`)
  shell.evalDepth++
  try {
    await shell.runScript(text)
  } finally {
    shell.evalDepth--
  }
  return shell.lastStatus
}

async function source(shell: Shell, name: string, args: string[]): Promise<number> {
  const path = args[0]
  if (path === undefined) {
    shell.error(`${name}: filename argument required`)
    shell.proc.error(`${name}: usage: ${name} filename [arguments]`)
    return 2
  }
  if (shell.sourceDepth >= MAX_NESTING) throw new ShellError(`${name}: maximum source nesting level exceeded (${MAX_NESTING})`)
  const text = await readScript(shell, name, path)
  if (text === null) return 1
  const outer = shell.positional
  if (args.length > 1) shell.positional = args.slice(1)
  shell.sourceDepth++
  try {
    shell.lastStatus = 0
    await shell.runScript(text)
    return shell.lastStatus
  } catch (error) {
    if (error instanceof ReturnFrom) return error.code
    throw error
  } finally {
    shell.sourceDepth--
    if (args.length > 1) shell.positional = outer
  }
}

async function readScript(shell: Shell, name: string, path: string): Promise<string | null> {
  const { files } = shell.proc
  const onPath = path.includes('/') ? [] : (shell.variables.get('PATH') ?? '').split(':').map((directory) => `${directory}/${path}`)
  const found = [...onPath, path].find((candidate) => files.isFile(candidate)) ?? path
  try {
    return await readWhole(shell.proc, found)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    if (error.errno === 'EISDIR') shell.error(`${name}: ${path}: is a directory`)
    else shell.error(path.includes('/') || shell.flavour !== 'bash' ? `${path}: ${error.message}` : `${path}: ${error.message}`)
    return null
  }
}

function shift(shell: Shell, args: string[]): number {
  const count = args[0] === undefined ? 1 : Number(args[0])
  if (Number.isNaN(count)) return complain(shell, 'shift', `${args[0]}: numeric argument required`)
  if (count < 0) return complain(shell, 'shift', `${args[0]}: shift count out of range`)
  if (count > shell.positional.length) return 1
  shell.positional = shell.positional.slice(count)
  return 0
}

async function builtin(shell: Shell, args: string[]): Promise<number> {
  const name = args[0]
  if (name === undefined) return 0
  if (!shell.builtins.has(name)) return complain(shell, 'builtin', `${name}: not a shell builtin`)
  await runBuiltin(shell, name, args.slice(1))
  return shell.lastStatus
}

export const basic: BuiltinTable = {
  ':': () => 0,
  true: () => 0,
  false: () => 1,
  echo,
  printf: (shell, args) => {
    try {
      return printf(shell, args)
    } catch (error) {
      if (error instanceof PrintfError) return complain(shell, 'printf', error.message)
      throw error
    }
  },
  test: (shell, args) => test(shell, 'test', args),
  '[': bracket,
  break: (shell, args) => leaveLoop(shell, 'break', args),
  continue: (shell, args) => leaveLoop(shell, 'continue', args),
  exit,
  logout: (shell, args) => (shell.isLogin ? exit(shell, args) : complain(shell, 'logout', "not login shell: use `exit'")),
  return: returnFrom,
  eval: evaluate,
  source: (shell, args) => source(shell, 'source', args),
  '.': (shell, args) => source(shell, '.', args),
  exec: () => 0,
  shift,
  builtin,
}
