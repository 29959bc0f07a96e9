// A frame's headers as named fields, for goals that ask whether a capture passed such a packet.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import type { EthernetFrame } from '../../wire/ethernet.js'
import type { Ipv4Packet, Ipv4Payload } from '../../wire/ipv4.js'

const ICMP_NAMES: Readonly<Record<number, string>> = {
  0: 'echo-reply',
  3: 'unreachable',
  5: 'redirect',
  8: 'echo-request',
  11: 'time-exceeded',
}
const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 4: 'ipip', 47: 'gre' }

export function frameFields(frame: EthernetFrame): Record<string, string | number> {
  const fields: Record<string, string | number> = { 'mac-src': formatMac(frame.src), 'mac-dst': formatMac(frame.dst) }
  const [tag] = frame.vlans
  if (tag !== undefined) fields['vlan'] = tag.tci & 0xfff
  const payload = frame.payload
  if (payload instanceof Uint8Array) return fields
  if (payload.kind === 'arp') {
    fields['proto'] = 'arp'
    fields['op'] = payload.operation === 1 ? 'request' : 'reply'
    fields['src'] = formatIpv4(payload.senderIp)
    fields['dst'] = formatIpv4(payload.targetIp)
    fields['sender-mac'] = formatMac(payload.senderMac)
  } else if (payload.kind === 'ipv4') {
    ipFields(payload, fields)
  } else {
    fields['proto'] = 'ipv6'
  }
  return fields
}

function ipFields(packet: Ipv4Packet, fields: Record<string, string | number>): void {
  fields['proto'] = PROTOCOLS[packet.proto] ?? packet.proto
  fields['src'] = formatIpv4(packet.src)
  fields['dst'] = formatIpv4(packet.dst)
  fields['ttl'] = packet.ttl
  const inner = packet.payload
  if (inner instanceof Uint8Array || !('kind' in inner)) return
  if (inner.kind === 'icmp') fields['icmp'] = ICMP_NAMES[inner.type] ?? inner.type
  if (inner.kind === 'udp' || inner.kind === 'tcp') {
    fields['sport'] = inner.sport
    fields['dport'] = inner.dport
  }
  tunnelFields(inner, fields)
}

/** The frame or packet inside a tunnel: its fields with `inner-` before their names, and the tunnel's key or VNI. */
function tunnelFields(payload: Exclude<Ipv4Payload, Uint8Array>, fields: Record<string, string | number>): void {
  let inside: EthernetFrame | Ipv4Packet | null = null
  if (payload.kind === 'ipv4') inside = payload
  else if (payload.kind === 'gre') {
    if (payload.key !== null) fields['key'] = payload.key
    if (!(payload.payload instanceof Uint8Array) && payload.payload.kind !== 'ipv6') inside = payload.payload
  } else if (payload.kind === 'udp' && !(payload.payload instanceof Uint8Array)) {
    fields['tunnel'] = payload.payload.kind
    fields['vni'] = payload.payload.vni
    inside = payload.payload.frame
  }
  if (inside === null) return
  const inner: Record<string, string | number> = {}
  if (inside.kind === 'ipv4') ipFields(inside, inner)
  for (const [name, value] of Object.entries(inside.kind === 'frame' ? frameFields(inside) : inner)) fields[`inner-${name}`] = value
}
