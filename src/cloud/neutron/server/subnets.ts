// Subnets: ranges, gateways, pools, and what clients are told by DHCP.
import { compareIpv4, contains, formatIpv4, formatPrefix, type Ipv4Address, type Ipv4Prefix, networkOf } from '../../../addr/ipv4.js'
import type { AddressPool, HostRoute, Subnet } from '../objects.js'
import { OWNER } from '../objects.js'
import { checkQuota, ownCount, type ServerContext } from './context.js'
import { defaultPools, hostRange, inPool } from './ipam.js'

export interface SubnetInput {
  readonly id?: string
  readonly networkId: string
  readonly cidr: Ipv4Prefix
  readonly name?: string
  readonly tenantId?: string
  /** undefined: the first host; null: none. */
  readonly gatewayIp?: Ipv4Address | null
  readonly enableDhcp?: boolean
  readonly pools?: readonly AddressPool[]
  readonly dns?: readonly Ipv4Address[]
  readonly hostRoutes?: readonly HostRoute[]
}

export type SubnetChanges = Partial<Pick<SubnetInput, 'name' | 'gatewayIp' | 'enableDhcp' | 'pools' | 'dns' | 'hostRoutes'>>

export class Subnets {
  constructor(private readonly server: ServerContext) {}

  get(id: string): Subnet {
    const row = this.server.db.subnets.get(id)
    if (row === undefined) throw this.server.refuse.error('SubnetNotFound', { id })
    return row
  }

  create(input: SubnetInput): Subnet {
    const { db, refuse, random, clock, projectId, notifier } = this.server
    checkQuota(this.server, 'subnet', () => ownCount(db.subnets.values()))
    if (!db.networks.has(input.networkId)) throw refuse.error('NetworkNotFound', { id: input.networkId })
    const cidr = networkOf(input.cidr)
    this.refuseOverlap(input.networkId, cidr)
    const gatewayIp = input.gatewayIp === undefined ? hostRange(cidr).first : input.gatewayIp
    this.checkGateway(cidr, gatewayIp)
    if (input.pools !== undefined) this.checkPools(cidr, input.pools, gatewayIp)
    const subnet: Subnet = {
      id: input.id ?? random.uuid(),
      networkId: input.networkId,
      name: input.name ?? '',
      tenantId: input.tenantId ?? projectId,
      cidr,
      gatewayIp,
      enableDhcp: input.enableDhcp ?? true,
      pools: input.pools ?? defaultPools(cidr, gatewayIp),
      dns: input.dns ?? [],
      hostRoutes: input.hostRoutes ?? [],
      createdUs: clock.nowUs,
    }
    db.subnets.set(subnet.id, subnet)
    notifier.subnetChanged('create', subnet.id, subnet.networkId)
    return subnet
  }

  update(id: string, changes: SubnetChanges): Subnet {
    const subnet = this.get(id)
    const pools = changes.pools ?? subnet.pools
    const gatewayIp = changes.gatewayIp === undefined ? subnet.gatewayIp : changes.gatewayIp
    if (gatewayIp !== subnet.gatewayIp) {
      this.refuseUsedGateway(subnet)
      this.checkGateway(subnet.cidr, gatewayIp)
    }
    if (changes.pools !== undefined || gatewayIp !== subnet.gatewayIp) this.checkPools(subnet.cidr, pools, gatewayIp)
    subnet.name = changes.name ?? subnet.name
    subnet.gatewayIp = gatewayIp
    subnet.pools = pools
    subnet.enableDhcp = changes.enableDhcp ?? subnet.enableDhcp
    subnet.dns = changes.dns ?? subnet.dns
    subnet.hostRoutes = changes.hostRoutes ?? subnet.hostRoutes
    this.server.notifier.subnetChanged('update', id, subnet.networkId)
    return subnet
  }

  /** DHCP ports lose their address in it; any other port keeps it. */
  delete(id: string): void {
    const { db, refuse, notifier } = this.server
    const subnet = this.get(id)
    const ports = db.portsOf(subnet.networkId).filter((port) => port.fixedIps.some((fixed) => fixed.subnetId === id))
    if (ports.some((port) => port.deviceOwner !== OWNER.dhcp)) throw refuse.error('SubnetInUse', { id })
    for (const port of ports)
      db.ports.readdress(
        port,
        port.fixedIps.filter((fixed) => fixed.subnetId !== id),
      )
    this.drop(subnet)
    notifier.subnetChanged('delete', id, subnet.networkId)
  }

  drop(subnet: Subnet): void {
    this.server.db.subnets.delete(subnet.id)
    this.server.ipam.forget(subnet.id)
  }

  private refuseOverlap(networkId: string, cidr: Ipv4Prefix): void {
    const other = this.server.db.subnetsOf(networkId).find((row) => contains(row.cidr, cidr.address) || contains(cidr, row.cidr.address))
    if (other === undefined) return
    const message = `Requested subnet with cidr: ${formatPrefix(cidr)} for network: ${networkId} overlaps with another subnet`
    throw this.server.refuse.error('InvalidInput', { message })
  }

  private checkGateway(cidr: Ipv4Prefix, gateway: Ipv4Address | null): void {
    if (gateway === null || inPool(hostRange(cidr), gateway)) return
    throw this.server.refuse.error('InvalidInput', { message: 'Gateway is not valid on subnet' })
  }

  private refuseUsedGateway(subnet: Subnet): void {
    if (subnet.gatewayIp === null) return
    const user = this.server.db.portAt(subnet.networkId, subnet.gatewayIp)
    if (user === null || user.deviceId === '') return
    throw this.server.refuse.error('GatewayIpInUse', { address: formatIpv4(subnet.gatewayIp), port: user.id })
  }

  private checkPools(cidr: Ipv4Prefix, pools: readonly AddressPool[], gateway: Ipv4Address | null): void {
    const { refuse } = this.server
    const hosts = hostRange(cidr)
    for (const pool of pools) {
      if (compareIpv4(pool.first, pool.last) > 0) throw refuse.error('InvalidAllocationPool', { pool: poolText(pool) })
      if (!inPool(hosts, pool.first) || !inPool(hosts, pool.last)) {
        throw refuse.error('OutOfBoundsAllocationPool', { pool: poolText(pool), cidr: formatPrefix(cidr) })
      }
      if (gateway !== null && inPool(pool, gateway)) {
        throw refuse.error('GatewayConflictWithAllocationPools', { address: formatIpv4(gateway), pool: poolText(pool) })
      }
    }
    pools.forEach((pool, i) => {
      const other = pools.slice(0, i).find((row) => inPool(row, pool.first) || inPool(pool, row.first))
      if (other === undefined) return
      throw refuse.error('OverlappingAllocationPools', { pool1: poolText(other), pool2: poolText(pool), cidr: formatPrefix(cidr) })
    })
  }
}

function poolText(pool: AddressPool): string {
  return `${formatIpv4(pool.first)}-${formatIpv4(pool.last)}`
}
