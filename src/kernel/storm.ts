// A storm: frames that go round in a loop of bridges or switches, or multiply in one, and never let the queue of frames in flight run
// empty. A real machine burns a core on it and drops what is over netdev_max_backlog; here they get a share of virtual time, so that
// clocks, keys and all that is not in the loop go on. The kernel log of where they are says so: real kernels say nothing of a loop between
// switches, and only the bridge that gets its own frames back complains.
import { Copied } from '../sim/copied.js'
import type { NetDevice } from './netdev.js'
import type { Packet } from './packet.js'

/** A storm: the queue has not run empty for so many turns (100,000 hops), and what stands first in it has crossed so many devices. */
const TURNS = 5
const PASSES = 24
/** What a storm may do: so many hops in so much time, 20,000 a second. */
export const STORM_HOPS = 200
export const STORM_PAUSE_US = 10_000
/** net.core.netdev_max_backlog. */
export const STORM_LONGEST = 1000

const KERN_WARNING = 4

export class Storm extends Copied {
  isOn = false
  private turns = 0
  private where: NetDevice | null = null

  /** The queue has had its turn and is not empty; `dev` is where the next frame goes. */
  goesOn(pkt: Packet, dev: NetDevice): void {
    if (this.isOn || ++this.turns < TURNS || pkt.passes < PASSES) return
    this.isOn = true
    this.where = dev
    this.tell(
      `frame storm: frames have passed through ${dev.name} without end (a loop of bridges or switches?); ` +
        `from now on ${(STORM_HOPS * 1e6) / STORM_PAUSE_US} hops a second and ${STORM_LONGEST} frames in flight`,
    )
  }

  isOver(): void {
    this.turns = 0
    if (!this.isOn) return
    this.isOn = false
    this.tell('frame storm: is over')
    this.where = null
  }

  private tell(text: string): void {
    this.where?.netns.kernel.log(KERN_WARNING, `netlab: ${text}`)
  }
}
