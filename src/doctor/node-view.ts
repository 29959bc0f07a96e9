// Reads the state of one node: devices, addresses, routes, rules, tables of netfilter, bridges of Open vSwitch. It changes nothing.
import { type Ipv4Prefix, maskOf } from '../addr/ipv4.js'
import { BridgeDevice } from '../kernel/dev/bridge.js'
import type { NetDevice } from '../kernel/netdev.js'
import { ruleText } from '../kernel/netfilter/rule-text.js'
import type { TableName } from '../kernel/netfilter/table.js'
import type { NetNamespace } from '../kernel/netns.js'
import type { Route } from '../kernel/route-entry.js'
import type { Rule } from '../kernel/rule.js'
import type { Machine } from '../node/machine.js'
import type { Process } from '../node/process.js'
import { formatActions } from '../ovs/action-text.js'
import type { OfBridge } from '../ovs/bridge.js'
import type { Flow } from '../ovs/flow.js'
import { parseFlow } from '../ovs/flow-text.js'
import { textContext } from '../ovs/flow-text-error.js'
import type { OfPort } from '../ovs/ports.js'
import { vswitchOn } from '../ovs/registry.js'
import { canonicalRule } from './rule-words.js'

const PRINT = { numeric: true, atLeast: () => true, serviceName: () => null }

interface ChainText {
  readonly texts: readonly string[]
  readonly meanings: ReadonlySet<string>
}

/** Good for one look: rules are read once. */
export class NodeView {
  private readonly chains = new Map<string, ChainText | null>()
  private readonly ports = new Map<string, ReadonlyMap<string, OfPort>>()

  constructor(readonly machine: Machine) {}

  get name(): string {
    return this.machine.name
  }

  /** '' is the node's own. */
  netns(name: string): NetNamespace | null {
    return name === '' ? this.machine.kernel.initNetns : (this.machine.netnsNames.get(name) ?? null)
  }

  device(netns: string, name: string): NetDevice | null {
    return this.netns(netns)?.deviceByName(name) ?? null
  }

  linuxBridge(name: string): BridgeDevice | null {
    const dev = this.device('', name)
    return dev instanceof BridgeDevice ? dev : null
  }

  bridge(name: string): OfBridge | null {
    return vswitchOn(this.machine.kernel)?.bridges.get(name) ?? null
  }

  port(bridge: string, name: string): OfPort | null {
    let ports = this.ports.get(bridge)
    if (ports === undefined) {
      ports = new Map((this.bridge(bridge)?.portList ?? []).map((port) => [port.name, port]))
      this.ports.set(bridge, ports)
    }
    return ports.get(name) ?? null
  }

  /** Flows that are in the table and match no more than `match` says, in the words of ovs-ofctl: `table=2,tun_id=1`. */
  flows(bridge: string, match: string): Flow[] {
    const found = this.bridge(bridge)
    if (found === null) return []
    const filter = parseFlow(match, 'query', textContext(found.vswitch.version))
    return found.flows({ ...filter, cookie: filter.cookieMatch })
  }

  actions(bridge: string, flow: Flow): string {
    return formatActions(flow.actions, textContext(this.bridge(bridge)?.vswitch.version ?? '3.1.0'))
  }

  /** Rules of a chain as words; null: there is no such chain. */
  chain(netns: string, table: TableName, chain: string): readonly string[] | null {
    return this.chainOf(netns, table, chain)?.texts ?? null
  }

  /** Whatever words the rule is said in; `--random-fully` or not. null: there is no such chain. */
  hasRule(netns: string, table: TableName, chain: string, words: string): boolean | null {
    return this.chainOf(netns, table, chain)?.meanings.has(canonicalRule(words)) ?? null
  }

  private chainOf(netns: string, table: TableName, name: string): ChainText | null {
    const key = `${netns}/${table}/${name}`
    const known = this.chains.get(key)
    if (known !== undefined) return known
    const found = this.netns(netns)?.netfilter.tables.peek(table)?.chains.get(name)
    const texts = found?.rules.map((rule) => ruleText(rule, PRINT).trim()) ?? null
    const made = texts === null ? null : { texts, meanings: new Set(texts.map(canonicalRule)) }
    this.chains.set(key, made)
    return made
  }

  routes(netns: string, table: number): Route[] {
    return this.netns(netns)?.fib.list(table) ?? []
  }

  route(netns: string, table: number, { address, length }: Ipv4Prefix): Route | null {
    return this.routes(netns, table).find((row) => row.length === length && row.dst === (address & maskOf(length))) ?? null
  }

  policyRules(netns: string): readonly Rule[] {
    return this.netns(netns)?.rules.list() ?? []
  }

  /** Processes that run in a namespace and whose command line has the words. */
  processes(netns: string, ...words: readonly string[]): Process[] {
    const space = this.netns(netns)
    return [...this.machine.processes.values()].filter(
      (proc) => proc.netns === space && proc.exitCode === null && words.every((word) => proc.argv.join(' ').includes(word)),
    )
  }

  file(path: string): string | null {
    const { files } = this.machine
    return files.exists(path) ? files.read(path) : null
  }

  sysctl(netns: string, key: string): string | null {
    const space = this.netns(netns)
    return space === null ? null : (space.sysctl.read(key) ?? null)
  }
}
