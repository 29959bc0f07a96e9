// Tunnels of the userspace datapath: the outer frame is put before the packet, and translation goes on in the bridge that it leaves by.
import { formatIpv4 } from '../addr/ipv4.js'
import { formatMac } from '../addr/mac.js'
import type { TunnelKey } from '../kernel/tunnel-key.js'
import type { DpPort } from './datapath.js'
import { setMacWords, W } from './flow-key.js'
import type { OfPort } from './ports.js'
import type { Translation } from './translate.js'
import { isTunnelKind, vportName } from './tunnel.js'
import type { NativeRoute } from './tunnel-native.js'

export function nativeTunnelOutput(x: Translation, port: OfPort, tunnel: TunnelKey, isLast: boolean): void {
  const { sink } = x
  const { native } = x.bridge.vswitch
  const route = native.route(tunnel)
  if (route.kind === 'no-route') {
    sink?.warn('native tunnel routing failed')
    return
  }
  sink?.detail(`tunneling to ${formatIpv4(route.nexthop)} via ${route.bridge.name}`)
  if (route.neighbour === null) {
    sink?.detail(`neighbor cache miss for ${formatIpv4(route.nexthop)} on bridge ${route.bridge.name}, sending ARP request`)
    x.arpRequests = [...x.arpRequests, route]
    return
  }
  const from = `${formatMac(route.srcMac)} ${formatIpv4(route.src)}`
  sink?.detail(`tunneling from ${from} to ${formatMac(route.neighbour)} ${formatIpv4(tunnel.dst)}`)
  const out = route.port
  if (out.dpPort === null || port.dpPort === null || !isTunnelKind(port.kind)) return
  const outer = x.actions
  x.actions = [
    {
      type: 'tnl_push',
      push: {
        tunnel,
        kind: port.kind,
        srcMac: route.srcMac,
        dstMac: route.neighbour,
        src: route.src,
        tunnelPort: port.dpPort,
        outPort: out.dpPort,
      },
    },
  ]
  continueOutside(x, port, out, { route, tunnel, isLast })
  const inner = x.actions
  x.actions = outer
  if (inner.length === 1) return
  if (isLast) x.actions.push(...inner)
  else x.actions.push({ type: 'clone', actions: inner })
}

/**
 * A packet on its way to a LOCAL port that holds the address of a tunnel ends in that tunnel; null: it does not. The map of tunnels is
 * asked before every output, and its first question is the destination MAC.
 */
export function nativeTunnelEnd(x: Translation, port: OfPort): DpPort | null {
  const { bridge, key, wildcards } = x
  const { native } = bridge.vswitch
  if (!native.isOn || !native.hasAddresses) return null
  wildcards[W.ETH_DST] = 0xffff
  wildcards[W.ETH_DST + 1] = -1
  if (port !== bridge.localPort || bridge.local.addresses.length === 0) return null
  const end = native.terminates(key, bridge)
  if (key[W.ETH_TYPE] === 0x0800) {
    wildcards[W.NW_DST] = -1
    wildcards[W.NW_PROTO] = 0xff
    if (key[W.NW_PROTO] === 17) wildcards[W.TP_DST] = 0xffff
  }
  if (end === null) {
    if (x.learns && key[W.ETH_TYPE] === 0x0806) x.snoops = [...x.snoops, { bridge, key: key.slice() }]
    return null
  }
  return bridge.datapath.portByName(vportName(end.kind, end.dstPort))
}

/** The outer frame through the tables of its bridge; what those look at is of no interest to the inner one. */
function continueOutside(
  x: Translation,
  port: OfPort,
  out: OfPort,
  outside: { readonly route: Extract<NativeRoute, { kind: 'route' }>; readonly tunnel: TunnelKey; readonly isLast: boolean },
): void {
  const { route, tunnel } = outside
  const key = x.key.slice()
  const base = x.base.slice()
  const { wildcards, learns } = x
  x.wildcards = wildcards.slice().fill(0)
  x.learns = false
  x.key.fill(0, W.ETH_DST, W.TUN_ID)
  setMacWords(x.key, W.ETH_DST, route.neighbour ?? 0)
  setMacWords(x.key, W.ETH_SRC, route.srcMac)
  x.key[W.ETH_TYPE] = 0x0800
  x.key[W.NW_SRC] = route.src
  x.key[W.NW_DST] = tunnel.dst
  x.key[W.NW_PROTO] = port.kind === 'gre' ? 47 : 17
  x.key[W.NW_TOS] = tunnel.tos
  x.key[W.NW_TTL] = tunnel.ttl
  if (port.kind !== 'gre') x.key[W.TP_DST] = tunnel.dstPort
  x.base.set(x.key)
  x.patch(port, out, outside.isLast)
  x.wildcards = wildcards
  x.learns = learns
  x.key.set(key)
  x.base.set(base)
}
