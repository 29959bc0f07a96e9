// Frames that were sent to a MAC address that nobody has: a neighbour entry that is no longer true, or a flow that rewrote it wrongly.

import { formatMac } from '../../addr/mac.js'
import type { VSwitch } from '../../ovs/vswitch.js'
import { inNetns, ipText, neighbourLine } from '../lines.js'
import type { Evidence } from '../probe.js'
import type { Fault, StepObject, Way } from '../way.js'
import { deadPort, otherVlan, unmappedVlan } from './switch-ports.js'
import { tunnelMissing, tunnelTo } from './tunnel.js'
import { brokenWiring } from './wiring.js'
import { allDevices, isMacKnown, netnsText, ownersOf, switchPortOf } from './world.js'

type NeighbourObject = StepObject & { kind: 'neighbour' }

/** null: the frames of this way went where they should. */
export function lostFrame(evidence: Evidence, way: Way): Fault | null {
  const dst = way.hops.at(-1)?.after.dst
  const neighbours = neighboursOf(way)
  for (const neighbour of neighbours) {
    const fault = staleNeighbour(evidence, neighbour)
    if (fault !== null) return fault
  }
  for (const neighbour of neighbours) {
    const fault = deadTarget(evidence, neighbour)
    if (fault !== null) return fault
  }
  for (const { neighbour } of neighbours) {
    const fault = brokenAtEnds(evidence, neighbour) ?? noTunnel(evidence, neighbour) ?? otherMapping(evidence, way, neighbour.address)
    if (fault !== null) return fault
  }
  return dst === undefined || isMacKnown(evidence.world, dst) ? null : rewritten(way)
}

/** The last first: those of the outer packet of a tunnel come behind those of the inner one. */
function neighboursOf(way: Way): NeighbourObject[] {
  return way.hops
    .flatMap(({ steps }) => steps)
    .flatMap(({ object }) => (object?.kind === 'neighbour' ? [object] : []))
    .reverse()
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
  const sender = deadPort(neighbour.dev, `The sender ${netnsText(neighbour.dev.netns)}`)
  if (sender !== null) return sender
  for (const owner of ownersOf(world, neighbour.address)) {
    const who = `${netnsText(owner.netns)}, which has ${ipText(neighbour.address)},`
    const fault = deadPort(owner, who) ?? otherVlan(neighbour.dev, owner)
    if (fault !== null) return fault
  }
  return null
}

function brokenAtEnds({ world }: Evidence, { dev, address }: NeighbourObject['neighbour']): Fault | null {
  const mine = brokenWiring(dev)
  if (mine !== null) return mine
  for (const owner of ownersOf(world, address)) {
    const fault = brokenWiring(owner)
    if (fault !== null) return fault
  }
  return null
}

/** Both ends hang on switches of two hosts, one of which has tunnels, but none to the other. */
export function noTunnel({ world }: Evidence, { dev, address }: NeighbourObject['neighbour']): Fault | null {
  const mine = switchPortOf(dev)?.bridge.vswitch
  for (const owner of ownersOf(world, address)) {
    const theirs = switchPortOf(owner)?.bridge.vswitch
    if (mine === undefined || theirs === undefined || mine === theirs || (!hasTunnels(mine) && !hasTunnels(theirs))) continue
    if (tunnelTo(mine, theirs) === null) return tunnelMissing(mine, theirs)
    if (tunnelTo(theirs, mine) === null) return tunnelMissing(theirs, mine)
    const unmapped = unmappedVlan(switchPortOf(dev)!) ?? unmappedVlan(switchPortOf(owner)!)
    if (unmapped !== null) return unmapped
  }
  return null
}

/** Of every neighbour on the way. */
export function tunnelGap(evidence: Evidence, way: Way): Fault | null {
  for (const { neighbour } of neighboursOf(way)) {
    const fault = noTunnel(evidence, neighbour)
    if (fault !== null) return fault
  }
  return null
}

function hasTunnels({ bridges }: VSwitch): boolean {
  return [...bridges.keys()].some((name) => name === 'br-tun')
}

/** The frame came to the switch of its target in another VLAN than the target's port has: a flow put it there. */
function otherMapping({ world }: Evidence, way: Way, address: number): Fault | null {
  for (const owner of ownersOf(world, address)) {
    const port = switchPortOf(owner)
    if (port === null) continue
    const at = way.hops.findLastIndex(
      ({ kind, node, place }) => kind === 'ovs-bridge' && node === port.bridge.vswitch.kernel.name && place === port.bridge.name,
    )
    const vlan = /^VLAN (\d+),/.exec(way.hops[at]?.steps.find(({ label }) => label === 'NORMAL')?.text ?? '')?.[1]
    if (vlan === undefined || Number(vlan) === port.vlan.tag) continue
    const step = way.hops
      .slice(0, at + 1)
      .flatMap(({ steps }) => steps)
      .findLast(({ kind, text }) => kind === 'table' && /vlan/.test(text.slice(text.indexOf('actions='))))
    if (step === undefined) continue
    return {
      id: 'wrong-vlan-mapping',
      node: port.bridge.vswitch.kernel.name,
      netns: '',
      object: step.detail[0] ?? step.text,
      why: `The frame came to ${port.bridge.name} in VLAN ${vlan}, but ${port.name}, behind which ${netnsText(owner.netns)} is, has tag ${port.vlan.tag ?? 'none'}: this flow put it into the wrong VLAN.`,
      command: step.command ?? 'ovs-vsctl show',
      likely: [],
    }
  }
  return null
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
