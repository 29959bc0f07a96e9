// What the datapath does to a packet: the result of a translation, compiled once and run for each packet that hits it.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { TunnelKey } from '../kernel/tunnel-key.js'
import type { CtAction } from './actions/action.js'
import type { DpPort } from './datapath.js'
import type { FlowKey } from './flow-key.js'

export type SetAttr = 'eth' | 'ipv4' | 'ipv6' | 'tcp' | 'udp' | 'sctp' | 'arp' | 'icmp' | 'icmpv6' | 'nd'

/** One member of a set(): the words of the flow key it stands for, with their new values. */
export interface SetPart {
  /** As printed: `src`, `dst`, `tos` ... */
  readonly name: string
  readonly word: number
  readonly words: number
}

export interface CtExecution {
  readonly commit: boolean
  readonly force: boolean
  readonly zone: number
  /** Value and mask; null: not set. */
  readonly mark: { readonly value: number; readonly mask: number } | null
  readonly label: { readonly value: bigint; readonly mask: bigint } | null
  readonly helper: string | null
  readonly nat: CtAction['nat']
}

/** The outer header that tnl_push puts before the frame. */
export interface TunnelPush {
  readonly tunnel: TunnelKey
  readonly kind: 'gre' | 'vxlan' | 'geneve'
  readonly srcMac: number
  readonly dstMac: number
  readonly src: Ipv4Address
  readonly tunnelPort: DpPort
  /** The bridge's own port that the outer frame comes from. */
  readonly outPort: DpPort
}

export type DpAction =
  | { readonly type: 'output'; readonly port: DpPort }
  | { readonly type: 'push_vlan'; readonly tpid: number; readonly tci: number }
  | { readonly type: 'pop_vlan' }
  | { readonly type: 'push_mpls'; readonly lse: number; readonly ethType: number }
  | { readonly type: 'pop_mpls'; readonly ethType: number }
  | { readonly type: 'set_mpls'; readonly lse: number }
  /** New values in the words of `key`, where `mask` has ones. */
  | {
      readonly type: 'set'
      readonly attr: SetAttr
      readonly parts: readonly SetPart[]
      readonly key: FlowKey
      readonly mask: FlowKey
    }
  | { readonly type: 'set_tunnel'; readonly tunnel: TunnelKey }
  | { readonly type: 'set_mark'; readonly value: number; readonly mask: number }
  | { readonly type: 'set_priority'; readonly value: number }
  | { readonly type: 'controller'; readonly text: string }
  | { readonly type: 'ct'; readonly ct: CtExecution }
  | { readonly type: 'ct_clear' }
  | { readonly type: 'recirc'; readonly id: number }
  | { readonly type: 'hash'; readonly basis: number }
  | { readonly type: 'clone'; readonly actions: readonly DpAction[] }
  | { readonly type: 'check_pkt_len'; readonly size: number; readonly greater: readonly DpAction[]; readonly less: readonly DpAction[] }
  | { readonly type: 'trunc'; readonly length: number }
  | { readonly type: 'meter'; readonly id: number }
  | { readonly type: 'tnl_push'; readonly push: TunnelPush }
  | { readonly type: 'tnl_pop'; readonly port: DpPort }
