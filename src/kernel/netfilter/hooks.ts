// Where packets meet netfilter: the five hooks of one namespace and the functions that hang on them by priority.
import { Copied } from '../../sim/copied.js'
import { Ipv4Packet } from '../../wire/ipv4.js'
import type { NetDevice } from '../netdev.js'
import type { NetNamespace } from '../netns.js'
import type { Packet } from '../packet.js'
import { drop } from '../packet.js'
import type { HookNote } from '../trace-notes.js'
import { Conntrack } from './conntrack.js'
import { runTable } from './evaluate.js'
import type { Hook, HookFunction, Verdict } from './hook-state.js'
import { HookState, hookNumber } from './hook-state.js'
import { IpSets } from './ipset.js'
import type { Table } from './table.js'
import { Tables } from './tables.js'

function note({ netns, hook, pkt, inDev, outDev }: HookState): void {
  const { physIn, physOut } = pkt
  pkt.trace?.add('hook', netns, pkt.frame, { kind: 'hook', netns, hook, inDev, outDev, physIn, physOut } satisfies HookNote)
}

export interface RecentEntry {
  ttl: number
  stampsUs: number[]
}

/** Addresses that `-m recent` has seen, with the times. */
export type RecentList = Map<number, RecentEntry>

/** Functions of all kinds in one shape: most of them walk a table. */
class Registered extends Copied {
  constructor(
    readonly table: Table | null,
    readonly fn: HookFunction,
  ) {
    super()
  }
}

/** Netfilter of one network namespace. */
export class Netfilter extends Copied {
  readonly conntrack: Conntrack
  readonly tables: Tables
  /** Of ip6tables. Differs: IPv6 packets do not pass them yet. */
  readonly tables6: Tables
  readonly sets = new IpSets()
  /** By the lists' names. */
  readonly recent = new Map<string, RecentList>()
  /** By hookNumber. */
  private readonly chains: (readonly Registered[])[] = [[], [], [], [], []]

  constructor(readonly netns: NetNamespace) {
    super()
    this.conntrack = new Conntrack(this)
    this.tables = new Tables(this)
    this.tables6 = new Tables(this, false)
  }

  get nowUs(): number {
    return this.netns.kernel.sim.scheduler.nowUs
  }

  /** Passes an IPv4 packet through a hook. The packet's frame may be another one afterwards (NAT, mangling). */
  run(hook: Hook, pkt: Packet, inDev: NetDevice | null, outDev: NetDevice | null): Verdict {
    const functions = this.chains[hookNumber(hook)]!
    if (functions.length === 0) return 'ACCEPT'
    if (!(pkt.frame.payload instanceof Ipv4Packet)) return 'ACCEPT'
    const state = new HookState(this, hook, pkt, inDev, outDev)
    if (pkt.trace !== null) note(state)
    for (let i = 0; i < functions.length; i++) {
      const { table, fn } = functions[i]!
      const verdict = table === null ? fn.run(state) : runTable(table, state)
      if (verdict === 'ACCEPT') continue
      if (verdict === 'DROP') drop(pkt, state.dropReason, inDev ?? outDev ?? pkt.dev)
      return verdict
    }
    return 'ACCEPT'
  }

  register(hook: Hook, fn: HookFunction): void {
    const number = hookNumber(hook)
    const chain = this.chains[number]!
    let at = chain.length
    while (at > 0 && chain[at - 1]!.fn.priority > fn.priority) at--
    // A new array: a rule's own target may register hooks while the old one is being walked.
    this.chains[number] = [...chain.slice(0, at), new Registered(fn.walks ?? null, fn), ...chain.slice(at)]
  }

  unregister(hook: Hook, fn: HookFunction): void {
    const number = hookNumber(hook)
    this.chains[number] = this.chains[number]!.filter((each) => each.fn !== fn)
  }

  /** A line for the machine's kernel log (LOG target, refusals of x_tables). */
  log(level: number, text: string): void {
    this.netns.kernel.log(level, text)
  }
}
