// The Linux bridge: a learning switch whose ports are devices, and which is a device itself.
import type { MacAddress } from '../../addr/mac.js'
import { BROADCAST_MAC, isMulticastMac } from '../../addr/mac.js'
import { ETHERTYPE_IPV4 } from '../../wire/ethernet.js'
import { KernelError } from '../errno.js'
import { fragmentsOf } from '../fragment.js'
import type { DeviceEvent } from '../netdev.js'
import { IFF_LOOPBACK, NetDevice } from '../netdev.js'
import { bridgeHook } from '../netfilter/bridge-netfilter.js'
import type { NetNamespace } from '../netns.js'
import type { Packet, PacketType } from '../packet.js'
import { drop } from '../packet.js'
import { BridgePort } from './bridge-port.js'
import { Fdb } from './fdb.js'
import { GroupTable } from './mdb.js'

/** What connection tracking put together for the rules goes on in pieces as long as they came (br_nf_dev_queue_xmit). */
function leaveInPieces(pkt: Packet, to: BridgePort): void {
  const pieces = fragmentsOf(pkt.ip, pkt.fragMaxSize)
  for (let i = 0; i < pieces.length; i++) {
    const piece = i === pieces.length - 1 ? pkt : pkt.clone()
    piece.ip = pieces[i]!
    to.dev.transmit(piece)
  }
}

export type FloodKind = 'unicast' | 'broadcast' | 'multicast'

//   port --rx--> [PREROUTING] -> fdb --known---> [FORWARD] -> [POSTROUTING] -> port
//                                 |  \-unknown-> every other port likewise
//                                 v
//                        the bridge device's own IP stack
export class BridgeDevice extends NetDevice {
  readonly kind = 'bridge'
  readonly ports: BridgePort[] = []
  readonly fdb: Fdb
  readonly groups = new GroupTable()
  ageingUs = 300_000_000
  stp = false
  forwardDelayUs = 15_000_000
  helloTimeUs = 2_000_000
  maxAgeUs = 20_000_000
  priority = 0x8000
  multicastSnooping = true
  multicastQuerier = false
  vlanFiltering = false
  groupForwardMask = 0
  private mtuSetByHand = false

  constructor(netns: NetNamespace, name: string, mac: MacAddress) {
    super(netns, name, mac)
    this.fdb = new Fdb(this)
    this.fdb.addLocal(mac, null)
    this.txQueueLen = netns.kernel.options.virtualTxQueueLen
  }

  override get hasQueue(): boolean {
    return false
  }

  /** `ip link set DEV master BRIDGE`, `brctl addif`. */
  addPort(dev: NetDevice): BridgePort {
    if ((dev.flags & IFF_LOOPBACK) !== 0 || dev.netns !== this.netns) throw new KernelError('EINVAL')
    if (dev instanceof BridgeDevice) throw new KernelError('ELOOP', 'Can not enslave a bridge to a bridge')
    if (dev.master !== null || dev.rxHandler !== null) throw new KernelError('EBUSY')
    const port = new BridgePort(this, dev, this.freeNumber())
    port.pathCost = pathCostOf(dev)
    this.ports.push(port)
    dev.master = this
    dev.rxHandler = port
    port.log('blocking')
    port.log('disabled')
    this.netns.kernel.log(6, `device ${dev.name} entered promiscuous mode`)
    dev.promiscuity++
    dev.allmulti++
    this.fdb.addLocal(dev.mac, port)
    if (dev.isRunning && this.isUp) port.update()
    this.recalculateMac()
    this.adjustMtu()
    this.selectCarrier()
    dev.changed()
    return port
  }

  /** `nomaster`, `brctl delif`, or the device is going away. */
  removePort(dev: NetDevice): void {
    const port = this.portOf(dev)
    if (port === null) throw new KernelError('EINVAL')
    port.state = 'disabled'
    this.ports.splice(this.ports.indexOf(port), 1)
    dev.master = null
    dev.rxHandler = null
    dev.promiscuity--
    dev.allmulti--
    this.netns.kernel.log(6, `device ${dev.name} left promiscuous mode`)
    this.fdb.flushPort(port, true)
    this.groups.forgetPort(port)
    this.recalculateMac()
    this.adjustMtu()
    this.selectCarrier(true)
    dev.changed()
  }

  portOf(dev: NetDevice): BridgePort | null {
    const handler = dev.rxHandler
    return handler instanceof BridgePort && handler.bridge === this ? handler : null
  }

  private freeNumber(): number {
    for (let number = 1; ; number++) if (!this.ports.some((port) => port.number === number)) return number
  }

  /** Called for events of a port's device. */
  portEvent(dev: NetDevice, event: DeviceEvent, oldMac: MacAddress): void {
    const port = this.portOf(dev)
    if (port === null) return
    switch (event) {
      case 'up':
      case 'down':
      case 'change':
        port.update()
        this.selectCarrier()
        break
      case 'changeaddr':
        this.fdb.deleteLocal(oldMac, port)
        this.fdb.addLocal(dev.mac, port)
        this.recalculateMac()
        break
      case 'changemtu':
        this.adjustMtu()
        break
      case 'unregister':
        this.removePort(dev)
        break
      case 'register':
      case 'going-down':
      case 'changename':
        break
    }
  }

  protected override onUp(): void {
    for (const port of this.ports) port.update()
    this.selectCarrier()
  }

  protected override onDown(): void {
    for (const port of this.ports) port.update()
  }

  override onRemove(): void {
    for (const port of [...this.ports]) this.removePort(port.dev)
  }

  /** br_set_ageing_time looks through the table at once. */
  setAgeing(us: number): void {
    this.ageingUs = us
    this.fdb.sweep()
  }

  /**
   * br_port_state_selection: the bridge has a carrier while a port forwards. A bridge that never had ports keeps its first one,
   * unless it runs the spanning tree. `always`: a port was removed, or the bridge's id changed.
   */
  selectCarrier(always = false): void {
    if (!this.isUp && !always) return
    if (this.ports.length === 0 && !always && !this.stp) return
    const on = this.ports.some((port) => port.state === 'forwarding' || port.state === 'learning')
    if (on !== this.carrier) return this.setCarrier(on)
    // A bridge that never had a port is UNKNOWN; with its first one it is known to be up.
    if (on) this.watchLink()
  }

  /** The lowest address of the ports, until an address is set by hand; all zero when the last port has left. */
  private recalculateMac(): void {
    if (this.macSetByHand) return
    let lowest: MacAddress = 0
    for (const port of this.ports) if (lowest === 0 || port.dev.mac < lowest) lowest = port.dev.mac
    if (lowest === this.mac) return
    this.changeMac(lowest)
  }

  private changeMac(mac: MacAddress): void {
    const old = this.mac
    this.mac = mac
    this.fdb.deleteLocal(old, null)
    if (mac !== 0) this.fdb.addLocal(mac, null)
    this.notify('changeaddr')
    this.changed()
  }

  override setMac(mac: MacAddress): void {
    if (isMulticastMac(mac) || mac === 0) throw new KernelError('EADDRNOTAVAIL')
    this.macSetByHand = true
    if (mac === this.mac) return
    this.changeMac(mac)
    this.selectCarrier(true)
  }

  override setMtu(mtu: number): void {
    super.setMtu(mtu)
    this.mtuSetByHand = true
  }

  private adjustMtu(): void {
    if (this.mtuSetByHand) return
    let mtu = this.ports.length === 0 ? 1500 : 65535
    for (const port of this.ports) mtu = Math.min(mtu, port.dev.mtu)
    super.setMtu(mtu)
  }

  /** `ip link set BRIDGE type bridge stp_state 1`, `brctl stp`. Ports that forward go on forwarding (br_make_forwarding); new ones will wait. */
  setStp(on: boolean): void {
    this.stp = on
  }

  /** To the bridge's own stack, as if it had a cable to the switch. */
  passUp(pkt: Packet, type: PacketType): void {
    if (!this.isUp) return drop(pkt, 'DEV_DOWN', this)
    const stats = this.stats
    stats.rxPackets++
    stats.rxBytes += pkt.frame.length - 14
    if (type === 'multicast') stats.rxMulticast++
    pkt.dev = this
    pkt.packetType = type
    if (pkt.trace !== null) pkt.trace.add('rx', this, pkt.frame, null)
    this.afterCount(pkt)
  }

  /** The IP stack of the bridge sends: the bridge is the switch behind its own port. */
  protected startXmit(pkt: Packet): void {
    if (pkt.bridgedSrc !== 0) return this.resume(pkt)
    const dst = pkt.frame.dst
    if (isMulticastMac(dst)) return this.flood(pkt, null, dst === BROADCAST_MAC ? 'broadcast' : 'multicast')
    const entry = this.fdb.find(dst)
    if (pkt.trace !== null) pkt.trace.add('fdb', this, pkt.frame, entry)
    if (entry === null || entry.port === null) return this.flood(pkt, null, 'unicast')
    if (entry.port.refuses(null)) return drop(pkt, 'BRIDGE_PORT_STATE', this)
    this.leave(pkt, entry.port)
  }

  /** br_nf_pre_routing_finish_bridge_slow: the neighbour is known now, the frame goes on as the bridged one it was. */
  private resume(pkt: Packet): void {
    const port = pkt.physIn === null ? null : this.portOf(pkt.physIn)
    if (port === null) return drop(pkt, 'BRIDGE_NO_PORT', this)
    pkt.frame = pkt.frame.withSrc(pkt.bridgedSrc)
    pkt.bridgedSrc = 0
    pkt.route = null
    pkt.dev = port.dev
    port.finish(pkt)
  }

  flood(pkt: Packet, from: BridgePort | null, kind: FloodKind): void {
    if (pkt.trace !== null) pkt.trace.add('fdb', this, pkt.frame, kind)
    let last: BridgePort | null = null
    // The kernel keeps its ports newest first.
    for (let i = this.ports.length - 1; i >= 0; i--) {
      const port = this.ports[i]!
      if (port.refuses(from) || !floods(port, kind)) continue
      if (last !== null) this.forward(pkt.clone(), from, last)
      last = port
    }
    if (last === null) return drop(pkt, 'BRIDGE_NO_PORT', this)
    this.forward(pkt, from, last)
  }

  forward(pkt: Packet, from: BridgePort | null, to: BridgePort): void {
    const frame = pkt.frame
    if (from !== null && frame.type === ETHERTYPE_IPV4 && this.netns.bridgeNf.callIptables !== 0 && frame.vlans.length === 0) {
      if (!bridgeHook(pkt, 'FORWARD', from.dev, to.dev)) return
    }
    this.leave(pkt, to)
  }

  private leave(pkt: Packet, to: BridgePort): void {
    if (pkt.physOut !== null && pkt.frame.type === ETHERTYPE_IPV4) {
      if (!bridgeHook(pkt, 'POSTROUTING', null, to.dev)) return
      const { fragMaxSize } = pkt
      const fits = this.netns.kernel.options.bridgeKeepsFragments ? fragMaxSize : to.dev.mtu
      if (fragMaxSize !== 0 && fragMaxSize <= to.dev.mtu && pkt.ip.length > fits) return leaveInPieces(pkt, to)
    }
    if (pkt.frame.payload.length > to.dev.mtu) return drop(pkt, 'FRAME_TOO_LONG', to.dev)
    to.dev.transmit(pkt)
  }

  /** Bridge id as `brctl show` prints it: priority and MAC. */
  get bridgeId(): { priority: number; mac: MacAddress } {
    return { priority: this.priority, mac: this.mac }
  }
}

function floods(port: BridgePort, kind: FloodKind): boolean {
  if (kind === 'unicast') return port.flood
  return kind === 'broadcast' ? port.broadcastFlood : port.multicastFlood
}

/** 802.1D costs: 2 for 10 Gbit/s and more (veth), 4 for 1 Gbit/s, 100 for 10 Mbit/s (tap). */
function pathCostOf(dev: NetDevice): number {
  if (dev.kind === 'veth') return 2
  if (dev.speedOf !== null) return pathCostOf(dev.speedOf)
  if (dev.kind === 'physical') return 4
  return 100
}
