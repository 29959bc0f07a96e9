// What a scenario's `cloud:` says neutron's tables hold when the lab opens.
import { networkOf, parseIpv4, parsePrefix } from '../../addr/ipv4.js'
import { parseMac } from '../../addr/mac.js'
import { CloudError } from '../cloud-error.js'
import type {
  CloudCentralPort,
  CloudFloatingIp,
  CloudNetwork,
  CloudNic,
  CloudPort,
  CloudRouter,
  CloudRouterInterface,
  CloudSecurityGroup,
  CloudSpec,
  CloudSubnet,
} from '../spec.js'
import type { AddressPool, HostRoute, Network, Router, Subnet } from './objects.js'
import { OWNER, RESERVED_DHCP_PORT } from './objects.js'
import type { CentralPortInput } from './server/distributed-routers.js'
import type { NeutronApi } from './server/neutron-api.js'
import { NeutronError } from './server/neutron-error.js'
import type { PortInput } from './server/ports.js'
import { segmentKey } from './server/segments.js'

export class SpecRows {
  constructor(
    private readonly api: NeutronApi,
    private readonly spec: CloudSpec,
    /** The name in the API of a node. */
    private readonly hostOf: (node: string) => string,
  ) {}

  /** Networks, groups, routers, ports; addresses that servers of the documents have are kept for them. */
  load(): void {
    const { spec } = this
    for (const network of spec.networks) this.reserveSegment(network)
    each('networks', spec.networks, (network, i) => this.addNetwork(network, i))
    each('security-groups', spec.securityGroups, (group) => this.addGroup(group))
    each('security-groups', spec.securityGroups, (group) => this.addRules(group))
    each('ports', spec.ports, (port) => this.addPort(port))
    each('routers', spec.routers, (router, i) => this.addRouter(router, i))
    for (const server of spec.servers) for (const nic of server.nics) this.reserve(nic)
    for (const { network, address } of spec.floatingIps) this.reserve({ network, address, portId: null, mac: null })
  }

  /** Needs the ports of the servers that are booted with the lab. `portOf` finds a server's first one. */
  loadFloatingIps(portOf: (server: string) => string | null): void {
    each('floating-ips', this.spec.floatingIps, (row) => this.addFloatingIp(row, row.server === null ? null : portOf(row.server)))
  }

  /** Servers that run when the lab opens have their ports from the beginning; their names to the ports' ids. */
  serverPorts(): Map<string, string[]> {
    const known = new Map<string, string[]>()
    each('servers', this.spec.servers, ({ name, boot, nics, groups, host }) => {
      if (boot)
        known.set(
          name,
          nics.map((nic) => this.serverPort(nic, groups, host)),
        )
    })
    return known
  }

  private serverPort(nic: CloudNic, groups: readonly string[], host: string | null): string {
    const port = this.api.ports.create({
      networkId: this.network(nic.network).id,
      ...(groups.length === 0 ? {} : { securityGroups: groups.map((group) => this.groupNamed(group).id) }),
      ...drawn(nic.portId, nic.mac, nic.address),
    })
    // Routers are made where their servers were before the lab was switched on.
    if (this.spec.mode === 'dvr' && host !== null) {
      port.hostId = this.hostOf(host)
      port.vifType = 'ovs'
      port.deviceOwner = this.api.profile.server.computeOwner
    }
    return port.id
  }

  network(wanted: string): Network {
    const { networks } = this.api.db
    const found = networks.get(wanted) ?? [...networks.values()].find(({ name }) => name === wanted)
    if (found === undefined) throw new CloudError(`cloud: no network "${wanted}"`)
    return found
  }

  private addNetwork(spec: CloudNetwork, i: number): void {
    const { segments, projectId } = this.api.context
    const { type, physicalNetwork, segment } = spec
    const isTenants = type === null && physicalNetwork === null && segment === null
    const networkType = type ?? segments.pools.tenantType
    const network = this.api.networks.create({
      name: spec.name,
      external: spec.external,
      shared: spec.shared,
      tenantId: projectId,
      provider: isTenants ? null : { networkType, physicalNetwork, segmentationId: segment },
      ...(spec.id === null ? {} : { id: spec.id }),
      ...(spec.mtu === null ? {} : { mtu: spec.mtu }),
    })
    each(`networks[${i}].subnets`, spec.subnets, (subnet) => this.addSubnet(network, subnet))
  }

  /** Networks without a number of their own come before some with one. */
  private reserveSegment({ type, physicalNetwork, segment }: CloudNetwork): void {
    const { segments } = this.api.context
    if (segment !== null) segments.reserved.add(segmentKey(type ?? segments.pools.tenantType, physicalNetwork, segment))
  }

  private addSubnet(network: Network, spec: CloudSubnet): void {
    const gateway = spec.gateway === 'none' ? null : spec.gateway === null ? undefined : parseIpv4(spec.gateway)!
    this.api.subnets.create({
      networkId: network.id,
      name: spec.name,
      cidr: parsePrefix(spec.cidr)!,
      enableDhcp: spec.dhcp,
      dns: spec.dns.map((text) => parseIpv4(text)!),
      hostRoutes: spec.hostRoutes.map(hostRouteOf),
      ...(gateway === undefined ? {} : { gatewayIp: gateway }),
      ...(spec.id === null ? {} : { id: spec.id }),
      ...(spec.pools.length === 0 ? {} : { pools: spec.pools.map(poolOf) }),
    })
  }

  private addGroup(spec: CloudSecurityGroup): void {
    const { securityGroups } = this.api
    const group = securityGroups.add({ name: spec.name, description: spec.description, ...(spec.id === null ? {} : { id: spec.id }) })
    if (spec.rules === null) securityGroups.addEgress(group)
  }

  private addRules(spec: CloudSecurityGroup): void {
    const group = this.groupNamed(spec.name)
    for (const rule of spec.rules ?? []) {
      this.api.securityGroups.push(group, {
        groupId: group.id,
        direction: rule.direction,
        ethertype: rule.ethertype,
        protocol: rule.protocol,
        portMin: rule.from < 0 ? null : rule.from,
        portMax: rule.to < 0 ? null : rule.to,
        remotePrefix: rule.cidr,
        remoteGroupId: rule.remoteGroup === null ? null : this.groupNamed(rule.remoteGroup).id,
        ...(rule.id === null ? {} : { id: rule.id }),
      })
    }
  }

  private groupNamed(wanted: string) {
    const { db, securityGroups } = this.api
    if (wanted === 'default') return securityGroups.defaultGroup()
    const found = db.securityGroups.get(wanted) ?? [...db.securityGroups.values()].find(({ name }) => name === wanted)
    if (found === undefined) throw new CloudError(`cloud: no security group "${wanted}"`)
    return found
  }

  private addPort(spec: CloudPort): void {
    const network = this.network(spec.network)
    const device = spec.device === '' && spec.owner === OWNER.dhcp ? RESERVED_DHCP_PORT : spec.device
    const port = this.api.ports.create({
      networkId: network.id,
      name: spec.name,
      deviceOwner: spec.owner,
      deviceId: device,
      ...(spec.host === null ? {} : { hostId: this.hostOf(spec.host) }),
      ...(spec.groups === null ? {} : { securityGroups: spec.groups.map((group) => this.groupNamed(group).id) }),
      ...drawn(spec.id, spec.mac, spec.address),
    })
    // The agents come after the rows: what they find bound to their hosts is theirs.
    if (this.spec.mode === 'dvr' && spec.host !== null) port.vifType = 'ovs'
  }

  private addRouter(spec: CloudRouter, i: number): void {
    const { routers } = this.api
    const distributed = this.spec.mode === 'dvr' && (spec.distributed ?? true)
    const router = routers.create({ name: spec.name, distributed, ...(spec.id === null ? {} : { id: spec.id }) })
    router.host = spec.host === null ? null : this.hostOf(spec.host)
    if (spec.external !== null) {
      const { network, portId, mac, address } = spec.external
      const { id, ...rest } = drawn(portId, mac, address)
      routers.update(router.id, { gateway: { networkId: this.network(network).id, ...rest, ...(id === undefined ? {} : { portId: id }) } })
    }
    each(`routers[${i}].interfaces`, spec.interfaces, (row) => this.addInterface(router, row))
  }

  private addInterface(router: Router, spec: CloudRouterInterface): void {
    const { ports, routers, context } = this.api
    const subnet = this.subnetNamed(spec.subnet)
    const address = spec.address === null ? subnet.gatewayIp : parseIpv4(spec.address)!
    const port = ports.create({
      networkId: subnet.networkId,
      deviceId: router.id,
      deviceOwner: router.distributed ? OWNER.distributedInterface : OWNER.routerInterface,
      securityGroups: spec.groups.map((group) => this.groupNamed(group).id),
      ...drawn(spec.portId, spec.mac, null),
      ...(address === null ? {} : { fixedIps: [{ subnetId: subnet.id, address }] }),
    })
    if (!spec.bound) context.unbindable.add(port.id)
    if (spec.snat !== null) routers.dvr.wanted.set(`${router.id} ${subnet.id}`, centralOf(spec.snat))
    routers.dvr.settle(router)
  }

  private subnetNamed(wanted: string): Subnet {
    const { subnets } = this.api.db
    const found = subnets.get(wanted) ?? [...subnets.values()].find(({ name }) => name === wanted)
    if (found === undefined) throw new CloudError(`cloud: no subnet "${wanted}"`)
    return found
  }

  private addFloatingIp(spec: CloudFloatingIp, portId: string | null): void {
    const { id, ...rest } = drawn(spec.portId, spec.mac, null)
    this.api.floatingIps.create({
      networkId: this.network(spec.network).id,
      address: parseIpv4(spec.address)!,
      portId,
      ...rest,
      ...(spec.id === null ? {} : { id: spec.id }),
      ...(id === undefined ? {} : { floatingPortId: id }),
    })
  }

  private reserve({ network, address }: CloudNic): void {
    if (address === null) return
    const value = parseIpv4(address)!
    for (const subnet of this.api.db.subnetsOf(this.network(network).id)) this.api.context.ipam.reserve(subnet.id, value)
  }
}

/** neutron's own word on a row that it does not take. */
function each<T>(key: string, rows: readonly T[], add: (row: T, i: number) => void): void {
  rows.forEach((row, i) => {
    try {
      add(row, i)
    } catch (error) {
      if (!(error instanceof NeutronError)) throw error
      throw new CloudError(`cloud.${key}[${i}]: ${error.message}`)
    }
  })
}

/** What the documents' cloud drew for a port; keys that they leave open are absent. */
function drawn(id: string | null, mac: string | null, address: string | null): Pick<PortInput, 'id' | 'mac' | 'fixedIps'> {
  return {
    ...(id === null ? {} : { id }),
    ...(mac === null ? {} : { mac: parseMac(mac)! }),
    ...(address === null ? {} : { fixedIps: [{ address: parseIpv4(address)! }] }),
  }
}

function centralOf({ portId, mac, address }: CloudCentralPort): CentralPortInput {
  return {
    ...(portId === null ? {} : { portId }),
    ...(mac === null ? {} : { mac: parseMac(mac)! }),
    ...(address === null ? {} : { address: parseIpv4(address)! }),
  }
}

function poolOf(text: string): AddressPool {
  const [first, last] = text.split('-').map((part) => parseIpv4(part)!)
  return { first: first!, last: last! }
}

function hostRouteOf(text: string): HostRoute {
  const [destination, , hop] = text.split(/\s+/)
  return { destination: networkOf(parsePrefix(destination!)!), nextHop: parseIpv4(hop!)! }
}
