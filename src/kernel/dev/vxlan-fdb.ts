// A VXLAN device's forwarding database: behind which remote ends a MAC address is. 00:00:00:00:00:00 stands for all unknown ones.
import type { Ipv4Address } from '../../addr/ipv4.js'
import type { MacAddress } from '../../addr/mac.js'
import { KernelError } from '../errno.js'
import type { NetDevice } from '../netdev.js'
import type { VxlanDevice } from './vxlan.js'

export interface VxlanRemote {
  readonly ip: Ipv4Address
  /** 0: the device's own port and VNI. */
  readonly port: number
  readonly vni: number
  readonly via: NetDevice | null
}

export type VxlanEntryState = 'permanent' | 'static' | 'reachable'

export class VxlanFdbEntry {
  usedUs: number
  updatedUs: number
  constructor(
    readonly mac: MacAddress,
    public state: VxlanEntryState,
    public remotes: readonly VxlanRemote[],
    nowUs: number,
  ) {
    this.usedUs = this.updatedUs = nowUs
  }
}

export class VxlanFdb {
  private readonly entries = new Map<MacAddress, VxlanFdbEntry>()

  constructor(private readonly dev: VxlanDevice) {}

  private get nowUs(): number {
    return this.dev.netns.kernel.sim.scheduler.nowUs
  }

  /** Live ones; being looked up keeps a learned one alive (f->used). */
  use(mac: MacAddress): VxlanFdbEntry | null {
    const entry = this.find(mac)
    if (entry !== null) entry.usedUs = this.nowUs
    return entry
  }

  find(mac: MacAddress): VxlanFdbEntry | null {
    const entry = this.entries.get(mac)
    if (entry === undefined) return null
    if (entry.state !== 'reachable' || this.dev.config.ageing === 0) return entry
    if (entry.usedUs + this.dev.config.ageing * 1_000_000 > this.nowUs) return entry
    this.entries.delete(mac)
    return null
  }

  /** vxlan_snoop. False: the address is fixed elsewhere and the frame must be dropped. */
  learn(mac: MacAddress, from: Ipv4Address): boolean {
    const entry = this.use(mac)
    if (entry === null) {
      this.make(mac, 'reachable', { ip: from, port: 0, vni: 0, via: null })
      return true
    }
    if (entry.remotes[0]?.ip === from) {
      entry.updatedUs = this.nowUs
      return true
    }
    if (entry.state !== 'reachable') return false
    entry.remotes = [{ ip: from, port: 0, vni: 0, via: null }]
    entry.updatedUs = this.nowUs
    return true
  }

  private make(mac: MacAddress, state: VxlanEntryState, remote: VxlanRemote): void {
    if (this.dev.config.maxAddresses !== 0 && this.entries.size >= this.dev.config.maxAddresses) throw new KernelError('ENOSPC')
    this.entries.set(mac, new VxlanFdbEntry(mac, state, [remote], this.nowUs))
  }

  /** `bridge fdb add|append|replace`. */
  change(change: 'add' | 'append' | 'replace', mac: MacAddress, state: VxlanEntryState, remote: VxlanRemote): void {
    const entry = this.find(mac)
    if (entry === null) return this.make(mac, state, remote)
    if (change === 'add') throw new KernelError('EEXIST')
    entry.state = state
    entry.updatedUs = this.nowUs
    if (change === 'replace') {
      if (mac === 0) throw new KernelError('EOPNOTSUPP', 'Cannot replace non-unicast fdb entries')
      entry.remotes = [remote]
    } else if (!entry.remotes.some((each) => isSame(each, remote))) entry.remotes = [...entry.remotes, remote]
  }

  /** `bridge fdb del MAC dev DEV [dst ADDRESS]`: one remote end, or the entry. */
  delete(mac: MacAddress, remote: VxlanRemote | null): void {
    const entry = this.find(mac)
    if (entry === null) throw new KernelError('ENOENT')
    if (remote !== null && entry.remotes.length > 1) {
      entry.remotes = entry.remotes.filter((each) => !isSame(each, remote))
      return
    }
    if (remote === null || entry.remotes.some((each) => isSame(each, remote))) this.entries.delete(mac)
  }

  /** Learned ones (the device goes down); all of them with `bridge fdb flush`. */
  flush(which: 'learned' | 'all'): void {
    for (const entry of [...this.entries.values()]) if (which === 'all' || entry.state === 'reachable') this.entries.delete(entry.mac)
  }

  /** Newest first, as the kernel lists them. */
  list(): VxlanFdbEntry[] {
    return [...this.entries.keys()]
      .map((mac) => this.find(mac))
      .filter((entry) => entry !== null)
      .reverse()
  }
}

function isSame(a: VxlanRemote, b: VxlanRemote): boolean {
  return a.ip === b.ip && a.port === b.port && a.vni === b.vni && a.via === b.via
}
