// Which versions stand on the real side.
import { spawnSync } from 'node:child_process'

const ASKED: readonly (readonly [string, string])[] = [
  ['kernel', 'uname -r'],
  ['iproute2', 'ip -V'],
  ['iptables', 'iptables-legacy -V'],
  ['Open vSwitch', 'ovs-vswitchd --version | head -1'],
  ['tcpdump', 'tcpdump --version 2>&1 | head -1'],
  ['ping', 'ping -V'],
  ['net-tools', 'ifconfig --version 2>&1 | head -1'],
  ['bridge-utils', 'brctl --version 2>&1 | head -1'],
  ['conntrack', 'conntrack -V'],
  ['ipset', 'ipset -v | head -1'],
  ['ethtool', 'ethtool --version'],
  ['traceroute', 'traceroute --version 2>&1 | head -1'],
  ['dnsmasq', 'dnsmasq -v | head -1 | cut -d" " -f1-3'],
  ['busybox', 'busybox | head -1 | cut -d" " -f1-2'],
  ['bash', 'bash --version | head -1'],
]

export function machineVersions(): string[] {
  return ASKED.map(([name, cmd]) => {
    const { stdout } = spawnSync('bash', ['-c', cmd], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
    return `${name}: ${stdout.trim()}`
  })
}
