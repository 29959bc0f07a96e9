// Faults of the ways between a distributed router, its fip namespace and the world outside.
import { formatIpv4 } from '../../addr/ipv4.js'
import { fipNetns, pairName } from '../../cloud/neutron/names.js'
import { type CatalogueFault, planFor } from '../fault.js'
import { deviceDown, Prompt, policyRuleTaken, settingOff } from '../mistakes.js'
import { distributed, floatingRule, forgetOutside, routeBack, unreached, withFg } from './floating.js'

export const FIP_WAY_FAULTS: readonly CatalogueFault[] = [
  {
    id: 'fip.rule-missing',
    domain: 'floating IPs',
    title: "no policy rule sends the server's packets to the fip namespace",
    parameter: 'FLOATING-IP',
    explain:
      "Without the rule everybody's rule for source NAT takes the server's packets, too: they leave by the snat namespace on the network node. Pings still work, the way is longer, and what the server begins comes from the common address instead of its own.",
    plan: planFor(distributed, (found, world) => {
      const { victim, netns, from } = found
      const words = floatingRule(found)
      if (words === null) return `there is no rule from ${victim.address}`
      const plan = unreached(world, found, policyRuleTaken(new Prompt(victim.at.name, netns), words))
      const line = `ping -c 1 -W 1 -t 2 ${from.address} | grep -q 'From 169.254.'`
      return {
        ...plan,
        symptom: { node: victim.guest.name, line, what: `${victim.server.name} leaves by the fip namespace of its own host` },
      }
    }),
  },
  {
    id: 'fip.iif-rule-missing',
    domain: 'floating IPs',
    title: "no policy rule of the fip namespace takes a router's packets out",
    parameter: 'FLOATING-IP',
    explain:
      "What comes from a router's pair is looked up in that router's own table because a rule for the device says so. Without it main is asked, which knows floating IPs and no way out: answers end there.",
    plan: planFor(distributed, (found, world) => {
      const { victim } = found
      const netns = fipNetns(victim.row.networkId)
      const fpr = pairName('fpr-', victim.router.id)
      const rule = victim.at.policyRules(netns).find(({ iif }) => iif === fpr)
      if (rule === undefined) return `there is no rule for ${fpr}`
      const words = `iif ${fpr} lookup ${rule.table} priority ${rule.preference}`
      return unreached(world, found, policyRuleTaken(new Prompt(victim.at.name, netns), words))
    }),
  },
  {
    id: 'fip.proxy-arp-off',
    domain: 'floating IPs',
    title: 'fg- does not answer ARP for floating IPs',
    parameter: 'FLOATING-IP',
    explain:
      'No device has a floating IP as its address; fg- answers for it because proxy_arp is on and a route leads to it. Without, the gateway asks and nobody speaks.',
    plan: planFor(withFg, ({ found, fg, netns }, world) => {
      const off = settingOff(new Prompt(found.victim.at.name, netns), `net.ipv4.conf.${fg}.proxy_arp`)
      return unreached(world, found, { ...off, breaks: [...off.breaks, ...forgetOutside(world, found)] })
    }),
  },
  {
    id: 'fip.host-route-missing',
    domain: 'floating IPs',
    title: 'the fip namespace has no route to a floating IP',
    parameter: 'FLOATING-IP',
    explain:
      'proxy_arp answers only for addresses whose route leaves by another device: without the route ARP stays without an answer, though proxy_arp is on.',
    plan: planFor(distributed, (found, world) => {
      const { victim } = found
      const back = routeBack(found)
      if (back === null) return 'the pair to the fip namespace has no address'
      const at = new Prompt(victim.at.name, fipNetns(victim.row.networkId))
      return unreached(world, found, {
        breaks: [at.types(`ip route del ${back}`), ...forgetOutside(world, found)],
        place: at.place(`route ${victim.outside}`),
        look: at.types('ip route'),
        fix: [at.types(`ip route add ${back} proto static`)],
      })
    }),
  },
  {
    id: 'fip.table-missing',
    domain: 'floating IPs',
    title: "the fip namespace has no way out for a router's packets",
    parameter: 'FLOATING-IP',
    explain:
      "What comes from a router's pair is looked up in a table of that router's own; without its default route main is asked, which knows floating IPs only.",
    plan: planFor(withFg, ({ found, fg, netns }, world) => {
      const { victim } = found
      const own = victim.at.device(netns, pairName('fpr-', victim.router.id))?.addresses[0]?.local
      const table = own === undefined ? null : own >>> 0
      const via = table === null ? null : victim.at.route(netns, table, { address: 0, length: 0 })?.nexthops[0]?.via
      if (table === null || via == null) return 'there is no such table'
      const at = new Prompt(victim.at.name, netns)
      return unreached(world, found, {
        breaks: [at.types(`ip route del default table ${table}`)],
        place: at.place(`table ${table}`),
        look: at.types(`ip route show table ${table}`),
        fix: [at.types(`ip route add default via ${formatIpv4(via)} dev ${fg} table ${table} proto static`)],
      })
    }),
  },
  {
    id: 'fip.no-forward',
    domain: 'floating IPs',
    title: 'the fip namespace does not forward',
    parameter: 'FLOATING-IP',
    explain: 'proxy_arp needs forwarding, too: with ip_forward off fg- neither answers for floating IPs nor passes anything on.',
    plan: planFor(distributed, (found, world) => {
      const at = new Prompt(found.victim.at.name, fipNetns(found.victim.row.networkId))
      // Turning it on again leaves the devices' own settings as they were made: proxy_arp stays.
      return unreached(world, found, settingOff(at, 'net.ipv4.ip_forward'))
    }),
  },
  {
    id: 'rp-filter.strict',
    domain: 'floating IPs',
    title: 'the reverse path filter is strict where ways differ',
    parameter: 'FLOATING-IP',
    explain:
      'The kernel drops a packet whose source it would answer by another device. Without the policy rule of the floating IP the answers leave by the snat namespace, which works: ways may differ. With rp_filter = 1 on the pair it no longer does, and nothing but a counter of the kernel tells.',
    plan: planFor(distributed, (found, world) => {
      const { victim, netns } = found
      const words = floatingRule(found)
      if (words === null) return `there is no rule from ${victim.address}`
      const at = new Prompt(victim.at.name, netns)
      const key = `net.ipv4.conf.${pairName('rfp-', victim.router.id)}.rp_filter`
      const taken = policyRuleTaken(at, words)
      return unreached(world, found, {
        breaks: [...taken.breaks, at.types(`sysctl -w ${key}=1`)],
        place: at.place(key),
        look: at.types(`sysctl ${key}`),
        fix: [at.types(`sysctl -w ${key}=0`), ...taken.fix],
      })
    }),
  },
  {
    id: 'fip.pair-down',
    domain: 'floating IPs',
    title: 'the pair between router and fip namespace is down',
    parameter: 'FLOATING-IP',
    explain:
      'With the device its routes go: the default route of table 16 and the way back to the floating IP. Up again it has its address and no routes.',
    plan: planFor(distributed, (found, world) => {
      const { victim } = found
      const back = routeBack(found)
      if (back === null) return 'the pair to the fip namespace has no address'
      const at = new Prompt(victim.at.name, fipNetns(victim.row.networkId))
      const down = deviceDown(at, pairName('fpr-', victim.router.id))
      return unreached(world, found, {
        ...down,
        breaks: [...down.breaks, ...forgetOutside(world, found)],
        fix: [...down.fix, at.types(`ip route replace ${back} proto static`)],
      })
    }),
  },
]
