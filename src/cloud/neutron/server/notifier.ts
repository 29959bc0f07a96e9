// What neutron-server tells the rest of the cloud after a change; neutron-cloud sends it to the agents.
import type { FixedIp, Port } from '../objects.js'

export interface Notifier {
  networkChanged(what: 'create' | 'update' | 'delete', networkId: string): void
  subnetChanged(what: 'create' | 'update' | 'delete', subnetId: string, networkId: string): void
  portCreated(port: Port): void
  /** `needsL2`: a change that the agent on the port's host must act on. */
  portUpdated(port: Port, needsL2: boolean): void
  portDeleted(port: Port): void
  /** A server moves on: its port leaves the host that the row still names, while it works there. */
  portLeaves(port: Port): void
  /** Another binding counts now; `before` is the host of the one that did. */
  bindingActivated(port: Port, before: string): void
  addressesChanged(port: Port, before: readonly FixedIp[]): void
  routersUpdated(routerIds: readonly string[]): void
  routerDeleted(routerId: string, host: string | null): void
  groupRulesUpdated(groupIds: readonly string[]): void
  /** Addresses or memberships of this port changed. */
  membersUpdated(port: Port, groupIds: readonly string[]): void
}
