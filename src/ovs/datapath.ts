// One datapath (ovs-system or ovs-netdev): ports with numbers of its own, the caches, and what runs when a packet comes in.

import type { NetDevice } from '../kernel/netdev.js'
import type { Netfilter } from '../kernel/netfilter/hooks.js'
import type { Packet } from '../kernel/packet.js'
import { drop } from '../kernel/packet.js'
import { Copied } from '../sim/copied.js'
import type { DatapathType } from './bridge.js'
import { executeActions } from './dp-execute.js'
import type { FlowKey } from './flow-key.js'
import { extractKey, FLOW_WORDS, newKey, W } from './flow-key.js'
import { FrozenStates } from './frozen-state.js'
import type { Megaflow } from './megaflow.js'
import { MegaflowCache } from './megaflow.js'
import type { PacketMeta } from './packet-meta.js'
import { fillMeta } from './packet-meta.js'
import type { OfPort } from './ports.js'
import { giveBack, takeCopy } from './spare-keys.js'
import { noteFlow } from './trace-notes.js'
import { Translation } from './translate.js'
import { isTunnelKind, setTunnelWords } from './tunnel.js'
import type { VSwitch } from './vswitch.js'

export type DpPortType = 'system' | 'internal' | 'tap' | 'gre' | 'vxlan' | 'geneve'

export class DpPort extends Copied {
  /** Ports of OpenFlow bridges that use it: one, or several tunnels. */
  readonly users = new Set<OfPort>()

  constructor(
    readonly number: number,
    readonly name: string,
    readonly type: DpPortType,
    readonly dev: NetDevice | null,
    /** Tunnels over UDP. */
    readonly dstPort: number,
  ) {
    super()
  }

  /** null: nobody's, or a tunnel. */
  get ofPort(): OfPort | null {
    for (const port of this.users) return port
    return null
  }
}

/** Flows that nobody has used for so long are forgotten. */
export const MAX_IDLE_US = 10_000_000
const MANY = 4000
/** No generation: the flow is looked at anew by every packet. */
const UNSETTLED = -1

export class Datapath extends Copied {
  readonly name: string
  readonly ports = new Map<number, DpPort>()
  readonly cache = new MegaflowCache()
  readonly frozen = new FrozenStates()
  /** Of the userspace datapath, which tracks connections by itself; see ct.ts. */
  ownNetfilter: Netfilter | null = null
  hits = 0
  misses = 0
  lost = 0
  private readonly scratch: FlowKey = newKey()

  constructor(
    readonly vswitch: VSwitch,
    readonly kind: DatapathType,
  ) {
    super()
    this.name = kind === 'system' ? 'ovs-system' : 'ovs-netdev'
  }

  addPort(spec: { name: string; type: DpPortType; dev: NetDevice | null; dstPort?: number }): DpPort {
    let number = 0
    while (this.ports.has(number)) number++
    const port = new DpPort(number, spec.name, spec.type, spec.dev, spec.dstPort ?? 0)
    this.ports.set(number, port)
    return port
  }

  portByName(name: string): DpPort | null {
    for (const port of this.ports.values()) if (port.name === name) return port
    return null
  }

  /** A frame comes in. `meta`: what goes with a packet that comes back (recirculation); null: it is new. */
  receive(pkt: Packet, port: DpPort, meta: PacketMeta | null): void {
    const key = this.scratch
    extractKey(pkt, port.number, key)
    if (pkt.tunnel !== null && port.dev === null) setTunnelWords(key, pkt.tunnel)
    if (meta !== null) fillMeta(key, meta)
    const { vswitch } = this
    const { nowUs } = pkt.sim.scheduler
    if (nowUs >= vswitch.dueUs) vswitch.settle()
    const tcpFlags = key[W.NW_PROTO] === 6 ? key[W.TCP_FLAGS]! : 0
    let flow = this.cache.lookup(key)
    let isLookedAtAnew = false
    if (flow !== null && flow.generation === vswitch.generation && nowUs - flow.usedUs <= MAX_IDLE_US) this.hits++
    else {
      isLookedAtAnew = true
      // What comes now may send packets of its own through here.
      const own = takeCopy(key)
      if (flow !== null && nowUs - flow.usedUs <= MAX_IDLE_US && this.revalidate(flow)) this.hits++
      else {
        this.misses++
        if (flow !== null) this.forget(flow)
        flow = this.miss(pkt, port, own)
      }
      giveBack(own)
      if (flow === null) return
    }
    flow.packets++
    flow.bytes += pkt.frame.length
    flow.usedUs = nowUs
    flow.tcpFlags |= tcpFlags
    if (flow.packets === 1) flow.firstBytes = flow.bytes
    // What it teaches is learned at once: the answer comes before anybody asks for counters.
    if (isLookedAtAnew) flow.push()
    if (pkt.trace !== null) noteFlow(this, pkt, { flow, port, isBack: meta !== null })
    executeActions(this, flow.actions, pkt, port, meta)
  }

  private miss(pkt: Packet, port: DpPort, key: FlowKey): Megaflow | null {
    const { vswitch } = this
    if (vswitch.isAway) {
      drop(pkt, 'OVS_NO_DAEMON', port)
      return null
    }
    const ofPort = isTunnelKind(port.type as OfPort['kind']) ? vswitch.tunnelPortOf(port, pkt) : port.ofPort
    if (ofPort === null) {
      drop(pkt, port.dev === null ? 'TUNNEL_NO_VNI' : 'OVS_NO_FLOW', port)
      return null
    }
    const x = this.translate(key, ofPort)
    for (const route of x.arpRequests) vswitch.native.arpRequest(route)
    for (const { bridge, key: seen } of x.snoops) vswitch.native.snoop(seen, bridge)
    const { nowUs } = vswitch
    if (this.cache.size >= MANY) this.forgetIdle(nowUs)
    x.release()
    return this.cache.insert(key, x.wildcards, {
      actions: x.actions,
      credits: x.credits,
      recircIds: x.recircIds,
      // A tunnel's remote end that is not resolved is asked for by the next packet again.
      generation: x.arpRequests.length > 0 ? UNSETTLED : vswitch.generation,
      nowUs,
    })
  }

  /** `key` has datapath port numbers. */
  private translate(key: FlowKey, ofPort: OfPort): Translation {
    const number = key[W.IN_PORT]!
    const frozen = key[W.RECIRC_ID] === 0 ? null : this.frozen.get(key[W.RECIRC_ID]!)
    key[W.IN_PORT] = ofPort.ofport
    const x = new Translation({
      bridge: ofPort.bridge,
      key,
      port: ofPort,
      frozen,
      nowUs: this.vswitch.nowUs,
      learns: true,
      sink: null,
      recircs: null,
    }).run()
    key[W.IN_PORT] = number
    return x
  }

  /** Something has changed since the flow was cached: would the same come out? */
  revalidate(flow: Megaflow): boolean {
    flow.push()
    const ports = this.ports.get(flow.key[W.IN_PORT]!)
    const ofPort = ports === undefined ? null : this.vswitch.ofPortFor(ports, flow.key)
    if (ofPort === null) return this.forget(flow)
    const x = this.translate(flow.key, ofPort)
    const same = isCovered(x.wildcards, flow.mask) && sameActions(flow.actions, x.actions)
    x.discard()
    for (const id of flow.recircIds) this.frozen.release(id)
    flow.recircIds = x.recircIds
    if (!same) return this.forget(flow)
    flow.actions = x.actions
    flow.credits = x.credits
    for (const route of x.arpRequests) this.vswitch.native.arpRequest(route)
    flow.generation = x.arpRequests.length > 0 ? UNSETTLED : this.vswitch.generation
    return true
  }

  private forget(flow: Megaflow): false {
    flow.push()
    for (const id of flow.recircIds) this.frozen.release(id)
    flow.recircIds = []
    this.cache.remove(flow)
    return false
  }

  /** What `dump-flows` shows: checked, and used not long ago. */
  flows(): Megaflow[] {
    const { nowUs } = this.vswitch
    this.forgetIdle(nowUs)
    for (const flow of this.cache.list()) if (flow.generation !== this.vswitch.generation) this.revalidate(flow)
    return this.cache.list()
  }

  private forgetIdle(nowUs: number): void {
    for (const flow of this.cache.list()) if (nowUs - flow.usedUs > MAX_IDLE_US) this.forget(flow)
    if (this.cache.size >= MANY * 16) this.flush()
  }

  /** `dpctl/del-flows` */
  flush(): void {
    for (const flow of this.cache.list()) this.forget(flow)
  }

  pushAll(): void {
    for (const flow of this.cache.withNews()) flow.push()
  }
}

/** All that was looked at is in the mask. */
function isCovered(seen: FlowKey, mask: FlowKey): boolean {
  for (let word = 0; word < FLOW_WORDS; word++) if ((seen[word]! & ~mask[word]!) !== 0) return false
  return true
}

function sameActions(a: Megaflow['actions'], b: Megaflow['actions']): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!sameAction(a[i]!, b[i]!)) return false
  return true
}

function sameAction(a: object, b: object): boolean {
  const left = Object.entries(a)
  for (const [name, value] of left) {
    const other = (b as Record<string, unknown>)[name]
    if (value === other) continue
    if (value instanceof DpPort || typeof value !== 'object' || value === null || typeof other !== 'object' || other === null) return false
    if (!sameAction(value, other)) return false
  }
  return left.length === Object.keys(b).length
}
