// Frames that have left one device and wait to be received by the next: a ring, drained inside one scheduler event.
import { Copied } from '../sim/copied.js'
import type { Scheduler, Task } from '../sim/scheduler.js'
import type { NetDevice } from './netdev.js'
import type { Packet } from './packet.js'
import { drop } from './packet.js'
import type { Ledger } from './simulation.js'
import { STORM_HOPS, STORM_LONGEST, STORM_PAUSE_US, Storm } from './storm.js'

const FIRST_SIZE = 256
/** More frames in flight than this are a loop, not traffic. */
const LONGEST = 65_536
/** Hops within one instant of virtual time; a longer chain costs time, as it does on real machines. */
const BUDGET = 20_000
const PAUSE_US = 1000

export interface WaitingFrames {
  readonly packets: (Packet | null)[]
  readonly devices: (NetDevice | null)[]
  readonly head: number
  readonly count: number
  readonly scheduled: boolean
}

export class Backlog extends Copied implements Task {
  private packets: (Packet | null)[] = new Array<Packet | null>(FIRST_SIZE).fill(null)
  private devices: (NetDevice | null)[] = new Array<NetDevice | null>(FIRST_SIZE).fill(null)
  private head = 0
  private count = 0
  private scheduled = false
  private readonly storm = new Storm()

  constructor(
    private readonly scheduler: Scheduler,
    private readonly ledger: Ledger,
  ) {
    super()
  }

  /** `dev` will receive `pkt` in its turn, at this same moment of virtual time. */
  push(dev: NetDevice, pkt: Packet): void {
    if (this.storm.isOn && this.count >= STORM_LONGEST) return drop(pkt, 'BACKLOG_FULL', dev)
    if (this.count === this.packets.length) {
      if (this.count >= LONGEST) return drop(pkt, 'BACKLOG_FULL', dev)
      this.grow()
    }
    const at = (this.head + this.count) & (this.packets.length - 1)
    this.packets[at] = pkt
    this.devices[at] = dev
    pkt.passes++
    this.count++
    this.ledger.held++
    if (!this.scheduled) {
      this.scheduled = true
      this.scheduler.after(0, this)
    }
  }

  /** Bounded per event, so that a storm of frames cannot keep the scheduler from everything else. */
  fire(): void {
    let budget = this.storm.isOn ? STORM_HOPS : BUDGET
    while (this.count > 0 && budget-- > 0) {
      const at = this.head
      const pkt = this.packets[at]!
      const dev = this.devices[at]!
      this.packets[at] = null
      this.devices[at] = null
      this.head = (at + 1) & (this.packets.length - 1)
      this.count--
      this.ledger.held--
      dev.receive(pkt)
    }
    this.scheduled = this.count > 0
    if (!this.scheduled) return this.storm.isOver()
    this.storm.goesOn(this.packets[this.head]!, this.devices[this.head]!)
    this.scheduler.after(this.storm.isOn ? STORM_PAUSE_US : PAUSE_US, this)
  }

  /** Frames in flight wait for `takeBack`; the queue is empty until then. */
  putAside(): WaitingFrames {
    const { packets, devices, head, count, scheduled } = this
    this.packets = new Array<Packet | null>(FIRST_SIZE).fill(null)
    this.devices = new Array<NetDevice | null>(FIRST_SIZE).fill(null)
    this.head = this.count = 0
    this.scheduled = false
    return { packets, devices, head, count, scheduled }
  }

  /** Precondition: the queue is empty. */
  takeBack({ packets, devices, head, count, scheduled }: WaitingFrames): void {
    this.packets = packets
    this.devices = devices
    this.head = head
    this.count = count
    this.scheduled = scheduled
  }

  get isEmpty(): boolean {
    return this.count === 0 && !this.scheduled
  }

  private grow(): void {
    const size = this.packets.length
    const packets = new Array<Packet | null>(size * 2).fill(null)
    const devices = new Array<NetDevice | null>(size * 2).fill(null)
    for (let i = 0; i < this.count; i++) {
      packets[i] = this.packets[(this.head + i) & (size - 1)]!
      devices[i] = this.devices[(this.head + i) & (size - 1)]!
    }
    this.packets = packets
    this.devices = devices
    this.head = 0
  }
}
