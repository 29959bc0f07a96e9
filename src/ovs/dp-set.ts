// set(): new values in headers, as the datapath writes them.

import type { Packet } from '../kernel/packet.js'
import { ArpPacket } from '../wire/arp.js'
import { IcmpMessage } from '../wire/icmp.js'
import { Ipv4Packet } from '../wire/ipv4.js'
import { Ipv6Packet } from '../wire/ipv6.js'
import type { DpAction, SetPart } from './dp-action.js'
import type { FlowKey } from './flow-key.js'
import { ipv6FromWords, macFromWords, W } from './flow-key.js'

type SetAction = Extract<DpAction, { type: 'set' }>

export function executeSet(pkt: Packet, action: SetAction): void {
  switch (action.attr) {
    case 'eth':
      return setMacs(pkt, action)
    case 'ipv4':
      return setIpv4(pkt, action)
    case 'ipv6':
      return setIpv6(pkt, action)
    case 'tcp':
    case 'udp':
    case 'sctp':
      return setPorts(pkt, action)
    case 'arp':
      return setArp(pkt, action)
    case 'icmp':
    case 'icmpv6':
    case 'nd':
      return setIcmp(pkt, action)
  }
}

/** The masked value over what is there. */
function masked(old: number, key: FlowKey, mask: FlowKey, word: number): number {
  return (old & ~mask[word]!) | (key[word]! & mask[word]!)
}

function maskedMac(old: number, { key, mask }: SetAction, word: number): number {
  if ((mask[word]! & 0xffff) === 0xffff && mask[word + 1] === -1) return macFromWords(key, word)
  const high = masked(Math.floor(old / 2 ** 32), key, mask, word) & 0xffff
  const low = masked((old % 2 ** 32) | 0, key, mask, word + 1) >>> 0
  return high * 2 ** 32 + low
}

function setMacs(pkt: Packet, action: SetAction): void {
  let { dst, src } = pkt.frame
  for (const part of action.parts) {
    if (part.word === W.ETH_DST) dst = maskedMac(dst, action, W.ETH_DST)
    else src = maskedMac(src, action, W.ETH_SRC)
  }
  pkt.frame = pkt.frame.withMacs(dst, src)
}

function setIpv4(pkt: Packet, { parts, key, mask }: SetAction): void {
  const ip = pkt.frame.payload
  if (!(ip instanceof Ipv4Packet)) return
  let next = ip
  for (const { word } of parts) {
    if (word === W.NW_SRC) next = next.withSrc(masked(next.src, key, mask, word))
    else if (word === W.NW_DST) next = next.withDst(masked(next.dst, key, mask, word))
    else if (word === W.NW_TTL) next = next.withTtl(masked(next.ttl, key, mask, word))
    else if (word === W.NW_TOS) next = next.withTos(masked(next.tos, key, mask, word))
  }
  pkt.frame = pkt.frame.withPayload(next)
}

function setIpv6(pkt: Packet, { parts, key, mask }: SetAction): void {
  const ip = pkt.frame.payload
  if (!(ip instanceof Ipv6Packet)) return
  const has = (word: number): boolean => parts.some((part: SetPart) => part.word === word)
  const next = new Ipv6Packet({
    src: has(W.IPV6_SRC) ? ipv6FromWords(key, W.IPV6_SRC) : ip.src,
    dst: has(W.IPV6_DST) ? ipv6FromWords(key, W.IPV6_DST) : ip.dst,
    flowLabel: has(W.IPV6_LABEL) ? masked(ip.flowLabel, key, mask, W.IPV6_LABEL) : ip.flowLabel,
    trafficClass: has(W.NW_TOS) ? masked(ip.trafficClass, key, mask, W.NW_TOS) : ip.trafficClass,
    hopLimit: has(W.NW_TTL) ? masked(ip.hopLimit, key, mask, W.NW_TTL) : ip.hopLimit,
    nextHeader: ip.nextHeader,
    payload: ip.payload,
  })
  pkt.frame = pkt.frame.withPayload(next)
}

function setPorts(pkt: Packet, { parts, key, mask }: SetAction): void {
  const ip = pkt.frame.payload
  if (ip instanceof Uint8Array || ip.kind === 'arp') return
  const inner = ip.payload
  if (inner instanceof Uint8Array || (inner.kind !== 'tcp' && inner.kind !== 'udp')) return
  let { sport, dport } = inner
  for (const { word } of parts) {
    if (word === W.TP_SRC) sport = masked(sport, key, mask, word)
    else dport = masked(dport, key, mask, word)
  }
  const next = inner.withPorts(sport, dport)
  pkt.frame = pkt.frame.withPayload(ip instanceof Ipv4Packet ? ip.withPayload(next) : withIpv6Payload(ip, next))
}

function withIpv6Payload(ip: Ipv6Packet, payload: Ipv6Packet['payload']): Ipv6Packet {
  const { trafficClass, flowLabel, nextHeader, hopLimit, src, dst } = ip
  return new Ipv6Packet({ trafficClass, flowLabel, nextHeader, hopLimit, src, dst, payload })
}

function setArp(pkt: Packet, action: SetAction): void {
  const arp = pkt.frame.payload
  if (!(arp instanceof ArpPacket)) return
  const { parts, key } = action
  const has = (word: number): boolean => parts.some((part: SetPart) => part.word === word)
  const next = new ArpPacket({
    operation: has(W.NW_PROTO) ? key[W.NW_PROTO]! : arp.operation,
    senderMac: has(W.ARP_SHA) ? maskedMac(arp.senderMac, action, W.ARP_SHA) : arp.senderMac,
    senderIp: has(W.NW_SRC) ? key[W.NW_SRC]! : arp.senderIp,
    targetMac: has(W.ARP_THA) ? maskedMac(arp.targetMac, action, W.ARP_THA) : arp.targetMac,
    targetIp: has(W.NW_DST) ? key[W.NW_DST]! : arp.targetIp,
  })
  pkt.frame = pkt.frame.withPayload(next)
}

function setIcmp(pkt: Packet, { parts, key }: SetAction): void {
  const ip = pkt.frame.payload
  if (!(ip instanceof Ipv4Packet)) return
  const message = ip.payload
  if (message instanceof Uint8Array || message.kind !== 'icmp') return
  const has = (word: number): boolean => parts.some((part: SetPart) => part.word === word)
  const type = has(W.TP_SRC) ? key[W.TP_SRC]! & 0xff : message.type
  const code = has(W.TP_DST) ? key[W.TP_DST]! & 0xff : message.code
  pkt.frame = pkt.frame.withPayload(ip.withPayload(new IcmpMessage({ type, code, rest: message.rest, payload: message.payload })))
}
