// What the OVS agent wants of its bridges' tables; each release has its own way of saying it in flows.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import type { MacAddress } from '../../../addr/mac.js'
import type { AddressPair } from '../objects.js'
import type { DvrFlows } from './dvr-flows.js'
import type { LocalVlan, VifPort } from './local-vlans.js'

export const PATCH_TUN = 'patch-tun'
export const PATCH_INT = 'patch-int'

export type TunnelType = 'gre' | 'vxlan'

export const TUNNEL_TYPES: readonly TunnelType[] = ['gre', 'vxlan']

/** A provider bridge and the pair of ports between it and br-int. */
export interface PhysicalLink {
  readonly bridge: string
  readonly intDevice: string
  readonly physDevice: string
  readonly intPort: number
  readonly physPort: number
}

export interface PortAddresses {
  readonly mac: MacAddress
  readonly addresses: readonly Ipv4Address[]
  readonly pairs: readonly AddressPair[]
}

export interface HeldPort {
  readonly port: VifPort
  /** null: it may send what it likes. */
  readonly addresses: PortAddresses | null
}

export interface Pipeline {
  /** null: no distributed routing on this host. */
  readonly dvr: DvrFlows | null
  setUpIntegration(): Promise<void>
  setUpTunnel(patchInt: number): Promise<void>
  setUpPhysical(bridge: string): Promise<void>
  /** Nothing crosses that no network's rows let through. */
  blockPhysical(link: PhysicalLink): Promise<void>
  addTunnelPort(type: TunnelType, ofport: number): Promise<void>
  removeTunnelPort(ofport: number): Promise<void>
  provision(local: LocalVlan, link: PhysicalLink | null): Promise<void>
  reclaim(local: LocalVlan, link: PhysicalLink | null): Promise<void>
  /** No ports: no flooding any more. */
  flood(local: LocalVlan, ofports: readonly number[]): Promise<void>
  addUnicast(local: LocalVlan, mac: MacAddress, ofport: number): Promise<void>
  removeUnicast(local: LocalVlan, mac: MacAddress): Promise<void>
  /** null: no longer answered for. */
  answerArp(local: LocalVlan, address: Ipv4Address, mac: MacAddress | null): Promise<void>
  /** Drops what comes from a port without a network. */
  block(ofport: number): Promise<void>
  /** All rows for what comes from the port. */
  clearPort(ofport: number): Promise<void>
  holdToAddresses(ports: readonly HeldPort[]): Promise<void>
  /** What follows until `flush` may go out together. */
  defer(): void
  flush(): Promise<void>
  /** Rows that an earlier run of the agent left, learned ones too; releases without cookies cannot tell them from their own. */
  removeForeign(bridges: readonly string[]): Promise<void>
  /** Rows that tell whether the switch lost its flows. */
  isIntact(): Promise<boolean>
}
