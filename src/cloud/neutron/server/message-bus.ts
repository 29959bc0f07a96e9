// The message queue of the cloud: who listens on which host, and how long a message is under way.
import type { Simulation } from '../../../kernel/simulation.js'
import { wakes } from '../../../node/wakes.js'
import type { ComputeRpc, DhcpAgentRpc, L2AgentRpc, L3AgentRpc } from '../rpc.js'

/** One way through the queue, microseconds. */
const MESSAGE_US = 4_000

export class MessageBus {
  readonly l2 = new Map<string, L2AgentRpc>()
  readonly l3 = new Map<string, L3AgentRpc>()
  readonly dhcp = new Map<string, DhcpAgentRpc>()
  readonly computes = new Map<string, ComputeRpc>()
  /** Hosts whose agents only now get to what the others have known for long. */
  readonly late = new Set<string>()
  /** Messages that have been sent, ever: who waits for quiet sees whether there were new ones. */
  sent = 0
  private inFlight = 0
  private quiet: (() => void)[] = []

  constructor(private readonly sim: Simulation) {}

  /** Delivers after the way through the queue. */
  cast(deliver: () => void): void {
    this.sent++
    this.inFlight++
    this.sim.scheduler.after(MESSAGE_US, () => {
      wakes.count++
      deliver()
      this.landed()
    })
  }

  /** A question and its answer: `answer` is worked out when the question arrives. */
  call<T>(answer: () => T): Promise<T> {
    this.sent++
    this.inFlight++
    return new Promise((resolve, reject) => {
      this.sim.scheduler.after(2 * MESSAGE_US, () => {
        wakes.count++
        try {
          resolve(answer())
        } catch (error) {
          reject(error as Error)
        }
        this.landed()
      })
    })
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    if (this.inFlight === 0) return Promise.resolve()
    return new Promise((resolve) => this.quiet.push(resolve))
  }

  private landed(): void {
    this.inFlight--
    if (this.inFlight > 0) return
    const waiting = this.quiet
    this.quiet = []
    for (const resolve of waiting) resolve()
  }
}
