// jobs, fg, bg, wait, kill, disown, suspend, trap.

import type { Process } from '../../node/process.js'
import { parseSignal, SIGNALS, type Signal, signalByNumber, signalNumber } from '../../node/signals.js'
import type { Job } from '../jobs.js'
import { waitForeground } from '../pipeline.js'
import { shellQuote } from '../quote.js'
import type { Shell } from '../shell.js'
import { type BuiltinTable, complain } from './builtin.js'

function jobs(shell: Shell, args: string[]): number {
  const letters = args.filter((arg) => arg.startsWith('-')).join('')
  const specs = args.filter((arg) => !arg.startsWith('-'))
  const wanted = specs.length === 0 ? [...shell.jobs.jobs] : specs.map((spec) => shell.jobs.bySpec(spec))
  let status = 0
  wanted.forEach((job, index) => {
    if (job === null) {
      status = complain(shell, 'jobs', `${specs[index]}: no such job`)
      return
    }
    if (job.id === 0) return
    if (letters.includes('r') && job.state !== 'running') return
    if (letters.includes('s') && job.state !== 'stopped') return
    if (letters.includes('p')) shell.proc.line(String(job.pgid))
    else shell.proc.line(shell.jobs.line(job, { withPid: letters.includes('l') }))
    if (job.state === 'done') shell.jobs.remove(job)
  })
  return status
}

function find(shell: Shell, name: string, spec: string | undefined): Job | null {
  const job =
    spec === undefined
      ? shell.jobs.current
      : /^\d+$/.test(spec) && !spec.startsWith('%')
        ? (shell.jobs.byPid(Number(spec)) ?? shell.jobs.bySpec(spec))
        : shell.jobs.bySpec(spec)
  if (job === null) complain(shell, name, `${spec ?? 'current'}: no such job`)
  return job
}

async function foreground(shell: Shell, args: string[]): Promise<number> {
  if (!shell.hasJobControl) return complain(shell, 'fg', 'no job control')
  const job = find(shell, 'fg', args[0])
  if (job === null) return 1
  if (shell.isInteractive) shell.proc.line(job.text)
  shell.jobs.touch(job)
  if (job.state === 'done') {
    shell.jobs.remove(job)
    return job.exitCode
  }
  shell.proc.machine.signalGroup(job.pgid, 'CONT')
  await waitForeground(shell, job)
  return shell.lastStatus
}

function background(shell: Shell, args: string[]): number {
  if (!shell.hasJobControl) return complain(shell, 'bg', 'no job control')
  let status = 0
  for (const spec of args.length === 0 ? [undefined] : args) {
    const job = find(shell, 'bg', spec)
    if (job === null) {
      status = 1
      continue
    }
    if (job.state === 'running') {
      shell.error(`bg: job ${job.id} already in background`)
      continue
    }
    if (shell.isInteractive) shell.proc.line(`[${job.id}]${shell.jobs.mark(job)} ${job.text} &`)
    shell.proc.machine.signalGroup(job.pgid, 'CONT')
  }
  return status
}

async function wait(shell: Shell, args: string[]): Promise<number> {
  const targets = args.filter((arg) => !arg.startsWith('-'))
  if (args.includes('-n')) return waitAny(shell)
  if (targets.length === 0) {
    for (const job of ownJobs(shell)) if (!(await untilDone(shell, job))) return 130
    return 0
  }
  let status = 0
  for (const target of targets) {
    const job = target.startsWith('%') ? shell.jobs.bySpec(target) : shell.jobs.byPid(Number(target))
    if (job === null) {
      if (target.startsWith('%')) status = complain(shell, 'wait', `${target}: no such job`, 127)
      else if (!/^\d+$/.test(target)) status = complain(shell, 'wait', `\`${target}': not a pid or valid job spec`)
      else status = shell.endedJobs.get(Number(target)) ?? complain(shell, 'wait', `pid ${target} is not a child of this shell`, 127)
      continue
    }
    if (!(await untilDone(shell, job))) return 130
    status = job.processes.find((proc) => proc.pid === Number(target))?.exitCode ?? job.exitCode
  }
  return status
}

/** Those that this very process started, in the background. */
function ownJobs(shell: Shell): Job[] {
  return shell.jobs.jobs.filter((job) => job.id !== 0 && job.processes[0]?.parent === shell.proc)
}

/** False when Ctrl-C or a trapped signal ended the waiting. */
async function untilDone(shell: Shell, job: Job): Promise<boolean> {
  while (job.state !== 'done') {
    const changed = await shell.interruptible<true>((resolve) => job.onChange(() => resolve(true)))
    if (changed === null) return false
    if (job.state === 'stopped') return true
  }
  shell.forget(job)
  return true
}

async function waitAny(shell: Shell): Promise<number> {
  const candidates = ownJobs(shell)
  if (candidates.length === 0) return 127
  for (;;) {
    const done = candidates.find((job) => job.state === 'done')
    if (done !== undefined) {
      shell.forget(done)
      return done.exitCode
    }
    const changed = await shell.interruptible<true>((resolve) => {
      const cancels = candidates.map((job) => job.onChange(() => resolve(true)))
      return () => {
        for (const cancel of cancels) cancel()
      }
    })
    if (changed === null) return 130
  }
}

function kill(shell: Shell, args: string[]): number {
  let signal: Signal | 0 = 'TERM'
  const targets = [...args]
  if (targets[0] === '-l' || targets[0] === '-L') return listSignals(shell, targets.slice(1))
  const option = targets[0]
  if (option !== undefined && /^-./.test(option) && option !== '--') {
    targets.shift()
    const name = option === '-s' || option === '-n' ? (targets.shift() ?? '') : option.slice(1)
    const parsed = name === '0' ? 0 : parseSignal(name)
    if (parsed === null) return complain(shell, 'kill', `${name}: invalid signal specification`)
    signal = parsed
  }
  if (targets[0] === '--') targets.shift()
  if (targets.length === 0) {
    shell.proc.error('kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]')
    return 2
  }
  let status = 0
  for (const target of targets) if (!killOne(shell, target, signal)) status = 1
  return status
}

/** Without job control a job has no group of its own: its processes are meant, not the shell's group. */
function signalJob(shell: Shell, job: Job, signal: Signal): void {
  if (job.pgid !== shell.proc.pgid) shell.proc.machine.signalGroup(job.pgid, signal)
  else for (const proc of job.processes) if (!proc.isDone) proc.kill(signal)
}

function killOne(shell: Shell, target: string, signal: Signal | 0): boolean {
  const { machine } = shell.proc
  if (target.startsWith('%')) {
    const job = shell.jobs.bySpec(target)
    if (job === null) return complain(shell, 'kill', `${target}: no such job`) === 0
    if (signal === 0) return job.state !== 'done'
    signalJob(shell, job, signal)
    if (job.state === 'stopped' && (signal === 'TERM' || signal === 'HUP')) signalJob(shell, job, 'CONT')
    return true
  }
  if (!/^-?\d+$/.test(target)) return complain(shell, 'kill', `${target}: arguments must be process or job IDs`) === 0
  const pid = Number(target)
  const isEverybody = pid === -1
  const group = isEverybody
    ? [...machine.processes.values()].filter(
        (proc) => proc.pid > 1 && proc !== shell.proc && (shell.proc.uid === 0 || proc.uid === shell.proc.uid),
      )
    : pid < 0
      ? [...machine.processes.values()].filter((proc) => proc.pgid === -pid)
      : pid === 0
        ? [...machine.processes.values()].filter((proc) => proc.pgid === shell.proc.pgid)
        : null
  const victims: (Process | null)[] = group ?? [machine.process(pid)]
  if (victims.length === 0 || victims[0] === null) return complain(shell, 'kill', `(${target}) - No such process`) === 0
  for (const victim of victims) {
    if (victim === null) continue
    if (shell.proc.uid !== 0 && victim.uid !== shell.proc.uid) return complain(shell, 'kill', `(${target}) - Operation not permitted`) === 0
    if (signal !== 0) victim.kill(signal)
  }
  return true
}

function listSignals(shell: Shell, args: readonly string[]): number {
  if (args.length === 0) {
    const names = Object.keys(SIGNALS) as Signal[]
    const cells = names.map((name) => `${String(signalNumber(name)).padStart(2)}) SIG${name}`)
    for (let i = 0; i < cells.length; i += 5) shell.proc.line(cells.slice(i, i + 5).join('\t'))
    return 0
  }
  let status = 0
  for (const arg of args) {
    const isNumber = /^\d+$/.test(arg)
    const signal = isNumber ? signalByNumber(Number(arg) > 128 ? Number(arg) - 128 : Number(arg)) : parseSignal(arg)
    if (signal === null) status = complain(shell, 'kill', `${arg}: invalid signal specification`)
    else shell.proc.line(isNumber ? signal : String(signalNumber(signal)))
  }
  return status
}

function disown(shell: Shell, args: string[]): number {
  const wanted = args.includes('-a')
    ? [...shell.jobs.jobs]
    : [
        find(
          shell,
          'disown',
          args.find((arg) => !arg.startsWith('-')),
        ),
      ]
  for (const job of wanted) if (job !== null) shell.jobs.remove(job)
  return wanted.includes(null) ? 1 : 0
}

function trap(shell: Shell, args: string[]): number {
  const rest = args[0] === '--' ? args.slice(1) : args
  if (rest.length === 0 || rest[0] === '-p') {
    for (const [name, command] of shell.traps) shell.proc.line(`trap -- ${shellQuote(command, true)} ${trapName(name)}`)
    return 0
  }
  if (rest[0] === '-l') return listSignals(shell, [])
  const resets = rest[0] === '-' || (rest.length === 1 && trapKey(rest[0]!) !== null)
  const command = resets ? null : rest[0]!
  let status = 0
  for (const word of resets && rest[0] !== '-' ? rest : rest.slice(1)) {
    const key = trapKey(word)
    if (key === null) status = complain(shell, 'trap', `${word}: invalid signal specification`)
    else setTrap(shell, key, command)
  }
  return status
}

function trapName(key: string): string {
  return ['EXIT', 'ERR', 'DEBUG', 'RETURN'].includes(key) ? key : `SIG${key}`
}

function trapKey(word: string): string | null {
  const name = word.toUpperCase()
  if (name === '0' || name === 'EXIT') return 'EXIT'
  if (name === 'ERR' || name === 'DEBUG' || name === 'RETURN') return name
  return parseSignal(word)
}

function setTrap(shell: Shell, key: string, command: string | null): void {
  if (command === null) shell.traps.delete(key)
  else shell.traps.set(key, command)
  if (['EXIT', 'ERR', 'DEBUG', 'RETURN'].includes(key)) return
  const signal = key as Signal
  if (command === null) shell.resetSignal(signal)
  else shell.proc.trap(signal, command === '' ? 'ignore' : () => shell.trapped(key))
}

export const jobControl: BuiltinTable = {
  jobs,
  fg: foreground,
  bg: background,
  wait,
  kill,
  disown,
  trap,
  suspend: (shell) => {
    shell.proc.kill('STOP')
    return 0
  },
}
