// Pipelines, subshells and background jobs: several processes, one job.

import { emptyInput, type OpenFile, pipeReadEnd, pipeWriteEnd } from '../node/open-file.js'
import type { Process } from '../node/process.js'
import { signalText } from '../node/signals.js'
import { Pipe } from '../node/stream.js'
import { Interrupted } from './control.js'
import { Job, type JobTable } from './jobs.js'
import type { AndOr, CommandNode, Pipeline, PipelineNode, Subshell } from './parse.js'
import { copyDescriptors } from './redirect.js'
import type { Shell } from './shell.js'

export async function runPipeline(shell: Shell, node: Pipeline): Promise<void> {
  const text = shell.source.slice(node.pos, node.end)
  const job = await launch(shell, node, text, false)
  await waitForeground(shell, job)
  shell.pipeStatus = job.processes.map((proc) => proc.exitCode ?? 0)
  const failed = [...shell.pipeStatus].reverse().find((status) => status !== 0)
  if (shell.options.pipefail && job.state === 'done') shell.lastStatus = failed ?? 0
}

async function launch(shell: Shell, node: Pipeline, text: string, isBackground: boolean): Promise<Job> {
  const processes: Process[] = []
  const last = node.commands.length - 1
  let input: OpenFile | null = null
  for (let i = 0; i <= last; i++) {
    const fds = copyDescriptors(shell.proc.fds)
    if (input !== null) replace(fds, 0, input)
    input = null
    if (i < last) {
      const pipe = new Pipe()
      const end = pipeWriteEnd(pipe)
      replace(fds, 1, end)
      if (node.operators[i] === '|&') replace(fds, 2, end.dup())
      input = pipeReadEnd(pipe)
    }
    const group: number | 'new' | undefined = shell.hasJobControl ? (processes[0]?.pgid ?? 'new') : undefined
    const command = node.commands[i]!
    processes.push(await shell.fork((child) => runOnly(child, command, shell.jobs), fds, group, isBackground && !shell.hasJobControl))
  }
  return new Job(processes, text)
}

function replace(fds: Map<number, OpenFile>, fd: number, file: OpenFile): void {
  fds.get(fd)?.close()
  fds.set(fd, file)
}

/** `jobs | wc -l`: the copy may list the jobs it does not own. */
async function runOnly(shell: Shell, command: CommandNode, parents: JobTable): Promise<void> {
  shell.jobs.inherit(parents)
  shell.mayExecInPlace = true
  await shell.runCommand(command)
}

export async function runSubshell(shell: Shell, node: Subshell): Promise<void> {
  const group = shell.hasJobControl ? 'new' : undefined
  const child = await shell.fork((inner) => runBody(inner, node), copyDescriptors(shell.proc.fds), group)
  await waitForeground(shell, new Job([child], shell.source.slice(node.pos, node.end)))
}

async function runBody(shell: Shell, node: Subshell): Promise<void> {
  for (const statement of node.body.commands) {
    if (statement.background === true)
      await runInBackground(shell, statement.command, shell.source.slice(statement.pos, statement.end).replace(/\s*&\s*$/, ''))
    else await shell.runNode(statement.command)
  }
}

export async function runInBackground(shell: Shell, node: PipelineNode | AndOr, text: string): Promise<void> {
  await shell.tick()
  const job =
    node.type === 'Pipeline' && node.prefixes.length === 0 && node.commands.length > 1
      ? await launch(shell, node, text, true)
      : await launchOne(shell, node, text)
  shell.jobs.add(job)
  shell.lastBackgroundPid = job.last.pid
  shell.lastStatus = 0
  if (shell.isInteractive) shell.proc.error(`[${job.id}] ${job.last.pid}`)
}

async function launchOne(shell: Shell, node: PipelineNode | AndOr, text: string): Promise<Job> {
  const fds = copyDescriptors(shell.proc.fds)
  if (!shell.hasJobControl) replace(fds, 0, emptyInput())
  const group = shell.hasJobControl ? 'new' : undefined
  const child = await shell.fork(
    async (inner) => {
      inner.mayExecInPlace = true
      inner.conditionDepth = 0
      await inner.runNode(node)
    },
    fds,
    group,
    !shell.hasJobControl,
  )
  return new Job([child], text)
}

/** Waits until the job ends or stops; sets the status. */
export async function waitForeground(shell: Shell, job: Job): Promise<void> {
  const tty = shell.hasJobControl ? shell.proc.tty : null
  if (tty !== null) tty.foreground = job.pgid
  job.isForeground = true
  const isNew = job.id === 0
  if (isNew) shell.jobs.jobs.push(job)
  try {
    while (job.state === 'running') await shell.proc.wait<void>((resolve) => job.onChange(() => resolve()))
  } finally {
    job.isForeground = false
    if (isNew) shell.jobs.jobs.splice(shell.jobs.jobs.indexOf(job), 1)
    if (tty !== null) tty.foreground = shell.proc.pgid
  }
  shell.rested()
  if (job.state === 'stopped') stopped(shell, job)
  else finished(shell, job)
}

function stopped(shell: Shell, job: Job): void {
  shell.jobs.add(job)
  shell.jobs.touch(job)
  shell.lastStatus = 148
  if (shell.isInteractive) shell.proc.error(`\n${shell.jobs.line(job)}`)
}

function finished(shell: Shell, job: Job): void {
  shell.jobs.remove(job)
  shell.lastStatus = job.exitCode
  const signal = job.last.endSignal
  if (signal === 'INT' && (shell.isInteractive || shell.isInterrupted)) {
    if (shell.isInteractive) shell.proc.writeTo(2, '\n')
    throw new Interrupted()
  }
  if (signal === null || signal === 'INT' || signal === 'PIPE' || shell.mode === 'scripted') return
  const text = signalText(signal)
  if (shell.isInteractive) shell.proc.error(text)
  else if (shell.subshellDepth === 0) shell.error(`${String(job.last.pid).padStart(5)} ${text.padEnd(24)}${job.text}`)
}
