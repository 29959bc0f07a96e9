import { formatMac } from '../../addr/mac.js'
import { deviceName, fipNetns, l3Chain } from '../../cloud/neutron/names.js'
import { OWNER } from '../../cloud/neutron/objects.js'
import { floatingMac } from '../../doctor/families/neutron-neighbours.js'
import { type CatalogueFault, planFor } from '../fault.js'
import { Prompt, translationTaken } from '../mistakes.js'
import { ping } from '../world.js'
import { distributed, floating, forgetOutside, natRule, unreached } from './floating.js'

export const FLOATING_FAULTS: readonly CatalogueFault[] = [
  {
    id: 'fip.dnat-missing',
    domain: 'floating IPs',
    title: 'the incoming half of a floating IP is missing',
    parameter: 'FLOATING-IP',
    explain:
      'Nothing turns the floating IP into the address of the server. On one host the router answers in its place, as the address is its own; distributed it goes round in circles until the TTL is used up.',
    plan: planFor(floating, (found, world) => {
      const { victim, netns } = found
      const chain = l3Chain('PREROUTING')
      const rule = natRule(found, chain, `-d ${victim.outside} `)
      if (rule === null) return `${chain} has no rule for ${victim.outside}`
      const plan = unreached(world, found, translationTaken(new Prompt(victim.at.name, netns), chain, rule))
      const ssh = {
        node: found.from.name,
        line: `nc -z -w 2 ${victim.outside} 22`,
        what: `${found.from.name} reaches ssh of ${victim.outside}`,
      }
      return victim.router.distributed ? plan : { ...plan, symptom: ssh }
    }),
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
      const chain = l3Chain('float-snat')
      const rule = natRule(found, chain, `-s ${victim.address} `)
      if (rule === null) return `${chain} has no rule for ${victim.address}`
      const plan = unreached(world, found, translationTaken(new Prompt(victim.at.name, netns), chain, rule))
      return { ...plan, symptom: ping(victim.guest.name, from.address, `${from.address} outside`), control: plan.symptom }
    },
  },
  {
    id: 'fip.address-missing',
    domain: 'floating IPs',
    title: 'the floating IP is not on the gateway',
    parameter: 'FLOATING-IP',
    explain: 'The translation is there, and nobody answers ARP for the address: the packets never come so far.',
    plan: planFor(floating, (found, world) => {
      const { victim, netns } = found
      if (victim.router.distributed) return 'with distributed routers the address is on no device: see fip.proxy-arp-off'
      const qg = deviceName('qg-', victim.router.gateway!.portId)
      const at = new Prompt(victim.at.name, netns)
      return unreached(world, found, {
        breaks: [at.types(`ip addr del ${victim.outside}/32 dev ${qg}`), ...forgetOutside(world, found)],
        place: at.place(qg),
        look: at.types(`ip addr show ${qg}`),
        fix: [at.types(`ip addr add ${victim.outside}/32 brd ${victim.outside} dev ${qg}`)],
      })
    }),
  },
  {
    id: 'fip.answered-twice',
    domain: 'floating IPs',
    title: 'two hosts answer for one floating IP',
    parameter: 'FLOATING-IP',
    explain:
      'Somebody left the floating IP on the fg- device of a host that does not have its server. An own address is answered for at once, by proxy a little later: the gateway believes the first. Pings are answered there, too, and hide it; every other service is refused.',
    plan: planFor(distributed, (found, world) => {
      const { victim, from } = found
      const other = [...world.view!.db.ports.values()].find(
        ({ deviceOwner, hostId, networkId }) =>
          deviceOwner === OWNER.agentGateway && hostId !== victim.at.machine.hostname && networkId === victim.row.networkId,
      )
      const host = other === undefined ? null : world.view!.host(other.hostId)
      if (other === undefined || host === null) return 'there is only one host with a fip namespace'
      const fg = deviceName('fg-', other.id)
      const at = new Prompt(host.name, fipNetns(victim.row.networkId))
      const plan = unreached(world, found, {
        breaks: [at.types(`ip addr add ${victim.outside}/32 dev ${fg}`), ...forgetOutside(world, found)],
        place: at.place(fg),
        look: at.types(`ip addr show ${fg}`),
        fix: [at.types(`ip addr del ${victim.outside}/32 dev ${fg}`), ...forgetOutside(world, found)],
      })
      const line = `nc -z -w 2 ${victim.outside} 22`
      return { ...plan, symptom: { node: from.name, line, what: `${from.name} reaches ssh of ${victim.outside}` } }
    }),
  },
  {
    id: 'neigh.stale',
    domain: 'floating IPs',
    title: 'the gateway outside remembers an old MAC for a floating IP',
    parameter: 'FLOATING-IP',
    explain:
      'A floating IP that moved to another host has another MAC behind it. Who missed the gratuitous ARP, or has a fixed entry, sends to the old place.',
    plan: planFor(floating, (found, world) => {
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
      const at = new Prompt(asker.name)
      return unreached(
        world,
        { ...found, from },
        {
          breaks: [at.types(`ip neigh replace ${victim.outside} lladdr ${formatMac(mac + 1)} dev ${dev.name} nud permanent`)],
          place: at.place(`neighbour ${victim.outside}`),
          look: at.types(`ip neigh show ${victim.outside}`),
          fix: [at.types(`ip neigh del ${victim.outside} dev ${dev.name}`)],
        },
      )
    }),
  },
]
