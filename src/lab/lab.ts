// One running lab: its world, shells, time and journal; the only thing that tui/ and lesson/ hold in hand.
import { KernelError } from '../kernel/errno.js'
import type { Simulation } from '../kernel/simulation.js'
import type { Command } from '../node/command.js'
import type { Machine } from '../node/machine.js'
import { copyWorld, type WorldCopy } from '../node/world-copy.js'
import { LabError } from '../scenario/problem.js'
import type { Scenario } from '../scenario/scenario.js'
import { commands as allCommands, loadAllCommands } from '../tools/lazy.js'
import { watchedCommands } from './command-watch.js'
import { type Journal, type JournalEntry, type JournalInput, type JournalPlace, journalMismatch } from './journal.js'
import type { LabEvent, LabListener } from './lab-event.js'
import type { LabShell, OpenShellOptions } from './lab-shell.js'
import { OpenShells } from './open-shells.js'
import { ownWords } from './own-words.js'
import { Pacer } from './pacer.js'
import { PacketLog } from './packet-log.js'
import { Recording } from './recording.js'
import type { RunResult } from './result.js'
import { Roots } from './roots.js'
import { ScriptRunner } from './script-runner.js'
import { loginUser } from './seat.js'
import { takeBugs } from './take-bugs.js'
import { undoTo } from './undo.js'
import { unknownNode } from './unknown-node.js'
import { untilPrompt } from './until-prompt.js'
import { Waking } from './waking.js'
import { type LabWord, labCommand } from './words.js'
import { BOOT_US, World } from './world.js'

export interface BootOptions {
  readonly seed?: string | number
  /** Tool versions of this image on every node. */
  readonly image?: string
}

export interface RunOptions {
  readonly stepLimitSeconds?: number
}

export interface LabNode {
  readonly name: string
  readonly machine: Machine
}

const STEP_LIMIT_SECONDS = 600

export class Lab {
  readonly words = new Map<string, LabWord>()
  readonly pace: Pacer
  readonly waking: Waking
  /** The last packets, when somebody wants them kept. */
  readonly packets = new PacketLog()
  /** Where `lab save` puts the journal, telling the place; handed in by who has a place. */
  saver: ((journal: Journal, name: string | null) => string) | null = null
  private world!: World
  private runner!: ScriptRunner
  private readonly commands: ReadonlyMap<string, Command>
  private readonly listeners = new Set<LabListener>()
  private readonly shells: OpenShells
  private roots = new Roots()
  private readonly recording: Recording
  /** Inputs come from a journal, not from a person. */
  isReplaying = false
  private pendingChange: (() => Promise<void>) | null = null
  private busy: Promise<unknown> = Promise.resolve()

  private constructor(
    readonly scenario: Scenario,
    readonly seed: string,
    readonly image: string | null,
  ) {
    this.pace = new Pacer((speed) => this.emit({ type: 'speed', atUs: this.nowUs, speed }))
    this.waking = new Waking({ world: () => this.world, queued: (work) => this.queued(work) }, this.pace)
    this.recording = new Recording(scenario, seed, image)
    const isReplaying = (): boolean => this.isReplaying
    this.shells = new OpenShells(scenario, {
      isReplaying,
      enter: (input) => this.enter(input),
      closed: ({ node, id }) => this.emit({ type: 'shell-closed', atUs: this.nowUs, node, shell: id }),
    })
    for (const word of ownWords(this)) this.words.set(word.name, word)
    this.commands = watchedCommands([...allCommands, labCommand(this.words, (work) => this.world.clockwork.hold(work), isReplaying)], {
      isListening: () => this.listeners.size > 0 && !isReplaying(),
      emit: (event) => this.emit(event),
      shellOf: (proc) => this.roots.shellOf(proc),
    })
  }

  static async boot(scenario: Scenario, options: BootOptions = {}): Promise<Lab> {
    const lab = new Lab(scenario, String(options.seed ?? scenario.seed), options.image ?? null)
    lab.enterWorld(await lab.makeWorld())
    return lab
  }

  /** The session of a journal, as it was. Throws LabError when the journal is of another version or scenario. */
  static async resume(scenario: Scenario, journal: Journal): Promise<Lab> {
    const mismatch = journalMismatch(journal, scenario)
    if (mismatch !== null) throw new LabError(`this session cannot be resumed: ${mismatch}`)
    const lab = await Lab.boot(scenario, { seed: journal.seed, ...(journal.image === null ? {} : { image: journal.image }) })
    await lab.replay(journal)
    return lab
  }

  // --- what there is

  get sim(): Simulation {
    return this.world.sim
  }

  get nodes(): readonly LabNode[] {
    return [...this.world.machines].map(([name, machine]) => ({ name, machine }))
  }

  node(name: string): LabNode | null {
    const machine = this.world.machines.get(name)
    return machine === undefined ? null : { name, machine }
  }

  /** Virtual microseconds since the lab was opened. */
  get nowUs(): number {
    return this.pace.nowUs - BOOT_US
  }

  /** What the nodes' clocks show, microseconds since 1970 UTC. */
  get clockUs(): number {
    return this.world.clockStartUs + this.pace.nowUs
  }

  get openShells(): readonly LabShell[] {
    return this.shells.all
  }

  get journal(): Journal {
    return this.recording.journal(this.place)
  }

  /** How many inputs the journal holds. */
  get inputs(): number {
    return this.recording.entries.length
  }

  /** Nodes of a large cloud that nobody has touched yet: they are made when somebody does. */
  get asleep(): readonly string[] {
    return this.waking.names
  }

  /** Makes a node that sleeps, or the one with the server of this name, as if it had been there from the start. No time passes. */
  wake(name: string): Promise<void> {
    return this.waking.wake(name)
  }

  subscribe(listener: LabListener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  // --- what a person does

  openShell(node: string, options: OpenShellOptions = {}): LabShell {
    if (this.world.bedOf(node) !== null) throw new LabError(`${node} sleeps: nobody has touched it yet; "lab wake ${node}" makes it`)
    if (this.node(node) === null) throw new LabError(this.unknownNode(node))
    // What cannot be loaded says so when it is run.
    loadAllCommands().catch(() => {})
    const id = this.shells.nextId
    this.enter({ kind: 'open', shell: id, node, user: options.user ?? null, columns: options.columns ?? 80, rows: options.rows ?? 24 })
    const shell = this.shells.get(id)!
    this.emit({ type: 'shell-opened', atUs: this.nowUs, node, shell: id })
    return shell
  }

  /**
   * A command line in the script shell of a node, to its end. Time runs free, or with the pacer when that is on. A step that does not
   * end is interrupted when its limit is reached. Lines run one after the other.
   */
  run(node: string, line: string, options: RunOptions = {}): Promise<RunResult> {
    const limitUs = (options.stepLimitSeconds ?? STEP_LIMIT_SECONDS) * 1e6
    return this.queued(async () => {
      await this.waking.rouse(node)
      const result = await this.runner.run({ node, line, limitUs }, () => this.record({ kind: 'run', node, line, limitUs }))
      await this.settlePending()
      return result
    })
  }

  /** Puts a file on a node, as `scp` would. Throws KernelError. */
  putFile(node: string, path: string, base64: string): void {
    if (this.node(node) === null) throw new LabError(this.unknownNode(node))
    this.enter({ kind: 'file', node, path, base64 })
  }

  /**
   * Free time until `shell` is back at its prompt (or closed), at most `limitSeconds`; for clients that do not pace. A session on another
   * machine that has been quiet for a while waits for its next line, too.
   */
  async untilPrompt(shell: LabShell, limitSeconds = STEP_LIMIT_SECONDS): Promise<boolean> {
    if (this.pace.isRunning) return shell.backAtPrompt()
    return untilPrompt(shell, {
      nowUs: () => this.sim.nowUs,
      drive: (isReady) => this.queued(() => this.world.clockwork.drive(isReady, this.sim.nowUs + limitSeconds * 1e6)),
      settle: () => this.settlePending(),
    })
  }

  /** Free time for `seconds`, with everything that happens in it. */
  async advance(seconds: number): Promise<void> {
    if (this.pace.isRunning) throw new LabError('time follows the wall clock; stop the pacer before time is moved by hand')
    await this.queued(() => this.world.clockwork.driveTo(this.sim.nowUs + Math.round(seconds * 1e6)))
  }

  // --- going back

  /** The scenario from its beginning; shells stay open and start anew. */
  async reset(): Promise<void> {
    await this.rebuild([], null)
    this.emit({ type: 'reset', atUs: this.nowUs })
  }

  /** Takes the last command line back (not `lab` itself). Null when there is none. */
  async undo(): Promise<{ node: string; line: string } | null> {
    const undone = undoTo(this.recording.entries)
    if (undone === null) return null
    await this.rebuild(undone.kept, undone.place)
    const node = undone.node ?? this.shells.get(undone.shell!)?.node ?? ''
    this.emit({ type: 'undone', atUs: this.nowUs, node, line: undone.line })
    return { node, line: undone.line }
  }

  /** The command line that undo would take back. */
  lastLine(): string | null {
    return undoTo(this.recording.entries)?.line ?? null
  }

  /** The same lab once more, for a probe: what happens there does not happen here. */
  async copy(): Promise<Lab> {
    return Lab.resume(this.scenario, this.journal)
  }

  /** The packet world as it stands, copied in memory: for probes that need no process. */
  copyWorld(): WorldCopy {
    return copyWorld(this.sim, this.world.machines)
  }

  /** For the words undo and reset: carried out once the command that asks is over. */
  afterCommand(change: () => Promise<void>): void {
    this.pendingChange = change
    if (this.pace.isRunning) void this.pace.idle().then(() => this.settlePending())
  }

  close(): void {
    this.pace.stop()
    this.packets.stop()
    this.listeners.clear()
  }

  // --- inside

  private makeWorld(): Promise<World> {
    return World.boot(this.scenario, {
      seed: this.seed,
      image: this.image,
      commands: this.commands,
      changed: (type, node) => this.emit({ type, atUs: this.world === undefined ? 0 : this.nowUs, node }),
    })
  }

  private enterWorld(world: World): void {
    this.world = world
    this.roots = new Roots()
    this.runner = new ScriptRunner(world, (proc) => this.roots.add(proc, null), this.pace)
    world.sim.captured = (device, direction, frame) => {
      if (this.listeners.size === 0) return
      this.emit({ type: 'capture-frame', atUs: this.nowUs, node: device.netns.kernel.name, device, direction, frame })
    }
    this.packets.enter(world.sim)
    this.pace.moveTo(world.clockwork)
  }

  private async rebuild(entries: readonly JournalEntry[], place: JournalPlace | null): Promise<void> {
    const open = this.openShells.filter((shell) => !shell.isClosed)
    const wasRunning = this.pace.isRunning
    this.pace.stop()
    this.isReplaying = true
    try {
      this.enterWorld(await this.makeWorld())
      this.recording.clear()
      await this.replayEntries(entries)
      if (place !== null) await this.world.clockwork.driveToStep(place.step, place.atUs)
    } finally {
      this.isReplaying = false
    }
    const seated = new Set(entries.filter((entry) => entry.kind === 'open').map((entry) => entry.shell))
    for (const shell of open) if (!seated.has(shell.id)) this.reopen(shell)
    if (wasRunning) this.pace.start()
    else this.pace.kick()
  }

  private reopen(shell: LabShell): void {
    if (this.node(shell.node) === null) shell.leave()
    else this.enter({ kind: 'open', shell: shell.id, node: shell.node, user: shell.user, columns: shell.columns, rows: shell.rows })
  }

  private async replay(journal: Journal): Promise<void> {
    this.isReplaying = true
    try {
      await this.replayEntries(journal.entries)
      await this.world.clockwork.driveToStep(journal.end.step, journal.end.atUs)
    } finally {
      this.isReplaying = false
    }
  }

  private async replayEntries(entries: readonly JournalEntry[]): Promise<void> {
    for (const entry of entries) {
      await this.world.clockwork.driveToStep(entry.step, entry.atUs)
      if (entry.kind === 'run' || entry.kind === 'open' || entry.kind === 'file') await this.waking.rouse(entry.node)
      if (entry.kind === 'run') await this.runner.run(entry, () => this.record(entry))
      else this.enter(entry)
    }
  }

  /** An input of a person: it goes to the journal with its place, and takes effect. */
  private enter(input: JournalInput): void {
    this.pace.catchUp()
    this.record(input)
    try {
      this.apply(input)
    } catch (error) {
      // What was refused when it was typed is refused again.
      if (!this.isReplaying || !(error instanceof LabError || error instanceof KernelError)) throw error
    }
    if (!this.isReplaying) this.pace.kick()
  }

  private apply(input: JournalInput): void {
    switch (input.kind) {
      case 'open':
        this.roots.add(this.shells.sit(input, this.machineOf(input.node)), input.shell)
        break
      case 'file':
        this.machineOf(input.node).files.write(input.path, Buffer.from(input.base64, 'base64'))
        break
      case 'run':
        break
      default:
        if (this.isReplaying) this.shells.get(input.shell)?.rememberPrompt(input)
        this.shells.get(input.shell)?.apply(input)
    }
  }

  private machineOf(node: string): Machine {
    const machine = this.node(node)?.machine
    if (machine === undefined) throw new LabError(this.unknownNode(node))
    return machine
  }

  private record(input: JournalInput): void {
    this.recording.add(input, this.place)
  }

  private get place(): JournalPlace {
    return { step: this.world.clockwork.steps, atUs: this.sim.nowUs }
  }

  /** Whoever logs in there is not root. */
  needsSudo(node: string): boolean {
    const machine = this.world.machines.get(node)
    return machine !== undefined && loginUser(this.scenario, machine) !== 'root'
  }

  private emit(event: LabEvent): void {
    if (!this.isReplaying) for (const listener of this.listeners) listener(event)
  }

  private async settlePending(): Promise<void> {
    const change = this.pendingChange
    this.pendingChange = null
    if (change !== null) await change()
  }

  private queued<T>(work: () => Promise<T>): Promise<T> {
    const next = this.busy.then(work)
    this.busy = next.catch(() => {})
    return next
  }

  /** What to say about a node that is not there. */
  unknownNode(name: string): string {
    return unknownNode(name, [...this.world.machines.keys()])
  }

  /** Commands of the boot and the set-up that failed: a scenario whose list is not empty is not what it says. */
  get bootFailures(): readonly string[] {
    return this.world.bootFailures
  }

  /** Internal errors of netlab since the last call, with their stacks: for reports. */
  takeBugs(): string[] {
    return this.nodes.flatMap(({ machine }) => takeBugs(machine))
  }
}
