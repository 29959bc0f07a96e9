// Flows of the OVS agent of Stein and Ussuri, as messages of OpenFlow 1.3: a cookie for each bridge, tables 23 to 62 of br-int.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { formatIpv4, formatPrefix } from '../../../addr/ipv4.js'
import { formatIpv6, linkLocalOfMac } from '../../../addr/ipv6.js'
import type { MacAddress } from '../../../addr/mac.js'
import { formatMac } from '../../../addr/mac.js'
import { BR_INT, BR_TUN } from '../names.js'
import type { BrTunTables } from '../release.js'
import { DvrFlows, LOCAL_VLAN_TRANSLATION, UNTAGGED } from './dvr-flows.js'
import type { FlowWords } from './flow-writer.js'
import { NativeFlowWriter } from './flow-writer.js'
import type { LocalVlan, VifPort } from './local-vlans.js'
import type { OvsTools } from './ovs-tools.js'
import type { HeldPort, PhysicalLink, Pipeline, PortAddresses, TunnelType } from './pipeline.js'

const ARP_SPOOF = 24
const MAC_SPOOF = 25
const TRANSIENT = 60
const TRANSIENT_EGRESS = 62

const GENEVE_TUN_TO_LV = 6

/** The agent asks for VLAN 4095 without the bit that says "tagged": the row is there and no frame can match it. */
const DEAD_VLAN_MATCH = '0x0fff/0x1fff'

interface SteinOptions {
  readonly tables: BrTunTables
  readonly arpResponder: boolean
  /** enable_distributed_routing */
  readonly distributed: boolean
  cookieOf(bridge: string): string
}

export class SteinPipeline implements Pipeline {
  readonly dvr: DvrFlows | null
  private readonly flows: NativeFlowWriter
  private readonly tables: BrTunTables
  private deferred = false

  constructor(
    private readonly tools: OvsTools,
    private readonly options: SteinOptions,
  ) {
    const { tables } = options
    this.tables = tables
    this.flows = new NativeFlowWriter(tools, (bridge) => options.cookieOf(bridge))
    this.dvr = options.distributed ? new DvrFlows(this.flows, tables, () => this.flushUnlessDeferred()) : null
  }

  async setUpIntegration(): Promise<void> {
    const { flows } = this
    flows.add(BR_INT, { table: this.tables.canary, priority: 0, actions: 'drop' })
    flows.add(BR_INT, { table: 0, priority: 0, actions: `goto_table:${TRANSIENT}` })
    flows.add(BR_INT, { table: TRANSIENT, priority: 3, actions: 'NORMAL' })
    flows.add(BR_INT, { table: ARP_SPOOF, priority: 0, actions: 'drop' })
    flows.add(BR_INT, { table: 0, priority: 65535, vlan_tci: DEAD_VLAN_MATCH, actions: 'drop' })
    flows.add(BR_INT, { table: TRANSIENT_EGRESS, priority: 3, actions: 'NORMAL' })
    await flows.flush()
  }

  async setUpTunnel(patchInt: number): Promise<void> {
    const { tables } = this
    const goTo = (table: number, to: number, words: Readonly<Record<string, string | number>> = {}): void =>
      this.flows.add(BR_TUN, { table, priority: 0, ...words, actions: `goto_table:${to}` })
    const drop = (table: number): void => this.flows.add(BR_TUN, { table, priority: 0, actions: 'drop' })
    goTo(0, tables.patchLvToTun, { priority: 1, in_port: patchInt })
    drop(0)
    const { arpResponder } = this.responder
    if (arpResponder !== null) goTo(tables.patchLvToTun, arpResponder, { priority: 1, proto: 'arp', dl_dst: 'ff:ff:ff:ff:ff:ff' })
    goTo(tables.patchLvToTun, tables.ucastToTun, { dl_dst: '00:00:00:00:00:00/01:00:00:00:00:00' })
    goTo(tables.patchLvToTun, tables.floodToTun, { dl_dst: '01:00:00:00:00:00/01:00:00:00:00:00' })
    for (const table of [tables.greTunToLv, tables.vxlanTunToLv, GENEVE_TUN_TO_LV]) drop(table)
    this.flows.add(BR_TUN, { table: tables.learnFromTun, priority: 1, actions: this.learning(patchInt) })
    goTo(tables.ucastToTun, tables.floodToTun)
    if (arpResponder !== null) goTo(arpResponder, tables.floodToTun)
    drop(tables.floodToTun)
    await this.flows.flush()
  }

  async setUpPhysical(bridge: string): Promise<void> {
    this.flows.add(bridge, { table: 0, priority: 0, actions: 'NORMAL' })
    await this.flows.flush()
  }

  async blockPhysical({ bridge, intPort, physPort }: PhysicalLink): Promise<void> {
    this.flows.add(BR_INT, { table: 0, priority: 2, in_port: intPort, actions: 'drop' })
    if (!this.options.distributed) this.flows.add(bridge, { table: 0, priority: 2, in_port: physPort, actions: 'drop' })
    await this.flows.flush()
  }

  async addTunnelPort(type: TunnelType, ofport: number): Promise<void> {
    this.flows.add(BR_TUN, { table: 0, priority: 1, in_port: ofport, actions: `goto_table:${this.tableOf(type)}` })
    await this.flushUnlessDeferred()
  }

  async removeTunnelPort(ofport: number): Promise<void> {
    this.flows.remove(BR_TUN, { in_port: ofport })
    await this.flushUnlessDeferred()
  }

  async provision(local: LocalVlan, link: PhysicalLink | null): Promise<void> {
    const { vlan, type, segment } = local
    const tag = `set_field:${0x1000 | vlan}->vlan_vid`
    if (type === 'gre' || type === 'vxlan') {
      const next = this.options.distributed ? this.tables.dvrNotLearn : this.tables.learnFromTun
      const actions = `push_vlan:0x8100,${tag},goto_table:${next}`
      this.flows.add(BR_TUN, { table: this.tableOf(type), priority: 1, tun_id: segment!, actions })
    } else if (link !== null) {
      const out = type === 'flat' ? 'pop_vlan,NORMAL' : `set_field:${0x1000 | segment!}->vlan_vid,NORMAL`
      const table = this.options.distributed ? LOCAL_VLAN_TRANSLATION : 0
      this.flows.add(link.bridge, { table, priority: 4, in_port: link.physPort, dl_vlan: vlan, actions: out })
      const match: FlowWords = type === 'flat' ? { vlan_tci: UNTAGGED } : { dl_vlan: segment! }
      const actions = `${type === 'flat' ? 'push_vlan:0x8100,' : ''}${tag},goto_table:${TRANSIENT}`
      this.flows.add(BR_INT, { table: 0, priority: 3, in_port: link.intPort, ...match, actions })
    }
    await this.flushUnlessDeferred()
  }

  async reclaim(local: LocalVlan, link: PhysicalLink | null): Promise<void> {
    const { vlan, type, segment } = local
    if (type === 'gre' || type === 'vxlan') {
      this.flows.remove(BR_TUN, { table: this.tableOf(type), tun_id: segment! })
      this.flows.remove(BR_TUN, { table: this.tables.floodToTun, dl_vlan: vlan })
      this.flows.remove(BR_TUN, { table: this.tables.ucastToTun, dl_vlan: vlan })
      if (this.tables.arpResponder !== null) this.flows.remove(BR_TUN, { table: this.tables.arpResponder, proto: 'arp', dl_vlan: vlan })
    } else if (link !== null) {
      this.flows.remove(link.bridge, { in_port: link.physPort, dl_vlan: vlan })
      const match: FlowWords = type === 'flat' ? { vlan_tci: UNTAGGED } : { dl_vlan: segment! }
      this.flows.remove(BR_INT, { in_port: link.intPort, ...match })
    }
    await this.flushUnlessDeferred()
  }

  async flood({ vlan, segment }: LocalVlan, ofports: readonly number[]): Promise<void> {
    const match = { table: this.tables.floodToTun, dl_vlan: vlan }
    const outputs = ofports.map((port) => `output:${port}`).join(',')
    if (ofports.length === 0) this.flows.remove(BR_TUN, match)
    else this.flows.add(BR_TUN, { ...match, priority: 1, actions: `pop_vlan,set_field:${segment}->tun_id,${outputs}` })
    await this.flushUnlessDeferred()
  }

  async addUnicast({ vlan, segment }: LocalVlan, mac: MacAddress, ofport: number): Promise<void> {
    const match = { table: this.tables.ucastToTun, priority: 2, dl_vlan: vlan, dl_dst: formatMac(mac) }
    this.flows.add(BR_TUN, { ...match, actions: `pop_vlan,set_field:${segment}->tun_id,output:${ofport}` })
    await this.flushUnlessDeferred()
  }

  async removeUnicast({ vlan }: LocalVlan, mac: MacAddress): Promise<void> {
    this.flows.remove(BR_TUN, { table: this.tables.ucastToTun, dl_vlan: vlan, dl_dst: formatMac(mac) })
    await this.flushUnlessDeferred()
  }

  async answerArp({ vlan }: LocalVlan, address: Ipv4Address, mac: MacAddress | null): Promise<void> {
    const { arpResponder } = this.responder
    if (arpResponder === null) return
    const match = { table: arpResponder, proto: 'arp', dl_vlan: vlan, arp_tpa: formatIpv4(address) }
    if (mac === null) this.flows.remove(BR_TUN, match)
    else this.flows.add(BR_TUN, { ...match, priority: 1, actions: answering(address, mac) })
    await this.flushUnlessDeferred()
  }

  async block(ofport: number): Promise<void> {
    this.flows.add(BR_INT, { table: 0, priority: 2, in_port: ofport, actions: 'drop' })
    await this.flushUnlessDeferred()
  }

  async clearPort(ofport: number): Promise<void> {
    this.flows.remove(BR_INT, { in_port: ofport })
    await this.flushUnlessDeferred()
  }

  async holdToAddresses(ports: readonly HeldPort[]): Promise<void> {
    for (const { port, addresses } of ports) this.release(port, addresses === null)
    for (const { port, addresses } of ports) if (addresses !== null) this.hold(port, addresses)
    await this.flows.flush()
  }

  private release({ ofport }: VifPort, forGood: boolean): void {
    const { flows } = this
    const kinds: FlowWords[] = forGood ? [{ proto: 'arp' }, { proto: 'icmp6', icmpv6_type: 136 }, {}] : []
    for (const match of kinds) flows.remove(BR_INT, { table: 0, ...match, in_port: ofport })
    for (const table of [ARP_SPOOF, MAC_SPOOF]) flows.remove(BR_INT, { table, in_port: ofport })
  }

  private hold({ ofport, mac }: VifPort, addresses: PortAddresses): void {
    const { flows } = this
    const goTo = (table: number, to: number, words: FlowWords): void =>
      flows.add(BR_INT, { table, in_port: ofport, ...words, actions: `goto_table:${to}` })
    const macs = [...new Set([mac, ...addresses.pairs.map((pair) => pair.mac)])]
    for (const known of macs) goTo(MAC_SPOOF, TRANSIENT, { priority: 2, dl_src: formatMac(known) })
    goTo(0, MAC_SPOOF, { priority: 9 })
    for (const known of macs)
      goTo(ARP_SPOOF, TRANSIENT, { priority: 2, proto: 'icmp6', icmpv6_type: 136, nd_target: formatIpv6(linkLocalOfMac(known)) })
    goTo(0, ARP_SPOOF, { priority: 10, proto: 'icmp6', icmpv6_type: 136 })
    const spoken = spokenFor(addresses)
    for (const arp_spa of spoken ?? []) goTo(ARP_SPOOF, MAC_SPOOF, { priority: 2, proto: 'arp', arp_spa })
    if (spoken !== null) goTo(0, ARP_SPOOF, { priority: 10, proto: 'arp' })
    else for (const proto of ['arp', 'icmp6']) flows.remove(BR_INT, { table: 0, proto, in_port: ofport })
  }

  defer(): void {
    this.deferred = true
  }

  async flush(): Promise<void> {
    this.deferred = false
    await this.flows.flush()
  }

  async removeForeign(bridges: readonly string[]): Promise<void> {
    for (const bridge of bridges) {
      for (const cookie of this.tools.replica?.cookies(bridge) ?? []) {
        const text = `0x${cookie.toString(16)}`
        if (text !== this.options.cookieOf(bridge)) await this.tools.ofctl(['del-flows', bridge, `cookie=${text}/-1`])
      }
    }
  }

  async isIntact(): Promise<boolean> {
    return this.tools.replica?.hasFlows(BR_INT, this.tables.canary) === true
  }

  private async flushUnlessDeferred(): Promise<void> {
    if (!this.deferred) await this.flows.flush()
  }

  private get responder(): { readonly arpResponder: number | null } {
    return { arpResponder: this.options.arpResponder ? this.tables.arpResponder : null }
  }

  private learning(patchInt: number): string {
    const spec = [
      `table=${this.tables.ucastToTun}`,
      'hard_timeout=300',
      'priority=1',
      `cookie=${this.options.cookieOf(BR_TUN)}`,
      'NXM_OF_VLAN_TCI[0..11]',
      'NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[]',
      'load:0->NXM_OF_VLAN_TCI[]',
      'load:NXM_NX_TUN_ID[]->NXM_NX_TUN_ID[]',
      'output:OXM_OF_IN_PORT[]',
    ]
    return `learn(${spec.join(',')}),output:${patchInt}`
  }

  private tableOf(type: TunnelType): number {
    return type === 'gre' ? this.tables.greTunToLv : this.tables.vxlanTunToLv
  }
}

function answering(address: Ipv4Address, mac: MacAddress): string {
  const own = formatMac(mac)
  return [
    'set_field:2->arp_op',
    'move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[]',
    'move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[]',
    `set_field:${own}->arp_sha`,
    `set_field:${formatIpv4(address)}->arp_spa`,
    'move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]',
    `set_field:${own}->eth_src`,
    'IN_PORT',
  ].join(',')
}

/** What a port may say of itself in ARP; null: a pair for every address lifts the limit. */
function spokenFor({ addresses, pairs }: PortAddresses): string[] | null {
  if (pairs.some(({ prefix }) => prefix.length === 0)) return null
  return [
    ...new Set([
      ...addresses.map(formatIpv4),
      ...pairs.map(({ prefix }) => (prefix.length === 32 ? formatIpv4(prefix.address) : formatPrefix(prefix))),
    ]),
  ]
}
