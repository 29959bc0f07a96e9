// A cloud with neutron at work: the APIs on the controller, Open vSwitch agents everywhere, L3, DHCP and metadata agents where the
// scenario puts them, nova-computes. They talk through the message queue and act on the nodes by typing commands.
import { parseIpv4 } from '../../addr/ipv4.js'
import type { EthernetFrame } from '../../wire/ethernet.js'
import { Agent, AgentError } from '../agent.js'
import { AgentNodes } from '../agent-nodes.js'
import { CloudError } from '../cloud-error.js'
import type { Cloud, CloudHost, CloudSleep } from '../host.js'
import { ApiError, NovaApi } from '../nova/api.js'
import { hostnameOf } from '../nova/hostname.js'
import { startLibvirt } from '../nova/libvirtd.js'
import { NOVA_RELEASES } from '../nova/release.js'
import { joinCloud } from '../registry.js'
import { addCloudService } from '../services.js'
import type { CloudAgent as AgentSpec, CloudServer, CloudSpec } from '../spec.js'
import { AgentStarter, type NeutronService } from './agent-starter.js'
import { controllerLine } from './command-lines.js'
import { writeNodeFiles } from './node-files/node-files.js'
import { Conductor } from './nova/conductor.js'
import type { NovaService } from './nova/host-rest.js'
import { NeutronNetwork } from './nova/neutron-network.js'
import { profileOf, type ReleaseProfile } from './release.js'
import type { AgentConfig, AgentContext } from './rpc.js'
import { serveApi } from './serve-api.js'
import { AgentNotifier } from './server/agent-notifier.js'
import { MessageBus } from './server/message-bus.js'
import { NeutronApi } from './server/neutron-api.js'
import { Plugin } from './server/plugin.js'
import { Schedulers } from './server/schedulers.js'
import { addressOf, serviceOf, sleepingService } from './service-hosts.js'
import { serviceName } from './service-names.js'
import { type SleepingHost, SleepingHosts } from './sleeping-hosts.js'
import { SpecRows } from './spec-rows.js'

export class NeutronCloud implements Cloud, CloudSleep {
  readonly mode: 'legacy-l3' | 'dvr'
  readonly neutron: NeutronApi
  readonly api: NovaApi<NeutronNetwork>
  private readonly profile: ReleaseProfile
  private readonly bus: MessageBus
  private readonly notifier: AgentNotifier
  private readonly plugin: Plugin
  private readonly conductor: Conductor
  private readonly controllers = new Map<string, Agent>()
  private readonly nodes: AgentNodes
  private readonly starter: AgentStarter
  private readonly starting: Promise<void>
  private readonly sleeping: SleepingHosts

  constructor(
    private readonly host: CloudHost,
    private readonly spec: CloudSpec,
  ) {
    this.nodes = new AgentNodes(host, spec)
    const profile = profileOf(spec.release)
    if (profile === null) throw new CloudError(`cloud.release: "${spec.release}" is not emulated with neutron (icehouse, stein, ussuri)`)
    this.profile = profile
    this.mode = spec.mode === 'dvr' ? 'dvr' : 'legacy-l3'
    const { sim } = this.nodes.machineOf('neutron-server')
    this.bus = new MessageBus(sim)
    this.notifier = new AgentNotifier(this.bus, profile.server.dhcpRule === 'from-server-last')
    this.neutron = new NeutronApi({
      profile,
      random: sim.random.fork('neutron'),
      clock: sim,
      notifier: this.notifier,
      projectId: this.projectId,
      segmentPools: this.segmentPools(),
      routerDistributed: this.mode === 'dvr' && this.flag('router_distributed') === 'true',
      dvrMacs: this.dvrMacs(),
      underlayMtu: Number(this.flag('global_physnet_mtu') ?? 1500),
    })
    const schedulers = new Schedulers(this.neutron.db)
    this.notifier.db = this.neutron.db
    this.notifier.schedulers = schedulers
    this.plugin = new Plugin(this.neutron, this.bus, this.notifier, schedulers, this.flag('l2population') === 'true')
    this.starter = new AgentStarter(this.bus, this.host)
    this.startControllers()
    const { conductor, api } = this.makeNova()
    this.conductor = conductor
    this.api = api
    for (const { node } of spec.agents) if (host.asleep(node) === null) joinCloud(this.nodes.named(node), this)
    this.sleeping = new SleepingHosts(this.sleepingHosts(), { api: this.neutron, bus: this.bus, plugin: this.plugin, schedulers })
    const ports = this.loadRows()
    this.starting = this.start(ports)
  }

  /** Quiet: no message under way, no agent at work, and nothing came of it. */
  async settled(): Promise<void> {
    await this.starting
    for (;;) {
      const before = this.bus.sent
      await this.bus.idle()
      await this.conductor.settled()
      await this.starter.settled()
      await this.bus.idle()
      if (this.bus.sent === before) return
    }
  }

  /** What stands in the tables before anybody is told: the ports' ids of the servers that run when the lab opens, by name. */
  private loadRows(): Map<string, string[]> {
    const rows = new SpecRows(this.neutron, this.spec, (node) => this.nodes.hostnameOf(node))
    rows.load()
    const known = rows.serverPorts()
    this.sleeping.reportAgents()
    rows.loadFloatingIps((name) => known.get(name)?.[0] ?? null)
    this.neutron.setQuotas(this.spec.flags)
    this.notifier.isQuiet = false
    return known
  }

  private async start(ports: ReadonlyMap<string, readonly string[]>): Promise<void> {
    this.serveApis()
    this.bootSleeping(ports)
    for (const agents of this.spec.agents) if (this.host.asleep(agents.node) === null) this.writeFiles(agents)
    await Promise.all(this.nodes.machinesOf('libvirtd').map((machine) => startLibvirt(machine, this.mode !== 'dvr')))
    await Promise.all(this.startAgents(['neutron-openvswitch-agent']))
    await Promise.all(this.startAgents(['neutron-metadata-agent', 'neutron-l3-agent', 'neutron-dhcp-agent', 'nova-compute']))
    for (const [i, server] of this.spec.servers.entries())
      if (server.boot && !this.isAsleep(server)) this.bootRow(i, server, ports.get(server.name) ?? [])
  }

  // --- hosts that sleep

  get sleep(): CloudSleep | null {
    return this.spec.wake === 'touch' ? this : null
  }

  concerns(node: string, frame: EthernetFrame): boolean {
    return this.sleeping.concerns(this.nodes.hostnameOf(node), frame)
  }

  hostOf(name: string): string | null {
    const server = this.api.servers.find((row) => (row.machineName ?? hostnameOf(row)) === name)
    return this.spec.agents.find(({ node }) => this.host.asleep(node)?.hostname === server?.host)?.node ?? null
  }

  async wake(node: string): Promise<void> {
    const spec = this.spec.agents.find((row) => row.node === node)
    if (spec === undefined) return
    const machine = this.nodes.named(node)
    const { hostname } = machine
    this.bus.late.add(hostname)
    joinCloud(machine, this)
    this.writeFiles(spec)
    if (spec.services.includes('libvirtd')) await startLibvirt(machine, this.mode !== 'dvr')
    await Promise.all(this.startAgents(['neutron-openvswitch-agent'], node))
    await Promise.all(this.startAgents(['neutron-metadata-agent', 'neutron-l3-agent', 'neutron-dhcp-agent', 'nova-compute'], node))
    const servers = this.api.servers.filter(({ host, status }) => host === hostname && status === 'ACTIVE')
    await Promise.all(servers.map((server) => this.conductor.comeUp(server)))
    await this.starter.settled(hostname)
    this.bus.late.delete(hostname)
  }

  private sleepingHosts(): SleepingHost[] {
    return this.spec.agents.flatMap((spec) => {
      const node = this.host.asleep(spec.node)
      if (node === null) return []
      return [{ spec, node, context: { host: node.hostname, profile: this.profile, config: this.configOf(spec) } }]
    })
  }

  private isAsleep({ host }: CloudServer): boolean {
    return host !== null && this.host.asleep(host) !== null
  }

  private bootSleeping(ports: ReadonlyMap<string, readonly string[]>): void {
    this.notifier.isQuiet = true
    this.conductor.isAsleep = (host) => this.sleeping.has(host)
    for (const [i, server] of this.spec.servers.entries())
      if (server.boot && this.isAsleep(server)) this.bootRow(i, server, ports.get(server.name) ?? [])
    this.conductor.isAsleep = () => false
    this.sleeping.bringUp()
    this.notifier.isQuiet = false
  }

  // --- the APIs

  /** A process for each service of the controller; without it its part of the cloud does nothing. */
  private startControllers(): void {
    for (const name of ['neutron-server', 'keystone', 'glance-api', 'nova-api', 'nova-scheduler', 'nova-conductor']) {
      const machine = this.nodes.machinesOf(name)[0]
      if (machine === undefined) continue
      const agent = new Agent(name, machine, controllerLine(name, this.profile))
      this.controllers.set(name, agent)
      addCloudService(machine, {
        ...serviceName(name, this.profile.name),
        process: () => (agent.proc.isDone ? null : agent.proc),
        start: () => {
          agent.restart()
          this.serve(name, agent)
        },
      })
    }
  }

  private makeNova(): { conductor: Conductor; api: NovaApi<NeutronNetwork> } {
    const { sim } = this.nodes.machineOf('neutron-server')
    const needed = ['nova-scheduler', 'nova-conductor', 'neutron-server']
    const isComplete = (): boolean => needed.every((name) => this.controllers.get(name)?.proc.isDone === false)
    const conductor = new Conductor(this.bus, isComplete, sim)
    const network = new NeutronNetwork(this.neutron, this.spec, () => conductor.api.servers, conductor)
    const release = NOVA_RELEASES[this.profile.name]
    const api = new NovaApi(this.spec, sim.random.fork('nova'), sim, conductor, network, release)
    conductor.api = api
    conductor.novaServices = () => this.novaServices()
    return { conductor, api }
  }

  private novaServices(): NovaService[] {
    const controllers = ['nova-conductor', 'nova-scheduler'].flatMap((name) => this.controllers.get(name) ?? [])
    const controller = this.nodes.machineOf('neutron-server')
    const awake = new Map(this.starter.computes.map(({ agent }) => [agent.machine.name, agent]))
    const computes = this.nodes.specsOf('nova-compute').flatMap(({ node }) => {
      const asleep = this.host.asleep(node)
      if (asleep !== null) return [sleepingService(asleep, controller)]
      const agent = awake.get(node)
      return agent === undefined ? [] : [serviceOf(agent)]
    })
    return [...controllers.map(serviceOf), ...computes]
  }

  private serveApis(): void {
    for (const [name, agent] of this.controllers) this.serve(name, agent)
  }

  private serve(name: string, agent: Agent): void {
    const { neutron, api, nodes, profile, projectId } = this
    serveApi(name, agent, { neutron, api, nodes, profile, projectId, flag: (flag) => this.flag(flag) })
  }

  // --- the agents

  /** On all nodes that are awake, or on one. */
  private startAgents(services: readonly NeutronService[], only: string | null = null): Promise<void>[] {
    const isMeant = ({ node }: AgentSpec): boolean => (only === null ? this.host.asleep(node) === null : node === only)
    return services.flatMap((service) =>
      this.nodes
        .specsOf(service)
        .filter(isMeant)
        .map((spec) => this.starter.start(service, this.contextOf(spec)).catch(forgive)),
    )
  }

  private writeFiles(spec: AgentSpec): void {
    const machine = this.nodes.named(spec.node)
    const { tenantType, tunnelRange } = this.segmentPools()
    writeNodeFiles(machine, {
      profile: this.profile,
      services: spec.services,
      config: this.configOf(spec),
      controller: addressOf(this.nodes.machineOf('neutron-server')),
      address: addressOf(machine),
      tenantType,
      tunnelRange,
      flatNetworks: this.spec.networks.flatMap(({ type, physicalNetwork }) =>
        type === 'flat' && physicalNetwork !== null ? [physicalNetwork] : [],
      ),
    })
  }

  private contextOf(spec: AgentSpec): AgentContext {
    const machine = this.nodes.named(spec.node)
    return { machine, host: machine.hostname, profile: this.profile, config: this.configOf(spec), plugin: this.plugin }
  }

  private configOf(spec: AgentSpec): AgentConfig {
    const isOn = (name: string): boolean => this.flag(name) === 'true'
    return {
      localIp: spec.localIp === null ? null : parseIpv4(spec.localIp),
      tunnelTypes: spec.localIp === null ? [] : this.tunnelTypes(),
      bridgeMappings: spec.bridgeMappings,
      externalBridge: spec.externalBridge === 'none' ? null : (spec.externalBridge ?? this.profile.l3.externalBridge),
      l2population: isOn('l2population'),
      arpResponder: isOn('arp_responder'),
      agentMode: spec.agentMode,
      dvr: this.mode === 'dvr' && spec.agentMode !== 'legacy',
      flags: this.spec.flags,
    }
  }

  // --- servers of the documents

  private bootRow(i: number, server: CloudServer, portIds: readonly string[]): void {
    try {
      this.bootKnown(server, portIds)
    } catch (error) {
      throw error instanceof ApiError ? new CloudError(`cloud.servers[${i}]: ${error.message}`) : error
    }
  }

  private bootKnown(known: CloudServer, portIds: readonly string[]): void {
    const { images } = this.api
    const { flavors } = this.spec
    const image = known.image === null ? images[0] : this.api.image(known.image)
    const flavor = known.flavor === null ? flavors[0] : this.api.flavor(known.flavor)
    if (image === undefined || flavor === undefined) throw new CloudError('cloud.servers: booting one needs cloud.images and cloud.flavors')
    const nics = portIds.map((portId) => ({ network: null, portId, address: null, goesWithServer: true }))
    const zone = known.host === null ? null : `nova:${this.nodes.hostnameOf(known.host)}`
    this.api.boot({
      name: known.name,
      image,
      flavor,
      keyName: null,
      groups: [],
      zone,
      // As the API takes it from the clients.
      userData: known.userData,
      metadata: known.metadata,
      bootVolume: known.volume ? this.volumeId(known) : null,
      nics,
    })
  }

  private volumeId({ id, name }: CloudServer): string {
    return this.nodes
      .machineOf('neutron-server')
      .sim.random.fork(`volume of ${id ?? name}`)
      .uuid()
  }

  // --- helpers of the above

  private get projectId(): string {
    return this.flag('project_id') ?? '00000000000000000000000000000001'
  }

  private flag(name: string): string | null {
    return this.spec.flags.get(name) ?? null
  }

  private tunnelTypes(): ('gre' | 'vxlan')[] {
    const text = this.flag('tunnel_types') ?? (this.profile.name === 'icehouse' ? 'gre' : 'vxlan')
    return text.split(',').filter((type) => type === 'gre' || type === 'vxlan')
  }

  private segmentPools() {
    const range = (text: string | null, low: number, high: number): readonly [number, number] => {
      const [first, last] = (text ?? `${low}:${high}`).split(':').map(Number)
      return [first!, last!]
    }
    const physical = new Map<string, readonly [number, number] | null>()
    for (const { bridgeMappings } of this.spec.agents) for (const name of bridgeMappings.keys()) physical.set(name, null)
    for (const row of (this.flag('network_vlan_ranges') ?? '').split(',').filter(Boolean)) {
      const [name, low, high] = row.split(':')
      physical.set(name!, low === undefined ? null : [Number(low), Number(high)])
    }
    const tenantType = (this.flag('tenant_network_types') ?? this.tunnelTypes()[0] ?? 'local') as 'gre' | 'vxlan' | 'vlan' | 'local'
    return { tenantType, tunnelRange: range(this.flag('tunnel_id_ranges'), 1, 1000), physical }
  }

  private dvrMacs(): Map<string, string> {
    const rows = this.spec.agents.flatMap(({ node, dvrMac }) => (dvrMac === null ? [] : [[this.nodes.hostnameOf(node), dvrMac] as const]))
    return new Map(rows)
  }
}

/** An agent whose command fails at start has told its log; the node stays as it is, for the learner to find out, and the others go on. */
function forgive(error: unknown): void {
  if (!(error instanceof AgentError)) throw error
}
