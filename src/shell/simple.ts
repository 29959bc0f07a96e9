// A simple command: assignments, redirections, and the function, builtin or program that its first word names.

import { KernelError } from '../kernel/errno.js'
import type { OpenFile } from '../node/open-file.js'
import { assignAll, assignOne } from './assignment.js'
import { ExitShell, ShellError } from './control.js'
import { checkErrexit } from './errexit.js'
import { expandSingle, expandWords } from './expand.js'
import { callFunction } from './function-call.js'
import { Job } from './jobs.js'
import { type Assignment, type Command, type CommandArgument, parseShell } from './parse.js'
import { waitForeground } from './pipeline.js'
import { traceQuote } from './quote.js'
import { closeDescriptors, copyDescriptors, redirect, withRedirections } from './redirect.js'
import { notRun, runBuiltin } from './run-builtin.js'
import type { Shell } from './shell.js'
import { closeSubstituted } from './substitution.js'

const DECLARATIONS = new Set(['declare', 'typeset', 'local', 'export', 'readonly', 'alias'])

export async function runSimple(shell: Shell, node: Command): Promise<void> {
  const inPlace = shell.mayExecInPlace
  shell.mayExecInPlace = false
  shell.substitutionStatus = null
  if (await runAlias(shell, node)) return
  const assignments = node.prefix.filter((item): item is Assignment => item.type === 'Assignment')
  const words = await commandWords(shell, node)
  try {
    if (words.length === 0) await assignOnly(shell, node, assignments)
    else await runWords(shell, { node, words, assignments, inPlace })
  } finally {
    closeSubstituted(shell)
  }
  if (!['[[', '((', 'time'].includes(words[0] ?? '')) shell.pipeStatus = [shell.lastStatus]
  await checkErrexit(shell)
}

interface Work {
  readonly node: Command
  readonly words: string[]
  readonly assignments: readonly Assignment[]
  readonly inPlace: boolean
}

async function commandWords(shell: Shell, node: Command): Promise<string[]> {
  if (node.name === undefined) return []
  const args = node.args
  const name = await expandWords(shell, [node.name])
  const isDeclaration = name[0] !== undefined && DECLARATIONS.has(name[0])
  const words = name
  for (const arg of args) {
    if (arg.type === 'Word') words.push(...(await expandWords(shell, [arg])))
    else words.push(...(await assignmentArgument(shell, arg, isDeclaration)))
  }
  return words
}

/** `export a=$b` is not split; `echo a=$b` is. */
async function assignmentArgument(
  shell: Shell,
  arg: Exclude<CommandArgument, { type: 'Word' }>,
  isDeclaration: boolean,
): Promise<string[]> {
  if (arg.value.type === 'ArrayValue') return [arg.text]
  if (isDeclaration) {
    const head = arg.text.slice(0, arg.text.indexOf('=') + 1)
    return [head + (await expandSingle(shell, arg.value))]
  }
  if (arg.value.text.startsWith('~') && arg.value.parts === undefined)
    return [arg.text.slice(0, arg.text.indexOf('=') + 1) + (await expandSingle(shell, arg.value))]
  const command = parseShell(`: \\${arg.text}`).script.commands[0]?.command
  if (command?.type !== 'Command') return [arg.text]
  const word = command.suffix[0]
  return word?.type === 'Word' ? expandWords(shell, [word]) : [arg.text]
}

async function assignOnly(shell: Shell, node: Command, assignments: readonly Assignment[]): Promise<void> {
  if (shell.options.xtrace) await traceAssignments(shell, assignments)
  if (node.redirects.length > 0) await withRedirections(shell, node.redirects, async () => assignAll(shell, assignments))
  else await assignAll(shell, assignments)
  if (node.redirects.length === 0 || shell.lastStatus === 0) shell.lastStatus = shell.substitutionStatus ?? 0
}

async function traceAssignments(shell: Shell, assignments: readonly Assignment[]): Promise<void> {
  for (const assignment of assignments) {
    const value =
      assignment.value.type === 'ArrayValue'
        ? assignment.text.slice(assignment.text.indexOf('=') + 1)
        : traceQuote(await expandSingle(shell, assignment.value))
    shell.proc.error(`${tracePrefix(shell)}${assignment.name}=${value}`)
  }
}

function tracePrefix(shell: Shell): string {
  const ps4 = shell.variables.get('PS4') ?? '+ '
  return shell.subshellDepth > 0 ? ps4.slice(0, 1).repeat(shell.subshellDepth) + ps4 : ps4
}

/** An alias stands for its text; the rest of the command follows it. */
async function runAlias(shell: Shell, node: Command): Promise<boolean> {
  const name = node.name
  if (name === undefined || !shell.shopt.expand_aliases || name.text !== name.value || shell.aliases.size === 0) return false
  const value = shell.aliases.get(name.value)
  if (value === undefined || shell.expandingAliases.has(name.value)) return false
  const source = shell.source.slice(node.pos, name.pos) + value + shell.source.slice(name.end, node.end)
  const parsed = parseShell(source)
  if (parsed.problem !== null) return false
  const outer = { source: shell.source, position: shell.position }
  shell.source = source
  shell.expandingAliases.add(name.value)
  try {
    await shell.runStatements(parsed.script.commands)
  } finally {
    shell.expandingAliases.delete(name.value)
    shell.source = outer.source
    shell.position = outer.position
  }
  return true
}

async function runWords(shell: Shell, work: Work): Promise<void> {
  const { words, node } = work
  const name = words[0]!
  shell.lastArgument = words[words.length - 1]!
  if (shell.options.xtrace) {
    await traceAssignments(shell, work.assignments)
    shell.proc.error(tracePrefix(shell) + words.map(traceQuote).join(' '))
  }
  if (shell.functions.has(name)) return withAssignments(shell, work, () => callFunction(shell, name, words.slice(1)))
  const builtin = shell.builtins.get(name)
  if (builtin === undefined) return runProgram(shell, work)
  if (name === 'exec') return runExec(shell, work)
  await withAssignments(shell, work, () => runBuiltin(shell, name, words.slice(1)))
  if (node.redirects.length > 0) return
}

/** Assignments before a function or builtin last as long as it does. */
async function withAssignments(shell: Shell, work: Work, run: () => Promise<void>): Promise<void> {
  const body = async (): Promise<void> => {
    if (work.assignments.length === 0) return run()
    shell.variables.pushScope()
    try {
      for (const assignment of work.assignments) {
        shell.variables.declareLocal(assignment.name).isExported = true
        await assignOne(shell, assignment)
      }
      await run()
    } finally {
      shell.variables.popScope()
    }
  }
  if (work.node.redirects.length === 0) return body()
  await withRedirections(shell, work.node.redirects, body)
}

async function environmentOf(shell: Shell, work: Work): Promise<Map<string, string>> {
  const env = new Map(shell.variables.exported())
  for (const assignment of work.assignments) {
    if (assignment.value.type === 'Word') env.set(assignment.name, await expandSingle(shell, assignment.value))
  }
  return env
}

async function runProgram(shell: Shell, work: Work): Promise<void> {
  const env = await environmentOf(shell, work)
  const fds = copyDescriptors(shell.proc.fds)
  try {
    await redirect(shell, work.node.redirects, fds)
  } catch (error) {
    closeDescriptors(fds)
    if (!(error instanceof ShellError)) throw error
    shell.error(error.message)
    shell.lastStatus = 1
    return
  }
  if (work.inPlace && shell.traps.size === 0) return replaceShell(shell, work.words, fds, env)
  const text = shell.source.slice(work.node.pos, work.node.end)
  try {
    const group = shell.hasJobControl ? 'new' : undefined
    const child = shell.proc.spawn(work.words, { fds, env, ...(group === undefined ? {} : { group }) })
    await waitForeground(shell, new Job([child], text))
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    if (error.errno === 'EAGAIN') {
      closeDescriptors(fds)
      throw new ShellError(`fork: ${error.message}`, 254)
    }
    const outer = shell.proc.fds
    shell.proc.fds = fds
    shell.lastStatus = notRun(shell, work.words[0]!, error)
    shell.proc.fds = outer
    closeDescriptors(fds)
  }
}

/** exec(2): this process becomes the program. */
async function replaceShell(shell: Shell, words: string[], fds: Map<number, OpenFile>, env: Map<string, string>): Promise<void> {
  const { proc } = shell
  closeDescriptors(proc.fds)
  proc.fds = fds
  proc.env = env
  let code: number
  try {
    await proc.compute(700)
    code = await proc.exec(words)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    code = notRun(shell, words[0]!, error)
  }
  throw new ExitShell(code)
}

async function runExec(shell: Shell, work: Work): Promise<void> {
  const fds = copyDescriptors(shell.proc.fds)
  try {
    await redirect(shell, work.node.redirects, fds)
  } catch (error) {
    closeDescriptors(fds)
    throw error
  }
  const words = work.words.slice(1)
  while (words[0]?.startsWith('-') === true) words.splice(0, words[0] === '-a' ? 2 : 1)
  if (words.length > 0) return replaceShell(shell, words, fds, await environmentOf(shell, work))
  closeDescriptors(shell.proc.fds)
  shell.proc.fds = fds
  shell.lastStatus = 0
}
