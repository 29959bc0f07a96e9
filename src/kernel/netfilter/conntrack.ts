// Connection tracking of one namespace: off until a rule needs it, then at work in PREROUTING and OUTPUT, sealing entries
// (confirming them) where packets leave or are delivered.

import { Copied } from '../../sim/copied.js'
import { isIcmpError } from '../../wire/icmp.js'
import type { Ipv4Packet } from '../../wire/ipv4.js'
import { PROTO_GRE, PROTO_ICMP, PROTO_TCP, PROTO_UDP } from '../../wire/ipv4.js'
import type { KernelEvent, KernelListener } from '../events.js'
import type { CtState, CtZone, Tuple } from './connection.js'
import {
  Connection,
  DEFAULT_ZONE,
  IPS_ASSURED,
  IPS_CONFIRMED,
  IPS_DYING,
  IPS_EXPECTED,
  IPS_FIXED_TIMEOUT,
  IPS_SEEN_REPLY,
  ORIGINAL,
  REPLY,
} from './connection.js'
import { ConfirmHook, TrackHook } from './ct-hooks.js'
import { note, noteInvalid } from './ct-note.js'
import { CtStats } from './ct-stats.js'
import { CtSysctls } from './ct-sysctl.js'
import { CtTable, type ExpiryListener } from './ct-table.js'
import { defragHook } from './defrag.js'
import type { Hook, HookFunction, HookState, Verdict } from './hook-state.js'
import type { Netfilter } from './hooks.js'
import { NatTable } from './nat-table.js'
import { defaultSettings } from './timeouts.js'
import type { TrackResult } from './track-tcp.js'
import { hasValidFlags, newTcp, trackTcp } from './track-tcp.js'
import { invert, isIcmpQuery, PROTO_UDPLITE, quoteOf, tupleOf } from './tuple-of.js'

export type CtEvent = 'NEW' | 'UPDATE' | 'DESTROY'
/** `portid`: the process that caused it, 0 for packets and age. */
export type CtListener = (event: CtEvent, connection: Connection, portid: number) => void

/** What a CT target decided before the packet is looked at. */
export interface CtTemplate {
  readonly zone: CtZone
  readonly helper: string | null
}

const SECOND_US = 1_000_000

export class Conntrack extends Copied implements KernelListener, ExpiryListener {
  readonly settings = defaultSettings()
  readonly table: CtTable
  readonly nat: NatTable
  readonly stats = new CtStats()
  private users = 0
  private nextId: number | null = null
  private readonly listeners = new Set<CtListener>()
  private readonly hooks: readonly (readonly [Hook, HookFunction])[]
  private sysctlsRegistered = false
  private portid = 0
  private watchesDevices = false
  private fullLoggedUs = -Infinity

  constructor(private readonly netfilter: Netfilter) {
    super()
    this.table = new CtTable(this)
    this.nat = new NatTable(this, netfilter)
    const track = new TrackHook(this)
    const confirm = new ConfirmHook(this)
    this.hooks = [
      ['PREROUTING', defragHook],
      ['OUTPUT', defragHook],
      ['PREROUTING', track],
      ['OUTPUT', track],
      ['INPUT', confirm],
      ['POSTROUTING', confirm],
    ]
  }

  get isOn(): boolean {
    return this.users > 0
  }

  /** A rule that needs tracking came (1) or went (-1). */
  need(change: 1 | -1): void {
    const before = this.users
    this.users += change
    if (before === 0 && this.users === 1) {
      for (const [hook, fn] of this.hooks) this.netfilter.register(hook, fn)
      this.registerSysctls()
    }
    if (before === 1 && this.users === 0) for (const [hook, fn] of this.hooks) this.netfilter.unregister(hook, fn)
  }

  registerSysctls(): void {
    if (this.sysctlsRegistered) return
    this.sysctlsRegistered = true
    const { sysctl, kernel } = this.netfilter.netns
    sysctl.provide(new CtSysctls(this))
    // What the image sets at boot was kept for when the keys are there.
    for (const [key, value] of kernel.options.sysctl) if (key.startsWith('net.netfilter.')) sysctl.write(key, value)
  }

  /** Masqueraded connections end with the address or the device they were given. */
  watchDevices(): void {
    if (this.watchesDevices) return
    this.watchesDevices = true
    this.netfilter.netns.kernel.events.subscribe(this)
  }

  kernelEvent(event: KernelEvent): void {
    if (event.kind !== 'link' && event.kind !== 'addr') return
    if (event.netns !== this.netfilter.netns || (event.kind === 'link' && event.change === 'new' && event.dev.isUp)) return
    if (event.kind === 'addr' && event.change === 'new') return
    const { dev } = event
    for (const connection of this.list()) {
      if (connection.masqueradeIfindex !== dev.ifindex) continue
      if (event.kind === 'link' || connection.reply.dst === event.address.local) this.kill(connection)
    }
  }

  get count(): number {
    this.table.sweep(this.nowUs)
    return this.table.count
  }

  list(): Connection[] {
    return this.table.list(this.nowUs)
  }

  /** `conntrack -D`, -F, a dead device. */
  kill(connection: Connection): void {
    if (connection.has(IPS_CONFIRMED) && !connection.has(IPS_DYING)) this.table.remove(connection)
    this.gone(connection)
  }

  /** `conntrack -I`: an entry made by hand. False: one of the tuples is taken. */
  insert(connection: Connection): boolean {
    const { nowUs } = this
    const { zone } = connection
    if (this.table.find(connection.original, zone, nowUs) !== null || this.table.find(connection.reply, zone, nowUs) !== null) return false
    this.seal(connection)
    return true
  }

  listen(listener: CtListener): () => void {
    this.listeners.add(listener)
    const { scheduler } = this.netfilter.netns.kernel.sim
    // While somebody watches, entries that age out must be told of in time.
    const sweep = (): void => {
      if (!this.listeners.has(listener)) return
      this.table.sweep(this.nowUs)
      scheduler.after(SECOND_US, sweep)
    }
    scheduler.after(SECOND_US, sweep)
    return () => this.listeners.delete(listener)
  }

  emit(event: CtEvent, connection: Connection): void {
    for (const listener of this.listeners) listener(event, connection, this.portid)
  }

  /** Changes that a process asks for carry its name in the events. */
  byProcess<T>(pid: number, act: () => T): T {
    this.portid = pid
    try {
      return act()
    } finally {
      this.portid = 0
    }
  }

  private get nowUs(): number {
    return this.netfilter.nowUs
  }

  gone(connection: Connection): void {
    if (connection.has(IPS_DYING)) return
    connection.status |= IPS_DYING
    this.nat.forget(connection)
    if (connection.has(IPS_CONFIRMED)) this.emit('DESTROY', connection)
  }

  /** Also asked by switches that track packets of their own. */
  track(state: HookState): Verdict {
    const { pkt, ip } = state
    // Seen before (loopback), or a rule of raw wanted none of it.
    if (pkt.ct !== null || pkt.ctState === 'UNTRACKED') return 'ACCEPT'
    const verdict = ip.proto === PROTO_ICMP ? this.trackIcmpError(state) : null
    if (verdict !== null) return verdict
    if (!this.isSound(state)) return this.invalid(state)
    const tuple = tupleOf(ip)
    if (tuple === null) return this.invalid(state)
    const zone = state.ctTemplate?.zone ?? DEFAULT_ZONE
    const found = this.table.find(tuple, zone, this.nowUs)
    if (found === null) return this.begin(state, tuple, zone)
    return this.follow(state, found.connection, found.direction)
  }

  private begin(state: HookState, tuple: Tuple, zone: CtZone): Verdict {
    const { settings } = this
    const reply = invert(tuple)
    if (reply === null) return this.invalid(state)
    if (this.table.count >= settings.max && this.count >= settings.max && !this.dropSomeone(tuple)) return this.refuse(state)
    const connection = new Connection(tuple, reply, zone)
    connection.helper = state.ctTemplate?.helper ?? null
    if (settings.acct !== 0) connection.counters = { packets: [0, 0], bytes: [0, 0] }
    const { payload } = state.ip
    if (tuple.proto === PROTO_ICMP && !isIcmpQuery(tuple.dstPort >> 8)) return this.invalid(state)
    if (tuple.proto === PROTO_TCP) {
      if (payload instanceof Uint8Array || payload.kind !== 'tcp' || !newTcp(connection, payload, settings)) return this.invalid(state)
    }
    return this.follow(state, connection, ORIGINAL)
  }

  /** The packet belongs to `connection` and runs in `direction`: its protocol judges it. */
  private follow(state: HookState, connection: Connection, direction: 0 | 1): Verdict {
    const { pkt } = state
    const wasAssured = connection.has(IPS_ASSURED)
    const tcpBefore = connection.tcp?.state ?? null
    const packetState = ctStateOf(connection, direction)
    const result = this.judge(state, connection, direction)
    switch (result) {
      case 'invalid':
        return this.invalid(state)
      case 'reopen':
        this.kill(connection)
        return this.begin(state, tupleOf(state.ip)!, connection.zone)
      case 'kill':
        this.kill(connection)
        break
      case 'ok':
        if (connection.has(IPS_CONFIRMED) && !connection.has(IPS_FIXED_TIMEOUT)) connection.expiresUs = this.nowUs + connection.timeoutUs
    }
    pkt.ct = connection
    pkt.ctDirection = direction
    pkt.ctState = packetState
    account(connection, direction, state.ip)
    const firstReply = direction === REPLY && !connection.has(IPS_SEEN_REPLY)
    if (firstReply) connection.status |= IPS_SEEN_REPLY
    const changed = firstReply || wasAssured !== connection.has(IPS_ASSURED) || tcpBefore !== (connection.tcp?.state ?? null)
    if (changed && this.listeners.size > 0 && connection.has(IPS_CONFIRMED) && result === 'ok') this.emit('UPDATE', connection)
    if (pkt.trace !== null) note(pkt, connection, direction, packetState)
    return 'ACCEPT'
  }

  private judge(state: HookState, connection: Connection, direction: 0 | 1): TrackResult {
    const { settings } = this
    const { payload, proto } = state.ip
    switch (proto) {
      case PROTO_TCP:
        if (payload instanceof Uint8Array || payload.kind !== 'tcp') return 'invalid'
        return trackTcp(connection, payload, direction, settings)
      case PROTO_UDP:
      case PROTO_UDPLITE:
        return this.stream(connection, settings.udp, settings.udpStream)
      case PROTO_ICMP:
        connection.timeoutUs = settings.icmp * SECOND_US
        return 'ok'
      case PROTO_GRE:
        return this.stream(connection, settings.gre, settings.greStream)
      default:
        connection.timeoutUs = settings.generic * SECOND_US
        return 'ok'
    }
  }

  /** Both ways and still alive after two seconds: a stream, which lives longer and is assured. */
  private stream(connection: Connection, single: number, both: number): TrackResult {
    const { nowUs } = this
    if (!connection.has(IPS_CONFIRMED)) connection.streamUs = nowUs + 2 * SECOND_US
    const isStream = connection.has(IPS_SEEN_REPLY) && nowUs > connection.streamUs
    connection.timeoutUs = (isStream ? both : single) * SECOND_US
    if (isStream) connection.status |= IPS_ASSURED
    return 'ok'
  }

  /** null: not an error message, go on. */
  private trackIcmpError(state: HookState): Verdict | null {
    const { pkt, ip } = state
    const message = ip.payload
    if (message instanceof Uint8Array || message.kind !== 'icmp') return this.invalid(state)
    if (this.isCorrupt(state, message.checksum)) return this.invalid(state)
    if (message.type > 18) return this.invalid(state)
    if (!isIcmpError(message.type)) return null
    const quote = quoteOf(message.payload)
    const inverted = quote === null ? null : invert(quote.tuple)
    if (inverted === null) return this.invalid(state)
    const found = this.table.find(inverted, state.ctTemplate?.zone ?? DEFAULT_ZONE, this.nowUs)
    // The error must be addressed to the sender of the packet it quotes.
    if (found === null || ip.dst !== found.connection.tuple(found.direction).dst) return this.invalid(state)
    pkt.ct = found.connection
    pkt.ctDirection = found.direction
    pkt.ctState = 'RELATED'
    if (pkt.trace !== null) note(pkt, found.connection, found.direction, 'RELATED')
    return 'ACCEPT'
  }

  /** Checks that each protocol makes before anything else (nf_conntrack_tcp_error and its kin). */
  private isSound(state: HookState): boolean {
    const { payload } = state.ip
    if (payload instanceof Uint8Array) return state.ip.proto !== PROTO_TCP && state.ip.proto !== PROTO_UDP
    if (payload.kind === 'tcp' && !hasValidFlags(payload.flags)) return false
    if (payload.kind === 'udp' && payload.checksum === 0) return true
    return !this.isCorrupt(state, payload.checksum)
  }

  private isCorrupt(state: HookState, checksum: number | null): boolean {
    return checksum !== null && this.settings.checksum !== 0 && state.hook === 'PREROUTING'
  }

  private invalid(state: HookState): Verdict {
    this.stats.invalid++
    const { pkt } = state
    pkt.ct = null
    pkt.ctState = 'INVALID'
    if (pkt.trace !== null) noteInvalid(pkt)
    return 'ACCEPT'
  }

  private refuse(state: HookState): Verdict {
    this.stats.drop++
    state.dropReason = 'CONNTRACK_INVALID'
    if (this.nowUs - this.fullLoggedUs > 5 * SECOND_US) {
      this.fullLoggedUs = this.nowUs
      this.netfilter.log(4, 'nf_conntrack: nf_conntrack: table full, dropping packet')
    }
    return 'DROP'
  }

  /** Room for a new entry at the cost of one that is not assured. */
  private dropSomeone(tuple: Tuple): boolean {
    const victim = this.table.victimFor(tuple)
    if (victim === null) return false
    this.stats.earlyDrop++
    this.kill(victim)
    return true
  }

  /** The packet goes out or is delivered: from now on its connection is known. */
  confirm(state: HookState): Verdict {
    const { pkt } = state
    const connection = pkt.ct
    if (connection === null || connection.has(IPS_CONFIRMED) || pkt.ctDirection !== ORIGINAL) return 'ACCEPT'
    if (connection.has(IPS_DYING)) return 'DROP'
    const { zone, original, reply } = connection
    const { nowUs } = this
    if (this.table.find(original, zone, nowUs) !== null || this.table.find(reply, zone, nowUs) !== null) {
      this.stats.insertFailed++
      this.stats.drop++
      state.dropReason = 'NAT_FAILED'
      return 'DROP'
    }
    this.seal(connection)
    return 'ACCEPT'
  }

  private seal(connection: Connection): void {
    const { nowUs } = this
    connection.expiresUs = nowUs + connection.timeoutUs
    connection.startUs = nowUs
    connection.id = this.makeId()
    connection.status |= IPS_CONFIRMED
    this.table.insert(connection, nowUs)
    this.nat.sealed(connection)
    this.stats.insert++
    this.emit('NEW', connection)
  }

  /** Ids look random but are the same in every run. */
  private makeId(): number {
    this.nextId ??= this.netfilter.netns.kernel.random.fork('conntrack').uint32()
    this.nextId = (Math.imul(this.nextId, 1664525) + 1013904223) >>> 0
    return this.nextId
  }
}

function ctStateOf(connection: Connection, direction: 0 | 1): CtState {
  if (direction === REPLY || connection.has(IPS_SEEN_REPLY)) return 'ESTABLISHED'
  return connection.has(IPS_EXPECTED) ? 'RELATED' : 'NEW'
}

function account(connection: Connection, direction: 0 | 1, ip: Ipv4Packet): void {
  const { counters } = connection
  if (counters === null) return
  counters.packets[direction]++
  counters.bytes[direction] += ip.length
}
