// The values of parameters: elements of arrays, assignment by attributes, arithmetic.

import { ArithmeticError, type ArithmeticScope, evaluateArithmetic } from './arithmetic.js'
import { ShellError } from './control.js'
import type { Shell } from './shell.js'
import { specialList } from './special.js'
import type { ShellVariable } from './variables.js'

export const MAX_VALUE = 16 * 1024 * 1024

export function elementOf(shell: Shell, name: string, index: string): string | null {
  const variable = shell.variables.find(name)
  if (variable === null) return specialList(shell, name)?.[Number(shell.arithmetic(index))] ?? null
  if (variable.named !== null) return variable.named.get(index) ?? null
  const number = Number(shell.arithmetic(index))
  const keys = variable.keys
  const at = number < 0 ? Number(keys[keys.length - 1] ?? -1) + 1 + number : number
  if (variable.indexed !== null) return variable.indexed.get(at) ?? null
  return at === 0 ? variable.value : null
}

/** `name` or `name[index]`. Checks attributes. */
export function assign(shell: Shell, target: string, value: string, isAppend: boolean): void {
  const element = /^(\w+)\[(.*)\]$/s.exec(target)
  const name = element === null ? target : element[1]!
  const variable = shell.variables.obtain(name)
  if (variable.isReadonly) throw new ShellError(`${name}: readonly variable`)
  const old = isAppend ? ((element === null ? variable.value : shell.element(name, element[2]!)) ?? '') : ''
  const text = variable.isInteger
    ? String(isAppend ? shell.arithmetic(old) + shell.arithmetic(value) : shell.arithmetic(value))
    : old + value
  if (text.length > MAX_VALUE) throw new ShellError('xrealloc: cannot allocate memory')
  if (element === null) variable.value = text
  else assignElement(shell, variable, element[2]!, text)
  if (shell.options.allexport) variable.isExported = true
  if (name === 'PATH' || name === 'HOME') shell.proc.env.set(name, text)
}

function assignElement(shell: Shell, variable: ShellVariable, index: string, text: string): void {
  if (variable.named !== null) {
    variable.named.set(index, text)
    return
  }
  const list = variable.makeIndexed()
  const number = Number(shell.arithmetic(index))
  list.set(number < 0 ? Math.max(-1, ...list.keys()) + 1 + number : number, text)
}

export function arithmetic(shell: Shell, text: string): bigint {
  const scope: ArithmeticScope = {
    get: (name, index) => (index === null ? shell.parameter(name) : shell.element(name, index)) ?? '',
    set: (name, index, value) => shell.assign(index === null ? name : `${name}[${index}]`, value),
  }
  try {
    return evaluateArithmetic(text, scope)
  } catch (error) {
    if (error instanceof ArithmeticError) throw new ShellError(error.message)
    throw error
  }
}
