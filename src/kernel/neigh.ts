// Neighbour entries and their states (NUD), shared by ARP and neighbour discovery (Linux: neighbour.c).

import type { MacAddress } from '../addr/mac.js'
import { Copied } from '../sim/copied.js'
import type { Task, Timer } from '../sim/scheduler.js'
import { EthernetFrame } from '../wire/ethernet.js'
import type { NeighConf } from './conf.js'
import { KernelError } from './errno.js'
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { drop, hold, release } from './packet.js'
import { noteNeighbour } from './trace-notes.js'

export type NudState = 'NONE' | 'INCOMPLETE' | 'REACHABLE' | 'STALE' | 'DELAY' | 'PROBE' | 'FAILED' | 'NOARP' | 'PERMANENT'

/** What differs between ARP and neighbour discovery. */
export interface NeighbourProtocol<A extends number | bigint> {
  /** Asks for the address: unicast to `lladdr` while that is not null. `queued`: the packet that waits first. */
  solicit(neighbour: Neighbour<A>, lladdr: MacAddress | null, queued: Packet | null): void
  /** Nobody answered: tell the sender of a packet that waited. */
  unreachable(neighbour: Neighbour<A>, pkt: Packet): void
  conf(dev: NetDevice): NeighConf
  reachable(dev: NetDevice): ReachableTime
  tell(neighbour: Neighbour<A>, change: 'new' | 'del'): void
}

/** reachable_time: base_reachable_time times 0.5 to 1.5, drawn anew every five minutes. */
export class ReachableTime extends Copied {
  private base = -1
  private drawnUs = 0
  private valueUs = 0
  of(conf: NeighConf, netns: NetNamespace): number {
    const now = netns.nowUs
    if (this.base !== conf.base_reachable_time_ms || now - this.drawnUs > 300_000_000) {
      this.base = conf.base_reachable_time_ms
      this.drawnUs = now
      this.valueUs = this.base === 0 ? 0 : (this.base / 2 + netns.kernel.random.below(this.base)) * 1000
    }
    return this.valueUs
  }
}

export interface LearnOptions {
  /** A different link-layer address may replace the known one. */
  override: boolean
  /** By command: nothing is sacred. */
  admin?: boolean
}

/** NUD_VALID: its link address can be used. */
export function isValid(state: NudState): boolean {
  return state !== 'NONE' && state !== 'INCOMPLETE' && state !== 'FAILED'
}

function isConnected(state: NudState): boolean {
  return state === 'REACHABLE' || state === 'PERMANENT' || state === 'NOARP'
}

/** What a small frame costs in a socket buffer; the queue of an unresolved neighbour is limited in such bytes. */
function trueSize(pkt: Packet): number {
  return pkt.frame.length <= 320 ? 768 : pkt.frame.length + 768
}

export class Neighbour<A extends number | bigint> extends Copied implements Task {
  state: NudState = 'NONE'
  lladdr: MacAddress | null = null
  isRouter = false
  usedUs: number
  confirmedUs: number
  updatedUs: number
  probes = 0
  isDead = false
  /** Packets that wait for the address. */
  readonly queue: Packet[] = []
  private queueBytes = 0
  private timer: Timer | null = null

  constructor(
    readonly dev: NetDevice,
    readonly address: A,
    private readonly protocol: NeighbourProtocol<A>,
  ) {
    super()
    this.usedUs = this.updatedUs = this.confirmedUs = dev.netns.nowUs
  }

  private get nowUs(): number {
    return this.dev.netns.kernel.sim.scheduler.nowUs
  }

  private get conf(): NeighConf {
    return this.protocol.conf(this.dev)
  }

  private get reachableUs(): number {
    return this.protocol.reachable(this.dev).of(this.conf, this.dev.netns)
  }

  private get retransUs(): number {
    return Math.max(this.conf.retrans_time_ms * 1000, 10_000)
  }

  /** neigh_output: sends at once, or holds the packet and asks. */
  output(pkt: Packet): void {
    if (pkt.trace !== null && typeof this.address === 'number') noteNeighbour(pkt, this as unknown as Neighbour4)
    switch (this.state) {
      case 'REACHABLE':
      case 'PERMANENT':
      case 'NOARP':
        return this.send(pkt)
      case 'DELAY':
      case 'PROBE':
        this.usedUs = this.nowUs
        return this.send(pkt)
      case 'STALE':
        this.usedUs = this.updatedUs = this.nowUs
        this.enter('DELAY', this.conf.delay_first_probe_time * 1_000_000)
        return this.send(pkt)
      case 'NONE':
      case 'FAILED':
        this.enqueue(pkt)
        this.startResolving()
        return
      case 'INCOMPLETE':
        this.enqueue(pkt)
        return
    }
  }

  private send(pkt: Packet): void {
    const dev = this.dev
    const frame = pkt.frame
    pkt.frame = new EthernetFrame({ dst: this.lladdr!, src: dev.mac, type: frame.type, payload: frame.payload })
    dev.transmit(pkt)
  }

  private enqueue(pkt: Packet): void {
    this.usedUs = this.nowUs
    this.queueBytes += trueSize(pkt)
    while (this.queue.length > 0 && this.queueBytes > this.conf.unres_qlen_bytes) {
      const oldest = this.queue.shift()!
      this.queueBytes -= trueSize(oldest)
      release(oldest)
      drop(oldest, 'NEIGH_QUEUEFULL', this.dev)
    }
    hold(pkt, this.dev)
    this.queue.push(pkt)
  }

  private startResolving(): void {
    this.probes = this.conf.ucast_solicit
    this.updatedUs = this.nowUs
    this.enter('INCOMPLETE', this.retransUs)
    this.probe()
  }

  /** Asks without a packet that waits (a redirect named a new gateway). */
  resolve(): void {
    if (this.state === 'NONE' || this.state === 'FAILED') this.startResolving()
  }

  private probe(): void {
    const unicast = this.probes < this.conf.ucast_solicit ? this.lladdr : null
    this.probes++
    this.protocol.solicit(this, unicast, this.queue[0] ?? null)
  }

  private enter(state: NudState, timerUs: number | null): void {
    this.state = state
    this.timer?.cancel()
    this.timer = timerUs === null ? null : this.dev.netns.kernel.sim.scheduler.after(timerUs, this)
  }

  /** neigh_timer_handler */
  fire(): void {
    this.timer = null
    const now = this.nowUs
    const delayUs = this.conf.delay_first_probe_time * 1_000_000
    switch (this.state) {
      case 'REACHABLE':
        if (now < this.confirmedUs + this.reachableUs) return this.enter('REACHABLE', this.confirmedUs + this.reachableUs - now)
        this.updatedUs = now
        if (now <= this.usedUs + delayUs) return this.enter('DELAY', delayUs)
        this.enter('STALE', null)
        return this.protocol.tell(this, 'new')
      case 'DELAY':
        this.updatedUs = now
        if (now <= this.confirmedUs + delayUs) {
          this.enter('REACHABLE', Math.max(this.confirmedUs + this.reachableUs - now, 1))
          return this.protocol.tell(this, 'new')
        }
        this.probes = 0
        this.enter('PROBE', this.retransUs)
        this.protocol.tell(this, 'new')
        return this.probe()
      case 'PROBE':
      case 'INCOMPLETE':
        return this.retry()
      case 'NONE':
      case 'STALE':
      case 'FAILED':
      case 'NOARP':
      case 'PERMANENT':
        return
    }
  }

  private retry(): void {
    const conf = this.conf
    const limit = conf.ucast_solicit + conf.app_solicit + (this.state === 'PROBE' ? conf.mcast_resolicit : conf.mcast_solicit)
    if (this.probes >= limit) return this.fail()
    this.enter(this.state, this.retransUs)
    this.probe()
  }

  private fail(): void {
    this.updatedUs = this.nowUs
    this.enter('FAILED', null)
    this.protocol.tell(this, 'new')
    for (const pkt of this.takeQueue()) this.protocol.unreachable(this, pkt)
  }

  private takeQueue(): Packet[] {
    const queued = this.queue.splice(0)
    this.queueBytes = 0
    for (const pkt of queued) release(pkt)
    return queued
  }

  /** __neigh_update: something was heard (or said by hand) about the address. False: it may not be changed. */
  update(lladdr: MacAddress | null, wanted: NudState, options: LearnOptions): boolean {
    const old = this.state
    const admin = options.admin === true
    if (!admin && (old === 'NOARP' || old === 'PERMANENT')) return false
    if (!isValid(wanted)) {
      this.enter(wanted, null)
      if (wanted === 'FAILED') for (const pkt of this.takeQueue()) this.protocol.unreachable(this, pkt)
      if (isValid(old)) this.protocol.tell(this, 'new')
      return true
    }
    const known = isValid(old) ? this.lladdr : null
    const next = lladdr ?? known
    if (next === null) throw new KernelError('EINVAL', 'No link layer address given')
    if (isConnected(wanted)) this.confirmedUs = this.nowUs
    let state = wanted
    if (isValid(old)) {
      if (next !== this.lladdr && !options.override) return true
      if (next === this.lladdr && wanted === 'STALE' && !admin) state = old
    }
    this.become(state, next)
    return true
  }

  private become(state: NudState, lladdr: MacAddress): void {
    const old = this.state
    const changed = state !== old || lladdr !== this.lladdr
    if (changed) this.updatedUs = this.nowUs
    if (state !== old) {
      if (state === 'PROBE') this.probes = 0
      const timerUs = state === 'REACHABLE' ? this.reachableUs : state === 'DELAY' || state === 'PROBE' ? 0 : null
      this.enter(state, timerUs)
    }
    if (lladdr !== this.lladdr) {
      this.lladdr = lladdr
      if (!isConnected(state)) this.confirmedUs = this.nowUs - 2000 * this.conf.base_reachable_time_ms
    }
    if (changed) this.protocol.tell(this, 'new')
    if (!isValid(old)) for (const pkt of this.takeQueue()) this.output(pkt)
  }

  /** The entry is deleted, or its device went down. */
  kill(): void {
    this.isDead = true
    this.timer?.cancel()
    this.timer = null
    for (const pkt of this.takeQueue()) drop(pkt, 'NEIGH_DEAD', this.dev)
    this.protocol.tell(this, 'del')
  }
}

export type Neighbour4 = Neighbour<number>
export type Neighbour6 = Neighbour<bigint>

/** Every change that `ip neigh add|replace|change` can ask for. */
export interface NeighUpdate {
  lladdr?: MacAddress | null
  state: NudState
}

export type NeighSetMode = 'add' | 'replace' | 'change'

/** Entries of one protocol on a device: the map on the device is the table. */
export function setNeighbour<A extends number | bigint>(
  entries: Map<A, Neighbour<A>>,
  make: () => Neighbour<A>,
  request: { address: A; update: NeighUpdate; mode: NeighSetMode },
): void {
  const { address, update, mode } = request
  let entry = entries.get(address)
  if (entry !== undefined && mode === 'add') throw new KernelError('EEXIST')
  if (entry === undefined && mode === 'change') throw new KernelError('ENOENT')
  const lladdr = update.lladdr ?? null
  if (entry === undefined) {
    if (isValid(update.state) && lladdr === null) throw new KernelError('EINVAL', 'No link layer address given')
    entry = make()
    entries.set(address, entry)
  }
  entry.update(lladdr, update.state, { override: true, admin: true })
}
