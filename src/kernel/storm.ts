// A storm: frames that go round in a loop of bridges or switches, or multiply in one, and never let the queue of frames in flight run
// empty. A real machine burns a core on it and drops what is over netdev_max_backlog; here they get a share of virtual time, so that
// clocks, keys and all that is not in the loop go on. The kernel log of where they are says so: real kernels say nothing of a loop between
// switches, and only the bridge that gets its own frames back complains.
import { Copied } from '../sim/copied.js'
import type { Scheduler, Task } from '../sim/scheduler.js'
import { FrameRing } from './frame-ring.js'
import type { Kernel } from './kernel.js'
import type { NetDevice } from './netdev.js'
import type { Packet } from './packet.js'
import { drop } from './packet.js'
import type { Ledger } from './simulation.js'

/** A storm: the queue has not run empty for so many turns (100,000 hops), and what stands first in it has crossed so many devices. */
const TURNS = 5
const PASSES = 24
/** What a storm may do: so many hops in so much time, 20,000 a second. */
const STORM_HOPS = 200
const STORM_PAUSE_US = 10_000
/** net.core.netdev_max_backlog. */
const STORM_LONGEST = 1000

const KERN_WARNING = 4

export class Storm extends Copied implements Task {
  isOn = false
  private turns = 0
  private readonly ring = new FrameRing()
  /** Where frames of the storm have been: what comes there is part of it. */
  private readonly devices = new Set<NetDevice>()
  private readonly told = new Set<Kernel>()

  constructor(
    private readonly scheduler: Scheduler,
    private readonly ledger: Ledger,
  ) {
    super()
  }

  /** The queue has had its turn and is not empty; `dev` is where the next frame goes. */
  goesOn(pkt: Packet, dev: NetDevice): void {
    if (this.isOn || ++this.turns < TURNS || pkt.passes < PASSES) return
    this.isOn = true
    this.reaches(dev)
    this.scheduler.after(STORM_PAUSE_US, this)
  }

  ranEmpty(): void {
    this.turns = 0
  }

  /** False: the frame has nothing to do with the storm. Precondition: it is on. */
  takes(dev: NetDevice, pkt: Packet): boolean {
    if (!this.devices.has(dev)) {
      if (pkt.passes < PASSES) return false
      this.reaches(dev)
    }
    if (this.ring.count >= STORM_LONGEST) drop(pkt, 'BACKLOG_FULL', dev)
    else {
      this.ring.push(dev, pkt)
      this.ledger.held++
    }
    return true
  }

  fire(): void {
    const { ring, ledger } = this
    let budget = STORM_HOPS
    while (ring.count > 0 && budget-- > 0) {
      const pkt = ring.firstPacket
      const dev = ring.firstDevice
      ring.shift()
      ledger.held--
      dev.receive(pkt)
    }
    if (ring.count === 0) this.isOver()
    else this.scheduler.after(STORM_PAUSE_US, this)
  }

  private isOver(): void {
    this.isOn = false
    this.turns = 0
    for (const kernel of this.told) kernel.log(KERN_WARNING, 'netlab: frame storm: is over')
    this.told.clear()
    this.devices.clear()
  }

  private reaches(dev: NetDevice): void {
    this.devices.add(dev)
    const { kernel } = dev.netns
    if (this.told.has(kernel)) return
    this.told.add(kernel)
    kernel.log(
      KERN_WARNING,
      `netlab: frame storm: frames have passed through ${dev.name} without end (a loop of bridges or switches?); ` +
        `from now on ${(STORM_HOPS * 1e6) / STORM_PAUSE_US} hops a second and ${STORM_LONGEST} frames in flight`,
    )
  }
}
