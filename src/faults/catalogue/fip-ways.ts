// Faults of the ways between a distributed router, its fip namespace and the world outside.
import { formatIpv4 } from '../../addr/ipv4.js'
import { FLOATING_TABLE, fipNetns, pairName } from '../../cloud/neutron/names.js'
import { type CatalogueFault, inNetns } from '../fault.js'
import { distributed, fgOf, forgetOutside, unreached } from './floating.js'

export const FIP_WAY_FAULTS: readonly CatalogueFault[] = [
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
      const rule = victim.at.policyRules(netns).find(({ src, table }) => table === FLOATING_TABLE && src?.address === victim.row.fixedIp)
      if (rule === undefined) return `there is no rule from ${victim.address}`
      const node = victim.at.name
      const words = `from ${victim.address} lookup ${FLOATING_TABLE} priority ${rule.preference}`
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
      const netns = fipNetns(victim.row.networkId)
      const fpr = pairName('fpr-', victim.router.id)
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
      const netns = fipNetns(victim.row.networkId)
      const fpr = pairName('fpr-', victim.router.id)
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
      const own = victim.at.device(at.netns, pairName('fpr-', victim.router.id))?.addresses[0]?.local
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
      const netns = fipNetns(found.victim.row.networkId)
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
      const rfp = pairName('rfp-', victim.router.id)
      const rule = victim.at.policyRules(netns).find(({ src, table }) => table === FLOATING_TABLE && src?.address === victim.row.fixedIp)
      if (rule === undefined) return `there is no rule from ${victim.address}`
      const node = victim.at.name
      const words = `from ${victim.address} lookup ${FLOATING_TABLE} priority ${rule.preference}`
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
      const netns = fipNetns(victim.row.networkId)
      const fpr = pairName('fpr-', victim.router.id)
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
]
