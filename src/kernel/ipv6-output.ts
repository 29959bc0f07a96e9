// IPv6 out of this machine: to neighbours on the link and to itself. Differs: there is no IPv6 routing beyond the link.

import type { Ipv6Address } from '../addr/ipv6.js'
import { ALL_NODES_IPV6, ANY_IPV6, isLinkLocalIpv6, isMulticastIpv6, macOfMulticastIpv6, solicitedNodeOf } from '../addr/ipv6.js'
import type { Task } from '../sim/scheduler.js'
import { ETHERTYPE_IPV6, EthernetFrame } from '../wire/ethernet.js'
import { Ipv6Packet } from '../wire/ipv6.js'
import type { Errno } from './errno.js'
import type { NetDevice } from './netdev.js'
import { IFF_LOOPBACK } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { drop, hold, newPacket, release } from './packet.js'
import { SCOPE_LINK } from './route-entry.js'

/** The kernel's own multicast messages. */
export function sendMulticast6(dev: NetDevice, packet: Ipv6Packet): void {
  dev.transmit(toGroup(dev, packet))
}

function toGroup(dev: NetDevice, packet: Ipv6Packet): Packet {
  const frame = new EthernetFrame({ dst: macOfMulticastIpv6(packet.dst), src: dev.mac, type: ETHERTYPE_IPV6, payload: packet })
  return newPacket(dev.netns.kernel.sim, dev, frame)
}

/** Sends; a source of `::` is filled in. Link-local and group destinations need `oif`. */
export function ipv6LocalOut(netns: NetNamespace, packet: Ipv6Packet, options: { oif?: NetDevice | null } = {}): Errno | null {
  const own = ownerOf(netns, packet.dst)
  const dev = own !== null ? netns.loopback : (options.oif ?? onLinkDevice(netns, packet.dst))
  if (dev === null) return isLinkLocalIpv6(packet.dst) || isMulticastIpv6(packet.dst) ? 'EINVAL' : 'ENETUNREACH'
  if (!dev.isUp) return 'ENETUNREACH'
  const src = packet.src !== ANY_IPV6 ? packet.src : own !== null ? packet.dst : selectAddress6(dev, packet.dst)
  if (src === null) return 'EADDRNOTAVAIL'
  const full = src === packet.src ? packet : withSource(packet, src)
  if (isMulticastIpv6(full.dst)) {
    const pkt = toGroup(dev, full)
    if ((dev.flags & IFF_LOOPBACK) === 0 && isGroupJoined6(dev, full.dst)) loopBack(netns, pkt)
    dev.transmit(pkt)
    return null
  }
  const frame = new EthernetFrame({ dst: 0, src: 0, type: ETHERTYPE_IPV6, payload: full })
  const pkt = newPacket(netns.kernel.sim, dev, frame)
  if ((dev.flags & IFF_LOOPBACK) !== 0) dev.transmit(pkt)
  else {
    const entry = netns.neigh.obtain6(dev, full.dst)
    if (entry === null) {
      drop(pkt, 'NEIGH_CREATEFAIL', dev)
      return 'ENOBUFS'
    }
    entry.output(pkt)
  }
  return null
}

/** This machine hears what it says to the groups it has joined. */
function loopBack(netns: NetNamespace, pkt: Packet): void {
  const copy = pkt.clone()
  copy.packetType = 'multicast'
  hold(copy, pkt.dev)
  netns.kernel.sim.scheduler.after(0, new OwnCopy6(netns, copy))
}

class OwnCopy6 implements Task {
  constructor(
    private readonly netns: NetNamespace,
    private readonly pkt: Packet,
  ) {}

  fire(): void {
    release(this.pkt)
    this.netns.protocols.ipv6(this.pkt)
  }
}

/** Groups a device listens to. */
export function isGroupJoined6(dev: NetDevice, group: Ipv6Address): boolean {
  if (group === ALL_NODES_IPV6) return true
  return dev.addresses6.some((each) => solicitedNodeOf(each.address) === group)
}

function withSource(packet: Ipv6Packet, src: Ipv6Address): Ipv6Packet {
  const { trafficClass, flowLabel, nextHeader, hopLimit, dst, payload } = packet
  return new Ipv6Packet({ trafficClass, flowLabel, nextHeader, hopLimit, src, dst, payload })
}

/** The device that has the address. */
export function ownerOf(netns: NetNamespace, address: Ipv6Address): NetDevice | null {
  for (const dev of netns.devicesByIndex.values()) {
    for (const each of dev.addresses6) if (each.address === address && !each.tentative) return dev
  }
  return null
}

/** The device whose global prefix holds the destination. */
function onLinkDevice(netns: NetNamespace, dst: Ipv6Address): NetDevice | null {
  if (isLinkLocalIpv6(dst) || isMulticastIpv6(dst)) return null
  for (const dev of netns.devices) {
    for (const each of dev.addresses6) {
      const shift = BigInt(128 - each.length)
      if (dev.isUp && each.address >> shift === dst >> shift) return dev
    }
  }
  return null
}

/** Link-local talks to link-local; otherwise the first wider address. */
export function selectAddress6(dev: NetDevice, dst: Ipv6Address): Ipv6Address | null {
  const near = isLinkLocalIpv6(dst) || (isMulticastIpv6(dst) && ((dst >> 112n) & 0xfn) <= 2n)
  let fallback: Ipv6Address | null = null
  for (const each of dev.addresses6) {
    if (each.tentative) continue
    if ((each.scope === SCOPE_LINK) === near) return each.address
    fallback ??= each.address
  }
  return fallback
}
