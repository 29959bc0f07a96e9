// What this host knows of distributed routers: its own DVR MAC and those of the others, the routers' subnets that have ports here, and the
// rows that each such port needs.
import type { MacAddress } from '../../../addr/mac.js'
import { BR_INT, BR_TUN } from '../names.js'
import type { Port } from '../objects.js'
import { OWNER } from '../objects.js'
import type { DeviceDetails, DvrMac, DvrSubnet, PluginRpc } from '../rpc.js'
import type { DvrEnds, DvrFlows, InterfacePort } from './dvr-flows.js'
import type { LocalVlan, VifPort } from './local-vlans.js'
import type { OvsTools } from './ovs-tools.js'

/** A subnet of a distributed router that has ports on this host. */
interface SubnetHere {
  readonly gatewayMac: MacAddress
  readonly subnet: DvrSubnet
  /** Ports of servers and DHCP that have their rows. */
  readonly served: Set<string>
  readonly interfaces: Set<string>
  /** Port id of the router's interface in the snat namespace. */
  snatPort: string | null
  /** A router's interface is here; before, the subnet is known by its snat port alone. */
  isRouted: boolean
}

interface PortHere {
  readonly ofport: number
  readonly mac: MacAddress
  readonly owner: string
  readonly subnetIds: Set<string>
  readonly asInterface: InterfacePort | null
}

interface DvrParts {
  readonly flows: DvrFlows
  readonly plugin: PluginRpc
  readonly tools: OvsTools
  readonly host: string
  /** The provider bridge of a physical network; null when this host has none. */
  bridgeOf(local: LocalVlan): string | null
}

export class DvrBinding {
  private ownMac: MacAddress | null = null
  private ends: DvrEnds = { tunnel: null, links: [] }
  private readonly otherMacs = new Set<MacAddress>()
  private readonly subnets = new Map<string, SubnetHere>()
  private readonly ports = new Map<string, PortHere>()

  constructor(private readonly parts: DvrParts) {}

  /** At start, and when the switch lost its flows. */
  async setUp(ends: DvrEnds): Promise<void> {
    const { flows, plugin, host } = this.parts
    this.ends = ends
    this.otherMacs.clear()
    this.subnets.clear()
    this.ports.clear()
    this.ownMac ??= await plugin.getDvrMacAddress(host)
    flows.setUp(ends)
    for (const { mac } of await plugin.getDvrMacAddresses()) {
      if (mac === this.ownMac) flows.addOwnMac(mac, ends)
      else this.addMac(mac)
    }
    await flows.send()
  }

  /** News of all hosts' addresses. */
  async macsUpdated(entries: readonly DvrMac[]): Promise<void> {
    if (this.ownMac === null) return
    const macs = new Set(entries.map(({ mac }) => mac))
    macs.delete(this.ownMac)
    for (const mac of [...this.otherMacs]) {
      if (macs.has(mac)) continue
      this.parts.flows.removeMac(mac, this.ends)
      this.otherMacs.delete(mac)
    }
    for (const mac of macs) if (!this.otherMacs.has(mac)) this.addMac(mac)
    await this.parts.flows.send()
  }

  private addMac(mac: MacAddress): void {
    this.parts.flows.addMac(mac, this.ends)
    this.otherMacs.add(mac)
  }

  async bind(port: VifPort, local: LocalVlan, details: DeviceDetails): Promise<void> {
    if (local.type === 'local') return
    const known = this.ports.get(port.portId)
    if (known !== undefined && known.ofport !== port.ofport) await this.unbind(port.portId, local)
    const { deviceOwner } = details
    if (deviceOwner === OWNER.distributedInterface) await this.bindInterface(port, local, details)
    else if (deviceOwner === OWNER.centralizedSnat) await this.bindSnat(port, local, details)
    else if (isServed(deviceOwner)) this.bindServed(port, local, details)
    await this.parts.flows.send()
  }

  async unbind(portId: string, local: LocalVlan): Promise<void> {
    const port = this.ports.get(portId)
    if (port === undefined) return
    if (port.asInterface !== null) this.unbindInterface(portId, port, port.asInterface, local)
    else if (port.owner === OWNER.centralizedSnat) this.unbindSnat(port, local)
    else this.unbindServed(portId, port, local)
    this.ports.delete(portId)
    await this.parts.flows.send()
  }

  // --- a router's interface

  private async bindInterface(port: VifPort, local: LocalVlan, { fixedIps }: DeviceDetails): Promise<void> {
    const { flows, plugin, host } = this.parts
    const fixed = fixedIps[0]
    const bridge = this.bridgeOf(local)
    if (fixed === undefined || bridge === null || this.ownMac === null) return
    const here = this.subnets.get(fixed.subnetId) ?? (await this.findSubnet(fixed.subnetId, port.mac))
    if (here === null) return
    here.isRouted = true
    await this.serveKnown(await plugin.getPortsOnHostBySubnet(host, fixed.subnetId), fixed.subnetId, here, local)
    const asInterface = { mac: port.mac, ofport: port.ofport, address: fixed.address, hostMac: this.ownMac }
    flows.addInterface(local, asInterface, bridge)
    here.interfaces.add(port.portId)
    this.remember(port, OWNER.distributedInterface, fixed.subnetId, asInterface)
  }

  /** Ports that were there before the router came. */
  private async serveKnown(ports: readonly Port[], subnetId: string, here: SubnetHere, local: LocalVlan): Promise<void> {
    if (ports.length === 0) return
    const vifs = new Map((await this.parts.tools.vifPorts([BR_INT])).map((vif) => [vif.portId, vif]))
    for (const { id, deviceOwner } of ports) {
      const vif = vifs.get(id)
      if (vif === undefined || !isServed(deviceOwner)) continue
      here.served.add(id)
      this.remember(vif, deviceOwner, subnetId)
      this.parts.flows.serve(local, vif, here.gatewayMac)
    }
  }

  private unbindInterface(portId: string, port: PortHere, asInterface: InterfacePort, local: LocalVlan): void {
    const { flows } = this.parts
    const bridge = this.bridgeOf(local)
    for (const subnetId of port.subnetIds) {
      const here = this.subnets.get(subnetId)
      if (here === undefined || bridge === null) continue
      const { gatewayIp } = here.subnet
      if (gatewayIp === null || gatewayIp === asInterface.address) {
        here.isRouted = false
        for (const id of here.served) flows.unserve(local, this.ports.get(id)!.mac)
        here.served.clear()
      }
      flows.removeInterface(local, asInterface, bridge, gatewayIp)
      if (here.snatPort === null && here.interfaces.size <= 1) this.subnets.delete(subnetId)
      here.interfaces.delete(portId)
    }
  }

  // --- servers, DHCP

  private bindServed(port: VifPort, local: LocalVlan, { fixedIps, deviceOwner }: DeviceDetails): void {
    for (const { subnetId } of fixedIps) {
      const here = this.subnets.get(subnetId)
      if (here === undefined || !here.isRouted) continue
      here.served.add(port.portId)
      this.remember(port, deviceOwner, subnetId)
      this.parts.flows.serve(local, port, here.gatewayMac)
    }
  }

  private unbindServed(portId: string, port: PortHere, local: LocalVlan): void {
    for (const subnetId of port.subnetIds) {
      const here = this.subnets.get(subnetId)
      if (here === undefined) continue
      here.served.delete(portId)
      this.parts.flows.unserve(local, port.mac)
    }
  }

  // --- the router's interface in the snat namespace

  private async bindSnat(port: VifPort, local: LocalVlan, { fixedIps }: DeviceDetails): Promise<void> {
    const subnetId = fixedIps[0]?.subnetId
    if (subnetId === undefined || this.ports.has(port.portId)) return
    const here = this.subnets.get(subnetId) ?? (await this.findSubnet(subnetId, null))
    if (here === null) return
    here.snatPort = port.portId
    this.remember(port, OWNER.centralizedSnat, subnetId)
    this.parts.flows.serve(local, port, here.gatewayMac)
  }

  private unbindSnat(port: PortHere, local: LocalVlan): void {
    for (const subnetId of port.subnetIds) {
      const here = this.subnets.get(subnetId)
      if (here === undefined) continue
      here.snatPort = null
      this.parts.flows.unserve(local, port.mac)
      if (!here.isRouted) this.subnets.delete(subnetId)
    }
  }

  // --- helpers of the above

  /** `ownMac`: of the interface that asks; others go by the subnet's gateway address. */
  private async findSubnet(subnetId: string, ownMac: MacAddress | null): Promise<SubnetHere | null> {
    const subnet = await this.parts.plugin.getSubnetForDvr(subnetId)
    if (subnet === null) return null
    const gatewayMac = ownMac ?? subnet.gatewayMac
    if (gatewayMac === null) return null
    const here = { gatewayMac, subnet, served: new Set<string>(), interfaces: new Set<string>(), snatPort: null, isRouted: false }
    this.subnets.set(subnetId, here)
    return here
  }

  private remember({ portId, ofport, mac }: VifPort, owner: string, subnetId: string, asInterface: InterfacePort | null = null): void {
    const known = this.ports.get(portId)
    if (known !== undefined && asInterface === null) known.subnetIds.add(subnetId)
    else this.ports.set(portId, { ofport, mac, owner, subnetIds: new Set([subnetId]), asInterface })
  }

  private bridgeOf(local: LocalVlan): string | null {
    return local.type === 'gre' || local.type === 'vxlan' ? BR_TUN : this.parts.bridgeOf(local)
  }
}

/** Owners of ports that distributed routers serve on their own host. */
function isServed(owner: string): boolean {
  return owner.startsWith('compute:') || owner === OWNER.dhcp || owner === 'neutron:LOADBALANCER' || owner === 'neutron:LOADBALANCERV2'
}
