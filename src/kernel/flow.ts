// What a route lookup is about (Linux: struct flowi4).
import type { Ipv4Address } from '../addr/ipv4.js'
import type { NetDevice } from './netdev.js'

/** As callers give it; what is absent is 0 or none. */
export interface Flow {
  dst: Ipv4Address
  src?: Ipv4Address
  oif?: NetDevice | null
  iif?: NetDevice | null
  mark?: number
  tos?: number
  uid?: number
  proto?: number
  sport?: number
  dport?: number
  /** The source need not be an address of this machine (IP_TRANSPARENT, NAT's own lookups). */
  anySource?: boolean
}

/** The same with every field there: one shape for all lookups. */
export class FlowKey {
  src: Ipv4Address = 0
  oif: NetDevice | null = null
  iif: NetDevice | null = null
  mark = 0
  tos = 0
  uid = 0
  proto = 0
  sport = 0
  dport = 0
  scope = 0
  anySource = false
  constructor(public dst: Ipv4Address) {}
}

export function flowKeyOf(flow: Flow): FlowKey {
  const key = new FlowKey(flow.dst)
  key.src = flow.src ?? 0
  key.oif = flow.oif ?? null
  key.iif = flow.iif ?? null
  key.mark = flow.mark ?? 0
  // Only the TOS bits choose routes (IPTOS_RT_MASK).
  key.tos = (flow.tos ?? 0) & 0x1c
  key.uid = flow.uid ?? 0
  key.proto = flow.proto ?? 0
  key.sport = flow.sport ?? 0
  key.dport = flow.dport ?? 0
  key.anySource = flow.anySource ?? false
  return key
}
