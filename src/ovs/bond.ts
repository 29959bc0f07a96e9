// Bonds: several ports that NORMAL treats as one. One of them is active, or a hash of source and VLAN spreads the packets.
import type { MacAddress } from '../addr/mac.js'
import { BROADCAST_MAC, isMulticastMac } from '../addr/mac.js'
import { newPacket } from '../kernel/packet.js'
import type { Task, Timer } from '../sim/scheduler.js'
import { EthernetFrame } from '../wire/ethernet.js'
import { ETHERTYPE_RARP } from './match-set.js'
import type { OfPort } from './ports.js'
import { atLeast } from './version.js'

export type BondMode = 'active-backup' | 'balance-slb' | 'balance-tcp'

export interface BondConfig {
  readonly name: string
  readonly mode: BondMode
  readonly updelayMs: number
  readonly downdelayMs: number
  /** Name of the interface that is active whenever it can be; null: none. */
  readonly primary: string | null
}

export class BondMember {
  isEnabled = false
  /** When it will be enabled or disabled, if its link stays as it is; null: nothing is due. */
  dueUs: number | null = null

  constructor(readonly port: OfPort) {}

  get name(): string {
    return this.port.name
  }

  get mayEnable(): boolean {
    return this.port.dev?.isRunning === true && !this.port.config.down
  }
}

/** What a bond tells of itself, for the daemon's log. */
export type BondLog = (text: string) => void

export class Bond implements Task {
  readonly members: BondMember[] = []
  active: BondMember | null = null
  private timer: Timer | null = null

  constructor(
    public config: BondConfig,
    private readonly log: BondLog,
  ) {}

  get name(): string {
    return this.config.name
  }

  /** Stands for all members where one port is wanted: in MAC tables and floods. */
  get face(): OfPort {
    return this.members[0]!.port
  }

  private get word(): string {
    return atLeast(this.face.bridge.vswitch.version, '2.15') ? 'member' : this.isOldest ? 'interface' : 'slave'
  }

  private get isOldest(): boolean {
    return !atLeast(this.face.bridge.vswitch.version, '2.1')
  }

  /** Members as they are wanted; those that stay keep their state. */
  setMembers(ports: readonly OfPort[]): void {
    const kept = ports.map((port) => this.members.find((member) => member.port === port) ?? new BondMember(port))
    for (const member of this.members) if (!kept.includes(member)) member.port.bond = null
    this.members.splice(0, this.members.length, ...kept.sort((a, b) => (a.name < b.name ? -1 : 1)))
    for (const { port } of kept) port.bond = this
    if (this.active !== null && !kept.includes(this.active)) this.active = null
    this.refresh()
  }

  dissolve(): void {
    this.timer?.cancel()
    for (const { port } of this.members) port.bond = null
    this.members.length = 0
  }

  memberOf(port: OfPort): BondMember | null {
    return this.members.find((member) => member.port === port) ?? null
  }

  /** bond_run: a link has changed, or a delay is over. */
  refresh(): void {
    if (this.members.length === 0) return
    const { vswitch } = this.face.bridge
    const { nowUs } = vswitch
    const before = this.active
    for (const member of this.members) this.follow(member, nowUs)
    if (this.active === null || !this.active.isEnabled) this.chooseActive(nowUs)
    this.timer?.cancel()
    this.timer = null
    const due = Math.min(...this.members.map((member) => member.dueUs ?? Number.POSITIVE_INFINITY))
    if (Number.isFinite(due)) this.timer = vswitch.kernel.sim.scheduler.at(due, this)
    vswitch.changed()
    if (before !== null && before !== this.active && this.config.mode !== 'balance-slb') this.teach()
  }

  fire(): void {
    this.refresh()
  }

  private follow(member: BondMember, nowUs: number): void {
    const { mayEnable } = member
    const what = `${this.isOldest ? 'interface' : this.word} ${member.name}`
    if (mayEnable === member.isEnabled) {
      if (member.dueUs === null) return
      member.dueUs = null
      this.log(`${what}: link state ${mayEnable ? 'up' : 'down'}`)
      this.log(`${what}: will not be ${mayEnable ? 'disabled' : 'enabled'}`)
    } else if (member.dueUs === null) {
      const delayMs = mayEnable ? this.config.updelayMs : this.config.downdelayMs
      this.log(`${what}: link state ${mayEnable ? 'up' : 'down'}`)
      if (delayMs > 0) {
        this.log(`${what}: will be ${mayEnable ? 'enabled' : 'disabled'} if it stays ${mayEnable ? 'up' : 'down'} for ${delayMs} ms`)
      }
      member.dueUs = nowUs + 1000 * delayMs
    }
    if (member.dueUs !== null && nowUs >= member.dueUs) this.enable(member, mayEnable)
  }

  private enable(member: BondMember, on: boolean): void {
    member.dueUs = null
    if (member.isEnabled === on) return
    member.isEnabled = on
    this.log(`${this.word} ${member.name}: ${on ? 'enabled' : 'disabled'}`)
  }

  /** One whose delay is running is better than none. */
  private chooseActive(nowUs: number): void {
    const { primary } = this.config
    const enabled = this.members.filter((member) => member.isEnabled)
    let next = enabled.find((member) => member.name === primary) ?? enabled[0] ?? null
    if (next === null) {
      const waiting = this.members.filter((member) => member.dueUs !== null && member.mayEnable).sort((a, b) => a.dueUs! - b.dueUs!)
      next = waiting[0] ?? null
      if (next !== null) {
        const left = Math.ceil((next.dueUs! - nowUs) / 1000)
        this.log(`bond ${this.name}: skipping remaining ${left} ms updelay since no other ${this.word} was enabled`)
        this.enable(next, true)
      }
    }
    if (next === this.active) return
    this.active = next
    this.log(next === null ? `bond ${this.name}: all ${this.word}s disabled` : `bond ${this.name}: active ${this.word} is now ${next.name}`)
  }

  /** `bond/set-active-member`: it must be enabled. */
  setActive(member: BondMember): boolean {
    if (!member.isEnabled) return false
    if (member === this.active) return true
    this.active = member
    this.log(`bond ${this.name}: active ${this.word} is now ${member.name}`)
    member.port.bridge.vswitch.changed()
    if (this.config.mode !== 'balance-slb') this.teach()
    return true
  }

  /** `bond/enable-member`, `bond/disable-member`: until the link says otherwise. */
  setEnabled(member: BondMember, on: boolean): void {
    this.enable(member, on)
    this.refresh()
  }

  /** bond_choose_output_member. null: nothing leaves. */
  outputFor(src: MacAddress, vlan: number): OfPort | null {
    switch (this.config.mode) {
      case 'active-backup':
        return this.active?.port ?? null
      case 'balance-slb': {
        const enabled = this.members.filter((member) => member.isEnabled)
        return enabled[hashMac(src, vlan) % enabled.length]?.port ?? null
      }
      case 'balance-tcp':
        // Only with a partner that speaks LACP.
        return null
    }
  }

  /** bond_check_admissibility. `moved`: only when its source is not known to be elsewhere in the bridge. */
  admits(port: OfPort, dst: MacAddress): 'yes' | 'no' | 'unless-moved' {
    if (isMulticastMac(dst) && this.active?.port !== port) return 'no'
    switch (this.config.mode) {
      case 'active-backup':
        return this.active?.port === port ? 'yes' : 'no'
      case 'balance-slb':
        return 'unless-moved'
      case 'balance-tcp':
        return 'no'
    }
  }

  /** The other side must learn that the hosts behind this bridge are reached by another link now: one frame for each of them. */
  private teach(): void {
    const port = this.active?.port
    if (port?.dev == null) return
    const { bridge } = port
    const { sim } = bridge.vswitch.kernel
    for (const entry of bridge.macTable.list()) {
      if (entry.port.bond === this) continue
      let frame = new EthernetFrame({ dst: BROADCAST_MAC, src: entry.mac, type: ETHERTYPE_RARP, payload: rarp(entry.mac) })
      if (entry.vlan !== 0) frame = frame.pushVlan({ tpid: 0x8100, tci: entry.vlan })
      port.dev.transmit(newPacket(sim, port.dev, frame))
    }
  }
}

/** "Reverse request": who am I? */
function rarp(mac: MacAddress): Uint8Array {
  const bytes = new Uint8Array(28)
  bytes.set([0, 1, 8, 0, 6, 4, 0, 3])
  for (const at of [8, 18]) for (let i = 0; i < 6; i++) bytes[at + i] = Math.floor(mac / 2 ** (40 - 8 * i)) & 0xff
  return bytes
}

/** One of 256 slots. */
function hashMac(mac: MacAddress, vlan: number): number {
  let hash = Math.imul((mac % 0x100000000) | 0, 0x9e3779b1) ^ Math.imul(Math.floor(mac / 0x100000000) + (vlan << 16), 0x85ebca6b)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash >>> 16) & 0xff
}
