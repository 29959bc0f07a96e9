// When the OVS agent looks at its switch: at the next turn of its loop behind something that happened, once for all that happened until then.
import type { Agent } from '../../agent.js'
import { AgentError } from '../../agent.js'

/** polling_interval */
const POLL_US = 2_000_000

export class PollLoop {
  private startedUs = 0
  private next: Promise<void> | null = null
  /** What the next round is for: objects by event. */
  private readonly reasons = new Map<string, Set<string>>()

  constructor(
    private readonly agent: Agent,
    private readonly round: () => Promise<void>,
  ) {}

  /** The turns count from here. */
  begin(): void {
    this.startedUs = this.now
  }

  /** Asks for one more round at the next turn. */
  wake(event: string, object: string | null): void {
    if (this.agent.proc.isDone) return
    const objects = this.reasons.get(event) ?? new Set<string>()
    this.reasons.set(event, objects)
    if (object !== null) objects.add(object)
    if (this.next !== null) return
    const since = (this.now - this.startedUs) % POLL_US
    this.next = this.agent.sleep(POLL_US - since).then(() => {
      this.next = null
      const events = [...this.reasons.keys()].join(', ')
      const about = [...this.reasons.values()].flatMap((names) => [...names]).join(', ')
      this.reasons.clear()
      return this.agent.enqueue(events, about === '' ? null : about, this.round).catch(forgive)
    })
  }

  /** Resolves when nobody waits for a round. */
  async settled(): Promise<void> {
    while (this.next !== null && !this.agent.proc.isDone) await this.next
  }

  private get now(): number {
    return this.agent.machine.sim.nowUs
  }
}

/** The agent has told syslog. */
export function forgive(error: unknown): void {
  if (!(error instanceof AgentError)) throw error
}
