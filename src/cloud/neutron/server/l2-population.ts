// The l2population mechanism driver: each host learns from the server where the ports of its networks live, instead of by flooding.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import type { FixedIp, Port } from '../objects.js'
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
  ) {}

  /** The others learn of the port; a host's first port of a network brings it all that the others have. */
  portUp(port: Port): void {
    const isFirst = this.isNew(port) || this.activeOn(port.networkId, port.hostId).length === 1
    const entry = this.entryOf(port.networkId, port.hostId, [port], isFirst)
    if (entry === null) return
    this.others(port.hostId, (agent) => agent.fdbAdd([entry]))
    if (!isFirst) return
    const hosts = new Set(this.activePorts(port.networkId).map(({ hostId }) => hostId))
    hosts.delete(port.hostId)
    const all = [...hosts].map((host) => this.entryOf(port.networkId, host, this.activeOn(port.networkId, host), true))
    const known = all.filter((row) => row !== null)
    if (known.length > 0) this.bus.cast(() => this.bus.l2.get(port.hostId)?.fdbAdd(known))
  }

  private isNew({ networkId, hostId }: Port): boolean {
    const agent = [...this.db.agents.values()].find(({ type, host }) => type === 'Open vSwitch agent' && host === hostId)
    const key = `${hostId} ${networkId}`
    if (agent === undefined || this.told.get(key) === agent.startedUs) return false
    this.told.set(key, agent.startedUs)
    return true
  }

  /** Precondition: the port's row no longer says ACTIVE. */
  portDown(port: Port): void {
    const wasLast = this.activeOn(port.networkId, port.hostId).length === 0
    const entry = this.entryOf(port.networkId, port.hostId, [port], wasLast)
    if (entry !== null) this.others(port.hostId, (agent) => agent.fdbRemove([entry]))
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
    for (const [name, agent] of this.bus.l2) if (name !== host) this.bus.cast(() => tell(agent))
  }

  private activePorts(networkId: string): Port[] {
    return this.db.portsOf(networkId).filter((port) => port.status === 'ACTIVE' && port.hostId !== '')
  }

  private activeOn(networkId: string, host: string): Port[] {
    return this.activePorts(networkId).filter((port) => port.hostId === host)
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
      ports: ports.flatMap((port) => port.fixedIps.map(({ address }) => ({ mac: port.mac, address }))),
    }
  }
}
