// neutron-openvswitch-agent: wires the ports that appear on br-int, and the tunnels and provider networks behind them.
//
// Its loop looks at the switch every two seconds when there is something to look for: ovsdb-client's monitor reported a change, or the
// server sent word. A quiet agent does nothing.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { formatIpv4 } from '../../../addr/ipv4.js'
import { Agent } from '../../agent.js'
import { python2Order } from '../../python2-order.js'
import { SecurityGroupAgent } from '../firewall/security-group-agent.js'
import { BR_INT, BR_TUN } from '../names.js'
import type { Port } from '../objects.js'
import type { AgentContext, CloudAgent, DvrMac, FdbAddresses, FdbEntry, L2AgentRpc } from '../rpc.js'
import { commandLine, hasArpResponder, reportOf } from './agent-process.js'
import { listenForSwitch } from './controller-port.js'
import { DvrBinding } from './dvr-binding.js'
import { IcehousePipeline } from './icehouse-pipeline.js'
import type { LocalVlan, VifPort } from './local-vlans.js'
import { LocalVlans, vlanPins } from './local-vlans.js'
import { OvsTools } from './ovs-tools.js'
import type { PhysicalLink, Pipeline, TunnelType } from './pipeline.js'
import { forgive, PollLoop } from './poll-loop.js'
import { DEAD_VLAN, PortWiring } from './port-wiring.js'
import { SteinPipeline } from './stein-pipeline.js'
import { REMOTES, SwitchSetup } from './switch-setup.js'
import { watchCanary, watchInterfaces } from './switch-watch.js'
import { Tunnels } from './tunnels.js'

interface PortChanges {
  readonly current: ReadonlyMap<string, VifPort>
  readonly added: readonly string[]
  readonly updated: readonly string[]
  readonly removed: readonly string[]
}

export class OvsAgent implements CloudAgent, L2AgentRpc {
  readonly agent: Agent
  private readonly tools: OvsTools
  private readonly pipeline: Pipeline
  private readonly setup: SwitchSetup
  private readonly vlans: LocalVlans
  private readonly tunnels: Tunnels | null
  private readonly links = new Map<string, PhysicalLink>()
  private readonly wiring: PortWiring
  private readonly groups: SecurityGroupAgent
  /** null: no distributed routing on this host. */
  private readonly dvr: DvrBinding | null
  private readonly loop: PollLoop
  private readonly cookies = new Map<string, string>()
  /** Ports that were treated. */
  private known = new Set<string>()
  /** Numbers on br-int of the ports that the last round saw; what is held by number goes when the number is gone. */
  private ofports = new Set<number>()
  private ancillary: readonly string[] = []
  private knownAncillary = new Set<string>()
  private readonly updated = new Set<string>()
  private readonly deleted = new Set<string>()
  private readonly activated = new Set<string>()
  private readonly deactivated = new Set<string>()
  private isSettingUp = false

  constructor(private readonly context: AgentContext) {
    const { machine, profile, config } = context
    this.agent = new Agent('neutron-openvswitch-agent', machine, commandLine(context))
    this.loop = new PollLoop(this.agent, () => this.iterate())
    const { l2 } = profile
    this.tools = new OvsTools(this.agent, l2.native)
    const options = {
      tables: l2.tables,
      arpResponder: hasArpResponder(config),
      distributed: config.dvr && l2.dvr,
      cookieOf: (bridge: string) => this.cookieOf(bridge),
    }
    this.pipeline = l2.native ? new SteinPipeline(this.tools, options) : new IcehousePipeline(this.tools, l2.tables)
    this.setup = new SwitchSetup(this.agent, this.tools, l2, this.pipeline)
    this.vlans = new LocalVlans(vlanPins(machine.kernel.pins))
    this.tunnels =
      config.localIp === null || config.tunnelTypes.length === 0
        ? null
        : new Tunnels(this.tools, this.pipeline, this.vlans, { profile: l2, localIp: config.localIp, l2population: config.l2population })
    this.groups = new SecurityGroupAgent(this.agent, context)
    const { tools, pipeline, vlans, tunnels, links } = this
    const { plugin, host } = context
    const bridgeOf = ({ physicalNetwork }: LocalVlan): string | null => links.get(physicalNetwork ?? '')?.bridge ?? null
    this.dvr = pipeline.dvr === null ? null : new DvrBinding({ flows: pipeline.dvr, plugin, tools, host, bridgeOf })
    this.wiring = new PortWiring({ tools, pipeline, vlans, tunnels, links, plugin, host, dvr: this.dvr, python3: l2.python3 })
  }

  /** An agent that cannot set up its switch (a provider bridge is missing) says so in syslog and ends. */
  async start(): Promise<void> {
    await this.agent
      .enqueue('neutron-openvswitch-agent starts', null, () => this.setUp())
      .catch((error: unknown) => {
        forgive(error)
        this.agent.proc.kill('TERM')
      })
  }

  private async setUp(): Promise<void> {
    this.loop.begin()
    if (this.context.profile.l2.native) {
      listenForSwitch(this.agent.proc)
      await this.setup.openDatabase()
    }
    await this.setUpSwitch()
    await this.findAncillary()
    await this.restoreVlans()
    await this.context.plugin.reportAgent(reportOf(this.context, () => !this.agent.proc.isDone))
    await this.syncTunnels()
    await this.watch()
    await this.iterate()
    this.vlans.forgetHints()
    await this.pipeline.removeForeign([BR_INT, BR_TUN, ...[...this.links.values()].map(({ bridge }) => bridge)])
  }

  async settled(): Promise<void> {
    await this.loop.settled()
    await this.agent.settled()
  }

  // --- L2AgentRpc

  portUpdate(port: Port): void {
    if (!this.known.has(port.id)) return
    this.updated.add(port.id)
    this.wake('port updated', port.id)
  }

  /** Releases that hear of it cut the port off before nova has unplugged it. */
  portDelete(portId: string): void {
    if (!this.context.profile.l2.native || !this.known.has(portId)) return
    this.updated.delete(portId)
    this.deleted.add(portId)
    this.wake('port deleted', portId)
  }

  networkDelete(networkId: string): void {
    if (this.context.profile.l2.native || this.vlans.get(networkId) === null) return
    this.work('network deleted', networkId, () => this.wiring.reclaim(networkId))
  }

  securityGroupsRuleUpdated(groupIds: readonly string[]): void {
    if (this.groups.rulesUpdated(groupIds)) this.wake('security group rules changed', groupIds[0] ?? null)
  }

  securityGroupsMemberUpdated(groupIds: readonly string[]): void {
    if (this.groups.membersUpdated(groupIds)) this.wake('members of a security group changed', groupIds[0] ?? null)
  }

  securityGroupsProviderUpdated(): void {
    if (this.groups.providerUpdated()) this.wake('addresses of DHCP servers changed', null)
  }

  tunnelUpdate(remoteIp: Ipv4Address, type: TunnelType): void {
    const { tunnels } = this
    if (tunnels === null || !this.context.config.tunnelTypes.includes(type)) return
    this.work('tunnel end announced', formatIpv4(remoteIp), () => tunnels.add([remoteIp], type))
  }

  tunnelDelete(remoteIp: Ipv4Address, type: TunnelType): void {
    const { tunnels } = this
    if (tunnels === null || !this.context.profile.l2.native) return
    this.work('tunnel end gone', formatIpv4(remoteIp), () => tunnels.remove(remoteIp, type))
  }

  fdbAdd(entries: readonly FdbEntry[]): void {
    const { tunnels } = this
    if (tunnels !== null) this.work('l2population: ports on other hosts', entries[0]?.networkId ?? null, () => tunnels.fdbAdd(entries))
  }

  fdbRemove(entries: readonly FdbEntry[]): void {
    const { tunnels } = this
    if (tunnels !== null)
      this.work('l2population: ports gone from other hosts', entries[0]?.networkId ?? null, () => tunnels.fdbRemove(entries))
  }

  fdbChangeAddresses(change: FdbAddresses): void {
    const { tunnels } = this
    if (tunnels !== null)
      this.work('l2population: a port on another host has other addresses', change.networkId, () => tunnels.fdbChangeAddresses(change))
  }

  dvrMacAddressUpdate(entries: readonly DvrMac[]): void {
    const { dvr } = this
    if (dvr !== null) this.work('DVR addresses of all hosts', null, () => dvr.macsUpdated(entries))
  }

  /** Live migration: a port that was plugged ahead of its server is this host's from now on. */
  bindingActivate(portId: string): void {
    this.activated.add(portId)
    this.wake('port binding activated', portId)
  }

  /** Its server has gone to another host. */
  bindingDeactivate(portId: string): void {
    this.deactivated.add(portId)
    this.wake('port binding deactivated', portId)
  }

  // --- start

  private async setUpSwitch(): Promise<void> {
    await this.setup.integrationBridge()
    this.links.clear()
    for (const [physicalNetwork, bridge] of this.context.config.bridgeMappings)
      this.links.set(physicalNetwork, await this.setup.physicalBridge(physicalNetwork, bridge))
    const tunnel = this.tunnels === null ? null : await this.setup.tunnelBridge()
    await this.dvr?.setUp({ tunnel, links: [...this.links.values()] })
  }

  /** Bridges beside the agent's own (br-ex): it tells the server of the ports there and leaves them alone. */
  private async findAncillary(): Promise<void> {
    const own = new Set([BR_INT, BR_TUN, ...[...this.links.values()].map(({ bridge }) => bridge)])
    const found: string[] = []
    for (const bridge of await this.tools.bridges()) {
      if (own.has(bridge)) continue
      const id = await this.tools.bridgeId(bridge)
      if (id === '' || id === bridge) found.push(bridge)
    }
    this.ancillary = found
  }

  /** Networks keep the VLANs that an earlier run of the agent gave them. */
  private async restoreVlans(): Promise<void> {
    for (const [networkId, tag] of (await this.tools.replica?.networkTags(BR_INT)) ?? [])
      if (tag !== DEAD_VLAN) this.vlans.remember(networkId, tag)
  }

  private async syncTunnels(): Promise<void> {
    const { tunnels, context } = this
    const { localIp, tunnelTypes } = context.config
    if (tunnels === null || localIp === null) return
    for (const type of tunnelTypes) await tunnels.add(await context.plugin.tunnelSync(localIp, type, context.host), type)
  }

  private async watch(): Promise<void> {
    const { l2 } = this.context.profile
    await watchInterfaces(this.agent.proc, l2.native ? REMOTES : [], (event, object) => this.wake(event, object))
    watchCanary(this.agent.proc, l2.tables.canary, () => {
      if (!this.isSettingUp) this.wake('the switch lost its flows', BR_INT)
    })
  }

  // --- the loop

  /** Asks for one more round at the loop's next turn. */
  private wake(event: string, object: string | null): void {
    this.loop.wake(event, object)
  }

  private work(event: string, object: string | null, task: () => Promise<void>): void {
    void this.agent.enqueue(event, object, task).catch(forgive)
  }

  private async iterate(): Promise<void> {
    const isNew = !(await this.pipeline.isIntact())
    if (isNew) await this.startOver()
    const changes = await this.scan()
    await this.clearStale(changes)
    await this.processDeleted(changes)
    await this.unplugDeactivated(changes)
    await this.process(changes, isNew)
    this.known = new Set(changes.current.keys())
    await this.processAncillary()
  }

  /** The switch lost its flows: it was started anew. */
  private async startOver(): Promise<void> {
    this.isSettingUp = true
    try {
      this.tunnels?.forget()
      await this.setUpSwitch()
      await this.syncTunnels()
    } finally {
      this.isSettingUp = false
    }
    this.known.clear()
  }

  private async scan(): Promise<PortChanges> {
    const ports = await this.tools.vifPorts([BR_INT])
    const current = new Map(ports.map((port) => [port.portId, port]))
    for (const portId of await this.retagged()) this.updated.add(portId)
    const updated = [...this.updated].filter((id) => current.has(id) && this.known.has(id) && !this.activated.has(id))
    this.updated.clear()
    const added = [...current.keys()].filter((id) => !this.known.has(id) || this.activated.has(id))
    this.activated.clear()
    const removed = [...this.known].filter((id) => !current.has(id))
    return { current, added: this.inOrder(added), updated: this.inOrder(updated), removed: this.inOrder(removed) }
  }

  /** Later releases hold a port to its addresses by its number. */
  private async clearStale({ current }: PortChanges): Promise<void> {
    const now = new Set([...current.values()].map(({ ofport }) => ofport))
    const gone = [...this.ofports].filter((ofport) => !now.has(ofport))
    this.ofports = now
    if (!this.context.profile.l2.native || gone.length === 0) return
    this.pipeline.defer()
    for (const ofport of gone) await this.pipeline.clearPort(ofport)
    await this.pipeline.flush()
  }

  /** Ports whose tag somebody changed. */
  private async retagged(): Promise<string[]> {
    const locals = this.vlans.all()
    if (locals.length === 0) return []
    const tags = await this.tools.tags(BR_INT)
    return locals.flatMap(({ ports, vlan }) =>
      [...ports.values()].filter(({ name }) => tags.has(name) && tags.get(name) !== vlan).map(({ portId }) => portId),
    )
  }

  private async process({ current, added, updated, removed }: PortChanges, isNew: boolean): Promise<void> {
    const ports = this.inOrder([...added, ...updated]).map((id) => current.get(id)!)
    if (this.context.profile.l2.native) {
      const bound = await this.wiring.prepare(ports, isNew)
      const tags = bound.length === 0 ? new Map<string, number>() : await this.tools.tags(BR_INT)
      await this.wiring.noteTags(bound, tags)
      await this.groups.setUpFilters(added, updated)
      await this.wiring.bind(bound, tags)
    } else {
      await this.groups.setUpFilters(added, updated)
      await this.wiring.wireEach(ports, isNew)
    }
    await this.groups.removeFilters(removed)
    for (const portId of removed) {
      await this.context.plugin.updateDeviceDown(portId, this.context.host)
      await this.wiring.unbind(portId)
    }
  }

  private async processDeleted({ current, removed }: PortChanges): Promise<void> {
    const deleted = [...this.deleted].filter((id) => !removed.includes(id))
    this.deleted.clear()
    for (const portId of deleted) {
      const port = current.get(portId)
      if (port !== undefined) await this.wiring.kill(port)
      await this.wiring.unbind(portId)
    }
    await this.groups.removeFilters(deleted)
  }

  /** What the loop finds gone at its next turn is unbound then. */
  private async unplugDeactivated({ current }: PortChanges): Promise<void> {
    const ports = [...this.deactivated].flatMap((id) => current.get(id) ?? [])
    this.deactivated.clear()
    for (const { name } of ports) await this.tools.deletePort(BR_INT, name)
  }

  private async processAncillary(): Promise<void> {
    if (this.ancillary.length === 0) return
    const { plugin, host } = this.context
    const present = (await this.tools.vifPorts(this.ancillary)).map(({ portId }) => portId)
    const before = this.knownAncillary
    this.knownAncillary = new Set(present)
    for (const portId of present) if (!before.has(portId)) await plugin.updateDeviceUp(portId, host)
    for (const portId of before) if (!this.knownAncillary.has(portId)) await plugin.updateDeviceDown(portId, host)
  }

  // --- small things

  /** Sets of Python 3 have another order each time: here the order in which the ports came. */
  private inOrder(ids: readonly string[]): readonly string[] {
    return this.context.profile.l2.python3 ? [...new Set(ids)] : python2Order(ids)
  }

  private cookieOf(bridge: string): string {
    let cookie = this.cookies.get(bridge)
    if (cookie === undefined) {
      const { kernel, name } = this.context.machine
      const random = kernel.random.fork(`${name}/neutron-openvswitch-agent/${bridge}`)
      cookie = `0x${[random.uint32(), random.uint32()]
        .map((word) => word.toString(16).padStart(8, '0'))
        .join('')
        .replace(/^0+/, '')}`
      this.cookies.set(bridge, cookie)
    }
    return cookie
  }
}
