// A bridge's forwarding database: which MAC address is behind which port, aged by comparing times.

import type { MacAddress } from '../../addr/mac.js'
import { formatMac, isMulticastMac } from '../../addr/mac.js'
import { Copied } from '../../sim/copied.js'
import { KernelError } from '../errno.js'
import { NetRateLimit } from '../net-rate-limit.js'
import type { BridgeDevice } from './bridge.js'
import type { BridgePort } from './bridge-port.js'

export class FdbEntry extends Copied {
  /** Made by hand or of the bridge itself: never aged. */
  isStatic = false
  /** The bridge's or a port's own address: frames to it go up. */
  isLocal = false
  addedByUser = false
  sticky = false
  usedUs: number
  constructor(
    readonly mac: MacAddress,
    /** null: the bridge device itself. */
    public port: BridgePort | null,
    public updatedUs: number,
  ) {
    super()
    this.usedUs = updatedUs
  }
}

export class Fdb extends Copied {
  private readonly entries = new Map<MacAddress, FdbEntry>()
  private readonly warnings = new NetRateLimit()

  constructor(private readonly bridge: BridgeDevice) {
    super()
  }

  private get nowUs(): number {
    return this.bridge.netns.kernel.sim.scheduler.nowUs
  }

  /** Live entries only. */
  find(mac: MacAddress): FdbEntry | null {
    const entry = this.entries.get(mac)
    if (entry === undefined) return null
    if (entry.isStatic || entry.updatedUs + this.bridge.ageingUs > this.nowUs) return entry
    this.forget(entry)
    return null
  }

  /** br_fdb_cleanup: what is too old goes for good. */
  sweep(): void {
    for (const mac of [...this.entries.keys()]) this.find(mac)
  }

  /** The source of a frame was seen behind `port`. */
  learn(mac: MacAddress, port: BridgePort): void {
    if (this.bridge.ageingUs === 0) return
    const entry = this.find(mac)
    if (entry === null) {
      const made = new FdbEntry(mac, port, this.nowUs)
      this.entries.set(mac, made)
      this.tell('new', made)
      return
    }
    if (entry.isLocal) return this.ownAddressFrom(mac, port)
    entry.updatedUs = this.nowUs
    if (entry.port === port || entry.sticky) return
    entry.port = port
    this.tell('new', entry)
  }

  /** br_fdb_update: its own frame came back, by a loop or from somebody with the same address. */
  private ownAddressFrom(mac: MacAddress, port: BridgePort): void {
    const text = `${this.bridge.name}: received packet on ${port.dev.name} with own address as source address (addr:${formatMac(mac)}, vlan:0)`
    this.warnings.log(this.bridge.netns.kernel, 4, text)
  }

  /** `bridge fdb add|append|replace`. */
  add(mac: MacAddress, port: BridgePort | null, kind: 'static' | 'local' | 'dynamic', replace: boolean): void {
    if (isMulticastMac(mac)) throw new KernelError('EINVAL')
    const present = this.find(mac)
    if (present !== null && !replace) throw new KernelError('EEXIST')
    const entry = new FdbEntry(mac, port, this.nowUs)
    entry.isStatic = kind !== 'dynamic'
    entry.isLocal = kind === 'local' || port === null
    entry.addedByUser = true
    this.entries.set(mac, entry)
    this.tell('new', entry)
  }

  /** `bridge fdb del`. */
  delete(mac: MacAddress, port: BridgePort | null): void {
    const entry = this.find(mac)
    if (entry === null || entry.port !== port) throw new KernelError('ENOENT')
    this.forget(entry)
  }

  /** The own address of a port or of the bridge; another port with the same address keeps it. */
  addLocal(mac: MacAddress, port: BridgePort | null): void {
    const present = this.entries.get(mac)
    if (present?.isLocal === true) return
    const entry = new FdbEntry(mac, port, this.nowUs)
    entry.isStatic = true
    entry.isLocal = true
    this.entries.set(mac, entry)
    this.tell('new', entry)
  }

  deleteLocal(mac: MacAddress, port: BridgePort | null): void {
    const entry = this.entries.get(mac)
    if (entry === undefined || !entry.isLocal || entry.port !== port || entry.addedByUser) return
    this.forget(entry)
    for (const other of this.bridge.ports) if (other !== port && other.dev.mac === mac) return this.addLocal(mac, other)
    if (port !== null && this.bridge.mac === mac) this.addLocal(mac, null)
  }

  /** Learned entries of a port (all of them with `alsoStatic`). */
  flushPort(port: BridgePort, alsoStatic: boolean): void {
    for (const entry of [...this.entries.values()]) {
      if (entry.port === port && (alsoStatic || !entry.isStatic)) this.forget(entry)
    }
  }

  flushLearned(): void {
    for (const entry of [...this.entries.values()]) if (!entry.isStatic) this.forget(entry)
  }

  /** In the order they were made. */
  list(): FdbEntry[] {
    return [...this.entries.values()].filter((entry) => this.find(entry.mac) !== null)
  }

  private forget(entry: FdbEntry): void {
    this.entries.delete(entry.mac)
    this.tell('del', entry)
  }

  private tell(change: 'new' | 'del', entry: FdbEntry): void {
    const { kernel } = this.bridge.netns
    if (!kernel.events.isWatched) return
    const port = entry.port?.dev ?? this.bridge
    kernel.events.emit({ kind: 'fdb', change, netns: this.bridge.netns, bridge: this.bridge, port, mac: entry.mac })
  }
}
