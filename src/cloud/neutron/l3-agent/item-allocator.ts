// Numbers that the L3 agent gives out and remembers in a file on its node, so that a new process of it changes nothing (key,value lines).
import { type Agent, AgentError } from '../../agent.js'
import { readFile } from '../namespace.js'

export const STATE_PATH = '/var/lib/neutron'

/** What is free. */
export interface Pool<Item> {
  /** Of those that the file names. */
  take(item: Item): void
  /** Null: nothing is left. */
  pop(): Item | null
  giveBack(item: Item): void
}

export interface ItemText<Item> {
  /** As the agent's errors call it. */
  readonly name: string
  format(item: Item): string
  /** Null for what is no item. */
  parse(text: string): Item | null
}

export class ItemAllocator<Item> {
  private readonly path: string
  private readonly allocations = new Map<string, Item>()
  /** From the file, not asked for yet. */
  private readonly remembered = new Map<string, Item>()

  constructor(
    private readonly agent: Agent,
    file: string,
    private readonly text: ItemText<Item>,
    private readonly pool: Pool<Item>,
  ) {
    this.path = `${STATE_PATH}/${file}`
    if (!this.read()) this.write()
    for (const item of this.remembered.values()) pool.take(item)
  }

  /** False: some line was none. */
  private read(): boolean {
    const lines = readFile(this.agent, this.path)?.split('\n') ?? []
    let isClean = true
    for (const line of lines) {
      if (line === '') continue
      const [key = '', value = '', ...surplus] = line.trim().split(',')
      const item = surplus.length > 0 ? null : this.text.parse(value)
      if (item === null) isClean = false
      else this.remembered.set(key, item)
    }
    return isClean
  }

  lookup(key: string): Item | null {
    const present = this.allocations.get(key)
    if (present !== undefined) return present
    const remembered = this.remembered.get(key)
    if (remembered === undefined) return null
    this.remembered.delete(key)
    this.allocations.set(key, remembered)
    return remembered
  }

  allocate(key: string): Item {
    const present = this.lookup(key)
    if (present !== null) return present
    const item = this.pop()
    if (item === null) throw new AgentError(`Cannot allocate item of type: ${this.text.name} from pool using file ${this.path}`)
    this.allocations.set(key, item)
    this.write()
    return item
  }

  /** When nothing is left, what the file only remembers is given up. */
  private pop(): Item | null {
    const item = this.pool.pop()
    if (item !== null || this.remembered.size === 0) return item
    for (const old of this.remembered.values()) this.pool.giveBack(old)
    this.remembered.clear()
    return this.pool.pop()
  }

  release(key: string): void {
    const item = this.lookup(key)
    if (item === null) return
    this.allocations.delete(key)
    this.pool.giveBack(item)
    this.write()
  }

  private write(): void {
    const lines = [...this.allocations, ...this.remembered].map(([key, item]) => `${key},${this.text.format(item)}\n`)
    this.agent.write(this.path, lines.join(''))
  }
}
