// A process of a machine: descriptors, signals, and the only ways a command may wait.

import { KernelError } from '../kernel/errno.js'
import type { NetNamespace } from '../kernel/netns.js'
import type { Random } from '../sim/random.js'
import { MEMORY_LIMIT } from './effort.js'
import type { FileTree } from './files.js'
import type { Machine } from './machine.js'
import type { OpenFile } from './open-file.js'
import { endOf, memorySizes, ProcessExit, ProcessKilled } from './process-end.js'
import { commOf, descriptors } from './process-io.js'
import { type ProcessState, ProcessStreams } from './process-streams.js'
import { findProgram } from './program.js'
import { defaultAction, type Signal, signalNumber } from './signals.js'
import type { SpawnOptions } from './spawn-options.js'
import { BrokenPipe } from './stream.js'
import type { Terminal } from './terminal.js'
import { type SignalTrap, Traps } from './traps.js'
import { Waits } from './waits.js'
import { wakes } from './wakes.js'

export type ProcessBody = (proc: Process) => number | Promise<number>

export type { ProcessState } from './process-streams.js'
export type { SpawnOptions } from './spawn-options.js'

/** Time that fork and exec take. */
const EXEC_US = 1000
const FORK_US = 300

/** What a terminal's keys send; a background job of a shell without job control does not hear them. */
const KEYBOARD_SIGNALS: readonly Signal[] = ['INT', 'QUIT']

export class Process extends ProcessStreams {
  readonly pid: number
  ppid: number
  pgid: number
  sid: number
  /** Short name, 15 characters, as /proc/PID/comm shows it. */
  comm: string
  state: ProcessState = 'running'
  exitCode: number | null = null
  endSignal: Signal | null = null
  stopSignal: Signal | null = null
  readonly startedUs: number
  cpuUs = 0
  /** Of the children that ended, theirs included. */
  childrenCpuUs = 0
  fds: Map<number, OpenFile>
  readonly children = new Set<Process>()
  readonly exited: Promise<number>
  env: Map<string, string>
  /** Width where there is neither a terminal nor COLUMNS in the environment. */
  plainColumns: number
  cwd: string
  uid: number
  gid: number
  umask: number
  netns: NetNamespace
  netnsName: string | null
  tty: Terminal | null
  private isStarting = true
  private readonly traps = new Traps()
  private readonly waits: Waits
  private deferred: (() => void)[] | null = null
  private cleanups: (() => void)[] | null = null
  private readonly changeListeners = new Set<() => void>()
  private resolveExited: (code: number) => void = () => {}

  constructor(
    readonly machine: Machine,
    readonly parent: Process | null,
    public argv: string[],
    options: SpawnOptions,
  ) {
    super()
    this.waits = new Waits(machine.sim.scheduler, (finish) => this.wake(finish))
    this.pid = machine.takePid()
    this.ppid = parent?.pid ?? 0
    this.sid = options.session === 'new' || parent === null ? this.pid : parent.sid
    this.pgid = options.group === 'new' || options.session === 'new' || parent === null ? this.pid : (options.group ?? parent.pgid)
    this.comm = commOf(argv)
    this.startedUs = machine.sim.nowUs
    this.env = new Map(options.env ?? parent?.env ?? [])
    this.plainColumns = parent?.plainColumns ?? 80
    this.cwd = options.cwd ?? parent?.cwd ?? '/'
    this.uid = options.uid ?? parent?.uid ?? 0
    this.gid = options.gid ?? (options.uid === undefined ? (parent?.gid ?? 0) : (machine.users.byUid(options.uid)?.gid ?? options.uid))
    this.umask = parent?.umask ?? 0o022
    this.netns = options.netns ?? parent?.netns ?? machine.kernel.initNetns
    this.netnsName = options.netnsName !== undefined ? options.netnsName : (parent?.netnsName ?? null)
    this.tty = options.tty !== undefined ? options.tty : options.session === 'new' ? null : (parent?.tty ?? null)
    this.fds = options.fds ?? descriptors(parent, options)
    this.exited = new Promise((resolve) => {
      this.resolveExited = resolve
    })
    if (parent !== null) this.traps.inherit(parent.traps)
    if (options.background === true) for (const signal of KEYBOARD_SIGNALS) this.trap(signal, 'ignore')
    parent?.children.add(this)
    machine.processes.set(this.pid, this)
  }

  // --- identity

  get isRoot(): boolean {
    return this.uid === 0
  }

  get user(): string {
    return this.machine.users.byUid(this.uid)?.name ?? String(this.uid)
  }

  /** argv[0] without its directory: how messages of a tool begin. */
  get name(): string {
    return (this.argv[0] ?? '').replace(/^.*\//, '')
  }

  get nowUs(): number {
    return this.machine.sim.nowUs
  }

  /** Wall clock: microseconds since 1970 UTC. */
  get clock(): number {
    return this.machine.clockUs
  }

  get random(): Random {
    return this.machine.random
  }

  get columns(): number {
    return this.tty?.columns ?? (Number(this.env.get('COLUMNS')) || this.plainColumns)
  }

  /** As this process sees them now. */
  get files(): FileTree {
    const view = this.view?.context
    if (
      view === undefined ||
      view.cwd !== this.cwd ||
      view.uid !== this.uid ||
      view.gid !== this.gid ||
      view.umask !== this.umask ||
      view.netns !== this.netns ||
      view.netnsName !== this.netnsName
    )
      this.view = this.machine.store.treeFor(this)
    return this.view!
  }

  private view: FileTree | null = null

  get isDone(): boolean {
    return this.state === 'done'
  }

  /** It and all it started wait for something: a background job that has got going. */
  get isSettled(): boolean {
    if (this.state !== 'running') return true
    if (this.isStarting || !this.waits.areIdle) return false
    for (const child of this.children) if (!child.isSettled) return false
    return true
  }

  // --- waiting

  checkAlive(): void {
    if (this.state === 'done') throw this.killed
  }

  override outOfMemory(heldBytes: number): never {
    this.reportOutOfMemory(heldBytes)
    this.kill('KILL')
    throw this.killed
  }

  private reportOutOfMemory(heldBytes: number): void {
    this.machine.printk(`Out of memory: Killed process ${this.pid} (${this.comm}) ${memorySizes(heldBytes)}, UID:${this.uid}`)
  }

  private get killed(): ProcessKilled {
    return new ProcessKilled(this.endSignal ?? 'KILL')
  }

  /** Waits for `resolve`; null after `timeoutUs`. Rejects with ProcessKilled when a signal ends the process. */
  // biome-ignore lint/suspicious/noConfusingVoidType: who registers may give nothing back
  wait<T>(register: (resolve: (value: T) => void) => (() => void) | void, timeoutUs?: number): Promise<T | null> {
    return this.state === 'done' ? Promise.reject(this.killed) : this.waits.wait(register, timeoutUs)
  }

  sleep(us: number): Promise<void> {
    return this.state === 'done' ? Promise.reject(this.killed) : this.waits.pass(us, false)
  }

  /** Computing takes time too; unlike a sleep it does not count as waiting. */
  compute(us: number): Promise<void> {
    this.cpuUs += us
    this.machine.cpuUs += us
    return this.state === 'done' ? Promise.reject(this.killed) : this.waits.pass(us, true)
  }

  /** The child's exit code; rejects when this process is killed meanwhile. */
  async waitFor(child: Process): Promise<number> {
    if (child.exitCode !== null) return child.exitCode
    return (await this.wait<number>((resolve) => child.onExit(resolve)))!
  }

  /** Calls once with the exit code. */
  onExit(listener: (code: number) => void): () => void {
    if (this.exitCode !== null) {
      listener(this.exitCode)
      return () => {}
    }
    const changed = (): void => {
      if (this.exitCode !== null) listener(this.exitCode)
    }
    this.changeListeners.add(changed)
    return () => this.changeListeners.delete(changed)
  }

  /** Calls at each change of state: stopped, running, done. */
  onChange(listener: () => void): () => void {
    this.changeListeners.add(listener)
    return () => this.changeListeners.delete(listener)
  }

  /** Runs when the process ends, however it ends: close sockets, taps, files. */
  atExit(cleanup: () => void): void {
    if (this.state === 'done') cleanup()
    else {
      this.cleanups ??= []
      this.cleanups.push(cleanup)
    }
  }

  // --- signals

  trap(signal: Signal, trap: SignalTrap): void {
    this.traps.set(signal, trap)
  }

  trapFor(signal: Signal): SignalTrap {
    return this.traps.get(signal)
  }

  kill(signal: Signal): void {
    if (this.state === 'done') return
    if (signal === 'CONT') this.resume()
    const trap = signal === 'KILL' || signal === 'STOP' ? 'default' : this.trapFor(signal)
    if (trap === 'ignore') return
    if (trap !== 'default') {
      trap()
      return
    }
    const action = defaultAction(signal)
    if (action === 'stop') this.stop(signal)
    else if ((action === 'terminate' || action === 'core') && this.pid !== 1) this.end(128 + signalNumber(signal), signal)
  }

  /** Signals that come to this process alone go on to the child; those sent to the whole group reach it anyway. */
  forwardSignals(child: Process, signals: readonly Signal[]): void {
    for (const signal of signals) {
      this.trap(signal, () => {
        if (this.machine.groupSignalled !== child.pgid) child.kill(signal)
      })
    }
  }

  private stop(signal: Signal): void {
    if (this.state !== 'running') return
    this.state = 'stopped'
    this.stopSignal = signal
    this.changed()
  }

  private resume(): void {
    if (this.state !== 'stopped') return
    this.state = 'running'
    this.stopSignal = null
    this.writeHeld()
    for (const finish of this.deferred?.splice(0) ?? []) finish()
    wakes.count++
    this.changed()
  }

  // --- children

  /** Starts a program found on PATH (or by path). Throws KernelError ENOENT or EACCES. */
  spawn(argv: string[], options: SpawnOptions = {}): Process {
    const env = options.env ?? this.env
    const program = findProgram(this, options.program === undefined ? argv : [options.program, ...argv.slice(1)], env)
    const title = options.program === undefined ? program.argv : argv
    const child = new Process(this.machine, this, title, options)
    child.env.set('_', program.path)
    child.start(EXEC_US, (proc) => program.command.run(proc))
    return child
  }

  /** A copy of this process that runs `body`: subshells, daemons. */
  fork(body: ProcessBody, options: SpawnOptions & { argv?: string[] } = {}): Process {
    const child = new Process(this.machine, this, options.argv ?? this.argv, options)
    child.start(FORK_US, body)
    return child
  }

  /** exec(2): the same process, another program. Its code is this process's. */
  async exec(argv: string[]): Promise<number> {
    const program = findProgram(this, argv, this.env)
    this.argv = program.argv
    this.comm = commOf(program.argv)
    this.traps.forgetFunctions()
    try {
      return await program.command.run(this)
    } catch (error) {
      // The program's own error: who called would take it for one of finding it.
      if (!(error instanceof KernelError)) throw error
      this.error(`${this.name}: ${error.message}`)
      return 1
    }
  }

  exit(code: number): never {
    throw new ProcessExit(code)
  }

  /** Begins running after the time that starting takes. */
  start(delayUs: number, body: ProcessBody): void {
    this.machine.sim.scheduler.after(delayUs, () => {
      if (this.state === 'done') return
      this.wake(() => {
        this.isStarting = false
        void this.run(body)
      })
    })
  }

  /** What a process without a body (init, a shell that the lab drives) does instead of `start`. */
  hold(): void {
    this.isStarting = false
  }

  private async run(body: ProcessBody): Promise<void> {
    try {
      this.end(await body(this), null)
    } catch (error) {
      if (error instanceof BrokenPipe) this.kill('PIPE')
      else this.endBy(error)
    }
  }

  private endBy(error: unknown): void {
    const end = endOf(error)
    if (end.isBug) this.machine.reportBug(this, error)
    if (end.isOutOfMemory) this.reportOutOfMemory(MEMORY_LIMIT)
    if (end.words !== null) this.error(`${this.name}: ${end.words}`)
    this.end(end.code, end.signal)
  }

  /** The end of the process: descriptors closed, children orphaned, parent told. */
  end(code: number, signal: Signal | null): void {
    if (this.state === 'done') return
    this.state = 'done'
    this.exitCode = code & 255
    this.endSignal = signal
    for (const cleanup of this.cleanups?.splice(0).reverse() ?? []) cleanup()
    for (const file of this.fds.values()) file.close()
    this.fds.clear()
    this.deferred = null
    if (this.waits.areAny) this.waits.abort(new ProcessKilled(signal ?? 'KILL'))
    for (const child of this.children) this.orphan(child)
    this.parent?.children.delete(this)
    if (this.parent !== null) this.parent.childrenCpuUs += this.cpuUs + this.childrenCpuUs
    this.machine.processes.delete(this.pid)
    wakes.count++
    this.resolveExited(this.exitCode)
    this.changed()
    this.changeListeners.clear()
  }

  private orphan(child: Process): void {
    child.ppid = 1
    this.machine.init.children.add(child)
    if (child.state === 'stopped') {
      child.kill('HUP')
      child.kill('CONT')
    }
  }

  private wake(finish: () => void): void {
    wakes.count++
    if (this.state !== 'stopped') return finish()
    this.deferred ??= []
    this.deferred.push(finish)
  }

  private changed(): void {
    for (const listener of [...this.changeListeners]) listener()
  }
}
