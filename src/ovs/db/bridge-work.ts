// One bridge of the database and the bridge of the switch that follows it.

import type { MacAddress } from '../../addr/mac.js'
import { KernelError } from '../../kernel/errno.js'
import type { DatapathType, OfBridge } from '../bridge.js'
import { OFPP_LOCAL } from '../port-numbers.js'
import type { OfPort } from '../ports.js'
import { atLeast, type OpenFlowVersion } from '../version.js'
import type { VSwitch } from '../vswitch.js'
import { bridgeMac, datapathId, formatDatapathId, macOfUuid } from './bridge-identity.js'
import { type MirrorWork, syncBonds, syncMirrors } from './bundle-work.js'
import { EMPTY, scalar } from './datum.js'
import { type InterfaceConfig, interfaceConfig, kindOf, macOf, UNEMULATED_TYPES, vlanConfig } from './interface-config.js'
import { inNameOrder } from './name-order.js'
import type { SwitchLog } from './reconfigure.js'
import type { Row } from './rows.js'
import type { Transaction } from './transaction.js'

/** An interface of the bridge, with its port when there is one. */
export class InterfaceWork {
  port: OfPort | null = null
  error: string | null = null
  /** Revisions of the rows that were last followed; negative: followed anew next time. */
  seenRow = -1
  seenPort = -1
  /** What the port was told last. */
  settings = ''

  /** It never changes. */
  readonly name: string

  constructor(
    readonly row: Row,
    public portRow: Row,
  ) {
    this.name = row.text('name')!
  }
}

export class BridgeWork {
  of: OfBridge | null = null
  readonly datapathType: string
  readonly interfaces = new Map<string, InterfaceWork>()
  mirrors: readonly MirrorWork[] = []
  private error: string | null = null
  /** Revisions of the rows that say which interfaces there are. */
  private seenRow = -1
  private readonly seenPorts = new Map<Row, number>()
  private hasBonds = false
  /** Of this row's uuid; made once. */
  private readonly ownMac: MacAddress

  constructor(
    readonly row: Row,
    private readonly vswitch: VSwitch,
    private readonly log: SwitchLog,
  ) {
    this.datapathType = row.text('datapath_type')!
    this.ownMac = macOfUuid(row.uuid)
  }

  get name(): string {
    return this.row.text('name')!
  }

  remove(): void {
    if (this.of !== null) this.vswitch.removeBridge(this.of)
    this.of = null
    this.interfaces.clear()
  }

  /** A new ovs-vswitchd knows nothing of what was in the tables. */
  forgetFlows(): void {
    const { of } = this
    if (of === null) return
    of.flushFlows()
    of.setFailMode(of.failMode)
    of.groupMod({ command: 'delete', id: null, group: null })
    of.macTable.flush()
  }

  concernedBy(device: string, change: 'new' | 'del'): boolean {
    for (const work of this.interfaces.values()) {
      if (work.name !== device) continue
      return change === 'new' ? work.port === null : work.port !== null
    }
    return false
  }

  sync(): void {
    if (this.haveRowsChanged()) this.followRows()
    let changed: InterfaceWork[] = []
    const plug = (addLocal: () => void): void => {
      const all = [...this.interfaces.values()]
      changed = all.filter((work) => this.hasChanged(work))
      if (changed.length > 1) changed = inNameOrder(all, (work) => work.portRow.text('name')!).filter((work) => changed.includes(work))
      for (const work of changed) if (work.port !== null && this.mustGo(work)) this.letGo(work)
      this.plug(changed, addLocal)
    }
    if (this.of !== null) plug(() => {})
    else this.make(plug)
    if (this.of === null) return
    for (const work of changed) this.configure(work)
    if (this.hasBonds || this.of.bonds.size > 0) syncBonds(this.of, this.interfaces.values(), this.log)
    if (this.mirrors.length > 0 || this.row.stored('mirrors').keys.length > 0)
      this.mirrors = syncMirrors(this.of, this.row, this.interfaces.values(), this.mirrors, this.log)
    this.configureBridge(this.of)
  }

  /** Those that ask for a number come first, so that nobody else takes it. */
  private plug(changed: readonly InterfaceWork[], addLocal: () => void): void {
    let hasLocal = false
    for (const work of changed)
      if (work.port === null && work.row.number('ofport_request') !== null && work.name !== this.name) this.add(work)
    for (const work of changed) {
      if (work.name === this.name && !hasLocal) {
        addLocal()
        hasLocal = true
      }
      if (work.port === null && work.error === null) this.add(work)
    }
    if (!hasLocal) addLocal()
  }

  private make(plug: (addLocal: () => void) => void): void {
    const { name } = this
    const datapathType: DatapathType = this.datapathType === 'netdev' ? 'netdev' : 'system'
    if (!['', 'system', 'netdev'].includes(this.datapathType)) {
      this.fail(`could not create ${this.datapathType} datapath ${name} of unknown type ${this.datapathType}`)
      return
    }
    try {
      this.vswitch.addBridge({ name, datapathType, failMode: this.failMode }, (bridge, addLocal) => {
        this.of = bridge
        plug(addLocal)
      })
      this.error = null
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      this.of = null
      for (const work of this.interfaces.values()) {
        work.port = null
        work.seenRow = -1
      }
      this.fail(`failed to create bridge ${name}: ${error.message}`)
    }
  }

  private fail(text: string): void {
    if (this.error === text) return
    this.error = text
    this.log('bridge', 'ERR', text)
  }

  private get failMode(): 'secure' | 'standalone' {
    return this.row.text('fail_mode') === 'secure' ? 'secure' : 'standalone'
  }

  private haveRowsChanged(): boolean {
    if (this.row.revision !== this.seenRow) return true
    for (const [port, revision] of this.seenPorts) if (port.revision !== revision) return true
    return false
  }

  /** Interfaces come and go with the rows of the bridge and its ports. */
  private followRows(): void {
    const wanted = new Map<Row, Row>()
    this.seenRow = this.row.revision
    this.seenPorts.clear()
    this.hasBonds = false
    for (const port of this.row.refs('ports')) {
      this.seenPorts.set(port, port.revision)
      const rows = port.refs('interfaces')
      if (rows.length > 1) this.hasBonds = true
      for (const row of rows) wanted.set(row, port)
    }
    for (const [uuid, work] of this.interfaces) if (!wanted.has(work.row)) this.drop(uuid, work)
    for (const [row, port] of wanted) {
      const work = this.interfaces.get(row.uuid)
      if (work === undefined) this.interfaces.set(row.uuid, new InterfaceWork(row, port))
      else if (work.portRow !== port) {
        work.portRow = port
        work.seenPort = -1
      }
    }
  }

  private hasChanged(work: InterfaceWork): boolean {
    if (work.port !== null && this.isGone(work.port)) this.letGo(work)
    const { row, portRow } = work
    // A device that was missing may have come.
    if (work.seenRow === row.revision && work.seenPort === portRow.revision && work.port !== null) return false
    work.seenRow = row.revision
    work.seenPort = portRow.revision
    work.error = null
    return true
  }

  /** Its device was deleted, or taken into another namespace (internal ports may live anywhere). */
  private isGone({ dev, kind }: OfPort): boolean {
    if (dev === null) return false
    const netns = kind === 'internal' ? dev.netns : this.vswitch.kernel.initNetns
    return netns.devicesByIndex.get(dev.ifindex) !== dev
  }

  private drop(uuid: string, work: InterfaceWork): void {
    this.letGo(work)
    this.interfaces.delete(uuid)
  }

  private letGo(work: InterfaceWork): void {
    if (work.port !== null && work.port.ofport !== OFPP_LOCAL) {
      this.of!.removePort(work.port)
      this.log('bridge', 'INFO', `bridge ${this.name}: deleted interface ${work.port.name} on port ${work.port.ofport}`)
    }
    work.port = null
  }

  /** Its type changed, or it wants another number that is free or held by one that did not ask for it. */
  private mustGo(work: InterfaceWork): boolean {
    const port = work.port!
    if (port.ofport === OFPP_LOCAL) return false
    const config = this.configOf(work)
    if (typeof config === 'string' || config.kind !== port.kind) return true
    const wanted = work.row.number('ofport_request')
    if (wanted === null || wanted === port.ofport) return false
    const victim = [...this.interfaces.values()].find((other) => other.port?.ofport === wanted)
    if (victim === undefined) return true
    if (victim.row.number('ofport_request') === wanted) return false
    victim.seenRow = -1
    this.letGo(victim)
    this.hasChanged(victim)
    return true
  }

  private configOf(work: InterfaceWork): InterfaceConfig | string {
    const type = work.name === this.name ? 'internal' : work.row.text('type')!
    const kind = kindOf(type)
    if (kind !== null) return interfaceConfig(work.row, kind)
    if (UNEMULATED_TYPES.includes(type)) return `could not open network device ${work.name} (type ${type} is not emulated by netlab)`
    return `could not open network device ${work.name} (Address family not supported by protocol)`
  }

  private add(work: InterfaceWork): void {
    const of = this.of!
    if (work.name === this.name) {
      work.port = of.ports.get(OFPP_LOCAL) ?? null
      this.bringUp(work)
      return
    }
    const config = this.configOf(work)
    if (typeof config === 'string') return this.failed(work, config)
    if (config.kind === 'system' && this.vswitch.kernel.initNetns.deviceByName(work.name) === null)
      return this.failed(work, `could not open network device ${work.name} (No such device)`)
    try {
      work.port = of.addPort({
        name: work.name,
        kind: config.kind,
        ofport: work.row.number('ofport_request'),
        vlan: vlanConfig(work.portRow),
        peer: config.peer,
        tunnel: config.tunnel,
        mac: macOf(work.row.text('mac')),
        mtuRequest: this.mtuRequest(work),
      })
      this.log('bridge', 'INFO', `bridge ${this.name}: added interface ${work.name} on port ${work.port.ofport}`)
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      const what =
        error.errno === 'ENODEV'
          ? `could not open network device ${work.name} (No such device)`
          : `could not add network device ${work.name} to ofproto (${error.message})`
      this.failed(work, what)
      return
    }
    this.bringUp(work)
  }

  private mtuRequest(work: InterfaceWork): number | null {
    return atLeast(this.vswitch.version, '2.6') ? work.row.number('mtu_request') : null
  }

  /** Before 2.2 ovs-vswitchd brought its internal ports up itself. */
  private bringUp(work: InterfaceWork): void {
    const dev = work.port?.dev ?? null
    if (dev !== null && work.port!.kind === 'internal' && !atLeast(this.vswitch.version, '2.2')) dev.setUp()
  }

  private failed(work: InterfaceWork, text: string): void {
    work.error = text
    this.log('bridge', 'WARN', text)
  }

  private configure(work: InterfaceWork): void {
    const { port } = work
    if (port === null) return
    const config = this.configOf(work)
    if (typeof config === 'string') return
    const vlan = vlanConfig(work.portRow)
    const settings = settingsText([port.ofport, vlan, config.peer, config.tunnel])
    const isSame = settings === work.settings
    work.settings = settings
    const mac = macOf(work.row.text('mac'))
    if (mac !== null && port.kind === 'internal' && port.ofport !== OFPP_LOCAL && port.dev !== null && port.dev.mac !== mac)
      port.dev.setMac(mac)
    const mtu = this.mtuRequest(work)
    if (mtu !== null && port.dev !== null && port.dev.mtu !== mtu) this.setMtu(work, mtu)
    if (isSame) return
    // What was learned behind it belongs to the VLAN that it was in.
    if (settingsText(port.vlan) !== settingsText(vlan)) this.of!.macTable.flush(port.bond?.face ?? port)
    port.vlan = vlan
    if (port.ofport !== OFPP_LOCAL) {
      port.peer = config.peer
      port.tunnel = config.tunnel
    }
    this.of!.portChanged(port)
  }

  private setMtu(work: InterfaceWork, mtu: number): void {
    try {
      work.port!.dev!.setMtu(mtu)
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      this.log('bridge', 'WARN', `could not set MTU ${mtu} of ${work.name} (${error.message})`)
    }
  }

  private configureBridge(of: OfBridge): void {
    if (of.failMode !== this.failMode) of.setFailMode(this.failMode)
    const mac = macOf(this.localRow()?.text('mac') ?? null) ?? bridgeMac(this.row, of.ports.values(), this.ownMac)
    if (of.local.mac !== mac) of.local.setMac(mac)
    const id = datapathId(this.row, mac)
    if (of.datapathId !== id) of.datapathId = id
    of.openflow = this.openflow
  }

  /** `OpenFlow13` is version 1.3; none: what the release speaks by default. */
  private get openflow(): OpenFlowVersion[] {
    if (!atLeast(this.vswitch.version, '1.10')) return []
    const known: readonly OpenFlowVersion[] = ['1.0', '1.1', '1.2', '1.3', '1.4', '1.5']
    const said = this.row.stored('protocols').keys
    if (said.length === 0) return []
    return known.filter((version) => said.includes(`OpenFlow${version.replace('.', '')}`))
  }

  private localRow(): Row | null {
    for (const work of this.interfaces.values()) if (work.port?.ofport === OFPP_LOCAL) return work.row
    return null
  }

  report(txn: Transaction): void {
    const draft = txn.row('Bridge', this.row.uuid)
    if (draft !== null && this.of !== null) {
      draft.set('datapath_id', scalar(formatDatapathId(this.of.datapathId)))
      if (atLeast(this.vswitch.version, '2.5')) draft.set('datapath_version', scalar(this.datapathVersion))
    }
    for (const work of this.interfaces.values()) this.reportInterface(txn, work)
  }

  private reportInterface(txn: Transaction, { row, port, error }: InterfaceWork): void {
    const hasError = atLeast(this.vswitch.version, '2.5')
    const ofport = port?.ofport ?? -1
    if (row.stored('ofport').keys[0] === ofport && (!hasError || (row.stored('error').keys[0] ?? null) === error)) return
    const draft = txn.row('Interface', row.uuid)
    draft?.set('ofport', scalar(ofport))
    if (hasError) draft?.set('error', error === null ? EMPTY : scalar(error))
  }

  private get datapathVersion(): string {
    if (this.datapathType === 'netdev') return '<built-in>'
    return '<unknown>'
  }
}

/** One text for equal settings. */
function settingsText(settings: unknown): string {
  return JSON.stringify(settings, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}
