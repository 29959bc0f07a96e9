// The part of a distributed router that is on one host: what has no floating address of its own leaves here, by one translated address.
import { formatIpv4 } from '../../../addr/ipv4.js'
import { IptablesManager } from '../../iptables-manager.js'
import { L3_AGENT, snatNetns } from '../names.js'
import { Namespace } from '../namespace.js'
import type { RouterFloatingIp, RouterInfo, RouterPort } from '../rpc.js'
import { GatewayPort } from './gateway-port.js'
import { PluggedPorts } from './plugged-ports.js'
import type { RouterHost } from './router-host.js'
import { RouterRules } from './router-rules.js'

export class SnatNamespace {
  readonly namespace: Namespace
  private readonly inside: PluggedPorts
  private readonly outside: GatewayPort
  /** Null while no gateway is there. */
  private rules: RouterRules | null = null

  constructor(
    routerId: string,
    private readonly host: RouterHost,
  ) {
    const { agent, context } = host
    this.namespace = new Namespace(snatNetns(routerId), agent, context.profile.l3.netlink)
    this.inside = new PluggedPorts(this.namespace, host, 'sg-')
    this.outside = new GatewayPort(this.namespace, host)
  }

  /** This host has the router's gateway. */
  isFor({ gatewayHost }: RouterInfo): boolean {
    return gatewayHost === this.host.context.host
  }

  async create(): Promise<void> {
    await this.namespace.ensure()
    const { routerSysctls } = this.host.context.profile.l3
    for (const setting of ['net.ipv4.ip_forward=1', ...routerSysctls]) await this.namespace.exec(['sysctl', '-w', setting])
    // Connections that began elsewhere are not taken over. The settings are not there before their modules.
    const late = ['net.ipv4.ip_nonlocal_bind=0', 'net.netfilter.nf_conntrack_tcp_loose=0']
    for (const setting of late) await this.namespace.exec(['sysctl', '-w', setting], { mayFail: true })
  }

  async addInternal(port: RouterPort): Promise<void> {
    await this.inside.plug(port)
    this.inside.announce(port)
  }

  removeInternal(port: RouterPort): Promise<void> {
    return this.inside.unplug(port)
  }

  async addGateway(port: RouterPort, info: RouterInfo): Promise<void> {
    if (!(await this.namespace.exists())) await this.create()
    for (const each of info.snatInterfaces) await this.addInternal(each)
    await this.setGateway(port, [])
    const { profile } = this.host.context
    const manager = new IptablesManager(L3_AGENT, profile.name, { namespace: this.namespace.name })
    this.rules = new RouterRules(manager, profile.l3, this.host.agent.machine, false)
  }

  /** `keep`: floating addresses that are served here. */
  async setGateway(port: RouterPort, keep: readonly RouterFloatingIp[]): Promise<void> {
    await this.outside.add(
      port,
      keep.map(({ address }) => `${formatIpv4(address)}/32`),
    )
    await this.outside.ports.sweep([this.outside.ports.device(port)])
  }

  // --- rules

  setSnat(info: RouterInfo): void {
    const { gateway } = info
    const address = gateway?.addresses[0]?.address
    if (this.rules === null || gateway === null || address === undefined) return
    this.rules.setSnat({ device: this.outside.ports.device(gateway), address: formatIpv4(address) }, gateway.enableSnat, [])
  }

  async setFloating(rows: readonly RouterFloatingIp[]): Promise<void> {
    if (this.rules === null) return
    this.rules.setFloating(rows)
    await this.rules.manager.apply(this.host.agent)
  }

  async setScopes(info: RouterInfo): Promise<void> {
    if (this.rules === null || info.gateway === null) return
    const devices = info.snatInterfaces.map((port) => this.inside.device(port))
    this.rules.setScopes(devices, this.outside.ports.device(info.gateway), info.gateway.enableSnat)
    await this.rules.manager.apply(this.host.agent)
  }

  // --- floating addresses of ports whose own host cannot serve them

  async floatingOn(gateway: RouterPort): Promise<string[]> {
    const present = await this.namespace.addresses(this.outside.ports.device(gateway))
    return present.filter((text) => text.endsWith('/32')).map((text) => text.slice(0, -3))
  }

  async addFloating(gateway: RouterPort, { address }: RouterFloatingIp): Promise<void> {
    const device = this.outside.ports.device(gateway)
    await this.outside.ports.driver.addAddress(this.namespace, device, { address, length: 32 })
    this.outside.ports.announceAddress(device, formatIpv4(address))
  }

  removeFloating(gateway: RouterPort, address: string): Promise<void> {
    return this.outside.ports.driver.deleteAddress(this.namespace, this.outside.ports.device(gateway), `${address}/32`, true)
  }

  /** Postcondition: nothing of it is left. */
  async delete(): Promise<void> {
    this.rules = null
    if (!(await this.namespace.exists())) return
    const devices = await this.inside.sweep([])
    await this.outside.ports.sweep([], devices)
    await this.namespace.delete()
  }
}
