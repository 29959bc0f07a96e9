// Ports that distributed routers bring along: each host's own address outside, and the addresses that hosts send from.
import { type MacAddress, parseMac } from '../../../addr/mac.js'
import type { AgentRow, Port } from '../objects.js'
import { OWNER } from '../objects.js'
import type { DvrMac, DvrSubnet } from '../rpc.js'
import type { ServerContext } from './context.js'
import { NeutronError } from './neutron-error.js'
import type { Ports } from './ports.js'
import type { AgentTable } from './tables.js'

/** dvr_base_mac: fa:16:3f:00:00:00 */
const DVR_BASE_MAC = 0xfa163f000000

export class DvrPorts {
  private readonly macs = new Map<string, MacAddress>()
  private readonly gateways = new Map<string, Port>()

  constructor(
    private readonly server: ServerContext,
    private readonly ports: Ports,
    /** By host; of the others one is drawn. */
    private readonly pinned: ReadonlyMap<string, string>,
  ) {}

  /** The host's address and whether it is new. */
  macOf(host: string): { readonly mac: MacAddress; readonly isNew: boolean } {
    const known = this.macs.get(host)
    if (known !== undefined) return { mac: known, isNew: false }
    const mac = parseMac(this.pinned.get(host) ?? '') ?? this.freeMac()
    this.macs.set(host, mac)
    return { mac, isNew: true }
  }

  allMacs(): DvrMac[] {
    return [...this.macs].map(([host, mac]) => ({ host, mac }))
  }

  /** Null: no L3 agent there that serves distributed routers, or the network gives no address. */
  agentGateway(networkId: string, host: string): Port | null {
    const { db } = this.server
    const agent = l3AgentOn(db.agents, host)
    const found = this.gatewayOn(networkId, host)
    if (agent === null || !isDvrMode(agent)) return null
    const port = found ?? this.makeAgentGateway(networkId, host, agent)
    if (port === null) return null
    db.ports.give(port, agent.id)
    if (port.vifType !== 'ovs') this.ports.bind(port, host)
    return port
  }

  subnet(subnetId: string): DvrSubnet | null {
    const { db } = this.server
    const row = db.subnets.get(subnetId)
    if (row === undefined) return null
    const { networkId, cidr, gatewayIp } = row
    const port = gatewayIp === null ? null : db.portAt(networkId, gatewayIp)
    return { subnetId, networkId, cidr, gatewayIp, gatewayMac: port?.deviceOwner === OWNER.distributedInterface ? port.mac : null }
  }

  /** There are as many of them as hosts, on a network of floating IPs: it is looked for once. */
  gatewayOn(networkId: string, host: string): Port | null {
    const { db } = this.server
    const key = `${networkId} ${host}`
    const isIt = (port: Port): boolean => port.deviceOwner === OWNER.agentGateway && port.hostId === host
    const last = this.gateways.get(key)
    if (last !== undefined && db.ports.get(last.id) === last && isIt(last)) return last
    for (const port of db.ports.onNetwork(networkId)) {
      if (!isIt(port)) continue
      this.gateways.set(key, port)
      return port
    }
    return null
  }

  private makeAgentGateway(networkId: string, host: string, agent: AgentRow): Port | null {
    try {
      const input = { networkId, tenantId: '', deviceId: agent.id, deviceOwner: OWNER.agentGateway, hostId: host }
      const port = this.ports.create(input)
      if (port.fixedIps.length > 0) return port
      this.ports.remove(port)
      return null
    } catch (error) {
      if (error instanceof NeutronError) return null
      throw error
    }
  }

  private freeMac(): MacAddress {
    const used = new Set(this.macs.values())
    for (;;) {
      const mac = DVR_BASE_MAC + this.server.random.below(0x1000000)
      if (!used.has(mac)) return mac
    }
  }
}

export function l3AgentOn(agents: AgentTable, host: string): AgentRow | null {
  return agents.on('L3 agent', host)
}

export function isDvrMode({ configurations }: AgentRow): boolean {
  return configurations.agent_mode === 'dvr' || configurations.agent_mode === 'dvr_snat'
}
