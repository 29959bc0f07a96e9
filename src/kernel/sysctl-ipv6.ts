// net.ipv6.conf.* and net.ipv6.neigh.*
import { disableIpv6, enableIpv6 } from './addrconf.js'
import type { Ipv6DevConf, NeighConf } from './conf.js'
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { SysctlEntry, SysctlProvider } from './sysctl.js'
import { isDeviceFolder, NEIGH_ALIASES, neighEntry } from './sysctl-ipv4.js'
import { parseInteger } from './sysctl-number.js'

export class Ipv6Provider implements SysctlProvider {
  constructor(private readonly netns: NetNamespace) {}

  paths(): string[][] {
    const { netns } = this
    const keys = netns.conf6All.keys()
    const neighKeys = [...netns.neighDefault6.keys(), ...NEIGH_ALIASES]
    const names = netns.devices.map((dev) => dev.name)
    const confs = ['all', 'default', ...names].flatMap((holder) => keys.map((key) => ['net', 'ipv6', 'conf', holder, key]))
    return [
      ...confs,
      ...[...(netns.isInit ? ['default'] : []), ...names].flatMap((holder) =>
        neighKeys.map((key) => ['net', 'ipv6', 'neigh', holder, key]),
      ),
    ]
  }

  isFolder(path: readonly string[]): boolean {
    return isDeviceFolder(path, 'ipv6', (kind, holder) => (kind === 'conf' ? confOf : neighConfOf)(this.netns, holder) !== null)
  }

  find(path: readonly string[]): SysctlEntry | null {
    if (path.length !== 5 || path[0] !== 'net' || path[1] !== 'ipv6') return null
    if (path[2] === 'conf') return confEntry(this.netns, path[3]!, path[4]!)
    if (path[2] === 'neigh') return neighEntry(neighConfOf(this.netns, path[3]!), path[4]!)
    return null
  }
}

function deviceOf(netns: NetNamespace, holder: string): NetDevice | null {
  const dev = netns.deviceByName(holder)
  return dev === null || dev.name !== holder ? null : dev
}

function neighConfOf(netns: NetNamespace, holder: string): NeighConf | null {
  if (holder === 'default') return netns.isInit ? netns.neighDefault6 : null
  return deviceOf(netns, holder)?.neighConf6 ?? null
}

function confOf(netns: NetNamespace, holder: string): Ipv6DevConf | null {
  if (holder === 'all') return netns.conf6All
  return holder === 'default' ? netns.conf6Default : (deviceOf(netns, holder)?.conf6 ?? null)
}

function confEntry(netns: NetNamespace, holder: string, key: string): SysctlEntry | null {
  const conf = confOf(netns, holder)
  if (conf === null || !(key in conf)) return null
  const numbers = conf as unknown as Record<string, number>
  return {
    read: () => String(numbers[key]),
    write(text) {
      const before = numbers[key]!
      numbers[key] = parseInteger(text, key === 'addr_gen_mode' ? 0 : undefined, key === 'addr_gen_mode' ? 3 : undefined)
      if (key === 'disable_ipv6' && (before !== 0) !== (numbers[key] !== 0)) setDisabled(netns, holder, numbers[key]!)
      if (key === 'forwarding' && holder === 'all') spread(netns, 'forwarding', numbers[key]!)
    },
  }
}

/** `all` turns the default and every device, too. */
function setDisabled(netns: NetNamespace, holder: string, value: number): void {
  if (holder === 'default') return
  if (holder === 'all') spread(netns, 'disable_ipv6', value)
  const devices = holder === 'all' ? netns.devices : netns.devices.filter((dev) => dev.name === holder)
  for (const dev of devices) {
    if (value !== 0) disableIpv6(dev)
    else enableIpv6(dev)
  }
}

function spread(netns: NetNamespace, key: 'disable_ipv6' | 'forwarding', value: number): void {
  netns.conf6Default[key] = value
  for (const dev of netns.devicesByIndex.values()) dev.conf6[key] = value
}
