// Routes, policy rules and neighbours as the later L3 agents set them: calls of netlink, for which `ip` stands. A look is no command.
import { formatIpv4, formatPrefix } from '../../../addr/ipv4.js'
import { formatMac, type MacAddress } from '../../../addr/mac.js'
import { TABLE_DEFAULT, TABLE_LOCAL, TABLE_MAIN } from '../../../kernel/route-entry.js'
import type { Rule } from '../../../kernel/rule.js'
import type { Namespace } from '../namespace.js'

export interface AgentRoute {
  /** `default`, or a prefix. */
  readonly to: string
  readonly via: string
  readonly device: string
  /** Missing: main. */
  readonly table?: number
}

export interface AgentRule {
  /** `192.168.3.69`, `192.168.0.1/16`; null: from all. */
  readonly from: string | null
  readonly iif?: string
  readonly table: number
  readonly priority: number
}

export async function setRoute(namespace: Namespace, route: AgentRoute): Promise<void> {
  await namespace.link(['ip', '-4', 'route', 'replace', ...routeWords(route), 'proto', 'static', ...tableWords(route.table)])
}

export async function deleteRoute(namespace: Namespace, route: AgentRoute): Promise<void> {
  await namespace.link(['ip', '-4', 'route', 'del', ...routeWords(route), ...tableWords(route.table)], { mayFail: true })
}

function routeWords({ to, via, device }: AgentRoute): string[] {
  return [to, 'via', via, 'dev', device]
}

function tableWords(table: number | undefined): string[] {
  return table === undefined ? [] : ['table', String(table)]
}

/** Nothing is done when the rule is there. */
export async function addRule(namespace: Namespace, rule: AgentRule): Promise<void> {
  if (customRules(namespace).some((present) => isSame(present, rule))) return
  await namespace.link(['ip', 'rule', 'add', ...ruleWords(rule)])
}

export async function deleteRule(namespace: Namespace, rule: AgentRule): Promise<void> {
  await namespace.link(['ip', 'rule', 'del', ...ruleWords(rule)], { mayFail: true })
}

function ruleWords({ from, iif, table, priority }: AgentRule): string[] {
  const source = from === null ? [] : ['from', from]
  return [...source, ...(iif === undefined ? [] : ['iif', iif]), 'lookup', String(table), 'priority', String(priority)]
}

/** Those beside local, main and default. */
export function customRules(namespace: Namespace): AgentRule[] {
  const rules = namespace.netns?.rules.list() ?? []
  return rules.filter(({ table }) => table !== TABLE_LOCAL && table !== TABLE_MAIN && table !== TABLE_DEFAULT).map(asRule)
}

function asRule({ src, iif, table, preference }: Rule): AgentRule {
  const from = src === null || src.length === 0 ? null : src.length === 32 ? formatIpv4(src.address) : formatPrefix(src)
  return { from, ...(iif === null ? {} : { iif }), table, priority: preference }
}

function isSame(a: AgentRule, b: AgentRule): boolean {
  return a.from === b.from && a.iif === b.iif && a.table === b.table && a.priority === b.priority
}

/** Routes of a device in a table. */
export function routesOf(namespace: Namespace, device: string, table = TABLE_MAIN): AgentRoute[] {
  const { netns } = namespace
  const dev = netns?.deviceByName(device) ?? null
  if (netns === null || dev === null) return []
  return (netns.fib.list(table) ?? []).flatMap(({ dst, length, nexthops }) => {
    const hop = nexthops.find((each) => each.dev === dev && each.via !== null)
    if (hop === undefined || hop.via === null) return []
    const to = length === 0 ? 'default' : formatPrefix({ address: dst, length })
    return [{ to, via: formatIpv4(hop.via), device, ...(table === TABLE_MAIN ? {} : { table }) }]
  })
}

export function defaultGateway(namespace: Namespace, device: string): string | null {
  return routesOf(namespace, device).find(({ to }) => to === 'default')?.via ?? null
}

export interface Neighbour {
  readonly address: string
  readonly mac: MacAddress
  readonly device: string
}

export async function setNeighbour(namespace: Namespace, { address, mac, device }: Neighbour): Promise<void> {
  await namespace.link(['ip', 'neigh', 'replace', address, 'lladdr', formatMac(mac), 'nud', 'permanent', 'dev', device])
}

export async function deleteNeighbour(namespace: Namespace, { address, mac, device }: Neighbour): Promise<void> {
  await namespace.link(['ip', 'neigh', 'del', address, 'lladdr', formatMac(mac), 'dev', device], { mayFail: true })
}
