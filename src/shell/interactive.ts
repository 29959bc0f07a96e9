// The loop at a terminal: report jobs, prompt, read, run.

import type { LineReader, PromptAnswer } from '../node/terminal.js'
import { ExitShell } from './control.js'
import { expandHistory } from './history.js'
import { promptOf } from './prompt.js'
import type { Shell } from './shell.js'

const HISTORY_SIZE = 1000

export async function interact(shell: Shell): Promise<void> {
  const { proc } = shell
  for (const signal of ['QUIT', 'TERM', 'TSTP', 'TTIN', 'TTOU'] as const) proc.trap(signal, disregard)
  proc.trap('INT', () => shell.interrupt())
  if (proc.tty !== null) proc.tty.foreground = proc.pgid
  for (;;) {
    reportJobs(shell)
    await runPromptCommand(shell)
    if (shell.hasExited) throw new ExitShell(shell.lastStatus)
    const line = await readCommand(shell)
    if (line === null) break
    if (line.trim() === '') continue
    await shell.runLine(line)
    if (shell.hasExited) throw new ExitShell(shell.lastStatus)
  }
  proc.error(shell.isLogin ? 'logout' : 'exit')
}

/** What PROMPT_COMMAND says, before each prompt; $? stays what it was. */
async function runPromptCommand(shell: Shell): Promise<void> {
  const variable = shell.flavour === 'bash' ? shell.variables.find('PROMPT_COMMAND') : null
  if (variable === null) return
  const status = shell.lastStatus
  for (const command of variable.isArray ? variable.values : [variable.value ?? '']) {
    if (command.trim() !== '') await shell.runLine(command)
    if (shell.hasExited) return
    shell.lastStatus = status
  }
}

/** Ignores a signal for this shell alone: an ignored one would be inherited, and no job could be stopped or ended. */
function disregard(): void {}

/** Says which jobs ended since the last prompt. */
export function reportJobs(shell: Shell): void {
  for (const job of [...shell.jobs.jobs]) {
    if (job.state !== 'done' || job.id === 0) continue
    shell.proc.error(shell.jobs.line(job))
    shell.forget(job)
  }
}

/** A whole command, however many lines; null at the end of the input. */
async function readCommand(shell: Shell): Promise<string | null> {
  let text = ''
  for (;;) {
    const answer = await ask(shell, await promptOf(shell, text === '' ? 'PS1' : 'PS2'))
    if (answer === 'interrupt') {
      shell.lastStatus = 130
      shell.isInterrupted = false
      shell.proc.writeTo(2, '\n')
      text = ''
      continue
    }
    if (answer === 'eof') {
      if (text === '') return null
      shell.lastStatus = 2
      shell.error('syntax error: unexpected end of file')
      return ''
    }
    const expanded = text === '' ? expandHistory(shell, answer.line) : { line: answer.line, isChanged: false }
    if (expanded === null) return ''
    if (expanded.isChanged) shell.proc.error(expanded.line)
    text += text === '' ? expanded.line : `\n${expanded.line}`
    if (shell.needsMore(text)) continue
    remember(shell, text)
    return text
  }
}

async function ask(shell: Shell, prompt: string): Promise<PromptAnswer> {
  const { proc } = shell
  const { tty } = proc
  if (tty === null) {
    proc.writeTo(2, prompt)
    const line = await proc.input(0)?.readLine()
    return line === null || line === undefined ? 'eof' : { line }
  }
  tty.foreground = proc.pgid
  const reader: LineReader = {
    prompt,
    history: shell.history,
    complete: (line, cursor) => shell.complete(line, cursor),
    needsMore: (more) => shell.needsMore(more),
  }
  return tty.readPrompt(reader, (register) => proc.wait(register))
}

function remember(shell: Shell, text: string): void {
  const ignore = shell.variables.get('HISTCONTROL') ?? ''
  if (text.trim() === '' || (/ignorespace|ignoreboth/.test(ignore) && text.startsWith(' '))) return
  if (/ignoredups|ignoreboth/.test(ignore) && shell.history[shell.history.length - 1] === text) return
  shell.history.push(text)
  if (shell.history.length > HISTORY_SIZE) shell.history.shift()
}
