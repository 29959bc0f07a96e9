// A machine of its own for tests of node, shell and filters: real kernel, the shell's own programs, time driven by hand.
import { Kernel } from '../../src/kernel/kernel.js'
import { Simulation } from '../../src/kernel/simulation.js'
import type { Command } from '../../src/node/command.js'
import { imageByName } from '../../src/node/images.js'
import { loading } from '../../src/node/loading.js'
import { Machine } from '../../src/node/machine.js'
import { outputFile } from '../../src/node/open-file.js'
import { OutputBuffer } from '../../src/node/stream.js'
import { wakes } from '../../src/node/wakes.js'
import { openScriptedShell } from '../../src/shell/bash.js'
import type { Shell } from '../../src/shell/shell.js'
import { commands } from '../../src/tools/lazy.js'

export const CLOCK_US = Date.UTC(2012, 6, 31, 1, 0, 45) * 1000

export function makeMachine(image = 'debian-12', extra: readonly Command[] = []): Machine {
  const all = new Map([...commands, ...extra].map((command) => [command.name, command]))
  return new Machine({
    name: 'node-1',
    image: imageByName(image)!,
    kernel: new Kernel(new Simulation('test'), 'node-1'),
    commands: all,
    clockStartUs: CLOCK_US,
    users: [{ name: 'openstack' }],
  })
}

/** Lets all that can run, run. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  while (loading.isPending) {
    await loading.settled()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Drives time until the promise is there; fails when nothing will ever happen again. */
export async function drive<T>(machine: Machine, work: Promise<T>, limitUs = 600_000_000): Promise<T> {
  const { scheduler } = machine.sim
  const end = scheduler.nowUs + limitUs
  let isDone = false
  void work.finally(() => {
    isDone = true
  })
  await settle()
  while (!isDone) {
    const before = wakes.count
    if (!scheduler.step()) throw new Error('nothing will ever happen again')
    if (wakes.count !== before) await settle()
    if (scheduler.nowUs > end) throw new Error('time ran out')
  }
  return work
}

export interface Ran {
  stdout: string
  stderr: string
  exitCode: number
}

const ENV = new Map([
  ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  ['LC_ALL', 'C'],
  ['TZ', 'UTC'],
  ['TERM', 'dumb'],
  ['COLUMNS', '200'],
  ['HOME', '/root'],
])

/** One `bash -c` on a fresh machine, in an empty directory. */
export async function bash(command: string, image?: string): Promise<Ran> {
  const machine = makeMachine(image)
  machine.files.mkdir('/work')
  const [stdout, stderr] = [new OutputBuffer(), new OutputBuffer()]
  const child = machine.init.spawn(['bash', '-c', command], {
    env: ENV,
    cwd: '/work',
    stdout: outputFile(stdout),
    stderr: outputFile(stderr),
  })
  const exitCode = await drive(machine, child.exited)
  if (machine.bugs.length > 0) throw machine.bugs[0]!.error
  return { stdout: stdout.take(), stderr: stderr.take(), exitCode }
}

/** A login shell that is driven line by line. */
export class Session {
  readonly stdout = new OutputBuffer()
  readonly stderr = new OutputBuffer()
  readonly shell: Shell
  constructor(
    readonly machine = makeMachine(),
    user = 'root',
  ) {
    this.shell = openScriptedShell(machine, { user, stdout: outputFile(this.stdout), stderr: outputFile(this.stderr), env: ENV })
  }

  async run(line: string): Promise<Ran> {
    const exitCode = await drive(this.machine, this.shell.runLine(line))
    await drive(this.machine, this.shell.settleJobs())
    return { stdout: this.stdout.take(), stderr: this.stderr.take(), exitCode }
  }

  /** What it printed, complaints included. */
  async text(line: string): Promise<string> {
    const { stdout, stderr } = await this.run(line)
    return stdout + stderr
  }
}
