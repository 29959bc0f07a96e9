// The objects of a cloud's API that a probe may be named by, reduced to names, addresses and MACs.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { MacAddress } from '../addr/mac.js'
import { routerNetns, snatNetns } from '../cloud/neutron/names.js'
import type { NeutronCloud } from '../cloud/neutron/neutron-cloud.js'
import { OWNER } from '../cloud/neutron/objects.js'
import type { FlatDhcpCloud } from '../cloud/nova-network/flat-dhcp.js'
import { cloudOn } from '../cloud/registry.js'
import type { Machine } from '../node/machine.js'

export interface NamedPort {
  readonly id: string
  readonly name: string
  readonly mac: MacAddress
  readonly addresses: readonly Ipv4Address[]
}

export interface NamedServer {
  readonly id: string
  readonly name: string
  /** What the lab calls its machine, where that is another name. */
  readonly machine: string | null
  readonly host: string | null
  readonly ports: readonly NamedPort[]
}

export interface NamedFloatingIp {
  readonly id: string
  readonly address: Ipv4Address
  readonly server: NamedServer | null
}

export interface NamedRouter {
  readonly id: string
  readonly name: string
  /** Where its way out is: the host of the L3 agent, with DVR of the snat namespace. */
  readonly host: string | null
  readonly namespace: string
  readonly gateway: readonly Ipv4Address[]
}

export interface CloudNames {
  readonly servers: readonly NamedServer[]
  readonly floatingIps: readonly NamedFloatingIp[]
  readonly ports: readonly NamedPort[]
  readonly routers: readonly NamedRouter[]
}

/** null: no cloud runs on these machines. */
export function cloudNames(machines: Iterable<Machine>): CloudNames | null {
  for (const machine of machines) {
    const cloud = cloudOn(machine)
    if (cloud !== null) return cloud.mode === 'flat-dhcp' ? flatNames(cloud) : neutronNames(cloud)
  }
  return null
}

function flatNames({ api }: FlatDhcpCloud): CloudNames {
  const servers = api.servers.map(
    ({ id, name, machineName, host, fixed }): NamedServer => ({
      id,
      name,
      machine: machineName,
      host,
      ports: fixed === null ? [] : [{ id: '', name: '', mac: fixed.mac, addresses: [fixed.address] }],
    }),
  )
  const floatingIps = api.network.floating.map(({ address, server }) => ({
    id: '',
    address,
    server: servers.find(({ id }) => id === server?.id) ?? null,
  }))
  return { servers, floatingIps, ports: [], routers: [] }
}

function neutronNames({ api, neutron, mode }: NeutronCloud): CloudNames {
  const { db } = neutron
  const ports = [...db.ports.values()].map(({ id, name, mac, fixedIps, deviceId }): NamedPort & { device: string } => ({
    id,
    name,
    mac,
    addresses: fixedIps.map(({ address }) => address),
    device: deviceId,
  }))
  const servers = api.servers.map(
    ({ id, name, machineName, host }): NamedServer => ({
      id,
      name,
      machine: machineName,
      host,
      ports: ports.filter(({ device }) => device === id),
    }),
  )
  const floatingIps = [...db.floatingIps.values()].map(({ id, address, portId }) => ({
    id,
    address,
    server: servers.find((server) => server.ports.some((port) => port.id === portId)) ?? null,
  }))
  const routers = [...db.routers.values()].map(
    ({ id, name, host, distributed }): NamedRouter => ({
      id,
      name,
      host,
      namespace: mode === 'dvr' && distributed ? snatNetns(id) : routerNetns(id),
      gateway: db.portsOfDevice(id, OWNER.routerGateway).flatMap(({ fixedIps }) => fixedIps.map(({ address }) => address)),
    }),
  )
  return { servers, floatingIps, ports, routers }
}
