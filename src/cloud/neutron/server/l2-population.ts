// The l2population mechanism driver: each host learns from the server where the ports of its networks live, instead of by flooding.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import type { FixedIp, Port } from '../objects.js'
import { OWNER } from '../objects.js'
import type { FdbEntry, L2AgentRpc } from '../rpc.js'
import type { NeutronDatabase } from './database.js'
import type { MessageBus } from './message-bus.js'

export class L2Population {
  /** When the agent that was told all of a network was started, by host and network: one that was started since knows nothing. */
  private readonly told = new Map<string, number>()

  constructor(
    private readonly db: NeutronDatabase,
    private readonly bus: MessageBus,
    private readonly endOf: (host: string, type: 'gre' | 'vxlan') => Ipv4Address | null,
    /** So many ports of a network on a host count as its first: later releases reckon with two that come up at once. */
    private readonly firstPorts: 1 | 2,
  ) {}

  /**
   * The others learn of the port; a host's first port of a network brings it all that the others have. An interface of a distributed
   * router makes its host one to flood to, and is not itself told of: it is everywhere. `isNews`: it was not up before.
   */
  portUp(port: Port, host: string, isNews: boolean): void {
    const { networkId } = port
    const isNew = this.isNew(networkId, host)
    if (isDistributed(port) && !isNews && !isNew) return
    const isFirst = isNew || this.activeOn(networkId, host).length <= this.firstPorts
    const entry = this.entryOf(networkId, host, [port], isFirst)
    if (entry === null) return
    this.others(host, (agent) => agent.fdbAdd([entry]))
    if (!isFirst) return
    const byHost = new Map<string, Port[]>()
    for (const { port, hosts } of this.activePorts(networkId)) {
      for (const other of hosts) {
        const known = byHost.get(other)
        if (known === undefined) byHost.set(other, [port])
        else known.push(port)
      }
    }
    byHost.delete(host)
    const all = [...byHost].map(([other, ports]) => this.entryOf(networkId, other, ports, true))
    const known = all.filter((row) => row !== null)
    if (known.length > 0) this.bus.cast(() => this.bus.l2.get(host)?.fdbAdd(known))
  }

  private isNew(networkId: string, hostId: string): boolean {
    const agent = this.db.agents.on('Open vSwitch agent', hostId)
    const key = `${hostId} ${networkId}`
    if (agent === null || this.told.get(key) === agent.startedUs) return false
    this.told.set(key, agent.startedUs)
    return true
  }

  /** The port goes altogether. Precondition: its row no longer says ACTIVE, or is no longer there. */
  portGone(port: Port): void {
    const hosts = isDistributed(port) ? [...port.distributedBindings.keys()] : [port.hostId]
    for (const host of hosts) if (host !== '') this.portDown(port, host)
  }

  /** Precondition: the port's row no longer says ACTIVE. */
  portDown(port: Port, host = port.hostId): void {
    const wasLast = this.activeOn(port.networkId, host).length === 0
    const entry = this.entryOf(port.networkId, host, [port], wasLast)
    if (entry !== null && (entry.flood || entry.ports.length > 0)) this.others(host, (agent) => agent.fdbRemove([entry]))
  }

  /** Only who answers ARP for others cares: the rows are by MAC. */
  addressesChanged(port: Port, before: readonly FixedIp[]): void {
    if (port.hostId === '' || this.entryOf(port.networkId, port.hostId, [port], false) === null) return
    const { networkId, mac, fixedIps } = port
    const without = (rows: readonly FixedIp[], others: readonly FixedIp[]): Ipv4Address[] =>
      rows.map(({ address }) => address).filter((address) => !others.some((row) => row.address === address))
    const change = { networkId, mac, before: without(before, fixedIps), after: without(fixedIps, before) }
    this.others(port.hostId, (agent) => agent.fdbChangeAddresses(change))
  }

  private others(host: string, tell: (agent: L2AgentRpc) => void): void {
    if (this.bus.late.has(host)) return
    for (const [name, agent] of this.bus.l2) if (name !== host) this.bus.cast(() => tell(agent))
  }

  private activePorts(networkId: string): { readonly port: Port; readonly hosts: readonly string[] }[] {
    return this.db.portsOf(networkId).map((port) => ({ port, hosts: activeHosts(port) }))
  }

  private activeOn(networkId: string, host: string): Port[] {
    return this.activePorts(networkId).flatMap(({ port, hosts }) => (hosts.includes(host) ? [port] : []))
  }

  private entryOf(networkId: string, host: string, ports: readonly Port[], flood: boolean): FdbEntry | null {
    const network = this.db.networks.get(networkId)
    if (network === undefined || (network.networkType !== 'gre' && network.networkType !== 'vxlan')) return null
    const remoteIp = this.endOf(host, network.networkType)
    if (remoteIp === null) return null
    return {
      networkId,
      networkType: network.networkType,
      segmentationId: network.segmentationId ?? 0,
      remoteIp,
      flood,
      ports: ports.filter((port) => !isDistributed(port)).flatMap(({ mac, fixedIps }) => fixedIps.map(({ address }) => ({ mac, address }))),
    }
  }
}

function isDistributed({ deviceOwner }: Port): boolean {
  return deviceOwner === OWNER.distributedInterface
}

/** Where the port works. */
function activeHosts(port: Port): string[] {
  if (isDistributed(port)) return [...port.distributedBindings].flatMap(([host, status]) => (status === 'ACTIVE' ? [host] : []))
  return port.status === 'ACTIVE' && port.hostId !== '' ? [port.hostId] : []
}
