// Type drivers: which segment a new network gets, and which it may ask for.
import type { Random } from '../../../sim/random.js'
import type { Network, NetworkType } from '../objects.js'
import type { ServerProfile } from '../release.js'
import type { Refusals } from './neutron-error.js'

export interface Segment {
  readonly networkType: NetworkType
  readonly physicalNetwork: string | null
  readonly segmentationId: number | null
}

export interface SegmentPools {
  /** What a tenant's network becomes. */
  readonly tenantType: NetworkType
  /** Ids that tenants are given; an administrator may ask for others. */
  readonly tunnelRange: readonly [low: number, high: number]
  /** Physical networks with their range of VLANs for tenants; flat ones are listed too. */
  readonly physical: ReadonlyMap<string, readonly [low: number, high: number] | null>
}

export class Segments {
  /** Segments that a scenario's networks ask for by number, as `type physical id`: nobody else is given them. */
  readonly reserved = new Set<string>()

  constructor(
    readonly pools: SegmentPools,
    private readonly profile: ServerProfile,
    private readonly networks: ReadonlyMap<string, Network>,
    private readonly refuse: Refusals,
    private readonly random: Random,
  ) {}

  forTenant(): Segment {
    const { tenantType, tunnelRange, physical } = this.pools
    if (tenantType === 'local') return { networkType: 'local', physicalNetwork: null, segmentationId: null }
    if (tenantType === 'gre' || tenantType === 'vxlan') {
      const id = this.free(tenantType, null, tunnelRange)
      if (id !== null) return { networkType: tenantType, physicalNetwork: null, segmentationId: id }
    } else {
      for (const [name, range] of physical) {
        const id = range === null ? null : this.free('vlan', name, range)
        if (id !== null) return { networkType: 'vlan', physicalNetwork: name, segmentationId: id }
      }
    }
    throw this.refuse.error('NoNetworkAvailable')
  }

  /** What an administrator asks for, checked; parts that are missing are chosen. */
  forProvider(wanted: Segment): Segment {
    const { networkType } = wanted
    if (networkType === 'local') return this.only(wanted, {})
    if (networkType === 'gre' || networkType === 'vxlan') return this.tunnel(wanted)
    const physical = wanted.physicalNetwork
    if (physical === null) throw this.invalid(`physical_network required for ${networkType} provider network`)
    if (!this.pools.physical.has(physical)) throw this.invalid(`physical_network '${physical}' unknown for ${networkType} provider network`)
    if (networkType === 'flat') {
      if (this.taken('flat', physical, null)) throw this.refuse.error('FlatNetworkInUse', { physical })
      return this.only(wanted, { physicalNetwork: physical })
    }
    const range = this.pools.physical.get(physical) ?? [1, 4094]
    const segment = wanted.segmentationId ?? this.free('vlan', physical, range)
    if (segment === null) throw this.refuse.error('NoNetworkAvailable')
    if (segment < 1 || segment > 4094) throw this.invalid('segmentation_id out of range (1 through 4094)')
    if (this.taken('vlan', physical, segment)) throw this.refuse.error('VlanIdInUse', { segment, physical })
    return { networkType, physicalNetwork: physical, segmentationId: segment }
  }

  private tunnel(wanted: Segment): Segment {
    if (wanted.physicalNetwork !== null) throw this.invalid(`physical_network specified for ${wanted.networkType} network`)
    const segment = wanted.segmentationId ?? this.free(wanted.networkType, null, this.pools.tunnelRange)
    if (segment === null) throw this.refuse.error('NoNetworkAvailable')
    if (this.taken(wanted.networkType, null, segment)) throw this.refuse.error('TunnelIdInUse', { segment })
    return { networkType: wanted.networkType, physicalNetwork: null, segmentationId: segment }
  }

  private only(wanted: Segment, has: Partial<Segment>): Segment {
    if (wanted.segmentationId !== null) throw this.invalid(`segmentation_id prohibited for ${wanted.networkType} provider network`)
    return { networkType: wanted.networkType, physicalNetwork: has.physicalNetwork ?? null, segmentationId: null }
  }

  private free(type: NetworkType, physical: string | null, [low, high]: readonly [number, number]): number | null {
    const used = new Set(
      [...this.networks.values()].filter((row) => row.networkType === type && row.physicalNetwork === physical).map(idOf),
    )
    const isFree = (id: number): boolean => !used.has(id) && !this.reserved.has(segmentKey(type, physical, id))
    if (this.profile.segments === 'any') {
      for (let tries = 0; tries < 64; tries++) {
        const id = this.random.between(low, high)
        if (isFree(id)) return id
      }
    }
    for (let id = low; id <= high; id++) if (isFree(id)) return id
    return null
  }

  private taken(type: NetworkType, physical: string | null, id: number | null): boolean {
    return [...this.networks.values()].some(
      (row) => row.networkType === type && row.physicalNetwork === physical && (id === null || row.segmentationId === id),
    )
  }

  private invalid(message: string): Error {
    return this.refuse.error('InvalidInput', { message })
  }
}

export function segmentKey(type: NetworkType, physical: string | null, id: number): string {
  return `${type} ${physical ?? ''} ${id}`
}

function idOf(network: Network): number {
  return network.segmentationId ?? 0
}
