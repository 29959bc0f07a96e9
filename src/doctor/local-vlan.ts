// Which tag a network has on a node. Only the agent knows for sure; what it wrote speaks for it, and one voice that differs is outvoted.
import { BR_INT, BR_TUN } from '../cloud/neutron/names.js'
import type { Network } from '../cloud/neutron/objects.js'
import type { Flow } from '../ovs/flow.js'
import { textContext } from '../ovs/flow-text-error.js'
import { formatMatch } from '../ovs/match-text.js'
import { tunnelKeySet, vlanSet } from './flow-words.js'
import type { NeutronView } from './neutron-view.js'
import type { NodeView } from './node-view.js'

const DEAD_VLAN = 4095

/** null: nothing on the node speaks of the network. */
export function localVlan(view: NeutronView, node: NodeView, host: string, network: Network): number | null {
  return view.remembered(`vlan ${host} ${network.id}`, () => mostVotes(view, node, host, network))
}

function mostVotes(view: NeutronView, node: NodeView, host: string, network: Network): number | null {
  const votes = new Map<number, number>()
  for (const vlan of [...portTags(view, node, host, network), ...rowsOf(view, node, host, network)]) {
    if (vlan > 0 && vlan < DEAD_VLAN) votes.set(vlan, (votes.get(vlan) ?? 0) + 1)
  }
  let best: number | null = null
  for (const [vlan, count] of votes) if (best === null || count > votes.get(best)!) best = vlan
  return best
}

function portTags(view: NeutronView, node: NodeView, host: string, network: Network): number[] {
  return view.portsOn(host, network.id).flatMap((port) => node.port(BR_INT, view.deviceOf(port)!)?.vlan.tag ?? [])
}

/** Rows count before ports: there is one of a kind, and they do not come and go with a server. */
function rowsOf(view: NeutronView, node: NodeView, host: string, network: Network): number[] {
  const { networkType: type, segmentationId: segment } = network
  if (type === 'gre' || type === 'vxlan') {
    const { tables } = view.profile.l2
    const into = node.flows(BR_TUN, `table=${type === 'gre' ? tables.greTunToLv : tables.vxlanTunToLv},tun_id=${segment}`)
    const out = node.flows(BR_TUN, `table=${tables.floodToTun}`).filter((flow) => tunnelKeySet(node.actions(BR_TUN, flow)) === segment)
    return [
      ...into.flatMap((flow) => vlanSet(node.actions(BR_TUN, flow)) ?? []),
      ...out.flatMap((flow) => vlanMatched(node, BR_TUN, flow) ?? []),
    ]
  }
  const link = providerLink(view, node, host, network)
  if (link === null) return []
  const into = link.into.flatMap((flow) => vlanSet(node.actions(BR_INT, flow)) ?? [])
  const out = link.out.flatMap((flow) => vlanMatched(node, link.bridge, flow) ?? [])
  return [...into, ...out]
}

export interface ProviderLink {
  readonly bridge: string
  readonly intDevice: string
  readonly physDevice: string
  /** Rows of br-int that give the network its tag. */
  readonly into: readonly Flow[]
  /** Rows of the bridge that give it its segment. */
  readonly out: readonly Flow[]
}

/** null: the network is none of a provider's, or the node has no bridge for it. */
export function providerLink(view: NeutronView, node: NodeView, host: string, network: Network): ProviderLink | null {
  const { networkType: type, segmentationId: segment, physicalNetwork } = network
  if ((type !== 'flat' && type !== 'vlan') || physicalNetwork === null) return null
  const mappings = view.configuration(host, 'bridge_mappings') as Readonly<Record<string, string>> | undefined
  const bridge = mappings?.[physicalNetwork]
  if (bridge === undefined) return null
  const [intDevice, physDevice] = [`int-${bridge}`, `phy-${bridge}`]
  const intPort = node.port(BR_INT, intDevice)?.ofport
  const physPort = node.port(bridge, physDevice)?.ofport
  const match = type === 'flat' ? 'vlan_tci=0x0000/0x1fff' : `dl_vlan=${segment}`
  const wanted = (flow: Flow): boolean => {
    const set = vlanSet(node.actions(bridge, flow))
    return type === 'flat' ? set === 0 : set === segment
  }
  return {
    bridge,
    intDevice,
    physDevice,
    into: intPort === undefined ? [] : node.flows(BR_INT, `table=0,in_port=${intPort},${match}`),
    out:
      physPort === undefined
        ? []
        : node
            .flows(bridge, `in_port=${physPort}`)
            .concat(dvrRows(view, node, bridge))
            .filter(wanted),
  }
}

/** With DVR the rows that translate stand in a table of their own. */
function dvrRows(view: NeutronView, node: NodeView, bridge: string): Flow[] {
  return view.cloud.mode === 'dvr' ? node.flows(bridge, 'table=2') : []
}

export function vlanMatched(node: NodeView, bridge: string, flow: Flow): number | null {
  const text = formatMatch(flow.match, textContext(node.bridge(bridge)!.vswitch.version))
  const found = /\bdl_vlan=(\d+)/.exec(text)
  return found === null ? null : Number(found[1])
}

/** Of a row that leads to one MAC in one VLAN; learned rows match the VLAN without the bit that says "tagged". */
export function addressedTo(node: NodeView, flow: Flow): { readonly mac: string | null; readonly vlan: number | null } {
  const text = formatMatch(flow.match, textContext(node.bridge(BR_TUN)?.vswitch.version ?? '3.1.0'))
  const vlan = /\bdl_vlan=(\d+)/.exec(text)?.[1] ?? /\bvlan_tci=(0x[0-9a-f]+)/.exec(text)?.[1]
  return { mac: /\bdl_dst=([0-9a-f:]{17})(?!\/)/.exec(text)?.[1] ?? null, vlan: vlan === undefined ? null : Number(vlan) & 0xfff }
}
