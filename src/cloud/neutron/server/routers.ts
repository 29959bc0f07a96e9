// Routers: interfaces on subnets, the way out, extra routes, and the L3 agent that has them.
import { contains, formatPrefix, type Ipv4Address } from '../../../addr/ipv4.js'
import type { MacAddress } from '../../../addr/mac.js'
import type { FixedIp, HostRoute, Port, Router, Subnet } from '../objects.js'
import { OWNER } from '../objects.js'
import { checkQuota, ownCount, type ServerContext } from './context.js'
import { isInterface } from './database.js'
import type { DistributedRouters } from './distributed-routers.js'
import { DvrPlaces } from './dvr-places.js'
import type { Ports } from './ports.js'

export interface GatewayInput {
  readonly networkId: string
  readonly enableSnat?: boolean
  readonly fixedIps?: readonly { readonly subnetId?: string; readonly address?: Ipv4Address }[]
  /** The documents' values for the port. */
  readonly portId?: string
  readonly mac?: MacAddress
}

export interface RouterInput {
  readonly id?: string
  readonly name?: string
  readonly tenantId?: string
  readonly adminStateUp?: boolean
  readonly distributed?: boolean
  /** null: none; undefined: as it is. */
  readonly gateway?: GatewayInput | null
  readonly routes?: readonly HostRoute[]
}

export interface InterfaceInput {
  readonly subnetId?: string
  readonly portId?: string
}

export interface InterfaceInfo {
  readonly routerId: string
  readonly tenantId: string
  readonly portId: string
  readonly subnetId: string
  readonly networkId: string
}

const MAX_ROUTES = 30

export class Routers {
  private readonly places: DvrPlaces

  constructor(
    private readonly server: ServerContext,
    private readonly ports: Ports,
    readonly dvr: DistributedRouters,
  ) {
    this.places = new DvrPlaces(server.db)
  }

  get(id: string): Router {
    const row = this.server.db.routers.get(id)
    if (row === undefined) throw this.server.refuse.error('RouterNotFound', { id })
    return row
  }

  create(input: RouterInput): Router {
    const { db, random, clock, projectId, notifier } = this.server
    checkQuota(this.server, 'router', () => ownCount(db.routers.values()))
    const router: Router = {
      id: input.id ?? random.uuid(),
      name: input.name ?? '',
      tenantId: input.tenantId ?? projectId,
      adminStateUp: input.adminStateUp ?? true,
      status: 'ACTIVE',
      gateway: null,
      routes: [],
      distributed: input.distributed ?? this.server.routerDistributed,
      ha: false,
      host: null,
      createdUs: clock.nowUs,
    }
    db.routers.set(router.id, router)
    if (input.gateway !== undefined && input.gateway !== null) {
      try {
        this.setGateway(router, input.gateway)
      } catch (error) {
        db.routers.delete(router.id)
        throw error
      }
      notifier.routersUpdated([router.id])
    }
    return router
  }

  update(id: string, changes: RouterInput): Router {
    const router = this.get(id)
    const isConverted = changes.distributed !== undefined && changes.distributed !== router.distributed
    if (isConverted) this.convert(router, changes.distributed!)
    if (changes.gateway !== undefined) this.setGateway(router, changes.gateway)
    if (changes.routes !== undefined) this.checkRoutes(router, changes.routes)
    router.name = changes.name ?? router.name
    router.adminStateUp = changes.adminStateUp ?? router.adminStateUp
    router.routes = changes.routes ?? router.routes
    this.server.notifier.routersUpdated([id])
    return router
  }

  delete(id: string): void {
    const { db, refuse, notifier } = this.server
    const router = this.get(id)
    const serves = db.floatingIps.ofRouter(id).length > 0
    if (serves || db.interfacesOf(id).length > 0) throw refuse.error('RouterInUse', { id })
    db.routers.delete(id)
    for (const port of db.portsOfDevice(id, OWNER.routerGateway)) this.ports.remove(port)
    if (router.distributed && router.gateway !== null) this.dvr.gatewayGone(router.gateway.networkId)
    notifier.routerDeleted(router)
  }

  addInterface(id: string, input: InterfaceInput): InterfaceInfo {
    const router = this.get(id)
    const port = input.portId === undefined ? this.portOnSubnet(router, input.subnetId) : this.takePort(router, input)
    this.dvr.settle(router)
    this.server.notifier.routersUpdated([id])
    const subnet = this.subnetOf(port.fixedIps[0]!)
    return { routerId: id, tenantId: subnet.tenantId, portId: port.id, subnetId: subnet.id, networkId: port.networkId }
  }

  removeInterface(id: string, input: InterfaceInput): InterfaceInfo {
    const router = this.get(id)
    const port = input.portId === undefined ? this.interfaceOn(router, input.subnetId) : this.interfaceBy(router, input)
    const subnet = this.subnetOf(port.fixedIps[0]!)
    this.refuseFloating(router, subnet)
    const connected = router.distributed ? this.places.connected(id) : []
    this.ports.remove(port)
    this.dvr.settle(router)
    if (router.distributed) this.server.notifier.interfaceRemoved(router, [subnet.id], connected)
    this.server.notifier.routersUpdated([id])
    return { routerId: id, tenantId: router.tenantId, portId: port.id, subnetId: subnet.id, networkId: port.networkId }
  }

  // --- interfaces

  private portOnSubnet(router: Router, subnetId: string | undefined): Port {
    if (subnetId === undefined) throw this.bad('Either subnet_id or port_id must be specified')
    const subnet = this.knownSubnet(subnetId)
    if (subnet.gatewayIp === null) throw this.bad('Subnet for router interface must have a gateway IP')
    this.refuseOverlap(router, subnet)
    return this.ports.create({
      networkId: subnet.networkId,
      tenantId: subnet.tenantId,
      fixedIps: [{ subnetId: subnet.id, address: subnet.gatewayIp }],
      deviceId: router.id,
      deviceOwner: interfaceOwner(router),
    })
  }

  private takePort(router: Router, input: InterfaceInput): Port {
    if (input.subnetId !== undefined) throw this.bad('Cannot specify both subnet-id and port-id')
    const port = this.ports.get(input.portId!)
    if (port.deviceId !== '') {
      throw this.server.refuse.error('PortInUse', { id: port.id, network: port.networkId, device: port.deviceId })
    }
    if (port.fixedIps.length !== 1) throw this.bad('Router port must have exactly one fixed IP')
    this.refuseOverlap(router, this.subnetOf(port.fixedIps[0]!))
    return this.ports.update(port.id, { deviceId: router.id, deviceOwner: interfaceOwner(router) })
  }

  private interfaceOn(router: Router, subnetId: string | undefined): Port {
    if (subnetId === undefined) throw this.bad('Either subnet_id or port_id must be specified')
    const subnet = this.knownSubnet(subnetId)
    this.refuseFloating(router, subnet)
    const port = this.interfacesOf(router).find(({ fixedIps }) => fixedIps[0]?.subnetId === subnetId)
    if (port === undefined) {
      throw this.server.refuse.error('RouterInterfaceNotFoundForSubnet', { router: router.id, subnet: subnetId })
    }
    return port
  }

  private interfaceBy(router: Router, input: InterfaceInput): Port {
    const port = this.ports.get(input.portId!)
    if (!isInterface(port) || port.deviceId !== router.id) {
      throw this.server.refuse.error('RouterInterfaceNotFound', { router: router.id, port: port.id })
    }
    if (input.subnetId !== undefined && port.fixedIps[0]?.subnetId !== input.subnetId) {
      throw this.bad(`Subnet on port ${port.id} does not match the requested subnet ${input.subnetId}`)
    }
    return port
  }

  private interfacesOf(router: Router): Port[] {
    return this.server.db.interfacesOf(router.id)
  }

  private refuseOverlap(router: Router, subnet: Subnet): void {
    for (const port of this.server.db.portsOfDevice(router.id)) {
      if (port.deviceOwner === OWNER.centralizedSnat) continue
      for (const fixed of port.fixedIps) {
        if (fixed.subnetId === subnet.id) throw this.bad(`Router already has a port on subnet ${subnet.id}`)
        const other = this.subnetOf(fixed)
        if (!contains(other.cidr, subnet.cidr.address) && !contains(subnet.cidr, other.cidr.address)) continue
        throw this.bad(
          `Cidr ${formatPrefix(subnet.cidr)} of subnet ${subnet.id} overlaps with cidr ${formatPrefix(other.cidr)} of subnet ${other.id}`,
        )
      }
    }
  }

  private refuseFloating(router: Router, subnet: Subnet): void {
    for (const row of this.server.db.floatingIps.values()) {
      if (row.routerId !== router.id || row.fixedIp === null || !contains(subnet.cidr, row.fixedIp)) continue
      throw this.server.refuse.error('RouterInterfaceInUseByFloatingIP', { router: router.id, subnet: subnet.id })
    }
  }

  // --- the way out

  private setGateway(router: Router, wanted: GatewayInput | null): void {
    const { db, refuse } = this.server
    const old = router.gateway
    if (wanted !== null) this.checkExternal(wanted.networkId)
    if (old !== null && old.networkId !== wanted?.networkId) {
      const isNeeded = db.floatingIps.ofRouter(router.id).length > 0
      if (isNeeded) throw refuse.error('RouterExternalGatewayInUseByFloatingIp', { router: router.id, network: old.networkId })
      router.gateway = null
      const port = db.ports.get(old.portId)
      if (port !== undefined) this.ports.remove(port)
      this.dvr.settle(router)
      if (router.distributed) this.dvr.gatewayGone(old.networkId)
    }
    if (wanted === null) return
    if (router.gateway !== null) {
      router.gateway.enableSnat = wanted.enableSnat ?? true
      this.moveGateway(router.gateway.portId, wanted)
      return
    }
    for (const subnet of db.subnetsOf(wanted.networkId)) this.refuseOverlap(router, subnet)
    router.gateway = { networkId: wanted.networkId, portId: this.gatewayPort(router, wanted).id, enableSnat: wanted.enableSnat ?? true }
    this.dvr.settle(router)
  }

  /** Each host that had it forgets it; where it belongs now it is made anew. */
  private convert(router: Router, distributed: boolean): void {
    const before = { ...router }
    this.dvr.convert(router, distributed)
    this.server.notifier.routerDeleted(before)
  }

  private checkExternal(networkId: string): void {
    const { db, refuse } = this.server
    const network = db.networks.get(networkId)
    if (network === undefined) throw refuse.error('NetworkNotFound', { id: networkId })
    if (!network.external) throw this.bad(`Network ${networkId} is not a valid external network`)
  }

  private gatewayPort(router: Router, wanted: GatewayInput): Port {
    const port = this.ports.create({
      networkId: wanted.networkId,
      tenantId: '',
      deviceId: router.id,
      deviceOwner: OWNER.routerGateway,
      ...(wanted.fixedIps === undefined ? {} : { fixedIps: wanted.fixedIps }),
      ...(wanted.portId === undefined ? {} : { id: wanted.portId }),
      ...(wanted.mac === undefined ? {} : { mac: wanted.mac }),
    })
    if (port.fixedIps.length > 0) return port
    this.ports.remove(port)
    throw this.bad(`No IPs available for external network ${wanted.networkId}`)
  }

  /** Another address on the same network: the port stays. */
  private moveGateway(portId: string, { fixedIps }: GatewayInput): void {
    const present = this.ports.get(portId).fixedIps
    const isSame = fixedIps?.every(({ subnetId, address }) =>
      present.some((one) => (subnetId ?? one.subnetId) === one.subnetId && (address ?? one.address) === one.address),
    )
    if (fixedIps === undefined || (isSame && fixedIps.length === present.length)) return
    this.ports.update(portId, { fixedIps })
  }

  private checkRoutes(router: Router, routes: readonly HostRoute[]): void {
    const { refuse } = this.server
    if (routes.length > MAX_ROUTES) throw refuse.error('RoutesExhausted', { id: router.id, quota: MAX_ROUTES })
    const ports = this.server.db.portsOfDevice(router.id)
    for (const { nextHop } of routes) {
      const reachable = ports.some(({ fixedIps }) => fixedIps.some((fixed) => contains(this.subnetOf(fixed).cidr, nextHop)))
      const reason = reachable ? 'the nexthop is used by router' : 'the nexthop is not connected with router'
      const isOwn = ports.some(({ fixedIps }) => fixedIps.some(({ address }) => address === nextHop))
      if (!reachable || isOwn) throw refuse.error('InvalidRoutes', { routes: routesText(routes), reason })
    }
  }

  private knownSubnet(id: string): Subnet {
    const subnet = this.server.db.subnets.get(id)
    if (subnet === undefined) throw this.server.refuse.error('SubnetNotFound', { id })
    return subnet
  }

  private subnetOf(fixed: FixedIp): Subnet {
    return this.server.db.subnets.get(fixed.subnetId)!
  }

  private bad(message: string): Error {
    return this.server.refuse.error('BadRequest', { resource: 'router', message })
  }
}

function interfaceOwner(router: Router): string {
  return router.distributed ? OWNER.distributedInterface : OWNER.routerInterface
}

function routesText(routes: readonly HostRoute[]): string {
  return `[${routes.map(({ destination }) => `{u'destination': u'${formatPrefix(destination)}'}`).join(', ')}]`
}
