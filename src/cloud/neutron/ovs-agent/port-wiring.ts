// Ties ports of br-int to their networks: local VLAN, tag, provider and tunnel rows, and unties them again.
import { BR_INT } from '../names.js'
import type { DeviceDetails, PluginRpc } from '../rpc.js'
import type { DvrBinding } from './dvr-binding.js'
import type { LocalVlan, LocalVlans, NetworkKind, VifPort } from './local-vlans.js'
import type { OvsTools } from './ovs-tools.js'
import type { PhysicalLink, Pipeline, PortAddresses } from './pipeline.js'
import type { Tunnels } from './tunnels.js'

/** Ports without a network: nothing else has this tag. */
export const DEAD_VLAN = 4095

export interface WiringParts {
  readonly tools: OvsTools
  readonly pipeline: Pipeline
  readonly vlans: LocalVlans
  readonly tunnels: Tunnels | null
  /** By physical network. */
  readonly links: ReadonlyMap<string, PhysicalLink>
  readonly plugin: PluginRpc
  readonly host: string
  /** null: no distributed routing on this host. */
  readonly dvr: DvrBinding | null
  readonly python3: boolean
}

export interface BoundPort {
  readonly port: VifPort
  readonly details: DeviceDetails
  readonly local: LocalVlan
}

/** Of the ports on br-int, by name; null: none. */
export type Tags = ReadonlyMap<string, number | null>

export class PortWiring {
  constructor(private readonly parts: WiringParts) {}

  /** Until Kilo: each device in turn, from its network to its status. */
  async wireEach(ports: readonly VifPort[], isNew: boolean): Promise<void> {
    const { plugin, host } = this.parts
    const all: (DeviceDetails | null)[] = []
    for (const { portId } of ports) all.push(await plugin.getDeviceDetails(portId, host))
    for (const [i, port] of ports.entries()) {
      const details = all[i] ?? null
      if (!(await this.isStillThere(port))) continue
      this.tellUpdated(details)
      if (details === null) await this.kill(port)
      else if (details.adminStateUp) {
        await this.bindByCommand(port, details, isNew)
        await plugin.updateDeviceUp(port.portId, host)
      } else {
        await this.kill(port)
        await plugin.updateDeviceDown(port.portId, host)
      }
    }
  }

  /** Later: first all networks, then (behind the filters) all tags. */
  async prepare(ports: readonly VifPort[], isNew: boolean): Promise<BoundPort[]> {
    const { plugin, host, tools, pipeline } = this.parts
    const ids = ports.map(({ portId }) => portId)
    const all = ids.length === 0 ? [] : await plugin.getDevicesDetails(ids, host)
    const bound: BoundPort[] = []
    pipeline.defer()
    for (const [i, port] of ports.entries()) {
      const details = all[i] ?? null
      this.tellUpdated(details)
      if (details === null) await this.kill(port)
      else if (!details.adminStateUp) {
        await this.kill(port)
        await plugin.updateDeviceDown(port.portId, host)
      } else {
        const local = await this.join(port, details, isNew)
        if (local === null) continue
        await this.parts.dvr?.bind(port, local, details)
        bound.push({ port, details, local })
      }
    }
    await pipeline.flush()
    await tools.setPorts(bound.map(({ port, details }) => [port.name, otherConfig(details)]))
    return bound
  }

  /** What is written beside the tag outlives a restart of the agent; rows of another VLAN's time go. */
  async noteTags(bound: readonly BoundPort[], tags: Tags): Promise<void> {
    const { tools, pipeline } = this.parts
    const changed = bound.filter(({ port, local }) => tags.get(port.name) !== local.vlan)
    await tools.setPorts(changed.map(({ port, local }) => [port.name, [`other_config:tag=${local.vlan}`]]))
    pipeline.defer()
    for (const { port } of changed) if (typeof tags.get(port.name) === 'number') await pipeline.clearPort(port.ofport)
    await pipeline.flush()
  }

  async bind(bound: readonly BoundPort[], tags: Tags): Promise<void> {
    const { tools, pipeline, plugin, host } = this.parts
    await pipeline.holdToAddresses(bound.map(({ port, details }) => ({ port, addresses: addressesOf(details) })))
    const changed = bound.filter(({ port, local }) => tags.get(port.name) !== local.vlan)
    await tools.setPorts(changed.map(({ port, local }) => [port.name, [`tag=${local.vlan}`]]))
    for (const { port } of bound) await plugin.updateDeviceUp(port.portId, host)
  }

  /** Puts a port on the dead VLAN; later releases leave one alone that never had a tag. */
  async kill(port: VifPort): Promise<void> {
    const { tools, pipeline } = this.parts
    const tag = await tools.tag(port.name)
    if (tag === DEAD_VLAN || (tag === null && tools.replica !== null)) return
    await tools.vsctl(['set', 'Port', port.name, `tag=${DEAD_VLAN}`])
    await pipeline.block(port.ofport)
  }

  /** The last port of a network takes its VLAN along. */
  async unbind(portId: string): Promise<void> {
    this.tell(() => `Attachment ${portId} removed`)
    const local = this.parts.vlans.ofPort(portId)
    if (local === null) return
    await this.parts.dvr?.unbind(portId, local)
    local.ports.delete(portId)
    if (local.ports.size === 0) await this.reclaim(local.networkId)
  }

  async reclaim(networkId: string): Promise<void> {
    const { vlans, pipeline, tunnels } = this.parts
    const local = vlans.get(networkId)
    if (local === null) return
    this.tell(() => `Reclaiming vlan = ${local.vlan} from net-id = ${networkId}`)
    vlans.release(networkId)
    await pipeline.reclaim(local, this.linkOf(local))
    await tunnels?.networkGone(local)
  }

  private async bindByCommand(port: VifPort, details: DeviceDetails, isNew: boolean): Promise<void> {
    const { tools, pipeline } = this.parts
    const local = await this.join(port, details, isNew)
    if (local === null) return
    if ((await tools.tag(port.name)) === local.vlan) return
    await tools.vsctl(['set', 'Port', port.name, `tag=${local.vlan}`])
    await pipeline.clearPort(port.ofport)
  }

  /** `isNew`: the switch lost its rows, a network that has a VLAN needs them again. */
  private async join(port: VifPort, details: DeviceDetails, isNew: boolean): Promise<LocalVlan | null> {
    const { vlans } = this.parts
    const { networkId, networkType: type, physicalNetwork, segmentationId: segment } = details
    const known = vlans.get(networkId)
    const local = known ?? vlans.allocate({ networkId, type, physicalNetwork, segment })
    if (local === null) return null
    if (known === null || isNew) {
      this.tell(() => `Assigning ${local.vlan} as local vlan for net-id=${networkId}`)
      await this.provision(local)
    }
    local.ports.set(port.portId, port)
    return local
  }

  private async provision(local: LocalVlan): Promise<void> {
    const { pipeline, tunnels } = this.parts
    if (local.type === 'local') return
    if (local.type === 'gre' || local.type === 'vxlan') {
      if (tunnels === null) return
      const ofports = tunnels.ofportsOf(local.type)
      if (ofports.length > 0) await pipeline.flood(local, ofports)
      return pipeline.provision(local, null)
    }
    const link = this.linkOf(local)
    if (link !== null) await pipeline.provision(local, link)
  }

  private tell(words: () => string): void {
    this.parts.tools.agent.tell(words)
  }

  private tellUpdated(details: DeviceDetails | null): void {
    if (details !== null) this.tell(() => `Port ${details.portId} updated. Details: ${detailsText(details, this.parts.python3)}`)
  }

  private linkOf({ physicalNetwork }: NetworkKind): PhysicalLink | null {
    return physicalNetwork === null ? null : (this.parts.links.get(physicalNetwork) ?? null)
  }

  /** As `get_vif_port_by_id` looks. */
  private async isStillThere({ portId, name }: VifPort): Promise<boolean> {
    const { tools } = this.parts
    const columns = '--columns=external_ids,name,ofport'
    const found = await tools.vsctl(['--format=json', '--', columns, 'find', 'Interface', `external_ids:iface-id="${portId}"`])
    if (!found.includes(portId)) return false
    const { stdout } = await tools.agent.run(['ovs-vsctl', '--timeout=10', 'iface-to-br', name], { mayFail: true })
    return stdout.trim() === BR_INT
  }
}

/** The server's answer as Python prints a dictionary. */
function detailsText(details: DeviceDetails, python3: boolean): string {
  const quoted = (value: string): string => `${python3 ? '' : 'u'}'${value}'`
  const text = (value: string | null): string => (value === null ? 'None' : quoted(value))
  const rows = [
    ['admin_state_up', details.adminStateUp ? 'True' : 'False'],
    ['network_id', text(details.networkId)],
    ['segmentation_id', String(details.segmentationId ?? 'None')],
    ['physical_network', text(details.physicalNetwork)],
    ['device', text(details.portId)],
    ['port_id', text(details.portId)],
    ['network_type', text(details.networkType)],
  ]
  return `{${rows.map(([key, value]) => `${quoted(key!)}: ${value}`).join(', ')}}`
}

function otherConfig({ networkId, networkType, physicalNetwork, segmentationId }: DeviceDetails): string[] {
  const words = [`net_uuid=${networkId}`, `network_type=${networkType}`, `physical_network=${physicalNetwork ?? 'None'}`]
  if (segmentationId !== null) words.push(`segmentation_id=${segmentationId}`)
  return words.map((word) => `other_config:${word}`)
}

/** Ports of neutron's own agents, and those without port security, are free. */
function addressesOf({ deviceOwner, portSecurity, mac, fixedIps, allowedAddressPairs }: DeviceDetails): PortAddresses | null {
  if (!portSecurity || deviceOwner.startsWith('network:')) return null
  return { mac, addresses: fixedIps.map(({ address }) => address), pairs: allowedAddressPairs }
}
