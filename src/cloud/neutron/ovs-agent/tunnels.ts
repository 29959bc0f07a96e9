// Tunnel ports of br-tun, one for each other end, and which networks flood into which.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { formatIpv4 } from '../../../addr/ipv4.js'
import { python2Order } from '../../python2-order.js'
import { BR_TUN } from '../names.js'
import type { L2Profile } from '../release.js'
import type { FdbAddresses, FdbEntry } from '../rpc.js'
import type { LocalVlan, LocalVlans } from './local-vlans.js'
import type { OvsTools } from './ovs-tools.js'
import type { Pipeline, TunnelType } from './pipeline.js'

export class Tunnels {
  private readonly ofports = new Map<TunnelType, Map<Ipv4Address, number>>()

  constructor(
    private readonly tools: OvsTools,
    private readonly pipeline: Pipeline,
    private readonly vlans: LocalVlans,
    private readonly options: { readonly profile: L2Profile; readonly localIp: Ipv4Address; readonly l2population: boolean },
  ) {}

  /** Port numbers of all tunnels of a type, in the order in which the agent lists them. */
  ofportsOf(type: TunnelType): number[] {
    const ports = this.ofports.get(type) ?? new Map<Ipv4Address, number>()
    if (this.options.profile.python3) return [...ports.values()]
    const byText = new Map([...ports].map(([ip, ofport]) => [formatIpv4(ip), ofport]))
    return python2Order(byText.keys()).map((text) => byText.get(text)!)
  }

  forget(): void {
    this.ofports.clear()
  }

  /** `tunnel_sync`'s answer, or news of one more end. Without l2population every network of the type floods into it. */
  async add(remotes: readonly Ipv4Address[], type: TunnelType): Promise<void> {
    if (this.options.l2population) return
    for (const remote of remotes) {
      if (remote === this.options.localIp || this.ofports.get(type)?.has(remote) === true) continue
      await this.connect(remote, type)
      if (!this.options.profile.native) await this.floodAll(type)
    }
    if (this.options.profile.native) await this.floodAll(type)
  }

  async remove(remote: Ipv4Address, type: TunnelType): Promise<void> {
    const ofport = this.ofports.get(type)?.get(remote)
    if (ofport !== undefined) await this.cleanUp(ofport, type)
  }

  async fdbAdd(entries: readonly FdbEntry[]): Promise<void> {
    for (const entry of entries) {
      const local = this.vlans.get(entry.networkId)
      if (local === null || entry.remoteIp === this.options.localIp) continue
      this.pipeline.defer()
      const ofport = this.ofports.get(entry.networkType)?.get(entry.remoteIp) ?? (await this.connect(entry.remoteIp, entry.networkType))
      if (entry.flood) {
        local.tunnels.add(ofport)
        await this.floodToOwn(local)
      }
      for (const { mac, address } of entry.ports) {
        await this.pipeline.answerArp(local, address, mac)
        await this.pipeline.addUnicast(local, mac, ofport)
      }
      await this.pipeline.flush()
    }
  }

  async fdbRemove(entries: readonly FdbEntry[]): Promise<void> {
    for (const entry of entries) {
      const local = this.vlans.get(entry.networkId)
      const ofport = this.ofports.get(entry.networkType)?.get(entry.remoteIp)
      if (local === null || ofport === undefined) continue
      this.pipeline.defer()
      for (const { mac, address } of entry.ports) {
        await this.pipeline.answerArp(local, address, null)
        await this.pipeline.removeUnicast(local, mac)
      }
      const isFlooding = entry.flood && local.tunnels.delete(ofport)
      if (isFlooding) await this.floodToOwn(local)
      await this.pipeline.flush()
      if (entry.flood) await this.cleanUp(ofport, entry.networkType)
    }
  }

  async fdbChangeAddresses({ networkId, mac, before, after }: FdbAddresses): Promise<void> {
    const local = this.vlans.get(networkId)
    if (local === null) return
    this.pipeline.defer()
    for (const address of after) await this.pipeline.answerArp(local, address, mac)
    for (const address of before) await this.pipeline.answerArp(local, address, null)
    await this.pipeline.flush()
  }

  /** l2population: tunnels that only the network used go with it. */
  async networkGone(local: LocalVlan): Promise<void> {
    if (!this.options.l2population || (local.type !== 'gre' && local.type !== 'vxlan')) return
    for (const ofport of local.tunnels) await this.cleanUp(ofport, local.type)
  }

  private async connect(remote: Ipv4Address, type: TunnelType): Promise<number> {
    const { tools, options } = this
    const name = tunnelName(type, remote)
    const set = [
      ...options.profile.tunnelOptions.map(([key, value]) => `options:${key}=${value}`),
      `options:remote_ip=${formatIpv4(remote)}`,
      `options:local_ip=${formatIpv4(options.localIp)}`,
      'options:in_key=flow',
      'options:out_key=flow',
    ]
    await tools.vsctl(['--', '--may-exist', 'add-port', BR_TUN, name, '--', 'set', 'Interface', name, `type=${type}`, ...set])
    const ofport = await tools.ofport(name)
    const ports = this.ofports.get(type) ?? new Map<Ipv4Address, number>()
    this.ofports.set(type, ports)
    ports.set(remote, ofport)
    await this.pipeline.addTunnelPort(type, ofport)
    return ofport
  }

  private async floodAll(type: TunnelType): Promise<void> {
    const ofports = this.ofportsOf(type)
    if (ofports.length === 0) return
    for (const local of this.vlans.all()) if (local.type === type) await this.pipeline.flood(local, ofports)
  }

  private floodToOwn(local: LocalVlan): Promise<void> {
    return this.pipeline.flood(
      local,
      [...local.tunnels].sort((a, b) => a - b),
    )
  }

  /** Unless another network floods there. */
  private async cleanUp(ofport: number, type: TunnelType): Promise<void> {
    if (this.vlans.all().some(({ tunnels }) => tunnels.has(ofport))) return
    const ports = this.ofports.get(type)
    for (const [remote, port] of ports ?? []) {
      if (port !== ofport) continue
      await this.tools.deletePort(BR_TUN, tunnelName(type, remote))
      await this.pipeline.removeTunnelPort(ofport)
      ports!.delete(remote)
    }
  }
}

/** gre-0a0a648c: the other end in hexadecimal. */
export function tunnelName(type: TunnelType, remote: Ipv4Address): string {
  return `${type}-${(remote >>> 0).toString(16).padStart(8, '0')}`
}
