// dnsmasq's DNS: names of /etc/hosts, of additional files and of leases; everything else goes to the servers upstream.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { parseIpv4 } from '../../../addr/ipv4.js'
import type { DnsMessage, DnsQuestion, DnsRecord } from '../../../wire/dns.js'
import {
  addressRecord,
  DNS_AA,
  DNS_NXDOMAIN,
  DNS_REFUSED,
  DNS_TYPE_A,
  DNS_TYPE_PTR,
  dnsResponse,
  nameRecord,
  reverseNameOf,
} from '../../../wire/dns.js'
import type { Lease } from './lease-table.js'
import type { DnsmasqConfig } from './options.js'

export interface HostsFile {
  readonly path: string
  readonly entries: readonly { readonly address: Ipv4Address; readonly names: readonly string[] }[]
}

export function parseHostsFile(path: string, text: string): HostsFile {
  const entries: { address: Ipv4Address; names: string[] }[] = []
  for (const line of text.split('\n')) {
    const words = line.replace(/#.*/, '').trim().split(/\s+/)
    const address = parseIpv4(words[0] ?? '')
    if (address !== null && words.length > 1) entries.push({ address, names: words.slice(1) })
  }
  return { path, entries }
}

export class DnsServer {
  hostsFiles: readonly HostsFile[] = []
  /** Read from the resolv-file and --server. */
  upstream: readonly Ipv4Address[] = []

  constructor(
    private readonly config: DnsmasqConfig,
    private readonly leases: () => readonly Lease[],
    private readonly answersAll: boolean,
  ) {}

  /** An answer of our own; null when the question must go upstream. */
  local(query: DnsMessage): DnsMessage | null {
    const question = query.questions[0]
    if (question === undefined || query.questions.length !== 1) return dnsResponse(query, DNS_REFUSED, [])
    const answers = this.recordsFor(question)
    if (answers !== null) return dnsResponse(query, DNS_AA, answers)
    if (this.isOwnDomain(question.name) || this.isRefusedUpwards(question)) return dnsResponse(query, DNS_NXDOMAIN, [])
    return this.upstream.length === 0 ? dnsResponse(query, DNS_REFUSED, []) : null
  }

  /** Empty: the name exists with other types only. Null: unknown. */
  private recordsFor(question: DnsQuestion): DnsRecord[] | null {
    const name = question.name.toLowerCase()
    if (question.type === DNS_TYPE_PTR) {
      const names = this.namesOf(name)
      return names.length === 0 ? null : names.map((target) => nameRecord(question.name, DNS_TYPE_PTR, target, 0))
    }
    const addresses = this.addressesOf(name)
    if (addresses.length === 0) return null
    if (question.type === DNS_TYPE_A) return addresses.map((address) => addressRecord(question.name, address, 0))
    // Other types of a name of ours: asked upstream, refused where there is nobody to ask. Before 2.86 an --address answered for all.
    return this.answersAll && this.isFixed(name) ? [] : null
  }

  private isFixed(name: string): boolean {
    return this.config.fixedAddresses.some(({ domain }) => domain === '#' || name === domain || name.endsWith(`.${domain}`))
  }

  /** What upstream says is not there is there when we know its address. */
  corrected(query: DnsMessage, answer: DnsMessage): DnsMessage {
    const name = query.questions[0]?.name.toLowerCase() ?? ''
    return (answer.flags & 15) === DNS_NXDOMAIN && this.addressesOf(name).length > 0 ? dnsResponse(query, 0, []) : answer
  }

  /** Where a name comes from, as the log says it: `DHCP`, `/etc/hosts`, `config`. */
  sourceOf(name: string): string {
    const wanted = name.toLowerCase()
    for (const file of this.hostsFiles) {
      for (const { address, names } of file.entries)
        if (names.some((known) => known.toLowerCase() === wanted) || reverseNameOf(address) === wanted) return file.path
    }
    for (const lease of this.leases()) if (this.leaseNames(lease).includes(wanted) || reverseNameOf(lease.address) === wanted) return 'DHCP'
    return 'config'
  }

  addressesOf(name: string): Ipv4Address[] {
    const found: Ipv4Address[] = []
    for (const { address, names } of this.hostEntries()) if (names.some((known) => known.toLowerCase() === name)) found.push(address)
    // A lease does not get a name that a file gives away.
    if (found.length === 0) for (const lease of this.leases()) if (this.leaseNames(lease).includes(name)) found.push(lease.address)
    for (const { domain, address } of this.config.fixedAddresses) {
      if (found.length === 0 && (domain === '#' || name === domain || name.endsWith(`.${domain}`))) found.push(address)
    }
    return found
  }

  private namesOf(reverse: string): string[] {
    for (const { address, names } of this.hostEntries()) if (reverseNameOf(address) === reverse) return [names[0]!]
    for (const lease of this.leases())
      if (lease.name !== null && reverseNameOf(lease.address) === reverse) return [this.leaseNames(lease).at(-1)!]
    return []
  }

  /** A lease answers to its bare name and to the one with the domain. */
  private leaseNames(lease: Lease): string[] {
    if (lease.name === null) return []
    const bare = lease.name.toLowerCase()
    return this.config.domain === null ? [bare] : [bare, `${bare}.${this.config.domain}`]
  }

  private *hostEntries(): Generator<{ address: Ipv4Address; names: readonly string[] }> {
    for (const file of this.hostsFiles) {
      for (const { address, names } of file.entries) {
        const expand = this.config.given.has('expand-hosts') && this.config.domain !== null
        yield {
          address,
          names: expand ? names.flatMap((name) => (name.includes('.') ? [name] : [`${name}.${this.config.domain}`, name])) : names,
        }
      }
    }
  }

  /** Which file gives the name another address. */
  conflict(name: string, address: Ipv4Address): { source: string; address: Ipv4Address } | null {
    const full = this.config.domain === null ? name : `${name}.${this.config.domain}`
    for (const file of this.hostsFiles) {
      for (const entry of file.entries) {
        if (entry.address !== address && entry.names.some((known) => known === name || known === full))
          return { source: file.path, address: entry.address }
      }
    }
    return null
  }

  private isOwnDomain(name: string): boolean {
    return this.config.localDomains.some((domain) => name === domain || name.endsWith(`.${domain}`))
  }

  private isRefusedUpwards(question: DnsQuestion): boolean {
    if (this.config.given.has('domain-needed') && !question.name.includes('.')) return true
    return this.config.given.has('bogus-priv') && question.type === DNS_TYPE_PTR && isPrivateReverse(question.name)
  }
}

function isPrivateReverse(name: string): boolean {
  return /\.(10|168\.192|(1[6-9]|2\d|3[01])\.172|254\.169)\.in-addr\.arpa$/i.test(`.${name}`)
}
