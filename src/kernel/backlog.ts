// Frames that have left one device and wait to be received by the next: a ring, drained inside one scheduler event. What belongs to a storm
// waits in the storm's own ring, so that the others pass.
import { Copied } from '../sim/copied.js'
import type { Scheduler, Task } from '../sim/scheduler.js'
import { FrameRing } from './frame-ring.js'
import type { NetDevice } from './netdev.js'
import type { Packet } from './packet.js'
import { drop } from './packet.js'
import type { Ledger } from './simulation.js'
import { Storm } from './storm.js'

/** More frames in flight than this are a loop, not traffic. */
const LONGEST = 65_536
/** Hops within one instant of virtual time; a longer chain costs time, as it does on real machines. */
const BUDGET = 20_000
const PAUSE_US = 1000

export interface WaitingFrames {
  readonly ring: FrameRing
  readonly storm: Storm
  readonly scheduled: boolean
}

export class Backlog extends Copied implements Task {
  private ring = new FrameRing()
  private scheduled = false
  private storm: Storm

  constructor(
    private readonly scheduler: Scheduler,
    private readonly ledger: Ledger,
  ) {
    super()
    this.storm = new Storm(scheduler, ledger)
  }

  /** `dev` will receive `pkt` in its turn, at this same moment of virtual time. */
  push(dev: NetDevice, pkt: Packet): void {
    pkt.passes++
    if (this.storm.isOn && this.storm.takes(dev, pkt)) return
    if (this.ring.count >= LONGEST) return drop(pkt, 'BACKLOG_FULL', dev)
    this.ring.push(dev, pkt)
    this.ledger.held++
    if (!this.scheduled) {
      this.scheduled = true
      this.scheduler.after(0, this)
    }
  }

  /** Bounded per event, so that a storm of frames cannot keep the scheduler from everything else. */
  fire(): void {
    const { ring, ledger, storm } = this
    let budget = BUDGET
    while (ring.count > 0 && budget-- > 0) {
      const pkt = ring.firstPacket
      const dev = ring.firstDevice
      ring.shift()
      ledger.held--
      // What stood here when the storm was noticed.
      if (storm.isOn && storm.takes(dev, pkt)) continue
      dev.receive(pkt)
    }
    this.scheduled = ring.count > 0
    if (!this.scheduled) return storm.ranEmpty()
    storm.goesOn(ring.firstPacket, ring.firstDevice)
    this.scheduler.after(PAUSE_US, this)
  }

  /** Frames in flight wait for `takeBack`; the queue is empty until then. */
  putAside(): WaitingFrames {
    const { ring, storm, scheduled } = this
    this.ring = new FrameRing()
    this.storm = new Storm(this.scheduler, this.ledger)
    this.scheduled = false
    return { ring, storm, scheduled }
  }

  /** Precondition: the queue is empty. */
  takeBack({ ring, storm, scheduled }: WaitingFrames): void {
    this.ring = ring
    this.storm = storm
    this.scheduled = scheduled
  }

  get isEmpty(): boolean {
    return this.ring.count === 0 && !this.scheduled && !this.storm.isOn
  }
}
