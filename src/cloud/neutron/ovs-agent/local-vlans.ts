// Local VLANs: the tag that a network has on this node's br-int, and what hangs on it here.
import type { MacAddress } from '../../../addr/mac.js'
import type { NetworkType } from '../objects.js'

/** A port of br-int that somebody gave a neutron port's id. */
export interface VifPort {
  readonly portId: string
  readonly name: string
  readonly ofport: number
  readonly mac: MacAddress
}

export interface NetworkKind {
  readonly networkId: string
  readonly type: NetworkType
  readonly physicalNetwork: string | null
  readonly segment: number | null
}

export interface LocalVlan extends NetworkKind {
  readonly vlan: number
  readonly ports: Map<string, VifPort>
  /** l2population: tunnel ports that the network floods to. */
  readonly tunnels: Set<number>
}

const FIRST = 1
const LAST = 4093

export class LocalVlans {
  private readonly byNetwork = new Map<string, LocalVlan>()
  private readonly free = new Set<number>()
  /** The agent pops from a Python set of small numbers: ascending, a number that came back waits until the end is reached. */
  private cursor = FIRST
  /** Tags that ports still have from an earlier run of the agent, by network. */
  private readonly hints = new Map<string, number>()

  /** `pins`: networks whose tag is given; nobody else gets those. */
  constructor(private readonly pins: ReadonlyMap<string, number>) {
    const pinned = new Set(pins.values())
    for (let vlan = FIRST; vlan <= LAST; vlan++) if (!pinned.has(vlan)) this.free.add(vlan)
  }

  get(networkId: string): LocalVlan | null {
    return this.byNetwork.get(networkId) ?? null
  }

  all(): LocalVlan[] {
    return [...this.byNetwork.values()]
  }

  ofPort(portId: string): LocalVlan | null {
    return this.all().find(({ ports }) => ports.has(portId)) ?? null
  }

  /** null: none is left. */
  allocate(kind: NetworkKind): LocalVlan | null {
    const vlan = this.pins.get(kind.networkId) ?? this.hints.get(kind.networkId) ?? this.pop()
    if (vlan === null) return null
    this.hints.delete(kind.networkId)
    const local: LocalVlan = { ...kind, vlan, ports: new Map(), tunnels: new Set() }
    this.byNetwork.set(kind.networkId, local)
    return local
  }

  release(networkId: string): void {
    const local = this.byNetwork.get(networkId)
    this.byNetwork.delete(networkId)
    if (local !== undefined && !this.pins.has(networkId)) this.free.add(local.vlan)
  }

  /** A network keeps the tag that its ports have. */
  remember(networkId: string, vlan: number): void {
    if (!this.pins.has(networkId) && !this.hints.has(networkId) && this.free.delete(vlan)) this.hints.set(networkId, vlan)
  }

  /** Networks that have no port here any more. */
  forgetHints(): void {
    for (const vlan of this.hints.values()) this.free.add(vlan)
    this.hints.clear()
  }

  private pop(): number | null {
    for (let i = 0; i < LAST; i++) {
      const vlan = this.cursor
      this.cursor = vlan === LAST ? FIRST : vlan + 1
      if (this.free.delete(vlan)) return vlan
    }
    return null
  }
}

/** `vlan/NETWORK` pins of a node. */
export function vlanPins(pins: ReadonlyMap<string, string>): Map<string, number> {
  const found = new Map<string, number>()
  for (const [key, value] of pins) if (key.startsWith('vlan/')) found.set(key.slice('vlan/'.length), Number(value))
  return found
}
