// What makes a route acceptable (Linux: fib_create_info, fib_check_nh): gateways reachable, scopes sane, source addresses own.
import { KernelError } from './errno.js'
import type { NexthopRequest, RouteRequest } from './fib.js'
import { FlowKey } from './flow.js'
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { RouteType } from './route-entry.js'
import { Nexthop, Route, SCOPE_HOST, SCOPE_LINK, SCOPE_NOWHERE, SCOPE_UNIVERSE, TABLE_LOCAL, TABLE_MAIN } from './route-entry.js'
import { lookupTables } from './rule-lookup.js'

export function checkRoute(netns: NetNamespace, request: RouteRequest): Route {
  const type = request.type ?? 'unicast'
  const table = request.table ?? (type === 'local' || type === 'broadcast' || type === 'nat' ? TABLE_LOCAL : TABLE_MAIN)
  const wanted = request.nexthops ?? []
  const scope = request.scope ?? defaultScope(type, wanted)
  if (scope < leastScope(type) || scope > SCOPE_HOST) throw new KernelError('EINVAL', 'Invalid scope')
  const refuses = type === 'blackhole' || type === 'unreachable' || type === 'prohibit' || type === 'throw'
  if (refuses && wanted.some((nexthop) => nexthop.dev !== null || nexthop.via !== null)) {
    throw new KernelError('EINVAL', 'Gateway, device and multipath can not be specified for this route type')
  }
  if (type === 'nat') throw new KernelError('EINVAL', 'Invalid route type')
  const nexthops = refuses ? [] : wanted.map((nexthop) => checkNexthop(netns, nexthop, { table, scope, count: wanted.length }))
  if (!refuses && nexthops.length === 0) throw new KernelError('ENODEV')
  const prefSrc = request.prefSrc ?? null
  if (prefSrc !== null && !(type === 'local' && prefSrc === request.dst) && !netns.fib.isLocal(prefSrc)) {
    throw new KernelError('EINVAL', 'Invalid prefsrc address')
  }
  return new Route({
    dst: request.dst,
    length: request.length,
    tos: request.tos,
    type,
    scope,
    protocol: request.protocol,
    priority: request.priority,
    prefSrc,
    table,
    nexthops,
    mtu: request.mtu,
    mtuLocked: request.mtuLocked,
    metrics: request.metrics,
  })
}

/** As `ip route` fills it in. */
function defaultScope(type: RouteType, nexthops: readonly NexthopRequest[]): number {
  if (type === 'local' || type === 'nat') return SCOPE_HOST
  if (type === 'broadcast' || type === 'multicast' || type === 'anycast') return SCOPE_LINK
  if (type !== 'unicast') return SCOPE_UNIVERSE
  return nexthops.some((nexthop) => nexthop.via !== null) || nexthops.length > 1 ? SCOPE_UNIVERSE : SCOPE_LINK
}

/** fib_props[].scope */
function leastScope(type: RouteType): number {
  if (type === 'local') return SCOPE_HOST
  return type === 'broadcast' || type === 'anycast' ? SCOPE_LINK : SCOPE_UNIVERSE
}

interface Surroundings {
  table: number
  scope: number
  count: number
}

function checkNexthop(netns: NetNamespace, wanted: NexthopRequest, route: Surroundings): Nexthop {
  if (route.scope === SCOPE_HOST) {
    if (route.count !== 1) throw new KernelError('EINVAL', 'Route with host scope can not have multiple nexthops')
    if (wanted.via !== null) throw new KernelError('EINVAL', 'Route with host scope can not have a gateway')
    if (wanted.dev === null) throw new KernelError('ENODEV')
    return finish(wanted, wanted.dev, SCOPE_NOWHERE)
  }
  if (wanted.via !== null) return checkGateway(netns, wanted, wanted.via, route)
  if (wanted.onlink === true) {
    throw new KernelError('EINVAL', 'Invalid flags for nexthop - PERVASIVE and ONLINK can not be set')
  }
  if (wanted.dev === null) throw new KernelError('ENODEV')
  if (!wanted.dev.isUp) throw new KernelError('ENETDOWN', 'Device for nexthop is not up')
  return finish(wanted, wanted.dev, SCOPE_HOST)
}

function checkGateway(netns: NetNamespace, wanted: NexthopRequest, via: number, route: Surroundings): Nexthop {
  if (route.scope >= SCOPE_LINK) throw new KernelError('EINVAL', 'Nexthop has invalid scope')
  if (wanted.onlink === true) return checkOnlink(netns, wanted, via)
  const flow = new FlowKey(via)
  flow.oif = wanted.dev
  flow.scope = Math.max(route.scope + 1, SCOPE_LINK)
  flow.iif = netns.loopback
  const own = route.table !== TABLE_MAIN ? netns.fib.table(route.table) : null
  const found = own?.lookup(flow, true) ?? null
  const answer =
    found !== null && (found.route.type === 'unicast' || found.route.type === 'local') ? found : lookupTables(netns, flow, true)
  if (typeof answer === 'string') throw new KernelError(answer, 'Nexthop has invalid gateway')
  if (answer.route.type !== 'unicast' && answer.route.type !== 'local') throw new KernelError('EINVAL', 'Nexthop has invalid gateway')
  const dev = answer.nexthop?.dev ?? null
  if (dev === null) throw new KernelError('EINVAL', 'No egress device for nexthop gateway')
  if (!dev.isUp) throw new KernelError('ENETDOWN')
  return finish(wanted, dev, answer.route.scope)
}

function checkOnlink(netns: NetNamespace, wanted: NexthopRequest, via: number): Nexthop {
  if (wanted.dev === null) throw new KernelError('ENODEV', 'Nexthop device required for onlink')
  if (!wanted.dev.isUp) throw new KernelError('ENETDOWN', 'Nexthop device is not up')
  const flow = new FlowKey(via)
  const own = netns.fib.table(TABLE_LOCAL)!.lookup(flow, true)
  if (own !== null && own.route.type !== 'unicast') throw new KernelError('EINVAL', 'Nexthop has invalid gateway')
  return finish(wanted, wanted.dev, SCOPE_LINK)
}

function finish(wanted: NexthopRequest, dev: NetDevice, scope: number): Nexthop {
  const nexthop = new Nexthop(dev, wanted.via, wanted.weight ?? 1, wanted.onlink ?? false)
  nexthop.scope = scope
  nexthop.linkdown = scope !== SCOPE_NOWHERE && !dev.carrier
  return nexthop
}
