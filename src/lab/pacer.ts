// Lets virtual time follow the wall clock for a person: one host timer for the next due event, none when nothing is due.
import type { Clockwork } from './clockwork.js'

/** Virtual seconds per second of the wall clock; 0 is a standing clock. */
export type Speed = 0 | 1 | 10 | 100

/** Work longer than this at a stretch gives the screen a turn. */
const TURN_MS = 12
/** When the lab falls this far behind the wall clock, virtual time slows down instead of racing after it. */
const MAX_LAG_MS = 250
const MAX_TIMER_MS = 60_000

export class Pacer {
  private currentSpeed: Speed = 1
  private running = false
  private pumping = false
  private isPumpWanted = false
  private timer: NodeJS.Timeout | null = null
  private baseWallMs = 0
  private baseUs = 0
  private readonly idleListeners = new Set<() => void>()

  private clockwork!: Clockwork

  constructor(
    private readonly onSpeed: (speed: Speed) => void,
    private readonly wallMs: () => number = () => performance.now(),
  ) {}

  get speed(): Speed {
    return this.running ? this.currentSpeed : 0
  }

  get isRunning(): boolean {
    return this.running
  }

  /** What the virtual clock shows a person right now, between events too. */
  get nowUs(): number {
    return this.running ? Math.max(this.clockwork.scheduler.nowUs, this.targetUs()) : this.clockwork.scheduler.nowUs
  }

  start(speed: Speed = this.currentSpeed || 1): void {
    this.catchUp()
    this.currentSpeed = speed
    this.running = true
    this.rebase()
    this.onSpeed(speed)
    this.kick()
  }

  stop(): void {
    if (!this.running) return
    this.catchUp()
    this.running = false
    this.clearTimer()
    this.onSpeed(0)
  }

  /** Time moves up to now, at most to the next event. Call before an input is taken. */
  catchUp(): void {
    if (this.running) this.clockwork.scheduler.advanceTo(this.targetUs())
  }

  /** Something became runnable or due: look at it in this turn. */
  kick(): void {
    this.isPumpWanted = true
    if (!this.pumping) void this.pump()
  }

  /** Waits until nothing is runnable or due. */
  idle(): Promise<void> {
    if (!this.pumping) return Promise.resolve()
    return new Promise((resolve) => {
      this.idleListeners.add(resolve)
    })
  }

  /** Another world took the place of the old one (reset, undo). */
  moveTo(clockwork: Clockwork): void {
    this.clockwork = clockwork
    this.rebase()
    this.kick()
  }

  private async pump(): Promise<void> {
    this.pumping = true
    this.clearTimer()
    while (this.isPumpWanted) {
      this.isPumpWanted = false
      await this.runDue()
    }
    this.pumping = false
    this.setTimer()
    const listeners = [...this.idleListeners]
    this.idleListeners.clear()
    for (const listener of listeners) listener()
  }

  private async runDue(): Promise<void> {
    const clockwork = this.clockwork
    let turnEndsMs = this.wallMs() + TURN_MS
    let hostTurnMs = turnEndsMs
    await clockwork.settle()
    while (clockwork === this.clockwork) {
      const next = clockwork.scheduler.nextAtUs()
      // A standing clock still lets what is due at this very moment happen.
      const target = this.running ? this.targetUs() : clockwork.scheduler.nowUs
      if (next === null || next > target) break
      clockwork.step()
      if (clockwork.isStirred || this.wallMs() > turnEndsMs) {
        await clockwork.settle()
        // A process that never rests (yes) wakes somebody at every step: keys and screen must come in between.
        if (this.wallMs() > hostTurnMs) {
          await hostTurn()
          hostTurnMs = this.wallMs() + TURN_MS
        }
        turnEndsMs = this.wallMs() + TURN_MS
        this.forgiveLag()
      }
    }
    this.catchUp()
  }

  private targetUs(): number {
    return this.baseUs + Math.floor((this.wallMs() - this.baseWallMs) * 1000 * this.currentSpeed)
  }

  private rebase(): void {
    this.baseWallMs = this.wallMs()
    this.baseUs = this.clockwork.scheduler.nowUs
  }

  private forgiveLag(): void {
    if (this.targetUs() - this.clockwork.scheduler.nowUs > MAX_LAG_MS * 1000 * this.currentSpeed) this.rebase()
  }

  private setTimer(): void {
    const next = this.running && this.currentSpeed > 0 ? this.clockwork.scheduler.nextAtUs() : null
    if (next === null) return
    const delayMs = Math.ceil((next - this.targetUs()) / 1000 / this.currentSpeed)
    this.timer = setTimeout(() => this.kick(), Math.min(MAX_TIMER_MS, Math.max(1, delayMs)))
    this.timer.unref()
  }

  private clearTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }
}

function hostTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
