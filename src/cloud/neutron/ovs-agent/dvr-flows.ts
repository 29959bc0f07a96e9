// The flows of distributed routers. The same router has the same MAC on every host; no switch may learn it in two places. So a frame of it
// leaves a host with the host's own DVR MAC as its source (br-tun, provider bridges), is let in unlearnt, and gets the router's MAC back in
// front of the VM (br-int).
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { formatIpv4 } from '../../../addr/ipv4.js'
import type { MacAddress } from '../../../addr/mac.js'
import { formatMac } from '../../../addr/mac.js'
import { BR_INT, BR_TUN } from '../names.js'
import type { BrTunTables } from '../release.js'
import type { FlowWords, NativeFlowWriter } from './flow-writer.js'
import type { LocalVlan } from './local-vlans.js'
import type { PhysicalLink } from './pipeline.js'

/** Of br-int. */
const TO_SRC_MAC = 1
const TO_SRC_MAC_PHYSICAL = 2
const ARP_TO_DST_MAC = 3
const ARP_TO_DST_MAC_PHYSICAL = 4
const CANARY = 23
const TRANSIENT = 60

/** Of a provider bridge. */
const PROCESS_PHYSICAL = 1
export const LOCAL_VLAN_TRANSLATION = 2
const NOT_LEARN_PHYSICAL = 3

export const UNTAGGED = '0x0000/0x1fff'

/** Where DVR frames cross from bridge to bridge. */
export interface DvrEnds {
  /** null: no tunnels. */
  readonly tunnel: { readonly patchInt: number; readonly patchTun: number } | null
  readonly links: readonly PhysicalLink[]
}

/** A port on a subnet of a distributed router, on this host. */
interface ServedPort {
  readonly mac: MacAddress
  readonly ofport: number
}

/** A router's interface on this host. */
export interface InterfacePort extends ServedPort {
  readonly address: Ipv4Address
  readonly hostMac: MacAddress
}

/** Each method only queues; `send` lets out what is queued unless somebody collects. */
export class DvrFlows {
  constructor(
    private readonly flows: NativeFlowWriter,
    private readonly tables: BrTunTables,
    readonly send: () => Promise<void>,
  ) {}

  setUp({ tunnel, links }: DvrEnds): void {
    const { flows, tables } = this
    flows.add(BR_INT, { table: CANARY, priority: 0, actions: 'drop' })
    for (const table of [TO_SRC_MAC, TO_SRC_MAC_PHYSICAL]) flows.add(BR_INT, { table, priority: 1, actions: 'drop' })
    for (const { intPort } of links) flows.add(BR_INT, { table: 0, priority: 2, in_port: intPort, actions: 'drop' })
    if (tunnel !== null) {
      flows.add(BR_TUN, { table: 0, priority: 1, in_port: tunnel.patchInt, actions: `goto_table:${tables.dvrProcess}` })
      flows.add(BR_TUN, { table: tables.dvrNotLearn!, priority: 0, actions: `goto_table:${tables.learnFromTun}` })
      flows.add(BR_TUN, { table: tables.dvrProcess!, priority: 0, actions: `goto_table:${tables.patchLvToTun}` })
    }
    for (const { bridge, physPort } of links) {
      flows.add(bridge, { table: 0, priority: 2, in_port: physPort, actions: `goto_table:${PROCESS_PHYSICAL}` })
      flows.add(bridge, { table: 0, priority: 1, actions: `goto_table:${NOT_LEARN_PHYSICAL}` })
      flows.add(bridge, { table: PROCESS_PHYSICAL, priority: 0, actions: `goto_table:${LOCAL_VLAN_TRANSLATION}` })
      flows.add(bridge, { table: LOCAL_VLAN_TRANSLATION, priority: 2, in_port: physPort, actions: 'drop' })
      flows.add(bridge, { table: NOT_LEARN_PHYSICAL, priority: 1, actions: 'NORMAL' })
    }
  }

  /** Another host's. */
  addMac(mac: MacAddress, { tunnel, links }: DvrEnds): void {
    const dl_src = formatMac(mac)
    const { flows } = this
    for (const { bridge, intPort, physPort } of links) {
      flows.add(BR_INT, { table: 0, priority: 4, in_port: intPort, dl_src, actions: `goto_table:${TO_SRC_MAC_PHYSICAL}` })
      flows.add(bridge, { table: NOT_LEARN_PHYSICAL, priority: 2, dl_src, actions: `output:${physPort}` })
    }
    if (tunnel === null) return
    flows.add(BR_INT, { table: 0, priority: 2, in_port: tunnel.patchTun, dl_src, actions: `goto_table:${TO_SRC_MAC}` })
    flows.add(BR_TUN, { table: this.tables.dvrNotLearn!, priority: 1, dl_src, actions: `output:${tunnel.patchInt}` })
  }

  removeMac(mac: MacAddress, { tunnel, links }: DvrEnds): void {
    const dl_src = formatMac(mac)
    for (const { bridge } of links) {
      this.flows.remove(BR_INT, { table: 0, dl_src })
      this.flows.remove(bridge, { table: NOT_LEARN_PHYSICAL, dl_src })
    }
    if (tunnel === null) return
    this.flows.remove(BR_INT, { table: 0, in_port: tunnel.patchTun, dl_src })
    this.flows.remove(BR_TUN, { table: this.tables.dvrNotLearn!, dl_src })
  }

  /** Answers of another host's ARP responder to a router come here addressed to this host. */
  addOwnMac(mac: MacAddress, { tunnel, links }: DvrEnds): void {
    const dl_dst = formatMac(mac)
    for (const { intPort } of links)
      this.flows.add(BR_INT, { table: 0, priority: 5, in_port: intPort, dl_dst, actions: `goto_table:${ARP_TO_DST_MAC_PHYSICAL}` })
    if (tunnel !== null)
      this.flows.add(BR_INT, { table: 0, priority: 5, in_port: tunnel.patchTun, dl_dst, actions: `goto_table:${ARP_TO_DST_MAC}` })
  }

  /** What comes for the port from a router of another host gets the subnet's router as its source. */
  serve(local: LocalVlan, { mac, ofport }: ServedPort, gatewayMac: MacAddress): void {
    const match = servedMatch(local, mac)
    const actions = `set_field:${formatMac(gatewayMac)}->eth_src,goto_table:${TRANSIENT}`
    this.flows.add(BR_INT, { table: isPhysical(local) ? TO_SRC_MAC_PHYSICAL : TO_SRC_MAC, priority: 20, ...match, actions })
    const strip = local.type === 'flat' ? '' : 'pop_vlan,'
    this.flows.add(BR_INT, { table: TRANSIENT, priority: 20, ...match, actions: `${strip}output:${ofport}` })
  }

  unserve(local: LocalVlan, mac: MacAddress): void {
    const match = servedMatch(local, mac)
    for (const table of [isPhysical(local) ? TO_SRC_MAC_PHYSICAL : TO_SRC_MAC, TRANSIENT])
      this.flows.removeStrictly(BR_INT, { table, priority: 20, ...match })
  }

  addInterface(local: LocalVlan, port: InterfacePort, bridge: string): void {
    const { flows } = this
    const dl_vlan = local.vlan
    const own = formatMac(port.mac)
    flows.add(BR_INT, {
      table: isPhysical(local) ? ARP_TO_DST_MAC_PHYSICAL : ARP_TO_DST_MAC,
      priority: 5,
      dl_vlan,
      dl_dst: formatMac(port.hostMac),
      actions: `set_field:${own}->eth_dst,pop_vlan,output:${port.ofport}`,
    })
    // The agent writes this row into the tunnel bridge's table number on provider bridges too, where nothing leads to it.
    flows.add(bridge, { table: this.tables.floodToTun, priority: 3, ...gatewayArp(local, port.address), actions: 'drop' })
    const { process, next } = this.processTables(local)
    flows.add(bridge, { table: process, priority: 2, dl_vlan, dl_dst: own, actions: 'drop' })
    const actions = `set_field:${formatMac(port.hostMac)}->eth_src,goto_table:${next}`
    flows.add(bridge, { table: process, priority: 1, dl_vlan, dl_src: own, actions })
  }

  /** `gatewayIp` is the subnet's. */
  removeInterface(local: LocalVlan, port: InterfacePort, bridge: string, gatewayIp: Ipv4Address | null): void {
    const { flows } = this
    // Looks for its row in the table of the sources, as the agent does: the one that `addInterface` wrote stays.
    flows.removeStrictly(BR_INT, {
      table: isPhysical(local) ? TO_SRC_MAC_PHYSICAL : TO_SRC_MAC,
      priority: 5,
      ...vlanMatch(local),
      dl_dst: formatMac(port.hostMac),
    })
    if (gatewayIp !== null) flows.remove(bridge, { table: this.tables.floodToTun, ...gatewayArp(local, gatewayIp) })
    const { process } = this.processTables(local)
    for (const key of ['dl_dst', 'dl_src']) flows.remove(bridge, { table: process, dl_vlan: local.vlan, [key]: formatMac(port.mac) })
  }

  private processTables(local: LocalVlan): { readonly process: number; readonly next: number } {
    return isPhysical(local)
      ? { process: PROCESS_PHYSICAL, next: LOCAL_VLAN_TRANSLATION }
      : { process: this.tables.dvrProcess!, next: this.tables.patchLvToTun }
  }
}

function isPhysical({ type }: LocalVlan): boolean {
  return type === 'vlan' || type === 'flat'
}

/** On provider networks frames still have the provider's VLAN when they are looked up here. */
function vlanMatch({ type, vlan, segment }: LocalVlan): FlowWords {
  if (type === 'flat') return { vlan_tci: UNTAGGED }
  return { dl_vlan: type === 'vlan' ? segment! : vlan }
}

function servedMatch(local: LocalVlan, mac: MacAddress): FlowWords {
  return { ...vlanMatch(local), dl_dst: formatMac(mac) }
}

function gatewayArp({ vlan }: LocalVlan, address: Ipv4Address): FlowWords {
  return { proto: 'arp', dl_vlan: vlan, arp_tpa: formatIpv4(address) }
}
