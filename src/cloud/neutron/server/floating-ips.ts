// Floating IPs: an address outside, led to a fixed one through the router between.
import { formatIpv4, type Ipv4Address } from '../../../addr/ipv4.js'
import type { MacAddress } from '../../../addr/mac.js'
import type { FloatingIp, Port } from '../objects.js'
import { OWNER } from '../objects.js'
import { checkQuota, ownCount, type ServerContext } from './context.js'
import { isInterface } from './database.js'
import type { DvrPorts } from './dvr-ports.js'
import type { Ports } from './ports.js'

export interface FloatingIpInput {
  readonly id?: string
  readonly networkId: string
  readonly tenantId?: string
  readonly address?: Ipv4Address
  readonly portId?: string | null
  readonly fixedIp?: Ipv4Address | null
  /** The documents' values for the port outside. */
  readonly floatingPortId?: string
  readonly mac?: MacAddress
}

export interface Association {
  readonly portId?: string | null
  readonly fixedIp?: Ipv4Address | null
}

interface Target {
  readonly portId: string
  readonly fixedIp: Ipv4Address
  readonly routerId: string
}

export class FloatingIps {
  constructor(
    private readonly server: ServerContext,
    private readonly ports: Ports,
    private readonly dvrPorts: DvrPorts,
  ) {}

  get(id: string): FloatingIp {
    const row = this.server.db.floatingIps.get(id)
    if (row === undefined) throw this.server.refuse.error('FloatingIPNotFound', { id })
    return row
  }

  create(input: FloatingIpInput): FloatingIp {
    const { db, random, refuse, clock, projectId } = this.server
    checkQuota(this.server, 'floatingip', () => ownCount(db.floatingIps.values()))
    const network = db.networks.get(input.networkId)
    if (network?.external !== true) throw this.bad(`Network ${input.networkId} is not a valid external network`)
    const id = input.id ?? random.uuid()
    const outside = this.outsidePort(id, input)
    const fixed = outside.fixedIps[0]
    if (fixed === undefined) {
      this.ports.remove(outside)
      throw refuse.error('ExternalIpAddressExhausted', { network: input.networkId })
    }
    const row: FloatingIp = {
      id,
      tenantId: input.tenantId ?? projectId,
      address: fixed.address,
      networkId: input.networkId,
      floatingPortId: outside.id,
      portId: null,
      fixedIp: null,
      routerId: null,
      status: 'DOWN',
      createdUs: clock.nowUs,
    }
    try {
      this.associate(row, input)
    } catch (error) {
      this.ports.remove(outside)
      throw error
    }
    db.floatingIps.set(id, row)
    this.associated(row)
    return row
  }

  /** Without a port it is led nowhere. */
  update(id: string, changes: Association): FloatingIp {
    const row = this.get(id)
    const before = { routerId: row.routerId, portId: row.portId }
    this.associate(row, changes)
    if (row.routerId === null) row.status = 'DOWN'
    const isMoved = before.portId !== row.portId || before.routerId !== row.routerId
    if (isMoved && before.routerId !== null) this.server.notifier.floatingIpChanged(before.routerId, before.portId!)
    this.associated(row)
    return row
  }

  delete(id: string): void {
    const { db, notifier } = this.server
    const row = this.get(id)
    db.floatingIps.delete(id)
    const outside = db.ports.get(row.floatingPortId)
    if (outside !== undefined) this.ports.remove(outside)
    if (row.routerId !== null) notifier.floatingIpChanged(row.routerId, row.portId!)
  }

  /** With a distributed router the port's host needs an address of its own outside. */
  private associated({ routerId, portId, networkId }: FloatingIp): void {
    if (routerId === null || portId === null) return
    const { db, notifier } = this.server
    const host = db.ports.get(portId)!.hostId
    if (db.routers.get(routerId)?.distributed === true && host !== '') this.dvrPorts.agentGateway(networkId, host)
    notifier.floatingIpChanged(routerId, portId)
  }

  private outsidePort(id: string, input: FloatingIpInput): Port {
    return this.ports.create({
      networkId: input.networkId,
      tenantId: '',
      deviceId: id,
      deviceOwner: OWNER.floatingIp,
      ...(input.address === undefined ? {} : { fixedIps: [{ address: input.address }] }),
      ...(input.floatingPortId === undefined ? {} : { id: input.floatingPortId }),
      ...(input.mac === undefined ? {} : { mac: input.mac }),
    })
  }

  private associate(row: FloatingIp, wanted: Association): void {
    const portId = wanted.portId ?? null
    const fixedIp = wanted.fixedIp ?? null
    if (portId === null && fixedIp !== null) throw this.bad('fixed_ip_address cannot be specified without a port_id')
    const target = portId === null ? null : this.target(row, portId, fixedIp)
    this.server.db.floatingIps.lead(row, target ?? { portId: null, fixedIp: null, routerId: null })
  }

  private target(row: FloatingIp, portId: string, wanted: Ipv4Address | null): Target {
    const { db, refuse } = this.server
    const port = this.ports.get(portId)
    const fixed = this.fixedOf(port, wanted)
    const routerId = this.routerBetween(port, fixed.subnetId, row.networkId)
    for (const other of db.floatingIpsOf(portId)) {
      if (other.id === row.id || other.networkId !== row.networkId || other.fixedIp !== fixed.address) continue
      throw refuse.error('FloatingIPPortAlreadyAssociated', {
        address: formatIpv4(row.address),
        id: row.id,
        port: portId,
        fixed: formatIpv4(fixed.address),
        network: row.networkId,
      })
    }
    return { portId, fixedIp: fixed.address, routerId }
  }

  private fixedOf(port: Port, wanted: Ipv4Address | null): { subnetId: string; address: Ipv4Address } {
    if (wanted !== null) {
      const fixed = port.fixedIps.find(({ address }) => address === wanted)
      if (fixed === undefined) throw this.bad(`Port ${port.id} does not have fixed ip ${formatIpv4(wanted)}`)
      return fixed
    }
    if (port.fixedIps.length === 0) throw this.bad(`Cannot add floating IP to port ${port.id} that has no fixed IP addresses`)
    if (port.fixedIps.length > 1) {
      throw this.bad(`Port ${port.id} has multiple fixed IPs.  Must provide a specific IP when assigning a floating IP`)
    }
    return port.fixedIps[0]!
  }

  /** A router with an interface on the subnet and its gateway on the external network. */
  private routerBetween(port: Port, subnetId: string, networkId: string): string {
    const { db, refuse } = this.server
    if (db.subnets.get(subnetId)?.gatewayIp === null) {
      throw this.bad(`Cannot add floating IP to port on subnet ${subnetId} which has no gateway_ip`)
    }
    for (const inner of db.ports.onNetwork(port.networkId)) {
      if (!isInterface(inner) || inner.fixedIps[0]?.subnetId !== subnetId) continue
      const router = db.routers.get(inner.deviceId)
      if (router?.gateway?.networkId === networkId) return router.id
    }
    throw refuse.error('ExternalGatewayForFloatingIPNotFound', { network: networkId, subnet: subnetId, port: port.id })
  }

  private bad(message: string): Error {
    return this.server.refuse.error('BadRequest', { resource: 'floatingip', message })
  }
}
