// What all machines of one lab share: the clock, chance, the queue of frames in flight, and the ledger that no packet escapes.
import { Copied } from '../sim/copied.js'
import { Random } from '../sim/random.js'
import { type Future, Scheduler } from '../sim/scheduler.js'
import type { DropReason } from '../trace/drop-reason.js'
import type { PacketTrace } from '../trace/packet-trace.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import { Backlog, type WaitingFrames } from './backlog.js'
import type { NetDevice } from './netdev.js'
import type { Packet } from './packet.js'

/** Conservation: made + cloned = delivered + held + dropped (all reasons). */
export class Ledger extends Copied {
  made = 0
  cloned = 0
  delivered = 0
  /** In a queue right now: backlog, wire, unresolved neighbour, reassembly. */
  held = 0
  readonly dropped = new Map<DropReason, number>()

  get droppedTotal(): number {
    let total = 0
    for (const count of this.dropped.values()) total += count
    return total
  }
}

/** What waits while something is made up for that was at another time. */
export interface Present {
  readonly future: Future
  readonly frames: WaitingFrames
}

export class Simulation extends Copied {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly backlog: Backlog
  readonly ledger = new Ledger()
  /** How often the clock has been set back and not gone on yet. */
  past = 0
  /** Asked once per packet made, with the trace of the packet that caused it where that is known; null: nobody listens. */
  tracer: ((pkt: Packet, cause: PacketTrace | null) => PacketTrace | null) | null = null
  /** Told of each frame that a capture has taken, after its filter; null: nobody listens. */
  captured: ((dev: NetDevice, direction: 'in' | 'out', frame: EthernetFrame) => void) | null = null

  constructor(seed: string | number = 1, scheduler = new Scheduler()) {
    super()
    this.scheduler = scheduler
    this.random = new Random(seed)
    this.backlog = new Backlog(scheduler, this.ledger)
  }

  get nowUs(): number {
    return this.scheduler.nowUs
  }

  /** It is time 0 once more: what is due and in flight waits for `goOn`. */
  setBack(): Present {
    this.past++
    return { future: this.scheduler.setBack(), frames: this.backlog.putAside() }
  }

  /** Precondition: all that was due before that time has been. */
  goOn({ future, frames }: Present): void {
    this.past--
    this.scheduler.goOn(future)
    this.backlog.takeBack(frames)
  }
}
