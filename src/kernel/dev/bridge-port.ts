// A device as port of a bridge: its state, its settings, and what happens to a frame that comes in by it.

import { BROADCAST_MAC, isMulticastMac } from '../../addr/mac.js'
import { Copied } from '../../sim/copied.js'
import type { Task } from '../../sim/scheduler.js'
import { ETHERTYPE_IPV4 } from '../../wire/ethernet.js'
import type { NetDevice, RxHandler } from '../netdev.js'
import { bridgeHook } from '../netfilter/bridge-netfilter.js'
import type { Packet } from '../packet.js'
import { drop } from '../packet.js'
import type { BridgeDevice } from './bridge.js'

export type PortState = 'disabled' | 'listening' | 'learning' | 'forwarding' | 'blocking'

/** 01:80:c2:00:00:00, whose last octet runs to 0f. */
const LINK_LOCAL_GROUP = 0x0180c2000000

export class BridgePort extends Copied implements RxHandler {
  private current: PortState = 'disabled'
  /** Numbered from 1 as they join; the lowest free number. */
  priority = 32
  pathCost = 2
  hairpin = false
  learning = true
  flood = true
  multicastFlood = true
  broadcastFlood = true
  isolated = false
  guard = false
  rootBlock = false
  fastLeave = false
  neighSuppress = false
  proxyArp = false

  constructor(
    readonly bridge: BridgeDevice,
    readonly dev: NetDevice,
    readonly number: number,
  ) {
    super()
  }

  get state(): PortState {
    return this.current
  }

  /** Changes are told to the kernel log, as learners know it from dmesg. */
  set state(state: PortState) {
    if (state === this.current) return
    this.current = state
    this.log(state)
  }

  log(state: PortState): void {
    this.bridge.netns.kernel.log(6, `${this.bridge.name}: port ${this.number}(${this.dev.name}) entered ${state} state`)
  }

  get id(): number {
    return (this.priority << 10) | this.number
  }

  /** Running devices of a running bridge take part; without STP they forward at once. */
  update(): void {
    const enabled = this.dev.isRunning && this.bridge.isUp
    if (enabled && this.state === 'disabled') this.enable()
    else if (!enabled && this.state !== 'disabled') {
      this.state = 'disabled'
      this.bridge.fdb.flushPort(this, false)
    }
  }

  private enable(): void {
    if (!this.bridge.stp || this.bridge.forwardDelayUs === 0) {
      this.log('blocking')
      this.state = 'forwarding'
      return
    }
    this.state = 'listening'
    this.advanceLater('listening')
  }

  /** Differs: no BPDUs are sent or understood; with STP on a port only waits out listening and learning. */
  private advanceLater(from: 'listening' | 'learning'): void {
    const { scheduler } = this.bridge.netns.kernel.sim
    scheduler.after(this.bridge.forwardDelayUs, new StateDelay(this, from))
  }

  /** The delay of a state is over. */
  advance(from: 'listening' | 'learning'): void {
    if (this.state !== from || this.dev.master !== this.bridge) return
    this.state = from === 'listening' ? 'learning' : 'forwarding'
    if (this.state === 'learning') this.advanceLater('learning')
    else this.bridge.selectCarrier()
  }

  handleFrame(pkt: Packet): boolean {
    const frame = pkt.frame
    if (isMulticastMac(frame.src) || frame.src === 0) {
      drop(pkt, 'BRIDGE_INVALID_SRC', this.dev)
      return true
    }
    if (frame.dst >= LINK_LOCAL_GROUP && frame.dst <= LINK_LOCAL_GROUP + 15 && !this.forwardsGroup(frame.dst - LINK_LOCAL_GROUP)) {
      if (frame.dst !== LINK_LOCAL_GROUP + 1) return false
      drop(pkt, 'BRIDGE_LINK_LOCAL', this.dev)
      return true
    }
    if (this.state !== 'forwarding' && this.state !== 'learning') {
      drop(pkt, 'BRIDGE_PORT_STATE', this.dev)
      return true
    }
    if (frame.type === ETHERTYPE_IPV4 && this.bridge.netns.bridgeNf.callIptables !== 0 && frame.vlans.length === 0) {
      if (!bridgeHook(pkt, 'PREROUTING', this.dev, null)) return true
    }
    this.finish(pkt)
    return true
  }

  private forwardsGroup(last: number): boolean {
    const mask = this.bridge.groupForwardMask
    if ((mask & (1 << last)) !== 0) return true
    return last === 0 && !this.bridge.stp
  }

  /** br_handle_frame_finish: learn, then forward, flood, or hand up. */
  finish(pkt: Packet): void {
    const bridge = this.bridge
    const { dst, src } = pkt.frame
    if (this.learning) bridge.fdb.learn(src, this)
    if (this.state === 'learning') return drop(pkt, 'BRIDGE_PORT_STATE', this.dev)
    if (isMulticastMac(dst)) {
      const packet = pkt.frame.payload
      if (bridge.multicastSnooping && !(packet instanceof Uint8Array) && packet.kind === 'ipv6') {
        bridge.groups.snoop(packet, this, pkt.sim.scheduler.nowUs)
      }
      bridge.flood(pkt.clone(), this, dst === BROADCAST_MAC ? 'broadcast' : 'multicast')
      return bridge.passUp(pkt, dst === BROADCAST_MAC ? 'broadcast' : 'multicast')
    }
    const entry = bridge.fdb.find(dst)
    if (pkt.trace !== null) pkt.trace.add('fdb', bridge, pkt.frame, entry)
    if (entry?.isLocal === true || dst === bridge.mac) return bridge.passUp(pkt, 'host')
    if (bridge.promiscuity > 0) bridge.passUp(pkt.clone(), 'otherhost')
    if (entry === null || entry.port === null) return bridge.flood(pkt, this, 'unicast')
    entry.usedUs = pkt.sim.scheduler.nowUs
    if (entry.port.refuses(this)) return drop(pkt, entry.port === this ? 'BRIDGE_SAME_PORT' : 'BRIDGE_PORT_STATE', this.dev)
    bridge.forward(pkt, this, entry.port)
  }

  /** should_deliver: not back out of the port it came in by, unless hairpin says so. */
  refuses(from: BridgePort | null): boolean {
    if (this === from && !this.hairpin) return true
    if (this.state !== 'forwarding') return true
    return this.isolated && from?.isolated === true
  }
}

class StateDelay implements Task {
  constructor(
    private readonly port: BridgePort,
    private readonly from: 'listening' | 'learning',
  ) {}

  fire(): void {
    this.port.advance(this.from)
  }
}
