// What becomes of the kernel's classes when a lab's packet world is copied. What is not named here is copied field by field.
import { type Copier, type CopyRules, cut, emptied, sliced, withoutFunctions } from '../sim/copier.js'
import { schedulerRules } from '../sim/scheduler.js'
import { ArpPacket } from '../wire/arp.js'
import { DhcpMessage } from '../wire/dhcp.js'
import { EthernetFrame } from '../wire/ethernet.js'
import { GenevePacket } from '../wire/geneve.js'
import { GrePacket } from '../wire/gre.js'
import { IcmpMessage } from '../wire/icmp.js'
import { Icmpv6Message } from '../wire/icmpv6.js'
import { Ipv4Packet } from '../wire/ipv4.js'
import { Ipv6Packet } from '../wire/ipv6.js'
import { TcpSegment } from '../wire/tcp.js'
import { UdpDatagram } from '../wire/udp.js'
import { VxlanPacket } from '../wire/vxlan.js'
import { TapDevice } from './dev/tap.js'
import { KernelEvents } from './events.js'
import { Fib } from './fib.js'
import { FibTable } from './fib-table.js'
import { Kernel } from './kernel.js'
import { Neighbour } from './neigh.js'
import { NetDevice } from './netdev.js'
import { Conntrack } from './netfilter/conntrack.js'
import { defragHook } from './netfilter/defrag.js'
import { MatchUse, Rule as NetfilterRule, RuleHeader } from './netfilter/rule.js'
import { Chain, Table } from './netfilter/table.js'
import { NetNamespace } from './netns.js'
import { Packet } from './packet.js'
import { RawSocket } from './raw.js'
import { RouteCache } from './route-cache.js'
import { Rule, RuleTable } from './rule.js'
import { Simulation } from './simulation.js'
import { SleepingNic } from './sleeping-nic.js'
import { Socket } from './socket.js'
import { SocketTable } from './socket-table.js'
import { TunnelKey } from './tunnel-key.js'

/** Headers and frames are made once; bytes that stand in a queue or a packet are never written to. */
const FRAMES = [
  ArpPacket,
  DhcpMessage,
  EthernetFrame,
  GenevePacket,
  GrePacket,
  IcmpMessage,
  Icmpv6Message,
  Ipv4Packet,
  Ipv6Packet,
  TcpSegment,
  UdpDatagram,
  VxlanPacket,
  Uint8Array,
  Buffer,
]

export function kernelRules(rules: CopyRules): CopyRules {
  schedulerRules(rules)
  rules.share(...FRAMES, TunnelKey, Rule, RuleHeader).shareConstants(defragHook)
  rules.fields(Simulation, { tracer: cut, captured: cut })
  rules.fields(SleepingNic, { guard: 'share' })
  rules.fields(Kernel, { options: 'share', logSink: cut })
  rules.fields(KernelEvents, { listeners: withoutFunctions })
  rules.fields(NetNamespace, { protocols: 'share' })
  rules.fields(NetDevice, { taps: emptied })
  rules.fields(TapDevice, { reader: cut })
  rules.fields(Packet, { trace: cut })
  rules.fields(Neighbour, { protocol: 'share' })
  routingRules(rules)
  netfilterRules(rules)
  return socketRules(rules)
}

/** What a lookup can make again is left out: caches and indexes. */
function routingRules(rules: CopyRules): void {
  rules.fields(RouteCache, { slots: (slots) => new Array<null>((slots as unknown[]).length).fill(null) })
  rules.fields(Fib, { localGeneration: () => 0, locals: emptied, assigned: emptied })
  rules.fields(FibTable, { byLength: cut })
  rules.fields(RuleTable, { rules: sliced, index: cut })
}

function netfilterRules(rules: CopyRules): void {
  rules.fields(Chain, { index: cut, indexed: () => false, policyHit: cut, straight: cut })
  rules.fields(Table, { hooks: 'share', basesIn: cut })
  rules.fields(NetfilterRule, { header: 'share', target: 'share', apply: 'share', matches: copyMatches, hit: cut })
  rules.fields(MatchUse, { spec: 'share', params: 'share', test: cut })
  rules.shareIf(MatchUse, isFixed).finish(MatchUse, (use) => use.compile())
  rules.fields(Conntrack, { listeners: emptied })
}

/** Rules whose matches remember nothing share them. */
function copyMatches(value: unknown, copier: Copier): unknown {
  const matches = value as readonly MatchUse[]
  return matches.every(isFixed) ? matches : matches.map((use) => copier.copy(use))
}

function isFixed(use: MatchUse): boolean {
  return use.memory === null
}

/** No process reads them, no capture. */
function socketRules(rules: CopyRules): CopyRules {
  rules.fields(Socket, { watchers: emptied, owner: 'share' })
  rules.fields(SocketTable, { packetSockets: emptied })
  return rules.fields(RawSocket, { filter: cut })
}
