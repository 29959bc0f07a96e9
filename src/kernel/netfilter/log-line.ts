// The kernel's one-line description of a packet for LOG rules.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import type { Ipv4Packet } from '../../wire/ipv4.js'
import { IP_DF, IP_MF } from '../../wire/ipv4.js'
import type { TcpSegment } from '../../wire/tcp.js'
import type { HookState } from './hook-state.js'
import { protocolName } from './protocols.js'

const TCP_SEQUENCE = 1
const UID = 8

export function logLine(state: HookState, prefix: string, flags: number): string {
  const { pkt, ip, inDev, outDev } = state
  let text = `${prefix}IN=${inDev?.name ?? ''} OUT=${outDev?.name ?? ''} `
  if (pkt.physIn !== null) text += `PHYSIN=${pkt.physIn.name} `
  if (pkt.physOut !== null) text += `PHYSOUT=${pkt.physOut.name} `
  if (inDev !== null) text += `MAC=${inDev.kind === 'loopback' ? '00:00:00:00:00:00:00:00:00:00:00:00:08:00' : macText(state)} `
  text += ipText(ip, flags)
  if ((flags & UID) !== 0 && state.hook === 'OUTPUT' && pkt.uid >= 0) text += `UID=${pkt.uid} GID=${pkt.uid} `
  return pkt.mark === 0 ? text : `${text}MARK=0x${pkt.mark.toString(16)} `
}

function macText({ pkt }: HookState): string {
  return `${formatMac(pkt.frame.dst)}:${formatMac(pkt.frame.src)}:08:00`
}

function ipText(ip: Ipv4Packet, flags: number): string {
  let text = `SRC=${formatIpv4(ip.src)} DST=${formatIpv4(ip.dst)} LEN=${ip.length} TOS=0x${hex2(ip.tos & 0x1e)} PREC=0x${hex2(ip.tos & 0xe0)} TTL=${ip.ttl} ID=${ip.id} `
  if ((ip.flags & IP_DF) !== 0) text += 'DF '
  if ((ip.flags & IP_MF) !== 0) text += 'MF '
  if (ip.fragOffset !== 0) text += `FRAG:${ip.fragOffset >> 3} `
  const { payload } = ip
  if (payload instanceof Uint8Array) return `${text}PROTO=${protocolLabel(ip.proto)} `
  switch (payload.kind) {
    case 'tcp':
      return text + tcpText(payload, flags)
    case 'udp':
      return `${text}PROTO=UDP SPT=${payload.sport} DPT=${payload.dport} LEN=${payload.length} `
    case 'icmp': {
      text += `PROTO=ICMP TYPE=${payload.type} CODE=${payload.code} `
      return payload.type === 0 || payload.type === 8 ? `${text}ID=${payload.id} SEQ=${payload.seq} ` : text
    }
    case 'gre':
    case 'ipv4':
      return `${text}PROTO=${protocolLabel(ip.proto)} `
  }
}

function protocolLabel(proto: number): string {
  const name = protocolName(proto)
  return name === 'udplite' || name === 'esp' || name === 'ah' ? name.toUpperCase() : String(proto)
}

function tcpText(segment: TcpSegment, flags: number): string {
  let text = `PROTO=TCP SPT=${segment.sport} DPT=${segment.dport} `
  if ((flags & TCP_SEQUENCE) !== 0) text += `SEQ=${segment.seq} ACK=${segment.ack} `
  text += `WINDOW=${segment.window} RES=0x${hex2((segment.flags >> 6) & 0x3c)} `
  const names = ['CWR', 'ECE', 'URG', 'ACK', 'PSH', 'RST', 'SYN', 'FIN']
  names.forEach((name, i) => {
    if ((segment.flags & (0x80 >> i)) !== 0) text += `${name} `
  })
  return `${text}URGP=${segment.urgent} `
}

function hex2(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, '0')
}
