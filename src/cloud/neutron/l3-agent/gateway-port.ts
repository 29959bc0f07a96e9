// The way out of a namespace: a qg- port with its default route.
import { formatIpv4, formatPrefix } from '../../../addr/ipv4.js'
import type { Namespace } from '../namespace.js'
import type { RouterPort } from '../rpc.js'
import { PluggedPorts, prefixesOf } from './plugged-ports.js'
import { defaultGateway, deleteRoute, setRoute } from './policy-routes.js'
import type { RouterHost } from './router-host.js'

export class GatewayPort {
  readonly ports: PluggedPorts

  constructor(
    readonly namespace: Namespace,
    private readonly host: RouterHost,
  ) {
    this.ports = new PluggedPorts(namespace, host, 'qg-')
  }

  /** `keep`: floating addresses, as `192.168.0.3/32`. */
  async add(port: RouterPort, keep: readonly string[]): Promise<void> {
    const { netlink } = this.host.context.profile.l3
    await this.ports.plug(port, { keep, endConnections: true })
    if (!netlink) this.ports.announce(port)
    for (const { gatewayIp } of port.addresses)
      if (gatewayIp !== null) await this.setDefaultRoute(formatIpv4(gatewayIp), this.ports.device(port))
    if (netlink) this.ports.announce(port)
  }

  private async setDefaultRoute(gateway: string, device: string): Promise<void> {
    const { defaultRoute, routeProtocol } = this.host.context.profile.l3
    if (routeProtocol !== null) {
      const old = defaultGateway(this.namespace, device)
      if (old !== null && old !== gateway) await deleteRoute(this.namespace, { to: 'default', via: old, device })
      await setRoute(this.namespace, { to: 'default', via: gateway, device })
      return
    }
    if (defaultRoute === 'route-add') {
      await this.namespace.exec(['route', 'add', 'default', 'gw', gateway], { mayFail: true })
      return
    }
    const present = await this.namespace.exec(['ip', '-4', 'route', 'list', 'dev', device])
    const old = /^default via (\S+)/m.exec(present.stdout)?.[1]
    if (old !== undefined && old !== gateway) await this.namespace.exec(['ip', '-4', 'route', 'del', 'default', 'via', old, 'dev', device])
    await this.namespace.exec(['ip', '-4', 'route', 'replace', 'default', 'via', gateway, 'dev', device])
  }

  async remove(port: RouterPort): Promise<void> {
    const device = this.ports.device(port)
    if (this.host.context.profile.l3.netlink) {
      for (const prefix of prefixesOf(port)) await this.ports.driver.deleteAddress(this.namespace, device, formatPrefix(prefix), true)
    }
    await this.ports.unplugDevice(device)
  }
}
