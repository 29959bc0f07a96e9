// The caches may never show: what comes out of the switch is what a plain walk through the flows gives, packet after packet.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DummyDevice } from '../../src/kernel/dev/dummy.js'
import { newPacket } from '../../src/kernel/packet.js'
import type { OfAction } from '../../src/ovs/actions/action.js'
import { extractKey, newKey, setMacWords, VLAN_CFI, W } from '../../src/ovs/flow-key.js'
import { type Match, matchAll, matches } from '../../src/ovs/match.js'
import { VSwitch } from '../../src/ovs/vswitch.js'
import { ETHERTYPE_IPV4, EthernetFrame, NO_VLANS, vlanTag } from '../../src/wire/ethernet.js'
import { Ipv4Packet, PROTO_TCP, PROTO_UDP } from '../../src/wire/ipv4.js'
import { UdpDatagram } from '../../src/wire/udp.js'
import { newKernel } from '../kernel/lab.js'
import { flowMod } from './datapath-lab.js'

const PORTS = 4
const TABLES = 3
const MAX_STEPS = 40

interface PlainFlow {
  readonly table: number
  readonly priority: number
  readonly match: Match
  readonly actions: readonly OfAction[]
}

const address = fc.integer({ min: 0, max: 3 }).map((low) => (10 << 24) | low)
const mac = fc.integer({ min: 1, max: 3 })
const vid = fc.integer({ min: 1, max: 3 })

const criterion = fc.oneof(
  fc.integer({ min: 1, max: PORTS }).map((port) => [W.IN_PORT, port, 0xffff] as const),
  address.map((ip) => [W.NW_DST, ip, -1] as const),
  address.map((ip) => [W.NW_SRC, ip & -2, -2] as const),
  fc.constant([W.NW_DST, 10 << 24, -1 << 8] as const),
  fc.constantFrom(PROTO_UDP, PROTO_TCP).map((proto) => [W.NW_PROTO, proto, 0xff] as const),
  fc.integer({ min: 1, max: 3 }).map((port) => [W.TP_DST, port, 0xffff] as const),
  vid.map((tag) => [W.VLAN_TCI, VLAN_CFI | tag, 0x1fff] as const),
  fc.constant([W.VLAN_TCI, 0, VLAN_CFI] as const),
  fc.integer({ min: 0, max: 1 }).map((low) => [W.ETH_DST + 1, low, 1] as const),
)

const matchOf = fc.array(criterion, { maxLength: 4 }).map((criteria) => {
  const match = matchAll()
  match.key[W.ETH_TYPE] = ETHERTYPE_IPV4
  match.mask[W.ETH_TYPE] = 0xffff
  for (const [word, value, mask] of criteria) {
    match.key[word] = value
    match.mask[word] = mask
  }
  return match
})

const actionOf: fc.Arbitrary<OfAction> = fc.oneof(
  fc.integer({ min: 1, max: PORTS }).map((port): OfAction => ({ type: 'output', port, maxLength: 0 })),
  vid.map((tag): OfAction => ({ type: 'mod_vlan_vid', vid: tag, pushes: true, flowHasVlan: false })),
  fc.constant<OfAction>({ type: 'strip_vlan', pop: false }),
  mac.map((to): OfAction => ({ type: 'mod_dl_dst', mac: to })),
  address.map((ip): OfAction => ({ type: 'mod_nw_dst', address: ip })),
  fc.integer({ min: 1, max: TABLES - 1 }).map((table): OfAction => ({ type: 'resubmit', port: null, table, withCt: false })),
)

const flowOf = (priority: number): fc.Arbitrary<PlainFlow> =>
  fc.record({
    table: fc.integer({ min: 0, max: TABLES - 1 }),
    priority: fc.constant(priority),
    match: matchOf,
    actions: fc.array(actionOf, { maxLength: 4 }),
  })

const packetOf = fc
  .record({
    port: fc.integer({ min: 1, max: PORTS }),
    src: address,
    dst: address,
    to: mac,
    dport: fc.integer({ min: 1, max: 3 }),
    tag: fc.option(vid),
  })
  .map(({ port, src, dst, to, dport, tag }) => {
    const payload = new UdpDatagram({ sport: 9, dport, payload: new Uint8Array(4) })
    const ip = new Ipv4Packet({ ttl: 64, proto: PROTO_UDP, src, dst, payload })
    const vlans = tag === null ? NO_VLANS : [vlanTag(tag)]
    return { port, frame: new EthernetFrame({ dst: to, src: 5, vlans, type: ETHERTYPE_IPV4, payload: ip }) }
  })

/** Port and frame, as text. */
function sent(port: number, frame: EthernetFrame): string {
  const ip = frame.payload as Ipv4Packet
  return `${port}: ${frame.dst} ${frame.vlans.map((each) => each.tci)} ${ip.src}>${ip.dst}`
}

/** The plain twin: no caches, no datapath, no wildcards; the flows one after the other. Null: deeper than this test goes. */
function walk(flows: readonly PlainFlow[], dev: DummyDevice, inPort: number, first: EthernetFrame): string[] | null {
  const out: string[] = []
  let frame = first
  let steps = 0
  const run = (table: number): void => {
    if (++steps > MAX_STEPS) return
    const key = newKey()
    const pkt = newPacket(dev.netns.kernel.sim, dev, frame)
    extractKey(pkt, inPort, key)
    const found = flows.filter((flow) => flow.table === table && matches(flow.match, key)).sort((a, b) => b.priority - a.priority)[0]
    for (const action of found?.actions ?? []) {
      if (action.type === 'output' && action.port !== inPort) out.push(sent(action.port, frame))
      else if (action.type === 'mod_vlan_vid') {
        frame = frame.withVlans([vlanTag(action.vid), ...frame.vlans.slice(1)])
      } else if (action.type === 'strip_vlan' && frame.vlans.length > 0) frame = frame.popVlan()
      else if (action.type === 'mod_dl_dst') frame = frame.withDst(action.mac)
      else if (action.type === 'mod_nw_dst') frame = frame.withPayload((frame.payload as Ipv4Packet).withDst(action.address))
      else if (action.type === 'resubmit') run(action.table ?? 0)
    }
  }
  run(0)
  return steps > MAX_STEPS ? null : out
}

function newSwitch() {
  const kernel = newKernel()
  const vswitch = new VSwitch(kernel, '3.1.0')
  const bridge = vswitch.addBridge({ name: 'br0', datapathType: 'system', failMode: 'secure' })
  const log: string[] = []
  const devices = Array.from({ length: PORTS }, (_, i) => {
    const dev = new DummyDevice(kernel.initNetns, `d${i + 1}`, 100 + i)
    kernel.initNetns.addDevice(dev)
    dev.conf6.disable_ipv6 = 1
    dev.setUp()
    bridge.addPort({ name: dev.name, kind: 'system' })
    dev.taps.add({ frame: (pkt, _dev, direction) => void (direction === 'out' && log.push(sent(i + 1, pkt.frame))) })
    return dev
  })
  return { kernel, bridge, devices, log }
}

const scene = fc.record({
  flows: fc.integer({ min: 1, max: 14 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => flowOf(i + 1)))),
  packets: fc.array(packetOf, { minLength: 1, maxLength: 25 }),
})

test('random flows, random packets: the switch sends what a plain walk sends, and counts each packet once', () => {
  fc.assert(
    fc.property(scene, ({ flows, packets }) => {
      const { kernel, bridge, devices, log } = newSwitch()
      for (const flow of flows) flowMod(bridge, flow)
      for (const { port, frame } of packets) {
        const dev = devices[port - 1]!
        const expected = walk(flows, dev, port, frame)
        if (expected === null) continue
        log.length = 0
        bridge.receive(newPacket(kernel.sim, dev, frame), bridge.ports.get(port)!)
        expect(log).toEqual(expected)
      }
    }),
    { numRuns: 300 },
  )
})

test('a key with every bit that was not looked at turned around finds the same result', () => {
  fc.assert(
    fc.property(scene, ({ flows, packets }) => {
      const { kernel, bridge, devices } = newSwitch()
      for (const flow of flows) flowMod(bridge, flow)
      const { frame, port } = packets[0]!
      bridge.receive(newPacket(kernel.sim, devices[port - 1]!, frame), bridge.ports.get(port)!)
      for (const flow of bridge.datapath.flows()) {
        const key = newKey()
        extractKey(newPacket(kernel.sim, devices[port - 1]!, frame), flow.key[W.IN_PORT]!, key)
        for (const word of [W.NW_SRC, W.NW_DST, W.TP_SRC, W.TP_DST, W.ETH_SRC + 1, W.ETH_DST + 1])
          key[word]! ^= ~flow.mask[word]! & (word === W.TP_SRC || word === W.TP_DST ? 0xffff : -1)
        expect(bridge.datapath.cache.lookup(key)).toBe(flow)
      }
    }),
    { numRuns: 100 },
  )
})

test('flows that change are followed at once: after each change the walk through the new flows is what is sent', () => {
  fc.assert(
    fc.property(scene, scene, (before, after) => {
      const { kernel, bridge, devices, log } = newSwitch()
      let flows: PlainFlow[] = []
      const both = [...before.flows, ...after.flows.map((flow) => ({ ...flow, priority: flow.priority + 100 }))]
      for (const [i, flow] of both.entries()) {
        flowMod(bridge, flow)
        flows = [...flows, flow]
        if (i % 5 === 4) {
          flowMod(bridge, { ...flows[0]!, command: 'delete_strict' })
          flows = flows.slice(1)
        }
        const { port, frame } = before.packets[i % before.packets.length]!
        const dev = devices[port - 1]!
        const expected = walk(flows, dev, port, frame)
        if (expected === null) continue
        log.length = 0
        bridge.receive(newPacket(kernel.sim, dev, frame), bridge.ports.get(port)!)
        expect(log).toEqual(expected)
      }
    }),
    { numRuns: 100 },
  )
})

test('a MAC set to all zeros and one of all ones are told apart by their mask', () => {
  const key = newKey()
  setMacWords(key, W.ETH_DST, 0xffffffffffff)
  expect([key[W.ETH_DST], key[W.ETH_DST + 1]]).toEqual([0xffff, -1])
})
