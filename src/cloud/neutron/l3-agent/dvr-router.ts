// A distributed router on one host: its namespace is the same on every host that needs it, and leads outside by the host's own fip
// namespace or, without floating address, by the snat namespace that one of the hosts has.
import { formatIpv4, formatPrefix, networkOf } from '../../../addr/ipv4.js'
import { AgentError } from '../../agent.js'
import { IptablesManager } from '../../iptables-manager.js'
import type { MetadataProxy } from '../metadata/proxy-process.js'
import { L3_AGENT, pairName, routerNetns } from '../names.js'
import { Namespace } from '../namespace.js'
import type { HostRoute } from '../objects.js'
import type { ArpEntry, RouterFloatingIp, RouterInfo, RouterPort } from '../rpc.js'
import { DvrFloating } from './dvr-floating.js'
import { DvrNeighbours } from './dvr-neighbours.js'
import { addRedirect, type Redirect, removeAllRules, removeRedirect } from './dvr-redirect.js'
import { DvrRules, dvrGuardOf } from './dvr-rules.js'
import { ExtraRoutes, type RouteChange, typeRoute } from './extra-routes.js'
import type { FipNamespace } from './fip-namespace.js'
import { keyOf, PluggedPorts, usable } from './plugged-ports.js'
import { emptyRouter, type FloatingStatus, type Router, type RouterHost } from './router-host.js'
import { RouterRules } from './router-rules.js'
import { SnatNamespace } from './snat-namespace.js'

export interface DvrHost extends RouterHost {
  /** The host's one for the external network. */
  fipNamespace(networkId: string): FipNamespace
}

export class DvrRouter implements Router {
  readonly namespace: Namespace
  private readonly rules: RouterRules
  private readonly translation: DvrRules
  private readonly inside: PluggedPorts
  private readonly neighbours: DvrNeighbours
  private readonly floating: DvrFloating
  private readonly routes: ExtraRoutes
  /** Null: this host never has gateways (agent_mode dvr). */
  private readonly snat: SnatNamespace | null
  private info: RouterInfo
  private internal: RouterPort[] = []
  private gateway: RouterPort | null = null
  /** As they were told last: for what goes. */
  private snatPorts: readonly RouterPort[] = []
  private fip: FipNamespace | null = null
  private isConnected = false
  private reported = new Set<string>()

  constructor(
    readonly id: string,
    private readonly host: DvrHost,
    private readonly proxy: MetadataProxy,
  ) {
    const { agent, context } = host
    const { profile, config } = context
    const namespace = new Namespace(routerNetns(id), agent, profile.l3.netlink)
    this.namespace = namespace
    const manager = new IptablesManager(L3_AGENT, profile.name, { namespace: namespace.name })
    this.rules = new RouterRules(manager, profile.l3, agent.machine)
    this.translation = new DvrRules(this.rules, dvrGuardOf(config.flags))
    this.inside = new PluggedPorts(namespace, host, 'qr-')
    this.neighbours = new DvrNeighbours(namespace, (port) => this.inside.device(port))
    this.floating = new DvrFloating(id, namespace)
    this.routes = new ExtraRoutes((operation, route) => this.changeRoute(operation, route))
    this.snat = config.agentMode === 'dvr_snat' ? new SnatNamespace(id, host) : null
    this.info = emptyRouter(id)
  }

  async create(info: RouterInfo): Promise<void> {
    this.info = info
    if (info.gateway !== null) await this.floating.load(this.servedHere(info), this.host.fipNamespace(info.gateway.networkId))
    if (this.snat?.isFor(info) === true) await this.snat.create()
    await this.namespace.ensure()
    const settings = ['net.ipv4.ip_forward=1', ...this.host.context.profile.l3.routerSysctls]
    for (const setting of settings) await this.namespace.exec(['sysctl', '-w', setting])
    this.rules.addMetadata()
  }

  async process(info: RouterInfo): Promise<ReadonlyMap<string, FloatingStatus>> {
    this.info = info
    if (this.gateway !== null && info.gateway !== null && this.gateway.networkId !== info.gateway.networkId)
      await this.removeGateway(this.gateway)
    if (info.gateway !== null) this.fip = this.host.fipNamespace(info.gateway.networkId)
    await this.processInternal()
    if (info.gateway !== null) await this.connect(info.gateway)
    await this.processGateway()
    await this.translate()
    const statuses = await this.processFloating()
    await this.setScopes()
    await this.routes.update(info.routes)
    this.gateway = info.gateway
    this.snatPorts = info.snatInterfaces
    await this.proxy.start(this.namespace, { routerId: this.id })
    return statuses
  }

  async delete(): Promise<void> {
    await this.proxy.stop(this.namespace, this.id)
    this.info = emptyRouter(this.id)
    if (await this.namespace.exists()) {
      await this.processInternal()
      if (this.gateway !== null) await this.removeGateway(this.gateway)
      const rfp = pairName('rfp-', this.id)
      if (await this.namespace.hasDevice(rfp)) await this.namespace.link(['ip', 'link', 'del', rfp])
      await this.namespace.delete()
    }
    await this.snat?.delete()
  }

  async setNeighbour(entry: ArpEntry, change: 'add' | 'del'): Promise<void> {
    await this.neighbours.set(entry, change, this.info.interfaces)
  }

  // --- inside

  private async processInternal(): Promise<void> {
    const wanted = usable(this.info.interfaces)
    const before = this.internal
    for (const port of before) if (!wanted.some(({ id }) => id === port.id)) await this.removeInternal(port)
    for (const port of wanted) {
      const old = before.find(({ id }) => id === port.id)
      if (old === undefined) await this.addInternal(port)
      else if (keyOf(old) !== keyOf(port)) await this.inside.update(port)
    }
    this.internal = wanted
    await this.inside.sweep(wanted.map((port) => this.inside.device(port)))
  }

  private async addInternal(port: RouterPort): Promise<void> {
    await this.inside.plug(port)
    this.inside.announce(port)
    await this.neighbours.addSubnets(port, this.info)
    const snat = snatPortOf(port, this.info.snatInterfaces)
    if (this.info.gateway === null || snat === null) return
    await addRedirect(this.namespace, this.redirect(port, snat))
    // With a new gateway all of them are plugged at once.
    if (this.snat?.isFor(this.info) === true && this.gateway !== null) await this.snat.addInternal(snat)
  }

  private async removeInternal(port: RouterPort): Promise<void> {
    this.neighbours.forget(port)
    const snat = snatPortOf(port, this.snatPorts)
    if (this.gateway !== null && snat !== null) {
      await removeRedirect(this.namespace, this.redirect(port, snat))
      await this.inside.unplug(port)
      await this.snat?.removeInternal(snat)
    } else await this.inside.unplug(port)
  }

  private redirect(port: RouterPort, snat: RouterPort): Redirect {
    return { device: this.inside.device(port), port, snat }
  }

  // --- outside

  private async connect(gateway: RouterPort): Promise<void> {
    const fip = this.fip!
    const { plugin, host } = this.host.context
    const port = this.info.agentGatewayPort ?? (await plugin.getAgentGatewayPort(gateway.networkId, host))
    if (port === null) throw new AgentError(`DVR: network ${gateway.networkId} has no agent gateway port for ${host}`)
    await fip.setGateway(port)
    if (!this.isConnected) this.isConnected = fip.floatingOf(this.id).length > 0
    if (this.isConnected && fip.isLinked(this.id)) return
    await fip.link(this, gateway.mtu)
    this.isConnected = true
    await this.routes.repeat(this.info.routes)
  }

  private async processGateway(): Promise<void> {
    const { gateway } = this.info
    const old = this.gateway
    if (gateway !== null) {
      if (old === null) await this.addGateway(gateway)
      else await this.updateSnat(gateway, keyOf(old) !== keyOf(gateway))
    } else if (old !== null) await this.removeGateway(old)
    else for (const port of this.internal) await removeAllRules(this.namespace, this.inside.device(port))
  }

  private async addGateway(gateway: RouterPort): Promise<void> {
    await this.namespace.exec(['sysctl', '-w', 'net.ipv4.conf.all.send_redirects=0'])
    for (const port of this.internal) {
      const snat = snatPortOf(port, this.info.snatInterfaces)
      if (snat !== null) await addRedirect(this.namespace, this.redirect(port, snat))
    }
    await this.neighbours.addSnat(this.internal, this.info)
    await this.addSnat(gateway)
  }

  private async addSnat(gateway: RouterPort): Promise<void> {
    if (this.snat === null) return
    if (this.snat.isFor(this.info)) {
      await this.snat.addGateway(gateway, this.info)
      await this.routes.repeat(this.info.routes)
    } else await this.snat.delete()
  }

  /** The gateway's host may have become this one, or another. */
  private async updateSnat(gateway: RouterPort, isChanged: boolean): Promise<void> {
    if (this.snat === null) return
    if (!this.snat.isFor(this.info)) await this.snat.delete()
    else if (!(await this.snat.namespace.exists())) await this.addSnat(gateway)
    else if (isChanged)
      await this.snat.setGateway(
        gateway,
        this.info.floatingIps.filter(({ isCentral }) => isCentral),
      )
  }

  private async removeGateway(old: RouterPort): Promise<void> {
    const fip = this.fip
    if (fip !== null) {
      this.translation.setFloating(pairName('rfp-', this.id), [])
      await this.rules.manager.apply(this.host.agent)
      for (const address of fip.floatingOf(this.id)) await this.floating.remove(address, fip)
      await fip.unlink(this)
      this.isConnected = false
    }
    for (const port of this.internal) {
      const snat = snatPortOf(port, this.snatPorts)
      if (snat !== null) await removeRedirect(this.namespace, this.redirect(port, snat))
    }
    await this.snat?.delete()
    this.fip = null
    if (this.gateway?.id === old.id) this.gateway = null
  }

  // --- translation

  private async translate(): Promise<void> {
    const { gateway, floatingIps } = this.info
    const rfp = pairName('rfp-', this.id)
    const isLinked = gateway !== null && this.fip?.isLinked(this.id) === true
    const subnets = this.internal.flatMap(({ addresses }) => addresses.map(({ cidr }) => formatPrefix(networkOf(cidr))))
    this.translation.setSnat(isLinked && floatingIps.length > 0 ? rfp : null, subnets)
    if (gateway !== null) {
      this.snat?.setSnat(this.info)
      await this.snat?.setFloating(floatingIps.filter(({ isCentral }) => isCentral))
      this.translation.setFloating(rfp, this.servedHere(this.info))
    }
    await this.rules.manager.apply(this.host.agent)
  }

  private async setScopes(): Promise<void> {
    const devices = this.info.interfaces.map((port) => this.inside.device(port))
    if (this.info.gateway !== null && this.fip?.isLinked(this.id) === true) devices.push(pairName('rfp-', this.id))
    this.rules.setScopes(devices, null, false)
    await this.rules.manager.apply(this.host.agent)
    await this.snat?.setScopes(this.info)
  }

  // --- floating addresses

  private servedHere({ floatingIps }: RouterInfo): RouterFloatingIp[] {
    return floatingIps.filter(({ host, isCentral }) => !isCentral && host === this.host.context.host)
  }

  private async processFloating(): Promise<ReadonlyMap<string, FloatingStatus>> {
    const changed = new Set<string>()
    const { gateway } = this.info
    const served: RouterFloatingIp[] = []
    if (gateway !== null && this.fip?.isLinked(this.id) === true) {
      served.push(...(await this.serveHere(this.fip, changed)))
      if (this.snat?.isFor(this.info) === true) served.push(...(await this.serveCentrally(this.snat, gateway, changed)))
    }
    return this.report(served, changed)
  }

  private async serveHere(fip: FipNamespace, changed: Set<string>): Promise<RouterFloatingIp[]> {
    const rows = this.servedHere(this.info)
    const present = fip.floatingOf(this.id)
    for (const row of rows) {
      const isThere = present.includes(formatIpv4(row.address))
      if (isThere && !(await this.floating.move(row, fip))) continue
      if (!isThere) await this.floating.add(row, fip)
      changed.add(row.id)
    }
    for (const address of present) if (!rows.some((row) => formatIpv4(row.address) === address)) await this.floating.remove(address, fip)
    return rows
  }

  private async serveCentrally(snat: SnatNamespace, gateway: RouterPort, changed: Set<string>): Promise<RouterFloatingIp[]> {
    const rows = this.info.floatingIps.filter(({ isCentral }) => isCentral)
    const present = await snat.floatingOn(gateway)
    for (const row of rows) {
      if (present.includes(formatIpv4(row.address))) continue
      await snat.addFloating(gateway, row)
      changed.add(row.id)
    }
    for (const address of present) if (!rows.some((row) => formatIpv4(row.address) === address)) await snat.removeFloating(gateway, address)
    return rows
  }

  private report(served: readonly RouterFloatingIp[], changed: ReadonlySet<string>): ReadonlyMap<string, FloatingStatus> {
    const statuses = new Map<string, FloatingStatus>()
    for (const { id } of served) if (changed.has(id) || !this.reported.has(id)) statuses.set(id, 'ACTIVE')
    for (const id of this.reported) if (!served.some((row) => row.id === id)) statuses.set(id, 'DOWN')
    this.reported = new Set(served.map(({ id }) => id))
    return statuses
  }

  // --- extra routes: where their next hop can be

  private async changeRoute(operation: RouteChange, route: HostRoute): Promise<void> {
    const port = this.fip?.gatewayPort ?? null
    if (port !== null && reaches(port, route) && (await this.fip!.namespace.exists())) {
      await typeRoute(this.fip!.namespace, operation, route, String(this.fip!.tableOf(this.id)))
    }
    if (this.info.gateway !== null && this.snat?.isFor(this.info) === true && (await this.snat.namespace.exists())) {
      await typeRoute(this.snat.namespace, operation, route)
    }
    await typeRoute(this.namespace, operation, route)
  }
}

function snatPortOf(port: RouterPort, snatPorts: readonly RouterPort[]): RouterPort | null {
  const ids = port.addresses.map(({ subnetId }) => subnetId)
  return snatPorts.find(({ addresses }) => addresses.some(({ subnetId }) => ids.includes(subnetId))) ?? null
}

function reaches(port: RouterPort, { nextHop }: HostRoute): boolean {
  return port.addresses.some(({ cidr }) => networkOf({ address: nextHop, length: cidr.length }).address === networkOf(cidr).address)
}
