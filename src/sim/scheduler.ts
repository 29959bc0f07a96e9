// Virtual time: the only source of "now" and of order below lab/. Events run by time, ties by the order they were made in.

import { Copied } from './copied.js'
import type { CopyRules } from './copier.js'

/** A pending event. `cancel` is idempotent and cheap. */
export interface Timer {
  readonly atUs: number
  cancel(): void
}

/**
 * What runs when its time has come. Timers of the packet world are objects, so that a copy of the world can have them too; a function is
 * for the world outside (processes, agents), and no copy has it.
 */
export interface Task {
  fire(): void
}

class Nothing extends Copied implements Task {
  fire(): void {}
}
const NOTHING = new Nothing()
/** As many events are looked through for cancelled ones, and whenever twice as many are left. */
const SWEEP_AT = 1024

class Event extends Copied implements Timer {
  cancelled = false
  constructor(
    readonly atUs: number,
    readonly sequence: number,
    public run: Task | (() => void),
  ) {
    super()
  }
  /** It may lie in the heap for long: whom it would have woken (a process that has ended) is let go. */
  cancel(): void {
    this.cancelled = true
    this.run = NOTHING
  }
}

/** What was still to come when a clock was set back. */
export interface Future {
  readonly nowUs: number
  readonly heap: readonly Event[]
  readonly soon: readonly (Event | null)[]
}

function before(a: Event, b: Event): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.sequence < b.sequence)
}

export class Scheduler extends Copied {
  /** Microseconds since the lab was switched on. */
  nowUs = 0
  private sequence = 0
  private readonly heap: Event[] = []
  private sweepAt = SWEEP_AT
  /** Events of this very moment, in their order: what a packet sets off needs no place in the heap. Those before `head` are done. */
  private readonly soon: (Event | null)[] = []
  private head = 0

  /** A time in the past means now, as does one that is no number: time itself must stay one. */
  at(atUs: number, run: Task | (() => void)): Timer {
    const isNow = !(atUs > this.nowUs)
    const event = new Event(isNow ? this.nowUs : atUs, this.sequence++, run)
    if (isNow) {
      this.soon.push(event)
      return event
    }
    if (this.heap.length >= this.sweepAt) this.sweep()
    this.push(event)
    return event
  }

  after(delayUs: number, run: Task | (() => void)): Timer {
    return this.at(this.nowUs + delayUs, run)
  }

  /** Time of the next event, null when nothing is due ever. */
  nextAtUs(): number | null {
    this.dropCancelled()
    if (this.head < this.soon.length) return this.nowUs
    return this.heap.length === 0 ? null : this.heap[0]!.atUs
  }

  /** Runs the next event and moves time to it. False when there was none. */
  step(): boolean {
    this.dropCancelled()
    const event = this.takeSoon() ?? this.pop()
    if (event === null) return false
    this.nowUs = event.atUs
    const { run } = event
    if (typeof run === 'function') run()
    else run.fire()
    return true
  }

  /** Moves time on without running anything; never past the next event. */
  advanceTo(atUs: number): void {
    const next = this.nextAtUs()
    const limit = next === null ? atUs : Math.min(atUs, next)
    if (limit > this.nowUs) this.nowUs = limit
  }

  /** Runs all that is due up to and including `atUs`, then stands at that time. */
  runUntil(atUs: number): void {
    for (;;) {
      const next = this.nextAtUs()
      if (next === null || next > atUs) break
      this.step()
    }
    this.advanceTo(atUs)
  }

  /** It is time 0 once more, and nothing is due: what was to come waits for `goOn`. */
  setBack(): Future {
    const future = { nowUs: this.nowUs, heap: this.heap.splice(0), soon: this.soon.splice(0).slice(this.head) }
    this.head = 0
    this.nowUs = 0
    return future
  }

  /** Back in the time of `future`, with its events and those that have been added in the meantime. Precondition: nothing is due before. */
  goOn({ nowUs, heap, soon }: Future): void {
    this.nowUs = nowUs
    for (const event of heap) this.push(event)
    this.soon.splice(0, 0, ...soon)
  }

  private dropCancelled(): void {
    while (this.heap.length > 0 && this.heap[0]!.cancelled) this.pop()
    while (this.head < this.soon.length && this.soon[this.head]!.cancelled) this.shift()
  }

  /** Timeouts that were never needed do not wait for their time. A sorted array is a heap. */
  private sweep(): void {
    const { heap } = this
    let kept = 0
    for (const event of heap) if (!event.cancelled) heap[kept++] = event
    heap.length = kept
    heap.sort((a, b) => (before(a, b) ? -1 : 1))
    this.sweepAt = Math.max(SWEEP_AT, 2 * kept)
  }

  /** The next event of this moment, unless one in the heap is due now and older. */
  private takeSoon(): Event | null {
    if (this.head === this.soon.length) return null
    if (this.heap.length > 0 && before(this.heap[0]!, this.soon[this.head]!)) return null
    return this.shift()
  }

  private shift(): Event | null {
    const event = this.soon[this.head]!
    this.soon[this.head++] = null
    if (this.head === this.soon.length) {
      this.soon.length = 0
      this.head = 0
    }
    return event
  }

  private push(event: Event): void {
    const heap = this.heap
    let i = heap.length
    heap.push(event)
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(event, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = event
  }

  private pop(): Event | null {
    const heap = this.heap
    const top = heap[0]
    if (top === undefined) return null
    const last = heap.pop()!
    if (heap.length === 0) return top
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
    return top
  }
}

/** For copies: events of the world outside (functions) have no part in it. */
export const schedulerRules = (rules: CopyRules): CopyRules =>
  rules.fields(Scheduler, {
    // A sorted array is a heap.
    heap: (value, copier) => {
      const kept = (value as Event[]).filter(isOfPackets)
      return kept.sort((a, b) => (before(a, b) ? -1 : 1)).map((event) => copier.copy(event))
    },
    soon: (value, copier) => (value as (Event | null)[]).filter(isOfPackets).map((event) => copier.copy(event)),
    head: () => 0,
  })

function isOfPackets(event: Event | null): event is Event {
  return event !== null && !event.cancelled && typeof event.run !== 'function'
}
