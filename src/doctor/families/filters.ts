// Security groups: bridged frames come to iptables, find the way to the port's chains, and meet what the groups say.
import { formatIpv4 } from '../../addr/ipv4.js'
import { ICEHOUSE_RULES, rulesOf, STEIN_RULES, setName } from '../../cloud/neutron/firewall/port-rules.js'
import { deviceName, filterChain, L2_AGENT } from '../../cloud/neutron/names.js'
import type { Port } from '../../cloud/neutron/objects.js'
import type { FirewallPort } from '../../cloud/neutron/rpc.js'
import { FirewallInfo } from '../../cloud/neutron/server/firewall-info.js'
import { expectRule } from '../expect.js'
import type { Checklist, ObjectRef, Spot } from '../item.js'
import type { NeutronView } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'
import { canonicalRule, ruleWords } from '../rule-words.js'

export function examineFilters(view: NeutronView, list: Checklist): void {
  const info = new FirewallInfo(view.db, view.profile.server)
  const seen = new Set<NodeView>()
  for (const port of view.serverPorts()) {
    const node = view.host(port.hostId)
    const told = info.forPorts([port.id])
    const row = told.ports[0]
    if (node === null || row === undefined) continue
    if (!seen.has(node)) examineNode(view, node, list)
    seen.add(node)
    if (!port.portSecurity) continue
    const groups = port.securityGroups.flatMap((id): ObjectRef[] => {
      const group = view.db.securityGroups.get(id)
      return group === undefined ? [] : [{ kind: 'security group', id, name: group.name }]
    })
    const spot = view.spot(node, L2_AGENT, [...view.objectsOf(port), ...groups])
    examineJumps(node, port, spot, list)
    examineChains(view, node, row, { spot, sets: new Set([...told.members.keys()].map((id) => setName(id, 'IPv4'))) }, list)
    if (view.profile.firewall.usesIpset) for (const [id, members] of told.members) examineSet(node, id, members, spot, list)
    if (view.profile.firewall.firstZone !== null) examineZones(node, port, spot, list)
  }
}

function examineNode(view: NeutronView, node: NodeView, list: Checklist): void {
  const spot = view.spot(node, L2_AGENT, [])
  const key = 'net.bridge.bridge-nf-call-iptables'
  const value = String(node.netns('')?.bridgeNf.callIptables ?? 0)
  list.add(spot, {
    wanted: 'bridged frames pass iptables',
    found: value === '1' ? null : `${key} = ${value}`,
    place: key,
    command: `sysctl ${key}`,
  })
  for (const hook of ['INPUT', 'FORWARD'])
    expectRule(
      node,
      spot,
      { table: 'filter', chain: hook, words: `-j ${filterChain(hook)}`, what: `${hook} leads to the agent's chain` },
      list,
    )
  expectRule(
    node,
    spot,
    { table: 'filter', chain: filterChain('sg-fallback'), words: '-j DROP', what: 'what no rule of a group takes is dropped' },
    list,
  )
}

function examineJumps(node: NodeView, port: Port, spot: Spot, list: Checklist): void {
  const tap = deviceName('tap', port.id)
  const sides = [
    ['i', 'physdev-out', 'to'],
    ['o', 'physdev-in', 'from'],
  ] as const
  for (const [letter, match, side] of sides) {
    const from = `-m physdev --${match} ${tap} --physdev-is-bridged`
    expectRule(
      node,
      spot,
      {
        table: 'filter',
        chain: filterChain('FORWARD'),
        words: `${from} -j ${filterChain('sg-chain')}`,
        what: `frames ${side} ${tap} are filtered`,
      },
      list,
    )
    expectRule(
      node,
      spot,
      {
        table: 'filter',
        chain: filterChain('sg-chain'),
        words: `${from} -j ${filterChain(letter + port.id)}`,
        what: `frames ${side} ${tap} find their chain`,
      },
      list,
    )
  }
  const input = `-m physdev --physdev-in ${tap} --physdev-is-bridged -j ${filterChain(`o${port.id}`)}`
  expectRule(
    node,
    spot,
    { table: 'filter', chain: filterChain('INPUT'), words: input, what: `frames from ${tap} to the host itself are filtered` },
    list,
  )
}

function examineChains(
  view: NeutronView,
  node: NodeView,
  port: FirewallPort,
  { spot, sets }: { readonly spot: Spot; readonly sets: ReadonlySet<string> },
  list: Checklist,
): void {
  const writer = view.profile.name === 'icehouse' ? ICEHOUSE_RULES : STEIN_RULES
  const spoof = `s${port.portId}`
  const bodies: readonly (readonly [chain: string, texts: readonly string[]])[] = [
    [`i${port.portId}`, writer.body(rulesOf(port, 'ingress'), sets)],
    [`o${port.portId}`, [...writer.egressHead(spoof), ...writer.body(rulesOf(port, 'egress'), sets)]],
    [spoof, [...writer.pairs(port), '-j DROP']],
  ]
  for (const [name, texts] of bodies) examineChain(node, filterChain(name), texts, spot, list)
}

function examineChain(node: NodeView, chain: string, texts: readonly string[], spot: Spot, list: Checklist): void {
  const wanted = [...new Set(texts.map((text) => ruleWords(text.replace(/\$([\w-]+)/g, (_, name: string) => filterChain(name)))))]
  for (const words of wanted) expectRule(node, spot, { table: 'filter', chain, words, what: purposeOf(words) }, list)
  const rules = node.chain('', 'filter', chain) ?? []
  const meanings = new Set(wanted.map(canonicalRule))
  for (const rule of rules) {
    if (meanings.has(canonicalRule(rule))) continue
    list.add(spot, {
      wanted: `${chain} has no rules but those of the port's groups`,
      found: `one more: ${ruleWords(rule)}`,
      place: chain,
      command: `iptables -S ${chain}`,
    })
  }
  examineOrder(chain, rules, wanted, spot, list)
}

/** A rule behind the fallback is never reached. */
function examineOrder(chain: string, rules: readonly string[], wanted: readonly string[], spot: Spot, list: Checklist): void {
  const end = filterChain('sg-fallback')
  const at = rules.findIndex((rule) => ruleWords(rule) === `-j ${end}`)
  if (at < 0 || at === rules.length - 1 || rules.length !== wanted.length) return
  list.add(spot, {
    wanted: `-j ${end} is the last rule of ${chain}`,
    found: `it is number ${at + 1} of ${rules.length}`,
    place: chain,
    command: `iptables -S ${chain}`,
  })
}

function purposeOf(words: string): string {
  if (words.includes('RELATED')) return 'packets of known connections pass'
  if (words.includes('INVALID')) return 'packets of no connection are dropped'
  if (words.includes('--mac-source')) return 'the port may send from its own addresses'
  if (/--sport 6[78]\b.*--dport 6[78]\b/.test(words)) return 'DHCP'
  if (words.endsWith('sg-fallback')) return 'what is left goes to the fallback'
  if (words === '-j DROP') return 'everything else is dropped'
  return 'a rule of its groups'
}

function examineSet(node: NodeView, groupId: string, members: readonly number[], spot: Spot, list: Checklist): void {
  const name = setName(groupId, 'IPv4')
  const set = node.netns('')?.netfilter.sets.get(name) ?? null
  const present = new Set([...(set?.entries.values() ?? [])].map(({ address }) => address))
  for (const address of new Set(members)) {
    list.add(spot, {
      wanted: `set ${name} has ${formatIpv4(address)}, a member of the group`,
      found: set === null ? 'no such set' : present.has(address) ? null : 'it is not in it',
      place: name,
      command: `ipset list ${name}`,
    })
  }
}

function examineZones(node: NodeView, port: Port, spot: Spot, list: Checklist): void {
  const tap = deviceName('tap', port.id)
  const qvb = deviceName('qvb', port.id)
  const rules = node.chain('', 'raw', filterChain('PREROUTING')) ?? []
  const zones = new Set<string>()
  for (const match of [`-m physdev --physdev-in ${qvb}`, `-i ${qvb}`, `-m physdev --physdev-in ${tap}`]) {
    const rule = rules.map(ruleWords).find((words) => words.startsWith(`${match} -j CT --zone`))
    if (rule !== undefined) zones.add(rule.slice(rule.lastIndexOf(' ') + 1))
    list.add(spot, {
      wanted: `connections of the port are tracked in a zone of its own: ${match} -j CT --zone`,
      found: rule === undefined ? 'no such rule' : zones.size > 1 ? `several zones: ${[...zones].join(', ')}` : null,
      place: filterChain('PREROUTING'),
      command: `iptables -t raw -S ${filterChain('PREROUTING')}`,
    })
  }
}
