// The native driver's copy of the switch's database: later releases look into it where earlier ones asked with commands.
import { parseMac } from '../../../addr/mac.js'
import { openvswitchOn } from '../../../node/daemons/openvswitch.js'
import type { Machine } from '../../../node/machine.js'
import type { OvsDb } from '../../../ovs/db/database.js'
import { inHashOrder } from '../../../ovs/db/row-order.js'
import type { Row } from '../../../ovs/db/rows.js'
import { vswitchOn } from '../../../ovs/registry.js'
import { AgentError } from '../../agent.js'
import type { VifPort } from './local-vlans.js'

export class SwitchReplica {
  constructor(private readonly machine: Machine) {}

  async bridges(): Promise<string[]> {
    return (await this.bridgeRows()).map((row) => row.text('name')!).sort()
  }

  /** An external id of a bridge; null: it has none of that name. */
  async externalId(bridge: string, key: string): Promise<string | null> {
    return entry(await this.bridgeRow(bridge), 'external_ids', key)
  }

  async managers(): Promise<string[]> {
    const { root } = await this.database()
    return (root?.refs('manager_options') ?? []).map((row) => row.text('target')!)
  }

  async ofport(device: string): Promise<number> {
    const row = (await this.database()).table('Interface').byName(device)
    if (row === null) throw new AgentError(`Cannot find Row with name=${device}`)
    return row.number('ofport') ?? Number.NaN
  }

  async tag(port: string): Promise<number | null> {
    return (await this.database()).table('Port').byName(port)?.number('tag') ?? null
  }

  /** Ports of the bridges that carry a neutron port's id and a MAC, and that the switch has taken. */
  async vifPorts(bridges: readonly string[]): Promise<VifPort[]> {
    const wanted = new Set((await this.portsOf(bridges)).flatMap((port) => port.refs('interfaces')))
    return this.rowsOf(await this.database(), 'Interface', wanted).flatMap((row) => {
      const name = row.text('name')!
      const portId = entry(row, 'external_ids', 'iface-id')
      const mac = parseMac(entry(row, 'external_ids', 'attached-mac') ?? '')
      const ofport = row.number('ofport')
      return portId === null || mac === null || ofport === null || ofport <= 0 ? [] : [{ name, portId, mac, ofport }]
    })
  }

  /** The tag that ports of a bridge have, by the network that an agent wrote beside it. */
  async networkTags(bridge: string): Promise<(readonly [networkId: string, tag: number])[]> {
    const wanted = new Set(await this.portsOf([bridge]))
    return this.rowsOf(await this.database(), 'Port', wanted).flatMap((row) => {
      const networkId = entry(row, 'other_config', 'net_uuid')
      const tag = row.number('tag')
      return networkId === null || tag === null ? [] : [[networkId, tag] as const]
    })
  }

  /** Tag of each port of the bridge; null: none. */
  async tags(bridge: string): Promise<Map<string, number | null>> {
    const wanted = new Set(await this.portsOf([bridge]))
    return new Map(this.rowsOf(await this.database(), 'Port', wanted).map((row) => [row.text('name')!, row.number('tag')]))
  }

  /** What a dump of one table would have shown: some flow is in it. */
  hasFlows(bridge: string, table: number): boolean {
    const found = vswitchOn(this.machine.kernel)?.bridges.get(bridge)
    if (found === undefined) throw new AgentError(`Switch connection timeout: ${bridge}`)
    return found.table(table).size > 0
  }

  /** Cookies of a bridge's flows. */
  cookies(bridge: string): Set<bigint> {
    return new Set(
      vswitchOn(this.machine.kernel)
        ?.bridges.get(bridge)
        ?.flows()
        .map(({ cookie }) => cookie),
    )
  }

  private async database(): Promise<OvsDb> {
    const db = (await openvswitchOn(this.machine)?.connect()) ?? 'ENOENT'
    if (typeof db === 'string') throw new AgentError(`tcp:127.0.0.1:6640: connection attempt failed (${db})`)
    return db
  }

  /** Those that are wanted, in the order in which a client walks the table. */
  private rowsOf(db: OvsDb, table: string, wanted: ReadonlySet<Row>): Row[] {
    return inHashOrder([...db.table(table).rows.values()]).filter((row) => wanted.has(row))
  }

  private async bridgeRows(): Promise<Row[]> {
    return (await this.database()).root?.refs('bridges') ?? []
  }

  private async bridgeRow(name: string): Promise<Row | null> {
    return (await this.bridgeRows()).find((row) => row.text('name') === name) ?? null
  }

  private async portsOf(bridges: readonly string[]): Promise<Row[]> {
    const rows = (await this.bridgeRows()).filter((row) => bridges.includes(row.text('name')!))
    return rows.flatMap((row) => row.refs('ports')).filter((port) => !bridges.includes(port.text('name')!))
  }
}

/** Of a column that is a map. */
function entry(row: Row | null, column: string, key: string): string | null {
  if (row === null) return null
  const { keys, values } = row.get(column)
  const at = keys.indexOf(key)
  return at < 0 ? null : String(values[at])
}
