// Interfaces as net-tools sees them: devices and the labelled aliases of their addresses, by name.
import { formatIpv4, type Ipv4Address, maskOf } from '../../addr/ipv4.js'
import { formatIpv6 } from '../../addr/ipv6.js'
import { formatMac } from '../../addr/mac.js'
import { PhysicalDevice } from '../../kernel/dev/physical.js'
import type { DeviceStats, NetDevice } from '../../kernel/netdev.js'
import type { NetNamespace } from '../../kernel/netns.js'

export interface InterfaceRow {
  readonly name: string
  /** A label like eth0:1: shares its device, has no counters of its own. */
  readonly isAlias: boolean
  readonly flags: number
  readonly mtu: number
  readonly kind: 'ethernet' | 'loopback'
  readonly mac: string
  readonly txQueueLen: number
  readonly resources: { readonly interrupt: number; readonly baseAddress: number } | null
  readonly inet: { readonly address: string; readonly peer: string | null; readonly mask: string; readonly broadcast: string | null } | null
  readonly inet6: readonly { readonly address: string; readonly length: number; readonly scope: 'host' | 'link' | 'global' | 'site' }[]
  readonly stats: DeviceStats
}

/** Bits of SIOCGIFFLAGS: sixteen of them. */
const FLAG_BITS = 0xffff

function inetOf(dev: NetDevice, label: string): InterfaceRow['inet'] {
  const address = dev.addresses.find((candidate) => candidate.label === label)
  if (address === undefined) return null
  return {
    address: formatIpv4(address.local),
    peer: address.peer === address.local ? null : formatIpv4(address.peer),
    mask: formatIpv4(maskOf(address.length)),
    broadcast: (dev.flags & 2) === 0 ? null : formatIpv4(address.broadcast ?? 0),
  }
}

function scopeOf(scope: number): 'host' | 'link' | 'global' | 'site' {
  switch (scope) {
    case 254:
      return 'host'
    case 253:
      return 'link'
    case 200:
      return 'site'
    default:
      return 'global'
  }
}

export function readInterface(dev: NetDevice, label = dev.name): InterfaceRow {
  const isAlias = label !== dev.name
  return {
    name: label,
    isAlias,
    flags: dev.reportedFlags & FLAG_BITS,
    mtu: dev.mtu,
    kind: dev.kind === 'loopback' ? 'loopback' : 'ethernet',
    mac: formatMac(dev.mac),
    txQueueLen: dev.txQueueLen,
    resources: dev instanceof PhysicalDevice ? dev.resources : null,
    inet: inetOf(dev, label),
    inet6: isAlias
      ? []
      : dev.addresses6.map((six) => ({ address: formatIpv6(six.address), length: six.length, scope: scopeOf(six.scope) })),
    stats: dev.stats,
  }
}

/** Labels other than the device's own name, in the order of the addresses. */
function aliasesOf(dev: NetDevice): string[] {
  return [...new Set(dev.addresses.map((address) => address.label))].filter((label) => label !== dev.name)
}

/** By name, numbers inside names by value. */
export function compareNames(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => /^(.*?)(\d*)$/.exec(name)!) as [RegExpExecArray, RegExpExecArray]
  if (left[1] !== right[1]) return left[1]! < right[1]! ? -1 : 1
  return Number(left[2]) - Number(right[2])
}

export function readInterfaces(netns: NetNamespace): InterfaceRow[] {
  const rows = netns.devices.flatMap((dev) => [readInterface(dev), ...aliasesOf(dev).map((label) => readInterface(dev, label))])
  return rows.sort((a, b) => compareNames(a.name, b.name))
}

/** A device by its name or an alias's; the label that was meant. */
export function findInterface(netns: NetNamespace, name: string): { dev: NetDevice; label: string } | null {
  const exact = netns.deviceByName(name)
  if (exact !== null) return { dev: exact, label: name }
  const dev = netns.deviceByName(name.replace(/:.*$/, ''))
  return dev === null || !name.includes(':') ? null : { dev, label: name }
}

/** The mask of an address's class, as SIOCSIFADDR gives it. */
export function classLength(address: Ipv4Address): number {
  const first = address >>> 24
  if (first === 0) return 0
  if (first < 128) return 8
  return first < 192 ? 16 : 24
}
