// A FlatDHCP cloud at work: nova-api and its scheduler on the controller hand work to nova-network and the nova-computes.

import { ANY_IPV4, formatIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { startHttpServer } from '../../node/daemons/http.js'
import type { Machine } from '../../node/machine.js'
import { Agent, AgentError } from '../agent.js'
import { AgentNodes } from '../agent-nodes.js'
import { CloudError } from '../cloud-error.js'
import { glanceHandler } from '../glance.js'
import type { Cloud, CloudHost } from '../host.js'
import { IptablesManager } from '../iptables-manager.js'
import { keystoneHandler } from '../keystone.js'
import type { NovaAgents } from '../nova/api.js'
import { NovaApi } from '../nova/api.js'
import { hostnameOf } from '../nova/hostname.js'
import { startLibvirt } from '../nova/libvirtd.js'
import { metadataFor, metadataVersions } from '../nova/metadata.js'
import type { FloatingAddress, SecurityGroup, Server } from '../nova/objects.js'
import { NOVA_RELEASES } from '../nova/release.js'
import { serveNova } from '../nova/serve.js'
import { joinCloud } from '../registry.js'
import type { CloudSpec } from '../spec.js'
import { ComputeHost } from './compute-host.js'
import type { FlatDhcpConfig } from './config.js'
import { flatDhcpConfig } from './config.js'
import { InstanceFirewall } from './firewall.js'
import { FixedAddresses } from './fixed-addresses.js'
import { NetworkHost } from './network-host.js'
import { type NetworkAgents, NovaNetworkRows } from './rows.js'

/** From one agent to the next through the message queue, microseconds. */
const RPC_US = 30_000

const KEYSTONE_PORT = 5000
const IMAGE_PORT = 9292

export class FlatDhcpCloud implements Cloud, NovaAgents, NetworkAgents {
  readonly api: NovaApi<NovaNetworkRows>
  readonly sleep = null
  readonly mode = 'flat-dhcp'
  readonly power = null
  readonly migration = null
  readonly config: FlatDhcpConfig
  readonly computes: ComputeHost[] = []
  private readonly addresses: FixedAddresses
  private readonly apiAgent: Agent
  private readonly scheduler: Agent | null
  private readonly network: NetworkHost
  /** Where nova-network runs. */
  readonly networkMachine: Machine
  private readonly starting: Promise<unknown>
  private pending: Promise<unknown> = Promise.resolve()

  private readonly nodes: AgentNodes

  constructor(
    private readonly host: CloudHost,
    private readonly spec: CloudSpec,
  ) {
    this.config = flatDhcpConfig(spec)
    this.nodes = new AgentNodes(host, spec)
    const controller = this.nodes.machineOf('nova-network')
    this.networkMachine = controller
    const random = controller.sim.random.fork('nova')
    const rows = new NovaNetworkRows(spec, this, () => this.api.servers)
    this.api = new NovaApi(spec, random, controller.sim, this, rows, NOVA_RELEASES.essex)
    this.addresses = new FixedAddresses(this.config.cidr, this.config.gateway, spec.servers, random)
    this.apiAgent = new Agent('nova-api', this.nodes.machineOf('nova-api'), python('nova-api'))
    const schedules = this.nodes.machinesOf('nova-scheduler')[0]
    this.scheduler = schedules === undefined ? null : new Agent('nova-scheduler', schedules, python('nova-scheduler'))
    const agent = new Agent('nova-network', controller, python('nova-network'))
    this.network = new NetworkHost(agent, new IptablesManager('nova-network', 'essex'), this.config, this.addresses)
    for (const machine of this.nodes.machinesOf('nova-compute')) this.computes.push(this.computeOn(machine))
    for (const { node } of spec.agents) joinCloud(this.nodes.named(node), this)
    // An agent whose command fails at start has said so in syslog; the nodes stay as they are, for the learner to find out.
    this.starting = this.start().catch((error: unknown) => {
      if (!(error instanceof AgentError)) throw error
    })
  }

  async settled(): Promise<void> {
    await this.starting
    await this.pending
  }

  private async start(): Promise<void> {
    await Promise.all(this.nodes.machinesOf('libvirtd').map((machine) => startLibvirt(machine)))
    await this.startApi()
    await Promise.all([this.network.start(), ...this.computes.map((compute) => compute.start())])
    for (const known of this.spec.servers) if (known.boot) this.bootKnown(known.name)
  }

  private bootKnown(name: string): void {
    const image = this.api.images[0]
    const flavor = this.spec.flavors[0]
    if (image === undefined || flavor === undefined) throw new CloudError('cloud.servers: booting one needs cloud.images and cloud.flavors')
    this.api.boot({ name, image, flavor, keyName: null, groups: [], zone: null, userData: null, metadata: new Map(), nics: null })
  }

  /** nova-api serves its own calls and the metadata, and opens the firewall for the latter. */
  private startApi(): Promise<void> {
    const { config } = this
    const manager = new IptablesManager('nova-api', 'essex')
    const metadata = formatIpv4(config.metadataHost)
    manager.filter.addRule('INPUT', `-d ${metadata}/32 -p tcp -m tcp --dport ${config.metadataPort} -j ACCEPT`)
    return this.apiAgent.enqueue('nova-api starts', null, async () => {
      await manager.apply(this.apiAgent)
      serveNova(this.apiAgent.proc, this.api, {
        port: config.metadataPort,
        answer: ({ from, path }) => {
          if (/^\/*(\?|$)/.test(path)) return metadataVersions()
          const server = this.addresses.serverAt(from)
          return server === null ? null : metadataFor(server, config.domain, this.api, path)
        },
      })
      this.startKeystoneAndGlance()
    })
  }

  /** Essex' own client asks nova for the images; later ones ask glance. */
  private startKeystoneAndGlance(): void {
    const { machine } = this.apiAgent
    const { projectId, images } = this.api
    const host = formatIpv4(this.config.metadataHost)
    const keystone = keystoneHandler({
      projectId,
      userId: projectId.split('').reverse().join(''),
      adminName: 'admin',
      password: null,
      catalogue: [
        { type: 'compute', name: 'nova', url: `http://${host}:8774/v2/${projectId}` },
        { type: 'image', name: 'glance', url: `http://${host}:${IMAGE_PORT}` },
        { type: 'identity', name: 'keystone', url: `http://${host}:${KEYSTONE_PORT}/v2.0` },
      ],
      clockUs: () => machine.clockUs,
    })
    startHttpServer(machine, { address: ANY_IPV4, port: KEYSTONE_PORT, argv: ['/usr/bin/python', '/usr/bin/keystone-all'] }, keystone)
    const argv = ['/usr/bin/python', '/usr/bin/glance-api']
    startHttpServer(machine, { address: ANY_IPV4, port: IMAGE_PORT, argv }, glanceHandler(images, projectId))
  }

  private computeOn(machine: Machine): ComputeHost {
    const manager = new IptablesManager('nova-compute', 'essex')
    const network = { cidr: this.config.cidr, dhcpServer: this.config.gateway, allowSameNetTraffic: this.config.allowSameNetTraffic }
    const firewall = new InstanceFirewall(manager, network, () => this.api.servers)
    return new ComputeHost(new Agent('nova-compute', machine, python('nova-compute')), manager, firewall, this.config, this.host)
  }

  // --- NovaAgents

  boot(server: Server, wantedHost: string | null): void {
    this.work(async () => {
      await this.rpc()
      // Nobody takes the request off the queue: the server stays as it is.
      if (this.scheduler === null || this.scheduler.proc.isDone) return
      const compute = this.schedule(wantedHost)
      if (compute === null) return this.failed(server, 'No valid host was found. ')
      server.host = compute.name
      server.taskState = 'networking'
      await this.rpc()
      if ((await this.network.allocate(server)) === null) return this.failed(server, 'Zero fixed ips available.')
      server.taskState = 'spawning'
      await this.rpc()
      await compute.spawn(server)
      if (server.status !== 'BUILD') return
      this.touch(server)
      server.status = 'ACTIVE'
      server.taskState = null
      await this.refreshMembers(server)
    }, server)
  }

  terminate(server: Server): void {
    this.work(async () => {
      await this.rpc()
      for (const row of this.api.network.floating) if (row.server === server) this.api.network.disassociate(row)
      await this.computeOf(server)?.destroy(server)
      await this.network.deallocate(server)
      this.api.forget(server)
      await this.refreshMembers(server)
    }, server)
  }

  reboot(server: Server, _hard: boolean): void {
    this.work(async () => {
      await this.rpc()
      await this.computeOf(server)?.reboot(server)
      server.status = 'ACTIVE'
      server.taskState = null
      this.touch(server)
    }, server)
  }

  associate(floating: FloatingAddress, server: Server): void {
    this.work(() => this.network.associate(floating, server), null)
  }

  disassociate(floating: FloatingAddress): void {
    const server = floating.server
    if (server !== null) this.work(() => this.network.disassociate(floating, server), null)
  }

  groupChanged(_group: SecurityGroup, what: string): void {
    this.work(() => this.refreshAll(what, null), null)
  }

  membersChanged(server: Server, what: string): void {
    this.work(() => this.refreshAll(what, server.id), null)
  }

  console(server: Server): string {
    return this.computeOf(server)?.hypervisor.console(server) ?? ''
  }

  /** dnsmasq's script told of a lease that came or went. */
  leaseChanged(address: number, isLeased: boolean): void {
    this.addresses.lease(address, isLeased)
  }

  /** A lease file's text, which dnsmasq asks for at start because it keeps none itself: expiry, MAC, address, name, client id. */
  leaseFileText(): string {
    const expiry = Math.floor(this.apiAgent.machine.clockUs / 1_000_000) + this.config.leaseSeconds
    return this.addresses
      .leased()
      .map(({ server, fixed }) => `${expiry} ${formatMac(fixed.mac)} ${formatIpv4(fixed.address)} ${hostnameOf(server)} *\n`)
      .join('')
  }

  // --- helpers of the above

  private computeOf(server: Server): ComputeHost | undefined {
    return this.computes.find((compute) => compute.name === server.host)
  }

  /** The host with the fewest servers, or the one that was asked for. */
  private schedule(wanted: string | null): ComputeHost | null {
    const alive = this.computes.filter((compute) => !compute.agent.proc.isDone && (wanted === null || compute.name === wanted))
    const load = (compute: ComputeHost): number => this.api.servers.filter((server) => server.host === compute.name).length
    return alive.sort((a, b) => load(a) - load(b))[0] ?? null
  }

  /** Rules that name a group of this server's hold its address: hosts that use them rebuild. */
  private async refreshMembers(server: Server): Promise<void> {
    const isNamed = this.api.network.groups.some((group) =>
      group.rules.some(({ source }) => 'rules' in source && server.securityGroups.includes(source)),
    )
    if (isNamed) await this.refreshAll(`members of the security groups of ${server.name} changed`, server.id)
  }

  private async refreshAll(what: string, object: string | null): Promise<void> {
    await this.rpc()
    await Promise.all(this.computes.filter(({ guests }) => guests.size > 0).map((compute) => compute.refresh(what, object)))
  }

  private rpc(): Promise<void> {
    return this.apiAgent.sleep(RPC_US)
  }

  private touch(server: Server): void {
    server.updatedUs = this.apiAgent.machine.sim.nowUs
  }

  private failed(server: Server, why: string): void {
    server.status = 'ERROR'
    server.taskState = null
    server.fault = why
    this.touch(server)
  }

  /** Agents work in the background; what goes wrong ends in the server's status and in syslog. */
  private work(task: () => Promise<void>, server: Server | null): void {
    const done = task().catch((error: unknown) => {
      if (server !== null) this.failed(server, error instanceof Error ? error.message : String(error))
    })
    this.pending = Promise.all([this.pending, done])
  }
}

function python(program: string): string[] {
  return ['/usr/bin/python', `/usr/bin/${program}`, '--flagfile=/etc/nova/nova.conf']
}
