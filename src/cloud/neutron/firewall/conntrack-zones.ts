// A zone of connection tracking for each port, and the ending of connections that a rule no longer allows (Liberty and later).
import { formatIpv4 } from '../../../addr/ipv4.js'
import type { Agent } from '../../agent.js'
import { deviceName } from '../names.js'
import type { Direction } from '../objects.js'
import type { FirewallPort } from '../rpc.js'

const LAST_ZONE = 65535

export class ConntrackZones {
  private readonly zones = new Map<string, number>()

  constructor(
    private readonly agent: Agent,
    private readonly first: number,
    private readonly namesWholePort: boolean,
  ) {}

  /** The port's zone: one above the highest, gaps when the end is reached. null: none is left. */
  zoneOf(portId: string): number | null {
    const known = this.zones.get(portId)
    if (known !== undefined) return known
    const used = [...new Set(this.zones.values())].sort((a, b) => a - b)
    const highest = used.at(-1)
    const gap = used.findIndex((zone, i) => zone - i !== this.first)
    const zone = highest === undefined ? this.first : highest < LAST_ZONE ? highest + 1 : gap < 0 ? null : this.first + gap
    if (zone !== null) this.zones.set(portId, zone)
    return zone
  }

  /** The three ways in which a frame of the port can come up to PREROUTING of the table raw. */
  rulesOf(port: FirewallPort): string[] {
    const zone = this.zoneOf(port.portId)
    if (zone === null) return []
    const name = this.namesWholePort ? port.portId : port.portId.slice(4)
    const comment = `-m comment --comment "Set zone for ${name}"`
    const veth = deviceName('qvb', port.portId)
    const matches = [`-m physdev --physdev-in ${veth}`, `-i ${veth}`, `-m physdev --physdev-in ${port.device}`]
    return matches.map((match) => `${match} ${comment} -j CT --zone ${zone}`)
  }

  /** `protocol` null: any; `remote` null: anybody. */
  async endConnections(
    port: FirewallPort,
    direction: Direction,
    protocol: string | null = null,
    remote: string | null = null,
  ): Promise<void> {
    const zone = this.zones.get(port.portId)
    if (zone === undefined) return
    const head = ['conntrack', '-D', ...(protocol === null ? [] : ['-p', protocol]), '-f', 'ipv4', direction === 'ingress' ? '-d' : '-s']
    for (const address of port.fixedIps) {
      const tail = remote === null ? [] : [direction === 'ingress' ? '-s' : '-d', remote]
      // 1: nothing matched.
      await this.agent.run([...head, formatIpv4(address), '-w', String(zone), ...tail], { mayFail: true })
    }
  }

  async endAll(port: FirewallPort): Promise<void> {
    for (const direction of ['ingress', 'egress'] as const) await this.endConnections(port, direction)
  }
}
