// What the DHCP agent writes for dnsmasq: who gets which address and name, and which options each subnet hands out.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { formatIpv4, formatPrefix } from '../../../addr/ipv4.js'
import { formatMac } from '../../../addr/mac.js'
import type { FixedIp, Port, Subnet } from '../objects.js'
import { OWNER } from '../objects.js'
import type { NetworkInfo } from '../rpc.js'
import type { DhcpSettings } from './settings.js'

const METADATA_PREFIX = '169.254.169.254/32'
const ANY = '0.0.0.0/0'
/** Static routes as Windows asked for them before RFC 3442. */
const WIN2K3_STATIC_ROUTES = 249

interface Host {
  readonly port: Port
  readonly fixed: FixedIp
  readonly name: string
  readonly fqdn: string
}

function hosts({ ports }: NetworkInfo, domain: string): Host[] {
  return ports.flatMap((port) =>
    port.fixedIps.map((fixed) => {
      const name = `host-${formatIpv4(fixed.address).replaceAll('.', '-')}`
      return { port, fixed, name, fqdn: domain === '' ? name : `${name}.${domain}` }
    }),
  )
}

/** Hosts in a subnet that has DHCP; the first releases list the others too. */
function servedHosts(info: NetworkInfo, settings: DhcpSettings): Host[] {
  const all = hosts(info, settings.domain)
  if (!settings.profile.leaseFile) return all
  return all.filter(({ fixed }) => info.subnets.some((subnet) => subnet.id === fixed.subnetId && subnet.enableDhcp))
}

/** `MAC,NAME,ADDRESS` a line. */
export function hostText(info: NetworkInfo, settings: DhcpSettings): string {
  return servedHosts(info, settings)
    .map(({ port, fixed, fqdn }) => `${formatMac(port.mac)},${fqdn},${formatIpv4(fixed.address)}\n`)
    .join('')
}

/** The name with its domain first: that is the one reverse questions get. */
export function addnHostsText(info: NetworkInfo, settings: DhcpSettings): string {
  return hosts(info, settings.domain)
    .map(({ fixed, fqdn, name }) => `${formatIpv4(fixed.address)}\t${fqdn} ${name}\n`)
    .join('')
}

/** Leases that dnsmasq finds when it starts, so that it knows clients another server served. */
export function leasesText(info: NetworkInfo, settings: DhcpSettings, expiresSeconds: number): string {
  return servedHosts(info, settings)
    .map(({ port, fixed }) => `${expiresSeconds} ${formatMac(port.mac)} ${formatIpv4(fixed.address)} * *\n`)
    .join('')
}

export function tagOf(subnet: Subnet, index: number, settings: DhcpSettings): string {
  return settings.profile.tags === 'number' ? `tag${index}` : `subnet-${subnet.id}`
}

/** Subnets whose gateway address no router of the cloud has. */
export function isolatedSubnets({ subnets, ports }: NetworkInfo): ReadonlySet<string> {
  const routed = new Set<string>()
  for (const port of ports) {
    if (port.deviceOwner !== OWNER.routerInterface && port.deviceOwner !== OWNER.distributedInterface) continue
    for (const { subnetId, address } of port.fixedIps) {
      if (subnets.find(({ id }) => id === subnetId)?.gatewayIp === address) routed.add(subnetId)
    }
  }
  return new Set(subnets.flatMap(({ id }) => (routed.has(id) ? [] : [id])))
}

export function needsMetadata(info: NetworkInfo, settings: DhcpSettings): boolean {
  const served = settings.profile.leaseFile ? info.subnets.filter(({ enableDhcp }) => enableDhcp) : info.subnets
  if (settings.forceMetadata) return served.length > 0
  const isolated = isolatedSubnets(info)
  return settings.isolatedMetadata && served.some(({ id }) => isolated.has(id))
}

/** `own`: addresses of the agent's port by subnet. No line end behind the last line, as the agent writes it. */
export function optsText(info: NetworkInfo, settings: DhcpSettings, own: ReadonlyMap<string, Ipv4Address>): string {
  const isolated = isolatedSubnets(info)
  const lines: string[] = []
  const serversOf = new Map<string, string[]>()
  info.subnets.forEach((subnet, i) => {
    if (!subnet.enableDhcp) return
    const tag = tagOf(subnet, i, settings)
    if (subnet.dns.length > 0) lines.push(option(tag, 'dns-server', subnet.dns.map(formatIpv4)))
    else serversOf.set(subnet.id, dhcpAddresses(info.ports, subnet.id))
    const metadata = own.get(subnet.id) ?? null
    const { gateway, routes } = routesOf(subnet, info, settings, { isIsolated: isolated.has(subnet.id), metadata })
    if (routes.length > 0) lines.push(option(tag, 'classless-static-route', routes), option(tag, WIN2K3_STATIC_ROUTES, routes))
    lines.push(option(tag, 'router', gateway === null ? [] : [gateway]))
  })
  // Several servers: clients may ask any of them for names.
  info.subnets.forEach((subnet, i) => {
    const servers = serversOf.get(subnet.id) ?? []
    if (servers.length > 1) lines.push(option(tagOf(subnet, i, settings), 'dns-server', servers))
  })
  return lines.join('\n')
}

interface MetadataWay {
  readonly isIsolated: boolean
  /** The DHCP port's address on the subnet. */
  readonly metadata: Ipv4Address | null
}

function routesOf(
  subnet: Subnet,
  info: NetworkInfo,
  settings: DhcpSettings,
  way: MetadataWay,
): { gateway: string | null; routes: string[] } {
  const { routesInOptions } = settings.profile
  let gateway = subnet.gatewayIp === null ? null : formatIpv4(subnet.gatewayIp)
  const routes: string[] = []
  for (const { destination, nextHop } of subnet.hostRoutes) {
    if (formatPrefix(destination) !== ANY) routes.push(`${formatPrefix(destination)},${formatIpv4(nextHop)}`)
    else if (gateway === null || !routesInOptions) gateway = formatIpv4(nextHop)
  }
  const isServedHere = settings.forceMetadata || (way.isIsolated && settings.isolatedMetadata)
  if (isServedHere && way.metadata !== null) routes.push(`${METADATA_PREFIX},${formatIpv4(way.metadata)}`)
  if (!routesInOptions) return { gateway, routes }
  if (!isServedHere && !way.isIsolated && gateway !== null) routes.push(`${METADATA_PREFIX},${gateway}`)
  for (const other of info.subnets) {
    if (other.id === subnet.id) continue
    const onLink = `${formatPrefix(other.cidr)},0.0.0.0`
    if (settings.profile.subnetRoutesFirst) routes.unshift(onLink)
    else routes.push(onLink)
  }
  if (routes.length > 0 && gateway !== null) routes.push(`${ANY},${gateway}`)
  return { gateway, routes }
}

function dhcpAddresses(ports: readonly Port[], subnetId: string): string[] {
  return ports
    .filter(({ deviceOwner }) => deviceOwner === OWNER.dhcp)
    .flatMap(({ fixedIps }) => fixedIps.filter((fixed) => fixed.subnetId === subnetId).map(({ address }) => formatIpv4(address)))
}

function option(tag: string, name: string | number, values: readonly string[]): string {
  return [`tag:${tag}`, typeof name === 'number' ? String(name) : `option:${name}`, ...values].join(',')
}
