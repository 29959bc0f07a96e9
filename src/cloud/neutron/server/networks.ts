// Networks: create, change, delete.
import { ownOf } from '../../../grammar/own-of.js'
import type { Network } from '../objects.js'
import { OWNER } from '../objects.js'
import { checkQuota, ownCount, type ServerContext } from './context.js'
import type { Ports } from './ports.js'
import type { Segment } from './segments.js'
import type { Subnets } from './subnets.js'

export interface NetworkInput {
  readonly id?: string
  readonly name?: string
  readonly tenantId?: string
  readonly adminStateUp?: boolean
  readonly shared?: boolean
  readonly external?: boolean
  readonly provider?: Segment | null
  readonly mtu?: number
}

/** Headers of a tunnel that the underlay must carry beside the frame. */
const TUNNEL_OVERHEAD: Readonly<Record<string, number>> = { gre: 42, vxlan: 50 }

const DEFAULT_MTU = 1500

export class Networks {
  constructor(
    private readonly server: ServerContext,
    private readonly subnets: Subnets,
    private readonly ports: Ports,
  ) {}

  get(id: string): Network {
    const row = this.server.db.networks.get(id)
    if (row === undefined) throw this.server.refuse.error('NetworkNotFound', { id })
    return row
  }

  create(input: NetworkInput): Network {
    const { db, random, segments, clock, projectId } = this.server
    checkQuota(this.server, 'network', () => ownCount(db.networks.values()))
    const provider = input.provider ?? null
    const segment = provider === null ? segments.forTenant() : segments.forProvider(provider)
    const network: Network = {
      id: input.id ?? random.uuid(),
      name: input.name ?? '',
      tenantId: input.tenantId ?? projectId,
      adminStateUp: input.adminStateUp ?? true,
      status: 'ACTIVE',
      shared: input.shared ?? false,
      external: input.external ?? false,
      networkType: segment.networkType,
      physicalNetwork: segment.physicalNetwork,
      segmentationId: segment.segmentationId,
      mtu: input.mtu ?? this.mtuOf(segment),
      createdUs: clock.nowUs,
    }
    db.networks.set(network.id, network)
    this.server.notifier.networkChanged('create', network.id)
    return network
  }

  update(id: string, changes: NetworkInput): Network {
    const network = this.get(id)
    if (changes.external === false && network.external) this.refuseGateways(network)
    network.name = changes.name ?? network.name
    network.adminStateUp = changes.adminStateUp ?? network.adminStateUp
    network.shared = changes.shared ?? network.shared
    network.external = changes.external ?? network.external
    network.mtu = changes.mtu ?? network.mtu
    this.server.notifier.networkChanged('update', id)
    return network
  }

  /** Ports of DHCP agents go with it; any other port keeps it. */
  delete(id: string): void {
    const { db, refuse, notifier } = this.server
    this.get(id)
    const ports = db.portsOf(id)
    if (ports.some((port) => port.deviceOwner !== OWNER.dhcp)) throw refuse.error('NetworkInUse', { id })
    for (const port of ports) this.ports.remove(port)
    for (const subnet of db.subnetsOf(id)) this.subnets.drop(subnet)
    db.networks.delete(id)
    notifier.networkChanged('delete', id)
  }

  private mtuOf(segment: Segment): number {
    const { profile, underlayMtu } = this.server
    if (!profile.server.hasMtu) return DEFAULT_MTU
    return underlayMtu - (ownOf(TUNNEL_OVERHEAD, segment.networkType) ?? 0)
  }

  private refuseGateways(network: Network): void {
    const isUsed = this.server.db.portsOf(network.id).some((port) => port.deviceOwner === OWNER.routerGateway)
    if (isUsed) throw this.server.refuse.error('ExternalNetworkInUse', { id: network.id })
  }
}
