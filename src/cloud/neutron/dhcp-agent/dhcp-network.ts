// DHCP of one network on this host: the namespace with the agent's port, dnsmasq and its files, the metadata proxy of isolated subnets.
import type { Ipv4Address, Ipv4Prefix } from '../../../addr/ipv4.js'
import { formatIpv4, parsePrefix } from '../../../addr/ipv4.js'
import type { Agent } from '../../agent.js'
import { IptablesManager } from '../../iptables-manager.js'
import { ExternalProcess } from '../external-process.js'
import { InterfaceDriver } from '../interface-driver.js'
import { MetadataProxy } from '../metadata/proxy-process.js'
import { BR_INT, deviceName, dhcpNetns } from '../names.js'
import { Namespace } from '../namespace.js'
import type { Port } from '../objects.js'
import type { AgentContext, NetworkInfo } from '../rpc.js'
import { addnHostsText, hostText, leasesText, needsMetadata, optsText } from './dnsmasq-files.js'
import { dnsmasqWords } from './dnsmasq-words.js'
import { LeaseReleaser } from './lease-releaser.js'
import type { DhcpSettings } from './settings.js'

const METADATA_CIDR = parsePrefix('169.254.169.254/16')!
const METADATA_PORT = 80

export class DhcpNetwork {
  readonly namespace: Namespace
  private readonly driver: InterfaceDriver
  private readonly dnsmasq: ExternalProcess
  private readonly proxy: MetadataProxy
  /** The agent's own port; null before the first set-up. */
  private port: Port | null = null

  constructor(
    private readonly agent: Agent,
    private readonly context: AgentContext,
    private readonly settings: DhcpSettings,
    /** What the server last said. */
    public info: NetworkInfo,
    private readonly deviceId: string,
  ) {
    const { profile } = context
    this.namespace = new Namespace(dhcpNetns(info.network.id), agent, profile.l3.netlink)
    this.driver = new InterfaceDriver(agent, profile)
    this.dnsmasq = new ExternalProcess(agent, this.namespace, info.network.id, this.path('pid'))
    this.proxy = new MetadataProxy(agent, profile)
  }

  path(kind: string): string {
    return `${this.folder}/${kind}`
  }

  private get folder(): string {
    return `/var/lib/neutron/dhcp/${this.info.network.id}`
  }

  private get device(): string {
    return deviceName('tap', this.port?.id ?? '')
  }

  private get isServed(): boolean {
    return this.info.subnets.some(({ enableDhcp }) => enableDhcp)
  }

  /** Device, addresses and a dnsmasq that knows them. False: the server gives no port, the network is going away. */
  async enable(): Promise<boolean> {
    if (this.dnsmasq.pid !== null) await this.stopDnsmasq()
    if (!(await this.setUpDevice())) return false
    if (!this.isServed) return true
    this.agent.write(this.path('interface'), this.device)
    if (this.settings.profile.leaseFile) {
      const expires = Math.floor(this.agent.machine.clockUs / 1_000_000) + this.settings.leaseSeconds
      this.agent.write(this.path('leases'), leasesText(this.info, this.settings, expires))
    }
    this.writeFiles()
    await this.startDnsmasq()
    return true
  }

  /** Ports came, went or changed: dnsmasq reads its files again. */
  async reload(): Promise<void> {
    if (!this.isServed) return this.disable()
    if (this.port === null) return
    await new LeaseReleaser(this.agent, this.namespace, this.device, (kind) => this.path(kind), this.settings.profile).release(
      this.info.ports,
    )
    this.writeFiles()
    // Later releases start one that died; Icehouse takes note only.
    if (this.dnsmasq.pid === null && this.settings.profile.leaseFile) await this.startDnsmasq()
    else await this.dnsmasq.reload()
    await this.setDefaultRoute()
  }

  async restart(): Promise<boolean> {
    await this.stopDnsmasq()
    return this.enable()
  }

  /** Postcondition: nothing is left but what the release leaves. */
  async disable(): Promise<void> {
    await this.proxy.stop(this.namespace, this.info.network.id)
    const wasRunning = this.dnsmasq.pid !== null
    await this.dnsmasq.disable()
    // Icehouse takes its port away only with a dnsmasq that it killed.
    if (this.port !== null && (wasRunning || this.settings.profile.leaseFile)) {
      await this.driver.unplug(this.device, BR_INT)
      await this.context.plugin.releaseDhcpPort(this.info.network.id, this.deviceId)
      this.port = null
    }
    if (this.settings.profile.deletesNamespaces) await this.namespace.delete()
    await this.removeFiles()
  }

  /** Metadata for subnets without a router. */
  async updateProxy(): Promise<void> {
    const target = { networkId: this.info.network.id, port: METADATA_PORT }
    const bind = this.settings.profile.leaseFile ? { bind: '169.254.169.254' } : {}
    if (needsMetadata(this.info, this.settings)) await this.proxy.start(this.namespace, { ...target, ...bind })
    else if (this.settings.profile.leaseFile) await this.proxy.stop(this.namespace, this.info.network.id)
  }

  private startDnsmasq(): Promise<void> {
    return this.dnsmasq.enable(dnsmasqWords(this.info, this.settings, { device: this.device, path: (kind) => this.path(kind) }))
  }

  private async stopDnsmasq(): Promise<void> {
    await this.dnsmasq.disable()
    await this.removeFiles()
  }

  private async removeFiles(): Promise<void> {
    if (this.agent.machine.files.exists(this.folder)) await this.agent.run(['rm', '-rf', this.folder], { standsFor: 'shutil.rmtree' })
  }

  private writeFiles(): void {
    this.agent.write(this.path('host'), hostText(this.info, this.settings))
    this.agent.write(this.path('addn_hosts'), addnHostsText(this.info, this.settings))
    this.agent.write(this.path('opts'), optsText(this.info, this.settings, this.ownAddresses()))
  }

  private ownAddresses(): ReadonlyMap<string, Ipv4Address> {
    return new Map((this.port?.fixedIps ?? []).map(({ subnetId, address }) => [subnetId, address]))
  }

  // --- the agent's port

  private async setUpDevice(): Promise<boolean> {
    const { plugin, host } = this.context
    const port = await plugin.createDhcpPort(this.info.network.id, this.deviceId, host)
    if (port === null) return false
    this.port = port
    const ports = this.info.ports.filter(({ id }) => id !== port.id)
    this.info = { ...this.info, ports: [...ports, port] }
    if (this.settings.profile.leaseFile) await this.prepareNamespace()
    // Icehouse looks twice.
    if (!this.context.profile.l3.netlink) await this.namespace.hasDevice(this.device)
    const isNew = await this.plug(port)
    await this.driver.initAddresses(this.namespace, this.device, this.prefixes(port), { isNew })
    await this.setDefaultRoute()
    return true
  }

  private async plug(port: Port): Promise<boolean> {
    const { namespace } = this
    const { mtu } = this.info.network
    const isNew = await this.driver.plug({
      portId: port.id,
      device: this.device,
      mac: port.mac,
      mtu,
      bridge: BR_INT,
      namespace,
    })
    if (!isNew || !this.settings.profile.checksumFill) return isNew
    const manager = new IptablesManager('neutron-dhcp-agent', this.context.profile.name, { namespace: namespace.name })
    manager.table('mangle').addRule('POSTROUTING', '-p udp -m udp --dport 68 -j CHECKSUM --checksum-fill')
    await manager.apply(this.agent)
    return true
  }

  private async prepareNamespace(): Promise<void> {
    await this.namespace.ensure()
    const setting = 'net.ipv4.ip_nonlocal_bind=1'
    const { exitCode } = await this.namespace.exec(['sysctl', '-w', setting], { mayFail: true })
    // Kernels before 3.19 have it once for all namespaces.
    if (exitCode !== 0) await this.agent.run(['sysctl', '-w', setting], { mayFail: true })
    await this.namespace.exec(['sysctl', '-w', 'net.ipv6.conf.default.accept_ra=0'], { mayFail: true })
  }

  private prefixes(port: Port): Ipv4Prefix[] {
    const prefixes = port.fixedIps.flatMap(({ subnetId, address }) => {
      const subnet = this.info.subnets.find(({ id }) => id === subnetId)
      return subnet?.enableDhcp === true ? [{ address, length: subnet.cidr.length }] : []
    })
    return this.settings.isolatedMetadata ? [...prefixes, METADATA_CIDR] : prefixes
  }

  private async setDefaultRoute(): Promise<void> {
    const words = this.settings.profile.leaseFile ? ['ip', '-4', 'route'] : ['ip', 'route']
    const { stdout } = await this.namespace.exec([...words, 'list', 'dev', this.device], { mayFail: true })
    const present = /^default via (\S+)/m.exec(stdout)?.[1] ?? null
    const gateway = this.info.subnets.find(({ enableDhcp, gatewayIp }) => enableDhcp && gatewayIp !== null)?.gatewayIp ?? null
    if (gateway === null) {
      if (present !== null) await this.namespace.exec([...words, 'del', 'default', 'via', present, 'dev', this.device])
    } else if (present !== formatIpv4(gateway)) {
      await this.namespace.exec([...words, 'replace', 'default', 'via', formatIpv4(gateway), 'dev', this.device], { mayFail: true })
    }
  }
}
