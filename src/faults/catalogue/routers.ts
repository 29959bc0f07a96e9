// Faults of routers: forwarding, source NAT, the way out.
import { formatIpv4 } from '../../addr/ipv4.js'
import { deviceName, l3Chain, routerNetns, snatNetns } from '../../cloud/neutron/names.js'
import type { Router } from '../../cloud/neutron/objects.js'
import type { NodeView } from '../../doctor/node-view.js'
import { type CatalogueFault, type FaultPlan, inNetns, planFor } from '../fault.js'
import { deviceDown, type Mistake, Prompt, settingOff, translationTaken } from '../mistakes.js'
import { type FaultWorld, freshPing, ping, type VictimPort } from '../world.js'

interface Leaving {
  readonly victim: VictimPort
  readonly router: Router
  readonly outside: { readonly name: string; readonly address: string }
  /** Where the server's packets are routed. */
  readonly at: NodeView
  readonly netns: string
}

/** A server that reaches somebody outside. */
function leaving(world: FaultWorld, name: string | null, needsSnat = false): Leaving | string {
  const outside = world.outsider()
  if (outside === null) return 'nobody stands outside of this cloud'
  const victim = world.server(name, (one) => fits(world, one, needsSnat))
  if (typeof victim === 'string') return victim
  const router = world.routerOf(victim)!
  const at = router.distributed ? victim.node : world.view!.host(router.host!)
  if (at === null) return 'the router lives nowhere'
  return { victim, router, outside, at, netns: routerNetns(router.id) }
}

function fits(world: FaultWorld, victim: VictimPort, needsSnat: boolean): boolean {
  const router = world.routerOf(victim)
  if (router === null || router.gateway === null || router.host === null) return false
  return !needsSnat || world.view!.db.floatingIpsOf(victim.port.id).length === 0
}

function cutOff(world: FaultWorld, { victim, outside }: Leaving, mistake: Mistake): FaultPlan {
  return {
    target: victim.server.name,
    symptom: ping(victim.guest.name, outside.address, `${outside.address} outside`),
    control: freshPing(victim, world.gatewayOf(victim) ?? victim.address, 'its gateway'),
    ...mistake,
  }
}

export const ROUTER_FAULTS: readonly CatalogueFault[] = [
  {
    id: 'router.no-forward',
    domain: 'routers',
    title: 'the router does not forward',
    parameter: 'SERVER',
    explain:
      'ip_forward is a setting of each namespace. The router itself answers pings, as they are for it; what is for others it drops without a word.',
    plan: planFor(leaving, (found, world) => {
      return cutOff(world, found, settingOff(new Prompt(found.at.name, found.netns), 'net.ipv4.ip_forward'))
    }),
  },
  {
    id: 'router.interface-down',
    domain: 'routers',
    title: "the router's interface on a network is down",
    parameter: 'SERVER',
    explain: 'Its address is there and belongs to nobody on the wire: ARP for the gateway gets no answer.',
    plan: planFor(leaving, (found, world) => {
      const { at, netns, victim, router } = found
      const port = world.view!.db.portsOf(victim.port.networkId).find(({ deviceId }) => deviceId === router.id)
      const qr = deviceName('qr-', port?.id ?? '')
      const plan = cutOff(world, found, deviceDown(new Prompt(at.name, netns), qr))
      if (router.distributed) return 'the routes of its tables go with a distributed interface: only the agent brings them back'
      return {
        ...plan,
        control: { node: at.name, line: inNetns(netns, `ip addr show ${qr} | grep -q inet`), what: 'the address is there' },
      }
    }),
  },
  {
    id: 'router.default-route',
    domain: 'routers',
    title: 'the router has no default route',
    parameter: 'SERVER',
    explain: 'Networks that hang on the router are still reached; for everything else it answers "network unreachable".',
    plan: planFor(leaving, (found, world) => {
      if (found.router.distributed) return 'a distributed router has its ways out in tables of their own: see fip.rule-missing'
      const { at, netns, router, outside } = found
      const gateway = world.view!.db.ports.get(router.gateway!.portId)
      const via = world.view!.db.subnets.get(gateway?.fixedIps[0]?.subnetId ?? '')?.gatewayIp
      if (via == null) return 'the external network has no gateway'
      // Somebody on the external network itself is reached without it.
      const far = world.machines
        .flatMap((machine) => machine.kernel.initNetns.loopback.addresses)
        .find(({ local }) => local >>> 24 !== 127 && local >>> 16 !== 0xa9fe)
      if (far === undefined) return `nobody lives behind ${outside.address}`
      const prompt = new Prompt(at.name, netns)
      const plan = cutOff(world, found, {
        breaks: [prompt.types('ip route del default')],
        place: prompt.place('default route'),
        look: prompt.types('ip route'),
        fix: [prompt.types(`ip route add default via ${formatIpv4(via)}`)],
      })
      return { ...plan, symptom: ping(found.victim.guest.name, formatIpv4(far.local), formatIpv4(far.local)) }
    }),
  },
  {
    id: 'snat.missing',
    domain: 'routers',
    title: 'servers without a floating IP leave with their own address',
    parameter: 'SERVER',
    explain: "Nobody outside has a route to the tenants' addresses: without source NAT questions arrive and their answers go elsewhere.",
    plan: planFor(
      (world, name) => leaving(world, name, true),
      (found, world) => {
        const { router, victim } = found
        const at = router.distributed ? world.view!.host(router.host!) : found.at
        const netns = router.distributed ? snatNetns(router.id) : found.netns
        if (at === null) return 'the router lives nowhere'
        const chain = l3Chain('snat')
        const length = world.view!.db.subnets.get(victim.port.fixedIps[0]!.subnetId)!.cidr.length
        const gateway = world.gatewayOf(victim) ?? ''
        const net = world.view!.db.subnets.get(victim.port.fixedIps[0]!.subnetId)!.cidr
        const perPort = at
          .chain(netns, 'nat', chain)
          ?.find((rule) => rule.includes(`-s ${formatIpv4(net.address)}/${length} `) || rule.includes(`-s ${gateway}/${length} `))
        const rule = perPort ?? at.chain(netns, 'nat', chain)?.find((text) => /^-o qg-\S+ .*-j SNAT/.test(text))
        if (rule === undefined) return `${chain} of ${netns} translates nothing`
        return cutOff(world, found, translationTaken(new Prompt(at.name, netns), chain, rule))
      },
    ),
  },
  {
    id: 'br-ex.no-uplink',
    domain: 'routers',
    title: 'the network card is not in the external bridge',
    parameter: null,
    explain: 'The router still answers on its own addresses, and nothing of it gets out of the node: ARP for the way out has no answer.',
    plan: (world) => {
      const found = leaving(world, null)
      if (typeof found === 'string') return found
      const { view } = world
      const bridges = [
        'br-ex',
        ...Object.values((view!.configuration(found.at.machine.hostname, 'bridge_mappings') ?? {}) as Record<string, string>),
      ]
      for (const bridge of bridges) {
        const card = found.at.bridge(bridge)?.portList.find(({ dev }) => dev?.kind === 'physical')
        if (card === undefined) continue
        const at = new Prompt(found.at.name)
        return {
          ...cutOff(world, found, {
            breaks: [at.types(`ovs-vsctl del-port ${bridge} ${card.name}`)],
            place: at.place(bridge),
            look: at.types('ovs-vsctl show'),
            fix: [at.types(`ovs-vsctl add-port ${bridge} ${card.name}`)],
          }),
          target: found.at.name,
        }
      }
      return 'the router leaves by no bridge with a card'
    },
  },
]
