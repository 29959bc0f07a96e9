// An OpenStack agent on a node: a process that acts only by typing commands there, one piece of work after the other, each with its cause.
import type { AgentCause, ExecResult, Machine } from '../node/machine.js'
import type { Process } from '../node/process.js'
import { wakes } from '../node/wakes.js'

export interface RunOptions {
  /** Text on the command's standard input. */
  readonly stdin?: string
  /** What the real agent calls where it does not run a command (libvirt, netlink): the command stands for it. */
  readonly standsFor?: string
  /** The real agent looks away when this fails. */
  readonly mayFail?: boolean
  /** For work that goes on beside the queue: what began it. */
  readonly because?: Because
}

export interface AgentLog {
  ran(pid: number, startedUs: number, argv: readonly string[], result: ExecResult): void
  failed(pid: number, text: string): void
  told(pid: number, words: () => string): void
}

/** What the agent is doing something for. */
export interface Because {
  readonly event: string
  readonly object: string | null
}

export class Agent {
  private last: Promise<void> = Promise.resolve()
  private event = 'start'
  private object: string | null = null
  private process: Process
  /** Where it tells of what it runs, and of what failed. */
  log: AgentLog | null = null

  /** `argv` is what `ps` shows. */
  constructor(
    readonly name: string,
    readonly machine: Machine,
    private readonly argv: readonly string[],
  ) {
    this.process = this.spawn()
  }

  get proc(): Process {
    return this.process
  }

  /** A new process after the old one ended; what the agent knows stays. */
  restart(): void {
    if (this.process.isDone) this.process = this.spawn()
  }

  private spawn(): Process {
    return this.machine.daemon([...this.argv], async (proc) => {
      await proc.wait(() => {})
      return 0
    })
  }

  /**
   * Puts work behind what the agent is doing; `event` and `object` say why in the agent log. An agent that was killed does
   * nothing more. Work that fails goes to syslog and does not stop the agent; the promise tells the caller.
   */
  enqueue(event: string, object: string | null, work: () => Promise<void>): Promise<void> {
    const next = this.last.then(async () => {
      if (this.proc.isDone) throw new AgentError(`${this.name} is not running`)
      this.event = event
      this.object = object
      await work()
    })
    this.last = next.catch((error: unknown) => {
      if (!(error instanceof AgentError)) throw error
      this.log?.failed(this.proc.pid, error.message)
      this.machine.syslog('user', this.name, this.proc.pid, error.message)
    })
    return next
  }

  /** Resolves when all that was asked of the agent so far is done. */
  settled(): Promise<void> {
    return this.last
  }

  /** Types a command on the node as root. Throws AgentError when it fails and may not. */
  async run(argv: readonly string[], options: RunOptions = {}): Promise<ExecResult> {
    const startedUs = this.machine.clockUs
    const result = await this.machine.execAgent(argv, {
      stdin: options.stdin ?? '',
      cause: this.cause(options.standsFor ?? null, options.because),
    })
    // What stands for a call is not run by the real one.
    if (options.standsFor === undefined) this.log?.ran(this.proc.pid, startedUs, argv, result)
    if (result.exitCode !== 0 && options.mayFail !== true) {
      throw new AgentError(
        `Unexpected error while running command. Command: ${argv.join(' ')} Exit code: ${result.exitCode} Stderr: ${result.stderr.trim()}`,
      )
    }
    return result
  }

  /** A line of the agent's own in its log; `words` are asked for when somebody reads it. */
  tell(words: () => string): void {
    this.log?.told(this.proc.pid, words)
  }

  /** Writes a file on the node, as agents do without a shell. */
  write(path: string, content: string): void {
    this.machine.writeAsAgent(path, content, this.cause(null))
  }

  /** One piece of work after the other; what fails does not keep the others from being done, and is told at the end. */
  async each<T>(things: Iterable<T>, work: (thing: T) => Promise<void>): Promise<void> {
    let failure: AgentError | null = null
    for (const thing of things) {
      try {
        await work(thing)
      } catch (error) {
        if (!(error instanceof AgentError)) throw error
        failure ??= error
      }
    }
    if (failure !== null) throw failure
  }

  sleep(us: number): Promise<void> {
    return new Promise((resolve) => {
      this.machine.sim.scheduler.after(us, () => {
        wakes.count++
        resolve()
      })
    })
  }

  /** What the queue is at. */
  get because(): Because {
    return { event: this.event, object: this.object }
  }

  private cause(standsFor: string | null, { event, object }: Because = this.because): AgentCause {
    return { agent: this.name, event, object, standsFor }
  }
}

export class AgentError extends Error {}
