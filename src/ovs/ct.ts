// ct(): the packet through connection tracking. The system datapath uses the machine's own, as the kernel module does; the userspace
// datapath has one to itself.

import type { Connection } from '../kernel/netfilter/connection.js'
import { IPS_CONFIRMED, IPS_DST_NAT, IPS_SRC_NAT, ORIGINAL, REPLY } from '../kernel/netfilter/connection.js'
import type { Conntrack } from '../kernel/netfilter/conntrack.js'
import { HookState } from '../kernel/netfilter/hook-state.js'
import { Netfilter } from '../kernel/netfilter/hooks.js'
import { manipulate, manipulateQuote } from '../kernel/netfilter/nat-mangle.js'
import type { Manip, NatRange } from '../kernel/netfilter/nat-table.js'
import { NULL_RANGE } from '../kernel/netfilter/nat-table.js'
import { invert } from '../kernel/netfilter/tuple-of.js'
import type { Packet } from '../kernel/packet.js'
import { drop } from '../kernel/packet.js'
import { Ipv4Packet } from '../wire/ipv4.js'
import type { Datapath } from './datapath.js'
import type { CtExecution } from './dp-action.js'
import type { PacketMeta } from './packet-meta.js'
import { CS_DST_NAT, CS_ESTABLISHED, CS_INVALID, CS_NEW, CS_RELATED, CS_REPLY, CS_SRC_NAT, CS_TRACKED } from './packet-meta.js'

function netfilterOf(dp: Datapath): Netfilter {
  const { initNetns } = dp.vswitch.kernel
  if (dp.kind === 'system') return initNetns.netfilter
  dp.ownNetfilter ??= new Netfilter(initNetns)
  return dp.ownNetfilter
}

export function ovsConntrack(dp: Datapath): Conntrack {
  return netfilterOf(dp).conntrack
}

/** False: the packet is gone. */
export function executeCt(dp: Datapath, pkt: Packet, ct: CtExecution, meta: PacketMeta): boolean {
  meta.clearCt()
  meta.ctZone = ct.zone
  // Differs: IPv6 is not tracked; such packets are invalid to the rules.
  if (!(pkt.frame.payload instanceof Ipv4Packet)) {
    meta.ctState = CS_TRACKED | CS_INVALID
    return true
  }
  const netfilter = netfilterOf(dp)
  const state = new HookState(netfilter, 'PREROUTING', pkt, pkt.dev, null)
  state.ctTemplate = { zone: { original: ct.zone, reply: ct.zone }, helper: ct.helper }
  if (pkt.ct === null || pkt.ct.zone.original !== ct.zone || dp.kind === 'netdev' || pkt.ctState === null) {
    if (!lookUp(netfilter.conntrack, state, ct)) return false
  }
  const connection = pkt.ct
  meta.ctState = stateBits(pkt)
  if (connection === null) return true
  if (ct.nat !== null) meta.ctState |= translate(state, connection, ct)
  if (ct.commit && !commit(netfilter.conntrack, state, { connection, ct })) return false
  fillMeta(meta, connection)
  return true
}

/** A connection that was found without commit stays with the packet until it is committed. */
function lookUp(conntrack: Conntrack, state: HookState, ct: CtExecution): boolean {
  const { pkt } = state
  const pending = pkt.ctPending
  pkt.ct = null
  pkt.ctState = null
  if (pending !== null && pending.zone.original === ct.zone && !pending.has(IPS_CONFIRMED)) {
    pkt.ct = pending
    pkt.ctState = 'NEW'
    pkt.ctDirection = ORIGINAL
    return true
  }
  if (conntrack.track(state) === 'DROP') {
    drop(pkt, state.dropReason, pkt.dev)
    return false
  }
  const found = pkt.ct as Connection | null
  if (ct.force && found?.has(IPS_CONFIRMED) && (pkt.ctDirection as 0 | 1) === REPLY) {
    conntrack.kill(found)
    pkt.ct = null
    pkt.ctState = null
    conntrack.track(state)
  }
  if (pkt.ct !== null) pkt.ctPending = pkt.ct
  return true
}

function stateBits(pkt: Packet): number {
  const reply = pkt.ctDirection === REPLY ? CS_REPLY : 0
  switch (pkt.ctState) {
    case 'NEW':
      return CS_TRACKED | CS_NEW
    case 'ESTABLISHED':
      return CS_TRACKED | CS_ESTABLISHED | reply
    case 'RELATED':
      return CS_TRACKED | CS_RELATED | reply
    case 'INVALID':
    case 'UNTRACKED':
    case null:
      return CS_TRACKED | CS_INVALID
  }
}

function rangeOf(nat: NonNullable<CtExecution['nat']>): NatRange {
  if (nat.family !== 4) return NULL_RANGE
  return {
    addresses: { min: nat.addressMin as number, max: nat.addressMax as number },
    ports: nat.portMin === 0 ? null : { min: nat.portMin, max: nat.portMax || nat.portMin, base: null },
    random: nat.random,
    randomFully: false,
    persistent: nat.persistent,
  }
}

/** Binds a new connection when it is being committed, and rewrites the packet as its connection says. Bits for ct_state. */
function translate(state: HookState, connection: Connection, ct: CtExecution): number {
  const { pkt } = state
  const { nat } = ct
  const isNew = pkt.ctState === 'NEW' && !connection.has(IPS_CONFIRMED)
  if (isNew && ct.commit && nat !== null && nat.kind !== null) {
    state.netfilter.conntrack.nat.bind(connection, rangeOf(nat), nat.kind === 'src' ? 'SRC' : 'DST')
  }
  let bits = 0
  for (const manip of ['DST', 'SRC'] as const) {
    const isSource = (manip === 'SRC') === (pkt.ctDirection === ORIGINAL)
    if (!connection.has(isSource ? IPS_SRC_NAT : IPS_DST_NAT)) continue
    rewrite(state, connection, manip)
    bits |= manip === 'SRC' ? CS_SRC_NAT : CS_DST_NAT
  }
  return bits
}

function rewrite(state: HookState, connection: Connection, manip: Manip): void {
  const { pkt, ip } = state
  const other = connection.tuple(pkt.ctDirection === ORIGINAL ? REPLY : ORIGINAL)
  const target = invert(other)
  if (target === null) return
  const message = ip.payload
  if (pkt.ctState !== 'RELATED' || message instanceof Uint8Array || message.kind !== 'icmp') {
    state.setIp(manipulate(ip, target, manip))
    return
  }
  const quoted = manipulateQuote(message.payload, other, manip === 'SRC' ? 'DST' : 'SRC')
  if (quoted === null) return
  const payload = message.withPayload(quoted)
  state.setIp(manip === 'SRC' ? ip.withAddresses(target.src, ip.dst, payload) : ip.withAddresses(ip.src, target.dst, payload))
}

function commit(conntrack: Conntrack, state: HookState, what: { connection: Connection; ct: CtExecution }): boolean {
  const { connection, ct } = what
  const { pkt } = state
  if (ct.mark !== null) connection.mark = ((connection.mark & ~ct.mark.mask) | ct.mark.value) >>> 0
  if (ct.label !== null) connection.labels = (connection.labels & ~ct.label.mask) | ct.label.value
  if (conntrack.confirm(state) === 'ACCEPT') return true
  drop(pkt, state.dropReason, pkt.dev)
  return false
}

function fillMeta(meta: PacketMeta, connection: Connection): void {
  const { original } = connection
  meta.ctMark = connection.mark | 0
  meta.ctLabel = connection.labels
  meta.ctProto = original.proto
  meta.ctSrc = original.src
  meta.ctDst = original.dst
  meta.ctSrcPort = original.srcPort
  meta.ctDstPort = original.dstPort
}

export function labelOf(connection: Connection): bigint {
  return connection.labels
}
