// What the real side needs, and what this machine lacks of it.
import { accessSync, constants } from 'node:fs'

/** A program of each Debian package. */
const PACKAGES: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  'iptables-legacy': 'iptables',
  ebtables: 'ebtables',
  'ovs-vswitchd': 'openvswitch-switch',
  tcpdump: 'tcpdump',
  ping: 'iputils-ping',
  arping: 'iputils-arping',
  traceroute: 'traceroute',
  brctl: 'bridge-utils',
  ifconfig: 'net-tools',
  ethtool: 'ethtool',
  conntrack: 'conntrack',
  ipset: 'ipset',
  dnsmasq: 'dnsmasq-base',
  busybox: 'busybox',
  nc: 'netcat-openbsd',
  curl: 'curl',
  unshare: 'util-linux',
}

/** One line saying why there can be no real side here; null when there can be one. */
export function reasonToSkip(): string | null {
  if (process.platform !== 'linux') return 'the real side needs Linux'
  if (process.getuid?.() !== 0) return 'the real side needs root'
  const missing = [...new Set(Object.keys(PACKAGES).flatMap((program) => (isThere(program) ? [] : [PACKAGES[program]!])))]
  return missing.length === 0 ? null : `not installed: ${missing.join(' ')} (apt-get install ${missing.join(' ')})`
}

function isThere(program: string): boolean {
  return `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`.split(':').some((folder) => {
    try {
      accessSync(`${folder}/${program}`, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
