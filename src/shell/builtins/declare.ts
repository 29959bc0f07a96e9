// declare, local, export, readonly, unset, let.

import { assignArray } from '../assignment.js'
import { ShellError } from '../control.js'
import { type Assignment, parseShell } from '../parse.js'
import { doubleQuote, shellQuote } from '../quote.js'
import type { Shell } from '../shell.js'
import type { ShellVariable } from '../variables.js'
import { type BuiltinTable, complain, shellLacks } from './builtin.js'

interface Attributes {
  readonly set: Set<string>
  readonly clear: Set<string>
  readonly names: string[]
}

function readAttributes(args: readonly string[]): Attributes {
  const set = new Set<string>()
  const clear = new Set<string>()
  let i = 0
  for (; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '--') {
      i++
      break
    }
    if (!/^[-+][a-zA-Z]+$/.test(arg)) break
    for (const letter of arg.slice(1)) (arg.startsWith('-') ? set : clear).add(letter)
  }
  return { set, clear, names: args.slice(i) }
}

async function declare(shell: Shell, command: string, args: string[]): Promise<number> {
  const attributes = readAttributes(args)
  if (attributes.set.has('f') || attributes.set.has('F')) return showFunctions(shell, attributes)
  if (attributes.names.length === 0 || attributes.set.has('p')) return show(shell, command, attributes)
  const isLocal = shell.variables.isInFunction && !attributes.set.has('g')
  let status = 0
  for (const text of attributes.names) {
    if (!(await declareOne(shell, { command, text, attributes, isLocal }))) status = 1
  }
  return status
}

interface Declaration {
  readonly command: string
  readonly text: string
  readonly attributes: Attributes
  readonly isLocal: boolean
}

async function declareOne(shell: Shell, work: Declaration): Promise<boolean> {
  const match = /^([A-Za-z_]\w*)(\[[^\]]*\])?(?:(\+?=)([\s\S]*))?$/.exec(work.text)
  if (match === null) {
    shell.error(`${work.command}: \`${work.text}': not a valid identifier`)
    return false
  }
  const name = match[1]!
  const variable = work.isLocal ? shell.variables.declareLocal(name) : shell.variables.obtain(name)
  if (variable.isReadonly && (match[3] !== undefined || work.attributes.clear.has('r'))) {
    shell.error(`${work.command}: ${name}: readonly variable`)
    return false
  }
  setAttributes(variable, work.attributes)
  if (match[3] !== undefined) await setValue(shell, variable, { name, index: match[2] ?? '', operator: match[3], value: match[4] ?? '' })
  if (work.attributes.set.has('r')) variable.isReadonly = true
  shell.variables.touched()
  return true
}

function setAttributes(variable: ShellVariable, attributes: Attributes): void {
  const { set, clear } = attributes
  if (set.has('x')) variable.isExported = true
  if (clear.has('x')) variable.isExported = false
  if (set.has('i')) variable.isInteger = true
  if (clear.has('i')) variable.isInteger = false
  if (set.has('a')) variable.makeIndexed()
  if (set.has('A')) variable.makeNamed()
  if (set.has('u')) variable.case = 'upper'
  if (set.has('l')) variable.case = 'lower'
}

interface Value {
  readonly name: string
  readonly index: string
  readonly operator: string
  readonly value: string
}

async function setValue(shell: Shell, variable: ShellVariable, work: Value): Promise<void> {
  const isAppend = work.operator === '+='
  if (work.value.startsWith('(') && work.value.endsWith(')')) {
    const command = parseShell(`${work.name}=${work.value}`).script.commands[0]?.command
    const assignment = command?.type === 'Command' ? (command.prefix[0] as Assignment | undefined) : undefined
    if (assignment?.value.type === 'ArrayValue') {
      await assignArray(shell, variable, assignment.value, isAppend)
      return
    }
  }
  shell.assign(work.name + work.index, work.value, isAppend)
}

function show(shell: Shell, command: string, attributes: Attributes): number {
  let status = 0
  const wanted = attributes.names.length > 0 ? attributes.names : shell.variables.names()
  for (const name of wanted) {
    const variable = shell.variables.find(name)
    if (variable === null) {
      status = complain(shell, command, `${name}: not found`)
      continue
    }
    if (attributes.names.length === 0 && attributes.set.has('x') && !variable.isExported) continue
    if (attributes.names.length === 0 && attributes.set.has('r') && !variable.isReadonly) continue
    shell.proc.line(declarationOf(name, variable))
  }
  return status
}

export function declarationOf(name: string, variable: ShellVariable): string {
  const letters = `${variable.indexed !== null ? 'a' : ''}${variable.named !== null ? 'A' : ''}${variable.isInteger ? 'i' : ''}${variable.isReadonly ? 'r' : ''}${variable.isExported ? 'x' : ''}`
  const head = `declare -${letters === '' ? '-' : letters} ${name}`
  if (variable.isArray) {
    const values = variable.values
    const items = variable.keys
      .map((key, index) => `[${/^\w+$/.test(key) ? key : doubleQuote(key)}]=${doubleQuote(values[index]!)}`)
      .join(' ')
    return `${head}=(${items}${variable.named !== null && items !== '' ? ' ' : ''})`
  }
  return variable.value === null ? head : `${head}=${doubleQuote(variable.value)}`
}

function showFunctions(shell: Shell, attributes: Attributes): number {
  const names = attributes.names.length > 0 ? attributes.names : [...shell.functions.keys()].sort()
  let status = 0
  for (const name of names) {
    const definition = shell.functions.get(name)
    if (definition === undefined) status = 1
    else shell.proc.line(attributes.set.has('F') ? (attributes.names.length > 0 ? name : `declare -f ${name}`) : definition.text)
  }
  return status
}

function unset(shell: Shell, args: string[]): number {
  const { set, names } = readAttributes(args)
  let status = 0
  for (const name of names) {
    const element = /^(\w+)\[(.+)\]$/.exec(name)
    const variable = shell.variables.find(element === null ? name : element[1]!)
    if (variable?.isReadonly === true && !set.has('f')) {
      status = complain(shell, 'unset', `${name}: cannot unset: readonly variable`)
      continue
    }
    if (element !== null && variable !== null) {
      if (variable.named !== null) variable.named.delete(element[2]!)
      else variable.indexed?.delete(Number(shell.arithmetic(element[2]!)))
    } else if (!set.has('f') && variable !== null) shell.variables.unset(name)
    else if (!set.has('v')) shell.functions.delete(name)
  }
  return status
}

async function exportNames(shell: Shell, args: string[]): Promise<number> {
  const { set, names } = readAttributes(args)
  if (names.length === 0 || set.has('p')) {
    for (const name of shell.variables.names()) {
      const variable = shell.variables.find(name)!
      if (!variable.isExported) continue
      if (shell.flavour === 'bash') shell.proc.line(declarationOf(name, variable).replace(/^declare -\S+/, 'declare -x'))
      else shell.proc.line(`export ${name}=${shellQuote(variable.value ?? '', true)}`)
    }
    return 0
  }
  if (set.has('f')) return shellLacks(shell, 'export -f', 'put the function into a file and read it with .')
  let status = 0
  for (const text of names) {
    const match = /^([A-Za-z_]\w*)(?:(\+?=)([\s\S]*))?$/.exec(text)
    if (match === null) {
      status = complain(shell, 'export', `\`${text}': not a valid identifier`)
      continue
    }
    if (match[2] !== undefined) shell.assign(match[1]!, match[3]!, match[2] === '+=')
    shell.variables.obtain(match[1]!).isExported = !set.has('n')
    shell.variables.touched()
  }
  return status
}

async function readonlyNames(shell: Shell, args: string[]): Promise<number> {
  const { names, set } = readAttributes(args)
  if (names.length === 0) {
    for (const name of shell.variables.names())
      if (shell.variables.find(name)!.isReadonly) shell.proc.line(declarationOf(name, shell.variables.find(name)!))
    return 0
  }
  return declare(shell, 'readonly', ['-r', '-g', ...[...set].map((letter) => `-${letter}`), '--', ...names])
}

async function letBuiltin(shell: Shell, args: string[]): Promise<number> {
  if (args.length === 0) return complain(shell, 'let', 'expression expected')
  let last = 0n
  try {
    for (const arg of args) last = shell.arithmetic(arg)
  } catch (error) {
    if (!(error instanceof ShellError)) throw error
    return complain(shell, 'let', error.message)
  }
  return last === 0n ? 1 : 0
}

export const declarations: BuiltinTable = {
  declare: (shell, args) => declare(shell, 'declare', args),
  typeset: (shell, args) => declare(shell, 'typeset', args),
  local: (shell, args) =>
    shell.variables.isInFunction ? declare(shell, 'local', args) : complain(shell, 'local', 'can only be used in a function'),
  export: exportNames,
  readonly: readonlyNames,
  unset,
  let: letBuiltin,
}
