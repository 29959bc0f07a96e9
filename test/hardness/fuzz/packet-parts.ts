// Packets of every sort: well-formed with values of the small lab, odd where the RFCs have corners, and spoilt.
import { ArpPacket } from '../../../src/wire/arp.js'
import { decodeFrame } from '../../../src/wire/decode.js'
import { encodeFrame } from '../../../src/wire/encode.js'
import { EthernetFrame } from '../../../src/wire/ethernet.js'
import { GenevePacket } from '../../../src/wire/geneve.js'
import { GrePacket } from '../../../src/wire/gre.js'
import { IcmpMessage } from '../../../src/wire/icmp.js'
import { Icmpv6Message } from '../../../src/wire/icmpv6.js'
import { Ipv4Packet } from '../../../src/wire/ipv4.js'
import { Ipv6Packet } from '../../../src/wire/ipv6.js'
import { TcpSegment } from '../../../src/wire/tcp.js'
import { UdpDatagram } from '../../../src/wire/udp.js'
import { VxlanPacket } from '../../../src/wire/vxlan.js'
import type { Chance } from './chance.js'
import { dhcpBytes, dnsBytes, extensionHeaders, ipOptions, ndBytes, tcpOptions } from './packet-payloads.js'

const ip4 = (a: number, b: number, c: number, d: number): number => (a << 24) | (b << 16) | (c << 8) | d
const ADDRESSES = [
  ip4(10, 0, 0, 1),
  ip4(10, 0, 0, 2),
  ip4(10, 1, 0, 1),
  ip4(10, 1, 0, 2),
  ip4(10, 2, 0, 1),
  ip4(10, 2, 0, 2),
  ip4(10, 2, 0, 255),
  ip4(10, 7, 0, 1),
  ip4(192, 0, 2, 1),
  ip4(224, 0, 0, 1),
  ip4(127, 0, 0, 1),
  -1,
  0,
]
const ADDRESSES6 = [
  1n,
  0n,
  (0xfd00n << 112n) | 1n,
  (0xfd00n << 112n) | 2n,
  (0xfe80n << 112n) | 5n,
  (0xff02n << 112n) | 1n,
  (0xff02n << 112n) | (1n << 32n) | 0xff000001n,
]
const PORTS = [0, 1, 22, 53, 67, 68, 80, 443, 4789, 6081, 8472, 33434, 65535]

/** Where frames are going: the devices' own addresses are tried more often than any other. */
export interface Aims {
  readonly macs: readonly number[]
}

/** The bytes of a frame; those of half of them decode to what was meant. */
export function frameBytes(chance: Chance, aims: Aims): Uint8Array {
  if (chance.percent(6)) return chance.bytes(chance.between(14, chance.pick([20, 60, 200, 1600])))
  const bytes = encodeFrame(aFrame(chance, aims, 0))
  if (chance.percent(25)) for (let i = chance.between(1, 4); i > 0; i--) bytes[chance.below(bytes.length)] = chance.below(256)
  const cut = chance.percent(12) ? chance.between(14, Math.max(14, bytes.length)) : bytes.length
  return bytes.slice(0, cut)
}

export function frameOf(bytes: Uint8Array): EthernetFrame {
  return decodeFrame(bytes)
}

function mac(chance: Chance, aims: Aims): number {
  if (chance.percent(60) && aims.macs.length > 0) return chance.pick(aims.macs)
  return chance.pick([
    0xffffffffffff,
    0x01005e000001,
    0x333300000001,
    0x0180c2000000,
    0x0180c200000e,
    0,
    0x020000000099,
    chance.below(2 ** 31),
  ])
}

function aFrame(chance: Chance, aims: Aims, depth: number): EthernetFrame {
  const vlans = chance.percent(75)
    ? []
    : chance.some(1, 3, () => ({ tpid: chance.pick([0x8100, 0x88a8]), tci: chance.pick([0, 5, 4095, chance.below(65536)]) }))
  const head = { dst: mac(chance, aims), src: mac(chance, aims), vlans, trailer: chance.bytes(chance.percent(20) ? chance.below(30) : 0) }
  switch (chance.below(12)) {
    case 0:
    case 1:
      return new EthernetFrame({ ...head, type: 0x0806, payload: anArp(chance, aims) })
    case 2:
    case 3:
      return new EthernetFrame({ ...head, type: 0x86dd, payload: anIpv6(chance, aims, depth) })
    case 4:
      return new EthernetFrame({
        ...head,
        type: chance.pick([0x0800, 0x0806, 0x86dd, 0x8847, 0x88cc, 0x8035, 0x0026, 0x6558, 0x9000]),
        payload: chance.bytes(chance.below(90)),
      })
    default:
      return new EthernetFrame({ ...head, type: 0x0800, payload: anIpv4(chance, aims, depth) })
  }
}

function anArp(chance: Chance, aims: Aims): ArpPacket {
  return new ArpPacket({
    operation: chance.pick([1, 1, 1, 2, 2, 3, 8, 0, 65535]),
    senderMac: mac(chance, aims),
    senderIp: chance.pick(ADDRESSES),
    targetMac: mac(chance, aims),
    targetIp: chance.pick(ADDRESSES),
  })
}

function anIpv4(chance: Chance, aims: Aims, depth: number): Ipv4Packet {
  const head = {
    tos: chance.pick([0, 0, 0xff, chance.below(256)]),
    id: chance.below(3),
    ttl: chance.pick([64, 64, 255, 1, 0, 2]),
    src: chance.percent(90) ? chance.pick(ADDRESSES) : chance.uint32() | 0,
    dst: chance.percent(90) ? chance.pick(ADDRESSES) : chance.uint32() | 0,
    options: chance.percent(12) ? ipOptions(chance) : new Uint8Array(0),
  }
  if (chance.percent(10)) {
    // Few ids and addresses: fragments of one packet meet, overlap and outgrow it.
    const payload = chance.bytes(8 * chance.below(20) + chance.pick([0, 0, 3]))
    const fragOffset = 8 * chance.pick([0, 0, 1, 2, 10, 20, 8191])
    return new Ipv4Packet({ ...head, flags: chance.pick([1, 1, 0, 3]), fragOffset, proto: chance.pick([1, 6, 17]), payload })
  }
  return new Ipv4Packet({ ...head, flags: chance.pick([0, 2, 4]), ...transport(chance, aims, depth) })
}

type Transport = Pick<ConstructorParameters<typeof Ipv4Packet>[0], 'proto' | 'payload'>

function transport(chance: Chance, aims: Aims, depth: number): Transport {
  const kind = chance.below(depth > 2 ? 10 : 14)
  if (kind < 3) return { proto: 17, payload: aUdp(chance, aims, depth) }
  if (kind < 6) return { proto: 6, payload: aTcp(chance) }
  if (kind < 9) return { proto: 1, payload: anIcmp(chance, aims, depth) }
  if (kind === 9) return { proto: chance.pick([0, 2, 4, 41, 47, 50, 89, 132, 255]), payload: chance.bytes(chance.below(80)) }
  if (kind === 10) return { proto: 4, payload: anIpv4(chance, aims, depth + 1) }
  return { proto: 47, payload: aGre(chance, aims, depth) }
}

function aGre(chance: Chance, aims: Aims, depth: number): GrePacket {
  const inner = chance.pick([
    () => ({ proto: 0x6558, payload: aFrame(chance, aims, depth + 1) }),
    () => ({ proto: 0x0800, payload: anIpv4(chance, aims, depth + 1) }),
    () => ({ proto: chance.pick([0x0800, 0x6558, 0x880b, 0x88be]), payload: chance.bytes(chance.below(40)) }),
  ])()
  const key = chance.pick([null, null, 0, 7, chance.uint32()])
  return new GrePacket({ hasChecksum: chance.percent(30), key, sequence: chance.pick([null, null, chance.below(4)]), ...inner })
}

function aUdp(chance: Chance, aims: Aims, depth: number): UdpDatagram {
  const ports = { sport: chance.pick(PORTS), dport: chance.pick(PORTS), checksum: chance.percent(15) ? 0 : null }
  switch (depth > 2 ? 3 : chance.below(6)) {
    case 0:
      return new UdpDatagram({
        ...ports,
        dport: 4789,
        payload: new VxlanPacket({
          flags: 8,
          reserved: 0,
          vni: chance.pick([0, 7, 7, 99]),
          reserved2: 0,
          frame: aFrame(chance, aims, depth + 1),
        }),
      })
    case 1:
      return new UdpDatagram({
        ...ports,
        dport: 6081,
        payload: new GenevePacket({
          flags: 0,
          vni: 7,
          reserved: 0,
          options: chance.bytes(4 * chance.below(6)),
          frame: aFrame(chance, aims, depth + 1),
        }),
      })
    case 2:
      return new UdpDatagram({ ...ports, sport: chance.pick([68, 67]), dport: chance.pick([67, 68]), payload: dhcpBytes(chance) })
    case 3:
      return new UdpDatagram({ ...ports, dport: 53, payload: dnsBytes(chance) })
    default:
      return new UdpDatagram({ ...ports, payload: chance.bytes(chance.below(60)) })
  }
}

function aTcp(chance: Chance): TcpSegment {
  return new TcpSegment({
    sport: chance.pick([1000, 1001, ...PORTS]),
    dport: chance.pick([80, 80, 22, ...PORTS]),
    seq: chance.pick([0, 1, 100, 0xffffffff, chance.uint32()]),
    ack: chance.pick([0, 1, chance.uint32()]),
    flags: chance.pick([2, 2, 0x10, 0x12, 0x18, 4, 0x11, 0, 0x3f, 0xfff, chance.below(4096)]),
    window: chance.pick([0, 1, 65535, 1000]),
    urgent: chance.pick([0, 0, 65535]),
    options: chance.percent(50) ? tcpOptions(chance) : new Uint8Array(0),
    payload: chance.bytes(chance.percent(50) ? 0 : chance.below(40)),
  })
}

function anIcmp(chance: Chance, aims: Aims, depth: number): IcmpMessage {
  const type = chance.pick([8, 8, 0, 3, 3, 3, 4, 5, 5, 11, 12, 13, 17, chance.below(256)])
  const code = chance.pick([0, 0, 1, 3, 4, 13, chance.below(256)])
  const isError = type === 3 || type === 4 || type === 5 || type === 11 || type === 12
  const quoted = isError && depth < 3 && chance.percent(80) ? encodeQuoted(chance, aims, depth) : chance.bytes(chance.below(60))
  return new IcmpMessage({
    type,
    code,
    rest: chance.pick([0, 1, 1400, 68, chance.pick(ADDRESSES) >>> 0, chance.uint32()]),
    payload: quoted,
  })
}

/** The beginning of a packet, as an error quotes it: maybe too little, maybe rubbish. */
function encodeQuoted(chance: Chance, aims: Aims, depth: number): Uint8Array {
  const whole = encodeFrame(new EthernetFrame({ dst: 0, src: 0, type: 0x0800, payload: anIpv4(chance, aims, depth + 1) })).slice(14)
  return whole.slice(0, chance.pick([28, 28, 20, 24, 8, 0, 19, whole.length]))
}

function anIpv6(chance: Chance, aims: Aims, depth: number): Ipv6Packet {
  const head = {
    trafficClass: chance.below(256),
    flowLabel: chance.below(0xfffff),
    hopLimit: chance.pick([255, 255, 64, 1, 0]),
    src: chance.pick(ADDRESSES6),
    dst: chance.pick(ADDRESSES6),
  }
  switch (chance.below(5)) {
    case 0:
      return new Ipv6Packet({ ...head, nextHeader: chance.pick([0, 43, 44, 60, 50, 51, 59, 135]), payload: extensionHeaders(chance) })
    case 1:
      return new Ipv6Packet({ ...head, nextHeader: 17, payload: aUdp(chance, aims, depth + 1) })
    case 2:
      return new Ipv6Packet({ ...head, nextHeader: chance.below(256), payload: chance.bytes(chance.below(60)) })
    default:
      return new Ipv6Packet({
        ...head,
        nextHeader: 58,
        payload: new Icmpv6Message({
          type: chance.pick([128, 128, 129, 133, 134, 135, 135, 136, 1, 2, 3, 143, chance.below(256)]),
          code: chance.pick([0, 0, chance.below(256)]),
          body: ndBytes(chance),
        }),
      })
  }
}
