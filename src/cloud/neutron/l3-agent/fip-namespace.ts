// The namespace between a host's distributed routers and an external network: one fg- port that answers ARP for all floating addresses
// routed here, and a pair of devices to each router.
import { formatIpv4 } from '../../../addr/ipv4.js'
import { IptablesManager } from '../../iptables-manager.js'
import { FLOATING_TABLE, fipNetns, L3_AGENT, pairName } from '../names.js'
import { Namespace } from '../namespace.js'
import type { RouterPort } from '../rpc.js'
import { LinkLocalAllocator, type LinkLocalPair } from './link-local.js'
import { PluggedPorts } from './plugged-ports.js'
import { addRule, customRules, deleteRoute, deleteRule, routesOf, setNeighbour, setRoute } from './policy-routes.js'
import type { RouterHost } from './router-host.js'
import { RulePriorities } from './rule-priorities.js'

export interface LinkedRouter {
  readonly id: string
  readonly namespace: Namespace
}

export class FipNamespace {
  readonly namespace: Namespace
  readonly priorities: RulePriorities
  private readonly pairs: LinkLocalAllocator
  private readonly manager: IptablesManager
  private readonly ports: PluggedPorts
  /** Null until its device stands. */
  private gateway: RouterPort | null = null
  isGone = false

  constructor(
    networkId: string,
    private readonly host: RouterHost,
  ) {
    const { agent, context } = host
    const { profile } = context
    this.namespace = new Namespace(fipNetns(networkId), agent, profile.l3.netlink)
    this.pairs = new LinkLocalAllocator(agent)
    this.priorities = new RulePriorities(agent)
    this.manager = new IptablesManager(L3_AGENT, profile.name, { namespace: this.namespace.name })
    this.manager.table('raw').addRule('PREROUTING', '-j CT --notrack')
    this.ports = new PluggedPorts(this.namespace, host, 'fg-')
  }

  // --- the port outside

  async setGateway(port: RouterPort): Promise<void> {
    const old = this.gateway
    // Somebody may have taken the device away.
    if (old === null || !(await this.namespace.hasDevice(this.ports.device(port)))) await this.addGateway(port)
    else if (gatewayOf(old) !== gatewayOf(port)) {
      for (const { table, iif } of customRules(this.namespace)) if (iif !== undefined) await this.setWayOut(port, table)
    }
    this.gateway = port
  }

  private async addGateway(port: RouterPort): Promise<void> {
    await this.create()
    await this.ports.plug(port, { endConnections: true })
    const device = this.ports.device(port)
    await this.ports.sweep([device])
    await this.namespace.exec(['sysctl', '-w', `net.ipv4.conf.${device}.proxy_arp=1`], { mayFail: true })
  }

  private async create(): Promise<void> {
    const { routerSysctls } = this.host.context.profile.l3
    await this.namespace.ensure()
    // Floating addresses are announced without being anybody's here.
    const settings = ['net.ipv4.ip_forward=1', ...routerSysctls, 'net.ipv4.ip_nonlocal_bind=1']
    for (const setting of settings) await this.namespace.exec(['sysctl', '-w', setting])
    await this.manager.apply(this.host.agent)
  }

  private async setWayOut(port: RouterPort, table: number): Promise<void> {
    const device = this.ports.device(port)
    this.ports.announce(port)
    const via = gatewayOf(port)
    if (via !== null) await setRoute(this.namespace, { to: 'default', via, device, table })
  }

  /** Null while there is none. */
  get gatewayPort(): RouterPort | null {
    return this.gateway
  }

  // --- routers

  pairOf(routerId: string): LinkLocalPair {
    return this.pairs.allocate(routerId)
  }

  /** The table of what comes from a router: its number is the address there. */
  tableOf(routerId: string): number {
    return this.pairOf(routerId).fpr >>> 0
  }

  isLinked(routerId: string): boolean {
    return this.namespace.netns?.deviceByName(pairName('fpr-', routerId)) != null
  }

  /** Precondition: the gateway's port is there. */
  async link(router: LinkedRouter, mtu: number): Promise<void> {
    const rfp = { namespace: router.namespace, device: pairName('rfp-', router.id) }
    const fpr = { namespace: this.namespace, device: pairName('fpr-', router.id) }
    const pair = this.pairOf(router.id)
    if (!(await rfp.namespace.hasDevice(rfp.device))) {
      await rfp.namespace.link(['ip', 'link', 'add', rfp.device, 'type', 'veth', 'peer', 'name', fpr.device, 'netns', fpr.namespace.name])
    }
    for (const { namespace, device } of [rfp, fpr]) await namespace.link(['ip', 'link', 'set', device, 'mtu', String(mtu), 'up'])
    await addAddress(rfp, pair.rfp)
    await addAddress(fpr, pair.fpr)
    await knowNeighbour(rfp, fpr, pair.fpr)
    await knowNeighbour(fpr, rfp, pair.rfp)
    const table = this.tableOf(router.id)
    if (this.gateway !== null) await this.setWayOut(this.gateway, table)
    await addRule(this.namespace, { from: null, iif: fpr.device, table, priority: table })
    await setRoute(rfp.namespace, { to: 'default', via: formatIpv4(pair.fpr), device: rfp.device, table: FLOATING_TABLE })
  }

  async unlink(router: LinkedRouter): Promise<void> {
    const pair = this.pairs.lookup(router.id)
    const fpr = pairName('fpr-', router.id)
    const rfp = pairName('rfp-', router.id)
    if (pair !== null) {
      if (await router.namespace.hasDevice(rfp)) {
        await deleteRoute(router.namespace, { to: 'default', via: formatIpv4(pair.fpr), device: rfp, table: FLOATING_TABLE })
      }
      if (this.gateway !== null) await this.removeWayOut(this.gateway, fpr, pair.fpr >>> 0)
      this.pairs.release(router.id)
    }
    if (!this.isGone && this.isLinked(router.id)) await this.namespace.link(['ip', 'link', 'del', fpr])
  }

  private async removeWayOut(port: RouterPort, fpr: string, table: number): Promise<void> {
    for (const route of routesOf(this.namespace, this.ports.device(port), table)) await deleteRoute(this.namespace, route)
    await deleteRule(this.namespace, { from: null, iif: fpr, table, priority: table })
  }

  // --- floating addresses

  /** Those that are led to the router. */
  floatingOf(routerId: string): string[] {
    const pair = this.pairs.lookup(routerId)
    if (pair === null) return []
    const via = formatIpv4(pair.rfp)
    const routes = routesOf(this.namespace, pairName('fpr-', routerId))
    return routes.filter((route) => route.via === via && route.to.endsWith('/32')).map(({ to }) => to.slice(0, -3))
  }

  async addFloating(routerId: string, address: string): Promise<void> {
    await setRoute(this.namespace, this.routeTo(routerId, address))
    if (this.gateway !== null) this.ports.announceAddress(this.ports.device(this.gateway), address)
  }

  async removeFloating(routerId: string, address: string): Promise<void> {
    await deleteRoute(this.namespace, this.routeTo(routerId, address))
    await this.ports.driver.endConnections(this.namespace, address)
  }

  private routeTo(routerId: string, address: string): { to: string; via: string; device: string } {
    return { to: `${address}/32`, via: formatIpv4(this.pairOf(routerId).rfp), device: pairName('fpr-', routerId) }
  }

  /** With the last router that leaves by the external network. */
  async delete(): Promise<void> {
    this.isGone = true
    this.gateway = null
    if (!(await this.namespace.exists())) return
    for (const device of await this.namespace.devices()) {
      if (device.startsWith('fpr-')) await this.namespace.link(['ip', 'link', 'del', device])
      else if (device.startsWith('fg-')) await this.ports.unplugDevice(device)
    }
    await this.namespace.delete()
  }
}

interface LinkEnd {
  readonly namespace: Namespace
  readonly device: string
}

async function addAddress({ namespace, device }: LinkEnd, address: number): Promise<void> {
  const text = `${formatIpv4(address)}/31`
  if ((await namespace.addresses(device)).includes(text)) return
  await namespace.link(['ip', '-4', 'addr', 'add', text, 'scope', 'global', 'dev', device])
}

/** The other end never has to be asked for its address. */
async function knowNeighbour({ namespace, device }: LinkEnd, other: LinkEnd, address: number): Promise<void> {
  const mac = other.namespace.netns?.deviceByName(other.device)?.mac
  if (mac !== undefined) await setNeighbour(namespace, { address: formatIpv4(address), mac, device })
}

function gatewayOf(port: RouterPort): string | null {
  const first = port.addresses.find(({ gatewayIp }) => gatewayIp !== null)
  return first?.gatewayIp == null ? null : formatIpv4(first.gatewayIp)
}
