// What a router's namespace must have for a floating IP, one half of it missing: the policy rule, the DNAT, the SNAT.
import { type Ipv4Address, maskOf } from '../../addr/ipv4.js'
import type { Chain } from '../../kernel/netfilter/table.js'
import type { NetNamespace } from '../../kernel/netns.js'
import { ipOf } from '../frame-text.js'
import { inNetns, ipText, netfilterLine } from '../lines.js'
import type { Evidence } from '../probe.js'
import type { Fault, Hop, Way } from '../way.js'

/** A floating IP's translation as the nat table of a namespace has it. */
interface Translation {
  readonly netns: NetNamespace
  readonly chain: Chain
  readonly line: string
  readonly fixed: Ipv4Address
  readonly floating: Ipv4Address
}

function namespaceOf(evidence: Evidence, hop: Hop): NetNamespace | null {
  const kernel = evidence.world.kernels.get(hop.node)
  if (kernel === undefined) return null
  for (const netns of kernel.namespaces) if (netns.name === hop.netns) return netns
  return null
}

function* natLines(netns: NetNamespace): Generator<{ chain: Chain; line: string }> {
  const table = netns.netfilter.tables.peek('nat')
  if (table === null) return
  for (const chain of table.list()) for (const rule of chain.rules) yield { chain, line: netfilterLine(chain, rule) }
}

const SNAT = /-s (\d+\.\d+\.\d+\.\d+)\/32 .*-j SNAT --to-source (\d+\.\d+\.\d+\.\d+)/
const DNAT = /-d (\d+\.\d+\.\d+\.\d+)\/32 .*-j DNAT --to-destination (\d+\.\d+\.\d+\.\d+)/

function translations(netns: NetNamespace, kind: 'SNAT' | 'DNAT'): Translation[] {
  const found: Translation[] = []
  for (const { chain, line } of natLines(netns)) {
    const match = (kind === 'SNAT' ? SNAT : DNAT).exec(line)
    // What the machine itself sends does not count for what comes in.
    if (match === null || /OUTPUT/.test(chain.name)) continue
    const [first, second] = [addressOf(match[1]!), addressOf(match[2]!)]
    found.push({ netns, chain, line, fixed: kind === 'SNAT' ? first : second, floating: kind === 'SNAT' ? second : first })
  }
  return found
}

function addressOf(text: string): Ipv4Address {
  return text.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0) | 0
}

/** Namespaces that turn the address into a server's own. */
export function translatorsOf({ kernels }: Evidence['world'], floating: Ipv4Address): NetNamespace[] {
  return [...kernels.values()]
    .flatMap(({ namespaces }) => [...namespaces])
    .filter((netns) => translations(netns, 'DNAT').some((each) => each.floating === floating))
}

/** Namespaces that the way's packet was routed in, with the hop. */
function routedIn(evidence: Evidence, way: Way): { netns: NetNamespace; hop: Hop }[] {
  const found: { netns: NetNamespace; hop: Hop }[] = []
  for (const hop of way.hops) {
    const netns = hop.kind === 'ip' || hop.kind === 'socket' ? namespaceOf(evidence, hop) : null
    if (netns !== null && !found.some((each) => each.netns === netns)) found.push({ netns, hop })
  }
  return found
}

/** The fixed address is translated here, but no rule sends what comes from it out by the pair to the fip namespace. */
export function missingPolicyRule(evidence: Evidence, way: Way): Fault | null {
  for (const { netns, hop } of routedIn(evidence, way)) {
    const src = ipOf(hop.before)?.src
    if (src === undefined || !hop.steps.some(({ kind }) => kind === 'route')) continue
    const translation = translations(netns, 'SNAT').find(({ fixed }) => fixed === src)
    const pair = netns.devices.find((dev) => dev.name.startsWith('rfp-'))
    if (translation === undefined || pair === undefined) continue
    const rules = netns.rules.list()
    if (rules.some((rule) => rule.src?.address === src && rule.src.length === 32)) continue
    const table = tableBy(netns, pair.name)
    return {
      id: 'policy-rule-missing',
      node: netns.kernel.name,
      netns: netns.name,
      object: `no rule "from ${ipText(src)} lookup ${table}"`,
      why: `The floating IP ${ipText(translation.floating)} stands for ${ipText(src)}, but no policy rule sends what comes from ${ipText(src)} to table ${table}, whose default route leads to ${pair.name}: it takes the way of servers without a floating IP, or none.`,
      command: inNetns(netns, 'ip rule'),
      likely: [`expected a rule: from ${ipText(src)} lookup ${table}`],
    }
  }
  return null
}

/** Dropped outside because it came with an address that nobody has out there: the last router should have translated it. */
export function untranslatedSource(evidence: Evidence, way: Way): Fault | null {
  const [first, last] = [way.hops[0], way.hops.at(-1)]
  const src = first === undefined ? undefined : ipOf(first.before)?.src
  if (last === undefined || src === undefined || ipOf(last.after)?.src !== src) return null
  const router = routedIn(evidence, way).findLast(
    ({ netns }) => netns.name !== '' && netns !== evidence.netns && !natLines(netns).next().done,
  )
  if (router === undefined || router.hop.node === last.node) return null
  const { netns } = router
  return {
    id: 'nat-half',
    node: netns.kernel.name,
    netns: netns.name,
    object: `no SNAT for ${ipText(src)}`,
    why: `The packet left ${netns.name} with its own source ${ipText(src)}, which ${last.node} does not expect from there: no rule of ${netns.name} translated it.`,
    command: inNetns(netns, 'iptables -t nat -S'),
    likely: [`it was dropped on ${last.node}: ${way.end.sentence}`],
  }
}

/** A packet found no way where a table has one that no rule leads to. */
export function unreachedTable(evidence: Evidence, way: Way): Fault | null {
  const hop = way.hops.findLast(({ kind }) => kind === 'ip')
  const netns = hop === undefined ? null : namespaceOf(evidence, hop)
  const dst = hop === undefined ? undefined : ipOf(hop.after)?.dst
  if (hop === undefined || netns === null || dst === undefined) return null
  const asked = new Set(netns.rules.list().map(({ table }) => table))
  for (const { id, routes } of netns.fib.tables.values()) {
    const route = asked.has(id) ? undefined : routes.find((each) => ((dst ^ each.dst) & maskOf(each.length)) === 0)
    if (route === undefined) continue
    const device = route.nexthops[0]?.dev?.name ?? ''
    return {
      id: 'policy-rule-missing',
      node: netns.kernel.name,
      netns: netns.name,
      object: `no rule "lookup ${id}"`,
      why: `Table ${id} has a way to ${ipText(dst)} by ${device}, but no policy rule leads there: what comes in is looked up in main alone, which has none.`,
      command: inNetns(netns, 'ip rule'),
      likely: [`expected a rule: ${deviceOf(netns, id) === null ? '' : `iif ${deviceOf(netns, id)} `}lookup ${id}`],
    }
  }
  return null
}

/** neutron numbers the tables of a fip namespace by the address of the device whose packets they are for. */
function deviceOf(netns: NetNamespace, table: number): string | null {
  return netns.devices.find(({ addresses }) => addresses.some(({ local }) => local >>> 0 === table))?.name ?? null
}

/** The table whose default route leaves by the device; neutron has 16. */
function tableBy(netns: NetNamespace, device: string): number {
  for (const table of netns.fib.tables.values()) {
    for (const route of table.routes) if (route.length === 0 && route.nexthops.some(({ dev }) => dev?.name === device)) return table.id
  }
  return 16
}

/** One half of a floating IP's translation. */
export function missingNat(evidence: Evidence, request: Way, reply: Way | null): Fault | null {
  const first = request.hops[0]?.before
  const ip = first === undefined ? null : ipOf(first)
  if (ip === null) return null
  for (const { netns } of routedIn(evidence, request)) {
    const fault = missingDnat(netns, ip.dst, request) ?? missingSnat(netns, ip.src)
    if (fault !== null) return fault
  }
  return untranslatedRequest(evidence, request) ?? (reply === null ? null : untranslatedReply(evidence, request, reply))
}

function missingDnat(netns: NetNamespace, floating: Ipv4Address, request: Way): Fault | null {
  const half = translations(netns, 'SNAT').find((each) => each.floating === floating)
  if (half === undefined || translations(netns, 'DNAT').some((each) => each.floating === floating)) return null
  if (request.hops.some(({ before, after }) => ipOf(before)?.dst === floating && ipOf(after)?.dst === half.fixed)) return null
  return halfFault(half, `-d ${ipText(floating)}/32 -j DNAT --to-destination ${ipText(half.fixed)}`, 'incoming')
}

function missingSnat(netns: NetNamespace, fixed: Ipv4Address): Fault | null {
  const half = translations(netns, 'DNAT').find((each) => each.fixed === fixed && each.floating !== fixed)
  if (half === undefined || translations(netns, 'SNAT').some((each) => each.fixed === fixed)) return null
  return halfFault(half, `-s ${ipText(fixed)}/32 -j SNAT --to-source ${ipText(half.floating)}`, 'outgoing')
}

function halfFault(half: Translation, wanted: string, direction: 'incoming' | 'outgoing'): Fault {
  const { netns, floating, fixed } = half
  const [what, where] = direction === 'incoming' ? ['destination', 'DNAT'] : ['source', 'SNAT']
  return {
    id: 'nat-half',
    node: netns.kernel.name,
    netns: netns.name,
    object: `no rule "${wanted}"`,
    why: `The nat table knows one half of the floating IP ${ipText(floating)} of ${ipText(fixed)}, but nothing translates the ${what} of ${direction} packets: the rule with ${where} is missing.`,
    command: inNetns(netns, 'iptables -t nat -S'),
    likely: [`the other half is there: ${half.line}`],
  }
}

/** Whoever got the request outside does not believe its source, which is an inner address. */
function untranslatedRequest(evidence: Evidence, request: Way): Fault | null {
  const { end } = request
  const [first, last] = [ipOf(request.hops[0]!.before), ipOf(request.hops.at(-1)!.after)]
  if (end.kind !== 'dropped' || (end.reason !== 'IP_RPFILTER' && end.reason !== 'IP_MARTIAN_SOURCE')) return null
  const router = translatingRouter(evidence, request)
  if (router === null || first === null || last?.src !== first.src || request.hops.at(-1)!.netns === router.name) return null
  return noSnat(router, first.src, `the request ended on ${request.hops.at(-1)!.node}: ${end.sentence}`)
}

/** The last namespace on the way that translates anything. */
function translatingRouter(evidence: Evidence, request: Way): NetNamespace | null {
  const found = routedIn(evidence, request).filter(({ netns }) => [...natLines(netns)].length > 0 && netns !== evidence.netns)
  return found.at(-1)?.netns ?? null
}

/** The request left with an address that the outside has no way back to. */
function untranslatedReply(evidence: Evidence, request: Way, reply: Way): Fault | null {
  if (reply.end.kind !== 'dropped') return null
  const own = ipOf(request.hops[0]!.before)?.src
  const back = ipOf(reply.hops[0]!.before)?.dst
  if (own === undefined || back !== own) return null
  // Who is reached by a floating IP sees the asker's own address, as it should be.
  if (ipOf(request.hops[0]!.before)?.dst !== ipOf(request.hops.at(-1)!.after)?.dst) return null
  const router = translatingRouter(evidence, request)
  if (router === null || !isNoWay(reply.end.reason)) return null
  return noSnat(router, own, `the reply ended on ${reply.hops.at(-1)?.node ?? '?'}: ${reply.end.sentence}`)
}

function noSnat(netns: NetNamespace, own: Ipv4Address, likely: string): Fault {
  return {
    id: 'nat-half',
    node: netns.kernel.name,
    netns: netns.name,
    object: `no SNAT for ${ipText(own)}`,
    why: `The request left ${netns.name === '' ? netns.kernel.name : netns.name} with its own source ${ipText(own)}; out there nobody has a way back to that address.`,
    command: inNetns(netns, 'iptables -t nat -nvL POSTROUTING --line-numbers'),
    likely: [likely],
  }
}

function isNoWay(reason: string): boolean {
  return [
    'IP_INNOROUTES',
    'IP_OUTNOROUTES',
    'IP_UNREACHABLE',
    'NEIGH_FAILED',
    'IP_NOT_FOR_US',
    'IP_TTL_EXPIRED',
    'NO_SOCKET',
    'IP_MARTIAN_SOURCE',
  ].includes(reason)
}
