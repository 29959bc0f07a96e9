// dhclient's leases: what the server gave, the lease file, and what dhclient-script does with them.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { formatIpv4, lengthOfMask, parseIpv4 } from '../../addr/ipv4.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { Process } from '../../node/process.js'
import type { DhcpMessage } from '../../wire/dhcp.js'
import {
  DHO_BROADCAST_ADDRESS,
  DHO_DOMAIN_NAME,
  DHO_DOMAIN_NAME_SERVERS,
  DHO_INTERFACE_MTU,
  DHO_LEASE_TIME,
  DHO_ROUTERS,
  DHO_SERVER_IDENTIFIER,
  DHO_SUBNET_MASK,
} from '../../wire/dhcp.js'

export interface DhclientLease {
  readonly interfaceName: string
  readonly address: Ipv4Address
  readonly server: Ipv4Address
  readonly seconds: number
  readonly mask: Ipv4Address
  readonly broadcast: Ipv4Address | null
  readonly routers: readonly Ipv4Address[]
  readonly nameServers: readonly Ipv4Address[]
  readonly domain: string | null
  readonly mtu: number | null
  readonly routes: readonly { readonly dst: string; readonly via: string }[]
  /** Wall clock of the ACK, µs. */
  readonly atUs: number
}

export function leaseOf(interfaceName: string, message: DhcpMessage, clockUs: number): DhclientLease {
  return {
    interfaceName,
    address: message.yiaddr,
    server: message.address(DHO_SERVER_IDENTIFIER) ?? 0,
    seconds: message.number(DHO_LEASE_TIME) ?? 3600,
    mask: message.address(DHO_SUBNET_MASK) ?? -256,
    broadcast: message.address(DHO_BROADCAST_ADDRESS),
    routers: message.addresses(DHO_ROUTERS),
    nameServers: message.addresses(DHO_DOMAIN_NAME_SERVERS),
    domain: message.text(DHO_DOMAIN_NAME),
    mtu: message.number(DHO_INTERFACE_MTU),
    routes: message.classlessRoutes.map(({ dst, via }) => ({ dst: `${formatIpv4(dst.address)}/${dst.length}`, via: formatIpv4(via) })),
    atUs: clockUs,
  }
}

export function leaseFileText(lease: DhclientLease): string {
  const lines = [
    'lease {',
    `  interface "${lease.interfaceName}";`,
    `  fixed-address ${formatIpv4(lease.address)};`,
    `  option subnet-mask ${formatIpv4(lease.mask)};`,
  ]
  if (lease.routers.length > 0) lines.push(`  option routers ${lease.routers.map(formatIpv4).join(',')};`)
  lines.push(`  option dhcp-lease-time ${lease.seconds};`, '  option dhcp-message-type 5;')
  if (lease.nameServers.length > 0) lines.push(`  option domain-name-servers ${lease.nameServers.map(formatIpv4).join(',')};`)
  lines.push(`  option dhcp-server-identifier ${formatIpv4(lease.server)};`)
  if (lease.broadcast !== null) lines.push(`  option broadcast-address ${formatIpv4(lease.broadcast)};`)
  if (lease.domain !== null) lines.push(`  option domain-name "${lease.domain}";`)
  for (const [word, part] of [
    ['renew', 1 / 2],
    ['rebind', 7 / 8],
    ['expire', 1],
  ] as const)
    lines.push(`  ${word} ${timeText(lease.atUs + lease.seconds * part * 1_000_000)};`)
  return `${lines.join('\n')}\n}\n`
}

/** `2 2012/07/31 01:02:00`: the day of the week first. */
function timeText(clockUs: number): string {
  const date = new Date(Math.floor(clockUs / 1000))
  return `${date.getUTCDay()} ${date.toISOString().slice(0, 19).replace(/-/g, '/').replace('T', ' ')}`
}

/** Only what `-r` needs of it. */
export function parseLeaseFile(text: string): { interfaceName: string; address: Ipv4Address; server: Ipv4Address }[] {
  return [...text.matchAll(/lease \{([^}]*)\}/g)].flatMap((match) => {
    const body = match[1]!
    const address = parseIpv4(/fixed-address ([\d.]+);/.exec(body)?.[1] ?? '')
    const server = parseIpv4(/dhcp-server-identifier ([\d.]+);/.exec(body)?.[1] ?? '')
    const interfaceName = /interface "([^"]+)";/.exec(body)?.[1]
    return address === null || server === null || interfaceName === undefined ? [] : [{ interfaceName, address, server }]
  })
}

type Runner = (argv: string[]) => Promise<number>

/** dhclient-script, BOUND and RENEW: address, routes, name servers. */
export async function applyLease(proc: Process, dev: NetDevice, lease: DhclientLease, run: Runner): Promise<void> {
  const address = formatIpv4(lease.address)
  const length = lengthOfMask(lease.mask) ?? 24
  if (lease.mtu !== null) await run(['ip', 'link', 'set', 'dev', dev.name, 'mtu', String(lease.mtu)])
  if (!dev.addresses.some((own) => own.local === lease.address && own.length === length)) {
    await run(['ip', '-4', 'addr', 'flush', 'dev', dev.name])
    const broadcast = lease.broadcast === null ? [] : ['broadcast', formatIpv4(lease.broadcast)]
    await run(['ip', '-4', 'addr', 'add', `${address}/${length}`, ...broadcast, 'dev', dev.name])
  }
  if (lease.routes.length > 0)
    for (const { dst, via } of lease.routes)
      await run(['ip', '-4', 'route', 'replace', dst, ...(via === '0.0.0.0' ? [] : ['via', via]), 'dev', dev.name])
  else
    for (const router of lease.routers) await run(['ip', '-4', 'route', 'replace', 'default', 'via', formatIpv4(router), 'dev', dev.name])
  if (lease.nameServers.length === 0) return
  const search = lease.domain === null ? '' : `domain ${lease.domain}\nsearch ${lease.domain}.\n`
  proc.machine.files.write('/etc/resolv.conf', search + lease.nameServers.map((server) => `nameserver ${formatIpv4(server)}\n`).join(''))
}

/** EXPIRE, RELEASE and the like. */
export async function removeLease(device: string, run: Runner): Promise<void> {
  await run(['ip', '-4', 'addr', 'flush', 'dev', device])
}
