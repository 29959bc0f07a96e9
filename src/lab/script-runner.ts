// Scripts: one login shell of root a node, without a terminal, driven line by line; a line that does not end is interrupted.
import { KernelError } from '../kernel/errno.js'
import { toText } from '../node/chunk.js'
import type { Machine } from '../node/machine.js'
import { outputFile } from '../node/open-file.js'
import type { Process } from '../node/process.js'
import { OutputBuffer } from '../node/stream.js'
import { openScriptedShell } from '../shell/bash.js'
import type { Shell } from '../shell/shell.js'
import type { Pacer } from './pacer.js'
import { quoteWords } from './quote-words.js'
import type { RunResult } from './result.js'
import { sessionEnvironment } from './seat.js'
import { unknownNode } from './unknown-node.js'
import type { World } from './world.js'

export interface ScriptStep {
  readonly node: string
  readonly line: string
  readonly limitUs: number
}

/** How long an interrupted step may take to end before it is killed, and then before it is given up. */
const GRACE_US = 10_000_000

/** A node's script shell and what it wrote since the last step. */
class ScriptShell {
  readonly stdout = new OutputBuffer()
  readonly stderr = new OutputBuffer()
  readonly process: Process
  readonly shell: Shell

  constructor(readonly machine: Machine) {
    const env = new Map([['TERM', 'dumb'], ...sessionEnvironment(machine)])
    this.shell = openScriptedShell(machine, { env, stdout: outputFile(this.stdout), stderr: outputFile(this.stderr) })
    this.process = this.shell.proc
    // Wide for tables; not in its environment, where ps would cut its lines there.
    this.process.plainColumns = 200
  }

  /** The line to its end; the jobs that it started have got going. */
  async run(line: string): Promise<number> {
    const status = await this.shell.runLine(line)
    if (this.process.isDone) return this.process.exitCode ?? status
    await this.shell.settleJobs()
    return status
  }

  /** What stands in front: for messages. */
  get foreground(): string {
    const running = [...this.process.children].filter((child) => child.state === 'running')
    return running.map((child) => `${quoteWords(child.argv)} (process ${child.pid})`).join(', ') || 'the shell itself'
  }

  kill(): void {
    for (const job of this.shell.jobs.jobs) if (job.isForeground) this.machine.signalGroup(job.pgid, 'KILL')
    for (const child of [...this.process.children]) if (child.pgid === this.process.pgid) child.kill('KILL')
  }
}

export class ScriptRunner {
  private readonly shells = new Map<Machine, ScriptShell>()

  constructor(
    private readonly world: World,
    private readonly onShell: (process: Process) => void,
    private readonly pace: Pacer,
  ) {}

  /** `begun` is called at the step's place in time, before its first effect. */
  async run(step: ScriptStep, begun: () => void): Promise<RunResult> {
    const machine = this.world.machines.get(step.node)
    if (machine === undefined) {
      return { stdout: '', stderr: `netlab: ${unknownNode(step.node, [...this.world.machines.keys()])}\n`, exitCode: 2 }
    }
    const shell = this.shellOn(machine)
    begun()
    if (shell === null) return { stdout: '', stderr: 'bash: fork: Resource temporarily unavailable\n', exitCode: 254 }
    const notes: string[] = []
    const exitCode = this.pace.isRunning ? await this.pacedStep(shell, step, notes) : await this.freeStep(shell, step, notes)
    return { ...output(shell.stdout), stderr: shell.stderr.take() + notes.join(''), exitCode }
  }

  /** Null: the machine has no process left to give, after a fork bomb say. */
  private shellOn(machine: Machine): ScriptShell | null {
    const known = this.shells.get(machine)
    if (known !== undefined && !known.process.isDone) return known
    const shell = newShell(machine)
    if (shell === null) return null
    this.shells.set(machine, shell)
    this.onShell(shell.process)
    return shell
  }

  private async freeStep(shell: ScriptShell, step: ScriptStep, notes: string[]): Promise<number> {
    const { clockwork } = this.world
    let status: number | null = null
    const work = shell.run(step.line).then((code) => {
      status = code
    })
    const limitUs = clockwork.scheduler.nowUs + step.limitUs
    const isDone = (): boolean => status !== null
    const ended = await clockwork.drive(isDone, limitUs)
    if (ended !== 'done') {
      clockwork.scheduler.advanceTo(limitUs)
      notes.push(limitNote(shell, step.limitUs, ended === 'deadlock'))
      shell.shell.interrupt()
      if ((await clockwork.drive(isDone, limitUs + GRACE_US)) !== 'done') shell.kill()
      if ((await clockwork.drive(isDone, limitUs + 2 * GRACE_US)) !== 'done') return this.givenUp(shell)
    }
    await work
    await clockwork.driveTo(clockwork.scheduler.nowUs)
    return status ?? 0
  }

  private async pacedStep(shell: ScriptShell, step: ScriptStep, notes: string[]): Promise<number> {
    const timer = this.world.sim.scheduler.after(step.limitUs, () => {
      notes.push(limitNote(shell, step.limitUs, false))
      shell.shell.interrupt()
    })
    const work = shell.run(step.line)
    this.pace.kick()
    const status = await work
    timer.cancel()
    return status
  }

  /** Neither INT nor KILL ended it: the shell is thrown away. */
  private givenUp(shell: ScriptShell): number {
    shell.process.end(137, 'KILL')
    this.shells.delete(shell.machine)
    return 137
  }
}

function output(stdout: OutputBuffer): Pick<RunResult, 'stdout' | 'bytes'> {
  if (!stdout.isBinary) return { stdout: stdout.take() }
  const bytes = stdout.takeBytes()
  return { stdout: toText(bytes), bytes }
}

function newShell(machine: Machine): ScriptShell | null {
  try {
    return new ScriptShell(machine)
  } catch (error) {
    if (error instanceof KernelError && error.errno === 'EAGAIN') return null
    throw error
  }
}

function limitNote(shell: ScriptShell, limitUs: number, nothingDue: boolean): string {
  const why = nothingDue ? 'nothing in the lab will ever wake it' : 'the step limit is reached'
  return `netlab: interrupted after ${limitUs / 1e6} s of virtual time (${why}): ${shell.foreground}\n`
}
