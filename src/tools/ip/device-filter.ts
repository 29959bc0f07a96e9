// Which devices and addresses `ip link show` and `ip addr show|flush` speak of: both take the same words.
import { contains, parseIpv4 } from '../../addr/ipv4.js'
import { parseIpv6 } from '../../addr/ipv6.js'
import {
  duplicateOrGarbage,
  type Keyword,
  type KeywordList,
  parseKeywords,
  UsageError,
  type Words,
  wrongArgument,
} from '../../grammar/keyword.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { AddressRow } from './address-rows.js'
import { kindOf, slaveKindOf } from './link-kind.js'
import { parseGroup, parseScope, scopeName } from './names.js'
import { needPrefix, type Prefix } from './prefix.js'
import { type IpRun, RunFailed } from './run.js'

type AddressFlag = 'permanent' | 'dynamic' | 'secondary' | 'primary' | 'tentative' | 'deprecated' | 'dadfailed' | 'noprefixroute'

export class DeviceFilter {
  dev: string | null = null
  up = false
  /** undefined: any; null: without master. */
  master: NetDevice | null | undefined = undefined
  type: string | null = null
  group: number | null = null
  scope: number | null = null
  label: string | null = null
  to: Prefix | null = null
  /** Flag and the wanted value. */
  readonly flags: { flag: AddressFlag; on: boolean }[] = []
  /** Some word was given (flush wants one). */
  isEmpty = true
  constructor(readonly run: IpRun) {}
}

function flag(name: string, of: AddressFlag, on = true): Keyword<DeviceFilter> {
  return { name, hidden: name.startsWith('-'), take: (state) => state.flags.push({ flag: of, on }) }
}

const KEYWORDS: readonly Keyword<DeviceFilter>[] = [
  {
    name: 'to',
    value: 'PREFIX',
    take: (state, words) => {
      state.to = needPrefix(words.next(), state.run.options.family)
    },
  },
  {
    name: 'scope',
    value: 'SCOPE',
    completes: ['global', 'link', 'host', 'site', 'all'],
    take: (state, words) => {
      const word = words.next()
      if (word === 'all') return
      state.scope = parseScope(word)
      if (state.scope === null) throw wrongArgument(word, 'invalid "scope"\n')
    },
  },
  { name: 'up', take: (state) => (state.up = true) },
  flag('dynamic', 'dynamic'),
  flag('permanent', 'permanent'),
  flag('secondary', 'secondary'),
  { ...flag('temporary', 'secondary'), hidden: true },
  flag('primary', 'primary'),
  flag('tentative', 'tentative'),
  flag('-tentative', 'tentative', false),
  flag('deprecated', 'deprecated'),
  flag('-deprecated', 'deprecated', false),
  flag('dadfailed', 'dadfailed'),
  flag('-dadfailed', 'dadfailed', false),
  flag('noprefixroute', 'noprefixroute'),
  {
    name: 'label',
    value: 'PATTERN',
    take: (state, words) => {
      state.label = words.next()
    },
  },
  {
    name: 'group',
    value: 'GROUP',
    take: (state, words) => {
      state.group = parseGroup(words.next())
      if (state.group === null) throw wrongArgument(words.current, 'Invalid "group" value\n')
    },
  },
  {
    name: 'master',
    value: 'DEVICE',
    completes: 'device',
    take: (state, words) => {
      const master = state.run.netns.deviceByName(words.next())
      if (master === null) throw wrongArgument(words.current, 'Device does not exist\n')
      state.master = master
    },
  },
  { name: 'vrf', value: 'NAME', hidden: true, take: (_state, words) => wrongVrf(words.next()) },
  { name: 'nomaster', take: (state) => (state.master = null) },
  {
    name: 'type',
    value: 'TYPE',
    completes: ['bridge', 'bridge_slave', 'dummy', 'gre', 'gretap', 'ipip', 'tun', 'veth', 'vlan', 'vxlan'],
    take: (state, words) => (state.type = words.next()),
  },
]

function wrongVrf(name: string): never {
  throw wrongArgument(name, 'Not a valid VRF name\n')
}

export const SHOW_KEYWORDS: KeywordList<DeviceFilter> = {
  keywords: KEYWORDS,
  operand: '[ DEVICE | dev DEVICE ]',
  operandCompletes: 'device',
  rest: (state, words) => {
    if (words.current === 'help') throw new UsageError('', 255)
    if (words.current === 'dev') words.next()
    if (state.dev !== null) throw duplicateOrGarbage('dev', words.current)
    state.dev = words.current
  },
}

export function parseDeviceFilter(words: Words, run: IpRun): DeviceFilter {
  const filter = new DeviceFilter(run)
  filter.isEmpty = words.isDone
  return parseKeywords(words, SHOW_KEYWORDS, filter)
}

export function filterDevices(run: IpRun, filter: DeviceFilter): NetDevice[] {
  if (filter.dev === null) return run.netns.devices.filter((dev) => isShown(dev, filter))
  const dev = run.netns.deviceByName(filter.dev)
  if (dev === null) throw new RunFailed(1, run.isBusybox ? run.noDevice(filter.dev) : `Device "${filter.dev}" does not exist.`)
  return isShown(dev, filter) ? [dev] : []
}

function isShown(dev: NetDevice, filter: DeviceFilter): boolean {
  if (filter.up && !dev.isUp) return false
  if (filter.master !== undefined && dev.master !== filter.master) return false
  if (filter.group !== null && dev.group !== filter.group) return false
  if (filter.type === null) return true
  const slave = slaveKindOf(dev)
  return kindOf(dev)?.name === filter.type || (slave !== null && `${slave.name}_slave` === filter.type)
}

/** fnmatch of one label: `*` and `?`. */
export function matchesPattern(pattern: string, text: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${escaped}$`).test(text)
}

function hasFlag(row: AddressRow, name: AddressFlag): boolean {
  switch (name) {
    case 'primary':
      return row.secondary === undefined
    case 'permanent':
      return row.dynamic === undefined
    default:
      return row[name] === true
  }
}

function isWithin(row: AddressRow, to: Prefix): boolean {
  if (to.family === 'any') return true
  if (to.family === 4) {
    const local = parseIpv4(row.local)
    return local !== null && contains({ address: to.address, length: to.length }, local)
  }
  const local = parseIpv6(row.local)
  return local !== null && local >> BigInt(128 - to.length) === to.address >> BigInt(128 - to.length)
}

/** `ifname`: of the device, which stands for the label of an address that has none. */
export function isAddressShown(row: AddressRow, filter: DeviceFilter, ifname: string): boolean {
  const { family } = filter.run.options
  if ((family === 'inet' || family === 'inet6') && row.family !== family) return false
  if (filter.scope !== null && row.scope !== scopeName(filter.scope)) return false
  if (filter.to !== null && !isWithin(row, filter.to)) return false
  if (filter.label !== null && !matchesPattern(filter.label, row.label ?? ifname)) return false
  return filter.flags.every(({ flag: name, on }) => hasFlag(row, name) === on)
}

/** Something beyond the family narrows the addresses: devices without any are then left out. */
export function narrowsAddresses(filter: DeviceFilter): boolean {
  return filter.scope !== null || filter.to !== null || filter.label !== null || filter.flags.length > 0
}
