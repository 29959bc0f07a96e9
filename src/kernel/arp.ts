// ARP: asking for neighbours, and answering for own addresses and, as a proxy, for those behind (Linux: arp.c).

import type { Ipv4Address } from '../addr/ipv4.js'
import { isLoopbackIpv4, isMulticastIpv4, maskOf } from '../addr/ipv4.js'
import type { MacAddress } from '../addr/mac.js'
import { BROADCAST_MAC } from '../addr/mac.js'
import type { Task } from '../sim/scheduler.js'
import { ARP_REPLY, ARP_REQUEST, ArpPacket } from '../wire/arp.js'
import { ETHERTYPE_ARP, EthernetFrame } from '../wire/ethernet.js'
import { ICMP_DEST_UNREACH, ICMP_HOST_UNREACH } from '../wire/icmp.js'
import { isOnLink, selectAddress } from './devinet.js'
import { icmpSend } from './icmp-send.js'
import type { NeighbourProtocol } from './neigh.js'
import type { NetDevice } from './netdev.js'
import { IFF_NOARP } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { delivered, drop, hold, newPacket, release } from './packet.js'
import { routeInputFlow, routeOutput } from './route.js'
import { SCOPE_HOST, SCOPE_LINK } from './route-entry.js'
import type { RouteResult } from './route-result.js'
import type { LearnedNote } from './trace-notes.js'
import { noteArp } from './trace-notes.js'

/** The larger of the device's and `all`'s value: how arp_ignore, arp_announce, arp_accept and arp_notify combine. */
function maxConf(dev: NetDevice, key: 'arp_ignore' | 'arp_announce' | 'arp_accept'): number {
  return Math.max(dev.conf[key], dev.netns.confAll[key])
}

export const arpProtocol: NeighbourProtocol<number> = {
  solicit(neighbour, lladdr, queued) {
    const dev = neighbour.dev
    const src = solicitSource(dev, neighbour.address, queued)
    arpSend(dev, { operation: ARP_REQUEST, senderIp: src, targetIp: neighbour.address, targetMac: 0, to: lladdr ?? BROADCAST_MAC }, queued)
  },
  unreachable(neighbour, pkt) {
    icmpSend(neighbour.dev.netns, pkt, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH)
    drop(pkt, 'NEIGH_FAILED', neighbour.dev)
  },
  conf: (dev) => dev.neighConf,
  reachable: (dev) => dev.reachable,
  tell(neighbour, change) {
    const { netns } = neighbour.dev
    if (netns.kernel.events.isWatched) netns.kernel.events.emit({ kind: 'neigh', change, netns, neighbour })
  },
}

/** arp_solicit: which own address stands in the request (arp_announce). */
function solicitSource(dev: NetDevice, target: Ipv4Address, queued: Packet | null): Ipv4Address {
  const wish = queued === null ? 0 : queued.ip.src
  const level = maxConf(dev, 'arp_announce')
  if (wish !== 0 && level < 2 && dev.netns.fib.isLocal(wish)) {
    if (level === 0 || isOnLink(dev, target, wish)) return wish
  }
  return selectAddress(dev.netns, dev, target, SCOPE_LINK)
}

export interface ArpFields {
  operation: number
  senderIp: Ipv4Address
  targetIp: Ipv4Address
  targetMac: MacAddress
  /** Destination of the frame. */
  to: MacAddress
}

/** `cause`: what waits for the answer, or is answered. */
export function arpSend(dev: NetDevice, fields: ArpFields, cause: Packet | null = null): void {
  if ((dev.flags & IFF_NOARP) !== 0) return
  const arp = new ArpPacket({
    operation: fields.operation,
    senderMac: dev.mac,
    senderIp: fields.senderIp,
    targetMac: fields.targetMac,
    targetIp: fields.targetIp,
  })
  const frame = new EthernetFrame({ dst: fields.to, src: dev.mac, type: ETHERTYPE_ARP, payload: arp })
  dev.transmit(newPacket(dev.netns.kernel.sim, dev, frame, cause))
}

/** Gratuitous requests for every address (arp_notify). */
export function announceAddress(dev: NetDevice): void {
  for (const address of dev.addresses) {
    arpSend(dev, { operation: ARP_REQUEST, senderIp: address.local, targetIp: address.local, targetMac: 0, to: BROADCAST_MAC })
  }
}

export function arpReceive(pkt: Packet): void {
  const dev = pkt.dev
  if ((dev.flags & IFF_NOARP) !== 0) return drop(pkt, 'ARP_OFF', dev)
  if (pkt.packetType === 'otherhost') return drop(pkt, 'OTHERHOST', dev)
  const arp = pkt.frame.payload
  if (arp instanceof Uint8Array || arp.kind !== 'arp') return drop(pkt, 'ARP_INVALID', dev)
  if (arp.operation !== ARP_REQUEST && arp.operation !== ARP_REPLY) return drop(pkt, 'ARP_INVALID', dev)
  arpProcess(pkt, arp, false)
}

function arpProcess(pkt: Packet, arp: ArpPacket, wasDelayed: boolean): void {
  const dev = pkt.dev
  const netns = dev.netns
  const { senderIp, targetIp } = arp
  const localnet = dev.conf.route_localnet !== 0 || netns.confAll.route_localnet !== 0
  if (isMulticastIpv4(targetIp) || (isLoopbackIpv4(targetIp) && !localnet)) return drop(pkt, 'ARP_INVALID', dev)
  const dropsGratuitous = dev.conf.drop_gratuitous_arp !== 0 || netns.confAll.drop_gratuitous_arp !== 0
  if (senderIp === targetIp && dropsGratuitous) return drop(pkt, 'ARP_IGNORED', dev)
  if (senderIp === 0) return answerProbe(pkt, arp)
  if (arp.operation === ARP_REQUEST) {
    const route = routeInputFlow(netns, { dst: targetIp, src: senderIp, iif: dev }, false)
    if (pkt.trace !== null) noteArp(pkt, arp, route)
    if (typeof route !== 'string') {
      if (route.type === 'local') return answerOwn(pkt, arp)
      if (dev.conf.forwarding !== 0 && route.type === 'unicast' && isProxied(netns, dev, targetIp, route)) {
        return answerForOther(pkt, arp, wasDelayed)
      }
    }
  }
  learn(pkt, arp)
}

/** Duplicate address detection: a request without a sender. */
function answerProbe(pkt: Packet, arp: ArpPacket): void {
  const dev = pkt.dev
  const isOwn = arp.operation === ARP_REQUEST && dev.netns.fib.typeOf(arp.targetIp) === 'local'
  if (!isOwn || ignores(dev, 0, arp.targetIp)) return drop(pkt, 'ARP_NOT_FOR_US', dev)
  reply(pkt, arp)
  delivered(pkt, dev)
}

function answerOwn(pkt: Packet, arp: ArpPacket): void {
  const dev = pkt.dev
  const filters = dev.conf.arp_filter !== 0 || dev.netns.confAll.arp_filter !== 0
  if (ignores(dev, arp.senderIp, arp.targetIp) || (filters && leavesElsewhere(dev, arp))) return drop(pkt, 'ARP_IGNORED', dev)
  if (meet(dev, arp)) reply(pkt, arp)
  delivered(pkt, dev)
}

/** The asker is learned STALE. */
function meet(dev: NetDevice, arp: ArpPacket): boolean {
  const entry = dev.netns.neigh.obtain(dev, arp.senderIp)
  entry?.update(arp.senderMac, 'STALE', { override: true })
  return entry !== null
}

function reply(pkt: Packet, arp: ArpPacket): void {
  arpSend(
    pkt.dev,
    { operation: ARP_REPLY, senderIp: arp.targetIp, targetIp: arp.senderIp, targetMac: arp.senderMac, to: arp.senderMac },
    pkt,
  )
}

/** arp_fwd_proxy, arp_fwd_pvlan and explicit proxy entries. */
function isProxied(netns: NetNamespace, dev: NetDevice, target: Ipv4Address, route: RouteResult): boolean {
  if (route.dev === dev) return dev.conf.proxy_arp_pvlan !== 0 || netns.confAll.proxy_arp_pvlan !== 0
  if (netns.neigh.hasProxy(dev, target)) return true
  if (dev.conf.proxy_arp === 0 && netns.confAll.proxy_arp === 0) return false
  const medium = dev.conf.medium_id
  if (medium === 0) return true
  const other = route.dev.conf.medium_id
  return medium !== -1 && other !== medium && other !== -1
}

/** Answers for others wait a random time of up to proxy_delay, unless the question came by unicast. */
function answerForOther(pkt: Packet, arp: ArpPacket, wasDelayed: boolean): void {
  const dev = pkt.dev
  meet(dev, arp)
  const delay = dev.neighConf.proxy_delay
  if (wasDelayed || pkt.packetType === 'host' || delay === 0) {
    reply(pkt, arp)
    return delivered(pkt, dev)
  }
  if (dev.proxyQueue >= dev.neighConf.proxy_qlen) return drop(pkt, 'NEIGH_QUEUEFULL', dev)
  dev.proxyQueue++
  hold(pkt, dev)
  const { sim, random } = dev.netns.kernel
  sim.scheduler.after(random.below(delay * 10_000), new ProxyAnswer(pkt, arp))
}

class ProxyAnswer implements Task {
  constructor(
    private readonly pkt: Packet,
    private readonly arp: ArpPacket,
  ) {}

  fire(): void {
    const { pkt, arp } = this
    const { dev } = pkt
    dev.proxyQueue--
    release(pkt)
    if (dev.isUp && dev.netns.isAlive) arpProcess(pkt, arp, true)
    else drop(pkt, 'DEV_DOWN', dev)
  }
}

/** A gratuitous message updates what is known; only arp_accept makes an entry from it. */
function learn(pkt: Packet, arp: ArpPacket): void {
  const dev = pkt.dev
  const { senderIp } = arp
  let entry = dev.neighbours.get(senderIp)
  const accepts = maxConf(dev, 'arp_accept')
  const type = dev.netns.fib.typeOf(senderIp)
  const isGratuitous = isGratuitousArp(arp) && type === 'unicast'
  if (entry === undefined && (accepts === 1 || (accepts === 2 && isOnLink(dev, senderIp, 0)))) {
    if (isGratuitous || (arp.operation === ARP_REPLY && type === 'unicast')) entry = dev.netns.neigh.obtain(dev, senderIp) ?? undefined
  }
  if (entry === undefined) return drop(pkt, 'ARP_NOT_FOR_US', dev)
  const now = dev.netns.nowUs
  const override = now > entry.updatedUs + dev.neighConf.locktime * 10_000 || isGratuitous
  const confirms = arp.operation === ARP_REPLY && pkt.packetType === 'host'
  entry.update(arp.senderMac, confirms ? 'REACHABLE' : 'STALE', { override })
  if (pkt.trace !== null) pkt.trace.add('neigh', dev, pkt.frame, { kind: 'learned', neighbour: entry } satisfies LearnedNote)
  delivered(pkt, dev)
}

function isGratuitousArp(arp: ArpPacket): boolean {
  if (arp.senderIp !== arp.targetIp) return false
  return arp.operation === ARP_REQUEST || arp.targetMac === 0 || arp.targetMac === arp.senderMac || arp.targetMac === BROADCAST_MAC
}

/** arp_ignore */
function ignores(dev: NetDevice, sender: Ipv4Address, target: Ipv4Address): boolean {
  switch (maxConf(dev, 'arp_ignore')) {
    case 1:
      return !confirms(dev, 0, target, SCOPE_HOST)
    case 2:
      return !confirms(dev, sender, target, SCOPE_HOST)
    case 3:
      return !dev.netns.devices.some((each) => confirms(each, 0, target, SCOPE_LINK))
    case 8:
      return true
    default:
      return false
  }
}

/** inet_confirm_addr */
function confirms(dev: NetDevice, sender: Ipv4Address, target: Ipv4Address, scope: number): boolean {
  return dev.addresses.some((each) => {
    if (each.local !== target || Math.min(each.scope, SCOPE_HOST) > scope) return false
    return sender === 0 || ((each.peer ^ sender) & maskOf(each.length)) === 0
  })
}

/** arp_filter: an answer to the asker would leave by another device. */
function leavesElsewhere(dev: NetDevice, arp: ArpPacket): boolean {
  const route = routeOutput(dev.netns, { dst: arp.senderIp, src: arp.targetIp })
  return typeof route === 'string' || route.dev !== dev
}
