// What routers and the namespaces around them need of their agent, and what the agent asks of a router of any kind.
import type { Agent } from '../../agent.js'
import { type AgentContext, type ArpEntry, NOT_DISTRIBUTED, type RouterInfo } from '../rpc.js'

export type FloatingStatus = 'ACTIVE' | 'DOWN' | 'ERROR'

export interface RouterHost {
  readonly agent: Agent
  readonly context: AgentContext
  /** Work beside the agent's queue, such as repeated ARPs. */
  aside(work: () => Promise<void>): void
}

export interface Router {
  readonly id: string
  /** Before its first `process`. */
  create(info: RouterInfo): Promise<void>
  /** Brings everything to what `info` says; returns the floating addresses whose state is to be reported. */
  process(info: RouterInfo): Promise<ReadonlyMap<string, FloatingStatus>>
  /** Postcondition: nothing is left but what the release leaves. */
  delete(): Promise<void>
  /** Somebody on a subnet came or went; routers that are on one host ask by ARP. */
  setNeighbour(entry: ArpEntry, change: 'add' | 'del'): Promise<void>
}

/** What is left of a router that goes. */
export function emptyRouter(id: string): RouterInfo {
  return { ...NOT_DISTRIBUTED, id, name: '', adminStateUp: true, gateway: null, interfaces: [], floatingIps: [], routes: [] }
}
