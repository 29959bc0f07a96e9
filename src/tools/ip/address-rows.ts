// Addresses of devices as `ip -j addr` knows them.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatIpv6 } from '../../addr/ipv6.js'
import type { Ipv4IfAddress, Ipv6IfAddress } from '../../kernel/ifaddr.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { Row } from './json.js'
import { type LinkRow, readLink } from './link-rows.js'
import { scopeName } from './names.js'
import type { IpRun } from './run.js'

/** What an infinite lifetime is in JSON (2^32 - 1). */
export const FOREVER = 4294967295

export interface AddressRow extends Row {
  readonly family: 'inet' | 'inet6'
  readonly local: string
  /** The peer of a point-to-point address. */
  readonly address: string | undefined
  readonly prefixlen: number
  readonly metric: number | undefined
  readonly broadcast: string | undefined
  readonly scope: string
  readonly secondary: true | undefined
  readonly deprecated: true | undefined
  readonly tentative: true | undefined
  readonly nodad: true | undefined
  readonly dadfailed: true | undefined
  readonly noprefixroute: true | undefined
  readonly dynamic: true | undefined
  readonly label: string | undefined
  readonly valid_life_time: number
  readonly preferred_life_time: number
}

export interface AddressesRow extends LinkRow {
  readonly addr_info: readonly AddressRow[]
}

function secondsUntil(atUs: number | null, nowUs: number): number {
  return atUs === null ? FOREVER : Math.max(0, Math.ceil((atUs - nowUs) / 1_000_000))
}

export function readAddress4(address: Ipv4IfAddress, nowUs: number): AddressRow {
  const preferred = secondsUntil(address.preferredUntilUs, nowUs)
  return {
    family: 'inet',
    local: formatIpv4(address.local),
    address: address.peer === address.local ? undefined : formatIpv4(address.peer),
    prefixlen: address.length,
    metric: address.metric === 0 ? undefined : address.metric,
    broadcast: address.broadcast === null ? undefined : formatIpv4(address.broadcast),
    scope: scopeName(address.scope),
    secondary: address.secondary || undefined,
    nodad: undefined,
    dadfailed: undefined,
    deprecated: preferred === 0 || undefined,
    tentative: undefined,
    dynamic: address.validUntilUs !== null || undefined,
    noprefixroute: address.noprefixroute || undefined,
    label: address.label,
    valid_life_time: secondsUntil(address.validUntilUs, nowUs),
    preferred_life_time: preferred,
  }
}

export function readAddress6(address: Ipv6IfAddress): AddressRow {
  return {
    family: 'inet6',
    local: formatIpv6(address.address),
    address: undefined,
    prefixlen: address.length,
    metric: undefined,
    broadcast: undefined,
    scope: scopeName(address.scope),
    secondary: undefined,
    nodad: address.nodad || undefined,
    dadfailed: address.dadFailed || undefined,
    deprecated: undefined,
    tentative: address.tentative || undefined,
    dynamic: undefined,
    noprefixroute: address.noprefixroute || undefined,
    label: undefined,
    valid_life_time: FOREVER,
    preferred_life_time: FOREVER,
  }
}

/** IPv4 in the kernel's order, IPv6 the newest first (as inet6 lists them) within falling scope. `isNamed`: the device was asked for by name. */
export function readAddresses(dev: NetDevice, run: IpRun, isShown: (row: AddressRow) => boolean, isNamed = true): AddressesRow {
  const { family, details } = run.options
  const read = readLink(dev, run, { forAddress: true })
  const { stats64, ...whole } = family === 'inet6' && !isNamed ? inet6Link(read, dev) : read
  // With -4 or -6 the link layer is left out.
  const hidden = { link_type: undefined, address: undefined, broadcast: undefined }
  const link = (family === 'inet' || family === 'inet6') && !details && run.options.json ? { ...whole, ...hidden } : whole
  const nowUs = run.nowUs
  const all = [...dev.addresses.map((address) => readAddress4(address, nowUs)), ...dev.addresses6.map(readAddress6)]
  return { ...link, addr_info: all.filter(isShown), stats64 } as AddressesRow
}

/** inet6_fill_ifinfo answers for IPv6 and knows less of a device; a peer's number is taken for one of this namespace. */
function inet6Link(row: LinkRow, dev: NetDevice): LinkRow {
  const peer = row.link_index === undefined || row.link_index === dev.ifindex ? null : dev.netns.deviceByIndex(row.link_index)
  const isTold = row.link_index !== dev.ifindex
  return {
    ...row,
    link: peer?.name ?? row.link,
    link_index: peer === null && isTold ? row.link_index : undefined,
    qdisc: undefined,
    master: undefined,
    group: undefined,
    link_netnsid: undefined,
  }
}

/** -br -j. */
export function briefAddressRow(row: AddressesRow): Row {
  const { link, link_index, ifname, operstate } = row
  return { link, link_index, ifname, operstate, addr_info: row.addr_info.map(({ local, prefixlen }) => ({ local, prefixlen })) }
}

export function briefLinkRow(row: LinkRow): Row {
  const { link, link_index, ifname, operstate, address, flags } = row
  return { link, link_index, ifname, operstate, address, flags }
}
