// dnsmasq's DHCP answers (rfc2131.c): which message gets which reply, and what the log says about it.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { formatIpv4, maskOf } from '../../../addr/ipv4.js'
import type { MacAddress } from '../../../addr/mac.js'
import { formatMac } from '../../../addr/mac.js'
import type { DhcpOption } from '../../../wire/dhcp.js'
import {
  addressOption,
  BOOTREPLY,
  DHCPACK,
  DHCPDECLINE,
  DHCPDISCOVER,
  DHCPINFORM,
  DHCPNAK,
  DHCPOFFER,
  DHCPRELEASE,
  DHCPREQUEST,
  DHO_CLIENT_IDENTIFIER,
  DHO_HOST_NAME,
  DHO_LEASE_TIME,
  DHO_MESSAGE,
  DHO_MESSAGE_TYPE,
  DHO_REBINDING_TIME,
  DHO_RENEWAL_TIME,
  DHO_REQUESTED_ADDRESS,
  DHO_SERVER_IDENTIFIER,
  DhcpMessage,
  numberOption,
  textOption,
} from '../../../wire/dhcp.js'
import { matchedTags, matchingHosts } from './dhcp-clients.js'
import { receivedLines, sentLines } from './dhcp-log.js'
import { askedOptions } from './dhcp-options.js'
import type { Lease } from './lease-table.js'
import { LeaseTable } from './lease-table.js'
import type { DhcpHost, DhcpRange, DhcpSetOption, DnsmasqConfig } from './options.js'

/** The interface a message came in on, as the server sees it. */
export interface DhcpLink {
  readonly name: string
  readonly address: Ipv4Address
  readonly prefixLength: number
  readonly broadcast: Ipv4Address
}

/** What the server needs of the daemon around it. */
export interface DhcpSurroundings {
  readonly nowSeconds: number
  log(text: string): void
  leaseChanged(action: 'add' | 'old' | 'del', lease: Lease): void
  /** An address the name already has in /etc/hosts and the like; null when it is free. */
  nameConflict(name: string, address: Ipv4Address): { readonly source: string; readonly address: Ipv4Address } | null
  /** ICMP echo before a dynamic address is offered. */
  isAnswering(address: Ipv4Address): Promise<boolean>
}

interface Client {
  readonly message: DhcpMessage
  readonly mac: MacAddress
  readonly clientId: string
  readonly link: DhcpLink
  readonly host: DhcpHost | null
  readonly tags: ReadonlySet<string>
  lease: Lease | null
}

export class DhcpServer {
  readonly leases = new LeaseTable()
  /** From the hosts files; read anew on HUP. */
  fileHosts: readonly DhcpHost[] = []
  fileOptions: readonly DhcpSetOption[] = []

  constructor(
    private readonly config: DnsmasqConfig,
    private readonly around: DhcpSurroundings,
  ) {}

  /**
   * The reply, null for none. `links`: the addresses of the interface; a client is served by that in whose subnet the address
   * is that it has, asks for, or is meant to get.
   */
  async answer(message: DhcpMessage, links: readonly DhcpLink[]): Promise<DhcpMessage | null> {
    this.prune()
    const link = this.linkFor(message, links)
    const range = this.rangesOn(link)[0]
    const client = this.clientOf(message, link, range ?? null)
    this.logMore(
      message,
      receivedLines(
        message,
        links.flatMap((own) => this.rangesOn(own)),
        link,
      ),
    )
    if (client.host?.isIgnored === true) {
      this.log(client, nameOfType(message.messageType), null, 'ignored')
      return null
    }
    switch (message.messageType) {
      case DHCPDISCOVER:
        return this.discover(client)
      case DHCPREQUEST:
        return this.request(client)
      case DHCPDECLINE:
        this.log(client, 'DHCPDECLINE', message.address(DHO_REQUESTED_ADDRESS), '')
        if (client.lease !== null) this.drop(client.lease)
        return null
      case DHCPRELEASE:
        this.release(client)
        return null
      case DHCPINFORM:
        return this.inform(client)
      default:
        return null
    }
  }

  linkFor(message: DhcpMessage, links: readonly DhcpLink[]): DhcpLink {
    const hosts = this.matchingHosts(message)
    const wanted = [...hosts.map(({ address }) => address), message.ciaddr, message.address(DHO_REQUESTED_ADDRESS)]
    for (const address of wanted) {
      const link = address === null || address === 0 ? undefined : links.find((own) => this.isOnLink(address, own))
      if (link !== undefined) return link
    }
    return links[0]!
  }

  prune(): void {
    for (const lease of this.leases.expired(this.around.nowSeconds)) this.drop(lease)
  }

  private drop(lease: Lease): void {
    this.leases.remove(lease)
    this.around.leaseChanged('del', lease)
  }

  private clientOf(message: DhcpMessage, link: DhcpLink, range: DhcpRange | null): Client {
    const mac = message.chaddr
    const id = message.option(DHO_CLIENT_IDENTIFIER)
    const clientId = id === null ? '*' : [...id].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
    const hosts = this.matchingHosts(message)
    const host = hosts.find(({ address }) => address !== null && this.isOnLink(address, link)) ?? hosts[0] ?? null
    const tags = new Set<string>([
      ...(range?.tag == null ? [] : [range.tag]),
      ...(host === null ? [] : [...host.tags, 'known']),
      ...matchedTags(this.config.matches, message),
      link.name,
    ])
    return { message, mac, clientId, link, host, tags, lease: this.leases.ofClient(mac, clientId) }
  }

  private matchingHosts(message: DhcpMessage): readonly DhcpHost[] {
    return matchingHosts([...this.config.hosts, ...this.fileHosts], message)
  }

  /** Ranges of the interface's subnet. */
  private rangesOn(link: DhcpLink): DhcpRange[] {
    const mask = maskOf(link.prefixLength)
    return this.config.ranges.filter((range) => ((range.start ^ link.address) & mask) === 0)
  }

  private isOnLink(address: Ipv4Address, link: DhcpLink): boolean {
    return ((address ^ link.address) & maskOf(link.prefixLength)) === 0
  }

  private rangeFor(client: Client, address: Ipv4Address): DhcpRange | null {
    const ranges = this.rangesOn(client.link)
    const dynamic = ranges.find((range) => !range.isStatic && isWithin(range, address))
    if (dynamic !== undefined) return dynamic
    // An address given to a host may lie anywhere in the subnet.
    return this.isOnLink(address, client.link) ? (ranges[0] ?? null) : null
  }

  private async discover(client: Client): Promise<DhcpMessage | null> {
    const requested = client.message.address(DHO_REQUESTED_ADDRESS)
    const address = await this.chooseAddress(client, requested)
    if (this.rangesOn(client.link).length === 0) {
      this.log(client, 'DHCPDISCOVER', null, `no address range available for DHCP request via ${client.link.name}`)
      return null
    }
    this.log(client, 'DHCPDISCOVER', requested, address === null ? 'no address available' : '')
    if (address === null) return null
    this.log(client, 'DHCPOFFER', address, '')
    return this.reply(client, DHCPOFFER, address)
  }

  private async chooseAddress(client: Client, requested: Ipv4Address | null): Promise<Ipv4Address | null> {
    const fixed = client.host?.address ?? null
    if (fixed !== null && this.isOnLink(fixed, client.link)) {
      const holder = this.leases.at(fixed)
      if (holder === null || holder === client.lease) return fixed
      this.around.log(`not using configured address ${formatIpv4(fixed)} because it is leased to ${formatMac(holder.mac)}`)
    }
    if (client.lease !== null && this.isDynamic(client, client.lease.address)) return client.lease.address
    if (requested !== null && this.isDynamic(client, requested) && this.leases.at(requested) === null && !this.isReserved(requested))
      return requested
    return this.allocate(client)
  }

  private isDynamic(client: Client, address: Ipv4Address): boolean {
    return this.rangesOn(client.link).some((range) => !range.isStatic && isWithin(range, address))
  }

  private isReserved(address: Ipv4Address): boolean {
    return [...this.config.hosts, ...this.fileHosts].some((host) => host.address === address)
  }

  /** Starts at a hash of the MAC, so that a client tends to get its old address again (address_allocate). */
  private async allocate(client: Client): Promise<Ipv4Address | null> {
    let hash = 0
    for (const byte of macBytes(client.mac)) hash = (byte + (hash << 6) + (hash << 16) - hash) | 0
    for (const range of this.rangesOn(client.link)) {
      if (range.isStatic) continue
      const size = (range.end >>> 0) - (range.start >>> 0) + 1
      const first = (hash >>> 0) % size
      for (let i = 0; i < size; i++) {
        const address = (range.start + ((first + i) % size)) | 0
        const last = address & 0xff
        if (address === client.link.address || this.leases.at(address) !== null || this.isReserved(address)) continue
        if (last === 0 || last === 255) continue
        if (this.config.given.has('no-ping') || !(await this.around.isAnswering(address))) return address
      }
    }
    return null
  }

  private async request(client: Client): Promise<DhcpMessage | null> {
    const { message, link } = client
    const server = message.address(DHO_SERVER_IDENTIFIER)
    const requested = message.address(DHO_REQUESTED_ADDRESS)
    if (server !== null && server !== link.address) {
      // Another server was chosen.
      if (client.lease !== null) this.drop(client.lease)
      return null
    }
    const address = server !== null || message.ciaddr === 0 ? requested : message.ciaddr
    if (address === null) return null
    const isAuthoritative = this.config.given.has('dhcp-authoritative')
    if (server === null && message.ciaddr === 0 && client.lease === null && !isAuthoritative) return null
    const refusal = this.refusal(client, address, server !== null, isAuthoritative)
    this.log(client, 'DHCPREQUEST', address, '')
    if (refusal !== null) {
      this.log(client, 'DHCPNAK', address, refusal)
      return this.nak(client, refusal)
    }
    return this.acknowledge(client, address)
  }

  private refusal(client: Client, address: Ipv4Address, isSelecting: boolean, isAuthoritative: boolean): string | null {
    const { lease, host, link } = client
    if (!isSelecting && client.message.ciaddr !== 0) {
      if (lease === null ? !isAuthoritative : lease.address !== address) return 'lease not found'
    }
    if (!this.isOnLink(address, link)) return 'wrong network'
    const holder = this.leases.at(address)
    if (holder !== null && holder !== lease && holder.mac !== client.mac) return 'address in use'
    const fixed = host?.address ?? null
    if (fixed !== null && fixed !== address && this.isOnLink(fixed, link) && (this.leases.at(fixed) ?? lease) === lease)
      return 'static lease available'
    if (fixed !== address && this.isReserved(address)) return 'address reserved'
    if (fixed !== address && !this.isDynamic(client, address)) return 'address not available'
    if (lease === null && this.leases.size >= this.config.leaseMax) return 'no leases left'
    return null
  }

  private acknowledge(client: Client, address: Ipv4Address): DhcpMessage {
    const { mac, clientId, link, host, message } = client
    const before = client.lease !== null && client.lease.address === address ? client.lease : null
    if (client.lease !== null && before === null) this.drop(client.lease)
    const range = this.rangeFor(client, address)
    const leaseSeconds = this.leaseTime(client, range)
    const name = this.nameFor(host, message, address)
    const lease: Lease = before ?? { mac, clientId, address, expires: 0, name: null, interfaceName: link.name }
    lease.clientId = clientId
    lease.expires = this.around.nowSeconds + leaseSeconds
    lease.interfaceName = link.name
    const renamed = lease.name !== name
    lease.name = name
    this.leases.set(lease)
    client.lease = lease
    this.log(client, 'DHCPACK', address, name ?? '')
    if (before === null) this.around.leaseChanged('add', lease)
    else if (renamed || this.config.given.has('leasefile-ro')) this.around.leaseChanged('old', lease)
    return this.reply(client, DHCPACK, address)
  }

  private nameFor(host: DhcpHost | null, message: DhcpMessage, address: Ipv4Address): string | null {
    const given = host?.name ?? message.text(DHO_HOST_NAME)
    if (given === null || given === '') return null
    const name = given.split('.')[0]!
    const conflict = this.around.nameConflict(name, address)
    if (conflict === null) return name
    this.around.log(
      `not giving name ${name} to the DHCP lease of ${formatIpv4(address)} because the name exists in ${conflict.source} with address ${formatIpv4(conflict.address)}`,
    )
    return null
  }

  private leaseTime(client: Client, range: DhcpRange | null): number {
    const normal = client.host?.leaseSeconds ?? range?.leaseSeconds ?? 3600
    const wanted = client.message.number(DHO_LEASE_TIME)
    return wanted === null ? normal : Math.min(Math.max(wanted, 120), normal)
  }

  private release(client: Client): void {
    const address = client.message.ciaddr
    const server = client.message.address(DHO_SERVER_IDENTIFIER)
    if (server !== null && server !== client.link.address) return
    const isOurs = client.lease !== null && client.lease.address === address
    this.log(client, 'DHCPRELEASE', address, isOurs ? '' : 'unknown lease')
    if (isOurs) this.drop(client.lease!)
  }

  private inform(client: Client): DhcpMessage {
    const { ciaddr } = client.message
    this.log(client, 'DHCPINFORM', ciaddr, '')
    this.log(client, 'DHCPACK', ciaddr, client.host?.name?.split('.')[0] ?? '')
    return this.reply(client, DHCPACK, 0)
  }

  private reply(client: Client, type: number, address: Ipv4Address): DhcpMessage {
    const { link, message } = client
    const range = this.rangeFor(client, address)
    const options: DhcpOption[] = [numberOption(DHO_MESSAGE_TYPE, type, 1), addressOption(DHO_SERVER_IDENTIFIER, link.address)]
    if (address !== 0) {
      const seconds = this.leaseTime(client, range)
      const whole = seconds === Number.POSITIVE_INFINITY ? 0xffffffff : seconds
      options.push(numberOption(DHO_LEASE_TIME, whole, 4))
      if (seconds !== Number.POSITIVE_INFINITY) {
        options.push(
          numberOption(DHO_RENEWAL_TIME, Math.floor(whole / 2), 4),
          numberOption(DHO_REBINDING_TIME, Math.floor((whole * 7) / 8), 4),
        )
      }
    }
    const hostName = client.host?.name?.split('.')[0] ?? client.lease?.name ?? null
    options.push(...askedOptions({ message, link, config: this.config, range, hostName, tags: client.tags, extra: this.fileOptions }))
    const reply = new DhcpMessage({
      op: BOOTREPLY,
      xid: message.xid,
      flags: message.flags,
      ciaddr: type === DHCPACK ? message.ciaddr : 0,
      yiaddr: address,
      siaddr: link.address,
      giaddr: message.giaddr,
      chaddr: message.chaddr,
      options,
    })
    this.logMore(message, sentLines(message, reply))
    return reply
  }

  private nak(client: Client, reason: string): DhcpMessage {
    const { message, link } = client
    return new DhcpMessage({
      op: BOOTREPLY,
      xid: message.xid,
      flags: message.flags | 0x8000,
      giaddr: message.giaddr,
      chaddr: message.chaddr,
      options: [
        numberOption(DHO_MESSAGE_TYPE, DHCPNAK, 1),
        addressOption(DHO_SERVER_IDENTIFIER, link.address),
        textOption(DHO_MESSAGE, reason),
      ],
    })
  }

  /** `DHCPOFFER(br100) 10.0.0.2 fa:16:3e:2c:e8:ec ` with the blank that dnsmasq leaves. */
  private log(client: Client, type: string, address: Ipv4Address | null, text: string): void {
    if (this.config.given.has('quiet-dhcp')) return
    const line = `${type}(${client.link.name}) ${address === null ? '' : `${formatIpv4(address)} `}${formatMac(client.mac)} ${text}`
    if (!this.config.given.has('log-dhcp')) {
      this.around.log(line)
      return
    }
    const isRequest = type === 'DHCPDISCOVER' || type === 'DHCPREQUEST'
    this.logMore(client.message, isRequest ? [line, `tags: ${[...client.tags].join(', ')}`] : [line])
  }

  /** --log-dhcp: each line begins with the transaction. */
  private logMore(message: DhcpMessage, lines: readonly string[]): void {
    if (this.config.given.has('log-dhcp')) for (const line of lines) this.around.log(`${message.xid} ${line}`)
  }
}

function nameOfType(type: number | null): string {
  return ['', 'DHCPDISCOVER', 'DHCPOFFER', 'DHCPREQUEST', 'DHCPDECLINE', 'DHCPACK', 'DHCPNAK', 'DHCPRELEASE', 'DHCPINFORM'][type ?? 0] ?? ''
}

function isWithin(range: DhcpRange, address: Ipv4Address): boolean {
  return address >>> 0 >= range.start >>> 0 && address >>> 0 <= range.end >>> 0
}

function macBytes(mac: MacAddress): number[] {
  return formatMac(mac)
    .split(':')
    .map((pair) => Number.parseInt(pair, 16))
}
