// neutron's tables: rows by id, and the questions that more than one part of the server asks of them.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import type { FloatingIp, Network, Port, Router, SecurityGroup, Subnet } from '../objects.js'
import { OWNER } from '../objects.js'
import { AgentTable, FloatingIpTable, PortTable } from './tables.js'

export class NeutronDatabase {
  readonly networks = new Map<string, Network>()
  readonly subnets = new Map<string, Subnet>()
  readonly ports = new PortTable()
  readonly routers = new Map<string, Router>()
  readonly floatingIps = new FloatingIpTable()
  readonly securityGroups = new Map<string, SecurityGroup>()
  readonly agents = new AgentTable()

  subnetsOf(networkId: string): Subnet[] {
    return [...this.subnets.values()].filter((subnet) => subnet.networkId === networkId)
  }

  portsOf(networkId: string): Port[] {
    return [...this.ports.onNetwork(networkId)]
  }

  portsOfDevice(deviceId: string, owner?: string): Port[] {
    return this.ports.ofDevice(deviceId).filter((port) => owner === undefined || port.deviceOwner === owner)
  }

  /** The router's ports on inner subnets, distributed or not. */
  interfacesOf(routerId: string): Port[] {
    return this.ports.ofDevice(routerId).filter(isInterface)
  }

  /** The port on the network that has the address. */
  portAt(networkId: string, address: Ipv4Address): Port | null {
    return this.ports.at(networkId, address)
  }

  portsOnSubnet(subnetId: string): Port[] {
    const networkId = this.subnets.get(subnetId)?.networkId ?? ''
    return this.portsOf(networkId).filter(({ fixedIps }) => fixedIps.some((fixed) => fixed.subnetId === subnetId))
  }

  /** On subnets of several networks in the order of the table. */
  portsOnSubnets(subnetIds: readonly string[]): Port[] {
    const networkIds = new Set(subnetIds.map((id) => this.subnets.get(id)?.networkId ?? ''))
    const rows = [...networkIds].flatMap((id) => this.portsOf(id))
    const found = rows.filter(({ fixedIps }) => fixedIps.some(({ subnetId }) => subnetIds.includes(subnetId)))
    return networkIds.size === 1 ? found : this.ports.inOrder(found)
  }

  membersOf(groupId: string): Port[] {
    return [...this.ports.values()].filter((port) => port.securityGroups.includes(groupId))
  }

  floatingIpsOf(portId: string): FloatingIp[] {
    return this.floatingIps.ofPort(portId)
  }
}

export function isInterface({ deviceOwner }: Port): boolean {
  return deviceOwner === OWNER.routerInterface || deviceOwner === OWNER.distributedInterface
}
