// Which cloud a machine belongs to: for the programs on it that are parts of the cloud (virsh, nova-dhcpbridge).
import type { Machine } from '../node/machine.js'
import type { FlatDhcpCloud } from './nova-network/flat-dhcp.js'

const clouds = new WeakMap<Machine, FlatDhcpCloud>()

export function joinCloud(machine: Machine, cloud: FlatDhcpCloud): void {
  clouds.set(machine, cloud)
}

export function cloudOn(machine: Machine): FlatDhcpCloud | null {
  return clouds.get(machine) ?? null
}
