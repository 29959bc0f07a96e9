// Drives a lab's virtual time: lets everything that is runnable run, then takes the next event, and counts the steps for the journal.
import { wakes } from '../node/wakes.js'
import type { Scheduler } from '../sim/scheduler.js'

/** Why a drive ended: the condition held, time reached the limit, or nothing will ever happen again. */
export type DriveEnd = 'done' | 'limit' | 'deadlock'

/** How many events may pass without a look at the host, so that Ctrl-C and the screen stay alive. */
const BATCH = 20_000

export class Clockwork {
  /** Events taken since the lab was made; with the virtual time it pins an input's place exactly. */
  steps = 0
  private seen = -1

  constructor(readonly scheduler: Scheduler) {}

  /** Lets every process that can run, run until it waits. */
  async settle(): Promise<void> {
    // Processes wait on virtual things only, so once the microtasks are gone nobody is runnable.
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
    this.seen = wakes.count
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

  /** Takes events until `steps` have been taken in all: replays to an input's place. */
  async driveToStep(steps: number, atUs: number): Promise<void> {
    await this.drive(() => this.steps >= steps, Number.MAX_SAFE_INTEGER)
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
