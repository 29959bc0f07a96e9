// Multicast snooping: which groups were asked for behind which port, heard from MLDv2 reports.
// Differs: IGMP is not spoken here, and without a querier (the default) a bridge floods groups anyway, so the table only shows.

import type { Ipv6Address } from '../../addr/ipv6.js'
import { formatIpv6 } from '../../addr/ipv6.js'
import { Copied } from '../../sim/copied.js'
import { getIpv6 } from '../../wire/bytes.js'
import type { Ipv6Packet } from '../../wire/ipv6.js'
import { MLD2_CHANGE_TO_EXCLUDE } from '../../wire/nd.js'
import type { BridgePort } from './bridge-port.js'

/** multicast_membership_interval */
const MEMBERSHIP_US = 260_000_000
const MLD2_REPORT = 143
const MODE_IS_EXCLUDE = 2
const ALL_NODES: Ipv6Address = 0xff020000000000000000000000000001n

export interface Membership {
  readonly port: BridgePort
  readonly group: Ipv6Address
  untilUs: number
}

export class GroupTable extends Copied {
  private readonly members: Membership[] = []

  /** A report: hop-by-hop header with the router alert, then the records. */
  snoop(packet: Ipv6Packet, port: BridgePort, nowUs: number): void {
    const bytes = packet.payload
    if (packet.nextHeader !== 0 || !(bytes instanceof Uint8Array) || bytes.length < 16 || bytes[8] !== MLD2_REPORT) return
    for (let at = 16; at + 20 <= bytes.length; at += 20) {
      const joins = bytes[at] === MLD2_CHANGE_TO_EXCLUDE || bytes[at] === MODE_IS_EXCLUDE
      if (joins) this.join(port, getIpv6(bytes, at + 4), nowUs)
    }
  }

  private join(port: BridgePort, group: Ipv6Address, nowUs: number): void {
    if (group === ALL_NODES) return
    const known = this.members.find((each) => each.port === port && each.group === group)
    if (known === undefined) this.members.unshift({ port, group, untilUs: nowUs + MEMBERSHIP_US })
    else known.untilUs = nowUs + MEMBERSHIP_US
  }

  forgetPort(port: BridgePort): void {
    for (let i = this.members.length - 1; i >= 0; i--) if (this.members[i]!.port === port) this.members.splice(i, 1)
  }

  /** Live ones, newest first, as `bridge mdb` shows them. */
  list(nowUs: number): { port: string; group: string }[] {
    return this.members.filter((each) => each.untilUs > nowUs).map((each) => ({ port: each.port.dev.name, group: formatIpv6(each.group) }))
  }
}
