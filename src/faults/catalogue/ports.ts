// Faults between a server's NIC and br-int.
import { formatMac } from '../../addr/mac.js'
import { type CatalogueFault, type FaultPlan, planFor } from '../fault.js'
import { deviceDown, type Mistake, Prompt } from '../mistakes.js'
import { type FaultWorld, freshPing, nicNames, type VictimPort } from '../world.js'

/** The server's gateway is out of its reach; the hypervisor itself still reaches the other hosts. */
function cutOff(world: FaultWorld, victim: VictimPort, mistake: Mistake): FaultPlan | string {
  const gateway = world.gatewayOf(victim)
  if (gateway === null || world.routerOf(victim) === null) return `the network of ${victim.server.name} has no router to reach`
  const other = world
    .victims()
    .find(
      ({ server, port }) => server.id !== victim.server.id && port.id !== victim.port.id && world.gatewayOf({ ...victim, port }) !== null,
    )
  const control =
    other === undefined || world.gatewayOf(other) === null || world.routerOf(other) === null
      ? { node: victim.node.name, line: `test -d /sys/class/net/${nicNames(victim).tap}`, what: `${nicNames(victim).tap} is there` }
      : freshPing(other, world.gatewayOf(other)!, 'its gateway')
  return { target: victim.server.name, symptom: freshPing(victim, gateway, 'its gateway'), control, ...mistake }
}

/** A server with a router in front of it. */
function routed(world: FaultWorld, name: string | null): VictimPort | string {
  return world.server(name, (one) => world.routerOf(one) !== null)
}

function retagged(world: FaultWorld, name: string | null, tag: (vlan: number) => number): FaultPlan | string {
  const victim = routed(world, name)
  if (typeof victim === 'string') return victim
  const vlan = world.vlanOf(victim)
  if (vlan === null) return `nothing on ${victim.node.name} says which tag its network has`
  const { qvo } = nicNames(victim)
  const at = new Prompt(victim.node.name)
  return cutOff(world, victim, {
    breaks: [at.types(`ovs-vsctl set Port ${qvo} tag=${tag(vlan)}`)],
    place: at.place(qvo),
    look: at.types('ovs-vsctl show'),
    fix: [at.types(`ovs-vsctl set Port ${qvo} tag=${vlan}`)],
  })
}

export const PORT_FAULTS: readonly CatalogueFault[] = [
  {
    id: 'port.tag-4095',
    domain: 'ports',
    title: "a server's port carries the dead VLAN",
    parameter: 'SERVER',
    explain: 'Ports that the agent has not bound carry tag 4095, and br-int drops what has it: the server is alone on its wire.',
    plan: (world, name) => retagged(world, name, () => 4095),
  },
  {
    id: 'vlan.local-mismatch',
    domain: 'ports',
    title: "a server's port carries another network's local VLAN",
    parameter: 'SERVER',
    explain: 'Tag and translation of br-tun no longer agree: ARP questions leave in a VLAN that nobody of the network is in.',
    plan: (world, name) => retagged(world, name, (vlan) => vlan + 30),
  },
  {
    id: 'port.unplugged',
    domain: 'ports',
    title: "a server's port is gone from br-int",
    parameter: 'SERVER',
    explain: 'The pair to br-int is there and up, and the switch does not know it: frames end at the end of the pair.',
    plan: planFor(routed, (victim, world) => {
      const { qvo } = nicNames(victim)
      const at = new Prompt(victim.node.name)
      const vlan = world.vlanOf(victim)
      const { port, server } = victim
      const ids = [`iface-id=${port.id}`, 'iface-status=active', `attached-mac=${formatMac(port.mac)}`, `vm-uuid=${server.id}`].map(
        (id) => `external-ids:${id}`,
      )
      return cutOff(world, victim, {
        breaks: [at.types(`ovs-vsctl del-port br-int ${qvo}`)],
        place: at.place(qvo),
        look: at.types('ovs-vsctl list-ports br-int'),
        fix: [at.types(`ovs-vsctl add-port br-int ${qvo} tag=${vlan} -- set Interface ${qvo} ${ids.join(' ')}; sleep 10`)],
      })
    }),
  },
  {
    id: 'port.bridge-left',
    domain: 'ports',
    title: "a server's tap is in no bridge",
    parameter: 'SERVER',
    explain: 'Without its Linux bridge the tap leads nowhere: nothing of the server reaches the pair to br-int.',
    plan: planFor(routed, (victim, world) => {
      const { tap, qbr } = nicNames(victim)
      const at = new Prompt(victim.node.name)
      return cutOff(world, victim, {
        breaks: [at.types(`ip link set ${tap} nomaster`)],
        place: at.place(tap),
        look: at.types(`ip link show ${tap}`),
        fix: [at.types(`ip link set ${tap} master ${qbr}`)],
      })
    }),
  },
  {
    id: 'port.pair-down',
    domain: 'ports',
    title: "the pair between a server's bridge and br-int is down",
    parameter: 'SERVER',
    explain: 'One end that is down takes the carrier of the other: the bridge and the switch both stop using the pair.',
    plan: planFor(routed, (victim, world) => {
      const { qvo } = nicNames(victim)
      return cutOff(world, victim, deviceDown(new Prompt(victim.node.name), qvo))
    }),
  },
]
