// Priorities of the policy rules of floating addresses. The real agent takes them out of a set of strings, whose hashes Python 3 draws anew
// for each process: any of them may come.
import type { Agent } from '../../agent.js'
import { ItemAllocator, type ItemText, type Pool } from './item-allocator.js'

const FIRST = 32_768
const COUNT = 40_000

const TEXT: ItemText<number> = {
  name: "<class 'neutron.agent.l3.fip_rule_priority_allocator.FipPriority'>",
  format: String,
  parse: (text) => (/^\d+$/.test(text) ? Number(text) : null),
}

class PrioritySet implements Pool<number> {
  private readonly taken = new Set<number>()

  constructor(private readonly below: (count: number) => number) {}

  take(priority: number): void {
    this.taken.add(priority)
  }

  pop(): number | null {
    if (this.taken.size >= COUNT) return null
    let priority: number
    do priority = FIRST + this.below(COUNT)
    while (this.taken.has(priority))
    this.taken.add(priority)
    return priority
  }

  giveBack(priority: number): void {
    this.taken.delete(priority)
  }
}

/** By floating address. */
export class RulePriorities extends ItemAllocator<number> {
  constructor(agent: Agent) {
    super(agent, 'fip-priorities', TEXT, new PrioritySet((count) => agent.machine.kernel.random.below(count)))
  }
}
