// Nodes of a large cloud that nobody has touched yet: who asks for one, has it.
import type { Pacer } from './pacer.js'
import type { World } from './world.js'

interface Waker {
  world(): World
  /** After what a person asked for before. */
  queued(work: () => Promise<void>): Promise<void>
}

export class Waking {
  constructor(
    private readonly lab: Waker,
    private readonly pace: Pacer,
  ) {}

  get names(): readonly string[] {
    return this.lab.world().asleep
  }

  /** Makes a node that sleeps, or the one with the server of this name, as if it had been there from the start. No time passes. */
  async wake(name: string): Promise<void> {
    if (this.lab.world().bedOf(name) === null) return
    if (this.pace.isRunning) await this.rouse(name)
    else await this.lab.queued(() => this.rouse(name))
  }

  /** The same, for who has the lab's time in hand. */
  async rouse(name: string): Promise<void> {
    const world = this.lab.world()
    const node = world.bedOf(name)
    if (node === null) return
    const awake = world.awake(node)
    if (this.pace.isRunning) this.pace.kick()
    else await world.clockwork.settle()
    await awake
  }

  /** A probe in a copy came to nodes that sleep, or is to begin or end at one of these names. */
  isNear(names: readonly string[]): boolean {
    const world = this.lab.world()
    return world.isRoused || names.some((name) => world.bedOf(name) !== null)
  }

  /** Wakes those whom a probe came by, and these. Precondition: time stands still, as it does for a word that works outside the lab. */
  wakeAtOnce(names: readonly string[]): Promise<void> {
    return this.lab.world().wakeAtOnce(names)
  }
}
