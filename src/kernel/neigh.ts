// Neighbour entries and their states (NUD), shared by ARP and neighbour discovery.
import type { MacAddress } from '../addr/mac.js'
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'

export type NudState = 'NONE' | 'INCOMPLETE' | 'REACHABLE' | 'STALE' | 'DELAY' | 'PROBE' | 'FAILED' | 'NOARP' | 'PERMANENT'

export class Neighbour<A extends number | bigint> {
  state: NudState = 'NONE'
  lladdr: MacAddress | null = null
  isRouter = false
  usedUs = 0
  confirmedUs = 0
  updatedUs = 0
  probes = 0
  /** Packets that wait for the address. */
  readonly queue: Packet[] = []
  constructor(
    readonly dev: NetDevice,
    readonly address: A,
  ) {}
}

export type Neighbour4 = Neighbour<number>
export type Neighbour6 = Neighbour<bigint>

export interface NeighUpdate {
  lladdr?: MacAddress | null
  state: NudState
}

export class NeighbourTable {
  constructor(readonly netns: NetNamespace) {}

  lookup(dev: NetDevice, address: number): Neighbour4 | undefined {
    return dev.neighbours.get(address)
  }

  /** All entries in the order `ip neigh` dumps them. */
  list(): Neighbour4[] {
    throw new Error('not built yet')
  }

  /** `ip neigh add/replace/change`. */
  set(_dev: NetDevice, _address: number, _update: NeighUpdate, _mode: 'add' | 'replace' | 'change'): void {
    throw new Error('not built yet')
  }

  delete(_dev: NetDevice, _address: number): void {
    throw new Error('not built yet')
  }

  /** Proxy entries: `ip neigh add proxy ADDRESS dev DEV`. */
  readonly proxies: { dev: NetDevice | null; address: number }[] = []

  addProxy(_dev: NetDevice | null, _address: number): void {
    throw new Error('not built yet')
  }

  deleteProxy(_dev: NetDevice | null, _address: number): void {
    throw new Error('not built yet')
  }

  flushDevice(_dev: NetDevice): void {
    throw new Error('not built yet')
  }
}
