// ovs-vswitchd follows the database: bridges and ports come, go and change, and what became of them is written back.
import type { Kernel } from '../../kernel/kernel.js'
import { setVSwitch } from '../registry.js'
import { atLeast } from '../version.js'
import { VSwitch } from '../vswitch.js'
import { BridgeWork } from './bridge-work.js'
import type { OvsDb } from './database.js'
import { setOf } from './datum.js'
import { InterfaceStatus } from './interface-status.js'
import type { Row } from './rows.js'
import type { Transaction } from './transaction.js'

/** A line for ovs-vswitchd.log. */
export type SwitchLog = (module: string, level: 'INFO' | 'WARN' | 'ERR', text: string) => void

export interface SwitchHost {
  readonly log: SwitchLog
  /** A device came or went: `run` is to be called soon. */
  wake(): void
}

const IFACE_TYPES = [
  'bareudp',
  'erspan',
  'geneve',
  'gre',
  'gtpu',
  'internal',
  'ip6erspan',
  'ip6gre',
  'lisp',
  'patch',
  'stt',
  'system',
  'tap',
  'vxlan',
]

export class Reconfigurer {
  vswitch: VSwitch | null = null
  /** By uuid of the Bridge row. */
  private readonly bridges = new Map<string, BridgeWork>()
  private stopWatching: (() => void) | null = null

  constructor(
    private readonly db: OvsDb,
    private readonly kernel: Kernel,
    private readonly host: SwitchHost,
  ) {}

  get isRunning(): boolean {
    return this.vswitch !== null && !this.vswitch.isAway
  }

  start(): void {
    if (this.isRunning) return
    if (this.vswitch === null) this.vswitch = new VSwitch(this.kernel, this.db.ovsVersion)
    else this.takeOver(this.vswitch)
    setVSwitch(this.kernel, this.vswitch)
    this.db.live = new InterfaceStatus(this.kernel, this.bridges)
    this.stopWatching = this.kernel.events.subscribe((event) => {
      if (event.kind === 'link' && this.concerns(event.dev.name, event.change)) this.host.wake()
    })
  }

  /** A new daemon finds the kernel's datapath with its devices; flows, groups and learned addresses went with the old one. */
  private takeOver(vswitch: VSwitch): void {
    vswitch.isAway = false
    for (const work of this.bridges.values()) work.forgetFlows()
  }

  /** The daemon ends. What is in the kernel stays and goes on as it can; the userspace datapath was a part of the daemon. */
  stop(): void {
    if (this.vswitch === null || !this.isRunning) return
    this.stopWatching?.()
    this.freeze()
    this.db.live = null
    for (const [uuid, bridge] of this.bridges) {
      if (bridge.datapathType !== 'netdev') continue
      bridge.remove()
      this.bridges.delete(uuid)
    }
    setVSwitch(this.kernel, null)
    this.vswitch.isAway = true
  }

  /** A device that a port waits for came, or one that is a port went. */
  private concerns(name: string, change: 'new' | 'del'): boolean {
    for (const bridge of this.bridges.values()) if (bridge.concernedBy(name, change)) return true
    return false
  }

  /** Brings the switch to what the database says. */
  run(): void {
    const { root } = this.db
    if (root === null || this.vswitch === null || this.vswitch.isAway) return
    const wanted = root.refs('bridges')
    for (const [uuid, work] of this.bridges) {
      const row = wanted.find((bridge) => bridge.uuid === uuid)
      if (row !== undefined && row.text('datapath_type') === work.datapathType) continue
      work.remove()
      this.bridges.delete(uuid)
    }
    for (const row of wanted) if (!this.bridges.has(row.uuid)) this.bridges.set(row.uuid, new BridgeWork(row, this.vswitch, this.host.log))
    for (const row of wanted) this.bridges.get(row.uuid)!.sync()
    this.report(root)
  }

  /** Port numbers, errors, ids; and that this configuration is in force. */
  private report(root: Row): void {
    const txn = this.db.begin()
    txn.isReport = true
    for (const work of this.bridges.values()) work.report(txn)
    const draft = txn.row('Open_vSwitch', root.uuid)!
    draft.set('cur_cfg', root.stored('next_cfg'))
    if (atLeast(this.db.ovsVersion, '2.5') && root.stored('iface_types').keys.length === 0) {
      draft.set('datapath_types', setOf(['netdev', 'system']))
      draft.set('iface_types', setOf(IFACE_TYPES))
    }
    txn.commit()
  }

  /** What was read live until now stays as it was. */
  private freeze(): void {
    const { live } = this.db
    if (live === null) return
    const txn: Transaction = this.db.begin()
    for (const row of this.db.table('Interface').rows.values()) {
      const draft = txn.row('Interface', row.uuid)!
      for (const column of row.table.schema.columns.keys()) {
        const datum = live.read(row, column)
        if (datum !== undefined) draft.set(column, datum)
      }
    }
    txn.commit()
  }
}
