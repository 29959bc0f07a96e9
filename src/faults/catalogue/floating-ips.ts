// Faults of floating IPs, of routers on one host and of distributed ones.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { deviceName, OWNER } from '../../cloud/neutron/objects.js'
import { pairName } from '../../doctor/families/dvr-routers.js'
import { floatingMac } from '../../doctor/families/neutron-neighbours.js'
import { ruleWords } from '../../doctor/rule-words.js'
import { type CatalogueFault, type FaultPlan, inNetns } from '../fault.js'
import { type FaultWorld, freshPing, ping, type VictimFloating } from '../world.js'

function floating(
  world: FaultWorld,
  address: string | null,
): { victim: VictimFloating; from: { name: string; address: string }; netns: string } | string {
  const from = world.outsider()
  if (from === null) return 'nobody stands outside of this cloud'
  const victim = world.floating(address)
  if (typeof victim === 'string') return victim
  return { victim, from, netns: `qrouter-${victim.router.id}` }
}

type Found = Exclude<ReturnType<typeof floating>, string>

/** From outside the server is not reached; it still reaches its own gateway. */
function unreached(world: FaultWorld, { victim, from }: Found, rest: Pick<FaultPlan, 'breaks' | 'place' | 'look' | 'fix'>): FaultPlan {
  return {
    target: victim.outside,
    symptom: ping(from.name, victim.outside, `${victim.outside} (${victim.server.name})`),
    control: freshPing(victim, world.gatewayOf(victim) ?? victim.address, 'its gateway'),
    ...rest,
  }
}

function distributed(world: FaultWorld, address: string | null): Found | string {
  const found = floating(world, address)
  if (typeof found === 'string') return found
  return found.victim.router.distributed ? found : 'its router is not distributed'
}

function natRule({ victim, netns }: Found, chain: string, words: string): string | null {
  return victim.at.chain(netns, 'nat', chain)?.find((rule) => ruleWords(rule).includes(words)) ?? null
}

function fgOf(world: FaultWorld, { victim }: Found): { fg: string; netns: string } | null {
  const port = [...world.view!.db.ports.values()].find(
    ({ deviceOwner, hostId, networkId }) =>
      deviceOwner === OWNER.agentGateway && hostId === victim.at.machine.hostname && networkId === victim.row.networkId,
  )
  return port === undefined ? null : { fg: deviceName('fg-', port.id), netns: `fip-${victim.row.networkId}` }
}

/** What the neighbours outside remember would hide that nobody answers. */
function forgetOutside(world: FaultWorld, { victim }: Found): { node: string; line: string }[] {
  return world.machines.flatMap((machine) => {
    const dev = machine.kernel.initNetns.devices.find(({ neighbours }) => neighbours.has(victim.row.address))
    return dev === undefined || machine.parent !== null
      ? []
      : [{ node: machine.name, line: `ip neigh del ${victim.outside} dev ${dev.name}` }]
  })
}

export const FLOATING_FAULTS: readonly CatalogueFault[] = [
  {
    id: 'fip.dnat-missing',
    domain: 'floating IPs',
    title: 'the incoming half of a floating IP is missing',
    parameter: 'FLOATING-IP',
    explain:
      'Nothing turns the floating IP into the address of the server. On one host the router answers in its place, as the address is its own; distributed it goes round in circles until the TTL is used up.',
    plan: (world, address) => {
      const found = floating(world, address)
      if (typeof found === 'string') return found
      const { victim, netns } = found
      const chain = 'neutron-l3-agent-PREROUTING'
      const rule = natRule(found, chain, `-d ${victim.outside} `)
      if (rule === null) return `${chain} has no rule for ${victim.outside}`
      const node = victim.at.name
      const plan = unreached(world, found, {
        breaks: [
          { node, line: inNetns(netns, `iptables -t nat -D ${chain} ${rule}`) },
          { node, line: inNetns(netns, 'conntrack -F') },
        ],
        place: { node, netns, object: chain },
        look: { node, line: inNetns(netns, `iptables -t nat -S ${chain}`) },
        fix: [{ node, line: inNetns(netns, `iptables -t nat -A ${chain} ${rule}`) }],
      })
      const ssh = {
        node: found.from.name,
        line: `nc -z -w 2 ${victim.outside} 22`,
        what: `${found.from.name} reaches ssh of ${victim.outside}`,
      }
      return victim.router.distributed ? plan : { ...plan, symptom: ssh }
    },
  },
  {
    id: 'fip.snat-missing',
    domain: 'floating IPs',
    title: 'the outgoing half of a floating IP is missing',
    parameter: 'FLOATING-IP',
    explain:
      'What comes in is translated there and back; what the server begins leaves as somebody else: with its own address, or with the one of all the others.',
    plan: (world, address) => {
      const found = distributed(world, address)
      if (typeof found === 'string') return `${found}: there its packets leave by the common address instead, and work`
      const { victim, netns, from } = found
      const chain = 'neutron-l3-agent-float-snat'
      const rule = natRule(found, chain, `-s ${victim.address} `)
      if (rule === null) return `${chain} has no rule for ${victim.address}`
      const node = victim.at.name
      const plan = unreached(world, found, {
        breaks: [
          { node, line: inNetns(netns, `iptables -t nat -D ${chain} ${rule}`) },
          { node, line: inNetns(netns, 'conntrack -F') },
        ],
        place: { node, netns, object: chain },
        look: { node, line: inNetns(netns, `iptables -t nat -S ${chain}`) },
        fix: [{ node, line: inNetns(netns, `iptables -t nat -A ${chain} ${rule}; ip netns exec ${netns} conntrack -F`) }],
      })
      return { ...plan, symptom: ping(victim.guest.name, from.address, `${from.address} outside`), control: plan.symptom }
    },
  },
  {
    id: 'fip.address-missing',
    domain: 'floating IPs',
    title: 'the floating IP is not on the gateway',
    parameter: 'FLOATING-IP',
    explain: 'The translation is there, and nobody answers ARP for the address: the packets never come so far.',
    plan: (world, address) => {
      const found = floating(world, address)
      if (typeof found === 'string') return found
      const { victim, netns } = found
      if (victim.router.distributed) return 'with distributed routers the address is on no device: see fip.proxy-arp-off'
      const qg = deviceName('qg-', victim.router.gateway!.portId)
      const node = victim.at.name
      return unreached(world, found, {
        breaks: [{ node, line: inNetns(netns, `ip addr del ${victim.outside}/32 dev ${qg}`) }, ...forgetOutside(world, found)],
        place: { node, netns, object: qg },
        look: { node, line: inNetns(netns, `ip addr show ${qg}`) },
        fix: [{ node, line: inNetns(netns, `ip addr add ${victim.outside}/32 brd ${victim.outside} dev ${qg}`) }],
      })
    },
  },
  {
    id: 'fip.rule-missing',
    domain: 'floating IPs',
    title: "no policy rule sends the server's packets to the fip namespace",
    parameter: 'FLOATING-IP',
    explain:
      "Without the rule everybody's rule for source NAT takes the server's packets, too: they leave by the snat namespace on the network node. Pings still work, the way is longer, and what the server begins comes from the common address instead of its own.",
    plan: (world, address) => {
      const found = distributed(world, address)
      if (typeof found === 'string') return found
      const { victim, netns, from } = found
      const rule = victim.at.policyRules(netns).find(({ src, table }) => table === 16 && src?.address === victim.row.fixedIp)
      if (rule === undefined) return `there is no rule from ${victim.address}`
      const node = victim.at.name
      const words = `from ${victim.address} lookup 16 priority ${rule.preference}`
      const plan = unreached(world, found, {
        breaks: [{ node, line: inNetns(netns, `ip rule del ${words}`) }],
        place: { node, netns, object: 'ip rule' },
        look: { node, line: inNetns(netns, 'ip rule') },
        fix: [{ node, line: inNetns(netns, `ip rule add ${words}`) }],
      })
      const line = `ping -c 1 -W 1 -t 2 ${from.address} | grep -q 'From 169.254.'`
      return {
        ...plan,
        symptom: { node: victim.guest.name, line, what: `${victim.server.name} leaves by the fip namespace of its own host` },
      }
    },
  },
  {
    id: 'fip.iif-rule-missing',
    domain: 'floating IPs',
    title: "no policy rule of the fip namespace takes a router's packets out",
    parameter: 'FLOATING-IP',
    explain:
      "What comes from a router's pair is looked up in that router's own table because a rule for the device says so. Without it main is asked, which knows floating IPs and no way out: answers end there.",
    plan: (world, address) => {
      const found = distributed(world, address)
      if (typeof found === 'string') return found
      const { victim } = found
      const netns = `fip-${victim.row.networkId}`
      const fpr = pairName('fpr-', victim.router)
      const rule = victim.at.policyRules(netns).find(({ iif }) => iif === fpr)
      if (rule === undefined) return `there is no rule for ${fpr}`
      const node = victim.at.name
      const words = `iif ${fpr} lookup ${rule.table} priority ${rule.preference}`
      return unreached(world, found, {
        breaks: [{ node, line: inNetns(netns, `ip rule del ${words}`) }],
        place: { node, netns, object: 'ip rule' },
        look: { node, line: inNetns(netns, 'ip rule') },
        fix: [{ node, line: inNetns(netns, `ip rule add ${words}`) }],
      })
    },
  },
  {
    id: 'fip.proxy-arp-off',
    domain: 'floating IPs',
    title: 'fg- does not answer ARP for floating IPs',
    parameter: 'FLOATING-IP',
    explain:
      'No device has a floating IP as its address; fg- answers for it because proxy_arp is on and a route leads to it. Without, the gateway asks and nobody speaks.',
    plan: (world, address) => {
      const found = distributed(world, address)
      const at = typeof found === 'string' ? null : fgOf(world, found)
      if (typeof found === 'string' || at === null) return typeof found === 'string' ? found : 'the host has no fip namespace'
      const node = found.victim.at.name
      const set = (value: number): string => inNetns(at.netns, `sysctl -w net.ipv4.conf.${at.fg}.proxy_arp=${value}`)
      return unreached(world, found, {
        breaks: [{ node, line: set(0) }, ...forgetOutside(world, found)],
        place: { node, netns: at.netns, object: `net.ipv4.conf.${at.fg}.proxy_arp` },
        look: { node, line: inNetns(at.netns, `sysctl net.ipv4.conf.${at.fg}.proxy_arp`) },
        fix: [{ node, line: set(1) }],
      })
    },
  },
  {
    id: 'fip.host-route-missing',
    domain: 'floating IPs',
    title: 'the fip namespace has no route to a floating IP',
    parameter: 'FLOATING-IP',
    explain:
      'proxy_arp answers only for addresses whose route leaves by another device: without the route ARP stays without an answer, though proxy_arp is on.',
    plan: (world, address) => {
      const found = distributed(world, address)
      if (typeof found === 'string') return found
      const { victim } = found
      const netns = `fip-${victim.row.networkId}`
      const fpr = pairName('fpr-', victim.router)
      const own = victim.at.device(netns, fpr)?.addresses[0]?.local
      if (own === undefined) return `${fpr} has no address`
      const node = victim.at.name
      const route = `${victim.outside} via ${formatIpv4((own - 1) | 0)} dev ${fpr}`
      return unreached(world, found, {
        breaks: [{ node, line: inNetns(netns, `ip route del ${route}`) }, ...forgetOutside(world, found)],
        place: { node, netns, object: `route ${victim.outside}` },
        look: { node, line: inNetns(netns, 'ip route') },
        fix: [{ node, line: inNetns(netns, `ip route add ${route} proto static`) }],
      })
    },
  },
  {
    id: 'fip.table-missing',
    domain: 'floating IPs',
    title: "the fip namespace has no way out for a router's packets",
    parameter: 'FLOATING-IP',
    explain:
      "What comes from a router's pair is looked up in a table of that router's own; without its default route main is asked, which knows floating IPs only.",
    plan: (world, address) => {
      const found = distributed(world, address)
      const at = typeof found === 'string' ? null : fgOf(world, found)
      if (typeof found === 'string' || at === null) return typeof found === 'string' ? found : 'the host has no fip namespace'
      const { victim } = found
      const own = victim.at.device(at.netns, pairName('fpr-', victim.router))?.addresses[0]?.local
      const hop = own === undefined ? undefined : victim.at.route(at.netns, own >>> 0, { address: 0, length: 0 })?.nexthops[0]
      if (own === undefined || hop?.via == null) return 'there is no such table'
      const node = victim.at.name
      const [table, via] = [own >>> 0, formatIpv4(hop.via)]
      return unreached(world, found, {
        breaks: [{ node, line: inNetns(at.netns, `ip route del default table ${table}`) }],
        place: { node, netns: at.netns, object: `table ${table}` },
        look: { node, line: inNetns(at.netns, `ip route show table ${table}`) },
        fix: [{ node, line: inNetns(at.netns, `ip route add default via ${via} dev ${at.fg} table ${table} proto static`) }],
      })
    },
  },
  {
    id: 'fip.no-forward',
    domain: 'floating IPs',
    title: 'the fip namespace does not forward',
    parameter: 'FLOATING-IP',
    explain: 'proxy_arp needs forwarding, too: with ip_forward off fg- neither answers for floating IPs nor passes anything on.',
    plan: (world, address) => {
      const found = distributed(world, address)
      if (typeof found === 'string') return found
      const node = found.victim.at.name
      const netns = `fip-${found.victim.row.networkId}`
      const set = (value: number): string => inNetns(netns, `sysctl -w net.ipv4.ip_forward=${value}`)
      return unreached(world, found, {
        breaks: [{ node, line: set(0) }],
        place: { node, netns, object: 'net.ipv4.ip_forward' },
        look: { node, line: inNetns(netns, 'sysctl net.ipv4.ip_forward') },
        // Turning it on again leaves the devices' own settings as they were made: proxy_arp stays.
        fix: [{ node, line: set(1) }],
      })
    },
  },
  {
    id: 'rp-filter.strict',
    domain: 'floating IPs',
    title: 'the reverse path filter is strict where ways differ',
    parameter: 'FLOATING-IP',
    explain:
      'The kernel drops a packet whose source it would answer by another device. Without the policy rule of the floating IP the answers leave by the snat namespace, which works: ways may differ. With rp_filter = 1 on the pair it no longer does, and nothing but a counter of the kernel tells.',
    plan: (world, address) => {
      const found = distributed(world, address)
      if (typeof found === 'string') return found
      const { victim, netns } = found
      const rfp = pairName('rfp-', victim.router)
      const rule = victim.at.policyRules(netns).find(({ src, table }) => table === 16 && src?.address === victim.row.fixedIp)
      if (rule === undefined) return `there is no rule from ${victim.address}`
      const node = victim.at.name
      const words = `from ${victim.address} lookup 16 priority ${rule.preference}`
      const set = (value: number): string => inNetns(netns, `sysctl -w net.ipv4.conf.${rfp}.rp_filter=${value}`)
      return unreached(world, found, {
        breaks: [
          { node, line: inNetns(netns, `ip rule del ${words}`) },
          { node, line: set(1) },
        ],
        place: { node, netns, object: `net.ipv4.conf.${rfp}.rp_filter` },
        look: { node, line: inNetns(netns, `sysctl net.ipv4.conf.${rfp}.rp_filter`) },
        fix: [
          { node, line: set(0) },
          { node, line: inNetns(netns, `ip rule add ${words}`) },
        ],
      })
    },
  },
  {
    id: 'fip.answered-twice',
    domain: 'floating IPs',
    title: 'two hosts answer for one floating IP',
    parameter: 'FLOATING-IP',
    explain:
      'Somebody left the floating IP on the fg- device of a host that does not have its server. An own address is answered for at once, by proxy a little later: the gateway believes the first. Pings are answered there, too, and hide it; every other service is refused.',
    plan: (world, address) => {
      const found = distributed(world, address)
      if (typeof found === 'string') return found
      const { victim, from } = found
      const other = [...world.view!.db.ports.values()].find(
        ({ deviceOwner, hostId, networkId }) =>
          deviceOwner === OWNER.agentGateway && hostId !== victim.at.machine.hostname && networkId === victim.row.networkId,
      )
      const host = other === undefined ? null : world.view!.host(other.hostId)
      if (other === undefined || host === null) return 'there is only one host with a fip namespace'
      const [netns, fg] = [`fip-${victim.row.networkId}`, deviceName('fg-', other.id)]
      const plan = unreached(world, found, {
        breaks: [{ node: host.name, line: inNetns(netns, `ip addr add ${victim.outside}/32 dev ${fg}`) }, ...forgetOutside(world, found)],
        place: { node: host.name, netns, object: fg },
        look: { node: host.name, line: inNetns(netns, `ip addr show ${fg}`) },
        fix: [{ node: host.name, line: inNetns(netns, `ip addr del ${victim.outside}/32 dev ${fg}`) }, ...forgetOutside(world, found)],
      })
      const line = `nc -z -w 2 ${victim.outside} 22`
      return { ...plan, symptom: { node: from.name, line, what: `${from.name} reaches ssh of ${victim.outside}` } }
    },
  },
  {
    id: 'fip.pair-down',
    domain: 'floating IPs',
    title: 'the pair between router and fip namespace is down',
    parameter: 'FLOATING-IP',
    explain:
      'With the device its routes go: the default route of table 16 and the way back to the floating IP. Up again it has its address and no routes.',
    plan: (world, address) => {
      const found = distributed(world, address)
      if (typeof found === 'string') return found
      const { victim } = found
      const netns = `fip-${victim.row.networkId}`
      const fpr = pairName('fpr-', victim.router)
      const own = victim.at.device(netns, fpr)?.addresses[0]?.local
      if (own === undefined) return `${fpr} has no address`
      const node = victim.at.name
      return unreached(world, found, {
        breaks: [{ node, line: inNetns(netns, `ip link set ${fpr} down`) }, ...forgetOutside(world, found)],
        place: { node, netns, object: fpr },
        look: { node, line: inNetns(netns, `ip link show ${fpr}`) },
        fix: [
          { node, line: inNetns(netns, `ip link set ${fpr} up`) },
          { node, line: inNetns(netns, `ip route replace ${victim.outside} via ${formatIpv4((own - 1) | 0)} dev ${fpr} proto static`) },
        ],
      })
    },
  },
  {
    id: 'neigh.stale',
    domain: 'floating IPs',
    title: 'the gateway outside remembers an old MAC for a floating IP',
    parameter: 'FLOATING-IP',
    explain:
      'A floating IP that moved to another host has another MAC behind it. Who missed the gratuitous ARP, or has a fixed entry, sends to the old place.',
    plan: (world, address) => {
      const found = floating(world, address)
      if (typeof found === 'string') return found
      const { victim } = found
      const mac = floatingMac(world.view!, victim.row)
      const near = ({ local, length }: { local: number; length: number }): boolean =>
        length > 0 && length < 32 && (local ^ victim.row.address) >>> (32 - length) === 0
      const neighbours = world.machines.filter(
        ({ parent, kernel }) => parent === null && kernel.initNetns.devices.some((dev) => dev.addresses.some(near)),
      )
      // Who asks himself if he is a neighbour, else the router in front of him.
      const asker = neighbours.find(({ name }) => name === found.from.name) ?? neighbours[0]
      const dev = asker?.kernel.initNetns.devices.find((one) => one.addresses.some(near))
      if (mac === null || asker === undefined || dev === undefined) return 'nobody outside is on its network'
      const from = world.outsiders().find(({ name }) => name === asker.name) ?? found.from
      const plan = unreached(
        world,
        { ...found, from },
        {
          breaks: [
            { node: asker.name, line: `ip neigh replace ${victim.outside} lladdr ${formatMac(mac + 1)} dev ${dev.name} nud permanent` },
          ],
          place: { node: asker.name, netns: '', object: `neighbour ${victim.outside}` },
          look: { node: asker.name, line: `ip neigh show ${victim.outside}` },
          fix: [{ node: asker.name, line: `ip neigh del ${victim.outside} dev ${dev.name}` }],
        },
      )
      return plan
    },
  },
]
