// The command line of a network's dnsmasq by release.
import { formatIpv4, formatPrefix, maskOf, networkOf } from '../../../addr/ipv4.js'
import type { NetworkInfo } from '../rpc.js'
import { tagOf } from './dnsmasq-files.js'
import type { DhcpSettings } from './settings.js'

const LEASE_MAX = 2 ** 24

export interface DnsmasqPlace {
  readonly device: string
  /** Path of one of the network's files. */
  path(kind: string): string
}

export function dnsmasqWords(info: NetworkInfo, settings: DhcpSettings, place: DnsmasqPlace): string[] {
  const tail = [
    ...mtuWords(info, settings),
    `--dhcp-lease-max=${Math.min(addressCount(info), LEASE_MAX)}`,
    `--conf-file=${settings.configFile}`,
    ...settings.dnsServers.map((server) => `--server=${server}`),
    ...(settings.domain === '' ? [] : [`--domain=${settings.domain}`]),
  ]
  const files = [
    `--pid-file=${place.path('pid')}`,
    `--dhcp-hostsfile=${place.path('host')}`,
    `--addn-hosts=${place.path('addn_hosts')}`,
    `--dhcp-optsfile=${place.path('opts')}`,
  ]
  if (!settings.profile.leaseFile) {
    const own = ['--strict-order', '--bind-interfaces', `--interface=${place.device}`, '--except-interface=lo']
    const command = ['env', `NEUTRON_NETWORK_ID=${info.network.id}`, 'dnsmasq', '--no-hosts', '--no-resolv']
    return [...command, ...own, ...files, '--leasefile-ro', ...rangeWords(info, settings), ...tail]
  }
  const matches = ['--dhcp-match=set:ipxe,175', '--dhcp-userclass=set:ipxe6,iPXE', '--local-service', '--bind-dynamic']
  const lease = `--dhcp-leasefile=${place.path('leases')}`
  return ['dnsmasq', '--no-hosts', '--no-resolv', ...files, lease, ...matches, ...rangeWords(info, settings), ...tail]
}

function rangeWords(info: NetworkInfo, settings: DhcpSettings): string[] {
  const time = settings.leaseSeconds === -1 && settings.profile.leaseFile ? 'infinite' : `${settings.leaseSeconds}s`
  return info.subnets.flatMap((subnet, i) => {
    if (!subnet.enableDhcp) return []
    const network = formatIpv4(networkOf(subnet.cidr).address)
    const mask = settings.profile.leaseFile ? `,${formatIpv4(maskOf(subnet.cidr.length))}` : ''
    return [`--dhcp-range=set:${tagOf(subnet, i, settings)},${network},static${mask},${time}`]
  })
}

function mtuWords({ network }: NetworkInfo, settings: DhcpSettings): string[] {
  return settings.profile.leaseFile && network.mtu > 0 ? [`--dhcp-option-force=option:mtu,${network.mtu}`] : []
}

function addressCount({ subnets }: NetworkInfo): number {
  return subnets.filter(({ enableDhcp }) => enableDhcp).reduce((sum, { cidr }) => sum + 2 ** (32 - cidr.length), 0)
}

/** For comparing: what makes a running dnsmasq one of the past. */
export function servedKey({ subnets }: NetworkInfo): string {
  return subnets.flatMap(({ enableDhcp, cidr }) => (enableDhcp ? [formatPrefix(cidr)] : [])).join(' ')
}
