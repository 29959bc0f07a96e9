// Echo after echo of `ping -f`: driven by the replies and by time themselves, for a promise each would cost as much as many hops do.
import type { Errno } from '../../kernel/errno.js'
import type { Watchable } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import type { Timer } from '../../sim/scheduler.js'

export interface Echo {
  readonly seq: number
  readonly data: Uint8Array
}

/** The session's side: what it does between two waits, without waiting. */
export interface FloodSteps {
  /** Something other than echoes and replies is to be done: the session's own loop sees to it. */
  readonly isSpecial: boolean
  /** Milliseconds until the next echo may go; null: now. */
  tokenWait(): number | null
  /** The next echo as it stands before the system call. */
  nextEcho(): Echo
  syscallUs(): number
  send(echo: Echo): Errno | null
  /** Takes a reply; false when there was none. */
  takeReply(): boolean
}

/** Resolves when the session must look: with why the last echo could not be sent, or null. */
export async function flood(proc: Process, stirrers: readonly Watchable[], steps: FloodSteps): Promise<Errno | null> {
  const why = await proc.wait<Errno | 'look'>((leave) => new FloodLane(proc, stirrers, steps, leave).stop)
  return why === 'look' ? null : why
}

class FloodLane {
  private timer: Timer | null = null
  private isSending = false
  private readonly deafen: readonly (() => void)[]

  constructor(
    private readonly proc: Process,
    stirrers: readonly Watchable[],
    private readonly steps: FloodSteps,
    private readonly leave: (why: Errno | 'look') => void,
  ) {
    this.deafen = stirrers.map((stirrer) => stirrer.watch(() => this.stirred()))
    this.next()
  }

  readonly stop = (): void => {
    this.timer?.cancel()
    for (const deafen of this.deafen) deafen()
  }

  private next(): void {
    const { steps, proc } = this
    if (steps.isSpecial || proc.state !== 'running') return this.leave('look')
    const waitMs = steps.tokenWait()
    if (waitMs !== null) {
      this.timer = proc.machine.sim.scheduler.after(waitMs * 1000, () => this.next())
      return
    }
    const echo = steps.nextEcho()
    this.isSending = true
    this.timer = proc.machine.sim.scheduler.after(steps.syscallUs(), () => this.sent(echo))
  }

  private sent(echo: Echo): void {
    this.isSending = false
    const errno = this.proc.state === 'running' ? this.steps.send(echo) : null
    if (errno !== null) this.leave(errno)
    else this.stirred(true)
  }

  /** A process in a system call hears of nothing until it comes back. */
  private stirred(isBack = false): void {
    if (this.isSending) return
    const { steps } = this
    if (steps.isSpecial || this.proc.state !== 'running') return this.leave('look')
    if (!steps.takeReply() && !isBack) return
    this.timer?.cancel()
    this.next()
  }
}
