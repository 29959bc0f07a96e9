// Frames that were sent to a MAC address that nobody has: a neighbour entry that is no longer true, or a flow that rewrote it wrongly.

import { formatMac } from '../../addr/mac.js'
import { inNetns, ipText, neighbourLine } from '../lines.js'
import type { Evidence } from '../probe.js'
import type { Fault, StepObject, Way } from '../way.js'
import { deadPort } from './arp.js'
import { allDevices, isMacKnown, netnsText, ownersOf } from './world.js'

type NeighbourObject = StepObject & { kind: 'neighbour' }

/** null: the frames of this way went where they should. */
export function lostFrame(evidence: Evidence, way: Way): Fault | null {
  const last = way.hops.at(-1)?.after
  const neighbour = lastNeighbour(way)
  if (last === undefined) return null
  const dst = last.dst
  const stale = neighbour === null ? null : staleNeighbour(evidence, neighbour)
  if (stale !== null) return stale
  const dead = neighbour === null ? null : deadTarget(evidence, neighbour)
  if (dead !== null) return dead
  if (isMacKnown(evidence.world, dst)) return null
  return rewritten(way)
}

function lastNeighbour(way: Way): NeighbourObject | null {
  for (const hop of [...way.hops].reverse()) {
    for (const { object } of [...hop.steps].reverse()) if (object?.kind === 'neighbour') return object
  }
  return null
}

function staleNeighbour({ world }: Evidence, { neighbour }: NeighbourObject): Fault | null {
  const { lladdr, dev, address } = neighbour
  if (lladdr === null) return null
  const owners = ownersOf(world, address).filter((owner) => owner.netns.loopback !== owner)
  const isRight = owners.length === 0 ? isMacKnown(world, lladdr) : owners.some((owner) => owner.mac === lladdr)
  if (isRight || (owners.length > 0 && answersFor(world, lladdr))) return null
  const now = owners[0] === undefined ? '' : `; ${netnsText(owners[0].netns)} has the address, with ${formatMac(owners[0].mac)}`
  return {
    id: 'stale-neighbour',
    node: dev.netns.kernel.name,
    netns: dev.netns.name,
    object: neighbourLine(neighbour),
    why: `The neighbour entry says that ${ipText(address)} has ${formatMac(lladdr)}, which is no longer true${now}: the frame was sent to a MAC address that nobody took.`,
    command: inNetns(dev.netns, `ip neigh show ${ipText(address)} dev ${dev.name}`),
    likely: [],
  }
}

/** Somebody with proxy_arp has this MAC. */
function answersFor(world: Evidence['world'], mac: number): boolean {
  for (const dev of allDevices(world)) if (dev.mac === mac && dev.conf.proxy_arp !== 0) return true
  return false
}

function deadTarget({ world }: Evidence, { neighbour }: NeighbourObject): Fault | null {
  for (const owner of ownersOf(world, neighbour.address)) {
    const fault = deadPort(owner, `${netnsText(owner.netns)}, which has ${ipText(neighbour.address)},`)
    if (fault !== null) return fault
  }
  return deadPort(neighbour.dev, `The sender ${netnsText(neighbour.dev.netns)}`)
}

/** A switch's flow put the address there. */
function rewritten(way: Way): Fault | null {
  for (const hop of [...way.hops].reverse()) {
    if (hop.kind !== 'ovs-bridge' || hop.before.dst === hop.after.dst) continue
    const step = hop.steps.findLast(({ kind, object }) => kind === 'table' && object?.kind === 'flow')
    return {
      id: 'wrong-rewrite',
      node: hop.node,
      netns: '',
      object: `${hop.place} ${step?.label ?? ''}: ${step?.detail[0] ?? 'a flow'}`,
      why: `A flow of ${hop.place} changed the destination from ${formatMac(hop.before.dst)} to ${formatMac(hop.after.dst)}, a MAC address that nobody has.`,
      command: step?.command ?? `ovs-ofctl dump-flows ${hop.place}`,
      likely: [],
    }
  }
  return null
}
