// One line about a frame, in the words that captures use.
import { formatIpv4 } from '../addr/ipv4.js'
import { formatMac } from '../addr/mac.js'
import { ARP_REQUEST, type ArpPacket } from '../wire/arp.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import type { IcmpMessage } from '../wire/icmp.js'
import type { Ipv4Packet } from '../wire/ipv4.js'
import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN } from '../wire/tcp.js'

/** The IPv4 packet in a frame, null for ARP and others. */
export function ipOf(frame: EthernetFrame): Ipv4Packet | null {
  const { payload } = frame
  return payload instanceof Uint8Array || payload.kind !== 'ipv4' ? null : payload
}

export function arpOf(frame: EthernetFrame): ArpPacket | null {
  const { payload } = frame
  return payload instanceof Uint8Array || payload.kind !== 'arp' ? null : payload
}

export function frameText(frame: EthernetFrame): string {
  const arp = arpOf(frame)
  if (arp !== null) return arpText(arp)
  const ip = ipOf(frame)
  if (ip === null) return `${formatMac(frame.src)} > ${formatMac(frame.dst)}, ethertype 0x${frame.type.toString(16).padStart(4, '0')}`
  return `${flowText(ip)}, ttl ${ip.ttl}`
}

export function arpText(arp: ArpPacket): string {
  if (arp.operation === ARP_REQUEST) return `ARP who has ${formatIpv4(arp.targetIp)}? tell ${formatIpv4(arp.senderIp)}`
  return `ARP ${formatIpv4(arp.senderIp)} is at ${formatMac(arp.senderMac)}`
}

/** `192.168.3.69 > 100.121.0.75 icmp echo request` */
function flowText(ip: Ipv4Packet): string {
  const { payload } = ip
  const [src, dst] = [formatIpv4(ip.src), formatIpv4(ip.dst)]
  if (payload instanceof Uint8Array)
    return `${src} > ${dst} ip protocol ${ip.proto}${ip.isFragment ? `, fragment at ${ip.fragOffset}` : ''}`
  switch (payload.kind) {
    case 'icmp':
      return `${src} > ${dst} icmp ${icmpText(payload)}`
    case 'tcp':
      return `${src}:${payload.sport} > ${dst}:${payload.dport} tcp ${tcpFlags(payload.flags)}`
    case 'udp':
      return `${src}:${payload.sport} > ${dst}:${payload.dport} udp${innerText(payload.payload)}`
    case 'gre':
      return `${src} > ${dst} gre${payload.key === null ? '' : ` key 0x${payload.key.toString(16)}`}`
    default:
      return `${src} > ${dst} ip protocol ${ip.proto}`
  }
}

function innerText(payload: object): string {
  const { kind, vni } = payload as { kind?: string; vni?: number }
  return (kind === 'vxlan' || kind === 'geneve') && vni !== undefined ? ` ${kind} vni ${vni}` : ''
}

const UNREACHABLE = ['network unreachable', 'host unreachable', 'protocol unreachable', 'port unreachable', 'fragmentation needed']

export function icmpText(icmp: IcmpMessage): string {
  switch (icmp.type) {
    case 0:
      return 'echo reply'
    case 8:
      return 'echo request'
    case 3:
      return icmp.code === 4 ? `fragmentation needed, mtu ${icmp.rest & 0xffff}` : (UNREACHABLE[icmp.code] ?? 'administratively prohibited')
    case 5:
      return `redirect to ${formatIpv4(icmp.rest | 0)}`
    case 11:
      return 'time exceeded'
    default:
      return `type ${icmp.type} code ${icmp.code}`
  }
}

function tcpFlags(flags: number): string {
  const names: (readonly [number, string])[] = [
    [TCP_SYN, 'SYN'],
    [TCP_FIN, 'FIN'],
    [TCP_RST, 'RST'],
    [TCP_PSH, 'PSH'],
    [TCP_ACK, 'ACK'],
  ]
  return names
    .filter(([bit]) => (flags & bit) !== 0)
    .map(([, name]) => name)
    .join('-')
}
