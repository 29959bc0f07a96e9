// Sending to a port of the bridge: a device, the peer of a patch port (the translation goes on there), a tunnel.
import type { Credit } from './credit.js'
import { coverSubfield, getSubfield, type Subfield } from './fields.js'
import { floodOrder } from './flood-order.js'
import { W } from './flow-key.js'
import type { Mirror } from './mirror.js'
import { OFPP_ALL, OFPP_CONTROLLER, OFPP_FLOOD, OFPP_IN_PORT, OFPP_NONE, OFPP_NORMAL, OFPP_TABLE } from './port-numbers.js'
import type { OfPort } from './ports.js'
import type { Translation } from './translate.js'
import { runInClone } from './translate-clone.js'
import { composeController } from './translate-ct.js'
import { mirrorEgress, mirrorIngress } from './translate-mirror.js'
import { normal } from './translate-normal.js'
import { nativeTunnelEnd, nativeTunnelOutput } from './translate-tunnel.js'
import { isTunnelKind, tunnelFor } from './tunnel.js'
import { isIp } from './wildcards.js'

const NO_MIRRORS: ReadonlySet<Mirror> = new Set()
const BACK: Credit = { type: 'mark', mark: { kind: 'back' } }

/** The output action. */
export function outputTo(x: Translation, port: number, maxLength: number): void {
  switch (port) {
    case OFPP_IN_PORT:
      return composeOutput(x, x.key[W.IN_PORT]!)
    case OFPP_TABLE:
      return x.tableAction(x.key[W.IN_PORT]!, 0, false)
    case OFPP_NORMAL:
      return normal(x)
    case OFPP_FLOOD:
      return flood(x, false)
    case OFPP_ALL:
      return flood(x, true)
    case OFPP_CONTROLLER:
      return composeController(x, maxLength, 'action', 0)
    case OFPP_NONE:
      return
    default:
      if (port === x.key[W.IN_PORT]) x.sink?.warn('skipping output to input port')
      else composeOutput(x, port)
  }
}

/** `output:reg0[0..15]`: the port that a field names. */
export function outputReg(x: Translation, part: Subfield, maxLength: number): void {
  const port = getSubfield(x.key, part)
  if (port > 0xffffn) {
    x.sink?.warn(`output port ${port} is out of range`)
    return
  }
  x.sink?.detail(`output port is ${port}`)
  coverSubfield(x.wildcards, part)
  outputTo(x, Number(port), maxLength)
}

/** Of a port of the datapath alone: a patch port has none. */
export function outputTrunc(x: Translation, port: number, maxLength: number): void {
  if (port === x.key[W.IN_PORT]) {
    x.sink?.warn('skipping output to input port')
    return
  }
  const target = x.bridge.ports.get(port === OFPP_IN_PORT ? x.key[W.IN_PORT]! : port)
  if (target === undefined || target.dpPort === null) {
    x.sink?.error(`output_trunc does not support patch port ${port}`)
    return
  }
  x.actions.push({ type: 'trunc', length: maxLength })
  outputTo(x, port, 0)
}

function flood(x: Translation, all: boolean): void {
  const ports = floodOrder(x.bridge.ports)
  const inPort = x.key[W.IN_PORT]
  for (const port of ports) {
    if (port.ofport === inPort) continue
    if (all || !port.config.noFlood) composeOutput(x, port.ofport, false)
  }
}

/** compose_output_action: by number, in_port or not. */
export function composeOutput(x: Translation, ofport: number, isLast = x.isLast): void {
  const { sink } = x
  const port = x.bridge.ports.get(ofport)
  if (port === undefined) {
    sink?.warn('Nonexistent output port')
    return
  }
  if (port.config.noForward) {
    sink?.detail('OFPPC_NO_FWD set, skipping output')
    return
  }
  mirrorEgress(x, port)
  if (port.kind === 'patch') {
    const peer = x.bridge.vswitch.peerOf(port)
    if (peer !== null) patchOutput(x, port, peer, isLast)
    return
  }
  if (isTunnelKind(port.kind)) return tunnelOutput(x, port, isLast)
  if (port.dpPort === null) return
  x.credits.push({ type: 'mark', mark: { kind: 'output', port } })
  x.commit()
  if (x.snapLength !== 0) x.actions.push({ type: 'trunc', length: x.snapLength })
  const ends = x.bridge.datapathType === 'netdev' ? nativeTunnelEnd(x, port) : null
  if (ends !== null) x.actions.push({ type: 'tnl_pop', port: ends })
  else x.actions.push({ type: 'output', port: port.dpPort })
}

function tunnelOutput(x: Translation, port: OfPort, isLast: boolean): void {
  const { sink, key, wildcards } = x
  if (isIp(key)) wildcards[W.NW_TOS]! |= 3
  if (port.tunnel?.tos === 'inherit' && isIp(key)) wildcards[W.NW_TOS] = 0xff
  if (port.tunnel?.ttl === 'inherit' && isIp(key)) wildcards[W.NW_TTL] = 0xff
  const tunnel = tunnelFor(port, key)
  if (tunnel === null || port.dpPort === null) {
    sink?.warn('Tunneling decided against output')
    return
  }
  if (tunnel.dst === x.originalTunnelDst) {
    sink?.warn('Not tunneling to our own address')
    return
  }
  x.credits.push({ type: 'ports', tx: port, rx: null })
  x.credits.push({ type: 'mark', mark: { kind: 'output', port } })
  const mark = key[W.PKT_MARK]!
  const egress = port.tunnel?.egressMark
  if (egress !== undefined) {
    wildcards[W.PKT_MARK] = -1
    key[W.PKT_MARK] = egress
  }
  if (x.bridge.datapath.kind === 'netdev') {
    sink?.detail('output to native tunnel')
    x.commit()
    nativeTunnelOutput(x, port, tunnel, isLast)
  } else {
    sink?.detail('output to kernel tunnel')
    if (!x.sameTunnel(tunnel)) x.actions.push({ type: 'set_tunnel', tunnel })
    x.commit()
    x.actions.push({ type: 'output', port: port.dpPort })
  }
  key[W.PKT_MARK] = mark
}

/** The rest of the packet's way through the bridge at the other end; afterwards this bridge's goes on as if nothing had been. */
export function patchOutput(x: Translation, port: OfPort, peer: OfPort, isLast: boolean): void {
  const { key, sink } = x
  const saved = x.save()
  const oldBridge = x.bridge
  const { mirrored, lists, reached, wasMpls } = x
  x.mirrored = NO_MIRRORS
  x.lists = []
  x.reached = []
  const oldTunnelMask = x.wildcards.slice(W.TUN_ID, W.TUN_FLAGS + 1)
  const before = sink?.at
  key[W.IN_PORT] = peer.ofport
  key.fill(0, W.METADATA, W.REG0 + 16)
  key.fill(0, W.TUN_ID, W.TUN_FLAGS + 1)
  x.clearConntrack()
  x.startPipeline(peer.bridge)
  sink?.enter('bridge', `bridge("${peer.bridge.name}")`)
  x.credits.push({ type: 'ports', tx: port, rx: peer })
  if (!peer.config.noReceive) {
    x.tableAction(peer.ofport, 0, isLast, (actions) => {
      if (mirrorIngress(x, peer)) runInClone(x, actions, isLast)
    })
  }
  x.credits.push(BACK)
  if (sink !== null && before !== undefined) sink.at = before
  x.mirrored = mirrored
  x.lists = lists
  x.reached = reached
  x.wasMpls = wasMpls
  x.bridge = oldBridge
  x.restore(saved)
  x.wildcards.set(oldTunnelMask, W.TUN_ID)
  x.exited = false
  x.error = null
}
