// Servers that the cloud runs: nodes of their own behind taps of their hypervisors.
import type { Machine } from '../node/machine.js'
import type { NodePlan } from './plan.js'

/** Nodes for the machines that have a hypervisor. */
export function guestPlans(_machines: ReadonlyMap<string, Machine>): NodePlan[] {
  return []
}
