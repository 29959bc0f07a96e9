// Where packets meet netfilter: the five hooks of one namespace and the functions that hang on them by priority.
import type { Ipv4Packet } from '../../wire/ipv4.js'
import type { NetDevice } from '../netdev.js'
import type { NetNamespace } from '../netns.js'
import type { Packet } from '../packet.js'
import { drop } from '../packet.js'
import type { DropReason } from '../../trace/drop-reason.js'
import { Conntrack } from './conntrack.js'
import { IpSets } from './ipset.js'
import { Tables } from './tables.js'

//   rx -> [PREROUTING] -> route -+-> [FORWARD] -+-> [POSTROUTING] -> tx
//                                v              ^
//                             [INPUT]        [OUTPUT] <- route
//                                v              ^
//                                 local sockets
export type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING'

export const HOOKS: readonly Hook[] = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']

/** After DROP and STOLEN the packet is no longer the caller's: it has been dropped with its reason, or is held. */
export type Verdict = 'ACCEPT' | 'DROP' | 'STOLEN'

/** Priorities as the kernel numbers them (nf_ip_hook_priorities). */
export const PRIORITY = {
  defrag: -400,
  raw: -300,
  conntrack: -200,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
  confirm: 0x7fffffff,
} as const

/** One pass of one packet through one hook; made anew each time, because a REJECT or a reply re-enters the hooks. */
export class HookState {
  ip: Ipv4Packet
  dropReason: DropReason = 'NETFILTER_DROP'

  constructor(
    readonly netfilter: Netfilter,
    readonly hook: Hook,
    readonly pkt: Packet,
    readonly inDev: NetDevice | null,
    readonly outDev: NetDevice | null,
  ) {
    this.ip = pkt.frame.payload as Ipv4Packet
  }

  get netns(): NetNamespace {
    return this.netfilter.netns
  }

  get nowUs(): number {
    return this.netfilter.nowUs
  }

  /** Puts a changed IP header (or payload) into the packet. */
  setIp(ip: Ipv4Packet): void {
    this.ip = ip
    this.pkt.frame = this.pkt.frame.withPayload(ip)
  }
}

export interface HookFunction {
  readonly name: string
  readonly priority: number
  run(state: HookState): Verdict
}

/** Netfilter of one network namespace. */
export class Netfilter {
  readonly conntrack: Conntrack
  readonly tables: Tables
  readonly sets = new IpSets(this)
  private readonly chains: Record<Hook, HookFunction[]> = { PREROUTING: [], INPUT: [], FORWARD: [], OUTPUT: [], POSTROUTING: [] }

  constructor(readonly netns: NetNamespace) {
    this.conntrack = new Conntrack(this)
    this.tables = new Tables(this)
  }

  get nowUs(): number {
    return this.netns.kernel.sim.scheduler.nowUs
  }

  /** Passes an IPv4 packet through a hook. The packet's frame may be another one afterwards (NAT, mangling). */
  run(hook: Hook, pkt: Packet, inDev: NetDevice | null, outDev: NetDevice | null): Verdict {
    const functions = this.chains[hook]
    if (functions.length === 0) return 'ACCEPT'
    const payload = pkt.frame.payload
    if (payload instanceof Uint8Array || payload.kind !== 'ipv4') return 'ACCEPT'
    const state = new HookState(this, hook, pkt, inDev, outDev)
    for (let i = 0; i < functions.length; i++) {
      const verdict = functions[i]!.run(state)
      if (verdict === 'ACCEPT') continue
      if (verdict === 'DROP') drop(pkt, state.dropReason, inDev ?? outDev)
      return verdict
    }
    return 'ACCEPT'
  }

  register(hook: Hook, fn: HookFunction): void {
    const chain = this.chains[hook]
    let at = chain.length
    while (at > 0 && chain[at - 1]!.priority > fn.priority) at--
    // A new array: a rule's own target may register hooks while the old one is being walked.
    this.chains[hook] = [...chain.slice(0, at), fn, ...chain.slice(at)]
  }

  unregister(hook: Hook, fn: HookFunction): void {
    this.chains[hook] = this.chains[hook].filter((each) => each !== fn)
  }

  /** A line for the machine's kernel log (LOG target, refusals of x_tables). */
  log(level: number, text: string): void {
    this.netns.kernel.log(level, text)
  }
}
