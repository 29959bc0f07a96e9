// What a process waits for: promises that resolve through the lab's events alone, and that the end of the process rejects.
import type { Scheduler, Timer } from '../sim/scheduler.js'

/** Where a wait that is over goes on: at once, or when the process runs again. */
export type Resume = (finish: () => void) => void

export class Waits {
  private readonly pending = new Set<(error: Error) => void>()
  private computing = 0

  constructor(
    private readonly scheduler: Scheduler,
    private readonly resume: Resume,
  ) {}

  get areAny(): boolean {
    return this.pending.size > 0
  }

  /** Something is waited for, and nothing is being computed. */
  get areIdle(): boolean {
    return this.computing === 0 && this.pending.size > 0
  }

  /** Resolves with what `register` hands on, or null after `timeoutUs`. */
  // biome-ignore lint/suspicious/noConfusingVoidType: who registers may give nothing back
  wait<T>(register: (resolve: (value: T) => void) => (() => void) | void, timeoutUs?: number): Promise<T | null> {
    const promise = new Promise<T | null>((resolve, reject) => {
      let isSettled = false
      // biome-ignore lint/suspicious/noConfusingVoidType: who registers may give nothing back
      let cancel: (() => void) | void
      let timer: Timer | null = null
      const settle = (finish: () => void): void => {
        if (isSettled) return
        isSettled = true
        this.pending.delete(abort)
        timer?.cancel()
        cancel?.()
        this.resume(finish)
      }
      const abort = (error: Error): void => settle(() => reject(error))
      this.pending.add(abort)
      if (timeoutUs !== undefined) timer = this.scheduler.after(timeoutUs, () => settle(() => resolve(null)))
      cancel = register((value) => settle(() => resolve(value)))
      if (isSettled) cancel?.()
    })
    promise.catch(ignore)
    return promise
  }

  /** Waits for time alone: `wait` without what only others need, for it stands on the way of every packet that a program sends. */
  pass(us: number, isComputing: boolean): Promise<void> {
    if (isComputing) this.computing++
    const promise = new Promise<void>((resolve, reject) => {
      const end = (finish: () => void): void => {
        this.pending.delete(abort)
        if (isComputing) this.computing--
        this.resume(finish)
      }
      const timer = this.scheduler.after(us, () => end(resolve))
      const abort = (error: Error): void => {
        timer.cancel()
        end(() => reject(error))
      }
      this.pending.add(abort)
    })
    promise.catch(ignore)
    return promise
  }

  /** Every wait rejects. */
  abort(error: Error): void {
    for (const each of [...this.pending]) each(error)
  }
}

/** A wait that nobody awaits may be rejected without harm. */
function ignore(): void {}
