// net.ipv4.conf.* and net.ipv4.neigh.*: one directory a device, and `all` and `default`.
import { type Ipv4DevConf, NeighConf } from './conf.js'
import type { NetNamespace } from './netns.js'
import type { SysctlEntry, SysctlProvider } from './sysctl.js'
import { parseInteger } from './sysctl-number.js'

type Numbers = Record<string, number>

/** What SKB_TRUESIZE makes of a full frame: `unres_qlen` counts in these. */
const FRAME_TRUESIZE = 2112

export class Ipv4Provider implements SysctlProvider {
  constructor(private readonly netns: NetNamespace) {}

  paths(): string[][] {
    return [...confPaths(this.netns), ...neighPaths(this.netns)]
  }

  isFolder(path: readonly string[]): boolean {
    return isDeviceFolder(path, 'ipv4', (kind, holder) => (kind === 'conf' ? confOf : neighConfOf)(this.netns, holder) !== null)
  }

  find(path: readonly string[]): SysctlEntry | null {
    if (path.length !== 5 || path[0] !== 'net' || path[1] !== 'ipv4') return null
    if (path[2] === 'conf') return confEntry(this.netns, path[3]!, path[4]!)
    if (path[2] === 'neigh') return neighEntry(neighConfOf(this.netns, path[3]!), path[4]!)
    return null
  }
}

/** `net`, `net.ipv4`, `net.ipv4.conf` and the folder of a device in it; the same for `neigh` and `ipv6`. */
export function isDeviceFolder(
  path: readonly string[],
  family: 'ipv4' | 'ipv6',
  hasHolder: (kind: 'conf' | 'neigh', holder: string) => boolean,
): boolean {
  const [net, version, kind, holder] = path
  if (net !== 'net' || path.length > 4) return false
  if (version === undefined) return true
  if (version !== family) return false
  if (kind === undefined) return true
  if (kind !== 'conf' && kind !== 'neigh') return false
  return holder === undefined || hasHolder(kind, holder)
}

function confPaths(netns: NetNamespace): string[][] {
  const keys = netns.confAll.keys()
  const holders = ['all', 'default', ...netns.devices.map((dev) => dev.name)]
  return holders.flatMap((holder) => keys.map((key) => ['net', 'ipv4', 'conf', holder, key]))
}

function neighPaths(netns: NetNamespace): string[][] {
  const keys = [...netns.neighDefault.keys(), ...NEIGH_ALIASES]
  const holders = [...(netns.isInit ? ['default'] : []), ...netns.devices.map((dev) => dev.name)]
  return holders.flatMap((holder) => keys.map((key) => ['net', 'ipv4', 'neigh', holder, key]))
}

function confOf(netns: NetNamespace, holder: string): Ipv4DevConf | null {
  if (holder === 'all') return netns.confAll
  if (holder === 'default') return netns.confDefault
  const dev = netns.deviceByName(holder)
  return dev === null || dev.name !== holder ? null : dev.conf
}

function confEntry(netns: NetNamespace, holder: string, key: string): SysctlEntry | null {
  const conf = confOf(netns, holder)
  if (conf === null || !(key in conf)) return null
  const numbers = conf as unknown as Numbers
  const read = (): string => String(numbers[key])
  if (key === 'mc_forwarding') return { read }
  return {
    read,
    write(text) {
      numbers[key] = parseInteger(text)
      if (key === 'forwarding' && holder === 'all') setForwarding(netns, numbers[key]!)
    },
  }
}

/** inet_forward_change: the switch for all turns every device's and the default; `all` then believes redirects only when off. */
export function setForwarding(netns: NetNamespace, value: number): void {
  const on = value !== 0 ? 1 : 0
  netns.conf.ip_forward = value
  netns.confAll.forwarding = value
  netns.confAll.accept_redirects = on === 1 ? 0 : 1
  netns.confDefault.forwarding = value
  for (const dev of netns.devicesByIndex.values()) dev.conf.forwarding = value
}

function neighConfOf(netns: NetNamespace, holder: string): NeighConf | null {
  if (holder === 'default') return netns.isInit ? netns.neighDefault : null
  const dev = netns.deviceByName(holder)
  return dev === null || dev.name !== holder ? null : dev.neighConf
}

/** Other units of what is kept already. */
export const NEIGH_ALIASES = ['unres_qlen', 'base_reachable_time', 'retrans_time'] as const

export function neighEntry(conf: NeighConf | null, key: string): SysctlEntry | null {
  if (conf === null) return null
  if (key === 'unres_qlen') {
    return {
      read: () => String(Math.ceil(conf.unres_qlen_bytes / FRAME_TRUESIZE)),
      write(text) {
        conf.unres_qlen_bytes = parseInteger(text, 0) * FRAME_TRUESIZE
      },
    }
  }
  if (key === 'base_reachable_time') {
    return {
      read: () => String(Math.floor(conf.base_reachable_time_ms / 1000)),
      write(text) {
        conf.base_reachable_time_ms = parseInteger(text, 0) * 1000
      },
    }
  }
  // In hundredths of a second.
  if (key === 'retrans_time') {
    return {
      read: () => String(Math.floor(conf.retrans_time_ms / 10)),
      write(text) {
        conf.retrans_time_ms = parseInteger(text, 0) * 10
      },
    }
  }
  if (!(key in conf) || !new NeighConf().keys().includes(key)) return null
  const numbers = conf as unknown as Numbers
  return {
    read: () => String(numbers[key]),
    write(text) {
      numbers[key] = parseInteger(text, 0)
    },
  }
}
