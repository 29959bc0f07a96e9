// neutron's tables joined for doctor: which node is which host, whose port it is, how objects are called, which tag a network has where.
import type { Ipv4Address } from '../addr/ipv4.js'
import { formatIpv4 } from '../addr/ipv4.js'
import { deviceName } from '../cloud/neutron/names.js'
import type { NeutronCloud } from '../cloud/neutron/neutron-cloud.js'
import type { AgentRow, FloatingIp, Network, Port, Router } from '../cloud/neutron/objects.js'
import { OWNER } from '../cloud/neutron/objects.js'
import type { ReleaseProfile } from '../cloud/neutron/release.js'
import type { NeutronDatabase } from '../cloud/neutron/server/database.js'
import type { Server } from '../cloud/nova/objects.js'
import type { Machine } from '../node/machine.js'
import type { ObjectRef, Spot } from './item.js'
import { NodeView } from './node-view.js'

export const COMPUTE = 'nova-compute'

export class NeutronView {
  readonly nodes: ReadonlyMap<string, NodeView>
  /** By the name that the API knows a host by. */
  private readonly hosts: ReadonlyMap<string, NodeView>
  private readonly answers = new Map<string, unknown>()
  private readonly servers: ReadonlyMap<string, Server>
  private readonly floating: ReadonlyMap<string, readonly FloatingIp[]>
  private readonly ports: ReadonlyMap<string, readonly Port[]>

  constructor(
    machines: readonly Machine[],
    readonly cloud: NeutronCloud,
  ) {
    this.nodes = new Map(machines.map((machine) => [machine.name, new NodeView(machine)]))
    const { db } = cloud.neutron
    this.servers = new Map(cloud.api.servers.map((server) => [server.id, server]))
    this.floating = grouped(db.floatingIps.values(), ({ portId }) => portId)
    this.ports = grouped(db.ports.values(), ({ networkId }) => networkId)
    const agentHosts = new Set([...cloud.neutron.db.agents.values()].map(({ host }) => host))
    const own = [...this.nodes.values()].filter(({ machine }) => machine.parent === null)
    this.hosts = new Map(own.filter(({ machine }) => agentHosts.has(machine.hostname)).map((node) => [node.machine.hostname, node]))
  }

  get db(): NeutronDatabase {
    return this.cloud.neutron.db
  }

  get profile(): ReleaseProfile {
    return this.cloud.neutron.profile
  }

  host(name: string): NodeView | null {
    return this.hosts.get(name) ?? null
  }

  agents(type: string): AgentRow[] {
    return [...this.db.agents.values()].filter((row) => row.type === type)
  }

  agentOn(type: string, host: string): AgentRow | null {
    return this.agents(type).find((row) => row.host === host) ?? null
  }

  configuration(host: string, key: string, type = 'Open vSwitch agent'): unknown {
    return this.agentOn(type, host)?.configurations[key]
  }

  spot(node: NodeView, agent: string, objects: readonly ObjectRef[], netns = ''): Spot {
    return { node: node.name, netns, agent, objects }
  }

  /** One answer a look: what is asked for every port of a network. */
  remembered<T>(key: string, make: () => T): T {
    if (!this.answers.has(key)) this.answers.set(key, make())
    return this.answers.get(key) as T
  }

  portsOfNetwork(networkId: string): readonly Port[] {
    return this.ports.get(networkId) ?? []
  }

  // --- objects by name

  serverOf(port: Port): Server | null {
    return this.servers.get(port.deviceId) ?? null
  }

  /** The port and what has to do with it. */
  objectsOf(port: Port): ObjectRef[] {
    const server = this.serverOf(port)
    const router = this.db.routers.get(port.deviceId)
    const network = this.db.networks.get(port.networkId)
    return [
      this.portRef(port),
      ...(server === null ? [] : [serverRef(server)]),
      ...(router === undefined ? [] : [routerRef(router)]),
      ...(network === undefined ? [] : [networkRef(network)]),
      ...(this.floating.get(port.id) ?? []).map(floatingRef),
    ]
  }

  /** The floating IP, and the port that it stands for with what has to do with that. */
  floatingObjects(row: FloatingIp): ObjectRef[] {
    const port = row.portId === null ? undefined : this.db.ports.get(row.portId)
    return [floatingRef(row), ...(port === undefined ? [] : this.objectsOf(port))]
  }

  portRef(port: Port): ObjectRef {
    return { kind: 'port', id: port.id, name: port.name === '' ? this.portNoun(port) : port.name }
  }

  /** `of server vm1`, `of router router1` ... */
  private portNoun(port: Port): string {
    const address = port.fixedIps.map((fixed) => formatIpv4(fixed.address)).join(', ')
    return address
  }

  serverPorts(): Port[] {
    return [...this.db.ports.values()].filter(({ deviceOwner, hostId }) => deviceOwner.startsWith('compute:') && hostId !== '')
  }

  /** Ports that an L2 agent must have wired on the host: of servers, DHCP and routers. */
  portsOn(host: string, networkId: string): readonly Port[] {
    return this.remembered(`ports ${host} ${networkId}`, () =>
      this.portsOfNetwork(networkId).filter((port) => this.hostsOf(port).includes(host) && this.deviceOf(port) !== null),
    )
  }

  hostsOf(port: Port): string[] {
    if (port.deviceOwner === OWNER.distributedInterface) return [...port.distributedBindings.keys()]
    return port.hostId === '' || port.vifType === 'binding_failed' ? [] : [port.hostId]
  }

  /** The device that is the port on br-int; null: none is. */
  deviceOf(port: Port): string | null {
    const { deviceOwner: owner, id } = port
    if (owner.startsWith('compute:')) return deviceName('qvo', id)
    if (owner === OWNER.dhcp) return deviceName('tap', id)
    if (owner === OWNER.routerInterface || owner === OWNER.distributedInterface) return deviceName('qr-', id)
    if (owner === OWNER.centralizedSnat) return deviceName('sg-', id)
    if (owner === OWNER.agentGateway) return this.isOnBrInt(port) ? deviceName('fg-', id) : null
    if (owner === OWNER.routerGateway) return this.isOnBrInt(port) ? deviceName('qg-', id) : null
    return null
  }

  private isOnBrInt(port: Port): boolean {
    return this.externalBridge(port.hostId) === null
  }

  /** external_network_bridge of the host's L3 agent; null: br-int. */
  externalBridge(host: string): string | null {
    const name = this.configuration(host, 'external_network_bridge', 'L3 agent')
    return typeof name === 'string' && name !== '' ? name : null
  }

  networksOn(host: string): Network[] {
    return [...this.db.networks.values()].filter(({ id }) => this.portsOn(host, id).length > 0)
  }

  portAt(networkId: string, address: Ipv4Address): Port | null {
    return this.db.portAt(networkId, address)
  }
}

function grouped<T>(rows: Iterable<T>, keyOf: (row: T) => string | null): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const key = keyOf(row)
    if (key === null) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return groups
}

export function serverRef({ id, name }: Server): ObjectRef {
  return { kind: 'server', id, name }
}

export function networkRef({ id, name }: Network): ObjectRef {
  return { kind: 'network', id, name }
}

export function routerRef({ id, name }: Router): ObjectRef {
  return { kind: 'router', id, name }
}

export function floatingRef({ id, address }: FloatingIp): ObjectRef {
  return { kind: 'floating IP', id, name: formatIpv4(address) }
}

export function agentRef({ id, binary, host }: AgentRow): ObjectRef {
  return { kind: 'agent', id, name: `${binary} on ${host}` }
}
