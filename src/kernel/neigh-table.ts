// The neighbours of one namespace: ARP's and neighbour discovery's entries, and the addresses answered for others (proxies).

import type { Ipv4Address } from '../addr/ipv4.js'
import type { Ipv6Address } from '../addr/ipv6.js'
import { Copied } from '../sim/copied.js'
import { arpProtocol } from './arp.js'
import { KernelError } from './errno.js'
import { ndiscProtocol } from './ndisc.js'
import type { Neighbour4, Neighbour6, NeighSetMode, NeighUpdate } from './neigh.js'
import { Neighbour, setNeighbour } from './neigh.js'
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'

export class NeighbourTable extends Copied {
  /** `ip neigh add proxy ADDRESS dev DEV`. */
  readonly proxies: { readonly dev: NetDevice | null; readonly address: Ipv4Address }[] = []

  constructor(readonly netns: NetNamespace) {
    super()
  }

  lookup(dev: NetDevice, address: Ipv4Address): Neighbour4 | undefined {
    return dev.neighbours.get(address)
  }

  /** The entry, made when there is none; null: the machine knows too many. */
  obtain(dev: NetDevice, address: Ipv4Address): Neighbour4 | null {
    let entry = dev.neighbours.get(address)
    if (entry === undefined) {
      if (!this.netns.kernel.neighbourLimit.ipv4.admits()) return null
      entry = new Neighbour<number>(dev, address, arpProtocol)
      dev.neighbours.set(address, entry)
    }
    return entry
  }

  obtain6(dev: NetDevice, address: Ipv6Address): Neighbour6 | null {
    let entry = dev.neighbours6.get(address)
    if (entry === undefined) {
      if (!this.netns.kernel.neighbourLimit.ipv6.admits()) return null
      entry = new Neighbour<bigint>(dev, address, ndiscProtocol)
      dev.neighbours6.set(address, entry)
    }
    return entry
  }

  /** By device, newest first, as the kernel's hash tends to dump few entries. */
  list(): Neighbour4[] {
    return this.netns.devices.flatMap((dev) => [...dev.neighbours.values()].reverse())
  }

  list6(): Neighbour6[] {
    return this.netns.devices.flatMap((dev) => [...dev.neighbours6.values()].reverse())
  }

  /** `ip neigh add|replace|change`. */
  set(dev: NetDevice, address: Ipv4Address, update: NeighUpdate, mode: NeighSetMode): void {
    setNeighbour(dev.neighbours, () => new Neighbour<number>(dev, address, arpProtocol), { address, update, mode })
  }

  set6(dev: NetDevice, address: Ipv6Address, update: NeighUpdate, mode: NeighSetMode): void {
    setNeighbour(dev.neighbours6, () => new Neighbour<bigint>(dev, address, ndiscProtocol), { address, update, mode })
  }

  delete(dev: NetDevice, address: Ipv4Address): void {
    const entry = dev.neighbours.get(address)
    if (entry === undefined) throw new KernelError('ENOENT')
    dev.neighbours.delete(address)
    entry.kill()
  }

  delete6(dev: NetDevice, address: Ipv6Address): void {
    const entry = dev.neighbours6.get(address)
    if (entry === undefined) throw new KernelError('ENOENT')
    dev.neighbours6.delete(address)
    entry.kill()
  }

  addProxy(dev: NetDevice | null, address: Ipv4Address): void {
    if (!this.hasProxy(dev, address)) this.proxies.push({ dev, address })
  }

  deleteProxy(dev: NetDevice | null, address: Ipv4Address): void {
    const at = this.proxies.findIndex((proxy) => proxy.dev === dev && proxy.address === address)
    if (at < 0) throw new KernelError('ENOENT')
    this.proxies.splice(at, 1)
  }

  /** A proxy entry without a device counts for all. */
  hasProxy(dev: NetDevice | null, address: Ipv4Address): boolean {
    return this.proxies.some((proxy) => proxy.address === address && (proxy.dev === null || proxy.dev === dev))
  }

  flushDevice(dev: NetDevice, which: 'all' | 'not-permanent'): void {
    for (const [address, entry] of [...dev.neighbours]) {
      if (which === 'not-permanent' && entry.state === 'PERMANENT') continue
      dev.neighbours.delete(address)
      entry.kill()
    }
    for (const [address, entry] of [...dev.neighbours6]) {
      if (which === 'not-permanent' && entry.state === 'PERMANENT') continue
      dev.neighbours6.delete(address)
      entry.kill()
    }
  }
}
