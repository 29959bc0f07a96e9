// Faults of what runs beside the packets' way: DHCP, metadata, agents; nova-network's own; and none at all.
import { formatIpv4 } from '../../addr/ipv4.js'
import { dhcpNetns, l3Chain, routerNetns } from '../../cloud/neutron/names.js'
import { OWNER } from '../../cloud/neutron/objects.js'
import { sameRule } from '../../doctor/rule-words.js'
import { type CatalogueFault, type FaultPlan, planFor } from '../fault.js'
import { type Mistake, Prompt, translationTaken } from '../mistakes.js'
import { type FaultWorld, freshPing, ping, type VictimPort } from '../world.js'

interface Served {
  readonly victim: VictimPort
  readonly node: string
  readonly netns: string
  readonly folder: string
}

/** A server and the DHCP server of its network. */
function served(world: FaultWorld, name: string | null): Served | string {
  const { view } = world
  if (view === null) return 'there is no neutron here'
  const victim = world.server(name, (one) => one.guest.image.family === 'cirros')
  if (typeof victim === 'string') return name === null ? 'no server here has udhcpc (CirrOS)' : victim
  const dhcp = view.db.portsOf(victim.port.networkId).find(({ deviceOwner }) => deviceOwner === OWNER.dhcp)
  const node = dhcp === undefined ? null : view.host(dhcp.hostId)
  if (node === null) return `nobody serves DHCP for ${victim.server.name}`
  return { victim, node: node.name, netns: dhcpNetns(victim.network.id), folder: `/var/lib/neutron/dhcp/${victim.network.id}` }
}

function leaseless(world: FaultWorld, { victim }: Served, mistake: Mistake): FaultPlan {
  return {
    target: victim.server.name,
    symptom: {
      node: victim.guest.name,
      line: 'sudo udhcpc -n -q -t 2 -T 2 -i eth0 -s /bin/true',
      what: `${victim.server.name} gets an offer by DHCP`,
    },
    control: freshPing(victim, world.gatewayOf(victim) ?? victim.address, 'its gateway'),
    ...mistake,
  }
}

export const SERVICE_FAULTS: readonly CatalogueFault[] = [
  {
    id: 'dhcp.dead',
    domain: 'DHCP and metadata',
    title: 'dnsmasq of a network is dead',
    parameter: 'SERVER',
    explain:
      'Servers keep the address that they have until the lease ends, and new ones get none. The agent does not look after the process by itself in this release.',
    plan: planFor(served, (found, world) => {
      return leaseless(world, found, {
        breaks: [{ node: found.node, line: `kill $(cat ${found.folder}/pid)` }],
        place: { node: found.node, netns: found.netns, object: 'dnsmasq' },
        look: { node: found.node, line: 'pgrep -af dnsmasq' },
        fix: [{ node: found.node, line: world.restart('dhcp') }],
      })
    }),
  },
  {
    id: 'dhcp.firewall',
    domain: 'DHCP and metadata',
    title: 'questions for DHCP are dropped in front of dnsmasq',
    parameter: 'SERVER',
    explain: 'tcpdump in the namespace sees every question, as it looks before iptables does; dnsmasq sees none.',
    plan: planFor(served, (found, world) => {
      const at = new Prompt(found.node, found.netns)
      const rule = 'INPUT -p udp --dport 67 -j DROP'
      return leaseless(world, found, {
        breaks: [at.types(`iptables -I ${rule}`)],
        place: at.place('INPUT'),
        look: at.types('iptables -nvL INPUT'),
        fix: [at.types(`iptables -D ${rule}`)],
      })
    }),
  },
  {
    id: 'metadata.redirect',
    domain: 'DHCP and metadata',
    title: 'requests for metadata are not redirected',
    parameter: 'SERVER',
    explain:
      "169.254.169.254 is nobody's address: the router turns it into its own port 9697. Without the rule the question leaves for the world outside.",
    plan: (world, name) => {
      const victim = world.server(name, (one) => world.routerOf(one) !== null)
      if (typeof victim === 'string') return victim
      const router = world.routerOf(victim)
      const at = router === null ? null : router.distributed ? victim.node : world.view!.host(router.host ?? '')
      if (router === null || at === null) return 'no router serves metadata here'
      const netns = routerNetns(router.id)
      const chain = l3Chain('PREROUTING')
      const words = '-d 169.254.169.254 -p tcp --dport 80 -j REDIRECT --to 9697'
      const rule = at.chain(netns, 'nat', chain)?.find((text) => sameRule(text.replace(' -i qr-+', ''), words))
      if (rule === undefined) return 'the router redirects nothing'
      const fetch =
        victim.guest.image.family === 'cirros'
          ? 'wget -q -T 4 -O - http://169.254.169.254/ > /dev/null'
          : 'curl -s -f -m 4 http://169.254.169.254/ > /dev/null'
      return {
        target: victim.server.name,
        ...translationTaken(new Prompt(at.name, netns), chain, rule),
        symptom: { node: victim.guest.name, line: fetch, what: `${victim.server.name} gets its metadata` },
        control: freshPing(victim, world.gatewayOf(victim) ?? victim.address, 'its gateway'),
      }
    },
  },
  {
    id: 'agent.down',
    domain: 'agents',
    title: 'the L3 agent does not run',
    parameter: 'SERVER',
    explain:
      'Nothing changes on the node, and that is the fault: packets go on by what stands there, the API says ACTIVE to everything, and no change of routers or floating IPs takes effect any more.',
    plan: (world, name) => {
      const victim = world.server(name, (one) => world.routerOf(one) !== null)
      if (typeof victim === 'string') return victim
      const agents = world.view?.agents('L3 agent') ?? []
      const router = world.routerOf(victim)
      // A named server is served by its own host, or by its router's.
      const row = name === null ? agents[0] : agents.find(({ host }) => host === (router?.distributed ? victim.port.hostId : router?.host))
      const node = row === undefined ? null : world.view!.host(row.host)
      if (row === undefined || node === null) return 'no L3 agent belongs to this cloud'
      return {
        target: `${row.binary} on ${node.name}`,
        breaks: [{ node: node.name, line: world.serviceWords('l3', 'stop') }],
        symptom: { node: node.name, line: `pgrep -f ${row.binary} > /dev/null`, what: `${row.binary} runs on ${node.name}` },
        control: freshPing(victim, world.gatewayOf(victim) ?? victim.address, 'its gateway'),
        place: { node: node.name, netns: '', object: row.binary },
        look: { node: node.name, line: `pgrep -af ${row.binary}` },
        fix: [{ node: node.name, line: `${world.serviceWords('l3', 'start')}; sleep 10` }],
      }
    },
  },
  {
    id: 'flatdhcp.bridge-ip',
    domain: 'routers',
    title: 'the flat bridge has lost the gateway address',
    parameter: null,
    explain:
      "nova-network's host is the gateway of all servers by an address on br100. Without it servers still see each other, and nothing else.",
    plan: (world) =>
      flat(world, (bridge, gateway) => ({
        break: `ip addr del ${gateway} dev ${bridge}`,
        fix: `ip addr add ${gateway} brd + dev ${bridge}`,
        object: bridge,
        look: `ip addr show ${bridge}`,
      })),
  },
  {
    id: 'flatdhcp.bridge-nic',
    domain: 'ports',
    title: "the card is not in the network node's flat bridge",
    parameter: null,
    explain: 'The bridge has its address and no way to the other nodes: what the gateway sends stays on its own node.',
    plan: (world) =>
      flat(world, (bridge, _gateway, nic) => ({
        break: `brctl delif ${bridge} ${nic}`,
        fix: `brctl addif ${bridge} ${nic}`,
        object: bridge,
        look: `brctl show ${bridge}`,
      })),
  },
  {
    id: 'healthy',
    domain: 'none',
    title: 'nothing is wrong: the alarm is false',
    parameter: null,
    explain: 'Whoever looks long enough finds something odd. That all is well is an answer, too.',
    plan: (world) => {
      const victim = world.server(null, (one) => world.routerOf(one) !== null)
      if (typeof victim === 'string') return victim
      const probe = freshPing(victim, world.gatewayOf(victim) ?? victim.address, 'its gateway')
      return {
        target: victim.server.name,
        breaks: [],
        symptom: probe,
        control: probe,
        place: { node: '', netns: '', object: 'nothing' },
        look: { node: victim.node.name, line: 'lab doctor' },
        fix: [],
      }
    },
  },
]

interface FlatFault {
  readonly break: string
  readonly fix: string
  readonly object: string
  readonly look: string
}

function flat(world: FaultWorld, make: (bridge: string, gateway: string, nic: string) => FlatFault): FaultPlan | string {
  const { cloud } = world
  if (cloud === null || cloud.mode !== 'flat-dhcp') return 'there is no nova-network here'
  const { bridge, gateway, cidr, flatInterface } = cloud.config
  const server = cloud.api.servers.find(({ status, fixed }) => status === 'ACTIVE' && fixed !== null)
  const guest = world.machines.find(({ kernel }) => kernel.initNetns.devices.some(({ mac }) => mac === server?.fixed?.mac))
  if (server === undefined || guest === undefined) return 'no server runs here: boot one first'
  const node = cloud.networkMachine.name
  const made = make(bridge, `${formatIpv4(gateway)}/${cidr.length}`, flatInterface)
  return {
    target: bridge,
    breaks: [{ node, line: made.break }],
    symptom: ping(guest.name, formatIpv4(gateway), 'its gateway'),
    control: { node, line: `brctl show ${bridge} | grep -q ${bridge}`, what: `${bridge} is there` },
    place: { node, netns: '', object: made.object },
    look: { node, line: made.look },
    fix: [{ node, line: made.fix }],
  }
}
