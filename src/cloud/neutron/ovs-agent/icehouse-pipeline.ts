// Flows of the OVS agent until Kilo, as ovs-ofctl takes them: tables by the release's profile, no cookies.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import type { MacAddress } from '../../../addr/mac.js'
import { formatMac } from '../../../addr/mac.js'
import { BR_INT, BR_TUN } from '../names.js'
import type { BrTunTables } from '../release.js'
import { CommandFlowWriter } from './flow-writer.js'
import type { LocalVlan } from './local-vlans.js'
import type { OvsTools } from './ovs-tools.js'
import type { PhysicalLink, Pipeline, TunnelType } from './pipeline.js'
import { TUNNEL_TYPES } from './pipeline.js'

/** How ovs-ofctl writes "without a VLAN tag" in a match. */
const UNTAGGED = '0xffff'

export class IcehousePipeline implements Pipeline {
  /** Came with Juno. */
  readonly dvr = null
  private readonly flows: CommandFlowWriter

  constructor(
    private readonly tools: OvsTools,
    private readonly tables: BrTunTables,
  ) {
    this.flows = new CommandFlowWriter(tools)
  }

  async setUpIntegration(): Promise<void> {
    await this.flows.removeAll(BR_INT)
    await this.flows.add(BR_INT, { priority: 1, actions: 'normal' })
    await this.flows.add(BR_INT, { table: this.tables.canary, priority: 0, actions: 'drop' })
  }

  async setUpTunnel(patchInt: number): Promise<void> {
    const { flows, tables } = this
    await flows.removeAll(BR_TUN)
    await flows.add(BR_TUN, { priority: 1, in_port: patchInt, actions: `resubmit(,${tables.patchLvToTun})` })
    await flows.add(BR_TUN, { priority: 0, actions: 'drop' })
    await this.sort('00:00:00:00:00:00/01:00:00:00:00:00', tables.ucastToTun)
    await this.sort('01:00:00:00:00:00/01:00:00:00:00:00', tables.floodToTun)
    for (const type of TUNNEL_TYPES) await flows.add(BR_TUN, { table: this.tableOf(type), priority: 0, actions: 'drop' })
    await flows.add(BR_TUN, { table: tables.learnFromTun, priority: 1, actions: this.learning(patchInt) })
    await flows.add(BR_TUN, { table: tables.ucastToTun, priority: 0, actions: `resubmit(,${tables.floodToTun})` })
    await flows.add(BR_TUN, { table: tables.floodToTun, priority: 0, actions: 'drop' })
  }

  async setUpPhysical(bridge: string): Promise<void> {
    await this.flows.removeAll(bridge)
    await this.flows.add(bridge, { priority: 1, actions: 'normal' })
  }

  async blockPhysical({ bridge, intPort, physPort }: PhysicalLink): Promise<void> {
    await this.flows.add(BR_INT, { priority: 2, in_port: intPort, actions: 'drop' })
    await this.flows.add(bridge, { priority: 2, in_port: physPort, actions: 'drop' })
  }

  addTunnelPort(type: TunnelType, ofport: number): Promise<void> {
    return this.flows.add(BR_TUN, { priority: 1, in_port: ofport, actions: `resubmit(,${this.tableOf(type)})` })
  }

  /** The port's row stays: the number is not given out again soon. */
  async removeTunnelPort(_ofport: number): Promise<void> {}

  async provision(local: LocalVlan, link: PhysicalLink | null): Promise<void> {
    const { flows } = this
    const { vlan, type, segment } = local
    if (type === 'gre' || type === 'vxlan') {
      const actions = `mod_vlan_vid:${vlan},resubmit(,${this.tables.learnFromTun})`
      await flows.add(BR_TUN, { table: this.tableOf(type), priority: 1, tun_id: segment!, actions })
    } else if (link !== null) {
      const out = type === 'flat' ? 'strip_vlan,normal' : `mod_vlan_vid:${segment},normal`
      await flows.add(link.bridge, { priority: 4, in_port: link.physPort, dl_vlan: vlan, actions: out })
      const actions = `mod_vlan_vid:${vlan},normal`
      await flows.add(BR_INT, { priority: 3, in_port: link.intPort, dl_vlan: type === 'flat' ? UNTAGGED : segment!, actions })
    }
  }

  async reclaim(local: LocalVlan, link: PhysicalLink | null): Promise<void> {
    const { flows } = this
    const { vlan, type, segment } = local
    if (type === 'gre' || type === 'vxlan') {
      await flows.remove(BR_TUN, { table: this.tableOf(type), tun_id: segment! })
      await flows.remove(BR_TUN, { dl_vlan: vlan })
    } else if (link !== null) {
      await flows.remove(link.bridge, { in_port: link.physPort, dl_vlan: vlan })
      await flows.remove(BR_INT, { in_port: link.intPort, dl_vlan: type === 'flat' ? UNTAGGED : segment! })
    }
  }

  flood({ vlan, segment }: LocalVlan, ofports: readonly number[]): Promise<void> {
    const match = { table: this.tables.floodToTun, dl_vlan: vlan }
    if (ofports.length === 0) return this.flows.remove(BR_TUN, match)
    return this.flows.modify(BR_TUN, { ...match, actions: `strip_vlan,set_tunnel:${segment},output:${ofports.join(',')}` })
  }

  addUnicast({ vlan, segment }: LocalVlan, mac: MacAddress, ofport: number): Promise<void> {
    const actions = `strip_vlan,set_tunnel:${segment},output:${ofport}`
    return this.flows.add(BR_TUN, { table: this.tables.ucastToTun, priority: 2, dl_vlan: vlan, dl_dst: formatMac(mac), actions })
  }

  removeUnicast({ vlan }: LocalVlan, mac: MacAddress): Promise<void> {
    return this.flows.remove(BR_TUN, { table: this.tables.ucastToTun, dl_vlan: vlan, dl_dst: formatMac(mac) })
  }

  /** Came with Juno. */
  async answerArp(_local: LocalVlan, _address: Ipv4Address, _mac: MacAddress | null): Promise<void> {}

  block(ofport: number): Promise<void> {
    return this.flows.add(BR_INT, { priority: 2, in_port: ofport, actions: 'drop' })
  }

  clearPort(ofport: number): Promise<void> {
    return this.flows.remove(BR_INT, { in_port: ofport })
  }

  /** Came with Kilo; here iptables alone holds a VM to its addresses, and nothing its ARP. */
  async holdToAddresses(): Promise<void> {}

  defer(): void {
    this.flows.defer()
  }

  flush(): Promise<void> {
    return this.flows.flush()
  }

  async removeForeign(): Promise<void> {}

  async isIntact(): Promise<boolean> {
    const text = await this.tools.ofctl(['dump-flows', BR_INT, `table=${this.tables.canary}`])
    return text.split('\n').some((line) => line !== '' && !line.includes('NXST'))
  }

  private sort(dst: string, table: number): Promise<void> {
    return this.flows.add(BR_TUN, { table: this.tables.patchLvToTun, dl_dst: dst, actions: `resubmit(,${table})` })
  }

  /** What comes out of a tunnel teaches the way back, for five minutes. */
  private learning(patchInt: number): string {
    const spec = [
      `table=${this.tables.ucastToTun}`,
      'priority=1',
      'hard_timeout=300',
      'NXM_OF_VLAN_TCI[0..11]',
      'NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[]',
      'load:0->NXM_OF_VLAN_TCI[]',
      'load:NXM_NX_TUN_ID[]->NXM_NX_TUN_ID[]',
      'output:NXM_OF_IN_PORT[]',
    ]
    return `learn(${spec.join(',')}),output:${patchInt}`
  }

  private tableOf(type: TunnelType): number {
    return type === 'gre' ? this.tables.greTunToLv : this.tables.vxlanTunToLv
  }
}
