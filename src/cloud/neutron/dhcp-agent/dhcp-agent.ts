// neutron-dhcp-agent: a dnsmasq for each network that the server gives to this host.
import { createHash } from 'node:crypto'
import { Agent } from '../../agent.js'
import { agentCommandLine } from '../command-lines.js'
import { DHCP_FILE } from '../node-files/facts.js'
import type { Port } from '../objects.js'
import type { AgentContext, AgentReport, CloudAgent, DhcpAgentRpc, NetworkInfo, ReportedContext } from '../rpc.js'
import { DhcpNetwork } from './dhcp-network.js'
import { servedKey } from './dnsmasq-words.js'
import type { DhcpSettings } from './settings.js'
import { dhcpSettings } from './settings.js'

interface Known {
  readonly network: DhcpNetwork
  /** Subnets with DHCP when dnsmasq was started: rows of the server change under our hands. */
  key: string
}

export class DhcpAgent implements CloudAgent, DhcpAgentRpc {
  readonly agent: Agent
  private readonly settings: DhcpSettings
  private readonly known = new Map<string, Known>()

  constructor(private readonly context: AgentContext) {
    this.agent = new Agent('neutron-dhcp-agent', context.machine, agentCommandLine('neutron-dhcp-agent', DHCP_FILE, context.profile))
    this.settings = dhcpSettings(context.profile.dhcp, context.config)
  }

  start(): Promise<void> {
    const { plugin, host } = this.context
    return this.agent.enqueue('neutron-dhcp-agent starts', null, async () => {
      await plugin.reportAgent(dhcpReport(this.context, () => !this.agent.proc.isDone))
      await this.agent.each(await plugin.getActiveNetworks(host), (info) => this.configure(info))
    })
  }

  settled(): Promise<void> {
    return this.agent.settled()
  }

  // --- from the server

  networkCreate(networkId: string): void {
    this.queue('network created', networkId, () => this.enable(networkId))
  }

  networkUpdate(networkId: string): void {
    this.queue('network updated', networkId, async () => {
      const info = await this.context.plugin.getNetworkInfo(networkId)
      if (info?.network.adminStateUp === true) await this.enable(networkId)
      else await this.disable(networkId)
    })
  }

  networkDelete(networkId: string): void {
    this.queue('network deleted', networkId, () => this.disable(networkId))
  }

  subnetCreate(subnetId: string, networkId: string): void {
    this.queue(`subnet ${subnetId} created`, networkId, () => this.refresh(networkId))
  }

  subnetUpdate(subnetId: string, networkId: string): void {
    this.queue(`subnet ${subnetId} updated`, networkId, () => this.refresh(networkId))
  }

  subnetDelete(subnetId: string, networkId: string): void {
    this.queue(`subnet ${subnetId} deleted`, networkId, async () => {
      if (this.known.has(networkId)) await this.refresh(networkId)
    })
  }

  portCreate(port: Port): void {
    this.queue('port created', port.id, () => this.putPort(port))
  }

  portUpdate(port: Port): void {
    this.queue('port updated', port.id, () => this.putPort(port))
  }

  portDelete(portId: string, networkId: string): void {
    this.queue('port deleted', portId, async () => {
      const network = this.known.get(networkId)?.network
      if (network === undefined || !network.info.ports.some(({ id }) => id === portId)) return
      network.info = { ...network.info, ports: network.info.ports.filter(({ id }) => id !== portId) }
      await this.reload(network)
    })
  }

  private queue(event: string, object: string, work: () => Promise<void>): void {
    this.agent.enqueue(event, object, work).catch(() => {})
  }

  // --- the work

  private async enable(networkId: string): Promise<void> {
    const info = await this.context.plugin.getNetworkInfo(networkId)
    if (info !== null) await this.configure(info)
  }

  private async configure(info: NetworkInfo): Promise<void> {
    const { id, adminStateUp } = info.network
    if (!adminStateUp || !info.subnets.some(({ enableDhcp }) => enableDhcp)) return
    const network = this.known.get(id)?.network ?? new DhcpNetwork(this.agent, this.context, this.settings, info, this.deviceId(id))
    network.info = info
    if (!(await network.enable())) return
    this.known.set(id, { network, key: servedKey(info) })
    await network.updateProxy()
  }

  private async disable(networkId: string): Promise<void> {
    const known = this.known.get(networkId)
    if (known === undefined) return
    this.known.delete(networkId)
    await known.network.disable()
  }

  private async refresh(networkId: string): Promise<void> {
    const known = this.known.get(networkId)
    if (known === undefined) return this.enable(networkId)
    const info = await this.context.plugin.getNetworkInfo(networkId)
    if (info === null) return
    const key = servedKey(info)
    if (key === '') return this.disable(networkId)
    known.network.info = info
    if (key === known.key) await known.network.reload()
    else if (await known.network.restart()) known.key = key
    if (this.settings.profile.leaseFile) await known.network.updateProxy()
  }

  private async putPort(port: Port): Promise<void> {
    const network = this.known.get(port.networkId)?.network
    if (network === undefined) return
    const at = network.info.ports.findIndex(({ id }) => id === port.id)
    const ports = at < 0 ? [...network.info.ports, port] : network.info.ports.with(at, port)
    network.info = { ...network.info, ports }
    await this.reload(network)
  }

  private async reload(network: DhcpNetwork): Promise<void> {
    await network.reload()
    if (this.settings.profile.leaseFile) await network.updateProxy()
  }

  /** One a host and network: the server finds the agent's port by it. */
  private deviceId(networkId: string): string {
    const host = this.context.profile.dhcp.leaseFile ? this.context.host.split('.')[0]! : this.context.host
    return `dhcp${uuid5Dns(host)}-${networkId}`
  }
}

/** Its row in `openstack network agent list`. */
export function dhcpReport({ host, config, profile }: ReportedContext, isAlive: () => boolean): AgentReport {
  const configurations = {
    dhcp_driver: 'neutron.agent.linux.dhcp.Dnsmasq',
    use_namespaces: true,
    dhcp_lease_duration: dhcpSettings(profile.dhcp, config).leaseSeconds,
  }
  return { type: 'DHCP agent', binary: 'neutron-dhcp-agent', topic: 'dhcp_agent', host, configurations, isAlive }
}

/** RFC 4122, version 5, in the name space of DNS names. */
function uuid5Dns(name: string): string {
  const space = Buffer.from('6ba7b8109dad11d180b400c04fd430c8', 'hex')
  const bytes = createHash('sha1').update(space).update(name).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x50
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
