// dnsmasq's leases: by client, by address, with the script calls and the file that record them.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { formatIpv4, parseIpv4 } from '../../../addr/ipv4.js'
import type { MacAddress } from '../../../addr/mac.js'
import { formatMac, parseMac } from '../../../addr/mac.js'

export interface Lease {
  readonly mac: MacAddress
  /** Hex of option 61, '*' when the client sent none. */
  clientId: string
  readonly address: Ipv4Address
  /** Seconds since 1970; Infinity never ends. */
  expires: number
  name: string | null
  interfaceName: string
}

export type LeaseAction = 'add' | 'old' | 'del'

export class LeaseTable {
  private readonly byAddress = new Map<Ipv4Address, Lease>()

  get size(): number {
    return this.byAddress.size
  }

  all(): Lease[] {
    return [...this.byAddress.values()]
  }

  at(address: Ipv4Address): Lease | null {
    return this.byAddress.get(address) ?? null
  }

  ofClient(mac: MacAddress, clientId: string): Lease | null {
    for (const lease of this.byAddress.values()) if (clientId !== '*' && lease.clientId === clientId) return lease
    for (const lease of this.byAddress.values()) if (lease.mac === mac && (clientId === '*' || lease.clientId === '*')) return lease
    return null
  }

  set(lease: Lease): void {
    this.byAddress.set(lease.address, lease)
  }

  remove(lease: Lease): void {
    if (this.byAddress.get(lease.address) === lease) this.byAddress.delete(lease.address)
  }

  expired(nowSeconds: number): Lease[] {
    return this.all().filter((lease) => lease.expires <= nowSeconds)
  }

  /** Seconds since 1970 of the next end, null when nothing ends. */
  nextExpiry(): number | null {
    let next = Number.POSITIVE_INFINITY
    for (const lease of this.byAddress.values()) next = Math.min(next, lease.expires)
    return next === Number.POSITIVE_INFINITY ? null : next
  }

  /** `EXPIRES MAC ADDRESS NAME|* CLIENTID|*` */
  text(): string {
    return this.all().map(leaseLine).join('')
  }
}

function leaseLine(lease: Lease): string {
  const expires = lease.expires === Number.POSITIVE_INFINITY ? 0 : Math.floor(lease.expires)
  return `${expires} ${formatMac(lease.mac)} ${formatIpv4(lease.address)} ${lease.name ?? '*'} ${lease.clientId}\n`
}

/** Null for a line that is none. */
export function parseLeaseLine(line: string): Lease | null {
  const [expires, macText, addressText, name, clientId] = line.trim().split(/\s+/)
  const mac = parseMac(macText ?? '')
  const address = parseIpv4(addressText ?? '')
  if (mac === null || address === null || expires === undefined || !/^\d+$/.test(expires)) return null
  return {
    mac,
    address,
    expires: expires === '0' ? Number.POSITIVE_INFINITY : Number(expires),
    name: name === undefined || name === '*' ? null : name,
    clientId: clientId ?? '*',
    interfaceName: '',
  }
}
