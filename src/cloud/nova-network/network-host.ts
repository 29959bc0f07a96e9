// nova-network on its host (FlatDHCP, Essex): the gateway of all VMs, their DHCP server, their NAT and their floating addresses.
import { formatIpv4, formatPrefix } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import type { Agent } from '../agent.js'
import type { IptablesManager } from '../iptables-manager.js'
import type { FixedAddress, FloatingAddress, Server } from '../nova/objects.js'
import type { FlatDhcpConfig } from './config.js'
import type { FixedAddresses } from './fixed-addresses.js'
import { ensureBridge, ensureGatewayAddress, floatingRules } from './linux-net.js'

export class NetworkHost {
  constructor(
    private readonly agent: Agent,
    private readonly manager: IptablesManager,
    private readonly config: FlatDhcpConfig,
    private readonly addresses: FixedAddresses,
  ) {}

  start(): Promise<void> {
    return this.agent.enqueue('nova-network starts', null, async () => {
      await this.initialiseRouting()
      await this.setUpNetwork()
    })
  }

  /** SNAT for all VMs, what is exempt from it, and the way to the metadata service. */
  private async initialiseRouting(): Promise<void> {
    const { agent, config } = this
    const { nat } = this.manager
    const fixed = formatPrefix(config.fixedRange)
    nat.addRule('snat', `-s ${fixed} -j SNAT --to-source ${formatIpv4(config.routingSource)}`)
    nat.addRule('POSTROUTING', `-s ${fixed} -d ${formatIpv4(config.metadataHost)}/32 -j ACCEPT`)
    for (const dmz of config.dmz) nat.addRule('POSTROUTING', `-s ${fixed} -d ${formatPrefix(dmz)} -j ACCEPT`)
    nat.addRule('POSTROUTING', `-s ${fixed} -d ${fixed} -m conntrack ! --ctstate DNAT -j ACCEPT`)
    await this.manager.apply(agent)
    await agent.run(['ip', 'addr', 'add', '169.254.169.254/32', 'scope', 'link', 'dev', 'lo'], { mayFail: true })
    const target = `${formatIpv4(config.metadataHost)}:${config.metadataPort}`
    nat.addRule('PREROUTING', `-d 169.254.169.254/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination ${target}`)
    await this.manager.apply(agent)
  }

  private async setUpNetwork(): Promise<void> {
    const { agent, config } = this
    await ensureBridge(agent, this.manager, config.bridge, config.flatInterface)
    await this.manager.apply(agent)
    await ensureGatewayAddress(agent, config.bridge, { address: config.gateway, length: config.cidr.length })
    await this.updateDhcp()
  }

  /** Gives a server its address and tells dnsmasq. Null when the network is full. */
  async allocate(server: Server): Promise<FixedAddress | null> {
    let fixed: FixedAddress | null = null
    await this.agent.enqueue(`allocate a fixed address for ${server.name}`, server.id, async () => {
      this.addresses.sweep(this.agent.machine.sim.nowUs - this.config.disassociateSeconds * 1_000_000)
      fixed = this.addresses.allocate(server)
      server.fixed = fixed
      if (fixed !== null) await this.updateDhcp()
    })
    return fixed
  }

  deallocate(server: Server): Promise<void> {
    return this.agent.enqueue(`release the fixed address of ${server.name}`, server.id, async () => {
      if (server.fixed === null) return
      this.addresses.release(server.fixed.address, this.agent.machine.sim.nowUs)
      await this.updateDhcp()
    })
  }

  associate(floating: FloatingAddress, server: Server): Promise<void> {
    const text = formatIpv4(floating.address)
    return this.agent.enqueue(`associate floating address ${text} with ${server.name}`, server.id, async () => {
      if (server.fixed === null) return
      await this.agent.run(['ip', 'addr', 'add', `${text}/32`, 'dev', this.config.publicInterface], { mayFail: true })
      for (const [chain, rule] of floatingRules(floating.address, server.fixed.address)) this.manager.nat.addRule(chain, rule)
      await this.manager.apply(this.agent)
    })
  }

  disassociate(floating: FloatingAddress, server: Server): Promise<void> {
    const text = formatIpv4(floating.address)
    return this.agent.enqueue(`disassociate floating address ${text} from ${server.name}`, server.id, async () => {
      if (server.fixed === null) return
      await this.agent.run(['ip', 'addr', 'del', `${text}/32`, 'dev', this.config.publicInterface], { mayFail: true })
      for (const [chain, rule] of floatingRules(floating.address, server.fixed.address)) this.manager.nat.removeRule(chain, rule)
      await this.manager.apply(this.agent)
    })
  }

  private path(kind: 'conf' | 'pid'): string {
    return `${this.config.networksPath}/nova-${this.config.bridge}.${kind}`
  }

  /** Writes the hosts file; a dnsmasq that runs with it reads it again, else one is started. */
  private async updateDhcp(): Promise<void> {
    const { agent, config } = this
    const lines = this.addresses.hostsLines(config.domain, formatMac)
    agent.write(this.path('conf'), lines.map((line) => `${line}\n`).join(''))
    const pid = await this.runningDnsmasq()
    if (pid !== null) await agent.run(['kill', '-HUP', pid])
    else await agent.run(this.dnsmasqWords())
    await this.acceptDhcp()
  }

  private async runningDnsmasq(): Promise<string | null> {
    const { agent } = this
    const { stdout } = await agent.run(['cat', this.path('pid')], { mayFail: true })
    const pid = stdout.trim()
    if (!/^\d+$/.test(pid)) return null
    const line = await agent.run(['cat', `/proc/${pid}/cmdline`], { mayFail: true })
    return line.stdout.includes(this.path('conf')) ? pid : null
  }

  private dnsmasqWords(): string[] {
    const { config } = this
    const gateway = formatIpv4(config.gateway)
    return [
      'env',
      'FLAGFILE=/etc/nova/nova.conf',
      'NETWORK_ID=1',
      '/usr/sbin/dnsmasq',
      '--strict-order',
      '--bind-interfaces',
      '--conf-file=',
      `--domain=${config.domain}`,
      `--pid-file=${this.path('pid')}`,
      `--listen-address=${gateway}`,
      '--except-interface=lo',
      `--dhcp-range=${formatIpv4((config.gateway + 1) | 0)},static,${config.leaseSeconds}s`,
      `--dhcp-lease-max=${2 ** (32 - config.cidr.length)}`,
      `--dhcp-hostsfile=${this.path('conf')}`,
      '--dhcp-script=/usr/bin/nova-dhcpbridge',
      '--leasefile-ro',
    ]
  }

  private async acceptDhcp(): Promise<void> {
    const { filter } = this.manager
    let isNew = false
    for (const port of [67, 53]) {
      for (const protocol of ['udp', 'tcp']) {
        const text = `-i ${this.config.bridge} -p ${protocol} -m ${protocol} --dport ${port} -j ACCEPT`
        if (filter.has('INPUT', text)) continue
        filter.addRule('INPUT', text)
        isNew = true
      }
    }
    if (isNew) await this.manager.apply(this.agent)
  }
}
