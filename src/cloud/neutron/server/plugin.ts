// The server's end of what agents ask: details of devices, filtering, routers, networks with DHCP, tunnel ends.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import type { MacAddress } from '../../../addr/mac.js'
import { AgentError } from '../../agent.js'
import type { AgentRow, FloatingIp, Network, Port, Router, Subnet } from '../objects.js'
import { OWNER, RESERVED_DHCP_PORT } from '../objects.js'
import type {
  AgentReport,
  DeviceDetails,
  DvrMac,
  DvrSubnet,
  NetworkInfo,
  PluginRpc,
  RouterInfo,
  RouterPort,
  SecurityGroupInfo,
} from '../rpc.js'
import type { AgentNotifier } from './agent-notifier.js'
import { DvrNotifier } from './dvr-notifier.js'
import { DvrPlaces, isDvrServiced } from './dvr-places.js'
import { FirewallInfo } from './firewall-info.js'
import { L2Population } from './l2-population.js'
import type { MessageBus } from './message-bus.js'
import type { NeutronApi } from './neutron-api.js'
import { NeutronError } from './neutron-error.js'
import { RouterInfos } from './router-infos.js'
import type { Schedulers } from './schedulers.js'

interface TunnelEnd {
  readonly ip: Ipv4Address
  readonly type: 'gre' | 'vxlan'
  readonly host: string
}

/** Characters of a port's id in a device's name. */
const SHORT_ID = 11

export class Plugin implements PluginRpc {
  private readonly ends: TunnelEnd[] = []
  private readonly firewall: FirewallInfo
  private readonly l2pop: L2Population | null
  private readonly routerInfos: RouterInfos
  private readonly places: DvrPlaces

  constructor(
    private readonly api: NeutronApi,
    private readonly bus: MessageBus,
    private readonly notifier: AgentNotifier,
    private readonly schedulers: Schedulers,
    l2population: boolean,
  ) {
    this.firewall = new FirewallInfo(api.db, api.profile.server)
    this.l2pop = l2population ? new L2Population(api.db, bus, (host, type) => this.endOf(host, type), api.profile.l2.native ? 2 : 1) : null
    notifier.l2population = this.l2pop
    this.routerInfos = new RouterInfos(api)
    this.places = new DvrPlaces(api.db)
    if (api.profile.server.dvr) notifier.dvr = new DvrNotifier(api.db, bus, api.dvrPorts)
  }

  reportAgent(report: AgentReport): Promise<void> {
    return this.bus.call(() => this.enroll(report))
  }

  /** The agent's row, new or once more. */
  enroll(report: AgentReport): void {
    const { db, context } = this.api
    const known = db.agents.on(report.type, report.host)
    const row: AgentRow = {
      id: known?.id ?? context.random.uuid(),
      type: report.type,
      binary: report.binary,
      host: report.host,
      topic: report.topic,
      adminStateUp: true,
      configurations: report.configurations,
      startedUs: context.clock.nowUs,
      isAlive: report.isAlive,
    }
    db.agents.set(row.id, row)
  }

  // --- L2

  getDeviceDetails(device: string, host: string): Promise<DeviceDetails | null> {
    return this.bus.call(() => this.details(device, host))
  }

  getDevicesDetails(devices: readonly string[], host: string): Promise<readonly (DeviceDetails | null)[]> {
    return this.bus.call(() => devices.map((device) => this.details(device, host)))
  }

  updateDeviceUp(portId: string, host: string): Promise<void> {
    return this.bus.call(() => {
      const port = this.api.db.ports.get(portId)
      if (port === undefined || !isBoundTo(port, host) || !port.adminStateUp) return
      const before = port.distributedBindings.get(host) ?? port.status
      port.status = 'ACTIVE'
      if (port.distributedBindings.has(host)) port.distributedBindings.set(host, 'ACTIVE')
      this.l2pop?.portUp(port, host, before !== 'ACTIVE')
      if (port.deviceOwner.startsWith('compute:')) this.bus.cast(() => this.bus.computes.get(host)?.vifPlugged(port.id))
    })
  }

  updateDeviceDown(portId: string, host: string): Promise<void> {
    return this.bus.call(() => {
      const port = this.api.db.ports.get(portId)
      if (port?.deviceOwner === OWNER.distributedInterface) this.distributedDown(port, host)
      if (port === undefined || port.hostId !== host || port.status === 'DOWN') return
      port.status = 'DOWN'
      this.l2pop?.portDown(port)
    })
  }

  /** The interface works as long as it does on some host; a host that lost the router has no binding by now. */
  private distributedDown(port: Port, host: string): void {
    const { distributedBindings } = port
    if (distributedBindings.has(host)) distributedBindings.set(host, 'DOWN')
    if (![...distributedBindings.values()].includes('ACTIVE')) port.status = 'DOWN'
    this.l2pop?.portDown(port, host)
  }

  tunnelSync(ip: Ipv4Address, type: 'gre' | 'vxlan', host: string): Promise<readonly Ipv4Address[]> {
    return this.bus.call(() => {
      this.knowEnd(ip, type, host)
      if (!this.bus.late.has(host)) this.notifier.allL2((agent) => agent.tunnelUpdate(ip, type), host)
      return this.ends.filter((end) => end.type === type).map((end) => end.ip)
    })
  }

  /** One more end of tunnels, which nobody is told of. */
  knowEnd(ip: Ipv4Address, type: 'gre' | 'vxlan', host: string): void {
    if (!this.ends.some((end) => end.ip === ip && end.type === type)) this.ends.push({ ip, type, host })
  }

  securityGroupInfoForPorts(portIds: readonly string[]): Promise<SecurityGroupInfo> {
    return this.bus.call(() => this.firewall.forPorts(portIds))
  }

  // --- L3

  syncRouters(host: string, routerIds?: readonly string[]): Promise<readonly RouterInfo[]> {
    return this.bus.call(() => {
      const { routers } = this.api.db
      const elsewhere = routerIds === undefined ? this.schedulers.placeRoutersFor(host) : []
      if (elsewhere.length > 0) this.notifier.routersUpdated(elsewhere.map(({ id }) => id))
      return [...routers.values()]
        .filter((router) => this.isOn(router, host) && (routerIds === undefined || routerIds.includes(router.id)))
        .map((router) => this.routerInfos.of(router, host))
    })
  }

  updateFloatingIpStatuses(_routerId: string, statuses: ReadonlyMap<string, 'ACTIVE' | 'DOWN' | 'ERROR'>): Promise<void> {
    return this.bus.call(() => {
      for (const [id, status] of statuses) {
        const row = this.api.db.floatingIps.get(id)
        if (row === undefined || (status === 'DOWN' && this.hasMoved(row))) continue
        row.status = status
      }
    })
  }

  /** With DVR the host that serves it no more may be heard after the one that does now. */
  private hasMoved({ routerId }: FloatingIp): boolean {
    return routerId !== null && this.api.db.routers.get(routerId)?.distributed === true
  }

  getAgentGatewayPort(networkId: string, host: string): Promise<RouterPort | null> {
    return this.bus.call(() => {
      const port = this.api.dvrPorts.agentGateway(networkId, host)
      return port === null ? null : this.routerInfos.port(port)
    })
  }

  getPortsOnSubnet(subnetId: string): Promise<readonly Port[]> {
    return this.bus.call(() => this.portsOnSubnet(subnetId))
  }

  getPortsOnHostBySubnet(host: string, subnetId: string): Promise<readonly Port[]> {
    return this.bus.call(() => this.portsOnSubnet(subnetId).filter((port) => port.hostId === host && isDvrServiced(port.deviceOwner)))
  }

  getSubnetForDvr(subnetId: string): Promise<DvrSubnet | null> {
    return this.bus.call(() => this.api.dvrPorts.subnet(subnetId))
  }

  getDvrMacAddress(host: string): Promise<MacAddress> {
    return this.bus.call(() => {
      const { mac, isNew } = this.api.dvrPorts.macOf(host)
      if (isNew) this.notifier.allL2((agent) => agent.dvrMacAddressUpdate(this.api.dvrPorts.allMacs()))
      return mac
    })
  }

  getDvrMacAddresses(): Promise<readonly DvrMac[]> {
    return this.bus.call(() => this.api.dvrPorts.allMacs())
  }

  // --- DHCP and metadata

  getActiveNetworks(host: string): Promise<readonly NetworkInfo[]> {
    return this.bus.call(() => {
      for (const network of this.api.db.networks.values()) this.schedulers.placeNetwork(network)
      return this.schedulers.networksOf(host).map((network) => this.networkInfo(network))
    })
  }

  getNetworkInfo(networkId: string): Promise<NetworkInfo | null> {
    return this.bus.call(() => {
      const network = this.api.db.networks.get(networkId)
      return network === undefined ? null : this.networkInfo(network)
    })
  }

  createDhcpPort(networkId: string, deviceId: string, host: string): Promise<Port | null> {
    return this.bus.call(() => {
      const { db } = this.api
      const network = db.networks.get(networkId)
      const subnets = db.subnetsOf(networkId).filter(({ enableDhcp }) => enableDhcp)
      if (network === undefined || subnets.length === 0) return null
      this.notifier.isOwnPort = true
      try {
        return this.dhcpPort(network, subnets, deviceId, host)
      } catch (error) {
        // Its log has it; the network goes without.
        throw error instanceof NeutronError ? new AgentError(`Remote error: ${error.type} ${error.message}`) : error
      } finally {
        this.notifier.isOwnPort = false
      }
    })
  }

  releaseDhcpPort(networkId: string, deviceId: string): Promise<void> {
    return this.bus.call(() => {
      this.notifier.isOwnPort = true
      for (const port of this.api.db.portsOfDevice(deviceId, OWNER.dhcp)) if (port.networkId === networkId) this.api.ports.remove(port)
      this.notifier.isOwnPort = false
    })
  }

  portsByAddress(address: Ipv4Address, on: { readonly routerId: string } | { readonly networkId: string }): Promise<readonly Port[]> {
    return this.bus.call(() => {
      const { db } = this.api
      const networks = 'networkId' in on ? [on.networkId] : db.interfacesOf(on.routerId).map(({ networkId }) => networkId)
      return [...new Set(networks)].map((id) => db.portAt(id, address)).filter((port) => port !== null)
    })
  }

  // --- helpers of the above

  private isOn(router: Router, host: string): boolean {
    return router.distributed ? this.places.isOn(router, host) : router.host === host
  }

  private details(device: string, host: string): DeviceDetails | null {
    const port = this.portNamed(device)
    if (port === null || !isBoundTo(port, host)) return null
    const network = this.api.db.networks.get(port.networkId)!
    if (port.vifType !== 'distributed' && port.status !== 'ACTIVE') port.status = port.adminStateUp ? 'BUILD' : 'DOWN'
    return {
      portId: port.id,
      networkId: network.id,
      networkType: network.networkType,
      segmentationId: network.segmentationId,
      physicalNetwork: network.physicalNetwork,
      adminStateUp: port.adminStateUp,
      mac: port.mac,
      fixedIps: port.fixedIps,
      deviceOwner: port.deviceOwner,
      portSecurity: port.portSecurity,
      allowedAddressPairs: port.allowedAddressPairs,
    }
  }

  private portNamed(device: string): Port | null {
    const { ports } = this.api.db
    const exact = ports.get(device)
    if (exact !== undefined) return exact
    if (device.length < SHORT_ID) return null
    for (const port of ports.values()) if (port.id.startsWith(device)) return port
    return null
  }

  private portsOnSubnet(subnetId: string): Port[] {
    return this.api.db.portsOnSubnet(subnetId)
  }

  private endOf(host: string, type: 'gre' | 'vxlan'): Ipv4Address | null {
    return this.ends.find((end) => end.host === host && end.type === type)?.ip ?? null
  }

  private networkInfo(network: Network): NetworkInfo {
    const { db } = this.api
    return { network, subnets: db.subnetsOf(network.id), ports: db.portsOf(network.id) }
  }

  /** The agent's own port, a reserved one, or a new one; with an address in each subnet that has DHCP. */
  private dhcpPort(network: Network, subnets: readonly Subnet[], deviceId: string, host: string): Port {
    const { db, ports } = this.api
    const own = db.portsOf(network.id).filter((port) => port.deviceOwner === OWNER.dhcp)
    const found = own.find((port) => port.deviceId === deviceId) ?? own.find((port) => port.deviceId === RESERVED_DHCP_PORT)
    const fixedIps = subnets.map(({ id }) => ({ subnetId: id }))
    if (found === undefined) {
      const input = { networkId: network.id, tenantId: network.tenantId, deviceId, deviceOwner: OWNER.dhcp, hostId: host, fixedIps }
      return ports.create(input)
    }
    const isWhole =
      found.fixedIps.length === subnets.length && subnets.every(({ id }) => found.fixedIps.some(({ subnetId }) => subnetId === id))
    if (found.deviceId !== deviceId || found.hostId !== host || !isWhole) {
      ports.update(found.id, { deviceId, hostId: host, ...(isWhole ? {} : { fixedIps }) })
    }
    return found
  }
}

function isBoundTo({ hostId, vifType, distributedBindings }: Port, host: string): boolean {
  return (hostId === host && vifType === 'ovs') || distributedBindings.has(host)
}
