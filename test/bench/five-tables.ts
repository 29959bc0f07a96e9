// Flows over five tables, some of which learn: as text for both switches, in a switch of netlab, and the packets that hit them.
import { DummyDevice } from '../../src/kernel/dev/dummy.js'
import { Kernel } from '../../src/kernel/kernel.js'
import { newPacket, type Packet } from '../../src/kernel/packet.js'
import { Simulation } from '../../src/kernel/simulation.js'
import type { OfBridge } from '../../src/ovs/bridge.js'
import { applyFlowMod } from '../../src/ovs/flow-mods.js'
import { parseFlow } from '../../src/ovs/flow-text.js'
import { textContext } from '../../src/ovs/flow-text-error.js'
import { VSwitch } from '../../src/ovs/vswitch.js'
import { ETHERTYPE_IPV4, EthernetFrame } from '../../src/wire/ethernet.js'
import { Ipv4Packet, PROTO_UDP } from '../../src/wire/ipv4.js'
import { UdpDatagram } from '../../src/wire/udp.js'

const VERSION = '3.1.0'
const BASE_MAC = 0xfa163e000000
const ip = (i: number): string => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`
const mac = (i: number): string => (BASE_MAC + i).toString(16).replace(/(..)(?=.)/g, '$1:')

const LEARN =
  'learn(table=10,hard_timeout=300,priority=1,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15],output:NXM_OF_IN_PORT[])'

/** Lines of add-flows: a table in, one by MAC, one by address (learning), one by address and port, one out. */
export function fiveTables(flows: number): string[] {
  const each = Math.max(1, Math.floor((flows - 4) / 3))
  const many = (line: (i: number) => string): string[] => Array.from({ length: each }, (_, i) => line(i))
  return [
    'table=0,priority=2,in_port=1,actions=resubmit(,60)',
    'table=0,priority=0,actions=drop',
    ...many((i) => `table=60,priority=${10 + (i % 3)},dl_dst=${mac(i)},actions=load:${i + 1}->NXM_NX_REG5[],resubmit(,71)`),
    ...many((i) => `table=71,priority=65,ip,nw_dst=${ip(i)},actions=${LEARN},resubmit(,72)`),
    ...many((i) => `table=72,priority=${70 + (i % 3)},udp,nw_dst=${ip(i)},tp_dst=${1000 + (i % 5000)},actions=resubmit(,94)`),
    'table=72,priority=1,actions=drop',
    'table=94,priority=1,actions=output:2',
  ].slice(0, Math.max(flows, 7))
}

/** How many different packets there are for so many flows. */
export function kinds(flows: number): number {
  return Math.max(1, Math.floor((flows - 4) / 3))
}

export interface Bench {
  readonly bridge: OfBridge
  readonly packet: (i: number) => Packet
  /** What came out of port 2. */
  readonly arrived: () => number
}

export function newBench(): Bench {
  const kernel = new Kernel(new Simulation(1), 'bench')
  const bridge = new VSwitch(kernel, VERSION).addBridge({ name: 'br0', datapathType: 'system', failMode: 'secure' })
  for (const name of ['p1', 'p2']) {
    const dev = new DummyDevice(kernel.initNetns, name, kernel.randomMac(name))
    kernel.initNetns.addDevice(dev)
    dev.conf6.disable_ipv6 = 1
    dev.setUp()
    bridge.addPort({ name, kind: 'system' })
  }
  const port = bridge.portByName('p1')!
  const out = bridge.portByName('p2')!.dev!
  return { bridge, packet: (i) => newPacket(kernel.sim, port.dev!, frameOf(i)), arrived: () => out.stats.txPackets }
}

/** As `ovs-ofctl add-flows` does: text read line by line, then one change each. */
export function loadFlows(bridge: OfBridge, lines: readonly string[]): void {
  const text = textContext(VERSION)
  for (const line of lines) {
    const flow = parseFlow(line, 'add', text)
    applyFlowMod(bridge, {
      command: flow.command,
      table: flow.table,
      match: flow.match,
      priority: flow.priority,
      cookie: flow.cookie ?? 0n,
      keepsCookie: false,
      cookieMatch: flow.cookieMatch,
      cookieMask: flow.cookieMask,
      idleTimeout: flow.idleTimeout,
      hardTimeout: flow.hardTimeout,
      importance: flow.importance,
      flags: flow.flags,
      actions: flow.actions,
      outPort: flow.outPort,
      outGroup: flow.outGroup,
    })
  }
}

function frameOf(i: number): EthernetFrame {
  const payload = new UdpDatagram({ sport: 5000, dport: 1000 + (i % 5000), payload: new Uint8Array(10) })
  const dst = (10 << 24) | i
  return new EthernetFrame({
    dst: BASE_MAC + i,
    src: 0xfa163f000001,
    type: ETHERTYPE_IPV4,
    payload: new Ipv4Packet({ ttl: 64, proto: PROTO_UDP, src: (10 << 24) | (200 << 16) | 1, dst, payload }),
  })
}

/** The same packet for `ofproto/trace`. */
export function traceFlow(i: number): string {
  return `in_port=1,udp,dl_src=fa:16:3f:00:00:01,dl_dst=${mac(i)},nw_src=10.200.0.1,nw_dst=${ip(i)},nw_ttl=64,udp_src=5000,udp_dst=${1000 + (i % 5000)}`
}
