// Assignments: scalars, elements, whole arrays, +=.

import { ShellError } from './control.js'
import { expandAssigned, expandSingle, expandWords } from './expand.js'
import type { ArrayValue, Assignment } from './parse.js'
import type { Shell } from './shell.js'
import type { ShellVariable } from './variables.js'

export async function assignAll(shell: Shell, assignments: readonly Assignment[]): Promise<void> {
  for (const assignment of assignments) await assignOne(shell, assignment)
}

export async function assignOne(shell: Shell, assignment: Assignment): Promise<void> {
  const isAppend = assignment.append === true
  if (assignment.value.type === 'ArrayValue') {
    const variable = shell.variables.obtain(assignment.name)
    if (variable.isReadonly) throw new ShellError(`${assignment.name}: readonly variable`)
    await assignArray(shell, variable, assignment.value, isAppend)
    return
  }
  const value = await expandAssigned(shell, assignment.value)
  const index = assignment.index === undefined ? null : await expandSingle(shell, assignment.index)
  shell.assign(index === null ? assignment.name : `${assignment.name}[${index}]`, value, isAppend)
}

export async function assignArray(shell: Shell, variable: ShellVariable, array: ArrayValue, isAppend: boolean): Promise<void> {
  const old = isAppend ? variable.values : []
  const elements: { key: string | null; values: string[] }[] = []
  for (const word of array.elements) {
    const keyed = /^\[([^\]]*)\]=/.exec(word.text)
    if (keyed === null) elements.push({ key: null, values: await expandWords(shell, [word]) })
    else
      elements.push({ key: keyed[1]!.replace(/^["']|["']$/g, ''), values: [(await expandSingle(shell, word)).replace(/^\[[^\]]*\]=/, '')] })
  }
  if (variable.named !== null) {
    if (!isAppend) variable.named.clear()
    for (const { key, values } of elements) variable.named.set(await keyText(shell, key ?? values[0] ?? ''), values[0] ?? '')
    return
  }
  variable.setList(old)
  const list = variable.makeIndexed()
  let next = old.length
  for (const { key, values } of elements) {
    if (key !== null) next = Number(shell.arithmetic(key))
    for (const value of values) list.set(next++, value)
  }
}

async function keyText(shell: Shell, key: string): Promise<string> {
  return key.startsWith('$') ? (shell.parameter(key.slice(1)) ?? '') : key
}
