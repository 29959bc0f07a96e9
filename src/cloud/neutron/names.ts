// What neutron's programs call themselves and what they make on a node. Agents make by these names; whoever looks for what they made asks here.
import { chainPrefix } from '../chain-prefix.js'

export const L2_AGENT = 'neutron-openvswitch-agent'
export const L3_AGENT = 'neutron-l3-agent'
export const DHCP_AGENT = 'neutron-dhcp-agent'

// --- namespaces

export function routerNetns(routerId: string): string {
  return `qrouter-${routerId}`
}

/** Of a distributed router, on the host that has its gateway. */
export function snatNetns(routerId: string): string {
  return `snat-${routerId}`
}

/** Of an external network. */
export function fipNetns(networkId: string): string {
  return `fip-${networkId}`
}

export function dhcpNetns(networkId: string): string {
  return `qdhcp-${networkId}`
}

export interface NetnsOwner {
  /** qrouter and snat are a router's, qdhcp and fip a network's; null: no namespace of neutron's. */
  readonly kind: 'qrouter' | 'snat' | 'qdhcp' | 'fip' | null
  readonly id: string
}

export function ownerOfNetns(netns: string): NetnsOwner {
  const [, kind, id = ''] = /^(qrouter|snat|qdhcp|fip)-(.+)$/.exec(netns) ?? []
  return { kind: (kind as NetnsOwner['kind'] | undefined) ?? null, id }
}

// --- bridges and devices

export const BR_INT = 'br-int'
export const BR_TUN = 'br-tun'

const DEVICE_NAME_LENGTH = 14

/** Devices are named by three letters (or `tap`) and the beginning of the port's id: qvo8cbe7bb6-18. */
export function deviceName(prefix: 'tap' | 'qbr' | 'qvb' | 'qvo' | 'qr-' | 'qg-' | 'sg-' | 'fg-', portId: string): string {
  return (prefix + portId).slice(0, DEVICE_NAME_LENGTH)
}

/** The pair between a distributed router and the fip namespace: `rfp-` is the router's end. */
export function pairName(prefix: 'rfp-' | 'fpr-', routerId: string): string {
  return (prefix + routerId).slice(0, DEVICE_NAME_LENGTH)
}

// --- tables and chains

/** Routing table of a distributed router's namespace: the way to the fip namespace. */
export const FLOATING_TABLE = 16

export function l3Chain(name: string): string {
  return `${chainPrefix(L3_AGENT)}-${name}`
}

/** Names of the L2 agent's chains are shorter for the ids in them: neutron-openvswi-i8cbe7bb6-1. */
const FILTER_NAME_LENGTH = 11

export function filterChain(name: string): string {
  return `${chainPrefix(L2_AGENT)}-${name.slice(0, FILTER_NAME_LENGTH)}`
}
