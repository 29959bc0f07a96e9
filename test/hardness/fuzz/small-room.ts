// Rooms whose cases go into one small lab, which they look at again now and then and in the end.
import type { Chance } from './chance.js'
import type { OpenRoom, Site } from './room.js'
import type { SmallLab } from './small-lab.js'

export abstract class SmallRoom implements OpenRoom {
  private cases = 0

  constructor(
    protected readonly site: Site,
    protected readonly small: SmallLab,
  ) {}

  abstract run(chance: Chance): Promise<string[]>

  async close(): Promise<string[]> {
    const found = await this.small.canary()
    this.small.lab.close()
    return found
  }

  /** True at one case in `every`. Asked once a case. */
  protected isTurn(every: number): boolean {
    return ++this.cases % every === 0
  }
}

/** A line that makes rules for packets, then packets; what is shown of the rules is given back now and then. */
export abstract class RulesRoom extends SmallRoom {
  protected abstract readonly twinEvery: number
  protected abstract line(chance: Chance): string
  protected abstract send(chance: Chance): void
  protected abstract twin(): Promise<string[]>

  async run(chance: Chance): Promise<string[]> {
    const line = this.line(chance)
    this.site.note(line)
    const found = this.small.faults(await this.small.run(line))
    this.send(chance)
    await this.small.lab.advance(0.01)
    found.push(...this.small.imbalance(), ...this.small.lab.takeBugs())
    if (this.isTurn(this.twinEvery)) found.push(...(await this.twin()), ...(await this.small.canary()))
    return found
  }
}
