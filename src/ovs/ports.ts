// Ports of an OpenFlow bridge: a device of the machine, or a patch to another bridge, or a tunnel, with its VLAN settings.

import type { Ipv4Address } from '../addr/ipv4.js'
import type { MacAddress } from '../addr/mac.js'
import type { NetDevice } from '../kernel/netdev.js'
import { Copied } from '../sim/copied.js'
import type { Bond } from './bond.js'
import type { OfBridge } from './bridge.js'
import type { DpPort } from './datapath.js'

export type PortKind = 'internal' | 'system' | 'patch' | 'gre' | 'vxlan' | 'geneve'
export type VlanMode = 'access' | 'trunk' | 'native-tagged' | 'native-untagged' | 'dot1q-tunnel'
export type PriorityTags = 'never' | 'if-nonzero' | 'always'

export interface VlanConfig {
  readonly mode: VlanMode
  /** The tag, 4095 for neutron's dead VLAN; null: none. */
  readonly tag: number | null
  /** null: all VLANs. */
  readonly trunks: readonly number[] | null
  readonly priorityTags: PriorityTags
}

export const TRUNK: VlanConfig = { mode: 'trunk', tag: null, trunks: null, priorityTags: 'never' }

export interface TunnelConfig {
  readonly remote: Ipv4Address | 'flow' | null
  readonly local: Ipv4Address | 'flow' | null
  /** null: no key. */
  readonly inKey: bigint | 'flow' | null
  readonly outKey: bigint | 'flow' | null
  readonly dstPort: number
  readonly ttl: number | 'inherit'
  readonly tos: number | 'inherit'
  readonly df: boolean
  readonly csum: boolean
  /** The outer packet's mark (egress_pkt_mark); absent: the packet keeps its own. */
  readonly egressMark?: number
}

export interface PortSpec {
  readonly name: string
  readonly kind: PortKind
  /** As asked for (ofport_request) or given; null: the bridge takes the next one. */
  readonly ofport?: number | null
  readonly vlan?: VlanConfig
  /** Patch ports: the other one's name. */
  readonly peer?: string | null
  readonly tunnel?: TunnelConfig | null
  /** Internal ports: the device's MAC; null: random. */
  readonly mac?: MacAddress | null
  readonly mtuRequest?: number | null
}

/** OFPPC_*: switches a port off, as `ovs-ofctl mod-port` does. */
export interface PortConfig {
  down: boolean
  noReceive: boolean
  noFlood: boolean
  noForward: boolean
  noPacketIn: boolean
}

export class PortStats extends Copied {
  rxPackets = 0
  rxBytes = 0
  rxDropped = 0
  rxErrors = 0
  txPackets = 0
  txBytes = 0
  txDropped = 0
  txErrors = 0
}

export class OfPort extends Copied {
  vlan: VlanConfig = TRUNK
  peer: string | null = null
  tunnel: TunnelConfig | null = null
  /** The bond that it is a member of. */
  bond: Bond | null = null
  readonly config: PortConfig = { down: false, noReceive: false, noFlood: false, noForward: false, noPacketIn: false }
  /** Patch ports and tunnels count here; others by their device. */
  readonly ownStats = new PortStats()
  /** Its place in the datapath; null: patch ports have none. Tunnels of a kind share one. */
  dpPort: DpPort | null = null
  /** Its device was up and had a carrier when that was looked at last. */
  wasRunning: boolean
  /** See virtual-mac.ts. */
  virtualMac: MacAddress | null = null
  /** False once it is out of its bridge. */
  isAlive = true
  readonly name: string
  readonly kind: PortKind

  constructor(
    readonly bridge: OfBridge,
    readonly ofport: number,
    spec: PortSpec,
    /** null: patch and tunnel ports. */
    readonly dev: NetDevice | null,
    readonly createdUs: number,
  ) {
    super()
    this.name = spec.name
    this.kind = spec.kind
    this.wasRunning = dev?.isRunning === true
  }
}
