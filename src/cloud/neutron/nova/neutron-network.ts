// nova on neutron: the NICs of a server are ports; groups and floating IPs are neutron's, shown and changed through nova's API too.
import { type Ipv4Address, parseIpv4 } from '../../../addr/ipv4.js'
import { type MacAddress, parseMac } from '../../../addr/mac.js'
import { ApiError, type BootRequest, type NicRequest } from '../../nova/api.js'
import type { NovaNetwork, ServerAddress } from '../../nova/network.js'
import type { Server, ServerNic } from '../../nova/objects.js'
import type { Json, Route } from '../../nova/rest-route.js'
import type { CloudNic, CloudSpec } from '../../spec.js'
import type { Network, Port, SecurityGroup } from '../objects.js'
import type { NeutronRelease } from '../release.js'
import type { Vif } from '../rpc.js'
import type { NeutronApi } from '../server/neutron-api.js'
import { NeutronError } from '../server/neutron-error.js'
import { type HostStyle, hostRoutes, type NovaHosts } from './host-rest.js'
import { networkAction, networkRoutes } from './network-rest.js'

/** A port of the documents for a server of this name. */
interface KnownPort {
  readonly id?: string
  readonly mac?: MacAddress
  readonly address?: Ipv4Address
}

export class NeutronNetwork implements NovaNetwork {
  /** Group ids that a boot asked for; the ports of the server get them. */
  private readonly wantedGroups = new WeakMap<Server, readonly string[]>()

  constructor(
    readonly neutron: NeutronApi,
    private readonly spec: CloudSpec,
    readonly servers: () => readonly Server[],
    /** Plugs and unplugs on the host of a running server; knows nova's own processes. */
    readonly hosts: NovaHosts & { attach(server: Server, vif: Vif): void; detach(server: Server, portId: string): Promise<void> },
  ) {}

  accept(server: Server, request: BootRequest): void {
    this.wantedGroups.set(
      server,
      request.groups.map((name) => this.group(name).id),
    )
    server.nics.push(...this.nicsOf(request.nics ?? this.onlyNetwork()))
  }

  addresses(server: Server): readonly ServerAddress[] {
    const { db } = this.neutron
    return this.portsOf(server).flatMap((port) => {
      const network = db.networks.get(port.networkId)?.name ?? ''
      const fixed = port.fixedIps.map(({ address }) => ({ network, address, mac: port.mac, type: 'fixed' as const }))
      const floating = db.floatingIpsOf(port.id).map(({ address }) => ({ network, address, mac: port.mac, type: 'floating' as const }))
      return [...fixed, ...floating]
    })
  }

  groupNames(server: Server): readonly string[] {
    const { db } = this.neutron
    const ports = this.portsOf(server)
    const ids = ports.length > 0 ? ports.flatMap(({ securityGroups }) => securityGroups) : (this.wantedGroups.get(server) ?? [])
    if (ports.length === 0 && ids.length === 0) return ['default']
    return [...new Set(ids)].map((id) => db.securityGroups.get(id)?.name ?? id)
  }

  routes(): readonly Route[] {
    return [...networkRoutes(this), ...hostRoutes(this.hosts, this.servers, this.hostStyle())]
  }

  private hostStyle(): HostStyle {
    const { agents } = this.spec
    return {
      isModern: this.neutron.profile.name !== 'icehouse',
      zoneOf: (name) => agents.find(({ node }) => node === name)?.zone ?? 'nova',
    }
  }

  action(server: Server, action: string, words: Json): boolean {
    return networkAction(this, server, action, words)
  }

  portsOf(server: Server): Port[] {
    return server.nics.flatMap(({ portId }) => (portId === null ? [] : (this.neutron.db.ports.get(portId) ?? [])))
  }

  /** By name or id. */
  group(wanted: string): SecurityGroup {
    const { db, securityGroups } = this.neutron
    if (wanted === 'default') return securityGroups.defaultGroup()
    const byId = db.securityGroups.get(wanted)
    const found = byId ?? [...db.securityGroups.values()].find(({ name }) => name === wanted)
    if (found === undefined) throw new ApiError(400, `Security group ${wanted} not found for project ${this.neutron.context.projectId}.`)
    return found
  }

  // --- what nova-compute does with neutron's API while a server is built and taken down

  /** Makes the ports that are missing and binds all to the host. Throws what the server then shows as its fault. */
  allocate(server: Server, host: string): Vif[] {
    for (const nic of server.nics) {
      if (nic.portId === null) nic.portId = this.makePort(server, nic, host).id
      else this.bindPort(server, nic.portId, host)
    }
    const ports = this.portsOf(server)
    const unbound = ports.find(({ vifType }) => vifType !== 'ovs')
    if (unbound !== undefined) throw new BindingFailed(this.neutron.profile.name, unbound)
    return ports.map((port) => this.vifOf(port))
  }

  /** A build that failed: nova's own ports go, others are free again; the next host asks for the same networks. */
  release(server: Server): void {
    const nics = server.nics.map((nic) => (nic.isOwn ? { ...nic, portId: null } : nic))
    this.deallocate(server)
    server.nics.push(...nics)
  }

  deallocate(server: Server): void {
    const { ports, db } = this.neutron
    for (const { portId, isOwn } of server.nics) {
      const port = portId === null ? undefined : db.ports.get(portId)
      if (port === undefined) continue
      if (isOwn) ports.remove(port)
      else ports.update(port.id, { deviceId: '', deviceOwner: '', hostId: '' })
    }
    server.nics.length = 0
  }

  // --- and while a server moves to another host

  /** A second binding for each port, which does not count yet. The port that no agent there can take is told by its id. */
  bindAt(server: Server, host: string): string | null {
    const { bindings } = this.neutron
    for (const port of this.portsOf(server)) {
      if (bindings.create(port, host) === 'ovs') continue
      this.unbindAt(server, host)
      return port.id
    }
    return null
  }

  unbindAt(server: Server, host: string): void {
    for (const port of this.portsOf(server)) this.neutron.bindings.remove(port, host)
  }

  /** Routers and the like are made ready there; null: no longer. */
  announceMove(server: Server, host: string | null): void {
    for (const port of this.portsOf(server)) this.neutron.bindings.setMigratingTo(port, host)
  }

  activateAt(server: Server, host: string): void {
    for (const port of this.portsOf(server)) this.neutron.bindings.activate(port, host)
  }

  vifsOf(server: Server): Vif[] {
    return this.portsOf(server).map((port) => this.vifOf(port))
  }

  vifOf(port: Port): Vif {
    const { db } = this.neutron
    const network = db.networks.get(port.networkId)!
    return {
      portId: port.id,
      networkId: network.id,
      networkName: network.name,
      mac: port.mac,
      fixedIps: port.fixedIps,
      subnets: db.subnetsOf(network.id),
      mtu: network.mtu,
      hybrid: true,
    }
  }

  /** One NIC more on a server that runs. */
  attach(server: Server, request: NicRequest): Port {
    if (server.host === null) throw new ApiError(409, `Instance ${server.id} is not on a host`)
    const [nic] = this.nicsOf([request])
    if (nic!.portId === null) nic!.portId = this.makePort(server, nic!, server.host).id
    else this.bindPort(server, nic!.portId, server.host)
    server.nics.push(nic!)
    const port = this.neutron.db.ports.get(nic!.portId)!
    this.hosts.attach(server, this.vifOf(port))
    return port
  }

  detach(server: Server, portId: string): void {
    const at = server.nics.findIndex((nic) => nic.portId === portId)
    if (at < 0) throw new ApiError(404, `No Port with ID of ${portId} is attached to instance ${server.id}`)
    const [nic] = server.nics.splice(at, 1)
    void this.hosts.detach(server, portId).then(() => {
      const port = this.neutron.db.ports.get(portId)
      if (port === undefined) return
      if (nic!.isOwn) this.neutron.ports.remove(port)
      else this.neutron.ports.update(portId, { deviceId: '', deviceOwner: '', hostId: '' })
    })
  }

  // --- helpers of the above

  /** A tenant's boot without networks takes the only one there is. */
  private onlyNetwork(): NicRequest[] {
    const usable = [...this.neutron.db.networks.values()].filter(({ external, shared }) => !external || shared)
    if (usable.length > 1) {
      const status = this.neutron.profile.name === 'icehouse' ? 400 : 409
      throw new ApiError(status, 'Multiple possible networks found, use a Network ID to be more specific.')
    }
    return usable.map(({ id }) => ({ network: id, portId: null, address: null }))
  }

  private nicsOf(requests: readonly NicRequest[]): ServerNic[] {
    return requests.map((request) =>
      request.portId === null ? this.nicOnNetwork(request) : this.nicOfPort(request.portId, request.goesWithServer === true),
    )
  }

  private nicOnNetwork({ network: wanted, address }: NicRequest): ServerNic {
    const network = this.networkNamed(wanted ?? '')
    const { db } = this.neutron
    if (network.external && !network.shared && this.neutron.context.projectId !== network.tenantId) {
      throw new ApiError(403, `It is not allowed to create an interface on external network ${network.id}`)
    }
    if (db.subnetsOf(network.id).length === 0) {
      throw new ApiError(400, `Network ${network.id} requires a subnet in order to boot instances on.`)
    }
    const ip = address === null ? null : parseIpv4(address)
    if (address !== null && ip === null) throw new ApiError(400, `Invalid fixed IP address (${address})`)
    if (ip !== null && db.portAt(network.id, ip) !== null) {
      throw new ApiError(400, `Fixed IP address ${address} is already in use on instance ${db.portAt(network.id, ip)!.deviceId}.`)
    }
    return { portId: null, networkId: network.id, address: ip, isOwn: true }
  }

  private nicOfPort(id: string, isOwn: boolean): ServerNic {
    const port = this.neutron.db.ports.get(id)
    if (port === undefined) throw new ApiError(404, `Port id ${id} could not be found.`)
    if (port.deviceId !== '') throw new ApiError(409, `Port ${id} is still in use.`)
    return { portId: id, networkId: port.networkId, address: null, isOwn }
  }

  private networkNamed(wanted: string): Network {
    const { db } = this.neutron
    const byId = db.networks.get(wanted)
    if (byId !== undefined) return byId
    const named = [...db.networks.values()].filter(({ name }) => name === wanted)
    if (named.length !== 1) throw new ApiError(400, `Network ${wanted} could not be found.`)
    return named[0]!
  }

  private makePort(server: Server, nic: ServerNic, host: string): Port {
    const known = this.knownPort(server, nic.networkId)
    const address = nic.address ?? known.address
    const groups = this.wantedGroups.get(server) ?? []
    return this.neutron.ports.create({
      networkId: nic.networkId,
      deviceId: server.id,
      deviceOwner: this.ownerWord(),
      hostId: host,
      ...(address === undefined ? {} : { fixedIps: [{ address }] }),
      ...(known.id === undefined ? {} : { id: known.id }),
      ...(known.mac === undefined ? {} : { mac: known.mac }),
      ...(groups.length === 0 ? {} : { securityGroups: groups }),
    })
  }

  private bindPort(server: Server, portId: string, host: string): void {
    const port = this.neutron.db.ports.get(portId)
    if (port === undefined) throw new NeutronError(404, 'PortNotFound', `Port ${portId} could not be found.`)
    if (port.deviceId !== '' && port.deviceId !== server.id) throw new ApiError(409, `Port ${portId} is still in use.`)
    this.neutron.ports.update(portId, { deviceId: server.id, deviceOwner: this.ownerWord(), hostId: host })
  }

  private ownerWord(): string {
    return this.neutron.profile.server.computeOwner
  }

  /** What the documents' cloud drew for the NIC, unless it is in use. */
  private knownPort(server: Server, networkId: string): KnownPort {
    const { db } = this.neutron
    const known = this.spec.servers.find(({ name }) => name === server.name)
    const network = db.networks.get(networkId)!
    const nic = known?.nics.find((row: CloudNic) => row.network === network.name || row.network === network.id)
    if (nic === undefined || (nic.portId !== null && db.ports.has(nic.portId))) return {}
    const address = nic.address === null ? null : parseIpv4(nic.address)
    const mac = nic.mac === null ? null : parseMac(nic.mac)
    return {
      ...(nic.portId === null ? {} : { id: nic.portId }),
      ...(mac === null || db.portsOf(networkId).some((port) => port.mac === mac) ? {} : { mac }),
      ...(address === null || db.portAt(networkId, address) !== null ? {} : { address }),
    }
  }
}

/** No agent on the host could take the port. */
export class BindingFailed extends Error {
  constructor(release: NeutronRelease, { id, vifType }: Port) {
    super(
      release === 'icehouse'
        ? `Unexpected vif_type=${vifType}`
        : `Binding failed for port ${id}, please check neutron logs for more information.`,
    )
  }
}

/** What a server shows as its fault. */
export function faultText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
