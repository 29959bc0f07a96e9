// One OpenFlow table of a bridge: its flows, and a classifier over them.
import { Copied } from '../sim/copied.js'
import { Classifier } from './classifier.js'
import type { Flow } from './flow.js'
import type { FlowKey } from './flow-key.js'
import type { Match } from './match.js'

/** The last table: for the switch itself. Commands may read it, not write. */
export const INTERNAL_TABLE = 254
export const TABLES = 255

export class FlowTable extends Copied {
  private readonly classifier = new Classifier()
  /** In the order they were added. */
  readonly flows = new Set<Flow>()
  name: string | null = null
  private filings = 0
  lookups = 0
  matched = 0

  constructor(readonly id: number) {
    super()
  }

  get size(): number {
    return this.flows.size
  }

  /** In the order of listings. */
  list(): Flow[] {
    return [...this.classifier.list()]
  }

  insert(flow: Flow): void {
    this.flows.add(flow)
    this.classifier.insert(flow)
    flow.isAlive = true
    this.refile(flow)
  }

  /** A flow that changed goes to the end of its kind, as if it were new. */
  refile(flow: Flow): void {
    flow.filed = ++this.filings
  }

  remove(flow: Flow): void {
    if (!this.flows.delete(flow)) return
    this.classifier.remove(flow)
    flow.isAlive = false
  }

  exact(match: Match, priority: number): Flow | null {
    return this.classifier.exact(match.key, match.mask, priority)
  }

  lookup(key: FlowKey, wildcards: FlowKey | null): Flow | null {
    return this.classifier.lookup(key, wildcards)
  }
}
