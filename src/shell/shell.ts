import type { OpenFile } from '../node/open-file.js'
import type { Process } from '../node/process.js'
import type { Signal } from '../node/signals.js'
import { abandoned } from './abandoned.js'
import type { Builtin } from './builtins/builtin.js'
import { builtins } from './builtins/index.js'
import { complete } from './complete.js'
import { ExitShell, Interrupted } from './control.js'
import { errorPrefix } from './error-prefix.js'
import { runCommand, runNode, runScript, runStatements } from './execute.js'
import { expandPattern, expandSingle, expandText } from './expand.js'
import { type Job, JobTable } from './jobs.js'
import { optionLetters, ShellOptions, Shopt } from './options.js'
import {
  type AndOr,
  type CommandExpansionPart,
  type CommandNode,
  type PipelineNode,
  type ProcessSubstitutionPart,
  parseShell,
  type Statement,
  type Word,
} from './parse.js'
import { expandPromptText } from './prompt.js'
import { specialList, specialParameter } from './special.js'
import { initialise } from './start-up.js'
import { copyState, forkShell, substitute, substituteProcess } from './substitution.js'
import { arithmetic, assign, elementOf } from './values.js'
import { Variables } from './variables.js'

/** bash, Debian's sh, or busybox's sh: what differs is the wording of errors. */
export type ShellFlavour = 'bash' | 'dash' | 'ash'
/** At a terminal; driven line by line by the lab; running a file; running `-c`. */
export type ShellMode = 'interactive' | 'scripted' | 'script' | 'command'

export interface ShellFunction {
  readonly body: CommandNode | { readonly type: 'CompoundList' }
  readonly source: string
  readonly text: string
}

export interface ShellSetup {
  readonly flavour: ShellFlavour
  readonly mode: ShellMode
  readonly isLogin: boolean
  readonly name: string
}

/** Virtual time of one builtin command. */
const COMMAND_US = 20
/** After so many commands without a wait the loop is taken for a runaway, and time runs faster for it. */
const RUNAWAY = 20_000
const RUNAWAY_US = 1000

export class Shell {
  variables: Variables
  functions = new Map<string, ShellFunction>()
  aliases = new Map<string, string>()
  options = new ShellOptions()
  shopt = new Shopt()
  positional: string[] = []
  readonly jobs = new JobTable()
  readonly history: string[] = []
  /** Signal or EXIT, ERR, DEBUG -> command; '' ignores. */
  readonly traps = new Map<string, string>()
  readonly completions = new Map<string, string[]>()
  readonly directories: string[] = []
  readonly flavour: ShellFlavour
  readonly mode: ShellMode
  readonly isLogin: boolean
  name: string
  lastStatus = 0
  pipeStatus: number[] = []
  lastBackgroundPid: number | null = null
  lastArgument = ''
  substitutionStatus: number | null = null
  /** Above 0 in conditions, where `set -e` looks away. */
  conditionDepth = 0
  functionDepth = 0
  loopDepth = 0
  sourceDepth = 0
  evalDepth = 0
  subshellDepth = 0
  functionNames: string[] = []
  /** In a forked child whose only command may take its place. */
  mayExecInPlace = false
  /** Text that the nodes' positions refer to, and where execution stands in it. */
  source = ''
  position = 0
  isInterrupted = false
  /** Where getopts stands inside a word of letters. */
  getoptsOffset = 1
  /** Codes of background processes that were reported already: `wait PID` may still ask. */
  readonly endedJobs = new Map<number, number>()
  /** Aliases being expanded, which do not expand again inside themselves. */
  readonly expandingAliases = new Set<string>()
  hasExited = false
  readonly startedUs: number
  private readonly interruptListeners = new Set<() => void>()
  private readonly pendingTraps: string[] = []
  private debtUs = 0
  private busy = 0

  constructor(
    public proc: Process,
    setup: ShellSetup,
  ) {
    this.flavour = setup.flavour
    this.mode = setup.mode
    this.isLogin = setup.isLogin
    this.name = setup.name
    this.startedUs = proc.nowUs
    this.variables = Variables.fromEnvironment(proc.env)
    this.options.monitor = this.isInteractive || this.mode === 'scripted'
    this.options.history = this.isInteractive
    this.options.histexpand = this.isInteractive
    this.shopt.expand_aliases = this.isInteractive || this.mode === 'scripted' || this.flavour !== 'bash'
    initialise(this)
  }

  get isInteractive(): boolean {
    return this.mode === 'interactive'
  }

  get hasJobControl(): boolean {
    return this.options.monitor && this.subshellDepth === 0
  }

  get ifs(): string {
    return this.variables.get('IFS') ?? (this.variables.find('IFS') === null ? ' \t\n' : '')
  }

  // --- what its parts ask of each other

  get builtins(): ReadonlyMap<string, Builtin> {
    return builtins
  }

  runScript(source: string): Promise<void> {
    return runScript(this, source)
  }

  runStatements(statements: readonly Statement[]): Promise<void> {
    return runStatements(this, statements)
  }

  runNode(node: PipelineNode | AndOr): Promise<void> {
    return runNode(this, node)
  }

  runCommand(node: CommandNode): Promise<void> {
    return runCommand(this, node)
  }

  expandSingle(word: Word): Promise<string> {
    return expandSingle(this, word)
  }

  expandPattern(word: Word): Promise<string> {
    return expandPattern(this, word)
  }

  // --- for the lab

  /** Runs a line at top level; returns its status. */
  async runLine(line: string): Promise<number> {
    this.isInterrupted = false
    this.busy = 0
    try {
      await runScript(this, line)
    } catch (error) {
      await this.abandoned(error)
    }
    return this.lastStatus
  }

  /** Ctrl-C from whoever drives the shell: to the foreground job, or to a loop of builtins. */
  interrupt(): void {
    this.isInterrupted = true
    for (const job of this.jobs.jobs) if (job.isForeground) this.proc.machine.signalGroup(job.pgid, 'INT')
    for (const child of this.proc.children) if (child.pgid === this.proc.pgid) child.kill('INT')
    for (const listener of [...this.interruptListeners]) listener()
  }

  /** All jobs started so far run until they wait for something. */
  async settleJobs(): Promise<void> {
    for (let i = 0; i < 100; i++) {
      if (this.jobs.jobs.every((job) => job.state !== 'running' || job.processes.every((proc) => proc.isSettled))) return
      await this.proc.sleep(1000)
    }
  }

  needsMore(text: string): boolean {
    return parseShell(text).isIncomplete
  }

  complete(line: string, cursor: number): { from: number; candidates: string[] } {
    return complete(this, line, cursor)
  }

  // --- errors

  errorPrefix(): string {
    return errorPrefix(this)
  }

  get baseName(): string {
    return this.name.replace(/^.*\//, '').replace(/^-/, '')
  }

  get lineNumber(): number {
    let line = 1
    for (let i = this.source.indexOf('\n'); i >= 0 && i < this.position; i = this.source.indexOf('\n', i + 1)) line++
    return line
  }

  error(text: string): void {
    this.proc.error(this.errorPrefix() + text)
  }

  // --- parameters

  /** Value of a parameter or variable, null when unset. */
  parameter(name: string): string | null {
    const special = specialParameter(this, name)
    return special !== undefined ? special : this.variables.get(name)
  }

  isSet(target: string): boolean {
    const element = /^(\w+)\[(.+)\]$/.exec(target)
    return (element === null ? this.parameter(target) : this.element(element[1]!, element[2]!)) !== null
  }

  specialList(name: string): readonly string[] | null {
    return specialList(this, name)
  }

  get optionLetters(): string {
    return optionLetters(this.options, this.isInteractive)
  }

  element(name: string, index: string): string | null {
    return elementOf(this, name, index)
  }

  /** `name` or `name[index]`. Checks attributes. */
  assign(target: string, value: string, isAppend = false): void {
    assign(this, target, value, isAppend)
  }

  arithmetic(text: string): bigint {
    return arithmetic(this, text)
  }

  /** Expands, then evaluates: the inside of $(( )). */
  async arithmeticText(text: string): Promise<string> {
    return String(this.arithmetic(await expandText(this, text.replaceAll('"', ''))))
  }

  expandPrompt(text: string): string {
    return expandPromptText(this, text)
  }

  // --- subshells

  /** The same state on another process. */
  forkOnto(proc: Process): Shell {
    const child = new Shell(proc, {
      flavour: this.flavour,
      mode: this.isInteractive ? 'scripted' : this.mode,
      isLogin: this.isLogin,
      name: this.name,
    })
    copyState(this, child)
    return child
  }

  /** Descriptors of process substitutions that the current command may open. */
  readonly substituted: number[] = []

  substitute(part: CommandExpansionPart): Promise<string> {
    return substitute(this, part)
  }

  substituteProcess(part: ProcessSubstitutionPart): Promise<string> {
    return substituteProcess(this, part)
  }

  /** A child process that runs `body` in a copy of this shell. Takes `fds` over. */
  fork(body: (shell: Shell) => Promise<void>, fds: Map<number, OpenFile>, group?: number | 'new', background = false): Promise<Process> {
    return forkShell(this, { body, fds, group, background })
  }

  /** A job is over and its status known to somebody. */
  forget(job: Job): void {
    for (const proc of job.processes) this.endedJobs.set(proc.pid, proc.exitCode ?? 0)
    this.jobs.remove(job)
  }

  /** `trap - INT`: back to what this shell does without a trap. */
  resetSignal(signal: Signal): void {
    if (!this.isInteractive) this.proc.trap(signal, 'default')
    else if (signal === 'INT') this.proc.trap('INT', () => this.interrupt())
    else this.proc.trap(signal, ['QUIT', 'TERM', 'TSTP', 'TTIN', 'TTOU'].includes(signal) ? () => {} : 'default')
  }

  // --- time, signals

  /** Called before each command: takes time now and then, runs traps, notices Ctrl-C. */
  async tick(): Promise<void> {
    if (this.isInterrupted) throw new Interrupted()
    this.proc.checkAlive()
    this.busy++
    this.debtUs += this.busy > RUNAWAY ? RUNAWAY_US : COMMAND_US
    if (this.pendingTraps.length > 0) await this.runTraps()
    if (this.debtUs < 1000) return
    const due = this.debtUs
    this.debtUs = 0
    await this.proc.compute(due)
    if (this.proc.fds.get(1)?.output != null) await this.proc.drain()
    if (this.isInterrupted) throw new Interrupted()
  }

  /** It waited for something real: not a runaway. */
  rested(): void {
    this.busy = 0
  }

  /** Waits like proc.wait, but Ctrl-C and traps end it with null. */
  // biome-ignore lint/suspicious/noConfusingVoidType: who registers may give nothing back
  async interruptible<T>(register: (resolve: (value: T) => void) => (() => void) | void): Promise<T | null> {
    this.rested()
    const result = await this.proc.wait<{ value: T } | 'interrupt'>((resolve) => {
      const listener = (): void => resolve('interrupt')
      this.interruptListeners.add(listener)
      const cancel = register((value) => resolve({ value }))
      return () => {
        this.interruptListeners.delete(listener)
        cancel?.()
      }
    })
    return result === null || result === 'interrupt' ? null : result.value
  }

  /** A trapped signal came: its command runs before the next one. */
  trapped(name: string): void {
    this.pendingTraps.push(name)
    for (const listener of [...this.interruptListeners]) listener()
  }

  async runTraps(): Promise<void> {
    while (this.pendingTraps.length > 0) await this.runTrap(this.pendingTraps.shift()!)
  }

  async runTrap(name: string): Promise<void> {
    const command = this.traps.get(name)
    if (command === undefined || command === '') return
    const status = this.lastStatus
    await runScript(this, command)
    this.lastStatus = status
  }

  async runExitTrap(): Promise<void> {
    const command = this.traps.get('EXIT')
    if (command === undefined) return
    this.traps.delete('EXIT')
    const status = this.lastStatus
    try {
      await runScript(this, command)
      this.lastStatus = status
    } catch (error) {
      if (error instanceof ExitShell) this.lastStatus = error.code
      else throw error
    }
  }

  /** What is left when control leaves a whole line or script. */
  abandoned(error: unknown): Promise<void> {
    return abandoned(this, error)
  }
}
