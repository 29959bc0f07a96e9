// Calling a shell function: its own positional parameters and variables.

import { ReturnFrom, ShellError } from './control.js'
import type { CompoundList } from './parse.js'
import type { Shell } from './shell.js'

const MAX_FUNCTION_DEPTH = 1000

export async function callFunction(shell: Shell, name: string, args: readonly string[]): Promise<void> {
  const definition = shell.functions.get(name)!
  if (shell.functionDepth >= MAX_FUNCTION_DEPTH)
    throw new ShellError(`${name}: maximum function nesting level exceeded (${MAX_FUNCTION_DEPTH})`)
  const saved = { positional: shell.positional, source: shell.source, position: shell.position, loopDepth: shell.loopDepth }
  shell.positional = [...args]
  shell.source = definition.source
  shell.loopDepth = 0
  shell.functionDepth++
  shell.functionNames.push(name)
  shell.variables.pushScope()
  try {
    if (definition.body.type === 'CompoundList') await shell.runStatements((definition.body as CompoundList).commands)
    else await shell.runCommand(definition.body)
  } catch (error) {
    if (!(error instanceof ReturnFrom)) throw error
    shell.lastStatus = error.code
  } finally {
    shell.variables.popScope()
    shell.functionDepth--
    shell.functionNames.pop()
    shell.positional = saved.positional
    shell.source = saved.source
    shell.position = saved.position
    shell.loopDepth = saved.loopDepth
  }
}
