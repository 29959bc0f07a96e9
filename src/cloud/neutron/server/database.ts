// neutron's tables: rows by id, and the questions that more than one part of the server asks of them.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import type { AgentRow, FloatingIp, Network, Port, Router, SecurityGroup, Subnet } from '../objects.js'
import { OWNER } from '../objects.js'

export class NeutronDatabase {
  readonly networks = new Map<string, Network>()
  readonly subnets = new Map<string, Subnet>()
  readonly ports = new Map<string, Port>()
  readonly routers = new Map<string, Router>()
  readonly floatingIps = new Map<string, FloatingIp>()
  readonly securityGroups = new Map<string, SecurityGroup>()
  readonly agents = new Map<string, AgentRow>()

  subnetsOf(networkId: string): Subnet[] {
    return [...this.subnets.values()].filter((subnet) => subnet.networkId === networkId)
  }

  portsOf(networkId: string): Port[] {
    return [...this.ports.values()].filter((port) => port.networkId === networkId)
  }

  portsOfDevice(deviceId: string, owner?: string): Port[] {
    return [...this.ports.values()].filter((port) => port.deviceId === deviceId && (owner === undefined || port.deviceOwner === owner))
  }

  /** The router's ports on inner subnets, distributed or not. */
  interfacesOf(routerId: string): Port[] {
    return [...this.ports.values()].filter((port) => port.deviceId === routerId && isInterface(port))
  }

  /** The port on the network that has the address. */
  portAt(networkId: string, address: Ipv4Address): Port | null {
    for (const port of this.ports.values()) {
      if (port.networkId === networkId && port.fixedIps.some((fixed) => fixed.address === address)) return port
    }
    return null
  }

  /** Addresses of the subnet that ports have. */
  usedIn(subnetId: string): Set<Ipv4Address> {
    const used = new Set<Ipv4Address>()
    for (const port of this.ports.values()) {
      for (const fixed of port.fixedIps) if (fixed.subnetId === subnetId) used.add(fixed.address)
    }
    return used
  }

  membersOf(groupId: string): Port[] {
    return [...this.ports.values()].filter((port) => port.securityGroups.includes(groupId))
  }

  floatingIpsOf(portId: string): FloatingIp[] {
    return [...this.floatingIps.values()].filter((row) => row.portId === portId)
  }
}

export function isInterface({ deviceOwner }: Port): boolean {
  return deviceOwner === OWNER.routerInterface || deviceOwner === OWNER.distributedInterface
}
