// Writes flows as an agent's release does: one ovs-ofctl command a flow until Mitaka, messages to the switch later.
import { python2Order } from '../../python2-order.js'
import type { OvsTools } from './ovs-tools.js'

/** In the words of ovs-ofctl; `actions` too when something is added or changed. */
export type FlowWords = Readonly<Record<string, string | number>>

type Verb = 'add' | 'mod' | 'del'

/** A value without its key: `arp`. */
const BARE = 'proto'

/**
 * ovs_lib of Icehouse: added flows carry timeouts and a priority (1 when none is said), others must not. A batch goes out as
 * three commands, one for each verb.
 */
export class CommandFlowWriter {
  private batch: Map<string, Map<Verb, string[]>> | null = null

  constructor(private readonly tools: OvsTools) {}

  add(bridge: string, flow: FlowWords): Promise<void> {
    return this.send(bridge, 'add', flow)
  }

  modify(bridge: string, flow: FlowWords): Promise<void> {
    return this.send(bridge, 'mod', flow)
  }

  remove(bridge: string, match: FlowWords): Promise<void> {
    return this.send(bridge, 'del', match)
  }

  async removeAll(bridge: string): Promise<void> {
    await this.tools.ofctl(['del-flows', bridge])
  }

  defer(): void {
    this.batch = new Map()
  }

  async flush(): Promise<void> {
    const { batch } = this
    this.batch = null
    for (const [bridge, verbs] of batch ?? []) {
      for (const verb of python2Order(['add', 'mod', 'del']) as Verb[]) {
        const lines = verbs.get(verb)
        if (lines !== undefined) await this.tools.ofctl([`${verb}-flows`, bridge, '-'], `${lines.join('\n')}\n`)
      }
    }
  }

  private async send(bridge: string, verb: Verb, flow: FlowWords): Promise<void> {
    const text = commandText(verb, flow)
    if (this.batch === null) {
      await this.tools.ofctl([verb === 'add' ? 'add-flow' : `${verb}-flows`, bridge, text])
      return
    }
    const verbs = this.batch.get(bridge) ?? new Map<Verb, string[]>()
    this.batch.set(bridge, verbs)
    verbs.set(verb, [...(verbs.get(verb) ?? []), text])
  }
}

/** The words in the order in which Python 2 walks over the arguments that the agent's code passes. */
function commandText(verb: Verb, flow: FlowWords): string {
  const { hard_timeout = 0, idle_timeout = 0, priority = 1 } = flow
  const head = verb === 'add' ? [`hard_timeout=${hard_timeout}`, `idle_timeout=${idle_timeout}`, `priority=${priority}`] : []
  const apart = new Set(['hard_timeout', 'idle_timeout', 'priority', 'actions'])
  const rest = python2Order(Object.keys(flow))
    .filter((key) => !apart.has(key))
    .map((key) => (key === BARE ? String(flow[key]) : `${key}=${flow[key]}`))
  const tail = flow.actions === undefined ? [] : [`actions=${flow.actions}`]
  return [...head, ...rest, ...tail].join(',')
}

interface Message {
  readonly bridge: string
  readonly verb: 'add' | 'del' | 'strict'
  readonly line: string
}

/** Messages to the switch, held back until `flush`: those of one kind in a row for a bridge go out together. */
export class NativeFlowWriter {
  private readonly queue: Message[] = []

  constructor(
    private readonly tools: OvsTools,
    private readonly cookieOf: (bridge: string) => string,
  ) {}

  add(bridge: string, flow: FlowWords): void {
    this.queue.push({ bridge, verb: 'add', line: `cookie=${this.cookieOf(bridge)},${nativeText(flow)}` })
  }

  /** Only what this agent wrote since it started. */
  remove(bridge: string, match: FlowWords): void {
    this.queue.push({ bridge, verb: 'del', line: `cookie=${this.cookieOf(bridge)}/-1,${nativeText(match)}` })
  }

  /** The one row with this very match and priority. */
  removeStrictly(bridge: string, match: FlowWords): void {
    this.queue.push({ bridge, verb: 'strict', line: `cookie=${this.cookieOf(bridge)}/-1,${nativeText(match)}` })
  }

  async flush(): Promise<void> {
    const byBridge = new Map<string, Message[]>()
    for (const message of this.queue.splice(0)) {
      const before = byBridge.get(message.bridge)
      if (before === undefined) byBridge.set(message.bridge, [message])
      else before.push(message)
    }
    for (const messages of byBridge.values()) await this.send(messages)
  }

  /** All for one bridge, in their order. */
  private async send(messages: Message[]): Promise<void> {
    while (messages.length > 0) {
      const { bridge, verb } = messages[0]!
      const end = messages.findIndex((row) => row.verb !== verb)
      const rows = messages.splice(0, end < 0 ? messages.length : end)
      const command = verb === 'strict' ? ['--strict', 'del-flows'] : [`${verb}-flows`]
      await this.tools.ofctl([...command, bridge, '-'], rows.map(({ line }) => `${line}\n`).join(''))
    }
  }
}

function nativeText(flow: FlowWords): string {
  const { actions, ...match } = flow
  const parts = Object.entries(match).map(([key, value]) => (key === BARE ? String(value) : `${key}=${value}`))
  return [...parts, ...(actions === undefined ? [] : [`actions=${actions}`])].join(',')
}
