// Bridged IPv4 frames through the IP hooks when net.bridge.bridge-nf-call-iptables is 1.
import { Ipv4Packet } from '../../wire/ipv4.js'
import type { NetDevice } from '../netdev.js'
import type { Packet } from '../packet.js'
import { drop } from '../packet.js'
import { routeInput, routeOutput } from '../route.js'
import type { RouteResult } from '../route-result.js'
import type { Hook } from './hook-state.js'

/**
 * Called by dev/bridge.ts: PREROUTING when a frame enters by port `inPort` (`outPort` null), FORWARD between two ports,
 * POSTROUTING before it leaves by `outPort`. The bridge is `port.master`. Sets `physIn`, `physOut`, `bridgePrerouted`.
 * True: go on with `pkt` (its frame may be another now). False: the packet is gone.
 */
export function bridgeHook(pkt: Packet, hook: Hook, inPort: NetDevice | null, outPort: NetDevice | null): boolean {
  const bridge = (inPort ?? outPort)!.master
  if (bridge === null) return true
  switch (hook) {
    case 'PREROUTING':
      return preroute(pkt, bridge, inPort!)
    case 'FORWARD':
      // The sysctl was off when the frame came in.
      if (pkt.physIn === null) return true
      pkt.physOut = outPort
      return pass(pkt, 'FORWARD', bridge, bridge)
    case 'POSTROUTING':
      return pkt.physIn === null ? true : pass(pkt, 'POSTROUTING', null, bridge)
    case 'INPUT':
    case 'OUTPUT':
      return true
  }
}

/** To the rules the packet is at the bridge and for this machine, whatever its MAC says. */
function pass(pkt: Packet, hook: Hook, inDev: NetDevice | null, outDev: NetDevice | null): boolean {
  const { packetType, dev } = pkt
  if (packetType === 'otherhost') pkt.packetType = 'host'
  const verdict = (inDev ?? outDev)!.netns.netfilter.run(hook, pkt, inDev, outDev)
  pkt.packetType = packetType
  pkt.dev = dev
  return verdict === 'ACCEPT'
}

function preroute(pkt: Packet, bridge: NetDevice, port: NetDevice): boolean {
  const ip = pkt.frame.payload
  if (!(ip instanceof Ipv4Packet) || ip.checksum !== null) {
    drop(pkt, 'IP_INHDR', port)
    return false
  }
  pkt.physIn = port
  pkt.physOut = null
  if (!pass(pkt, 'PREROUTING', bridge, null)) return false
  pkt.bridgePrerouted = true
  return pkt.ip.dst === ip.dst || redirect(pkt, bridge, port)
}

/** A rule changed the destination: to another host on this bridge, or to somewhere this machine must route to. */
function redirect(pkt: Packet, bridge: NetDevice, port: NetDevice): boolean {
  pkt.dev = bridge
  const route = routeAfterDnat(pkt, bridge)
  pkt.dev = port
  if (route === null) {
    drop(pkt, 'IP_INNOROUTES', bridge)
    return false
  }
  if (route.dev === bridge) return bridgeOn(pkt, bridge, route)
  // The frame now is for the bridge itself, which hands it to the IP layer with its route.
  pkt.route = route
  pkt.packetType = 'host'
  pkt.frame = pkt.frame.withDst(bridge.mac)
  return true
}

function routeAfterDnat(pkt: Packet, bridge: NetDevice): RouteResult | null {
  const { netns } = bridge
  const found = routeInput(netns, pkt)
  if (typeof found !== 'string') return found
  // Bridged and translated traffic does not need ip_forward.
  if (bridge.conf.forwarding !== 0 || found !== 'not-forwarding') return null
  const route = routeOutput(netns, { dst: pkt.ip.dst })
  return typeof route !== 'string' && route.dev === bridge ? route : null
}

/** Stays a bridged frame, with the new destination's MAC and the old source's. */
function bridgeOn(pkt: Packet, bridge: NetDevice, route: RouteResult): boolean {
  const nexthop = route.via ?? pkt.ip.dst
  const known = bridge.neighbours.get(nexthop)
  if (known !== undefined && known.lladdr !== null && known.state !== 'FAILED' && known.state !== 'INCOMPLETE') {
    pkt.frame = pkt.frame.withDst(known.lladdr)
    return true
  }
  // The neighbour rewrites both addresses; the bridge puts the source back and goes on (see BridgeDevice.startXmit).
  pkt.bridgedSrc = pkt.frame.src
  pkt.route = route
  pkt.bridgePrerouted = false
  const entry = bridge.netns.neigh.obtain(bridge, nexthop)
  if (entry === null) drop(pkt, 'NEIGH_CREATEFAIL', bridge)
  else entry.output(pkt)
  return false
}
