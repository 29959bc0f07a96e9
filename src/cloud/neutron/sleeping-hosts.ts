// What neutron-server's and nova's tables hold of hosts that sleep: their agents have reported, their ports are bound and work, their
// servers run. It stands in for their agents until they are awake.

import { isMulticastMac } from '../../addr/mac.js'
import { ownOf } from '../../grammar/own-of.js'
import { ARP_REQUEST, ArpPacket } from '../../wire/arp.js'
import type { EthernetFrame } from '../../wire/ethernet.js'
import { Ipv4Packet } from '../../wire/ipv4.js'
import { UdpDatagram } from '../../wire/udp.js'
import { VxlanPacket } from '../../wire/vxlan.js'
import type { SleepingNode } from '../host.js'
import type { CloudAgent as AgentSpec } from '../spec.js'
import { dhcpReport } from './dhcp-agent/dhcp-agent.js'
import { l3Report } from './l3-agent/l3-agent.js'
import { metadataReport } from './metadata/metadata-agent.js'
import type { Network, Port } from './objects.js'
import { OWNER } from './objects.js'
import { reportOf } from './ovs-agent/agent-process.js'
import type { AgentReport, ReportedContext } from './rpc.js'
import { DvrPlaces } from './server/dvr-places.js'
import type { MessageBus } from './server/message-bus.js'
import type { NeutronApi } from './server/neutron-api.js'
import type { Plugin } from './server/plugin.js'
import type { Schedulers } from './server/schedulers.js'
import { SleepingCompute, SleepingL3Agent } from './sleeping-agents.js'

const DHCP_SERVER_PORT = 67

const REPORTS: Readonly<Record<string, (context: ReportedContext, isAlive: () => boolean) => AgentReport>> = {
  'neutron-openvswitch-agent': reportOf,
  'neutron-metadata-agent': metadataReport,
  'neutron-l3-agent': l3Report,
  'neutron-dhcp-agent': dhcpReport,
}

export interface SleepingHost {
  readonly spec: AgentSpec
  readonly node: SleepingNode
  readonly context: ReportedContext
}

export interface ServerParts {
  readonly api: NeutronApi
  readonly bus: MessageBus
  readonly plugin: Plugin
  readonly schedulers: Schedulers
}

export class SleepingHosts {
  /** By their names in the API. */
  private readonly hosts: ReadonlyMap<string, SleepingHost>
  private readonly places: DvrPlaces
  /** By kind and segment. */
  private segments: Map<string, Network> | null = null

  constructor(
    hosts: readonly SleepingHost[],
    private readonly parts: ServerParts,
  ) {
    this.hosts = new Map(hosts.map((host) => [host.node.hostname, host]))
    this.places = new DvrPlaces(parts.api.db)
  }

  has(host: string): boolean {
    return this.hosts.has(host)
  }

  /** Before the servers and floating IPs of the scenario: their ports are bound where agents are alive. */
  reportAgents(): void {
    const { plugin, api } = this.parts
    for (const service of Object.keys(REPORTS)) {
      for (const { spec, context } of this.hosts.values())
        if (spec.services.includes(service)) plugin.enroll(ownOf(REPORTS, service)!(context, () => true))
    }
    for (const { spec, node, context } of this.hosts.values()) {
      api.dvrPorts.macOf(node.hostname)
      if (context.config.localIp !== null)
        for (const type of context.config.tunnelTypes) plugin.knowEnd(context.config.localIp, type, node.hostname)
      this.standIn(spec, node)
    }
  }

  private standIn(spec: AgentSpec, node: SleepingNode): void {
    const { bus } = this.parts
    if (spec.services.includes('nova-compute')) bus.computes.set(node.hostname, new SleepingCompute(node, bus.computes))
    if (spec.services.includes('neutron-l3-agent'))
      bus.l3.set(node.hostname, new SleepingL3Agent((ids) => this.routersWork(ids, node.hostname)))
  }

  /** All that agents would have brought up by now. */
  bringUp(): void {
    if (this.hosts.size === 0) return
    const { api, schedulers } = this.parts
    const { db } = api
    for (const network of db.networks.values()) schedulers.placeNetwork(network)
    for (const router of db.routers.values()) {
      schedulers.placeRouter(router)
      this.bindCentral(router.id, router.host)
      if (router.distributed) this.spread(router.id)
    }
    for (const port of db.ports.values()) if (this.hosts.has(port.hostId)) this.works(port)
    for (const row of db.floatingIps.values())
      if (row.routerId !== null && this.hosts.has(db.ports.get(row.portId ?? '')?.hostId ?? '')) row.status = 'ACTIVE'
  }

  private routersWork(ids: readonly string[], host: string): void {
    for (const id of ids) {
      this.spread(id)
      for (const row of this.parts.api.db.floatingIps.ofRouter(id)) {
        const at = this.parts.api.db.ports.get(row.portId ?? '')?.hostId
        if (at === host) row.status = 'ACTIVE'
      }
    }
  }

  private bindCentral(routerId: string, host: string | null): void {
    if (host === null || !this.hosts.has(host)) return
    const { db, ports } = this.parts.api
    const central: readonly string[] = [OWNER.routerGateway, OWNER.centralizedSnat]
    for (const port of db.portsOfDevice(routerId)) if (central.includes(port.deviceOwner) && port.hostId !== host) ports.bind(port, host)
  }

  private spread(routerId: string): void {
    const { db } = this.parts.api
    const router = db.routers.get(routerId)
    if (router?.distributed !== true) return
    const hosts = [...this.places.allHosts(router)].filter((host) => this.hosts.has(host))
    for (const port of db.interfacesOf(routerId)) {
      for (const host of hosts) port.distributedBindings.set(host, 'ACTIVE')
      if (hosts.length > 0 && port.adminStateUp) port.status = 'ACTIVE'
    }
  }

  private works(port: Port): void {
    if (port.vifType !== 'ovs') this.parts.api.ports.bind(port, port.hostId)
    if (port.vifType === 'ovs' && port.adminStateUp && port.status !== 'N/A') port.status = 'ACTIVE'
  }

  // --- frames

  /** A port on the host would take the frame, which comes out of a tunnel or has the tag of a provider's network. */
  concerns(host: string, frame: EthernetFrame): boolean {
    const { payload, vlans } = frame
    if (payload instanceof Ipv4Packet && payload.payload instanceof UdpDatagram && payload.payload.payload instanceof VxlanPacket) {
      const { vni, frame: inner } = payload.payload.payload
      return this.isFor(host, this.networkOf(`vxlan ${vni}`), inner)
    }
    return vlans.length > 0 && this.isFor(host, this.networkOf(`vlan ${vlans[0]!.tci & 0xfff}`), frame)
  }

  private isFor(host: string, network: Network | null, { dst, payload }: EthernetFrame): boolean {
    if (network === null) return false
    const { db } = this.parts.api
    if (!isMulticastMac(dst)) return db.portsOf(network.id).some((port) => port.mac === dst && this.isAt(port, host))
    if (payload instanceof ArpPacket) {
      const port = payload.operation === ARP_REQUEST ? db.portAt(network.id, payload.targetIp) : null
      return port !== null && this.isAt(port, host)
    }
    const isDhcp = payload instanceof Ipv4Packet && payload.payload instanceof UdpDatagram && payload.payload.dport === DHCP_SERVER_PORT
    return isDhcp && db.portsOf(network.id).some((port) => port.deviceOwner === OWNER.dhcp && port.hostId === host)
  }

  /** A floating IP is where its server is. */
  private isAt(port: Port, host: string): boolean {
    const { db } = this.parts.api
    if (port.deviceOwner !== OWNER.floatingIp) return port.hostId === host
    const row = db.floatingIps.get(port.deviceId)
    return row !== undefined && db.ports.get(row.portId ?? '')?.hostId === host
  }

  private networkOf(key: string): Network | null {
    const { networks } = this.parts.api.db
    if (this.segments?.size !== networks.size)
      this.segments = new Map([...networks.values()].map((row) => [`${row.networkType} ${row.segmentationId}`, row]))
    return this.segments.get(key) ?? null
  }
}
