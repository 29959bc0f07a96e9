// Texts of dnsmasq's log that are made of numbers.
import { formatIpv4 } from '../../../addr/ipv4.js'
import { atLeast } from '../../image.js'
import type { DhcpRange } from './options.js'

export function compileOptions(version: string): string {
  return atLeast(version, '2.80')
    ? 'IPv6 GNU-getopt DBus no-UBus i18n IDN2 DHCP DHCPv6 no-Lua TFTP conntrack ipset nftset auth cryptohash DNSSEC loop-detect inotify dumpfile'
    : 'IPv6 GNU-getopt DBus i18n DHCP TFTP conntrack IDN'
}

/** The last year of the copyright, by the first version of the next. */
const YEARS: readonly (readonly [string, number])[] = [
  ['2.60', 2011],
  ['2.66', 2012],
  ['2.69', 2013],
  ['2.73', 2014],
  ['2.76', 2015],
  ['2.77', 2016],
  ['2.79', 2017],
  ['2.81', 2018],
  ['2.83', 2020],
  ['2.87', 2021],
  ['2.89', 2022],
  ['2.90', 2023],
]

export function versionText(version: string): string {
  const year = YEARS.find(([next]) => !atLeast(version, next))?.[1] ?? 2024
  return [
    `Dnsmasq version ${version}  Copyright (c) 2000-${year} Simon Kelley`,
    `Compile time options: ${compileOptions(version)}`,
    '',
    'This software comes with ABSOLUTELY NO WARRANTY.',
    'Dnsmasq is free software, and you are welcome to redistribute it',
    'under the terms of the GNU General Public License, version 2 or 3.',
  ].join('\n')
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
