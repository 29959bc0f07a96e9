// One legacy router on a network node: its namespace, devices, routes, rules and metadata proxy, brought to what the server says.
import { formatIpv4 } from '../../../addr/ipv4.js'
import { IptablesManager } from '../../iptables-manager.js'
import type { MetadataProxy } from '../metadata/proxy-process.js'
import { deviceName, L3_AGENT, routerNetns } from '../names.js'
import { Namespace } from '../namespace.js'
import type { RouterInfo, RouterPort } from '../rpc.js'
import { ExtraRoutes, typeRoute } from './extra-routes.js'
import { GatewayPort } from './gateway-port.js'
import { keyOf, PluggedPorts, usable } from './plugged-ports.js'
import { emptyRouter, type FloatingStatus, type Router, type RouterHost } from './router-host.js'
import type { SnatPort } from './router-rules.js'
import { cidrText, RouterRules } from './router-rules.js'

export class LegacyRouter implements Router {
  readonly namespace: Namespace
  private readonly rules: RouterRules
  private readonly inside: PluggedPorts
  private readonly outside: GatewayPort
  private readonly routes: ExtraRoutes
  private internal: readonly RouterPort[] = []
  private gateway: RouterPort | null = null
  private floating = new Set<string>()

  constructor(
    readonly id: string,
    private readonly host: RouterHost,
    private readonly proxy: MetadataProxy,
  ) {
    const { agent, context } = host
    const { profile } = context
    const namespace = new Namespace(routerNetns(id), agent, profile.l3.netlink)
    this.namespace = namespace
    const manager = new IptablesManager(L3_AGENT, profile.name, { namespace: namespace.name })
    this.rules = new RouterRules(manager, profile.l3, agent.machine)
    this.inside = new PluggedPorts(namespace, host, 'qr-')
    this.outside = new GatewayPort(namespace, host)
    this.routes = new ExtraRoutes((operation, route) => typeRoute(namespace, operation, route))
  }

  /** Before its first `process`. */
  async create(): Promise<void> {
    const { profile } = this.host.context
    await this.namespace.ensure()
    for (const setting of ['net.ipv4.ip_forward=1', ...profile.l3.routerSysctls]) await this.namespace.exec(['sysctl', '-w', setting])
    this.rules.addMetadata()
    // Later releases apply these with the first rules of the router.
    if (profile.l3.metadataRules === 'loopback') {
      await this.apply()
      await this.startProxy()
    }
  }

  private startProxy(): Promise<void> {
    return this.proxy.start(this.namespace, { routerId: this.id })
  }

  private apply(): Promise<void> {
    return this.rules.manager.apply(this.host.agent)
  }

  /** Brings everything to what `info` says; returns the floating addresses whose state is to be reported. */
  async process(info: RouterInfo): Promise<ReadonlyMap<string, FloatingStatus>> {
    const { profile } = this.host.context
    const wanted = usable(info.interfaces)
    const old = this.internal.filter((port) => !wanted.some(({ id }) => id === port.id))
    if (profile.l3.oldPortsFirst) await this.removeInternal(old)
    const before = this.internal
    for (const port of wanted) if (!before.some(({ id }) => id === port.id)) await this.addInternal(port)
    if (!profile.l3.oldPortsFirst) await this.removeInternal(old)
    await this.updateInternal(before, wanted)
    this.internal = wanted
    const present = await this.inside.sweep(wanted.map((port) => this.inside.device(port)))
    await this.processGateway(info, present)
    const statuses = await this.processExternal(info)
    if (profile.l3.metadataRules === 'mark') await this.startProxy()
    return statuses
  }

  /** Icehouse: routes, then rules, then addresses. Later: rules, addresses, scopes, then routes. */
  private async processExternal(info: RouterInfo): Promise<ReadonlyMap<string, FloatingStatus>> {
    const { addressScopes } = this.host.context.profile.l3
    if (!addressScopes) await this.routes.update(info.routes)
    const isTranslated = this.updateRules(info)
    if (isTranslated) await this.apply()
    const statuses = await this.updateFloating(info)
    if (addressScopes) {
      const gateway = info.gateway === null ? null : deviceName('qg-', info.gateway.id)
      const devices = info.interfaces.map((port) => deviceName('qr-', port.id))
      this.rules.setScopes(devices, gateway, info.gateway?.enableSnat ?? false)
      await this.apply()
      await this.routes.update(info.routes)
    }
    this.gateway = info.gateway
    return statuses
  }

  /** Postcondition: nothing is left but what the release leaves. */
  async delete(): Promise<void> {
    const { profile } = this.host.context
    if (profile.l3.deletesNamespaces) {
      await this.proxy.stop(this.namespace, this.id)
      await this.removeInternal(this.internal)
      if (this.gateway !== null) await this.outside.remove(this.gateway)
    } else {
      await this.process(emptyRouter(this.id))
      this.rules.removeMetadata()
      await this.apply()
      await this.proxy.stop(this.namespace, this.id)
    }
    const left = await this.inside.sweep([])
    await this.outside.ports.sweep([], left)
    if (profile.l3.deletesNamespaces) await this.namespace.delete()
  }

  // --- devices

  private async addInternal(port: RouterPort): Promise<void> {
    await this.inside.plug(port)
    this.inside.announce(port)
  }

  private async removeInternal(ports: readonly RouterPort[]): Promise<void> {
    for (const port of ports) await this.inside.unplug(port)
  }

  /** Later releases follow a port whose addresses or MTU changed. */
  private async updateInternal(before: readonly RouterPort[], wanted: readonly RouterPort[]): Promise<void> {
    if (!this.host.context.profile.l3.netlink) return
    for (const port of wanted) {
      const old = before.find(({ id }) => id === port.id)
      if (old !== undefined && keyOf(old) !== keyOf(port)) await this.inside.update(port)
    }
  }

  // --- the gateway

  private async processGateway(info: RouterInfo, present: readonly string[]): Promise<void> {
    const { gateway } = info
    const old = this.gateway
    const { netlink } = this.host.context.profile.l3
    const isOther = gateway !== null && old !== null && gateway.id !== old.id
    if (old !== null && (gateway === null || (isOther && !netlink))) await this.outside.remove(old)
    if (gateway !== null && (old === null || isOther || (netlink && keyOf(old) !== keyOf(gateway)))) await this.addGateway(gateway, info)
    const known = gateway ?? old
    const names = known === null ? [] : [this.outside.ports.device(known)]
    // Icehouse looks once; what it has just unplugged is no stale device either.
    await this.outside.ports.sweep(names, netlink ? undefined : present)
  }

  private addGateway(port: RouterPort, info: RouterInfo): Promise<void> {
    return this.outside.add(
      port,
      info.floatingIps.map(({ address }) => `${formatIpv4(address)}/32`),
    )
  }

  // --- rules and floating addresses

  /** False: a router that has no gateway and had none; Icehouse leaves its rules alone. */
  private updateRules(info: RouterInfo): boolean {
    const { gateway } = info
    if (gateway === null && this.gateway === null && !this.host.context.profile.l3.addressScopes) return false
    const first = gateway?.addresses[0]
    const snat: SnatPort | null =
      gateway === null || first === undefined ? null : { device: deviceName('qg-', gateway.id), address: formatIpv4(first.address) }
    const cidrs = this.internal.flatMap((port) => port.addresses.slice(0, 1).map(({ address, cidr }) => cidrText(address, cidr.length)))
    this.rules.setSnat(snat, gateway?.enableSnat ?? false, cidrs)
    this.rules.setFloating(gateway === null ? [] : info.floatingIps)
    return true
  }

  /** NAT stands before an address answers; a lost one goes with its connections. */
  private async updateFloating(info: RouterInfo): Promise<ReadonlyMap<string, FloatingStatus>> {
    const statuses = new Map<string, FloatingStatus>()
    if (info.gateway === null) return this.report(statuses)
    const device = deviceName('qg-', info.gateway.id)
    const present = await this.namespace.addresses(device)
    for (const { id, address } of info.floatingIps) {
      const text = formatIpv4(address)
      if (!present.includes(`${text}/32`)) {
        await this.outside.ports.driver.addAddress(this.namespace, device, { address, length: 32 })
        this.outside.ports.announceAddress(device, text)
      }
      statuses.set(id, 'ACTIVE')
    }
    const wanted = new Set([...info.floatingIps, ...info.gateway.addresses].map(({ address }) => `${formatIpv4(address)}/32`))
    for (const text of present) {
      if (text.endsWith('/32') && !wanted.has(text)) await this.outside.ports.driver.deleteAddress(this.namespace, device, text, true)
    }
    return this.report(statuses)
  }

  private report(statuses: Map<string, FloatingStatus>): ReadonlyMap<string, FloatingStatus> {
    const now = new Set(statuses.keys())
    for (const id of this.floating) if (!now.has(id)) statuses.set(id, 'DOWN')
    this.floating = now
    return statuses
  }

  async setNeighbour(): Promise<void> {}
}
