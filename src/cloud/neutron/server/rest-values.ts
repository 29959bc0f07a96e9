// Values of a request's body: what neutron takes, what it makes of it, and its words for what it does not take.
import { formatPrefix, type Ipv4Address, type Ipv4Prefix, networkOf, parseIpv4, parsePrefix } from '../../../addr/ipv4.js'
import { type MacAddress, parseMac } from '../../../addr/mac.js'
import type { AddressPair, AddressPool, HostRoute } from '../objects.js'
import type { FixedIpInput } from './ports.js'
import type { GatewayInput } from './routers.js'

/** Why a value is not taken; the caller says for which attribute. */
export class BadValue extends Error {}

export type Parser<T> = (value: unknown) => T

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

export function text(value: unknown): string {
  if (typeof value === 'string') return value
  throw new BadValue(`'${shown(value)}' is not a valid string`)
}

export function bool(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  if (value === 1 || value === 0) return value === 1
  const word = String(value).toLowerCase()
  if (word === 'true' || word === '1') return true
  if (word === 'false' || word === '0') return false
  throw new BadValue(`'${shown(value)}' cannot be converted to boolean`)
}

export function integer(value: unknown): number {
  const number = typeof value === 'number' ? value : Number(String(value))
  if (Number.isInteger(number)) return number
  throw new BadValue(`'${shown(value)}' is not a integer`)
}

export function uuid(value: unknown): string {
  if (typeof value === 'string' && UUID.test(value)) return value
  throw new BadValue(`'${shown(value)}' is not a valid UUID`)
}

export function address(value: unknown): Ipv4Address {
  const parsed = typeof value === 'string' ? parseIpv4(value) : null
  if (parsed !== null) return parsed
  throw new BadValue(`'${shown(value)}' is not a valid IP address`)
}

export function mac(value: unknown): MacAddress {
  const parsed = typeof value === 'string' ? parseMac(value) : null
  if (parsed !== null) return parsed
  throw new BadValue(`'${shown(value)}' is not a valid MAC address`)
}

/** A network: bits of the host must be zero. */
export function subnet(value: unknown): Ipv4Prefix {
  const parsed = typeof value === 'string' ? parsePrefix(value) : null
  if (parsed === null) throw new BadValue(`'${shown(value)}' is not a valid IP subnet`)
  const network = networkOf(parsed)
  if (formatPrefix(network) === value) return network
  throw new BadValue(`'${shown(value)}' isn't a recognized IP subnet cidr, '${formatPrefix(network)}' is recommended`)
}

export function orNull<T>(parse: Parser<T>): Parser<T | null> {
  return (value) => (value === null || value === undefined ? null : parse(value))
}

export function oneOf<T extends string>(values: readonly T[]): Parser<T> {
  return (value) => {
    const found = values.find((row) => row.toLowerCase() === String(value).toLowerCase())
    if (found !== undefined) return found
    throw new BadValue(`'${shown(value)}' is not in [${values.map((row) => `'${row}'`).join(', ')}]`)
  }
}

export function listOf<T>(parse: Parser<T>): Parser<T[]> {
  return (value) => {
    if (value === null) return []
    if (!Array.isArray(value)) throw new BadValue(`'${shown(value)}' is not a list`)
    return value.map(parse)
  }
}

export function fixedIp(value: unknown): FixedIpInput {
  const { subnet_id: subnetId, ip_address: ip } = record(value)
  return {
    ...(subnetId === undefined || subnetId === null ? {} : { subnetId: uuid(subnetId) }),
    ...(ip === undefined || ip === null ? {} : { address: address(ip) }),
  }
}

export function pool(value: unknown): AddressPool {
  const { start, end } = record(value)
  if (start === undefined || end === undefined) throw new BadValue(`Invalid data format for IP pool: '${shown(value)}'`)
  return { first: address(start), last: address(end) }
}

export function hostRoute(value: unknown): HostRoute {
  const { destination, nexthop } = record(value)
  if (destination === undefined || nexthop === undefined) throw new BadValue(`Invalid data format for hostroute: '${shown(value)}'`)
  return { destination: subnet(destination), nextHop: address(nexthop) }
}

export function addressPair(defaultMac: MacAddress | null): Parser<AddressPair> {
  return (value) => {
    const { ip_address: ip, mac_address: given } = record(value)
    const prefix = typeof ip === 'string' ? parsePrefix(ip.includes('/') ? ip : `${ip}/32`) : null
    if (prefix === null) throw new BadValue(`'${shown(ip)}' is not a valid IP subnet`)
    return { prefix, mac: given === undefined || given === null ? (defaultMac ?? 0) : mac(given) }
  }
}

export function gateway(value: unknown): GatewayInput | null {
  const info = record(value ?? {})
  if (Object.keys(info).length === 0) return null
  if (info.network_id === undefined || info.network_id === null)
    throw new BadValue("Validation of dictionary's keys failed. Expected keys: ['network_id']")
  const fixed = info.external_fixed_ips
  return {
    networkId: uuid(info.network_id),
    ...(info.enable_snat === undefined ? {} : { enableSnat: bool(info.enable_snat) }),
    ...(fixed === undefined || fixed === null ? {} : { fixedIps: listOf(fixedIp)(fixed) }),
  }
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new BadValue(`'${shown(value)}' is not a dictionary`)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : value === null || value === undefined ? 'None' : JSON.stringify(value)
}
