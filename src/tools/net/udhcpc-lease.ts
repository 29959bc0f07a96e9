// What udhcpc knows of a lease, the environment its script gets, and options by busybox's names.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { formatIpv4, lengthOfMask, parseIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import type { DhcpMessage, DhcpOption } from '../../wire/dhcp.js'
import {
  addressOption,
  bytesOption,
  DHCPACK,
  DHCPNAK,
  DHO_BROADCAST_ADDRESS,
  DHO_DOMAIN_NAME,
  DHO_DOMAIN_NAME_SERVERS,
  DHO_HOST_NAME,
  DHO_INTERFACE_MTU,
  DHO_LEASE_TIME,
  DHO_ROUTERS,
  DHO_SERVER_IDENTIFIER,
  DHO_SUBNET_MASK,
  numberOption,
  textOption,
} from '../../wire/dhcp.js'

export const OPTION_NAMES = new Map<string, number>([
  ['subnet', 1],
  ['router', 3],
  ['dns', 6],
  ['hostname', 12],
  ['domain', 15],
  ['mtu', 26],
  ['broadcast', 28],
  ['ntpsrv', 42],
  ['search', 119],
  ['staticroutes', 121],
])

export interface BoundLease {
  readonly address: Ipv4Address
  readonly server: Ipv4Address
  readonly seconds: number
  readonly message: DhcpMessage
}

export function isAnswer(message: DhcpMessage): boolean {
  return message.messageType === DHCPACK || message.messageType === DHCPNAK
}

export function leaseOf(message: DhcpMessage): BoundLease {
  return {
    address: message.yiaddr,
    server: message.address(DHO_SERVER_IDENTIFIER) ?? 0,
    seconds: message.number(DHO_LEASE_TIME) ?? 3600,
    message,
  }
}

export function environmentOf(lease: BoundLease): [string, string][] {
  const { message } = lease
  const pairs: [string, string][] = [
    ['ip', formatIpv4(lease.address)],
    ['siaddr', formatIpv4(message.siaddr)],
    ['lease', String(lease.seconds)],
    ['serverid', formatIpv4(lease.server)],
    ['opt53', '05'],
  ]
  const mask = message.address(DHO_SUBNET_MASK)
  if (mask !== null) pairs.push(['subnet', formatIpv4(mask)], ['mask', String(lengthOfMask(mask) ?? 32)])
  for (const [key, code] of [
    ['router', DHO_ROUTERS],
    ['dns', DHO_DOMAIN_NAME_SERVERS],
    ['broadcast', DHO_BROADCAST_ADDRESS],
  ] as const) {
    const addresses = message.addresses(code)
    if (addresses.length > 0) pairs.push([key, addresses.map(formatIpv4).join(' ')])
  }
  for (const [key, code] of [
    ['domain', DHO_DOMAIN_NAME],
    ['hostname', DHO_HOST_NAME],
  ] as const) {
    const text = message.text(code)
    if (text !== null) pairs.push([key, text])
  }
  const routes = message.classlessRoutes
  if (routes.length > 0)
    pairs.push(['staticroutes', routes.map(({ dst, via }) => `${formatIpv4(dst.address)}/${dst.length} ${formatIpv4(via)}`).join(' ')])
  const mtu = message.number(DHO_INTERFACE_MTU)
  if (mtu !== null) pairs.push(['mtu', String(mtu)])
  return pairs
}

/** `-x hostname:vm1`, `-x 0x3d:0100BEEF` */
export function givenOption(text: string): DhcpOption[] {
  const colon = text.indexOf(':')
  if (colon < 0) return []
  const key = text.slice(0, colon)
  const value = text.slice(colon + 1)
  const code = OPTION_NAMES.get(key) ?? (key === 'lease' ? DHO_LEASE_TIME : Number(key))
  if (Number.isNaN(code)) return []
  if (key.startsWith('0x'))
    return [
      bytesOption(
        code,
        (value.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)),
      ),
    ]
  if (key === 'lease') return [numberOption(code, Number(value), 4)]
  const address = parseIpv4(value)
  return [address === null ? textOption(code, value) : addressOption(code, address)]
}

export function macBytes(mac: number): number[] {
  return formatMac(mac)
    .split(':')
    .map((pair) => Number.parseInt(pair, 16))
}
