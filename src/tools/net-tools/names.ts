// Names of hosts and networks for the tables that net-tools prints without -n.
import { formatIpv4, type Ipv4Address } from '../../addr/ipv4.js'
import { atLeast } from '../../node/image.js'
import type { Process } from '../../node/process.js'
import { nameOfAddress } from '../../node/resolver.js'
import type { RouteNames, RouteRow } from './route-rows.js'

/** /etc/networks: name, then number. */
function networkNames(proc: Process): Map<string, string> {
  const names = new Map<string, string>()
  let text = ''
  try {
    text = proc.files.read('/etc/networks')
  } catch {
    // Minimal systems have none: numbers then.
  }
  for (const line of text.split('\n')) {
    const [name, number] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (name !== undefined && number !== undefined) names.set(number, name)
  }
  return names
}

/** Asks for every name once. */
export async function hostNames(proc: Process, addresses: Iterable<Ipv4Address>): Promise<ReadonlyMap<Ipv4Address, string>> {
  const names = new Map<Ipv4Address, string>()
  for (const address of new Set(addresses)) {
    const name = address === 0 ? null : await nameOfAddress(proc, address)
    if (name !== null) names.set(address, name)
  }
  return names
}

export async function routeNames(proc: Process, rows: readonly RouteRow[]): Promise<RouteNames> {
  const networks = networkNames(proc)
  const hosts = await hostNames(
    proc,
    rows.flatMap((row) => [row.gateway, row.length === 32 ? row.dst : 0]),
  )
  // net-tools 1.60 and busybox have a star where there is no gateway.
  const { image } = proc.machine
  const none = atLeast(image.tool('net-tools'), '2.10') && image.family !== 'cirros' ? null : '*'
  return {
    network: (row) => {
      if (row.dst === 0 && row.length === 0) return 'default'
      const name = row.length === 32 ? hosts.get(row.dst) : networks.get(formatIpv4(row.dst))
      return name?.slice(0, 15) ?? null
    },
    gateway: (row) => (row.gateway === 0 ? none : (hosts.get(row.gateway)?.slice(0, 15) ?? null)),
  }
}
