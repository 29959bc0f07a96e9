// The options of a DHCP reply behind the lease times: what the client asked for, in the order dnsmasq writes it.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { maskOf, parseIpv4, parsePrefix } from '../../../addr/ipv4.js'
import type { ClasslessRoute, DhcpMessage, DhcpOption } from '../../../wire/dhcp.js'
import {
  addressOption,
  classlessRoutesOption,
  DHO_BROADCAST_ADDRESS,
  DHO_CLASSLESS_ROUTES,
  DHO_DOMAIN_NAME,
  DHO_DOMAIN_NAME_SERVERS,
  DHO_HOST_NAME,
  DHO_INTERFACE_MTU,
  DHO_MS_CLASSLESS_ROUTES,
  DHO_PARAMETER_REQUEST_LIST,
  DHO_ROUTERS,
  DHO_SUBNET_MASK,
  numberOption,
  textOption,
} from '../../../wire/dhcp.js'
import type { DhcpLink } from './dhcp-server.js'
import type { DhcpRange, DhcpSetOption, DnsmasqConfig } from './options.js'

export interface AskedOptions {
  readonly message: DhcpMessage
  readonly link: DhcpLink
  readonly config: DnsmasqConfig
  readonly range: DhcpRange | null
  readonly hostName: string | null
  readonly tags: ReadonlySet<string>
  readonly extra: readonly DhcpSetOption[]
}

export function askedOptions(asked: AskedOptions): DhcpOption[] {
  const { message, link, config, range, hostName } = asked
  const list = message.option(DHO_PARAMETER_REQUEST_LIST)
  const wants = (code: number): boolean => list === null || list.includes(code)
  const set = settings(asked)
  const options: DhcpOption[] = []
  const offer = (code: number, make: () => DhcpOption): void => {
    if (wants(code) && !set.has(code)) options.push(make())
  }
  offer(DHO_SUBNET_MASK, () => addressOption(DHO_SUBNET_MASK, range?.netmask ?? maskOf(link.prefixLength)))
  offer(DHO_BROADCAST_ADDRESS, () => addressOption(DHO_BROADCAST_ADDRESS, range?.broadcast ?? link.broadcast))
  offer(DHO_ROUTERS, () => addressOption(DHO_ROUTERS, link.address))
  if (config.port === 53) offer(DHO_DOMAIN_NAME_SERVERS, () => addressOption(DHO_DOMAIN_NAME_SERVERS, link.address))
  const domain = config.domain
  if (domain !== null) offer(DHO_DOMAIN_NAME, () => textOption(DHO_DOMAIN_NAME, domain))
  if (hostName !== null) offer(DHO_HOST_NAME, () => textOption(DHO_HOST_NAME, hostName))
  for (const setting of set.values()) {
    if (!wants(setting.code) && !setting.isForced) continue
    const option = optionOf(setting, link.address)
    if (option !== null) options.push(option)
  }
  return options
}

/** The setting that counts for each code, the youngest first: one with tags of the client before one without. */
function settings(asked: AskedOptions): Map<number, DhcpSetOption> {
  const given = [...asked.config.options, ...asked.extra].reverse()
  const fitting = given.filter(({ tags }) =>
    tags.every((tag) => (tag.startsWith('!') ? !asked.tags.has(tag.slice(1)) : asked.tags.has(tag))),
  )
  const chosen = new Map<number, DhcpSetOption>()
  for (const setting of fitting) {
    const other = chosen.get(setting.code)
    if (other === undefined || (other.tags.length === 0 && setting.tags.length > 0)) chosen.set(setting.code, setting)
  }
  return chosen
}

/** Null when the option is switched off (no value) or cannot be read. 0.0.0.0 stands for the server. */
function optionOf(setting: DhcpSetOption, own: Ipv4Address): DhcpOption | null {
  const { code, values } = setting
  if (values.length === 0) return null
  if (code === DHO_CLASSLESS_ROUTES || code === DHO_MS_CLASSLESS_ROUTES) return classlessRoutesOption(routesOf(values), code)
  const addresses = values.map((value) => parseIpv4(value))
  if (addresses.every((address) => address !== null))
    return addressOption(code, ...addresses.map((address) => (address === 0 ? own : address)))
  if (code === DHO_INTERFACE_MTU) return numberOption(code, Number(values[0]), 2)
  if (/^\d+$/.test(values[0]!)) return numberOption(code, Number(values[0]), Number(values[0]) > 255 ? 4 : 1)
  return textOption(code, values.join(','))
}

function routesOf(values: readonly string[]): ClasslessRoute[] {
  const routes: ClasslessRoute[] = []
  for (let i = 0; i + 1 < values.length; i += 2) {
    const dst = parsePrefix(values[i]!)
    const via = parseIpv4(values[i + 1]!)
    if (dst !== null && via !== null) routes.push({ dst, via })
  }
  return routes
}
