// One pass of a packet through a hook, and the order in which functions hang there.

import type { DropReason } from '../../trace/drop-reason.js'
import type { Ipv4Packet } from '../../wire/ipv4.js'
import type { NetDevice } from '../netdev.js'
import type { NetNamespace } from '../netns.js'
import type { Packet } from '../packet.js'
import type { CtTemplate } from './conntrack.js'
import type { Netfilter } from './hooks.js'
import type { Table } from './table.js'

//   rx -> [PREROUTING] -> route -+-> [FORWARD] -+-> [POSTROUTING] -> tx
//                                v              ^
//                             [INPUT]        [OUTPUT] <- route
//                                v              ^
//                                 local sockets
export type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING'

/** Where a hook's things stand in a list: a list is quicker than a record with five keys. */
export function hookNumber(hook: Hook): number {
  if (hook === 'PREROUTING') return 0
  if (hook === 'FORWARD') return 1
  if (hook === 'POSTROUTING') return 2
  return hook === 'INPUT' ? 3 : 4
}

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
  /** Of `ip`, for counters. */
  length: number
  dropReason: DropReason = 'NETFILTER_DROP'
  /** A match found the packet impossible: it is dropped at once. */
  hotDrop = false
  /** What a CT target of table raw wants of the tracker behind it. */
  ctTemplate: CtTemplate | null = null

  constructor(
    readonly netfilter: Netfilter,
    readonly hook: Hook,
    readonly pkt: Packet,
    readonly inDev: NetDevice | null,
    readonly outDev: NetDevice | null,
  ) {
    this.ip = pkt.frame.payload as Ipv4Packet
    this.length = this.ip.length
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
    this.length = ip.length
    this.pkt.frame = this.pkt.frame.withPayload(ip)
  }

  /** The packet has got another frame elsewhere. */
  reread(): void {
    this.ip = this.pkt.ip
    this.length = this.ip.length
  }
}

export interface HookFunction {
  readonly name: string
  /** It does nothing but walk this table. */
  readonly walks?: Table
  readonly priority: number
  run(state: HookState): Verdict
}
