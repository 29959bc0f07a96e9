// Faults of the filters in front of a server.
import { formatIpv4 } from '../../addr/ipv4.js'
import { filterChain } from '../../cloud/neutron/names.js'
import { ruleWords } from '../../doctor/rule-words.js'
import { type CatalogueFault, type FaultPlan, planFor } from '../fault.js'
import { filterRuleTaken, type Mistake, Prompt, settingOff } from '../mistakes.js'
import { type FaultWorld, flushNeighbours, freshPing, nicNames, ping, type VictimFloating, type VictimPort } from '../world.js'

/** A server that somebody outside pings by its floating IP, which its groups allow. */
function pinged(world: FaultWorld, name: string | null): { victim: VictimFloating; from: string } | string {
  const from = world.outsider()
  if (from === null) return 'nobody stands outside of this cloud'
  const rows = [...(world.view?.db.floatingIps.values() ?? [])]
  for (const { address } of rows) {
    const victim = world.floating(formatIpv4(address))
    if (typeof victim === 'string' || (name !== null && victim.server.name !== name && victim.guest.name !== name)) continue
    if (allowsPing(world, victim)) return { victim, from: from.name }
  }
  return 'no server here may be pinged from outside'
}

function allowsPing(world: FaultWorld, { port }: VictimPort): boolean {
  const groups = port.securityGroups.map((id) => world.view?.db.securityGroups.get(id))
  return groups.some((group) =>
    group?.rules.some(
      ({ direction, ethertype, protocol, remotePrefix, remoteGroupId }) =>
        direction === 'ingress' &&
        ethertype === 'IPv4' &&
        (protocol === 'icmp' || protocol === '1') &&
        remoteGroupId === null &&
        (remotePrefix === null || remotePrefix.endsWith('/0')),
    ),
  )
}

function refused({ victim, from }: { victim: VictimFloating; from: string }, world: FaultWorld, mistake: Mistake): FaultPlan {
  const gateway = world.gatewayOf(victim) ?? victim.address
  return {
    target: victim.server.name,
    symptom: ping(from, victim.outside, `${victim.outside} (${victim.server.name})`),
    control: freshPing(victim, gateway, 'its gateway'),
    ...mistake,
  }
}

/** The rule of the chain that lets ICMP in, as iptables has it. */
function icmpRule(victim: VictimPort, chain: string): string | null {
  return victim.node.chain('', 'filter', chain)?.find((rule) => /^(-s 0\.0\.0\.0\/0 )?-p icmp -j RETURN$/.test(ruleWords(rule))) ?? null
}

export const GROUP_FAULTS: readonly CatalogueFault[] = [
  {
    id: 'sg.missing-ingress',
    domain: 'security groups',
    title: 'a rule of the security group is missing on the node',
    parameter: 'SERVER',
    explain:
      "The API still has the rule, the chain of the server's tap has not: what comes in finds nothing that takes it and falls to the end of the chain.",
    plan: planFor(pinged, (found, world) => {
      const chain = filterChain(`i${found.victim.port.id}`)
      const rule = icmpRule(found.victim, chain)
      if (rule === null) return `no rule of ${chain} is about ICMP alone`
      return refused(found, world, filterRuleTaken(new Prompt(found.victim.node.name), chain, 2, rule))
    }),
  },
  {
    id: 'sg.order',
    domain: 'security groups',
    title: 'the fallback stands in front of the rules',
    parameter: 'SERVER',
    explain: 'Rules are tried in order: behind a jump that takes everything none is ever reached.',
    plan: planFor(pinged, (found, world) => {
      const chain = filterChain(`i${found.victim.port.id}`)
      const node = found.victim.node.name
      // Answers of what the server itself began pass above it.
      const words = `-m state --state NEW -j ${filterChain('sg-fallback')}`
      return refused(found, world, {
        breaks: [{ node, line: `iptables -I ${chain} 1 ${words}` }],
        place: { node, netns: '', object: chain },
        look: { node, line: `iptables -nvL ${chain} --line-numbers` },
        fix: [{ node, line: `iptables -D ${chain} ${words}` }],
      })
    }),
  },
  {
    id: 'sg.jump-missing',
    domain: 'security groups',
    title: "frames for a server do not find the server's chain",
    parameter: 'SERVER',
    explain:
      'sg-chain has no jump for the tap any more. Its last rule takes everything, so nothing is filtered: security groups fail open here, and the API does not notice.',
    plan: (world, name) => {
      const victim = world.server(name)
      if (typeof victim === 'string') return victim
      const node = victim.node.name
      const { tap } = nicNames(victim)
      const rule = `-m physdev --physdev-out ${tap} --physdev-is-bridged -j ${filterChain(`i${victim.port.id}`)}`
      const present = victim.node.chain('', 'filter', filterChain('sg-chain'))?.find((text) => ruleWords(text) === rule)
      if (present === undefined) return `sg-chain has no jump for ${tap}`
      const has = `iptables -S ${filterChain('sg-chain')} | grep -q -- '--physdev-out ${tap} '`
      return {
        target: victim.server.name,
        breaks: [{ node, line: `iptables -D ${filterChain('sg-chain')} ${present}` }],
        symptom: { node, line: has, what: `frames for ${tap} find the chain of ${victim.server.name}` },
        control: { node, line: `iptables -S ${filterChain(`i${victim.port.id}`)} > /dev/null`, what: 'the chain itself is there' },
        place: { node, netns: '', object: filterChain('sg-chain') },
        look: { node, line: `iptables -S ${filterChain('sg-chain')}` },
        fix: [{ node, line: `iptables -I ${filterChain('sg-chain')} 1 ${present}` }],
      }
    },
  },
  {
    id: 'sg.antispoof',
    domain: 'security groups',
    title: "a server's own address is not in its spoofing chain",
    parameter: 'SERVER',
    explain:
      'What a port may send from stands in its s-chain; without its own pair of MAC and address everything it begins is dropped as spoofed. ARP is not looked at: neighbours still know it.',
    plan: (world, name) => {
      const victim = world.server(name, (one) => world.routerOf(one) !== null)
      if (typeof victim === 'string') return victim
      const chain = filterChain(`s${victim.port.id}`)
      const rule = victim.node.chain('', 'filter', chain)?.find((text) => ruleWords(text).includes(`-s ${victim.address} `))
      const gateway = world.gatewayOf(victim)
      if (rule === undefined || gateway === null) return `${chain} has no rule for ${victim.address}`
      const node = victim.node.name
      return {
        target: victim.server.name,
        ...filterRuleTaken(new Prompt(node), chain, 1, rule),
        symptom: freshPing(victim, gateway, 'its gateway'),
        control: {
          node: victim.guest.name,
          line: `${flushNeighbours(victim)}; ping -c 1 -W 1 ${gateway} > /dev/null; ip neigh show ${gateway} | grep -q lladdr`,
          what: 'ARP still finds the gateway',
        },
      }
    },
  },
  {
    id: 'bridge-nf.off',
    domain: 'security groups',
    title: 'bridged frames do not pass iptables',
    parameter: null,
    explain:
      'Security groups of the hybrid driver stand on bridge-nf-call-iptables: with 0 no frame meets them, all servers of the node are open, and every counter stands still.',
    plan: (world) => {
      const victim = world.server(null)
      if (typeof victim === 'string') return victim
      const node = victim.node.name
      const key = 'net.bridge.bridge-nf-call-iptables'
      return {
        target: node,
        ...settingOff(new Prompt(node), key),
        symptom: { node, line: `test $(sysctl -n ${key}) = 1`, what: `security groups work on ${node}` },
        control: { node, line: `iptables -S ${filterChain('sg-chain')} > /dev/null`, what: 'the rules are all there' },
      }
    },
  },
]
