// Nobody answered an ARP question: who should have, and why it did not.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { VethDevice } from '../../kernel/dev/veth.js'
import type { Kernel } from '../../kernel/kernel.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { NetNamespace } from '../../kernel/netns.js'
import type { ArpNote } from '../../kernel/trace-notes.js'
import type { OfPort } from '../../ovs/ports.js'
import type { SwitchNote } from '../../ovs/trace-notes.js'
import type { PacketTrace, TraceEvent } from '../../trace/packet-trace.js'
import { arpOf } from '../frame-text.js'
import { inNetns, ipText, routeLine } from '../lines.js'
import type { Evidence } from '../probe.js'
import type { Fault } from '../way.js'
import { wayOf } from '../way-of.js'
import { translatorsOf } from './rules-and-nat.js'
import { deadPort, otherVlan, unmappedVlan } from './switch-ports.js'
import { tunnelMissing, tunnelTo } from './tunnel.js'
import { brokenWiring, missingUplink } from './wiring.js'
import { allDevices, netnsText, ownersOf, switchPortOf } from './world.js'

/** `dev` asked for `address` and `question` is the first of its requests that was traced. */
export interface Unanswered {
  readonly address: Ipv4Address
  readonly dev: NetDevice
  readonly question: PacketTrace | null
}

export function unansweredArp(evidence: Evidence, asked: Unanswered): Fault | null {
  const { question } = asked
  const answer = question?.caused.find((trace) => arpOf(trace.events[0]!.frame)?.operation === 2) ?? null
  if (answer !== null) return lostAnswer(answer)
  const notes = question === null ? [] : arpNotes(question)
  return (
    deadPort(asked.dev, 'The one that asks') ??
    brokenWiring(asked.dev) ??
    ignored(question, asked) ??
    filteredOwner(notes, asked) ??
    silentProxy(evidence, notes, asked) ??
    ownerOutOfReach(evidence, asked) ??
    translatedByNobody(evidence, asked) ??
    wayDrop(question) ??
    nobody(evidence, asked)
  )
}

/** It was answered, but the answer did not come back. */
function lostAnswer(answer: PacketTrace): Fault | null {
  const end = wayOf(answer)?.end
  if (end?.kind !== 'dropped') return null
  return { ...end.fault, likely: [...end.fault.likely, 'the ARP question was answered; its answer is what was lost'] }
}

function* events(trace: PacketTrace): Generator<TraceEvent> {
  yield* trace.events
  for (const child of trace.children) yield* events(child)
}

function arpNotes(question: PacketTrace): ArpNote[] {
  return [...events(question)].filter(({ detail }) => isArpNote(detail)).map(({ detail }) => detail as ArpNote)
}

function isArpNote(detail: unknown): boolean {
  return typeof detail === 'object' && detail !== null && (detail as { kind?: string }).kind === 'arp'
}

function ignored(question: PacketTrace | null, { address }: Unanswered): Fault | null {
  if (question === null) return null
  const drop = [...events(question)].find(({ kind, detail }) => kind === 'drop' && detail === 'ARP_IGNORED')
  if (drop === undefined) return null
  const dev = drop.where as NetDevice
  return {
    id: 'arp-ignored',
    node: dev.netns.kernel.name,
    netns: dev.netns.name,
    object: `net.ipv4.conf.${dev.name}.arp_ignore or arp_filter`,
    why: `${netnsText(dev.netns)} has ${ipText(address)}, but a sysctl keeps it from answering for it on ${dev.name}.`,
    command: inNetns(
      dev.netns,
      `sysctl net.ipv4.conf.all.arp_ignore net.ipv4.conf.${dev.name}.arp_ignore net.ipv4.conf.${dev.name}.arp_filter`,
    ),
    likely: [],
  }
}

/** Its owner did not believe the question's sender. */
function filteredOwner(notes: readonly ArpNote[], { address }: Unanswered): Fault | null {
  const note = notes.find(({ dev, route }) => route === 'rp-filter' && dev.netns.fib.isLocal(address))
  return note === undefined ? null : filtered(note)
}

function filtered({ dev, arp }: Pick<ArpNote, 'dev' | 'arp'>): Fault {
  const { netns } = dev
  return {
    id: 'rp-filter',
    node: netns.kernel.name,
    netns: netns.name,
    object: `net.ipv4.conf.${dev.name}.rp_filter`,
    why: `The ARP question came from ${ipText(arp.senderIp)}, which is not reached by ${dev.name}: the reverse path filter keeps it from being answered.`,
    command: inNetns(netns, `sysctl net.ipv4.conf.${dev.name}.rp_filter net.ipv4.conf.all.rp_filter`),
    likely: [],
  }
}

/**
 * Namespaces with a route of their own to just this address were meant to answer; so was the proxy on the host that translates the
 * address. A proxy on another host is right to keep silent.
 */
function silentProxy({ world }: Evidence, notes: readonly ArpNote[], asked: Unanswered): Fault | null {
  for (const note of notes) {
    const fault = hostRouteWithoutProxy(note)
    if (fault !== null) return fault
  }
  const hosts = new Set(translatorsOf(world, asked.address).map(({ kernel }) => kernel))
  for (const note of notes) {
    const fault = hosts.has(note.dev.netns.kernel) ? proxyWithoutRoute(note, asked) : null
    if (fault !== null) return fault
  }
  return deafProxy(world, hosts, notes)
}

/** A router translates the address and has it on no device; a namespace with a proxy in front of it needs none. */
function translatedByNobody({ world }: Evidence, { address }: Unanswered): Fault | null {
  for (const netns of translatorsOf(world, address)) {
    const gateway = netns.devices.find(({ name }) => name.startsWith('qg-'))
    if (gateway === undefined || netns.devices.some((dev) => dev.addresses.some(({ local }) => local === address))) continue
    return {
      id: 'address-missing',
      node: netns.kernel.name,
      netns: netns.name,
      object: `${ipText(address)} is not on ${gateway.name}`,
      why: `${netns.name} translates ${ipText(address)}, but ${gateway.name} does not have it as an address: nobody answers ARP for it.`,
      command: inNetns(netns, `ip addr show ${gateway.name}`),
      likely: [],
    }
  }
  return null
}

/** The proxy that should have answered did not hear the question. */
function deafProxy(world: Evidence['world'], hosts: ReadonlySet<Kernel>, notes: readonly ArpNote[]): Fault | null {
  for (const dev of allDevices(world)) {
    if (!hosts.has(dev.netns.kernel) || dev.conf.proxy_arp === 0 || notes.some((note) => note.dev === dev)) continue
    const fault = deadPort(dev, `${dev.name} of ${netnsText(dev.netns)}, which would answer as a proxy,`)
    if (fault !== null) return fault
    if (!dev.isRunning) return downOwner(dev, null)
    const port = switchPortOf(dev)
    const uplink = port === null ? null : missingUplink(port.bridge.vswitch)
    if (uplink !== null) return uplink
  }
  return null
}

function hostRouteWithoutProxy({ dev, arp, route, proxies }: ArpNote): Fault | null {
  if (typeof route === 'string' || route.type !== 'unicast' || route.route?.length !== 32 || route.dev === dev || proxies) return null
  const { netns } = dev
  const target = ipText(arp.targetIp)
  return {
    id: 'proxy-arp-off',
    node: netns.kernel.name,
    netns: netns.name,
    object: `net.ipv4.conf.${dev.name}.proxy_arp = 0`,
    why: `${target} is behind ${route.dev.name} of this namespace (${routeLine(netns, route.route)}); it would answer the ARP question for it if proxy_arp were on for ${dev.name}.`,
    command: inNetns(netns, `sysctl net.ipv4.conf.${dev.name}.proxy_arp`),
    likely: [],
  }
}

function proxyWithoutRoute({ dev, arp, route, proxies }: ArpNote, { address }: Unanswered): Fault | null {
  if (!proxies || arp.targetIp !== address) return null
  const { netns } = dev
  // Routes by a device go with it.
  const off = netns.devices.find((each) => each instanceof VethDevice && !each.isRunning)
  if (off !== undefined && (typeof route === 'string' || route.dev === dev)) return downOwner(off, null)
  const target = ipText(address)
  const base = { node: netns.kernel.name, netns: netns.name, likely: [] }
  if (typeof route !== 'string') {
    if (route.dev !== dev) return null
    return {
      ...base,
      id: 'host-route-missing',
      object: `no route to ${target} but ${route.route === null ? 'the link' : routeLine(netns, route.route)}`,
      why: `${dev.name} has proxy_arp on, but the only route to ${target} leads out of ${dev.name} itself: a proxy answers only for what is behind another device.`,
      command: inNetns(netns, `ip route get ${target} from ${ipText(arp.senderIp)} iif ${dev.name}`),
    }
  }
  switch (route) {
    case 'not-forwarding':
      return {
        ...base,
        id: 'forwarding-off',
        object: 'net.ipv4.ip_forward = 0',
        why: `${dev.name} has proxy_arp on, but a namespace that does not forward answers for nobody else.`,
        command: inNetns(netns, 'sysctl net.ipv4.ip_forward'),
      }
    case 'rp-filter':
      return filtered({ dev, arp })
    case 'ENETUNREACH':
      return {
        ...base,
        id: 'host-route-missing',
        object: `no route to ${target}`,
        why: `${dev.name} has proxy_arp on, but this namespace has no route to ${target}: a proxy answers only for what it could forward to.`,
        command: inNetns(netns, `ip route get ${target} from ${ipText(arp.senderIp)} iif ${dev.name}`),
      }
    default:
      return null
  }
}

/** The address is somewhere in the lab: why did the question not get there? */
function ownerOutOfReach(evidence: Evidence, { address, dev, question }: Unanswered): Fault | null {
  const owners = ownersOf(evidence.world, address).filter((owner) => owner !== dev && owner.netns.loopback !== owner)
  for (const owner of owners) {
    if (!owner.isRunning) return downOwner(owner, address)
    const dead = deadPort(owner, `${netnsText(owner.netns)}, which has ${ipText(address)},`) ?? brokenWiring(owner)
    if (dead !== null) return dead
  }
  const mine = switchPortOf(dev)
  for (const owner of owners) {
    const port = switchPortOf(owner)
    const uplink = owner.netns.kernel === dev.netns.kernel ? null : (uplinkOf(mine) ?? uplinkOf(port))
    if (uplink !== null) return uplink
    if (mine === null || port === null) continue
    const vlans = otherVlan(dev, owner)
    if (vlans !== null) return vlans
    if (
      mine.bridge.vswitch !== port.bridge.vswitch &&
      tunnelTo(mine.bridge.vswitch, port.bridge.vswitch) === null &&
      usesTunnels(question)
    ) {
      return tunnelMissing(mine.bridge.vswitch, port.bridge.vswitch)
    }
    if (mine.bridge.vswitch !== port.bridge.vswitch) {
      const unmapped = unmappedVlan(mine) ?? unmappedVlan(port)
      if (unmapped !== null) return unmapped
    }
  }
  return null
}

function uplinkOf(port: OfPort | null): Fault | null {
  return port === null ? null : missingUplink(port.bridge.vswitch)
}

function usesTunnels(question: PacketTrace | null): boolean {
  if (question === null) return false
  return [...events(question)].some(({ detail }) => (detail as SwitchNote | null)?.kind === 'patch')
}

function downOwner(owner: NetDevice, address: Ipv4Address | null): Fault {
  return {
    id: 'device',
    node: owner.netns.kernel.name,
    netns: owner.netns.name,
    object: owner.name,
    why: `${owner.name} of ${netnsText(owner.netns)} ${address === null ? 'leads to what is answered for' : `has ${ipText(address)}`}, but it is down or has no carrier.`,
    command: inNetns(owner.netns, `ip link show ${owner.name}`),
    likely: [],
  }
}

/** Where the question itself was dropped on its way. */
function wayDrop(question: PacketTrace | null): Fault | null {
  if (question === null) return null
  const end = wayOf(question)?.end
  return end?.kind === 'dropped' && (end.reason.startsWith('OVS') || end.reason.startsWith('NETFILTER') || end.reason.startsWith('DEV'))
    ? end.fault
    : null
}

/** A router translates the address, but does not have it. */
function addressMissing(netns: NetNamespace, address: Ipv4Address): Fault {
  return {
    id: 'address-missing',
    node: netns.kernel.name,
    netns: netns.name,
    object: `no device has ${ipText(address)}`,
    why: `${netnsText(netns)} translates ${ipText(address)}, but has the address on no device and is no proxy for it: it answers no ARP question for it.`,
    command: inNetns(netns, 'ip addr'),
    likely: [],
  }
}

function nobody({ world }: Evidence, { address, dev }: Unanswered): Fault {
  const owners = ownersOf(world, address).filter((owner) => owner !== dev)
  const translator = owners.length === 0 ? translatorsOf(world, address)[0] : undefined
  if (translator !== undefined) return addressMissing(translator, address)
  const why =
    owners.length === 0
      ? `Nobody in this lab has ${ipText(address)}, so nobody answered the ARP question for it on ${dev.name}.`
      : `The ARP question for ${ipText(address)} on ${dev.name} was not answered; ${netnsText(owners[0]!.netns)} has the address, but did not get the question.`
  return {
    id: 'arp-unanswered',
    node: dev.netns.kernel.name,
    netns: dev.netns.name,
    object: `${ipText(address)} dev ${dev.name}`,
    why,
    command: inNetns(dev.netns, `ip neigh show dev ${dev.name}`),
    likely: [],
  }
}
