// Change notifications, as netlink sends them to `ip monitor`.
import { Copied } from '../sim/copied.js'
import type { Ipv4IfAddress, Ipv6IfAddress } from './ifaddr.js'
import type { Neighbour4, Neighbour6 } from './neigh.js'
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { Route } from './route-entry.js'
import type { Rule } from './rule.js'

export type KernelEvent =
  | { kind: 'link'; change: 'new' | 'del'; netns: NetNamespace; dev: NetDevice }
  | { kind: 'addr'; change: 'new' | 'del'; netns: NetNamespace; dev: NetDevice; address: Ipv4IfAddress }
  | { kind: 'addr6'; change: 'new' | 'del'; netns: NetNamespace; dev: NetDevice; address: Ipv6IfAddress }
  | { kind: 'route'; change: 'new' | 'del'; netns: NetNamespace; route: Route }
  | { kind: 'neigh'; change: 'new' | 'del'; netns: NetNamespace; neighbour: Neighbour4 }
  | { kind: 'neigh6'; change: 'new' | 'del'; netns: NetNamespace; neighbour: Neighbour6 }
  | { kind: 'rule'; change: 'new' | 'del'; netns: NetNamespace; rule: Rule }
  | { kind: 'fdb'; change: 'new' | 'del'; netns: NetNamespace; bridge: NetDevice; port: NetDevice; mac: number }
  | { kind: 'netns'; change: 'new' | 'del'; netns: NetNamespace }

/** A part of the packet world that follows what happens: it goes into copies of the world. */
export interface KernelListener {
  kernelEvent(event: KernelEvent): void
}

export class KernelEvents extends Copied {
  /** Functions are listeners from outside. */
  private readonly listeners = new Set<KernelListener | ((event: KernelEvent) => void)>()

  /** Emitters look here first, so that nothing is built for nobody. */
  get isWatched(): boolean {
    return this.listeners.size > 0
  }

  subscribe(listener: KernelListener | ((event: KernelEvent) => void)): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  emit(event: KernelEvent): void {
    for (const listener of this.listeners) {
      if (typeof listener === 'function') listener(event)
      else listener.kernelEvent(event)
    }
  }
}
