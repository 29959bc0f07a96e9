// neutron's tables with the indexes that its database has: a cloud of thousands asks for the ports of a network, of a device, at an address.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import type { MacAddress } from '../../../addr/mac.js'
import type { AgentRow, FixedIp, FloatingIp, Port } from '../objects.js'

const NONE: ReadonlySet<never> = new Set()

/** Rows by a key that may change; each key's in the order in which they came to the table. */
class Index<Row extends object> {
  private readonly rows = new Map<string, Set<Row>>()

  add(key: string | null, row: Row): void {
    if (key === null || key === '') return
    const known = this.rows.get(key)
    if (known === undefined) this.rows.set(key, new Set([row]))
    else known.add(row)
  }

  remove(key: string | null, row: Row): void {
    if (key === null) return
    const known = this.rows.get(key)
    known?.delete(row)
    if (known?.size === 0) this.rows.delete(key)
  }

  of(key: string): ReadonlySet<Row> {
    return this.rows.get(key) ?? NONE
  }
}

/** What is in use on a network. */
class NetworkUse {
  readonly addresses = new Map<Ipv4Address, Port>()
  readonly macs = new Map<MacAddress, number>()
}

/** Ports change their device, addresses and MAC through the table. */
export class PortTable extends Map<string, Port> {
  private readonly networks = new Index<Port>()
  private readonly devices = new Index<Port>()
  private readonly uses = new Map<string, NetworkUse>()
  /** When each came. */
  private readonly serials = new WeakMap<Port, number>()
  private serial = 0

  override set(id: string, port: Port): this {
    super.set(id, port)
    this.serials.set(port, this.serial++)
    this.networks.add(port.networkId, port)
    this.devices.add(port.deviceId, port)
    this.take(port)
    return this
  }

  override delete(id: string): boolean {
    const port = this.get(id)
    if (port === undefined) return false
    this.networks.remove(port.networkId, port)
    this.devices.remove(port.deviceId, port)
    this.free(port)
    return super.delete(id)
  }

  give(port: Port, deviceId: string): void {
    if (port.deviceId === deviceId) return
    this.devices.remove(port.deviceId, port)
    port.deviceId = deviceId
    if (this.has(port.id)) this.devices.add(deviceId, port)
  }

  readdress(port: Port, fixedIps: readonly FixedIp[]): void {
    this.free(port)
    port.fixedIps = fixedIps
    if (this.has(port.id)) this.take(port)
  }

  changeMac(port: Port, mac: MacAddress): void {
    this.free(port)
    port.mac = mac
    if (this.has(port.id)) this.take(port)
  }

  onNetwork(networkId: string): ReadonlySet<Port> {
    return this.networks.of(networkId)
  }

  ofDevice(deviceId: string): Port[] {
    if (deviceId === '') return [...this.values()].filter((port) => port.deviceId === '')
    return this.inOrder([...this.devices.of(deviceId)])
  }

  /** In the order in which they were made. */
  inOrder(ports: Port[]): Port[] {
    return ports.sort((a, b) => this.serials.get(a)! - this.serials.get(b)!)
  }

  at(networkId: string, address: Ipv4Address): Port | null {
    return this.uses.get(networkId)?.addresses.get(address) ?? null
  }

  hasMac(networkId: string, mac: MacAddress): boolean {
    return this.uses.get(networkId)?.macs.has(mac) === true
  }

  private take(port: Port): void {
    const use = this.uses.get(port.networkId) ?? new NetworkUse()
    this.uses.set(port.networkId, use)
    for (const { address } of port.fixedIps) if (!use.addresses.has(address)) use.addresses.set(address, port)
    use.macs.set(port.mac, (use.macs.get(port.mac) ?? 0) + 1)
  }

  private free(port: Port): void {
    const use = this.uses.get(port.networkId)
    if (use === undefined || !this.has(port.id)) return
    for (const { address } of port.fixedIps) if (use.addresses.get(address) === port) use.addresses.delete(address)
    const count = use.macs.get(port.mac) ?? 0
    if (count > 1) use.macs.set(port.mac, count - 1)
    else use.macs.delete(port.mac)
  }
}

/** Floating IPs are led elsewhere through the table. */
export class FloatingIpTable extends Map<string, FloatingIp> {
  private readonly ports = new Index<FloatingIp>()
  private readonly routers = new Index<FloatingIp>()
  /** When each came. */
  private readonly serials = new WeakMap<FloatingIp, number>()
  private serial = 0

  override set(id: string, row: FloatingIp): this {
    super.set(id, row)
    this.serials.set(row, this.serial++)
    this.ports.add(row.portId, row)
    this.routers.add(row.routerId, row)
    return this
  }

  override delete(id: string): boolean {
    const row = this.get(id)
    if (row !== undefined) this.forget(row)
    return super.delete(id)
  }

  lead(row: FloatingIp, to: Pick<FloatingIp, 'portId' | 'fixedIp' | 'routerId'>): void {
    this.forget(row)
    row.portId = to.portId
    row.fixedIp = to.fixedIp
    row.routerId = to.routerId
    if (!this.has(row.id)) return
    this.ports.add(row.portId, row)
    this.routers.add(row.routerId, row)
  }

  ofPort(portId: string): FloatingIp[] {
    return this.inOrder(this.ports.of(portId))
  }

  ofRouter(routerId: string): FloatingIp[] {
    return this.inOrder(this.routers.of(routerId))
  }

  private inOrder(rows: Iterable<FloatingIp>): FloatingIp[] {
    return [...rows].sort((a, b) => this.serials.get(a)! - this.serials.get(b)!)
  }

  private forget(row: FloatingIp): void {
    this.ports.remove(row.portId, row)
    this.routers.remove(row.routerId, row)
  }
}

export class AgentTable extends Map<string, AgentRow> {
  private readonly places = new Map<string, AgentRow>()

  override set(id: string, row: AgentRow): this {
    this.places.set(`${row.type}@${row.host}`, row)
    return super.set(id, row)
  }

  /** Rows of agents stay when their agents are gone. */
  override delete(id: string): boolean {
    const row = this.get(id)
    if (row !== undefined) this.places.delete(`${row.type}@${row.host}`)
    return super.delete(id)
  }

  on(type: string, host: string): AgentRow | null {
    return this.places.get(`${type}@${host}`) ?? null
  }
}
