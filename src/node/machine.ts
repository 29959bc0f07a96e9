// A node of the lab: image, kernel, files, users and processes.

import { KernelError } from '../kernel/errno.js'
import type { Kernel } from '../kernel/kernel.js'
import type { NetNamespace } from '../kernel/netns.js'
import type { Simulation } from '../kernel/simulation.js'
import type { Random } from '../sim/random.js'
import type { Command } from './command.js'
import { makeDevices } from './devices.js'
import { FileStore } from './file-store.js'
import { FileTree } from './files.js'
import type { Image } from './image.js'
import type { FileContext } from './inode.js'
import { LoadAverage } from './machine-load.js'
import { inputFile, outputFile } from './open-file.js'
import { parentPath } from './path.js'
import { mountProc } from './proc-fs.js'
import { Process, type ProcessBody, type SpawnOptions } from './process.js'
import { installCommands, layRootFiles, type UserSpec } from './rootfs.js'
import type { Signal } from './signals.js'
import { OutputBuffer, TextSource } from './stream.js'
import { mountSys } from './sys-fs.js'
import { type Facility, Syslog, syslogTime } from './syslog.js'
import { Terminal } from './terminal.js'
import { Users } from './users.js'

/** Why an agent types a command. */
export interface AgentCause {
  readonly agent: string
  readonly event: string
  readonly object: string | null
  /** The call that the command line stands for where the real agent types nothing. */
  readonly standsFor: string | null
}

export interface AgentLogEntry {
  readonly atUs: number
  readonly clockUs: number
  readonly cause: AgentCause
  readonly argv: readonly string[]
  readonly stdin: string
  exitCode: number | null
}

export interface ExecResult {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

export interface MachineOptions {
  readonly name: string
  readonly image: Image
  readonly kernel: Kernel
  readonly commands: ReadonlyMap<string, Command>
  /** Wall clock when virtual time is 0: microseconds since 1970 UTC. */
  readonly clockStartUs: number
  readonly users?: readonly UserSpec[]
  readonly hostname?: string
  /** For how long the machine had been up when the lab was switched on. */
  readonly upBeforeUs?: number
  readonly firstPid?: number
}

const PID_MAX = 32768
/** RLIMIT_NPROC: what stops a fork bomb. */
const PROCESS_LIMIT = 1024
const KERNEL_LOG_LINES = 2000

export class Machine {
  readonly name: string
  readonly image: Image
  readonly kernel: Kernel
  readonly sim: Simulation
  readonly random: Random
  readonly commands: ReadonlyMap<string, Command>
  readonly processes = new Map<number, Process>()
  readonly store: MachineFiles
  readonly users: Users
  /** Named namespaces: the entries of /var/run/netns. */
  readonly netnsNames = new Map<string, NetNamespace>()
  readonly agentLog: AgentLogEntry[] = []
  readonly log: Syslog
  readonly init: Process
  readonly clockStartUs: number
  readonly upBeforeUs: number
  hostname: string
  /** The hypervisor of a virtual machine. */
  parent: Machine | null = null
  /** What a virtual machine wrote on its console; write through `writeConsole`. */
  consoleLog = ''
  private readonly consoleListeners = new Set<(text: string) => void>()
  /** What dmesg shows; time since the lab was switched on. */
  readonly kernelLog: { atUs: number; text: string }[] = []
  /** Internal errors of netlab, for tests and bug reports. */
  readonly bugs: { argv: readonly string[]; error: unknown }[] = []
  /** The process group that a signal is just being sent to; null otherwise. */
  groupSignalled: number | null = null
  /** Computing of all processes since the lab began. */
  cpuUs = 0
  readonly load = new LoadAverage()
  private nextPid: number
  private nextTty = 0

  constructor(options: MachineOptions) {
    this.name = options.name
    this.image = options.image
    this.kernel = options.kernel
    this.sim = options.kernel.sim
    this.random = options.kernel.random.fork(options.name)
    this.commands = options.commands
    this.clockStartUs = options.clockStartUs
    this.upBeforeUs = options.upBeforeUs ?? 0
    this.hostname = options.hostname ?? options.name
    this.nextPid = 1
    this.store = new MachineFiles(this)
    this.users = new Users(() => this.files)
    const files = this.files
    layRootFiles(files, this.image, this.hostname, options.users ?? [])
    makeDevices(files, this.random)
    mountProc(this)
    mountSys(this)
    installCommands(files, this.image, this.commands)
    this.log = new Syslog(files, this.image.family === 'redhat')
    this.kernel.logSink = (_level, text) => this.printk(text)
    this.init = new Process(this, null, ['/sbin/init'], {
      env: new Map([['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']]),
    })
    this.init.hold()
    this.nextPid = options.firstPid ?? 1000
  }

  /** The file tree as root sees it from / in the first namespace. */
  get files(): FileTree {
    return this.store.rootTree
  }

  /** Wall clock: microseconds since 1970 UTC. */
  get clockUs(): number {
    return this.clockStartUs + this.sim.nowUs
  }

  get uptimeUs(): number {
    return this.upBeforeUs + this.sim.nowUs
  }

  /** The process that was started last. */
  get lastPid(): number {
    return this.nextPid - 1
  }

  takePid(): number {
    if (this.processes.size >= PROCESS_LIMIT) throw new KernelError('EAGAIN')
    while (this.processes.has(this.nextPid)) this.nextPid++
    const pid = this.nextPid++
    if (this.nextPid > PID_MAX) this.nextPid = 300
    return pid
  }

  /** What is made inside takes process numbers that are given out again: looking must not move them. */
  withoutPid<T>(make: () => T): T {
    const next = this.nextPid
    try {
      return make()
    } finally {
      this.nextPid = next
    }
  }

  process(pid: number): Process | null {
    return this.processes.get(pid) ?? null
  }

  /** All of a process group. */
  signalGroup(pgid: number, signal: Signal): boolean {
    const members = [...this.processes.values()].filter((proc) => proc.pgid === pgid)
    const outer = this.groupSignalled
    this.groupSignalled = pgid
    for (const proc of members) proc.kill(signal)
    this.groupSignalled = outer
    return members.length > 0
  }

  /** `Jul 31 01:00:45 controller-1 dnsmasq-dhcp[2729]: ...` */
  syslog(facility: Facility, tag: string, pid: number | null, text: string): void {
    const who = pid === null ? tag : `${tag}[${pid}]`
    this.log.write(facility, `${syslogTime(this.clockUs)} ${this.hostname} ${who}: ${text}`)
  }

  /** printk: into the ring buffer and, through klogd, the system log. */
  printk(text: string): void {
    this.kernelLog.push({ atUs: this.sim.nowUs, text })
    if (this.kernelLog.length > KERNEL_LOG_LINES) this.kernelLog.shift()
    this.syslog('kern', 'kernel', null, `[${((this.upBeforeUs + this.sim.nowUs) / 1e6).toFixed(6).padStart(12)}] ${text}`)
  }

  /** Runs a command (an argument vector, or a shell line) as root from init and waits for it. */
  async exec(command: readonly string[] | string, options: SpawnOptions & { input?: string } = {}): Promise<ExecResult> {
    const stdout = new OutputBuffer()
    const stderr = new OutputBuffer()
    const argv = typeof command === 'string' ? ['/bin/sh', '-c', command] : [...command]
    try {
      const child = this.init.spawn(argv, this.execOptions(options, stdout, stderr))
      const exitCode = await child.exited
      return { stdout: stdout.take(), stderr: stderr.take(), exitCode }
    } catch (error) {
      return { stdout: '', stderr: `${argv[0]}: ${error instanceof Error ? error.message : String(error)}\n`, exitCode: 127 }
    }
  }

  private execOptions(options: SpawnOptions & { input?: string }, stdout: OutputBuffer, stderr: OutputBuffer): SpawnOptions {
    const own: SpawnOptions = {
      stdin: inputFile(new TextSource(options.input ?? '')),
      stdout: outputFile(stdout),
      stderr: outputFile(stderr),
      session: 'new',
    }
    for (const key in options) if (key !== 'input') return { ...options, ...own }
    return own
  }

  /** An agent types a command; it goes to the agent log with its cause. */
  async execAgent(argv: readonly string[], options: { stdin?: string; cause: AgentCause }): Promise<ExecResult> {
    const stdin = options.stdin ?? ''
    const entry: AgentLogEntry = { atUs: this.sim.nowUs, clockUs: this.clockUs, cause: options.cause, argv, stdin, exitCode: null }
    this.agentLog.push(entry)
    const result = await this.exec(argv, { input: stdin })
    entry.exitCode = result.exitCode
    return result
  }

  /** An agent writes a file, as it does without a shell; logged as the command that would do it. */
  writeAsAgent(path: string, content: string, cause: AgentCause): void {
    this.files.mkdir(parentPath(path), { parents: true })
    this.files.write(path, content)
    this.agentLog.push({ atUs: this.sim.nowUs, clockUs: this.clockUs, cause, argv: ['tee', path], stdin: content, exitCode: 0 })
  }

  /** A long-running process of its own session, child of init. */
  daemon(argv: string[], body: ProcessBody, options: SpawnOptions = {}): Process {
    return this.init.fork(body, { ...options, argv, session: 'new' })
  }

  /** Text on the machine's (serial) console. */
  writeConsole(text: string): void {
    this.consoleLog += text
    for (const listener of this.consoleListeners) listener(text)
  }

  /** Hears what comes on the console from now on; the returned function stops it. */
  onConsole(listener: (text: string) => void): () => void {
    this.consoleListeners.add(listener)
    return () => this.consoleListeners.delete(listener)
  }

  /** A new terminal of this machine. */
  openTerminal(sink: (text: string) => void, columns = 80, rows = 24): Terminal {
    const name = `pts/${this.nextTty++}`
    return new Terminal(name, sink, (pgid, signal) => void this.signalGroup(pgid, signal), columns, rows)
  }

  reportBug(proc: Process, error: unknown): void {
    this.bugs.push({ argv: proc.argv, error })
  }
}

/** The store of a machine and the views of it that processes have. */
class MachineFiles {
  readonly store: FileStore
  readonly rootTree: FileTree

  constructor(machine: Machine) {
    this.store = new FileStore(() => machine.clockUs)
    const context: FileContext = { cwd: '/', uid: 0, gid: 0, umask: 0o022, netns: machine.kernel.initNetns, netnsName: null, process: null }
    this.rootTree = new FileTree(this.store, context)
  }

  get bytesWritten(): number {
    return this.store.bytesWritten
  }

  treeFor(proc: Process): FileTree {
    const { cwd, uid, gid, umask, netns, netnsName } = proc
    return this.rootTree.as({ cwd, uid, gid, umask, netns, netnsName, process: proc })
  }
}
