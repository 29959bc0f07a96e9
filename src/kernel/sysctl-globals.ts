// Settings of a namespace as a whole: net.ipv4.* that the datapath reads, net.bridge.*, and the ones that are only kept.
import type { Ipv4GlobalConf } from './conf.js'
import { KernelError } from './errno.js'
import type { NetNamespace } from './netns.js'
import type { SysctlEntry, SysctlProvider } from './sysctl.js'
import { setForwarding } from './sysctl-ipv4.js'
import { KEPT_SYSCTLS, READ_ONLY_SYSCTLS } from './sysctl-kept.js'
import { parseInteger } from './sysctl-number.js'

type GlobalKey = Exclude<keyof Ipv4GlobalConf, 'copyFrom' | 'keys'>

/** Path below net/, field, lowest and highest value. */
const READ_BY_DATAPATH: readonly (readonly [string, GlobalKey, number, number])[] = [
  ['ipv4/fib_multipath_hash_policy', 'fib_multipath_hash_policy', 0, 3],
  ['ipv4/fib_multipath_use_neigh', 'fib_multipath_use_neigh', 0, 1],
  ['ipv4/fwmark_reflect', 'fwmark_reflect', 0, 255],
  ['ipv4/icmp_echo_ignore_all', 'icmp_echo_ignore_all', 0, 1],
  ['ipv4/icmp_echo_ignore_broadcasts', 'icmp_echo_ignore_broadcasts', 0, 1],
  ['ipv4/icmp_errors_use_inbound_ifaddr', 'icmp_errors_use_inbound_ifaddr', 0, 1],
  ['ipv4/icmp_ignore_bogus_error_responses', 'icmp_ignore_bogus_error_responses', 0, 1],
  ['ipv4/icmp_msgs_burst', 'icmp_msgs_burst', 0, 2147483647],
  ['ipv4/icmp_msgs_per_sec', 'icmp_msgs_per_sec', 0, 2147483647],
  ['ipv4/icmp_ratelimit', 'icmp_ratelimit', 0, 2147483647],
  ['ipv4/icmp_ratemask', 'icmp_ratemask', 0, 2147483647],
  ['ipv4/ip_default_ttl', 'ip_default_ttl', 1, 255],
  ['ipv4/ip_forward', 'ip_forward', -2147483648, 2147483647],
  ['ipv4/ip_forward_use_pmtu', 'ip_forward_use_pmtu', 0, 255],
  ['ipv4/ip_no_pmtu_disc', 'ip_no_pmtu_disc', 0, 255],
  ['ipv4/ip_nonlocal_bind', 'ip_nonlocal_bind', 0, 255],
  ['ipv4/ipfrag_high_thresh', 'ipfrag_high_thresh', 0, 2147483647],
  ['ipv4/ipfrag_time', 'ipfrag_time', 0, 2147483647],
  ['ipv4/route/min_adv_mss', 'route_min_adv_mss', 0, 2147483647],
  ['ipv4/route/min_pmtu', 'route_min_pmtu', 68, 2147483647],
  ['ipv4/route/mtu_expires', 'route_mtu_expires', 0, 2147483647],
]

const BRIDGE_KEYS = [
  ['bridge-nf-call-arptables', 'callArptables'],
  ['bridge-nf-call-ip6tables', 'callIp6tables'],
  ['bridge-nf-call-iptables', 'callIptables'],
  ['bridge-nf-filter-pppoe-tagged', 'filterPppoeTagged'],
  ['bridge-nf-filter-vlan-tagged', 'filterVlanTagged'],
  ['bridge-nf-pass-vlan-input-dev', 'passVlanInputDev'],
] as const

const GLOBALS = new Map(READ_BY_DATAPATH.map((row) => [`net/${row[0]}`, row]))
const BRIDGE = new Map<string, (typeof BRIDGE_KEYS)[number][1]>(BRIDGE_KEYS.map(([name, key]) => [`net/bridge/${name}`, key]))
const KEPT = new Map(KEPT_SYSCTLS.map(([name, value]) => [name.replaceAll('.', '/'), value]))

/** What only the machine's first namespace has. */
const INIT_ONLY = /^net\/(core\/(bpf_jit_enable|default_qdisc|devconf_inherit_init_net|netdev_max_backlog)|ipv[46]\/neigh\/default\/)/

/** Every beginning of a key: `net/`, `net/core/` ... */
const FOLDERS = new Set(
  [...GLOBALS.keys(), ...BRIDGE.keys(), ...KEPT.keys()].flatMap((key) =>
    [...key.matchAll(/\//g)].map(({ index }) => key.slice(0, index + 1)),
  ),
)

export class GlobalsProvider implements SysctlProvider {
  private readonly changed = new Map<string, string>()

  constructor(private readonly netns: NetNamespace) {}

  /** route/flush can only be written: `sysctl -a` does not show it. */
  paths(): string[][] {
    const kept = [...KEPT.keys()].filter((key) => this.netns.isInit || !INIT_ONLY.test(key))
    return [...GLOBALS.keys(), ...BRIDGE.keys(), ...kept].map((key) => key.split('/'))
  }

  isFolder(path: readonly string[]): boolean {
    const folder = `${path.join('/')}/`
    return FOLDERS.has(folder) && (this.netns.isInit || !INIT_ONLY.test(folder))
  }

  find(path: readonly string[]): SysctlEntry | null {
    const { netns } = this
    const key = path.join('/')
    const row = GLOBALS.get(key)
    if (row !== undefined) return globalEntry(netns, row[1], row[2], row[3])
    const bridge = BRIDGE.get(key)
    if (bridge !== undefined) return bridgeEntry(netns, bridge)
    if (key === 'net/ipv4/route/flush') return { read: () => '', write: () => netns.fib.flushExceptions() }
    const kept = KEPT.get(key)
    return kept === undefined || (!netns.isInit && INIT_ONLY.test(key)) ? null : keptEntry(key, kept, this.changed)
  }
}

function globalEntry(netns: NetNamespace, key: GlobalKey, low: number, high: number): SysctlEntry {
  return {
    read: () => String(netns.conf[key]),
    write(text) {
      const value = parseInteger(text, low, high)
      if (key === 'ip_forward') setForwarding(netns, value)
      else netns.conf[key] = value
    },
  }
}

function bridgeEntry(netns: NetNamespace, key: (typeof BRIDGE_KEYS)[number][1]): SysctlEntry {
  return {
    read: () => String(netns.bridgeNf[key]),
    write(text) {
      // brnf_sysctl_call_tables: anything but 0 reads back as 1.
      netns.bridgeNf[key] = parseInteger(text) === 0 ? 0 : 1
    },
  }
}

function keptEntry(key: string, fallback: string, changed: Map<string, string>): SysctlEntry {
  const read = (): string => changed.get(key) ?? fallback
  if (READ_ONLY_SYSCTLS.has(key.replaceAll('/', '.'))) return { read }
  return {
    read,
    write(text) {
      const words = text.trim().split(/\s+/)
      const count = fallback.split('\t').length
      const isNumber = /^-?\d+$/.test(fallback.split('\t')[0]!)
      if (isNumber && (words.length !== count || words.some((word) => !/^-?\d+$/.test(word)))) throw new KernelError('EINVAL')
      changed.set(key, words.join('\t'))
    },
  }
}
