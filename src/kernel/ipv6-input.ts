// IPv6 packets that came in: neighbour discovery, echo, and nothing else. Differs: IPv6 is not forwarded and has no sockets but ping.
import { isMulticastIpv6 } from '../addr/ipv6.js'
import { ICMPV6_ECHO, ICMPV6_ECHO_REPLY, ICMPV6_NEIGHBOUR_ADVERT, ICMPV6_NEIGHBOUR_SOLICIT, Icmpv6Message } from '../wire/icmpv6.js'
import { PROTO_ICMPV6 } from '../wire/ipv4.js'
import { Ipv6Packet } from '../wire/ipv6.js'
import { ipv6LocalOut, isGroupJoined6, ownerOf, selectAddress6 } from './ipv6-output.js'
import { ndiscReceive } from './ndisc-input.js'
import type { NetDevice } from './netdev.js'
import type { Packet } from './packet.js'
import { delivered, drop } from './packet.js'

export function ipv6Receive(pkt: Packet): void {
  const dev = pkt.dev
  if (pkt.packetType === 'otherhost') return drop(pkt, 'OTHERHOST', dev)
  const packet = pkt.frame.payload
  if (packet instanceof Uint8Array || packet.kind !== 'ipv6') return drop(pkt, 'IP_INHDR', dev)
  if (dev.conf6.disable_ipv6 !== 0 || dev.netns.conf6All.disable_ipv6 !== 0) return drop(pkt, 'IPV6_DISABLED', dev)
  if (!isForUs(dev, packet)) return drop(pkt, isMulticastIpv6(packet.dst) ? 'MULTICAST_NOT_JOINED' : 'IPV6_NOT_FOR_US', dev)
  const message = packet.payload
  if (packet.nextHeader !== PROTO_ICMPV6 || message instanceof Uint8Array || message.kind !== 'icmpv6')
    return drop(pkt, 'IPV6_NO_SOCKET', dev)
  if (message.checksum !== null) return drop(pkt, 'ICMP_CSUM', dev)
  switch (message.type) {
    case ICMPV6_ECHO:
      delivered(pkt, dev.netns)
      return answerEcho(dev, packet, message)
    case ICMPV6_ECHO_REPLY:
      // What a machine answers itself comes over lo; its scope is the device that has the address.
      for (const listener of dev.netns.echo6Listeners) listener.heardEcho6(packet, message, ownerOf(dev.netns, packet.src) ?? dev)
      return delivered(pkt, dev.netns)
    case ICMPV6_NEIGHBOUR_SOLICIT:
    case ICMPV6_NEIGHBOUR_ADVERT:
      return ndiscReceive(pkt, packet, message)
    default:
      return delivered(pkt, dev.netns)
  }
}

/** An own address of any device will do; a tentative one only for neighbour discovery. */
function isForUs(dev: NetDevice, packet: Ipv6Packet): boolean {
  if (isMulticastIpv6(packet.dst)) return isGroupJoined6(dev, packet.dst)
  for (const each of dev.netns.devicesByIndex.values()) {
    for (const address of each.addresses6) if (address.address === packet.dst && !address.tentative) return true
  }
  return false
}

function answerEcho(dev: NetDevice, packet: Ipv6Packet, message: Icmpv6Message): void {
  const reply = new Icmpv6Message({ type: ICMPV6_ECHO_REPLY, code: 0, body: message.body })
  const src = isMulticastIpv6(packet.dst) ? selectAddress6(dev, packet.src) : packet.dst
  if (src === null) return
  ipv6LocalOut(dev.netns, new Ipv6Packet({ nextHeader: PROTO_ICMPV6, hopLimit: 64, src, dst: packet.src, payload: reply }), { oif: dev })
}
