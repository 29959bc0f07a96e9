// Keys of packets, matches as text and back, and what actions do to fields.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseIpv4 } from '../../src/addr/ipv4.js'
import { parseMac } from '../../src/addr/mac.js'
import { Packet } from '../../src/kernel/packet.js'
import { FIELDS } from '../../src/ovs/field-table.js'
import { type Field, getField, setField, theField, writeField } from '../../src/ovs/fields.js'
import { extractKey, newKey, W } from '../../src/ovs/flow-key.js'
import { parseFlow } from '../../src/ovs/flow-text.js'
import { textContext } from '../../src/ovs/flow-text-error.js'
import { matches, overlaps, sameMatch, subsumes } from '../../src/ovs/match.js'
import { formatMatch } from '../../src/ovs/match-text.js'
import { ArpPacket } from '../../src/wire/arp.js'
import { EthernetFrame, type EthernetPayload, vlanTag } from '../../src/wire/ethernet.js'
import { IcmpMessage } from '../../src/wire/icmp.js'
import { Ipv4Packet } from '../../src/wire/ipv4.js'
import { Ipv6Packet } from '../../src/wire/ipv6.js'
import { neighbourSolicit } from '../../src/wire/nd.js'
import { TcpSegment } from '../../src/wire/tcp.js'
import { switchLab } from './datapath-lab.js'

const text = textContext('3.1.0')
const { kernel, bridge } = switchLab(1)

function match(flow: string) {
  return parseFlow(flow, 'query', text).match
}

function keyOf(type: number, payload: EthernetPayload, vlans = [] as ReturnType<typeof vlanTag>[]) {
  const frame = new EthernetFrame({ dst: parseMac('fa:16:3e:00:00:02')!, src: parseMac('fa:16:3e:00:00:01')!, vlans, type, payload })
  const pkt = new Packet(kernel.sim, bridge.local, frame)
  pkt.mark = 5
  const key = newKey().fill(-1)
  extractKey(pkt, 3, key)
  return key
}

const ends = { src: parseIpv4('10.0.0.1')!, dst: parseIpv4('10.0.0.2')! }

/** Every packet beside matches that take it and matches that do not. */
const PACKETS: readonly [name: string, key: Int32Array, yes: readonly string[], no: readonly string[]][] = [
  [
    'tcp',
    keyOf(
      0x800,
      new Ipv4Packet({
        ttl: 64,
        proto: 6,
        tos: 0xb9,
        ...ends,
        payload: new TcpSegment({ sport: 1000, dport: 80, seq: 1, ack: 0, flags: 2, window: 1 }),
      }),
    ),
    [
      'in_port=3,pkt_mark=5',
      'tcp,nw_src=10.0.0.0/24,tp_dst=80',
      'tcp,tcp_flags=+syn-ack',
      'ip,nw_tos=184,nw_ecn=1,nw_ttl=64,nw_frag=no',
      'vlan_tci=0',
      'dl_src=fa:16:3e:00:00:00/ff:ff:ff:00:00:00',
      'tcp,tp_src=1000/0x3f8',
    ],
    ['in_port=4', 'udp', 'tcp,tp_dst=81', 'dl_vlan=3', 'vlan_tci=0x1000/0x1000', 'ip,nw_frag=yes', 'tcp,tcp_flags=+ack', 'ipv6'],
  ],
  [
    'vlan and arp',
    keyOf(0x806, new ArpPacket({ operation: 1, senderMac: 1, senderIp: ends.src, targetMac: 0, targetIp: ends.dst }), [vlanTag(7, 3)]),
    ['arp,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.2,arp_sha=00:00:00:00:00:01', 'dl_vlan=7,dl_vlan_pcp=3', 'vlan_tci=0x0007/0x0fff'],
    ['arp,arp_op=2', 'dl_vlan=8', 'vlan_tci=0', 'ip'],
  ],
  [
    'icmp',
    keyOf(
      0x800,
      new Ipv4Packet({ ttl: 1, proto: 1, ...ends, payload: new IcmpMessage({ type: 8, code: 0, rest: 0, payload: new Uint8Array(0) }) }),
    ),
    ['icmp,icmp_type=8,icmp_code=0', 'icmp'],
    ['icmp,icmp_type=0', 'tcp'],
  ],
  [
    'second fragment',
    keyOf(0x800, new Ipv4Packet({ ttl: 1, proto: 6, fragOffset: 8, ...ends, payload: new Uint8Array([0, 80, 0, 80]) })),
    ['ip,nw_frag=later', 'ip,nw_frag=yes', 'tcp,tp_src=0'],
    ['ip,nw_frag=first', 'ip,nw_frag=not_later', 'tcp,tp_src=80'],
  ],
  [
    'neighbour solicitation',
    keyOf(
      0x86dd,
      new Ipv6Packet({ nextHeader: 58, hopLimit: 255, src: 1n, dst: 2n, payload: neighbourSolicit(0xfe80n << 112n, 0x020000000001) }),
    ),
    ['icmp6,icmp_type=135,nd_target=fe80::,nd_sll=02:00:00:00:00:01', 'ipv6,ipv6_src=::1,ipv6_dst=::/96'],
    ['icmp6,icmp_type=136', 'icmp6,icmp_type=135,nd_target=fe80::1'],
  ],
  ['802.3', keyOf(0x26, new Uint8Array(38)), ['dl_type=0x05ff'], ['dl_type=0x0026', 'ip']],
]

test.each(PACKETS)('%s: what takes it and what does not', (_name, key, yes, no) => {
  expect(yes.filter((flow) => !matches(match(flow), key))).toEqual([])
  expect(no.filter((flow) => matches(match(flow), key))).toEqual([])
})

test('wider, narrower, overlapping', () => {
  const ip = match('ip,nw_src=10.0.0.0/8')
  const tcp = match('tcp,nw_src=10.1.0.0/16,tp_dst=80')
  const vlan = match('dl_vlan=3')
  expect([subsumes(ip, tcp), subsumes(tcp, ip), overlaps(ip, vlan), overlaps(tcp, match('udp')), subsumes(match(''), tcp)]).toEqual([
    true,
    false,
    true,
    false,
    true,
  ])
})

const values = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n })

test('a field holds what is written, and its neighbours keep theirs', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FIELDS),
      values,
      fc.array(fc.integer(), { minLength: 101, maxLength: 101 }),
      (field: Field, value, words) => {
        if (field.kind === 'port_oxm') return
        const key = Int32Array.from(words)
        const before = key.slice()
        const wanted = value & ((1n << BigInt(field.bits)) - 1n)
        setField(key, field, wanted)
        expect(getField(key, field)).toBe(wanted)
        setField(key, field, getField(before, field))
        if (field.bits % 32 === 0 || field.words === 1) expect(key).toEqual(before)
      },
    ),
  )
})

const mac = fc.bigInt({ min: 0n, max: (1n << 48n) - 1n }).map((bits) =>
  bits
    .toString(16)
    .padStart(12, '0')
    .replace(/(..)(?=.)/g, '$1:'),
)
const v4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join('.'))
const u16 = fc.nat(65535)
const parts = fc.subarray(['in_port', 'dl_vlan', 'dl_src', 'nw_src', 'nw_dst', 'tp_dst', 'tun_id', 'reg3', 'metadata', 'ct_mark'], {
  minLength: 0,
})

test('a match prints as text that means the same', () => {
  fc.assert(
    fc.property(parts, fc.record({ mac, mask: mac, a: v4, b: v4, port: u16, length: fc.nat(32), wide: values }), (names, any) => {
      const words: Record<string, string> = {
        in_port: `in_port=${any.port % 0xff00}`,
        dl_vlan: `dl_vlan=${any.port % 4096}`,
        dl_src: `dl_src=${any.mac}/${any.mask}`,
        nw_src: `nw_src=${any.a}/${any.length}`,
        nw_dst: `nw_dst=${any.a}/${any.b}`,
        tp_dst: `tp_dst=${any.port}/${any.port}`,
        tun_id: `tun_id=0x${(any.wide & 0xffffffffffffffffn).toString(16)}`,
        reg3: `reg3=${any.port}/0xff0f`,
        metadata: `metadata=7/0x${(any.wide >> 64n).toString(16)}`,
        ct_mark: `ct_mark=${any.port}`,
      }
      const first = match(['tcp', ...names.map((name) => words[name]!)].join(','))
      expect(sameMatch(match(formatMatch(first, text)), first)).toBe(true)
    }),
  )
})

test('setting a VLAN id or priority makes a tag; the raw field does as told', () => {
  const key = newKey()
  writeField(key, theField('dl_vlan'), 9n)
  expect(key[W.VLAN_TCI]).toBe(0x1009)
  writeField(key, theField('dl_vlan_pcp'), 2n)
  expect(key[W.VLAN_TCI]).toBe(0x5009)
  writeField(key, theField('vlan_tci'), 0n)
  expect(key[W.VLAN_TCI]).toBe(0)
})
