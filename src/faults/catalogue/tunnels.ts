// Faults of the overlay: rows of br-tun, tunnel ports, what carries them.
import { formatIpv4, parseIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { BR_TUN } from '../../cloud/neutron/names.js'
import { OWNER } from '../../cloud/neutron/objects.js'
import { tunnelPortTo } from '../../doctor/families/tunnels.js'
import { outputsOf } from '../../doctor/flow-words.js'
import type { NeutronView } from '../../doctor/neutron-view.js'
import type { NetDevice } from '../../kernel/netdev.js'
import { type CatalogueFault, type FaultPlan, planFor } from '../fault.js'
import { deviceDown, type Mistake, Prompt } from '../mistakes.js'
import { deviceOf, type FaultWorld, freshPing, ping, type VictimPort } from '../world.js'

/** A server whose network leaves its host by a tunnel, with what it reaches there. */
interface Tunnelled {
  readonly victim: VictimPort
  readonly view: NeutronView
  readonly vlan: number
  readonly type: 'gre' | 'vxlan'
  /** An address on another host that its network has: the other end of the tunnel and what answers there. */
  readonly remote: { readonly host: string; readonly end: number; readonly address: string; readonly mac: string }
}

function tunnelled(world: FaultWorld, name: string | null): Tunnelled | string {
  const { view } = world
  if (view === null) return 'there is no neutron here'
  const victim = world.server(name, (one) => remoteOf(world, view, one) !== null)
  if (typeof victim === 'string') return victim
  const vlan = world.vlanOf(victim)
  const { networkType: type } = victim.network
  const remote = remoteOf(world, view, victim)
  if (vlan === null || remote === null || (type !== 'gre' && type !== 'vxlan')) return 'no server here is reached through a tunnel'
  return { victim, view, vlan, type, remote }
}

function remoteOf(world: FaultWorld, view: NeutronView, victim: VictimPort): Tunnelled['remote'] | null {
  const { networkType: type, id } = victim.network
  if (type !== 'gre' && type !== 'vxlan') return null
  for (const port of view.db.portsOf(id)) {
    const answers =
      port.deviceOwner === 'network:router_interface' || port.deviceOwner === 'network:dhcp' || isRunningServer(world, port.id)
    if (!answers || port.hostId === '' || port.hostId === victim.port.hostId || port.status !== 'ACTIVE') continue
    const end = parseIpv4(String(view.configuration(port.hostId, 'tunneling_ip') ?? ''))
    const address = port.fixedIps[0]?.address
    if (end !== null && address !== undefined) return { host: port.hostId, end, address: formatIpv4(address), mac: formatMac(port.mac) }
  }
  return null
}

function isRunningServer(world: FaultWorld, portId: string): boolean {
  return world.victims().some(({ port }) => port.id === portId)
}

/** The card that has the tunnels' address. */
function cardOf({ view, victim }: Tunnelled): NetDevice | null {
  const own = parseIpv4(String(view.configuration(victim.port.hostId, 'tunneling_ip') ?? ''))
  const { devices } = victim.node.machine.kernel.initNetns
  return devices.find(({ addresses }) => addresses.some(({ local }) => local === own)) ?? null
}

/** The hosts still see each other, and the server its own host's devices. */
function lost(t: Tunnelled, mistake: Mistake): FaultPlan {
  const { victim, remote } = t
  const what = `${remote.address} on ${remote.host}`
  const control = {
    node: victim.node.name,
    line: `ping -c 2 -W 1 ${formatIpv4(remote.end)}`,
    what: `${victim.node.name} reaches ${remote.host} itself`,
  }
  return { target: victim.server.name, symptom: freshPing(victim, remote.address, what), control, ...mistake }
}

export const TUNNEL_FAULTS: readonly CatalogueFault[] = [
  {
    id: 'tun.peer-missing',
    domain: 'tunnels',
    title: 'a tunnel port is missing',
    parameter: 'SERVER',
    explain:
      'Rows that send to a port that is gone send nowhere. Servers of one host still see each other; the other host is out of reach.',
    plan: planFor(tunnelled, (t, world) => {
      const port = tunnelPortTo(t.victim.node, t.type, t.remote.end)
      if (port === null) return `${t.victim.node.name} has no tunnel to ${t.remote.host}`
      const node = t.victim.node.name
      return lost(t, {
        breaks: [{ node, line: `ovs-vsctl del-port ${BR_TUN} ${port.name}` }],
        place: { node, netns: '', object: port.name },
        look: { node, line: 'ovs-vsctl show' },
        fix:
          world.view?.configuration(t.victim.port.hostId, 'l2_population') === true
            ? bothAgents(world, t)
            : [{ node, line: world.restart('openvswitch') }],
      })
    }),
  },
  {
    id: 'vlan.row-wrong',
    domain: 'tunnels',
    title: 'frames out of the tunnel get the wrong VLAN',
    parameter: 'SERVER',
    explain:
      'The row that turns the tunnel key into the local VLAN names another one: questions leave, and answers come out in a VLAN where nobody is.',
    plan: planFor(tunnelled, (t, world) => {
      const { tables } = t.view.profile.l2
      const table = t.type === 'gre' ? tables.greTunToLv : tables.vxlanTunToLv
      const onwards = world.isDvr && tables.dvrNotLearn !== null ? tables.dvrNotLearn : tables.learnFromTun
      const node = t.victim.node.name
      const match = `table=${table},tun_id=${t.victim.network.segmentationId}`
      const row = (vlan: number): string => `ovs-ofctl mod-flows ${BR_TUN} "${match},actions=mod_vlan_vid:${vlan},resubmit(,${onwards})"`
      return lost(t, {
        breaks: [{ node, line: row(t.vlan + 30) }],
        place: { node, netns: '', object: BR_TUN },
        look: { node, line: `ovs-ofctl dump-flows ${BR_TUN} ${match}` },
        fix: [{ node, line: row(t.vlan) }],
      })
    }),
  },
  {
    id: 'tun.key-wrong',
    domain: 'tunnels',
    title: 'broadcasts leave with the wrong tunnel key',
    parameter: 'SERVER',
    explain:
      "The other host knows the key as no network's or another one's: ARP questions get lost there. Neighbours known before work on for a while.",
    plan: planFor(tunnelled, (t) => {
      if (t.view.configuration(t.victim.port.hostId, 'arp_responder_enabled') === true)
        return 'ARP is answered on the host itself here: no broadcast leaves'
      const node = t.victim.node.name
      const match = `table=${t.view.profile.l2.tables.floodToTun},dl_vlan=${t.vlan}`
      const flood = t.victim.node.flows(BR_TUN, match)[0]
      if (flood === undefined) return 'nothing is flooded there'
      const outputs = outputsOf(t.victim.node.actions(BR_TUN, flood)).map((port) => `output:${port}`)
      const row = (key: number): string =>
        `ovs-ofctl mod-flows ${BR_TUN} "${match},actions=strip_vlan,set_tunnel:${key},${outputs.join(',')}"`
      const key = t.victim.network.segmentationId ?? 0
      return lost(t, {
        breaks: [{ node, line: row(key + 500) }],
        place: { node, netns: '', object: BR_TUN },
        look: { node, line: `ovs-ofctl dump-flows ${BR_TUN} ${match}` },
        fix: [{ node, line: row(key) }],
      })
    }),
  },
  {
    id: 'l2pop.hole',
    domain: 'tunnels',
    title: 'a host no longer knows where another host is',
    parameter: 'SERVER',
    explain:
      'Neither the row for the MAC nor the flood row leads to the other host: what the server sends there ends in the drop at the end of the flood table.',
    plan: planFor(tunnelled, (t, world) => {
      if (t.view.configuration(t.victim.port.hostId, 'l2_population') !== true) return 'this cloud learns by flooding, without l2population'
      const { tables } = t.view.profile.l2
      const node = t.victim.node.name
      // What was learned from answers goes by the MAC alone.
      const [known, flood] = [`table=${tables.ucastToTun},dl_dst=${t.remote.mac}`, `table=${tables.floodToTun},dl_vlan=${t.vlan}`]
      return lost(t, {
        breaks: [known, flood].map((match) => ({ node, line: `ovs-ofctl del-flows ${BR_TUN} "${match}"` })),
        place: { node, netns: '', object: BR_TUN },
        look: { node, line: `ovs-ofctl dump-flows ${BR_TUN} ${flood}` },
        fix: bothAgents(world, t),
      })
    }),
  },
  {
    id: 'arp-responder.wrong-mac',
    domain: 'tunnels',
    title: 'the switch answers ARP with an old MAC',
    parameter: 'SERVER',
    explain:
      'With the ARP responder br-tun answers in the name of ports on other hosts. A row with the MAC of a port that is gone leads every frame into nowhere.',
    plan: planFor(tunnelled, (t) => {
      const { arpResponder } = t.view.profile.l2.tables
      if (arpResponder === null || t.view.configuration(t.victim.port.hostId, 'arp_responder_enabled') !== true)
        return 'no ARP responder works here'
      const node = t.victim.node.name
      const match = `table=${arpResponder},arp,dl_vlan=${t.vlan},arp_tpa=${t.remote.address}`
      const head = 'load:0x2->NXM_OF_ARP_OP[],move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[]'
      const row = (mac: string): string =>
        `ovs-ofctl mod-flows ${BR_TUN} "${match},actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],mod_dl_src:${mac},${head},load:0x${mac.replaceAll(':', '')}->NXM_NX_ARP_SHA[],load:0x${(parseIpv4(t.remote.address)! >>> 0).toString(16)}->NXM_OF_ARP_SPA[],IN_PORT"`
      return lost(t, {
        breaks: [{ node, line: row('fa:16:3e:00:de:ad') }],
        place: { node, netns: '', object: BR_TUN },
        look: { node: t.victim.guest.name, line: `ip neigh show ${t.remote.address} dev ${deviceOf(t.victim)}` },
        fix: [{ node, line: row(t.remote.mac) }],
      })
    }),
  },
  {
    id: 'learn.stale',
    domain: 'tunnels',
    title: 'a row sends frames to the host where a port once was',
    parameter: 'SERVER',
    explain:
      'Somebody made a learned row permanent, as a remedy for flooding. The port has moved since, and the row still names the old tunnel: one MAC is out of reach from this host alone.',
    plan: planFor(tunnelled, (t) => {
      const { node } = t.victim
      const right = tunnelPortTo(node, t.type, t.remote.end)
      const wrong = node.bridge(BR_TUN)?.portList.find((port) => port.kind === t.type && port !== right)
      if (right === null || wrong === undefined) return `${node.name} has tunnels to one host alone`
      const match = `table=${t.view.profile.l2.tables.ucastToTun},dl_vlan=${t.vlan},dl_dst=${t.remote.mac}`
      const actions = `strip_vlan,set_tunnel:${t.victim.network.segmentationId},output:${wrong.ofport}`
      return lost(t, {
        breaks: [{ node: node.name, line: `ovs-ofctl add-flow ${BR_TUN} "${match},priority=9,actions=${actions}"` }],
        place: { node: node.name, netns: '', object: BR_TUN },
        look: { node: node.name, line: `ovs-ofctl dump-flows ${BR_TUN} ${match}` },
        fix: [{ node: node.name, line: `ovs-ofctl --strict del-flows ${BR_TUN} "${match},priority=9"` }],
      })
    }),
  },
  {
    id: 'dvr.mac-flows',
    domain: 'tunnels',
    title: "what other hosts' routers send is not delivered",
    parameter: 'SERVER',
    explain:
      "A distributed router's frames cross with the sending host's own MAC and come to table 1 of br-int, where a row per port gives them the router's MAC back. Without the row the table ends in a drop: whoever has no floating IP does not reach the snat namespace.",
    plan: (world, name) => {
      const { view } = world
      if (view === null || !world.isDvr) return 'the routers here are not distributed'
      const outside = world.outsider()
      if (outside === null) return 'nobody stands outside of this cloud'
      const victim = world.server(name, (one) => {
        const router = world.routerOf(one)
        return (
          router?.host != null &&
          router.host !== one.port.hostId &&
          router.gateway !== null &&
          view.db.floatingIpsOf(one.port.id).length === 0
        )
      })
      if (typeof victim === 'string') return victim
      const router = world.routerOf(victim)!
      const at = view.host(router.host!)
      const snat = view.db.portsOfDevice(router.id, OWNER.centralizedSnat).find(({ networkId }) => networkId === victim.port.networkId)
      if (at === null || snat === undefined) return 'the router has no snat namespace'
      const match = `table=1,dl_dst=${formatMac(snat.mac)}`
      return {
        target: victim.server.name,
        breaks: [{ node: at.name, line: `ovs-ofctl del-flows br-int "${match}"` }],
        symptom: ping(victim.guest.name, outside.address, `${outside.address} outside`),
        control: freshPing(victim, world.gatewayOf(victim) ?? victim.address, 'its gateway'),
        place: { node: at.name, netns: '', object: 'br-int' },
        look: { node: at.name, line: 'ovs-ofctl dump-flows br-int table=1' },
        fix: [{ node: at.name, line: world.restart('openvswitch') }],
      }
    },
  },
  {
    id: 'mtu.underlay',
    domain: 'tunnels',
    title: 'the card below the tunnels takes shorter frames than they need',
    parameter: 'SERVER',
    explain:
      "A tunnel's headers come on top of the server's frame: small packets pass, full ones do not fit and must not be cut into pieces.",
    plan: planFor(tunnelled, (t) => {
      const card = cardOf(t)
      if (card === null) return 'the tunnels have no card of their own here'
      const node = t.victim.node.name
      const size = t.victim.network.mtu - 28
      const plan = lost(t, {
        breaks: [{ node, line: `ip link set ${card.name} mtu ${t.victim.network.mtu}` }],
        place: { node, netns: '', object: card.name },
        look: { node, line: `ip link show ${card.name}` },
        // Who was told of the short way remembers it for ten minutes.
        fix: [
          { node, line: `ip link set ${card.name} mtu ${card.mtu}; ip route flush cache` },
          { node: t.victim.guest.name, line: 'ip route flush cache' },
        ],
      })
      if (card.mtu <= t.victim.network.mtu) return 'the networks of this cloud have no MTU of their own: full packets never fit'
      const big = {
        node: t.victim.guest.name,
        line: `ping -c 2 -W 1 -M do -s ${size} ${t.remote.address}`,
        what: `full packets of ${t.victim.server.name} reach ${t.remote.address}`,
      }
      return t.victim.guest.image.family === 'cirros'
        ? 'ping of the server cannot set DF'
        : { ...plan, symptom: big, control: freshPing(t.victim, t.remote.address, t.remote.address) }
    }),
  },
  {
    id: 'link.down',
    domain: 'hosts',
    title: 'the card that carries the tunnels is down',
    parameter: 'SERVER',
    explain: 'Tunnels are packets of the host: without the card that has their address there are none.',
    plan: planFor(tunnelled, (t) => {
      const card = cardOf(t)
      if (card === null) return 'the tunnels have no card of their own here'
      const node = t.victim.node.name
      const plan = lost(t, deviceDown(new Prompt(node), card.name))
      return { ...plan, control: { node, line: 'ovs-vsctl br-exists br-tun', what: `${node} has its br-tun` } }
    }),
  },
]

/** What l2population knows is told when an agent's first ports come: on both ends. */
function bothAgents(world: FaultWorld, t: Tunnelled): FaultPlan['fix'] {
  const other = t.view.host(t.remote.host)
  return [t.victim.node.name, ...(other === null ? [] : [other.name])].map((node) => ({ node, line: world.restart('openvswitch') }))
}
