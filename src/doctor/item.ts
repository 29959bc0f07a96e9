// What doctor looks at: one thing that the API wants somewhere, and whether it is there.

/** A row of the API that something is for. */
export interface ObjectRef {
  readonly kind: 'server' | 'port' | 'network' | 'subnet' | 'router' | 'floating IP' | 'security group' | 'agent'
  readonly id: string
  readonly name: string
}

export interface Item {
  readonly family: string
  /** As it should be: `qvo8cbe7bb6-18 has tag 4, the local VLAN of network private1`. */
  readonly wanted: string
  /** What there is instead; null: it is as wanted. */
  readonly found: string | null
  readonly node: string
  /** '' is the node's own. */
  readonly netns: string
  /** The device, bridge, chain or file. */
  readonly place: string
  /** What shows it, as it is typed on the node. */
  readonly command: string
  /** Whose work it is. */
  readonly agent: string
  /** The first is what it is for, the others have to do with it. */
  readonly objects: readonly ObjectRef[]
}

export interface Spot {
  readonly node: string
  readonly netns: string
  readonly agent: string
  readonly objects: readonly ObjectRef[]
}

export interface Finding {
  readonly wanted: string
  /** null: as wanted. */
  readonly found: string | null
  readonly place: string
  /** As typed in the namespace. */
  readonly command: string
}

/** Collects what a family of items finds. */
export class Checklist {
  readonly items: Item[] = []
  family = ''

  add(spot: Spot, { wanted, found, place, command }: Finding): void {
    const { node, netns, agent, objects } = spot
    const typed = netns === '' ? command : `ip netns exec ${netns} ${command}`
    this.items.push({ family: this.family, wanted, found, node, netns, place, command: typed, agent, objects })
  }
}

export function isMissing(item: Item): boolean {
  return item.found !== null
}
