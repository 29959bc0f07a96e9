// What is there and should not be any more: namespaces of objects that are gone or live elsewhere, floating IPs served on a host that does not
// have their server. Two hosts that answer for one address are worse than none.
import { formatIpv4 } from '../../addr/ipv4.js'
import { DHCP_AGENT, L3_AGENT, ownerOfNetns } from '../../cloud/neutron/names.js'
import { TABLE_MAIN } from '../../kernel/route-entry.js'
import { hostOfFloating, hostsOfRouter, isServedOn } from '../dvr-hosts.js'
import type { Checklist, ObjectRef } from '../item.js'
import { floatingRef, type NeutronView, networkRef, routerRef } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'

interface Verdict {
  readonly objects: readonly ObjectRef[]
  /** null: it belongs here. */
  readonly found: string | null
}

export function examineLeftovers(view: NeutronView, list: Checklist): void {
  for (const node of view.nodes.values()) {
    if (node.machine.parent !== null) continue
    for (const name of node.machine.netnsNames.keys()) {
      const verdict = view.profile.l3.deletesNamespaces ? verdictOn(view, node, name) : null
      if (verdict !== null) {
        const agent = name.startsWith('qdhcp-') ? DHCP_AGENT : L3_AGENT
        list.add(view.spot(node, agent, verdict.objects), {
          wanted: `${name} belongs to an object that lives here`,
          found: verdict.found,
          place: name,
          command: 'ip netns',
        })
      }
      if (name.startsWith('fip-')) examineRoutes(view, node, name, list)
    }
  }
}

/** null: no namespace of a cloud's. */
function verdictOn(view: NeutronView, node: NodeView, name: string): Verdict | null {
  const { kind, id } = ownerOfNetns(name)
  const { hostname } = node.machine
  switch (kind) {
    case 'qrouter':
    case 'snat': {
      const router = view.db.routers.get(id)
      if (router === undefined) return { objects: [], found: 'the API has no such router' }
      const hosts = kind === 'snat' || !router.distributed ? [router.host] : hostsOfRouter(view, router)
      return {
        objects: [routerRef(router)],
        found: hosts.includes(hostname) ? null : `the router lives on ${hosts.join(', ') || 'no host'}`,
      }
    }
    case 'qdhcp':
    case 'fip': {
      const network = view.db.networks.get(id)
      return {
        objects: network === undefined ? [] : [networkRef(network)],
        found: network === undefined ? 'the API has no such network' : null,
      }
    }
    default:
      return null
  }
}

/** Routes to floating IPs, which proxy_arp answers for. */
function examineRoutes(view: NeutronView, node: NodeView, netns: string, list: Checklist): void {
  const rows = new Map([...view.db.floatingIps.values()].map((row) => [row.address, row]))
  for (const route of node.routes(netns, TABLE_MAIN)) {
    if (route.length !== 32 || route.nexthops[0]?.via == null) continue
    const row = rows.get(route.dst)
    const place = row === undefined ? null : hostOfFloating(view, row)
    const isHere = row !== undefined && isServedOn(view, node, row)
    const text = formatIpv4(route.dst)
    list.add(
      { ...view.spot(node, L3_AGENT, row === undefined ? [] : [floatingRef(row)]), netns },
      {
        wanted: `${text} is served on the host of its server`,
        found: isHere
          ? null
          : place === null
            ? "it is nobody's, and this host answers for it"
            : `its server is on ${place.host}, and this host answers for it, too`,
        place: 'main',
        command: `ip route show ${text}`,
      },
    )
  }
}
