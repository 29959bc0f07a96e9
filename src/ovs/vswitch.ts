// Open vSwitch of one machine: ovs-vswitchd with its bridges, and the datapaths below them.

import type { MacAddress } from '../addr/mac.js'
import { KernelError } from '../kernel/errno.js'
import type { KernelEvent, KernelListener } from '../kernel/events.js'
import type { Kernel } from '../kernel/kernel.js'
import { IFF_PROMISC, type NetDevice } from '../kernel/netdev.js'
import type { Packet } from '../kernel/packet.js'
import { drop } from '../kernel/packet.js'
import { TunnelKey } from '../kernel/tunnel-key.js'
import { Copied } from '../sim/copied.js'
import type { BridgeSpec, DatapathType } from './bridge.js'
import { OfBridge } from './bridge.js'
import { shortened } from './credit.js'
import type { DpPort } from './datapath.js'
import { Datapath } from './datapath.js'
import { DevicePort } from './device-port.js'
import type { FlowKey } from './flow-key.js'
import { W } from './flow-key.js'
import { OvsInternalDevice } from './internal-device.js'
import { OFPP_LOCAL } from './port-numbers.js'
import type { PortSpec } from './ports.js'
import { OfPort } from './ports.js'
import type { TunnelKind } from './tunnel.js'
import { isTunnelKind, TunnelPorts, vportName } from './tunnel.js'
import { NativeTunnels } from './tunnel-native.js'
import { SystemTunnels, type TunnelReceiver } from './tunnel-system.js'
import { atLeast } from './version.js'

/** Expired flows may stay for as long, as long as nobody looks. */
const SWEEP_US = 1_000_000

export class VSwitch extends Copied implements KernelListener, TunnelReceiver {
  readonly bridges = new Map<string, OfBridge>()
  readonly datapaths = new Map<DatapathType, Datapath>()
  readonly tunnelPorts = new TunnelPorts()
  readonly native: NativeTunnels
  readonly system: SystemTunnels
  /** Counts changes of tables, groups, ports and MAC tables: cached results of an older one are checked before use. */
  generation = 0
  /** Hear of every flow that goes, and of bridges that lose all: agents that watch a row of theirs. */
  readonly flowWatchers = new Set<(bridge: OfBridge) => void>()
  /** When something may expire. */
  dueUs = Number.POSITIVE_INFINITY
  private isSettling = false
  /** When it was last looked for what has expired, and how many timeouts had been made shorter by then. */
  private sweptUs = -1
  private sweptShortened = 0

  /** ovs-vswitchd does not run: the kernel's datapath goes on with the flows it has. */
  isAway = false

  constructor(
    readonly kernel: Kernel,
    /** '3.1.0' */
    readonly version: string,
  ) {
    super()
    this.native = new NativeTunnels(this)
    kernel.events.subscribe(this)
    this.system = new SystemTunnels(kernel.initNetns, this, atLeast(version, '2.6'))
  }

  kernelEvent(event: KernelEvent): void {
    if (event.kind === 'link' && event.change === 'new') this.linkChanged(event.dev)
  }

  get nowUs(): number {
    return this.kernel.sim.scheduler.nowUs
  }

  atLeast(major: number, minor: number): boolean {
    return atLeast(this.version, `${major}.${minor}`)
  }

  changed(): void {
    this.generation++
  }

  /** Groups and bonds choose by the state of links. */
  private linkChanged(dev: NetDevice): void {
    const port = dev.rxHandler instanceof DevicePort ? dev.rxHandler.port : dev instanceof OvsInternalDevice ? dev.port : null
    if (port === null || port.wasRunning === dev.isRunning) return
    port.wasRunning = dev.isRunning
    if (port.bond !== null) port.bond.refresh()
    else this.changed()
  }

  /** Something expires at that time, or is to be looked at then. */
  dueBy(atUs: number): void {
    if (atUs < this.dueUs) this.dueUs = atUs
  }

  /** Brings counters up to date and lets expire what is due. Whoever shows or changes flows calls it first. */
  settle(): void {
    if (this.isSettling) return
    this.isSettling = true
    for (const datapath of this.datapaths.values()) datapath.pushAll()
    this.sweep(this.nowUs)
    this.isSettling = false
  }

  /** Nothing expires at the moment it comes: a file of flows is looked through once. */
  private sweep(nowUs: number): void {
    if (this.sweptUs === nowUs && this.sweptShortened === shortened.count) return
    this.sweptUs = nowUs
    this.sweptShortened = shortened.count
    let due = Number.POSITIVE_INFINITY
    for (const bridge of this.bridges.values()) due = Math.min(due, expire(bridge, nowUs))
    this.dueUs = due === Number.POSITIVE_INFINITY ? due : Math.max(due, nowUs + SWEEP_US)
  }

  datapath(kind: DatapathType): Datapath {
    let datapath = this.datapaths.get(kind)
    if (datapath === undefined) {
      datapath = new Datapath(this, kind)
      const { initNetns } = this.kernel
      let dev = initNetns.deviceByName(datapath.name)
      if (!(dev instanceof OvsInternalDevice)) {
        dev = new OvsInternalDevice(initNetns, datapath.name, this.kernel.randomMac(datapath.name), kind === 'netdev')
        initNetns.addDevice(dev)
      }
      datapath.addPort({ name: datapath.name, type: kind === 'system' ? 'internal' : 'tap', dev })
      this.datapaths.set(kind, datapath)
    }
    return datapath
  }

  /**
   * With its LOCAL port and internal device. KernelError EEXIST when a device of that name is there. `plug` adds ports at once, and LOCAL
   * in its turn among them.
   */
  addBridge(spec: BridgeSpec, plug: (bridge: OfBridge, addLocal: () => void) => void = (_bridge, addLocal) => addLocal()): OfBridge {
    const bridge = new OfBridge(this, spec.name, this.datapath(spec.datapathType), spec.failMode)
    try {
      plug(bridge, () => this.addLocal(bridge))
    } catch (error) {
      for (const port of [...bridge.portList].reverse()) bridge.removePort(port)
      throw error
    }
    this.bridges.set(spec.name, bridge)
    this.changed()
    return bridge
  }

  private addLocal(bridge: OfBridge): void {
    bridge.localPort = bridge.addPort({ name: bridge.name, kind: 'internal', ofport: OFPP_LOCAL })
    bridge.local = bridge.localPort.dev as OvsInternalDevice
  }

  removeBridge(bridge: OfBridge): void {
    for (const port of [...bridge.portList].reverse()) bridge.removePort(port)
    bridge.flushFlows()
    this.bridges.delete(bridge.name)
    this.changed()
    const datapath = bridge.datapath
    for (const other of this.bridges.values()) if (other.datapath === datapath) return
    datapath.flush()
    const dev = this.kernel.initNetns.deviceByName(datapath.name)
    if (dev !== null) this.kernel.initNetns.removeDevice(dev)
    this.datapaths.delete(datapath.kind)
  }

  /** Makes the port and its place in the datapath. */
  attach(bridge: OfBridge, spec: PortSpec, ofport: number): OfPort {
    switch (spec.kind) {
      case 'patch':
      case 'gre':
      case 'vxlan':
      case 'geneve':
        return new OfPort(bridge, ofport, spec, null, this.nowUs)
      case 'internal':
        return this.attachInternal(bridge, spec, ofport)
      case 'system':
        return this.attachDevice(bridge, spec, ofport)
    }
  }

  private attachInternal(bridge: OfBridge, spec: PortSpec, ofport: number): OfPort {
    const { initNetns } = this.kernel
    if (initNetns.deviceByName(spec.name) !== null) throw new KernelError('EEXIST')
    const mac = spec.mac ?? this.kernel.randomMac(spec.name)
    const dev = new OvsInternalDevice(initNetns, spec.name, mac, bridge.datapathType === 'netdev')
    initNetns.addDevice(dev)
    if (spec.mtuRequest != null) dev.setMtu(spec.mtuRequest)
    const port = new OfPort(bridge, ofport, spec, dev, this.nowUs)
    dev.port = port
    port.dpPort = bridge.datapath.addPort({ name: spec.name, type: bridge.datapathType === 'netdev' ? 'tap' : 'internal', dev })
    return port
  }

  private attachDevice(bridge: OfBridge, spec: PortSpec, ofport: number): OfPort {
    const dev = this.kernel.initNetns.deviceByName(spec.name)
    if (dev === null) throw new KernelError('ENODEV')
    if (dev instanceof OvsInternalDevice || dev.kind === 'loopback') throw new KernelError('EINVAL')
    if (dev.master !== null || dev.rxHandler !== null) throw new KernelError('EBUSY')
    const port = new OfPort(bridge, ofport, spec, dev, this.nowUs)
    port.dpPort = bridge.datapath.addPort({ name: spec.name, type: 'system', dev })
    dev.rxHandler = new DevicePort(port)
    // The kernel's datapath asks for all frames behind the scenes; ovs-vswitchd sets the flag as anybody may.
    if (bridge.datapathType === 'netdev') dev.setFlag(IFF_PROMISC, true)
    else dev.promiscuity++
    if (bridge.datapathType === 'system') dev.master = this.kernel.initNetns.deviceByName(bridge.datapath.name)
    this.kernel.log(6, `device ${dev.name} entered promiscuous mode`)
    dev.changed()
    return port
  }

  /** After `vlan`, `peer` and `tunnel` are set. */
  plugged(port: OfPort): void {
    port.dpPort?.users.add(port)
    if (isTunnelKind(port.kind) && port.tunnel !== null) this.openTunnel(port, port.kind)
  }

  replugged(port: OfPort): void {
    if (!isTunnelKind(port.kind)) return
    this.closeTunnel(port)
    if (port.tunnel !== null) this.openTunnel(port, port.kind)
  }

  private openTunnel(port: OfPort, kind: TunnelKind): void {
    const { datapath } = port.bridge
    const { dstPort } = port.tunnel!
    const name = vportName(kind, dstPort)
    const vport = datapath.portByName(name) ?? datapath.addPort({ name, type: kind, dev: null, dstPort })
    vport.users.add(port)
    port.dpPort = vport
    this.tunnelPorts.add(port)
    if (datapath.kind === 'system') this.system.open(kind, dstPort)
    else this.native.open(kind, dstPort, vport.number)
  }

  private closeTunnel(port: OfPort): void {
    const vport = port.dpPort
    if (vport === null) return
    port.dpPort = null
    this.tunnelPorts.remove(port)
    vport.users.delete(port)
    const { datapath } = port.bridge
    if (datapath.kind === 'system') this.system.close(vport.type as TunnelKind, vport.dstPort)
    else this.native.close(vport.type as TunnelKind, vport.dstPort)
    if (vport.users.size === 0) datapath.ports.delete(vport.number)
  }

  detach(port: OfPort): void {
    if (isTunnelKind(port.kind)) return this.closeTunnel(port)
    const { dev, dpPort } = port
    if (dpPort !== null) port.bridge.datapath.ports.delete(dpPort.number)
    if (dev === null) return
    if (dev instanceof OvsInternalDevice) {
      dev.port = null
      dev.netns.removeDevice(dev)
      return
    }
    this.letGo(dev)
  }

  private letGo(dev: NetDevice): void {
    if (!(dev.rxHandler instanceof DevicePort)) return
    dev.rxHandler = null
    dev.master = null
    if ((dev.flags & IFF_PROMISC) !== 0) dev.setFlag(IFF_PROMISC, false)
    else dev.promiscuity--
    this.kernel.log(6, `device ${dev.name} left promiscuous mode`)
    dev.changed()
  }

  /** The other end of a patch port, when that one names this one too. */
  peerOf(port: OfPort): OfPort | null {
    if (port.peer === null) return null
    for (const bridge of this.bridges.values()) {
      const peer = bridge.portByName(port.peer)
      if (peer !== null) return peer.kind === 'patch' && peer.peer === port.name && peer !== port ? peer : null
    }
    return null
  }

  portNamed(name: string): OfPort | null {
    for (const bridge of this.bridges.values()) {
      const port = bridge.portByName(name)
      if (port !== null) return port
    }
    return null
  }

  /** To the stack behind an internal port: in its turn, as the kernel's backlog does. */
  passUp(pkt: Packet, dev: NetDevice): void {
    if (!dev.isUp) return drop(pkt, 'DEV_DOWN', dev)
    pkt.scrub(false)
    pkt.tunnel = null
    pkt.sim.backlog.push(dev, pkt)
  }

  fromTunnel(pkt: Packet, kind: TunnelKind): void {
    const datapath = this.datapaths.get('system')
    const dstPort = pkt.tunnel instanceof TunnelKey ? pkt.tunnel.dstPort : 0
    const port = datapath?.portByName(vportName(kind, dstPort)) ?? null
    if (datapath === undefined || port === null) return drop(pkt, 'TUNNEL_NO_VNI', this.kernel.initNetns)
    datapath.receive(pkt, port, null)
  }

  tunnelPortOf(port: DpPort, pkt: Packet): OfPort | null {
    return pkt.tunnel instanceof TunnelKey ? this.tunnelPorts.find(port.type as TunnelKind, pkt.tunnel) : null
  }

  /** The OpenFlow port that a flow key of the datapath stands for. */
  ofPortFor(port: DpPort, key: FlowKey): OfPort | null {
    if (port.dev !== null) return port.ofPort
    const tunnel = new TunnelKey(key[W.TUN_ID + 1]! >>> 0, key[W.TUN_SRC]!, key[W.TUN_DST]!)
    tunnel.flags = key[W.TUN_FLAGS]! >> 1
    tunnel.dstPort = port.dstPort
    return this.tunnelPorts.find(port.type as TunnelKind, tunnel)
  }

  bridgeMacChanged(bridge: OfBridge, mac: MacAddress): void {
    bridge.setLocalMac(mac)
  }
}

/** When the next thing of this bridge may expire. */
function expire(bridge: OfBridge, nowUs: number): number {
  let due = Number.POSITIVE_INFINITY
  for (const table of bridge.existingTables()) {
    for (const flow of table.flows) {
      const at = flow.expiresUs
      if (at <= nowUs) bridge.removeFlow(flow)
      else if (at < due) due = at
    }
  }
  bridge.macTable.sweep(nowUs)
  return Math.min(due, bridge.macTable.nextUs)
}
