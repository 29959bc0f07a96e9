// The routes that addresses make: local, broadcast and connected ones (Linux: fib_frontend.c).
import { maskOf } from '../addr/ipv4.js'
import type { Ipv4IfAddress } from './ifaddr.js'
import type { NetDevice } from './netdev.js'
import { IFF_LOOPBACK } from './netdev.js'
import type { RouteType } from './route-entry.js'
import { RTPROT_KERNEL, SCOPE_HOST, SCOPE_LINK, TABLE_LOCAL, TABLE_MAIN } from './route-entry.js'

interface MadeRoute {
  type: RouteType
  dst: number
  length: number
  prefSrc: number
  priority: number
}

/** What an address makes, in the order Linux adds it; on a device that is down only the local route. */
function routesOf(dev: NetDevice, address: Ipv4IfAddress, primary: Ipv4IfAddress, up: boolean): MadeRoute[] {
  const made: MadeRoute[] = [{ type: 'local', dst: address.local, length: 32, prefSrc: primary.local, priority: 0 }]
  if (!up) return made
  const mask = maskOf(address.length)
  const prefix = address.peer & mask
  const add = (type: RouteType, dst: number, length: number, priority: number): void => {
    made.push({ type, dst, length, prefSrc: primary.local, priority })
  }
  if (address.broadcast !== null && address.broadcast !== -1 && address.broadcast !== 0) add('broadcast', address.broadcast, 32, 0)
  if (prefix >>> 24 === 0 || address.secondary || (prefix === address.local && address.length === 32)) return made
  if (!address.noprefixroute) add((dev.flags & IFF_LOOPBACK) !== 0 ? 'local' : 'unicast', prefix, address.length, address.metric)
  if (address.length < 31) {
    if (dev.netns.kernel.options.networkBroadcast) add('broadcast', prefix, 32, 0)
    add('broadcast', prefix | ~mask, 32, 0)
  }
  return made
}

function primaryOf(dev: NetDevice, address: Ipv4IfAddress): Ipv4IfAddress | null {
  if (!address.secondary) return address
  const mask = maskOf(address.length)
  for (const other of dev.addresses) {
    if (!other.secondary && other.length === address.length && ((other.peer ^ address.peer) & mask) === 0) return other
  }
  return null
}

export function fibAddAddress(dev: NetDevice, address: Ipv4IfAddress): void {
  const primary = primaryOf(dev, address)
  if (primary === null) return
  for (const made of routesOf(dev, address, primary, dev.isUp)) {
    dev.netns.fib.addQuietly({
      dst: made.dst,
      length: made.length,
      type: made.type,
      table: made.type === 'unicast' ? TABLE_MAIN : TABLE_LOCAL,
      scope: made.type === 'local' ? SCOPE_HOST : SCOPE_LINK,
      protocol: RTPROT_KERNEL,
      priority: made.priority,
      prefSrc: made.prefSrc,
      nexthops: [{ dev, via: null }],
    })
  }
}

/** Takes away what no other address of the device makes too, then every route that prefers the address as source. */
export function fibDeleteAddress(dev: NetDevice, address: Ipv4IfAddress, primary: Ipv4IfAddress): void {
  const { fib } = dev.netns
  const kept = new Set<string>()
  for (const other of dev.addresses) {
    const otherPrimary = primaryOf(dev, other)
    if (other !== address && otherPrimary !== null) for (const made of routesOf(dev, other, otherPrimary, true)) kept.add(keyOf(made))
  }
  for (const made of routesOf(dev, address, primary, true)) {
    if (kept.has(keyOf(made))) continue
    fib.deleteQuietly({
      dst: made.dst,
      length: made.length,
      type: made.type,
      table: made.type === 'unicast' ? TABLE_MAIN : TABLE_LOCAL,
      scope: made.type === 'local' ? SCOPE_HOST : SCOPE_LINK,
      protocol: RTPROT_KERNEL,
      prefSrc: made.prefSrc,
      dev,
    })
  }
  if (!fib.isLocal(address.local)) fib.flushPrefSrc(address.local)
  if (dev.addresses.length === 0) fib.flushDevice(dev, true)
}

function keyOf(made: MadeRoute): string {
  return `${made.type} ${made.dst}/${made.length} ${made.prefSrc} ${made.priority}`
}
