// Lookup in OpenFlow tables of different sizes, hits of the caches, and ofproto/trace.
import { DummyDevice } from '../../src/kernel/dev/dummy.js'
import { Kernel } from '../../src/kernel/kernel.js'
import { newPacket } from '../../src/kernel/packet.js'
import { Simulation } from '../../src/kernel/simulation.js'
import type { OfAction } from '../../src/ovs/actions/action.js'
import type { OfBridge } from '../../src/ovs/bridge.js'
import { Flow } from '../../src/ovs/flow.js'
import { extractKey, newKey, setMacWords, W } from '../../src/ovs/flow-key.js'
import { matchAll } from '../../src/ovs/match.js'
import { traceText } from '../../src/ovs/trace.js'
import { Translation } from '../../src/ovs/translate.js'
import { VSwitch } from '../../src/ovs/vswitch.js'
import { ETHERTYPE_IPV4, EthernetFrame } from '../../src/wire/ethernet.js'
import { Ipv4Packet, PROTO_UDP } from '../../src/wire/ipv4.js'
import { UdpDatagram } from '../../src/wire/udp.js'
import { type Timing, timed } from './report.js'

export interface OpenflowTimes {
  /** A packet that no cache knows: tables, datapath actions, what was looked at. */
  readonly miss: Timing
  /** The caches alone, for a key that is there. */
  readonly lookup: Timing
  /** A whole packet from a port to a device behind another. */
  readonly packet: Timing
}

const PLAIN = { cookie: 0n, idleTimeout: 0, hardTimeout: 0, importance: 0, flags: {} } as const
const OUTSIDE: readonly OfAction[] = [{ type: 'output', port: 2, maxLength: 0 }]

/** Flows of br-tun and br-int: by MAC and tag, by port, by address, by address and port. */
function flowFor(i: number): Flow {
  const match = matchAll()
  const set = (word: number, value: number, mask: number): void => {
    match.key[word] = value
    match.mask[word] = mask
  }
  set(W.ETH_TYPE, ETHERTYPE_IPV4, 0xffff)
  switch (i % 4) {
    case 0:
      setMacWords(match.key, W.ETH_DST, 0xfa163e000000 + i)
      setMacWords(match.mask, W.ETH_DST, 0xffffffffffff)
      set(W.VLAN_TCI, 0x1000 | (i % 100), 0x1fff)
      break
    case 1:
      set(W.IN_PORT, 10 + i, 0xffff)
      break
    case 2:
      set(W.NW_DST, (10 << 24) | i, -1)
      break
    default:
      set(W.NW_PROTO, PROTO_UDP, 0xff)
      set(W.NW_SRC, (10 << 24) | (1 << 16) | i, -1)
      set(W.TP_DST, i & 0xffff, 0xffff)
  }
  return new Flow({ ...PLAIN, table: 0, priority: 100 + (i % 4), match, actions: OUTSIDE }, 0)
}

function bridgeWith(flows: number): OfBridge {
  const kernel = new Kernel(new Simulation(1), 'bench')
  const vswitch = new VSwitch(kernel, '3.1.0')
  const bridge = vswitch.addBridge({ name: 'br0', datapathType: 'system', failMode: 'secure' })
  for (const name of ['a', 'b']) {
    const dev = new DummyDevice(kernel.initNetns, name, kernel.randomMac(name))
    kernel.initNetns.addDevice(dev)
    dev.conf6.disable_ipv6 = 1
    dev.setUp()
    bridge.addPort({ name, kind: 'system' })
  }
  for (let i = 0; i < flows; i++) bridge.insertFlow(flowFor(i))
  const last = new Flow({ ...PLAIN, table: 0, priority: 1, match: matchAll(), actions: OUTSIDE }, 0)
  bridge.insertFlow(last)
  return bridge
}

function frameTo(i: number): EthernetFrame {
  const payload = new UdpDatagram({ sport: 1024, dport: 7, payload: new Uint8Array(10) })
  const ip = new Ipv4Packet({ ttl: 64, proto: PROTO_UDP, src: (10 << 24) | 1, dst: (10 << 24) | i, payload })
  return new EthernetFrame({ dst: 0xfa163e000000 + i, src: 0xfa163e999999, type: ETHERTYPE_IPV4, payload: ip })
}

export function openflowTimes(flows: number): OpenflowTimes {
  const bridge = bridgeWith(flows)
  const { datapath, vswitch } = bridge
  const port = bridge.portByName('a')!
  const { sim } = vswitch.kernel
  const packetOf = (i: number) => newPacket(sim, port.dev!, frameTo(i))
  const keys = Array.from({ length: 64 }, (_, i) => {
    const key = newKey()
    extractKey(packetOf(i * 37), port.ofport, key)
    return key
  })
  const ask = { bridge, port, frozen: null, nowUs: 0, learns: true, sink: null, recircs: null }
  const miss = timed(20_000, 5, (count) => {
    for (let i = 0; i < count; i++) new Translation({ ...ask, key: keys[i & 63]! }).run()
  })
  bridge.receive(packetOf(6), port)
  const key = newKey()
  extractKey(packetOf(6), port.dpPort!.number, key)
  const lookup = timed(2_000_000, 5, (count) => {
    for (let i = 0; i < count; i++) datapath.cache.lookup(key)
  })
  const frame = frameTo(6)
  const packet = timed(300_000, 5, (count) => {
    for (let i = 0; i < count; i++) bridge.receive(newPacket(sim, port.dev!, frame), port)
  })
  return { miss, lookup, packet }
}

/** ofproto/trace through twenty tables. */
export function traceTimes(): Timing {
  const bridge = bridgeWith(1000)
  for (let table = 0; table < 20; table++) {
    const actions: OfAction[] = [{ type: 'resubmit', port: null, table: table + 1, withCt: false }]
    bridge.insertFlow(new Flow({ ...PLAIN, table, priority: 50_000, match: matchAll(), actions }, 0))
  }
  bridge.insertFlow(new Flow({ ...PLAIN, table: 20, priority: 1, match: matchAll(), actions: OUTSIDE }, 0))
  const port = bridge.portByName('a')!
  const key = newKey()
  extractKey(newPacket(bridge.vswitch.kernel.sim, port.dev!, frameTo(6)), port.ofport, key)
  return timed(2000, 5, (count) => {
    for (let i = 0; i < count; i++) traceText({ bridge, key, port, learns: false, names: false, ctNext: [] })
  })
}
