// One legacy router on a network node: its namespace, devices, routes, rules and metadata proxy, brought to what the server says.
import type { Ipv4Prefix } from '../../../addr/ipv4.js'
import { formatIpv4, formatPrefix } from '../../../addr/ipv4.js'
import type { Agent } from '../../agent.js'
import { IptablesManager } from '../../iptables-manager.js'
import { INTEGRATION_BRIDGE, InterfaceDriver } from '../interface-driver.js'
import type { MetadataProxy } from '../metadata/proxy-process.js'
import { Namespace } from '../namespace.js'
import type { HostRoute } from '../objects.js'
import { deviceName } from '../objects.js'
import { type AgentContext, NOT_DISTRIBUTED, type RouterInfo, type RouterPort } from '../rpc.js'
import { announce } from './gratuitous-arp.js'
import type { SnatPort } from './router-rules.js'
import { cidrText, RouterRules } from './router-rules.js'

export type FloatingStatus = 'ACTIVE' | 'DOWN' | 'ERROR'

export interface RouterHost {
  readonly agent: Agent
  readonly context: AgentContext
  /** Work beside the agent's queue, such as repeated ARPs. */
  aside(work: () => Promise<void>): void
}

export class LegacyRouter {
  readonly namespace: Namespace
  private readonly rules: RouterRules
  private readonly driver: InterfaceDriver
  private internal: readonly RouterPort[] = []
  private gateway: RouterPort | null = null
  private routes: readonly HostRoute[] = []
  private floating = new Set<string>()

  constructor(
    readonly id: string,
    private readonly host: RouterHost,
    private readonly proxy: MetadataProxy,
  ) {
    const { agent, context } = host
    const { profile } = context
    this.namespace = new Namespace(`qrouter-${id}`, agent, profile.l3.netlink)
    const manager = new IptablesManager('neutron-l3-agent', profile.name, { namespace: this.namespace.name })
    this.rules = new RouterRules(manager, profile.l3, agent.machine)
    this.driver = new InterfaceDriver(agent, profile)
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
    const wanted = info.interfaces.filter((port) => port.adminStateUp && port.addresses.length > 0)
    const old = this.internal.filter((port) => !wanted.some(({ id }) => id === port.id))
    if (profile.l3.oldPortsFirst) await this.removeInternal(old)
    const before = this.internal
    for (const port of wanted) if (!before.some(({ id }) => id === port.id)) await this.addInternal(port)
    if (!profile.l3.oldPortsFirst) await this.removeInternal(old)
    await this.updateInternal(before, wanted)
    this.internal = wanted
    const present = await this.sweep(
      'qr-',
      wanted.map((port) => deviceName('qr-', port.id)),
    )
    await this.processGateway(info, present)
    const statuses = await this.processExternal(info)
    if (profile.l3.metadataRules === 'mark') await this.startProxy()
    return statuses
  }

  /** Icehouse: routes, then rules, then addresses. Later: rules, addresses, scopes, then routes. */
  private async processExternal(info: RouterInfo): Promise<ReadonlyMap<string, FloatingStatus>> {
    const { addressScopes } = this.host.context.profile.l3
    if (!addressScopes) await this.updateRoutes(info.routes)
    const isTranslated = this.updateRules(info)
    if (isTranslated) await this.apply()
    const statuses = await this.updateFloating(info)
    if (addressScopes) {
      const gateway = info.gateway === null ? null : deviceName('qg-', info.gateway.id)
      const devices = info.interfaces.map((port) => deviceName('qr-', port.id))
      this.rules.setScopes(devices, gateway, info.gateway?.enableSnat ?? false)
      await this.apply()
      await this.updateRoutes(info.routes)
    }
    this.gateway = info.gateway
    return statuses
  }

  /** Postcondition: nothing is left but what the release leaves. */
  async delete(): Promise<void> {
    const { profile } = this.host.context
    const empty = {
      id: this.id,
      name: '',
      adminStateUp: true,
      gateway: null,
      interfaces: [],
      floatingIps: [],
      routes: [],
      ...NOT_DISTRIBUTED,
    }
    if (profile.l3.deletesNamespaces) {
      await this.proxy.stop(this.namespace, this.id)
      await this.removeInternal(this.internal)
      if (this.gateway !== null) await this.removeGateway(this.gateway)
    } else {
      await this.process(empty)
      this.rules.removeMetadata()
      await this.apply()
      await this.proxy.stop(this.namespace, this.id)
    }
    const left = await this.sweep('qr-', [])
    await this.sweep('qg-', [], left)
    if (profile.l3.deletesNamespaces) await this.namespace.delete()
  }

  // --- devices

  private async addInternal(port: RouterPort): Promise<void> {
    const device = deviceName('qr-', port.id)
    const isNew = await this.plug(port, device, INTEGRATION_BRIDGE)
    await this.driver.initAddresses(this.namespace, device, prefixesOf(port), { isNew })
    this.announce(device, port)
  }

  private async removeInternal(ports: readonly RouterPort[]): Promise<void> {
    for (const port of ports) {
      const device = deviceName('qr-', port.id)
      if (await this.namespace.hasDevice(device)) await this.driver.unplug(device, INTEGRATION_BRIDGE)
    }
  }

  /** Later releases follow a port whose addresses or MTU changed. */
  private async updateInternal(before: readonly RouterPort[], wanted: readonly RouterPort[]): Promise<void> {
    if (!this.host.context.profile.l3.netlink) return
    for (const port of wanted) {
      const old = before.find(({ id }) => id === port.id)
      if (old === undefined || keyOf(old) === keyOf(port)) continue
      const device = deviceName('qr-', port.id)
      await this.namespace.link(['ip', 'link', 'set', device, 'mtu', String(port.mtu)])
      await this.driver.initAddresses(this.namespace, device, prefixesOf(port))
    }
  }

  /** Unplugs devices that no port stands for; returns what was there. */
  private async sweep(prefix: 'qr-' | 'qg-', known: readonly string[], present?: readonly string[]): Promise<readonly string[]> {
    const bridge = prefix === 'qr-' ? INTEGRATION_BRIDGE : this.externalBridge
    const devices = present ?? (await this.namespace.devices())
    for (const device of devices) {
      if (device.startsWith(prefix) && !known.includes(device)) await this.driver.unplug(device, bridge)
    }
    return devices
  }

  private plug(port: RouterPort, device: string, bridge: string): Promise<boolean> {
    const { namespace } = this
    return this.driver.plug({ portId: port.id, device, mac: port.mac, mtu: port.mtu, bridge, namespace })
  }

  private announce(device: string, port: RouterPort): void {
    for (const { address } of port.addresses) this.announceAddress(device, formatIpv4(address))
  }

  private announceAddress(device: string, address: string): void {
    const { gratuitousRounds } = this.host.context.profile.l3
    if (gratuitousRounds > 0) this.host.aside(() => announce(this.namespace, device, address, gratuitousRounds))
  }

  private get externalBridge(): string {
    return this.host.context.config.externalBridge ?? INTEGRATION_BRIDGE
  }

  // --- the gateway

  private async processGateway(info: RouterInfo, present: readonly string[]): Promise<void> {
    const { gateway } = info
    const old = this.gateway
    const { netlink } = this.host.context.profile.l3
    const isOther = gateway !== null && old !== null && gateway.id !== old.id
    if (old !== null && (gateway === null || (isOther && !netlink))) await this.removeGateway(old)
    if (gateway !== null && (old === null || isOther || (netlink && keyOf(old) !== keyOf(gateway)))) await this.addGateway(gateway, info)
    const known = gateway ?? old
    const names = known === null ? [] : [deviceName('qg-', known.id)]
    // Icehouse looks once; what it has just unplugged is no stale device either.
    await this.sweep('qg-', names, netlink ? undefined : present)
  }

  private async addGateway(port: RouterPort, info: RouterInfo): Promise<void> {
    const device = deviceName('qg-', port.id)
    const isNew = await this.plug(port, device, this.externalBridge)
    const keep = info.floatingIps.map(({ address }) => `${formatIpv4(address)}/32`)
    await this.driver.initAddresses(this.namespace, device, prefixesOf(port), { isNew, keep, endConnections: true })
    if (!this.host.context.profile.l3.netlink) this.announce(device, port)
    for (const { gatewayIp } of port.addresses) if (gatewayIp !== null) await this.setDefaultRoute(formatIpv4(gatewayIp), device)
    if (this.host.context.profile.l3.netlink) this.announce(device, port)
  }

  private async setDefaultRoute(gateway: string, device: string): Promise<void> {
    if (this.host.context.profile.l3.defaultRoute === 'route-add') {
      await this.namespace.exec(['route', 'add', 'default', 'gw', gateway], { mayFail: true })
      return
    }
    const present = await this.namespace.exec(['ip', '-4', 'route', 'list', 'dev', device])
    const old = /^default via (\S+)/m.exec(present.stdout)?.[1]
    if (old !== undefined && old !== gateway) await this.namespace.exec(['ip', '-4', 'route', 'del', 'default', 'via', old, 'dev', device])
    await this.namespace.exec(['ip', '-4', 'route', 'replace', 'default', 'via', gateway, 'dev', device])
  }

  private async removeGateway(port: RouterPort): Promise<void> {
    const device = deviceName('qg-', port.id)
    if (this.host.context.profile.l3.netlink) {
      for (const prefix of prefixesOf(port)) await this.driver.deleteAddress(this.namespace, device, formatPrefix(prefix), true)
    }
    await this.driver.unplug(device, this.externalBridge)
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
    const present = await this.driver.addresses(this.namespace, device)
    for (const { id, address } of info.floatingIps) {
      const text = formatIpv4(address)
      if (!present.includes(`${text}/32`)) {
        await this.driver.addAddress(this.namespace, device, { address, length: 32 })
        this.announceAddress(device, text)
      }
      statuses.set(id, 'ACTIVE')
    }
    const wanted = new Set([...info.floatingIps, ...info.gateway.addresses].map(({ address }) => `${formatIpv4(address)}/32`))
    for (const text of present) {
      if (text.endsWith('/32') && !wanted.has(text)) await this.driver.deleteAddress(this.namespace, device, text, true)
    }
    return this.report(statuses)
  }

  private report(statuses: Map<string, FloatingStatus>): ReadonlyMap<string, FloatingStatus> {
    const now = new Set(statuses.keys())
    for (const id of this.floating) if (!now.has(id)) statuses.set(id, 'DOWN')
    this.floating = now
    return statuses
  }

  // --- extra routes

  private async updateRoutes(wanted: readonly HostRoute[]): Promise<void> {
    const added = wanted.filter((route) => !this.routes.some((old) => routeKey(old) === routeKey(route)))
    const removed = this.routes.filter((old) => !wanted.some((route) => routeKey(old) === routeKey(route)))
    for (const route of added) await this.route('replace', route)
    for (const route of removed) {
      const isReplaced = added.some(({ destination }) => formatPrefix(destination) === formatPrefix(route.destination))
      if (!isReplaced) await this.route('delete', route)
    }
    this.routes = wanted
  }

  private async route(operation: 'replace' | 'delete', { destination, nextHop }: HostRoute): Promise<void> {
    const words = ['ip', 'route', operation, 'to', formatPrefix(destination), 'via', formatIpv4(nextHop)]
    await this.namespace.exec(words, { mayFail: true })
  }
}

function prefixesOf(port: RouterPort): Ipv4Prefix[] {
  return port.addresses.map(({ address, cidr }) => ({ address, length: cidr.length }))
}

function keyOf(port: RouterPort): string {
  return `${port.id} ${port.mtu} ${prefixesOf(port).map(formatPrefix).join(' ')}`
}

function routeKey({ destination, nextHop }: HostRoute): string {
  return `${formatPrefix(destination)} ${formatIpv4(nextHop)}`
}
