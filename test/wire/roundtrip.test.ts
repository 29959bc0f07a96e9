// Frames survive the way to bytes and back, and bytes survive the way to structures and back.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ArpPacket } from '../../src/wire/arp.js'
import { decodeFrame } from '../../src/wire/decode.js'
import { encodeFrame } from '../../src/wire/encode.js'
import { EthernetFrame } from '../../src/wire/ethernet.js'
import { GenevePacket } from '../../src/wire/geneve.js'
import { GrePacket } from '../../src/wire/gre.js'
import { IcmpMessage } from '../../src/wire/icmp.js'
import { Icmpv6Message } from '../../src/wire/icmpv6.js'
import { Ipv4Packet } from '../../src/wire/ipv4.js'
import { Ipv6Packet } from '../../src/wire/ipv6.js'
import { TcpSegment } from '../../src/wire/tcp.js'
import { UdpDatagram } from '../../src/wire/udp.js'
import { VxlanPacket } from '../../src/wire/vxlan.js'

const u8 = fc.nat(0xff)
const u16 = fc.nat(0xffff)
const u32 = fc.nat(0xffffffff)
const mac = fc.nat(0xffffffffffff)
const ipv4 = fc.integer({ min: -0x80000000, max: 0x7fffffff })
const ipv6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n })
const payload = fc.uint8Array({ maxLength: 80 })
const options = fc.nat(10).chain((words) => fc.uint8Array({ minLength: words * 4, maxLength: words * 4 }))
const none = fc.constant(null)

const udp = fc.record({ sport: u16, dport: u16, checksum: fc.oneof(none, fc.constant(0)), payload }).map((f) => new UdpDatagram(f))
const tcp = fc
  .record({ sport: u16, dport: u16, seq: u32, ack: u32, flags: fc.nat(0xfff), window: u16, urgent: u16, options, payload })
  .map((f) => new TcpSegment(f))
const icmp = fc.record({ type: u8, code: u8, rest: u32, payload }).map((f) => new IcmpMessage(f))
const icmpv6 = fc.record({ type: u8, code: u8, body: payload }).map((f) => new Icmpv6Message(f))
const transport = fc.oneof(
  udp.map((p) => ({ proto: 17, payload: p })),
  tcp.map((p) => ({ proto: 6, payload: p })),
  icmp.map((p) => ({ proto: 1, payload: p })),
  payload.map((p) => ({ proto: 132, payload: p })),
)
const ipv4Packet = fc
  .record({ tos: u8, id: u16, flags: fc.constantFrom(0, 2, 4), ttl: u8, src: ipv4, dst: ipv4, options, inner: transport })
  .map((f) => new Ipv4Packet({ ...f, ...f.inner }))
const ipv4Fragment = fc
  .record({
    id: u16,
    ttl: u8,
    flags: fc.constantFrom(1, 3),
    fragOffset: fc.nat(0x1fff).map((n) => n * 8),
    proto: u8,
    src: ipv4,
    dst: ipv4,
    payload,
  })
  .map((f) => new Ipv4Packet(f))
const ipv6Packet = fc
  .record({
    trafficClass: u8,
    flowLabel: fc.nat(0xfffff),
    hopLimit: u8,
    src: ipv6,
    dst: ipv6,
    inner: fc.oneof(
      icmpv6.map((p) => ({ nextHeader: 58, payload: p })),
      udp.map((p) => ({ nextHeader: 17, payload: p })),
      payload.map((p) => ({ nextHeader: 0, payload: p })),
    ),
  })
  .map((f) => new Ipv6Packet({ ...f, ...f.inner }))
const arp = fc.record({ operation: u16, senderMac: mac, senderIp: ipv4, targetMac: mac, targetIp: ipv4 }).map((f) => new ArpPacket(f))
const tag = fc.record({ tpid: fc.constantFrom(0x8100, 0x88a8), tci: u16 })
const frame = fc
  .record({
    dst: mac,
    src: mac,
    vlans: fc.array(tag, { maxLength: 3 }),
    trailer: fc.uint8Array({ maxLength: 20 }),
    inner: fc.oneof(
      ipv4Packet.map((p) => ({ type: 0x0800, payload: p })),
      ipv4Fragment.map((p) => ({ type: 0x0800, payload: p })),
      ipv6Packet.map((p) => ({ type: 0x86dd, payload: p })),
      arp.map((p) => ({ type: 0x0806, payload: p })),
    ),
  })
  .map((f) => new EthernetFrame({ ...f, ...f.inner }))

const u24 = fc.nat(0xffffff)
const vxlan = fc.record({ flags: u8.map((n) => n | 8), reserved: u24, vni: u24, reserved2: u8, frame }).map((f) => new VxlanPacket(f))
const tunnelOptions = fc.nat(63).chain((words) => fc.uint8Array({ minLength: words * 4, maxLength: words * 4 }))
const geneve = fc.record({ flags: u8, vni: u24, reserved: u8, options: tunnelOptions, frame }).map((f) => new GenevePacket(f))
const key = fc.option(u32)
const greInner = fc.oneof(
  frame.map((p) => ({ proto: 0x6558, payload: p })),
  ipv4Packet.map((p) => ({ proto: 0x0800, payload: p })),
  ipv6Packet.map((p) => ({ proto: 0x86dd, payload: p })),
  payload.map((p) => ({ proto: 0x880b, payload: p })),
)
const gre = fc.record({ hasChecksum: fc.boolean(), key, sequence: key, inner: greInner }).map((f) => new GrePacket({ ...f, ...f.inner }))
const checksum = fc.oneof(none, fc.constant(0))
const tunnelled = fc.oneof(
  fc.record({ sport: u16, checksum, payload: vxlan }).map((f) => ({ proto: 17, payload: new UdpDatagram({ ...f, dport: 4789 }) })),
  fc.record({ sport: u16, checksum, payload: geneve }).map((f) => ({ proto: 17, payload: new UdpDatagram({ ...f, dport: 6081 }) })),
  gre.map((p) => ({ proto: 47, payload: p })),
  ipv4Packet.map((p) => ({ proto: 4, payload: p })),
)
const tunnelFrame = fc.record({ dst: mac, src: mac, tos: u8, ttl: u8, from: ipv4, to: ipv4, inner: tunnelled }).map((f) => {
  const outer = new Ipv4Packet({ tos: f.tos, ttl: f.ttl, src: f.from, dst: f.to, ...f.inner })
  return new EthernetFrame({ dst: f.dst, src: f.src, type: 0x0800, payload: outer })
})

test('what is inside a tunnel comes back as the structures it was', () => {
  fc.assert(
    fc.property(tunnelFrame, (before) => {
      const bytes = encodeFrame(before)
      expect(bytes.length).toBe(before.length)
      expect(decodeFrame(bytes)).toEqual(before)
    }),
  )
})

test('tunnel packets with bytes overwritten survive', () => {
  const damage = fc.array(fc.tuple(fc.nat(90), u8), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(tunnelFrame, damage, (before, changes) => {
      const bytes = encodeFrame(before)
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
      expect(encodeFrame(decodeFrame(bytes))).toEqual(bytes)
    }),
    { numRuns: 500 },
  )
})

test('a frame of structures comes back from its bytes as the same structures', () => {
  fc.assert(
    fc.property(frame, (before) => {
      const bytes = encodeFrame(before)
      expect(bytes.length).toBe(before.length)
      expect(decodeFrame(bytes)).toEqual(before)
    }),
  )
})

test('any bytes of 14 and more survive decoding and encoding', () => {
  const types = fc.constantFrom([0x08, 0x00, 0x45], [0x08, 0x06, 0x00], [0x86, 0xdd, 0x60], [0x81, 0x00, 0x00], [0x00, 0x26, 0x42])
  const noise = fc.uint8Array({ minLength: 14, maxLength: 120 })
  const typed = fc.tuple(noise, types).map(([bytes, head]) => {
    bytes.set(head.slice(0, bytes.length - 12), 12)
    return bytes
  })
  fc.assert(
    fc.property(fc.oneof(noise, typed), (bytes) => {
      expect(encodeFrame(decodeFrame(bytes))).toEqual(bytes)
    }),
    { numRuns: 1000 },
  )
})

test('a frame with some bytes overwritten or cut off survives too', () => {
  const damage = fc.array(fc.tuple(fc.nat(150), u8), { maxLength: 4 })
  fc.assert(
    fc.property(frame, damage, fc.option(fc.integer({ min: 14, max: 100 })), (before, changes, cut) => {
      const bytes = encodeFrame(before)
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
      const cutBytes = bytes.slice(0, cut ?? bytes.length)
      expect(encodeFrame(decodeFrame(cutBytes))).toEqual(cutBytes)
    }),
    { numRuns: 1000 },
  )
})

test('a wrong checksum is kept as a number and a right one is null', () => {
  const packet = new Ipv4Packet({
    ttl: 64,
    proto: 17,
    src: 0x0a000001,
    dst: 0x0a000002,
    payload: new UdpDatagram({ sport: 1, dport: 2, payload: new Uint8Array(3) }),
  })
  const bytes = encodeFrame(new EthernetFrame({ dst: 1, src: 2, type: 0x0800, payload: packet }))
  const right = decodeFrame(bytes).payload as Ipv4Packet
  expect([right.checksum, (right.payload as UdpDatagram).checksum]).toEqual([null, null])
  bytes[24]! ^= 0x12
  bytes[41]! ^= 0x34
  const wrong = decodeFrame(bytes).payload as Ipv4Packet
  expect([wrong.checksum, (wrong.payload as UdpDatagram).checksum]).toEqual([
    (bytes[24]! << 8) | bytes[25]!,
    (bytes[40]! << 8) | bytes[41]!,
  ])
})
