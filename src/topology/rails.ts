// Lays the links of a picture beside its rows: each a rail from its first to its last end, in the innermost column that is free there.
import { type DiagramRow, RowIndex } from './rows.js'
import type { LinkKind, Place, Topology } from './topology.js'

export interface Rail {
  readonly kind: LinkKind
  readonly label: string
  readonly zone: 'inner' | 'outer'
  /** From the box outwards; null: there was no room, the labels at its ends tell of it. */
  readonly column: number | null
  readonly ends: readonly RailEnd[]
  /** Several links in one: the row of the bridge that all others are linked with; null: all ends are equal. */
  readonly hub: number | null
}

export interface RailEnd {
  readonly row: number
  readonly places: readonly Place[]
}

export interface RailLayout {
  readonly rails: readonly Rail[]
  readonly innerColumns: number
  readonly outerColumns: number
}

export interface RailWish {
  /** Columns that there is room for. */
  readonly railRoom: number
  readonly joinsAtBridges: boolean
}

interface Draft {
  readonly kind: LinkKind
  readonly label: string
  readonly ends: Map<number, Place[]>
  readonly hub: number | null
}

export function layRails(topology: Topology, rows: readonly DiagramRow[], { railRoom, joinsAtBridges }: RailWish): RailLayout {
  const found = draftsOf(topology, rows)
  const drafts = joinsAtBridges ? joined(found, rows) : found
  const rails = drafts.map(({ kind, label, ends, hub }): Rail => {
    const sorted: RailEnd[] = [...ends].sort(([one], [other]) => one - other).map(([row, places]) => ({ row, places }))
    // A cable leaves its node, even when nothing of the lab is at its other end.
    return { kind, label, zone: nodesOf(ends, rows).size > 1 || kind === 'wire' ? 'outer' : 'inner', column: null, ends: sorted, hub }
  })
  const outer = assign(
    rails.filter(({ zone }) => zone === 'outer'),
    rows,
    Math.ceil(railRoom * 0.6),
  )
  const inner = assign(
    rails.filter(({ zone }) => zone === 'inner'),
    rows,
    railRoom - outer.columns,
  )
  return { rails: [...inner.rails, ...outer.rails], innerColumns: inner.columns, outerColumns: outer.columns }
}

function nodesOf(ends: ReadonlyMap<number, unknown>, rows: readonly DiagramRow[]): Set<string> {
  return new Set([...ends.keys()].map((row) => rows[row]!.node))
}

/** Links of one node that end at the same row, a bridge, share a rail: twenty namespaces on br-int need no twenty. */
function joined(drafts: readonly Draft[], rows: readonly DiagramRow[]): Draft[] {
  const mayJoin = ({ kind, ends }: Draft): boolean =>
    ends.size === 2 && kind !== 'wire' && kind !== 'tunnel' && kind !== 'vlan' && nodesOf(ends, rows).size === 1
  const degree = new Map<number, number>()
  for (const draft of drafts) if (mayJoin(draft)) for (const row of draft.ends.keys()) degree.set(row, (degree.get(row) ?? 0) + 1)
  const hubs = new Map<number, Draft[]>()
  for (const draft of drafts) {
    if (!mayJoin(draft)) continue
    const [hub] = [...draft.ends.keys()].sort((one, other) => degree.get(other)! - degree.get(one)! || other - one)
    hubs.set(hub!, [...(hubs.get(hub!) ?? []), draft])
  }
  const joints = [...hubs].map(([hub, members]): Draft => {
    if (members.length === 1) return members[0]!
    const ends = new Map<number, Place[]>()
    for (const member of members) for (const [row, places] of member.ends) ends.set(row, [...(ends.get(row) ?? []), ...places])
    return { kind: members[0]!.kind, label: '', ends, hub }
  })
  return [...drafts.filter((draft) => !mayJoin(draft)), ...joints]
}

/** Links between the same rows are one; a segment is one rail with many ends. */
function draftsOf(topology: Topology, rows: readonly DiagramRow[]): Draft[] {
  const index = new RowIndex(rows)
  const switches = new Set(topology.nodes.filter(({ kind }) => kind === 'switch').map(({ name }) => name))
  const drafts = new Map<string, Draft>()
  for (const { a, b, kind, label } of topology.links) {
    const [one, other] = [index.exact(a), switches.has(b.node) ? null : index.exact(b)]
    const onSwitch = switches.has(b.node)
    // The far end is not in the picture, or is the same row.
    if ((one === null && other === null) || one === other) continue
    const id = onSwitch ? `switch ${b.node}` : `${kind} ${label} ${Math.min(one ?? -1, other ?? -1)} ${Math.max(one ?? -1, other ?? -1)}`
    const draft = drafts.get(id) ?? { kind, label, ends: new Map<number, Place[]>(), hub: null }
    drafts.set(id, draft)
    if (one !== null) note(draft, one, a)
    if (other !== null) note(draft, other, b)
  }
  return [...drafts.values()]
}

function note(draft: Draft, row: number, place: Place): void {
  const places = draft.ends.get(row) ?? []
  places.push(place)
  draft.ends.set(row, places)
}

/** A VLAN right below the device that it is on. */
function isImplied({ kind, ends }: Rail, rows: readonly DiagramRow[]): boolean {
  if (kind !== 'vlan') return false
  return rows.slice(ends[0]!.row, ends.at(-1)!.row + 1).every((row) => row.kind === 'entry' && row.depth === 0)
}

/** Short ones lie inside; tunnels come last, they only say what the cables below carry. */
function assign(rails: readonly Rail[], rows: readonly DiagramRow[], room: number): { rails: Rail[]; columns: number } {
  const length = ({ ends }: Rail): number => ends.at(-1)!.row - ends[0]!.row
  const taken: [number, number][][] = []
  const placed = new Map<Rail, number | null>()
  const rank = (rail: Rail): number => (rail.kind === 'tunnel' ? 1 : 0)
  const order = (one: Rail, other: Rail): number =>
    rank(one) - rank(other) || length(one) - length(other) || one.ends[0]!.row - other.ends[0]!.row
  for (const rail of [...rails].sort(order)) {
    if (rail.ends.length === 1 || isImplied(rail, rows)) {
      placed.set(rail, null)
      continue
    }
    const [from, to] = [rail.ends[0]!.row, rail.ends.at(-1)!.row]
    let column = taken.findIndex((spans) => spans.every(([first, last]) => to < first || last < from))
    if (column < 0) column = taken.length
    if (column >= room) {
      placed.set(rail, null)
      continue
    }
    taken[column] = [...(taken[column] ?? []), [from, to]]
    placed.set(rail, column)
  }
  return { rails: rails.map((rail) => ({ ...rail, column: placed.get(rail) ?? null })), columns: taken.length }
}
