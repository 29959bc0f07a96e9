// What several families look for: a namespace, forwarding, a route, a policy rule, a rule of iptables, an address, the two halves of a floating IP.
import type { Ipv4Address, Ipv4Prefix } from '../addr/ipv4.js'
import { formatIpv4 } from '../addr/ipv4.js'
import { l3Chain } from '../cloud/neutron/names.js'
import type { TableName } from '../kernel/netfilter/table.js'
import { TABLE_MAIN } from '../kernel/route-entry.js'
import type { Rule } from '../kernel/rule.js'
import type { Checklist, Spot } from './item.js'
import type { NodeView } from './node-view.js'

/** The spot inside; null: there is no such namespace, and nothing to look for in it. */
export function expectNetns(node: NodeView, outside: Spot, netns: string, list: Checklist): Spot | null {
  const isThere = node.netns(netns) !== null
  list.add(outside, { wanted: `namespace ${netns}`, found: isThere ? null : 'no such namespace', place: netns, command: 'ip netns' })
  return isThere ? { ...outside, netns } : null
}

/** A namespace that routes; null when it is not there. */
export function expectRouting(node: NodeView, outside: Spot, netns: string, list: Checklist): Spot | null {
  const spot = expectNetns(node, outside, netns, list)
  if (spot !== null) expectForwarding(node, spot, list)
  return spot
}

export function expectForwarding(node: NodeView, spot: Spot, list: Checklist): void {
  const value = node.sysctl(spot.netns, 'net.ipv4.ip_forward')
  list.add(spot, {
    wanted: `${spot.netns === '' ? 'the node' : spot.netns} forwards packets`,
    found: value === '1' ? null : `net.ipv4.ip_forward = ${value}`,
    place: 'net.ipv4.ip_forward',
    command: 'sysctl net.ipv4.ip_forward',
  })
  const dropping = node.netns(spot.netns)?.netfilter.tables.peek('filter')?.chains.get('FORWARD')?.policy === 'DROP'
  list.add(spot, {
    wanted: 'the chain FORWARD lets packets through',
    found: dropping ? 'its policy is DROP' : null,
    place: 'FORWARD',
    command: 'iptables -S FORWARD',
  })
}

export interface WantedRoute {
  /** Default: main. */
  readonly table?: number
  /** 0.0.0.0/0 when absent. */
  readonly to?: Ipv4Prefix
  readonly via: Ipv4Address
  /** By whichever device when absent. */
  readonly device?: string
}

export function expectRoute(
  node: NodeView,
  spot: Spot,
  { table = TABLE_MAIN, to = { address: 0, length: 0 }, via, device }: WantedRoute,
  list: Checklist,
): void {
  const hop = node.route(spot.netns, table, to)?.nexthops[0]
  const isRight = hop !== undefined && hop.via === via && (device === undefined || hop.dev?.name === device)
  const name = to.length === 0 ? 'default' : `${formatIpv4(to.address)}${to.length === 32 ? '' : `/${to.length}`}`
  const [place, of] = table === TABLE_MAIN ? ['main', ''] : [`table ${table}`, ` table ${table}`]
  list.add(spot, {
    wanted: `${table === TABLE_MAIN ? 'route' : `${place}:`} ${name} via ${formatIpv4(via)}${device === undefined ? '' : ` dev ${device}`}`,
    found:
      hop === undefined
        ? 'no such route'
        : isRight
          ? null
          : `via ${hop.via === null ? '-' : formatIpv4(hop.via)} dev ${hop.dev?.name ?? '-'}`,
    place,
    command: `ip route show${of === '' || to.length > 0 ? ` ${name}` : ''}${of}`,
  })
}

export function expectPolicyRule(
  node: NodeView,
  spot: Spot,
  wanted: { readonly words: string; fits(rule: Rule): boolean },
  list: Checklist,
): void {
  const has = node.policyRules(spot.netns).some((rule) => rule.action === 'lookup' && wanted.fits(rule))
  list.add(spot, { wanted: `policy rule: ${wanted.words}`, found: has ? null : 'no such rule', place: 'ip rule', command: 'ip rule' })
}

export interface WantedRule {
  readonly table: TableName
  readonly chain: string
  readonly words: string
  /** What it is for. */
  readonly what: string
}

export function expectRule(node: NodeView, spot: Spot, { table, chain, words, what }: WantedRule, list: Checklist): void {
  const has = node.hasRule(spot.netns, table, chain, words)
  list.add(spot, {
    wanted: `${what}: -A ${chain} ${words}`,
    found: has === null ? `no chain ${chain}` : has ? null : 'no such rule',
    place: chain,
    command: `iptables${table === 'filter' ? '' : ` -t ${table}`} -S ${chain}`,
  })
}

export function expectHostAddress(
  node: NodeView,
  spot: Spot,
  { device, address }: { device: string; address: Ipv4Address },
  list: Checklist,
): void {
  const has = node.device(spot.netns, device)?.addresses.some(({ local }) => local === address) === true
  list.add(spot, {
    wanted: `${device} has ${formatIpv4(address)}/32`,
    found: has ? null : 'no such address',
    place: device,
    command: `ip addr show ${device}`,
  })
}

export interface Translation {
  readonly outside: string
  readonly inside: string
  /** Only what comes in by this device is for the server. */
  readonly device?: string
}

/** Both halves of a floating IP, in the L3 agent's chains of the namespace. */
export function expectTranslations(node: NodeView, spot: Spot, { outside, inside, device }: Translation, list: Checklist): void {
  const by = device === undefined ? '' : `-i ${device} `
  const rules = [
    ['PREROUTING', `-d ${outside} ${by}-j DNAT --to ${inside}`, `packets for ${outside} go to ${inside}`],
    ['float-snat', `-s ${inside} -j SNAT --to ${outside}`, `packets from ${inside} leave as ${outside}`],
  ] as const
  for (const [name, words, what] of rules) expectRule(node, spot, { table: 'nat', chain: l3Chain(name), words, what }, list)
}
