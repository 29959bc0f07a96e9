// Which address of a subnet a port gets: by the release's way of choosing, from the subnet's pools.
import { broadcastOf, compareIpv4, type Ipv4Address, type Ipv4Prefix, networkOf } from '../../../addr/ipv4.js'
import type { Random } from '../../../sim/random.js'
import type { AddressPool, Subnet } from '../objects.js'
import type { ServerProfile } from '../release.js'

/** All hosts of a prefix; of /31 and /32 all addresses. */
export function hostRange(cidr: Ipv4Prefix): AddressPool {
  const network = networkOf(cidr)
  if (cidr.length >= 31) return { first: network.address, last: broadcastOf(cidr) }
  return { first: (network.address + 1) | 0, last: (broadcastOf(cidr) - 1) | 0 }
}

/** Without pools of its own a subnet gives out all hosts but its gateway. */
export function defaultPools(cidr: Ipv4Prefix, gateway: Ipv4Address | null): AddressPool[] {
  const all = hostRange(cidr)
  if (gateway === null || !inPool(all, gateway)) return [all]
  const pools: AddressPool[] = []
  if (compareIpv4(all.first, gateway) < 0) pools.push({ first: all.first, last: (gateway - 1) | 0 })
  if (compareIpv4(gateway, all.last) < 0) pools.push({ first: (gateway + 1) | 0, last: all.last })
  return pools
}

export function inPool(pool: AddressPool, address: Ipv4Address): boolean {
  return compareIpv4(pool.first, address) <= 0 && compareIpv4(address, pool.last) <= 0
}

export class Ipam {
  /** Where the ascending choice goes on in each subnet: what was freed comes again when the pools have been gone through. */
  private readonly cursors = new Map<string, Ipv4Address>()
  /** Addresses that the documents name; nobody else is given one. */
  private readonly reserved = new Map<string, Set<Ipv4Address>>()

  constructor(
    private readonly profile: ServerProfile,
    private readonly random: Random,
  ) {}

  /** null: the pools are used up. `lowest`: DHCP ports of the later releases. */
  choose(subnet: Subnet, isUsed: (address: Ipv4Address) => boolean, lowest: boolean): Ipv4Address | null {
    const { ipam } = this.profile
    if (ipam.kind === 'ascending') return this.nextAscending(subnet, isUsed)
    const free = this.freeOnes(subnet, isUsed, lowest ? 1 : ipam.window)
    return free.length === 0 ? null : free[this.random.below(free.length)]!
  }

  reserve(subnetId: string, address: Ipv4Address): void {
    const known = this.reserved.get(subnetId)
    if (known === undefined) this.reserved.set(subnetId, new Set([address]))
    else known.add(address)
  }

  forget(subnetId: string): void {
    this.cursors.delete(subnetId)
  }

  private nextAscending(subnet: Subnet, isUsed: (address: Ipv4Address) => boolean): Ipv4Address | null {
    const after = this.cursors.get(subnet.id)
    const address = this.firstFree(subnet, isUsed, after) ?? (after === undefined ? null : this.firstFree(subnet, isUsed, undefined))
    if (address !== null) this.cursors.set(subnet.id, address)
    return address
  }

  private firstFree(subnet: Subnet, isUsed: (address: Ipv4Address) => boolean, after: Ipv4Address | undefined): Ipv4Address | null {
    for (const pool of subnet.pools) {
      if (after !== undefined && compareIpv4(pool.last, after) <= 0) continue
      let address = after !== undefined && inPool(pool, after) ? (after + 1) | 0 : pool.first
      for (; compareIpv4(address, pool.last) <= 0; address = (address + 1) | 0) {
        if (!isUsed(address) && !this.isReserved(subnet, address)) return address
      }
    }
    return null
  }

  private freeOnes(subnet: Subnet, isUsed: (address: Ipv4Address) => boolean, limit: number): Ipv4Address[] {
    const free: Ipv4Address[] = []
    for (const pool of subnet.pools) {
      for (let address = pool.first; compareIpv4(address, pool.last) <= 0; address = (address + 1) | 0) {
        if (isUsed(address) || this.isReserved(subnet, address)) continue
        free.push(address)
        if (free.length === limit) return free
      }
    }
    return free
  }

  private isReserved(subnet: Subnet, address: Ipv4Address): boolean {
    return this.reserved.get(subnet.id)?.has(address) === true
  }
}
