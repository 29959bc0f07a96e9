// nova-network's table of fixed addresses: who has which, and when one may be given out again.

import { addressesOf } from '../../addr/allocate.js'
import type { Ipv4Address, Ipv4Prefix } from '../../addr/ipv4.js'
import { broadcastOf, compareIpv4, formatIpv4, parseIpv4 } from '../../addr/ipv4.js'
import type { MacAddress } from '../../addr/mac.js'
import { parseMac } from '../../addr/mac.js'
import type { Random } from '../../sim/random.js'
import { hostnameOf } from '../nova/hostname.js'
import type { FixedAddress, Server } from '../nova/objects.js'
import type { CloudServer } from '../spec.js'

interface FixedRow {
  readonly address: Ipv4Address
  readonly fixed: FixedAddress
  readonly server: Server
  /** False once the server is gone; the row stays while a lease may still live. */
  allocated: boolean
  releasedUs: number
}

export class FixedAddresses {
  private readonly rows = new Map<Ipv4Address, FixedRow>()

  constructor(
    private readonly cidr: Ipv4Prefix,
    private readonly gateway: Ipv4Address,
    private readonly known: readonly CloudServer[],
    private readonly random: Random,
  ) {}

  /** The lowest free address, unless the documents know the server's. Null when the network is full. */
  allocate(server: Server): FixedAddress | null {
    const known = this.known.find(({ name }) => name === server.name)
    const pinned = known?.address === undefined || known.address === null ? null : parseIpv4(known.address)
    const address = pinned !== null && !this.rows.has(pinned) ? pinned : this.lowestFree()
    if (address === null) return null
    const fixed: FixedAddress = { address, mac: this.macFor(known), leased: false }
    this.rows.set(address, { address, fixed, server, allocated: true, releasedUs: 0 })
    return fixed
  }

  /** The server is gone; the address is free again when its lease has ended or time is up. */
  release(address: Ipv4Address, nowUs: number): void {
    const row = this.rows.get(address)
    if (row === undefined) return
    row.allocated = false
    row.releasedUs = nowUs
    if (!row.fixed.leased) this.rows.delete(address)
  }

  lease(address: Ipv4Address, isLeased: boolean): void {
    const row = this.rows.get(address)
    if (row === undefined) return
    row.fixed.leased = isLeased
    if (!isLeased && !row.allocated) this.rows.delete(address)
  }

  /** Frees what was released before `beforeUs` though no lease end was ever told. */
  sweep(beforeUs: number): void {
    for (const row of this.rows.values()) if (!row.allocated && row.releasedUs <= beforeUs) this.rows.delete(row.address)
  }

  serverAt(address: Ipv4Address): Server | null {
    const row = this.rows.get(address)
    return row?.allocated === true ? row.server : null
  }

  /** Addresses with a living lease. */
  leased(): { server: Server; fixed: FixedAddress }[] {
    return [...this.rows.values()].filter(({ fixed }) => fixed.leased)
  }

  /** Lines of dnsmasq's hosts file. */
  hostsLines(domain: string, formatMac: (mac: MacAddress) => string): string[] {
    return [...this.rows.values()]
      .filter((row) => row.allocated)
      .sort((a, b) => compareIpv4(a.address, b.address))
      .map((row) => `${formatMac(row.fixed.mac)},${hostnameOf(row.server)}.${domain},${formatIpv4(row.address)}`)
  }

  private lowestFree(): Ipv4Address | null {
    const last = broadcastOf(this.cidr)
    for (const address of addressesOf(this.cidr)) {
      if (address === this.cidr.address || address === this.gateway || address === last || this.rows.has(address)) continue
      if (this.known.some((server) => server.address === formatIpv4(address))) continue
      return address
    }
    return null
  }

  /** fa:16:3e and three random bytes, the first of them at most 7f. */
  private macFor(known: CloudServer | undefined): MacAddress {
    const used = new Set([...this.rows.values()].map((row) => row.fixed.mac))
    const pinned = known?.mac === undefined || known.mac === null ? null : parseMac(known.mac)
    if (pinned !== null && !used.has(pinned)) return pinned
    for (;;) {
      const mac = 0xfa163e000000 + this.random.below(0x800000)
      if (!used.has(mac)) return mac
    }
  }
}
