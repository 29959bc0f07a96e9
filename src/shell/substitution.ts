// Command and process substitution, and forking a shell.

import { KernelError } from '../kernel/errno.js'
import { type OpenFile, pipeReadEnd, pipeWriteEnd } from '../node/open-file.js'
import type { Process } from '../node/process.js'
import { ProcessKilled } from '../node/process-end.js'
import { Pipe, Reader } from '../node/stream.js'
import { BreakLoop, ContinueLoop, ExitShell, Interrupted, ReturnFrom, ShellError } from './control.js'
import { expandText } from './expand.js'
import type { CommandExpansionPart, ProcessSubstitutionPart } from './parse.js'
import { copyDescriptors } from './redirect.js'
import type { Shell } from './shell.js'
import { MAX_VALUE } from './values.js'

/** $(...) without its trailing newlines. */
export async function substitute(shell: Shell, part: CommandExpansionPart): Promise<string> {
  const script = part.script
  if (script === undefined) return ''
  const only = script.commands[0]?.command
  if (script.commands.length === 1 && only?.type === 'Command' && only.name === undefined && only.prefix.length === 1) {
    const file = only.prefix[0]!
    if (file.type === 'Redirect' && file.operator === '<' && file.target !== undefined)
      return readFile(shell, await expandText(shell, file.target.value))
  }
  const pipe = new Pipe()
  const fds = copyDescriptors(shell.proc.fds)
  fds.get(1)?.close()
  fds.set(1, pipeWriteEnd(pipe))
  const proc = await shell.fork((child) => {
    // `kill $(jobs -p)`: the copy may list the jobs it does not own.
    child.jobs.inherit(shell.jobs)
    child.options.errexit = false
    child.mayExecInPlace = script.commands.length === 1
    if (script.source !== undefined) child.source = script.source
    return child.runStatements(script.commands)
  }, fds)
  const text = await readOutput(shell, pipe)
  shell.substitutionStatus = await shell.proc.waitFor(proc)
  return text.replaceAll('\0', '').replace(/\n+$/, '')
}

/** What the command writes, as long as a variable could hold it. */
async function readOutput(shell: Shell, pipe: Pipe): Promise<string> {
  let size = 0
  const owner = {
    pause: (bytes: number) => shell.proc.pause(bytes),
    holds: (bytes: number) => {
      size += bytes
      if (size > MAX_VALUE) throw new ShellError('xrealloc: cannot allocate memory')
    },
  }
  try {
    return await new Reader(pipe, (register) => shell.proc.wait(register), owner).readAll()
  } finally {
    pipe.closeRead()
  }
}

function readFile(shell: Shell, path: string): string {
  try {
    return shell.proc.files.read(path).replace(/\n+$/, '')
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    shell.error(`${path}: ${error.message}`)
    shell.substitutionStatus = 1
    return ''
  }
}

/** <(...) and >(...): the path of a descriptor that the command can open. */
export async function substituteProcess(shell: Shell, part: ProcessSubstitutionPart): Promise<string> {
  const script = part.script
  const pipe = new Pipe()
  const fds = copyDescriptors(shell.proc.fds)
  const inner = part.operator === '<' ? 1 : 0
  fds.get(inner)?.close()
  fds.set(inner, inner === 1 ? pipeWriteEnd(pipe) : pipeReadEnd(pipe))
  let fd = 63
  while (shell.proc.fds.has(fd)) fd--
  await shell.fork((child) => (script === undefined ? Promise.resolve() : child.runStatements(script.commands)), fds)
  shell.proc.fds.set(fd, inner === 1 ? pipeReadEnd(pipe) : pipeWriteEnd(pipe))
  shell.substituted.push(fd)
  return `/dev/fd/${fd}`
}

/** Process substitutions live as long as the command that they belong to. */
export function closeSubstituted(shell: Shell): void {
  for (const fd of shell.substituted.splice(0)) {
    shell.proc.fds.get(fd)?.close()
    shell.proc.fds.delete(fd)
  }
}

interface Fork {
  readonly body: (shell: Shell) => Promise<void>
  readonly fds: Map<number, OpenFile>
  readonly group: number | 'new' | undefined
  readonly background: boolean
}

/** A child process that runs `body` in a copy of this shell. Takes `fds` over. */
export async function forkShell(shell: Shell, work: Fork): Promise<Process> {
  const { body, fds, group, background } = work
  for (let delaySeconds = 1; ; delaySeconds *= 2) {
    try {
      const options = { fds, background, env: shell.variables.exported(), ...(group === undefined ? {} : { group }) }
      const copy: { shell: Shell | null } = { shell: null }
      const child = shell.proc.fork(async () => runFork(copy.shell!, body), options)
      copy.shell = shell.forkOnto(child)
      return child
    } catch (error) {
      if (!(error instanceof KernelError) || error.errno !== 'EAGAIN') throw error
      if (delaySeconds > 8) {
        for (const file of fds.values()) file.close()
        throw new ShellError(`fork: ${error.message}`, 254)
      }
      shell.error(`fork: retry: ${error.message}`)
      await shell.proc.sleep(delaySeconds * 1_000_000)
    }
  }
}

/** The life of a forked shell: its body, its EXIT trap, its code. */
async function runFork(shell: Shell, body: (shell: Shell) => Promise<void>): Promise<number> {
  try {
    await body(shell)
    await shell.runExitTrap()
    return shell.lastStatus
  } catch (error) {
    if (error instanceof Interrupted) throw new ProcessKilled('INT')
    if (error instanceof ShellError) {
      shell.error(error.message)
      return error.code
    }
    if (error instanceof ExitShell) {
      shell.lastStatus = error.code
      await shell.runExitTrap()
      return shell.lastStatus
    }
    if (error instanceof ReturnFrom) return error.code
    if (error instanceof BreakLoop || error instanceof ContinueLoop) return shell.lastStatus
    throw error
  }
}

/** What a subshell takes over from its parent. */
export function copyState(shell: Shell, child: Shell): void {
  child.variables = shell.variables.copy()
  child.functions = new Map(shell.functions)
  child.aliases = new Map(shell.aliases)
  Object.assign(child.options, shell.options)
  Object.assign(child.shopt, shell.shopt)
  child.positional = [...shell.positional]
  child.lastStatus = shell.lastStatus
  child.lastBackgroundPid = shell.lastBackgroundPid
  child.lastArgument = shell.lastArgument
  child.source = shell.source
  child.position = shell.position
  child.subshellDepth = shell.subshellDepth + 1
  child.functionDepth = shell.functionDepth
  child.loopDepth = shell.loopDepth
  child.functionNames = [...shell.functionNames]
  child.conditionDepth = shell.conditionDepth
  for (const [signal, command] of shell.traps) if (command === '') child.traps.set(signal, '')
}
