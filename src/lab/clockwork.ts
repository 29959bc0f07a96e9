// Drives a lab's virtual time: lets everything that is runnable run, then takes the next event, and counts the steps for the journal.
import { loading } from '../node/loading.js'
import { wakes } from '../node/wakes.js'
import type { Scheduler } from '../sim/scheduler.js'

/** Why a drive ended: the condition held, time reached the limit, or nothing will ever happen again. */
export type DriveEnd = 'done' | 'limit' | 'deadlock'

/** How many events may pass without a look at the host, so that Ctrl-C and the screen stay alive. */
const BATCH = 20_000

/** Work that is to be done before the next event, while time stands still. */
export interface Interlude {
  readonly isDue: boolean
  run(): Promise<void>
}

export class Clockwork {
  /** Events taken since the lab was made; with the virtual time it pins an input's place exactly. */
  steps = 0
  private seen = -1
  private readonly outside = new Set<Promise<unknown>>()

  constructor(
    readonly scheduler: Scheduler,
    private readonly interlude: Interlude | null = null,
  ) {}

  /** Lets every process that can run, run until it waits. */
  async settle(): Promise<void> {
    await turn()
    while (this.outside.size > 0 || loading.isPending) {
      await Promise.all([...this.outside, loading.settled()])
      await turn()
    }
    while (this.interlude?.isDue === true) {
      await this.interlude.run()
      await turn()
    }
    this.seen = wakes.count
  }

  /** A process waits for something outside the lab (a probe on a copy): virtual time stands still until it has it. */
  hold<T>(work: Promise<T>): Promise<T> {
    const over = (): void => void this.outside.delete(held)
    const held: Promise<void> = work.then(over, over)
    this.outside.add(held)
    return work
  }

  /** Takes events until `isDone`; time never goes past `limitUs`. */
  async drive(isDone: () => boolean, limitUs: number): Promise<DriveEnd> {
    await this.settle()
    for (let sinceLook = 0; ; sinceLook++) {
      if (this.seen !== wakes.count || sinceLook >= BATCH) {
        await this.settle()
        sinceLook = 0
      }
      if (isDone()) return 'done'
      const next = this.scheduler.nextAtUs()
      if (next === null) return 'deadlock'
      if (next > limitUs) {
        this.scheduler.advanceTo(limitUs)
        return 'limit'
      }
      this.step()
    }
  }

  /** Everything due up to `atUs`, and then time stands there. */
  async driveTo(atUs: number): Promise<void> {
    await this.drive(() => false, atUs)
    this.scheduler.advanceTo(atUs)
  }

  /**
   * Takes events until `steps` have been taken in all: replays to an input's place. Never past its time: a journal of another build
   * may have had more events by then, and to make up their number would take hours of the lab.
   */
  async driveToStep(steps: number, atUs: number): Promise<void> {
    await this.drive(() => this.steps >= steps, atUs)
    this.scheduler.advanceTo(atUs)
  }

  step(): void {
    this.steps++
    this.scheduler.step()
  }

  /** True when a process was woken since the last look: settle before the next event. */
  get isStirred(): boolean {
    return this.seen !== wakes.count
  }
}

/** How many turns may pass before the host's event loop gets one. */
const TURNS = 256
let turns = 0

/**
 * Processes wait on virtual things only, so once the microtasks are gone nobody is runnable. A next tick comes after the last microtask
 * and costs a tenth of a round of the host's event loop, which is due now and then all the same. It must be asked for from a
 * microtask: asked for by an event's callback (a key, a timer) it would come before them.
 */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (++turns % TURNS === 0) setImmediate(resolve)
    // `queueMicrotask` would do as well, but makes an async resource each time.
    else void RESOLVED.then(() => process.nextTick(resolve))
  })
}

const RESOLVED = Promise.resolve()
