// Ports: addresses, MACs, groups, and their binding to a host.
import { contains, formatIpv4, type Ipv4Address } from '../../../addr/ipv4.js'
import { formatMac, type MacAddress } from '../../../addr/mac.js'
import type { AddressPair, FixedIp, Network, Port, Subnet, VifType } from '../objects.js'
import { OWNER } from '../objects.js'
import { checkQuota, ownCount, type ServerContext } from './context.js'

export interface FixedIpInput {
  readonly subnetId?: string
  readonly address?: Ipv4Address
}

export interface PortInput {
  readonly id?: string
  readonly networkId: string
  readonly name?: string
  readonly tenantId?: string
  readonly mac?: MacAddress
  readonly fixedIps?: readonly FixedIpInput[]
  readonly deviceId?: string
  readonly deviceOwner?: string
  readonly hostId?: string
  readonly adminStateUp?: boolean
  readonly securityGroups?: readonly string[]
  readonly allowedAddressPairs?: readonly AddressPair[]
  readonly portSecurity?: boolean
}

export type PortChanges = Partial<Omit<PortInput, 'id' | 'networkId' | 'tenantId'>>

/** What they belong to deletes them. */
const NOT_DELETED_ALONE: ReadonlySet<string> = new Set([
  OWNER.routerInterface,
  OWNER.distributedInterface,
  OWNER.centralizedSnat,
  OWNER.agentGateway,
  OWNER.routerGateway,
  OWNER.floatingIp,
])

const MAX_FIXED_IPS = 5

/** fa:16:3e, the vendor part of every MAC that neutron makes. */
const BASE_MAC = 0xfa163e000000

export class Ports {
  constructor(
    private readonly server: ServerContext,
    private readonly defaultGroup: () => string,
  ) {}

  get(id: string): Port {
    const row = this.server.db.ports.get(id)
    if (row === undefined) throw this.server.refuse.error('PortNotFound', { id })
    return row
  }

  create(input: PortInput): Port {
    const { db, refuse, random, clock, projectId, notifier } = this.server
    const owner = input.deviceOwner ?? ''
    if (input.tenantId !== '') checkQuota(this.server, 'port', () => ownCount(db.ports.values()))
    const network = db.networks.get(input.networkId)
    if (network === undefined) throw refuse.error('NetworkNotFound', { id: input.networkId })
    const port: Port = {
      id: input.id ?? random.uuid(),
      networkId: network.id,
      name: input.name ?? '',
      tenantId: input.tenantId ?? projectId,
      mac: this.macFor(network, input.mac),
      fixedIps: this.addressesFor(network, input.fixedIps, [], owner),
      deviceId: input.deviceId ?? '',
      deviceOwner: owner,
      hostId: '',
      vifType: owner === OWNER.distributedInterface ? 'distributed' : 'unbound',
      status: owner === OWNER.floatingIp ? 'N/A' : 'DOWN',
      adminStateUp: input.adminStateUp ?? true,
      securityGroups: this.groupsFor(owner, input),
      allowedAddressPairs: input.allowedAddressPairs ?? [],
      portSecurity: input.portSecurity ?? !owner.startsWith('network:'),
      distributedBindings: new Map(),
      migratingTo: null,
      inactiveBindings: new Map(),
      createdUs: clock.nowUs,
    }
    db.ports.set(port.id, port)
    if (input.hostId !== undefined && input.hostId !== '') this.bind(port, input.hostId)
    notifier.portCreated(port)
    if (port.fixedIps.length > 0) notifier.membersUpdated(port, port.securityGroups)
    return port
  }

  update(id: string, changes: PortChanges): Port {
    const { db, notifier } = this.server
    const port = this.get(id)
    const before = {
      groups: port.securityGroups,
      fixedIps: port.fixedIps,
      host: port.hostId,
      mac: port.mac,
      adminStateUp: port.adminStateUp,
    }
    const network = db.networks.get(port.networkId)!
    if (changes.fixedIps !== undefined) {
      db.ports.readdress(port, this.addressesFor(network, changes.fixedIps, port.fixedIps, changes.deviceOwner ?? port.deviceOwner))
    }
    if (changes.mac !== undefined && changes.mac !== port.mac) db.ports.changeMac(port, this.macFor(network, changes.mac))
    const needsL2 = this.applySecurity(port, changes)
    const adminChanged = changes.adminStateUp !== undefined && changes.adminStateUp !== port.adminStateUp
    port.name = changes.name ?? port.name
    port.adminStateUp = changes.adminStateUp ?? port.adminStateUp
    db.ports.give(port, changes.deviceId ?? port.deviceId)
    port.deviceOwner = changes.deviceOwner ?? port.deviceOwner
    if (changes.hostId !== undefined && changes.hostId !== before.host) this.bind(port, changes.hostId)
    const moved = before.fixedIps !== port.fixedIps
    if (port.deviceOwner === OWNER.distributedInterface) port.vifType = 'distributed'
    notifier.portUpdated(port, needsL2 || adminChanged || moved, before)
    if (moved) notifier.addressesChanged(port, before.fixedIps)
    if (moved || before.groups !== port.securityGroups) {
      notifier.membersUpdated(port, [...new Set([...before.groups, ...port.securityGroups])])
    }
    return port
  }

  /** Through the API: ports of routers, gateways and floating IPs are deleted by what they belong to. */
  delete(id: string): void {
    const port = this.get(id)
    const { deviceOwner: owner } = port
    if (NOT_DELETED_ALONE.has(owner)) {
      throw this.server.refuse.error('ServicePortInUse', { id, owner })
    }
    this.remove(port)
  }

  remove(port: Port): void {
    const { db, notifier } = this.server
    const routers: string[] = []
    for (const row of db.floatingIpsOf(port.id)) {
      if (row.routerId !== null) routers.push(row.routerId)
      db.floatingIps.lead(row, { portId: null, fixedIp: null, routerId: null })
      row.status = 'DOWN'
    }
    db.ports.delete(port.id)
    notifier.portDeleted(port)
    if (routers.length > 0) notifier.routersUpdated([...new Set(routers)])
    notifier.membersUpdated(port, port.securityGroups)
  }

  /** Of a router on one host, or on every host that has the router. */
  makeInterface(port: Port, distributed: boolean): void {
    port.deviceOwner = distributed ? OWNER.distributedInterface : OWNER.routerInterface
    port.distributedBindings.clear()
    port.hostId = ''
    port.vifType = distributed ? 'distributed' : 'unbound'
    port.status = 'DOWN'
  }

  /** ML2's mechanism driver: the host must have a living agent that can reach the network's segment. */
  bind(port: Port, host: string): void {
    port.hostId = host
    port.vifType = this.vifTypeOn(port, host)
    if (port.vifType !== 'ovs' && port.status === 'ACTIVE') port.status = 'DOWN'
  }

  /** How the port would be bound on the host. */
  vifTypeOn(port: Port, host: string): VifType {
    if (host === '') return 'unbound'
    const { db, unbindable } = this.server
    const network = db.networks.get(port.networkId)!
    const agent = db.agents.on('Open vSwitch agent', host)
    const can = agent?.isAlive() === true && agent.adminStateUp && reaches(agent.configurations, network) && !unbindable.has(port.id)
    return can ? 'ovs' : 'binding_failed'
  }

  private applySecurity(port: Port, changes: PortChanges): boolean {
    const { refuse } = this.server
    const groups = changes.securityGroups ?? port.securityGroups
    const portSecurity = changes.portSecurity ?? port.portSecurity
    if (!portSecurity && groups.length > 0) throw refuse.error('PortSecurityPortHasSecurityGroup')
    const changed = changes.securityGroups !== undefined || changes.allowedAddressPairs !== undefined || portSecurity !== port.portSecurity
    if (changes.securityGroups !== undefined) port.securityGroups = this.knownGroups(changes.securityGroups)
    port.allowedAddressPairs = changes.allowedAddressPairs ?? port.allowedAddressPairs
    port.portSecurity = portSecurity
    return changed
  }

  /** A port of the network's own services has no groups; others are in the default one unless they say which. */
  private groupsFor(owner: string, input: PortInput): readonly string[] {
    if (input.securityGroups !== undefined) return this.knownGroups(input.securityGroups)
    if (owner.startsWith('network:') || input.portSecurity === false) return []
    return [this.defaultGroup()]
  }

  private knownGroups(ids: readonly string[]): readonly string[] {
    for (const id of ids) if (!this.server.db.securityGroups.has(id)) throw this.server.refuse.error('SecurityGroupNotFound', { id })
    return [...new Set(ids)]
  }

  private macFor(network: Network, wanted: MacAddress | undefined): MacAddress {
    const { db, random, refuse } = this.server
    if (wanted !== undefined) {
      if (db.ports.hasMac(network.id, wanted)) throw refuse.error('MacAddressInUse', { network: network.id, mac: formatMac(wanted) })
      return wanted
    }
    for (;;) {
      const mac = BASE_MAC + random.below(0x1000000)
      if (!db.ports.hasMac(network.id, mac)) return mac
    }
  }

  private addressesFor(network: Network, wanted: readonly FixedIpInput[] | undefined, old: readonly FixedIp[], owner: string): FixedIp[] {
    if (wanted === undefined) return this.anyAddress(network, owner)
    if (wanted.length > MAX_FIXED_IPS) throw this.invalid('Exceeded maximim amount of fixed ips per port')
    const taken: FixedIp[] = []
    for (const one of wanted) taken.push(this.addressFor(network, one, old, taken, owner))
    return taken
  }

  /** One IPv4 address out of the first subnet that has one; a network without subnets gives none. */
  private anyAddress(network: Network, owner: string): FixedIp[] {
    const { db, refuse } = this.server
    const subnets = db.subnetsOf(network.id)
    for (const subnet of subnets) {
      const address = this.choose(subnet, owner, [])
      if (address !== null) return [{ subnetId: subnet.id, address }]
    }
    if (subnets.length > 0) throw refuse.error('IpAddressGenerationFailure', { network: network.id })
    return []
  }

  private addressFor(network: Network, one: FixedIpInput, old: readonly FixedIp[], taken: readonly FixedIp[], owner: string): FixedIp {
    const { refuse } = this.server
    const subnet = this.subnetFor(network, one)
    if (one.address === undefined) {
      const kept = old.find((fixed) => fixed.subnetId === subnet.id && !taken.includes(fixed))
      if (kept !== undefined) return kept
      const address = this.choose(subnet, owner, taken)
      if (address === null) throw refuse.error('IpAddressGenerationFailure', { network: network.id })
      return { subnetId: subnet.id, address }
    }
    const kept = old.find((fixed) => fixed.address === one.address && fixed.subnetId === subnet.id)
    if (kept !== undefined) return kept
    const isTaken = this.server.db.portAt(network.id, one.address) !== null || taken.some((fixed) => fixed.address === one.address)
    if (isTaken) throw refuse.error('IpAddressInUse', { network: network.id, subnet: subnet.id, address: formatIpv4(one.address) })
    return { subnetId: subnet.id, address: one.address }
  }

  private choose(subnet: Subnet, owner: string, taken: readonly FixedIp[]): Ipv4Address | null {
    const { db, ipam } = this.server
    const isUsed = (address: Ipv4Address): boolean => {
      const port = db.portAt(subnet.networkId, address)
      return port !== null || taken.some((fixed) => fixed.address === address)
    }
    return ipam.choose(subnet, isUsed, owner === OWNER.dhcp)
  }

  private subnetFor(network: Network, one: FixedIpInput): Subnet {
    const { db } = this.server
    if (one.subnetId !== undefined) {
      const subnet = db.subnets.get(one.subnetId)
      if (subnet === undefined || subnet.networkId !== network.id) {
        throw this.invalid(`Failed to create port on network ${network.id}, because fixed_ips included invalid subnet ${one.subnetId}`)
      }
      if (one.address !== undefined && !contains(subnet.cidr, one.address)) {
        throw this.invalid(`IP address ${formatIpv4(one.address)} is not a valid IP for the defined subnet`)
      }
      return subnet
    }
    if (one.address === undefined) throw this.invalid('IP allocation requires subnet_id or ip_address')
    const subnet = db.subnetsOf(network.id).find((row) => contains(row.cidr, one.address!))
    if (subnet === undefined) {
      throw this.invalid(`IP address ${formatIpv4(one.address)} is not a valid IP for the defined networks subnets`)
    }
    return subnet
  }

  private invalid(message: string): Error {
    return this.server.refuse.error('InvalidInput', { message })
  }
}

function reaches(configurations: Readonly<Record<string, unknown>>, network: Network): boolean {
  const { networkType, physicalNetwork } = network
  if (networkType === 'local') return true
  const tunnels = configurations.tunnel_types as readonly string[] | undefined
  if (networkType === 'gre' || networkType === 'vxlan') return tunnels?.includes(networkType) === true
  const mappings = configurations.bridge_mappings as Readonly<Record<string, string>> | undefined
  return mappings !== undefined && Object.hasOwn(mappings, physicalNetwork ?? '')
}
