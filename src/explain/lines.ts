// Rules, routes, neighbours and flows as the real tools list them, and the commands that list them.
import { formatIpv4 } from '../addr/ipv4.js'
import { formatMac } from '../addr/mac.js'
import type { Neighbour4 } from '../kernel/neigh.js'
import type { Rule as NetfilterRule } from '../kernel/netfilter/rule.js'
import { ruleText as netfilterText } from '../kernel/netfilter/rule-text.js'
import type { Chain } from '../kernel/netfilter/table.js'
import type { NetNamespace } from '../kernel/netns.js'
import { type Route, TABLE_DEFAULT, TABLE_LOCAL, TABLE_MAIN } from '../kernel/route-entry.js'
import type { Rule } from '../kernel/rule.js'
import { formatActions } from '../ovs/action-text.js'
import type { OfBridge } from '../ovs/bridge.js'
import type { Flow } from '../ovs/flow.js'
import { formatFlow } from '../ovs/flow-stats-text.js'
import { textContext } from '../ovs/flow-text-error.js'
import { formatFlowMatch } from '../ovs/match-text.js'
import { P_NXM } from '../ovs/protocols.js'
import { neighText, readNeighbour } from '../tools/ip/neigh-rows.js'
import { IpOptions } from '../tools/ip/options.js'
import { readRoute } from '../tools/ip/route-rows.js'
import { routeText } from '../tools/ip/route-text.js'
import { readRule, ruleText } from '../tools/ip/rule-rows.js'
import { type IpHost, IpRun } from '../tools/ip/run.js'

const LISTING = { numeric: true, atLeast: () => true, serviceName: () => null }

const OPTIONS = new IpOptions()

const HOST: IpHost = {
  out: () => {},
  error: () => {},
  uid: 0,
  iproute2: '6.1',
  kernelVersion: '6.1',
  busybox: null,
  netnsNames: new Map(),
  tableNames: new Map(),
  netnsOfPid: () => null,
  proc: null,
}

function runIn(netns: NetNamespace): IpRun {
  return new IpRun(HOST, netns, OPTIONS)
}

export function routeLine(netns: NetNamespace, route: Route): string {
  const run = runIn(netns)
  return routeText(readRoute(route, run, { table: true }), run)
    .trimEnd()
    .replaceAll(/\s+/g, ' ')
}

export function policyRuleLine(netns: NetNamespace, rule: Rule): string {
  const run = runIn(netns)
  return ruleText(readRule(rule, run), run).trimEnd()
}

export function neighbourLine(neighbour: Neighbour4): string {
  const run = runIn(neighbour.dev.netns)
  return neighText(readNeighbour(neighbour, run, false), run).trimEnd()
}

export function netfilterLine(chain: Chain, rule: NetfilterRule): string {
  return `-A ${chain.name}${netfilterText(rule, LISTING)}`
}

export function flowLine(bridge: OfBridge, flow: Flow): string {
  const { version, nowUs } = bridge.vswitch
  return formatFlow(flow, { text: textContext(version), protocol: P_NXM, stats: false, nowUs })
}

export function flowActions(bridge: OfBridge, flow: Flow): string {
  return formatActions(flow.actions, textContext(bridge.vswitch.version))
}

export function flowMatch(bridge: OfBridge, flow: Flow): string {
  return formatFlowMatch(flow.match, flow.priority, textContext(bridge.vswitch.version))
}

export function tableName(id: number): string {
  if (id === TABLE_MAIN) return 'main'
  if (id === TABLE_LOCAL) return 'local'
  return id === TABLE_DEFAULT ? 'default' : String(id)
}

/** The command line as it is typed on the node: inside the namespace when it is not the node's own. */
export function inNetns(netns: NetNamespace | string, command: string): string {
  const name = typeof netns === 'string' ? netns : netns.name
  return name === '' ? command : `ip netns exec ${name} ${command}`
}

export function macText(mac: number | null): string {
  return mac === null ? 'unknown' : formatMac(mac)
}

export const ipText = formatIpv4
