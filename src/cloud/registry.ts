// Which cloud a machine belongs to: for the programs on it that are parts of the cloud, and for the checks of lessons.
import type { Machine } from '../node/machine.js'
import type { NeutronCloud } from './neutron/neutron-cloud.js'
import type { FlatDhcpCloud } from './nova-network/flat-dhcp.js'

export type RunningCloud = FlatDhcpCloud | NeutronCloud

const clouds = new WeakMap<Machine, RunningCloud>()

export function joinCloud(machine: Machine, cloud: RunningCloud): void {
  clouds.set(machine, cloud)
}

export function cloudOn(machine: Machine): RunningCloud | null {
  return clouds.get(machine) ?? null
}

/** The cloud of a machine where nova-network makes the networks. */
export function flatCloudOn(machine: Machine): FlatDhcpCloud | null {
  const cloud = cloudOn(machine)
  return cloud?.mode === 'flat-dhcp' ? cloud : null
}
