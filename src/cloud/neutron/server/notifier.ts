// What neutron-server tells the rest of the cloud after a change; neutron-cloud sends it to the agents.
import type { MacAddress } from '../../../addr/mac.js'
import type { FixedIp, Port, Router } from '../objects.js'

/** What a change of a port leaves behind. */
export interface PortBefore {
  readonly host: string
  readonly fixedIps: readonly FixedIp[]
  readonly mac: MacAddress
  readonly adminStateUp: boolean
}

export interface Notifier {
  networkChanged(what: 'create' | 'update' | 'delete', networkId: string): void
  subnetChanged(what: 'create' | 'update' | 'delete', subnetId: string, networkId: string): void
  portCreated(port: Port): void
  /** `needsL2`: a change that the agent on the port's host must act on. */
  portUpdated(port: Port, needsL2: boolean, before?: PortBefore): void
  portDeleted(port: Port): void
  /** A server moves on: its port leaves the host that the row still names, while it works there. */
  portLeaves(port: Port): void
  /** Another binding counts now; `before` is the host of the one that did. */
  bindingActivated(port: Port, before: string): void
  addressesChanged(port: Port, before: readonly FixedIp[]): void
  routersUpdated(routerIds: readonly string[]): void
  routerDeleted(router: Router): void
  /** Who has the router for the subnets alone has it no more; `connected`: routers that it led to. */
  interfaceRemoved(router: Router, subnetIds: readonly string[], connected: readonly string[]): void
  /** A floating IP of the router is led to the port, or no longer. */
  floatingIpChanged(routerId: string, portId: string): void
  /** The last distributed router that left by the external network is gone. */
  fipNamespaceUnneeded(networkId: string): void
  groupRulesUpdated(groupIds: readonly string[]): void
  /** Addresses or memberships of this port changed. */
  membersUpdated(port: Port, groupIds: readonly string[]): void
}
