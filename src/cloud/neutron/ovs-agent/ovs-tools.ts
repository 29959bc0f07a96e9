// How the OVS agent speaks to the switch: by commands of its own until Mitaka, later over OVSDB and OpenFlow, for which the same commands stand.
import { parseMac } from '../../../addr/mac.js'
import type { Agent, RunOptions } from '../../agent.js'
import type { VifPort } from './local-vlans.js'
import { SwitchReplica } from './switch-replica.js'

export class OvsTools {
  /** null: the release asks with commands. */
  readonly replica: SwitchReplica | null

  constructor(
    readonly agent: Agent,
    private readonly native: boolean,
  ) {
    this.replica = native ? new SwitchReplica(agent.machine) : null
  }

  async vsctl(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const how = this.native ? { standsFor: 'OVSDB (native)', ...options } : options
    const { stdout } = await this.agent.run(['ovs-vsctl', '--timeout=10', ...args], how)
    return stdout
  }

  async ofctl(args: readonly string[], stdin = ''): Promise<string> {
    const [command = '', ...rest] = args
    const words = this.native ? ['ovs-ofctl', '-O', 'OpenFlow13', command, ...rest] : ['ovs-ofctl', command, ...rest]
    const { stdout } = await this.agent.run(words, this.native ? { stdin, standsFor: 'OpenFlow (native)' } : { stdin })
    return stdout
  }

  private async get(table: string, record: string, column: string): Promise<string> {
    return (await this.vsctl(['get', table, record, column])).trimEnd()
  }

  /** null: none. */
  async tag(port: string): Promise<number | null> {
    if (this.replica !== null) return this.replica.tag(port)
    const text = await this.get('Port', port, 'tag')
    return text === '[]' ? null : Number(text)
  }

  async ofport(device: string): Promise<number> {
    if (this.replica !== null) return this.replica.ofport(device)
    return Number(await this.get('Interface', device, 'ofport'))
  }

  async bridges(): Promise<string[]> {
    if (this.replica !== null) return this.replica.bridges()
    return words(await this.vsctl(['list-br']))
  }

  /** external_ids:bridge-id; empty: none. */
  async bridgeId(bridge: string): Promise<string> {
    if (this.replica !== null) return (await this.replica.externalId(bridge, 'bridge-id')) ?? ''
    return (await this.vsctl(['br-get-external-id', bridge, 'bridge-id'])).trim()
  }

  private async ports(bridge: string): Promise<string[]> {
    return words(await this.vsctl(['list-ports', bridge]))
  }

  /** Columns of several ports, as one transaction. */
  async setPorts(ports: readonly (readonly [name: string, columns: readonly string[]])[]): Promise<void> {
    if (ports.length > 0) await this.vsctl(ports.flatMap(([name, columns]) => ['--', 'set', 'Port', name, ...columns]))
  }

  deletePort(bridge: string, port: string): Promise<string> {
    return this.vsctl(['--', '--if-exists', 'del-port', bridge, port])
  }

  /** Ports of the bridges that carry a neutron port's id and a MAC, and that the switch has taken. */
  async vifPorts(bridges: readonly string[]): Promise<VifPort[]> {
    if (this.replica !== null) return this.replica.vifPorts(bridges)
    const { names, rows } = await this.listing(bridges, ['--columns=name,external_ids,ofport', 'list', 'Interface'])
    return rows.flatMap(([name, ids, ofport]) => {
      const known = mapOf(ids)
      const portId = known.get('iface-id')
      const mac = parseMac(known.get('attached-mac') ?? '')
      if (!names.has(String(name)) || portId === undefined || mac === null || typeof ofport !== 'number' || ofport <= 0) return []
      return [{ name: String(name), portId, mac, ofport }]
    })
  }

  /** Tag of each port of the bridge; null: none. */
  async tags(bridge: string): Promise<Map<string, number | null>> {
    if (this.replica !== null) return this.replica.tags(bridge)
    const { names, rows } = await this.listing([bridge], ['--columns=name,tag', 'list', 'Port'])
    const tags = new Map<string, number | null>()
    for (const [name, tag] of rows) if (names.has(String(name))) tags.set(String(name), typeof tag === 'number' ? tag : null)
    return tags
  }

  /** The bridges' ports and a table's rows. */
  private async listing(bridges: readonly string[], list: readonly string[]): Promise<{ names: Set<string>; rows: unknown[][] }> {
    const names = new Set<string>()
    for (const bridge of bridges) for (const name of await this.ports(bridge)) names.add(name)
    return { names, rows: rowsOf(await this.vsctl(['--format=json', '--', ...list])) }
  }
}

function words(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function rowsOf(json: string): unknown[][] {
  const parsed: unknown = JSON.parse(json === '' ? '{"data":[]}' : json)
  const data = parsed !== null && typeof parsed === 'object' && 'data' in parsed ? parsed.data : []
  return Array.isArray(data) ? data.filter((row): row is unknown[] => Array.isArray(row)) : []
}

/** `["map", [["key", "value"], ...]]` */
function mapOf(value: unknown): Map<string, string> {
  if (!Array.isArray(value) || !Array.isArray(value[1])) return new Map()
  return new Map(value[1].filter((pair): pair is [string, string] => Array.isArray(pair)))
}
