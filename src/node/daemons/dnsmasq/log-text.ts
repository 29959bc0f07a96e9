// Texts of dnsmasq's log that are made of numbers.
import { formatIpv4 } from '../../../addr/ipv4.js'
import { atLeast } from '../../image.js'
import type { DhcpRange } from './options.js'

export function compileOptions(version: string): string {
  return atLeast(version, '2.80')
    ? 'IPv6 GNU-getopt DBus no-UBus i18n IDN2 DHCP DHCPv6 no-Lua TFTP conntrack ipset nftset auth cryptohash DNSSEC loop-detect inotify dumpfile'
    : 'IPv6 GNU-getopt DBus i18n DHCP TFTP conntrack IDN'
}

/** `DHCP, static leases only on 10.0.0.2, lease time 2m` */
export function rangeText(range: DhcpRange): string {
  const time = `lease time ${prettyTime(range.leaseSeconds)}`
  if (range.isStatic) return `DHCP, static leases only on ${formatIpv4(range.start)}, ${time}`
  return `DHCP, IP range ${formatIpv4(range.start)} -- ${formatIpv4(range.end)}, ${time}`
}

export function prettyTime(seconds: number): string {
  if (seconds === Number.POSITIVE_INFINITY) return 'infinite'
  let rest = seconds
  let text = ''
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ] as const) {
    if (rest < size) continue
    text += `${Math.floor(rest / size)}${unit}`
    rest %= size
  }
  return rest > 0 || text === '' ? `${text}${rest}s` : text
}
