// IPv4 addresses on devices: adding, deleting, primaries and secondaries (Linux: devinet.c).

import type { Ipv4Address } from '../addr/ipv4.js'
import { LOOPBACK_IPV4, maskOf } from '../addr/ipv4.js'
import type { Task } from '../sim/scheduler.js'
import { KernelError } from './errno.js'
import { fibAddAddress, fibDeleteAddress } from './fib-frontend.js'
import { Ipv4IfAddress } from './ifaddr.js'
import type { DeviceEvent, NetDevice } from './netdev.js'
import { IFF_LOOPBACK } from './netdev.js'
import type { NetNamespace } from './netns.js'
import { SCOPE_HOST, SCOPE_LINK, SCOPE_UNIVERSE } from './route-entry.js'

export interface AddressRequest {
  local: Ipv4Address
  length: number
  peer?: Ipv4Address
  broadcast?: Ipv4Address | null
  scope?: number
  label?: string
  metric?: number
  noprefixroute?: boolean
  /** Seconds from now; absent: for ever. */
  validSeconds?: number
  preferredSeconds?: number
  protocol?: number
}

/** `ip addr add`. A secondary is one whose subnet is on the device already. */
export function addIpv4Address(dev: NetDevice, request: AddressRequest): Ipv4IfAddress {
  if (request.length > 32) throw new KernelError('EINVAL', 'ipv4: Invalid prefix length')
  const now = dev.netns.nowUs
  const address = new Ipv4IfAddress(
    request.local,
    request.length,
    request.peer ?? request.local,
    request.broadcast ?? null,
    request.scope ?? SCOPE_UNIVERSE,
    request.label ?? dev.name,
    request.metric ?? 0,
    request.noprefixroute ?? false,
    request.validSeconds === undefined ? null : now + request.validSeconds * 1_000_000,
    request.preferredSeconds === undefined ? null : now + request.preferredSeconds * 1_000_000,
    request.protocol ?? 0,
  )
  insert(dev, address)
  tell(dev, address, 'new')
  fibAddAddress(dev, address)
  if (address.validUntilUs !== null) expireLater(dev, address)
  return address
}

function insert(dev: NetDevice, address: Ipv4IfAddress): void {
  const list = dev.addresses
  const mask = maskOf(address.length)
  let lastPrimary = 0
  for (let i = 0; i < list.length; i++) {
    const other = list[i]!
    if (!other.secondary && address.scope <= other.scope) lastPrimary = i + 1
    if (other.length !== address.length || ((other.peer ^ address.peer) & mask) !== 0) continue
    if (other.local === address.local) throw new KernelError('EEXIST', 'ipv4: Address already assigned')
    if (other.scope !== address.scope) throw new KernelError('EINVAL', 'ipv4: Invalid scope value')
    address.secondary = true
  }
  list.splice(address.secondary ? list.length : lastPrimary, 0, address)
}

/** The valid lifetime runs out. */
function expireLater(dev: NetDevice, address: Ipv4IfAddress): void {
  dev.netns.kernel.sim.scheduler.at(address.validUntilUs!, new AddressExpiry(dev, address))
}

class AddressExpiry implements Task {
  constructor(
    private readonly dev: NetDevice,
    private readonly address: Ipv4IfAddress,
  ) {}

  fire(): void {
    const { dev, address } = this
    if (address.validUntilUs === null || !dev.addresses.includes(address)) return
    if (address.validUntilUs > dev.netns.nowUs) return expireLater(dev, address)
    removeAddress(dev, address)
  }
}

/** `ip addr change|replace` of an address that is there: lifetimes and metric. */
export function renewIpv4Address(
  dev: NetDevice,
  address: Ipv4IfAddress,
  validSeconds: number | null,
  preferredSeconds: number | null,
): void {
  const now = dev.netns.nowUs
  address.validUntilUs = validSeconds === null ? null : now + validSeconds * 1_000_000
  address.preferredUntilUs = preferredSeconds === null ? null : now + preferredSeconds * 1_000_000
  if (address.validUntilUs !== null) expireLater(dev, address)
  tell(dev, address, 'new')
}

/** `ip addr del`: the first that fits. Null length and peer fit any. */
export function deleteIpv4Address(dev: NetDevice, local: Ipv4Address, length: number | null, label: string | null = null): void {
  for (const address of dev.addresses) {
    if (address.local !== local) continue
    if (label !== null && address.label !== label) continue
    if (length !== null && address.length !== length) continue
    return removeAddress(dev, address)
  }
  throw new KernelError('EADDRNOTAVAIL', 'ipv4: Address not found')
}

/** Deleting a primary deletes its secondaries, or promotes the first of them (promote_secondaries). */
export function removeAddress(dev: NetDevice, address: Ipv4IfAddress): void {
  const list = dev.addresses
  const family = address.secondary ? [] : list.filter((other) => other.secondary && sameSubnet(other, address))
  const promotes = dev.conf.promote_secondaries !== 0 || dev.netns.confAll.promote_secondaries !== 0
  if (!promotes) for (const secondary of family) drop(dev, secondary)
  drop(dev, address)
  const heir = promotes ? family[0] : undefined
  if (heir === undefined) return
  for (const secondary of family) fibDeleteAddress(dev, secondary, address)
  list.splice(list.indexOf(heir), 1)
  heir.secondary = false
  const firstSecondary = list.findIndex((other) => other.secondary)
  list.splice(firstSecondary < 0 ? list.length : firstSecondary, 0, heir)
  tell(dev, heir, 'new')
  for (const survivor of family) fibAddAddress(dev, survivor)
}

function drop(dev: NetDevice, address: Ipv4IfAddress): void {
  const at = dev.addresses.indexOf(address)
  if (at < 0) return
  const primary = address.secondary ? (dev.addresses.find((other) => !other.secondary && sameSubnet(other, address)) ?? address) : address
  dev.addresses.splice(at, 1)
  tell(dev, address, 'del')
  fibDeleteAddress(dev, address, primary)
}

function sameSubnet(a: Ipv4IfAddress, b: Ipv4IfAddress): boolean {
  return a.length === b.length && ((a.peer ^ b.peer) & maskOf(a.length)) === 0
}

function tell(dev: NetDevice, address: Ipv4IfAddress, change: 'new' | 'del'): void {
  const { netns } = dev
  netns.fib.touch()
  const { events } = netns.kernel
  if (events.isWatched) events.emit({ kind: 'addr', change, netns, dev, address })
}

/** Addresses follow their device: lo gets 127.0.0.1 when it comes up, a device that leaves loses them. */
export function inetDeviceEvent(dev: NetDevice, event: DeviceEvent): void {
  switch (event) {
    case 'up':
      if ((dev.flags & IFF_LOOPBACK) !== 0 && dev.addresses.length === 0) {
        addIpv4Address(dev, { local: LOOPBACK_IPV4, length: 8, scope: SCOPE_HOST, label: dev.name, protocol: 1 })
      }
      break
    case 'unregister':
      while (dev.addresses.length > 0) drop(dev, dev.addresses[dev.addresses.length - 1]!)
      break
    case 'changename':
      relabel(dev)
      break
    case 'register':
    case 'going-down':
    case 'down':
    case 'change':
    case 'changeaddr':
    case 'changemtu':
      break
  }
}

/** inetdev_changename: labels keep what stands behind the colon. */
function relabel(dev: NetDevice): void {
  for (let i = 0; i < dev.addresses.length; i++) {
    const address = dev.addresses[i]!
    const colon = address.label.indexOf(':')
    address.label = colon < 0 ? dev.name : dev.name + address.label.slice(colon)
  }
}

/** The source the kernel takes for `dst` through `dev`: inet_select_addr. 0 when there is none. */
export function selectAddress(netns: NetNamespace, dev: NetDevice, dst: Ipv4Address, scope: number): Ipv4Address {
  let first: Ipv4Address = 0
  const localScope = dev.conf.route_localnet !== 0 || netns.confAll.route_localnet !== 0 ? SCOPE_LINK : SCOPE_HOST
  for (const address of dev.addresses) {
    if (address.secondary || Math.min(address.scope, localScope) > scope) continue
    if (dst === 0 || ((address.peer ^ dst) & maskOf(address.length)) === 0) return address.local
    if (first === 0) first = address.local
  }
  return first !== 0 ? first : selectAnywhere(netns, scope)
}

function selectAnywhere(netns: NetNamespace, scope: number): Ipv4Address {
  for (const dev of netns.devices) {
    for (const address of dev.addresses) {
      if (!address.secondary && address.scope !== SCOPE_LINK && address.scope <= scope) return address.local
    }
  }
  return 0
}

/** An address of the device whose subnet holds both (inet_addr_onlink). */
export function isOnLink(dev: NetDevice, a: Ipv4Address, b: Ipv4Address): boolean {
  for (const address of dev.addresses) {
    const mask = maskOf(address.length)
    if (((address.peer ^ a) & mask) === 0 && (b === 0 || ((address.peer ^ b) & mask) === 0)) return true
  }
  return false
}
