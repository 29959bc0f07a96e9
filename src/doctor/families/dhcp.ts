// DHCP of each network: the namespace, the agent's port in it, dnsmasq and what it knows of every port.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { DHCP_AGENT, deviceName, dhcpNetns } from '../../cloud/neutron/names.js'
import type { Network, Port } from '../../cloud/neutron/objects.js'
import { OWNER } from '../../cloud/neutron/objects.js'
import { expectNetns } from '../expect.js'
import type { Checklist, Spot } from '../item.js'
import { type NeutronView, networkRef } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'
import { examineAgentPort } from './agent-port.js'

export function examineDhcp(view: NeutronView, list: Checklist): void {
  for (const network of view.db.networks.values()) {
    const served = view.db.subnetsOf(network.id).filter(({ enableDhcp }) => enableDhcp)
    const ports = view.portsOfNetwork(network.id).filter(({ deviceOwner }) => deviceOwner === OWNER.dhcp)
    if (served.length === 0) continue
    for (const port of ports) {
      const node = view.host(port.hostId)
      if (node !== null) examineServer(view, node, network, port, list)
    }
  }
}

function examineServer(view: NeutronView, node: NodeView, network: Network, port: Port, list: Checklist): void {
  const netns = dhcpNetns(network.id)
  const objects = [networkRef(network), ...view.objectsOf(port)]
  const outside = view.spot(node, DHCP_AGENT, objects)
  const spot = expectNetns(node, outside, netns, list)
  if (spot === null) return
  const tap = deviceName('tap', port.id)
  examineAgentPort(view, node, port, { spot, device: tap }, list)
  const [dnsmasq] = node.processes(netns, 'dnsmasq', network.id)
  list.add(outside, {
    wanted: `dnsmasq serves network ${network.name}`,
    found: dnsmasq === undefined ? 'no process' : null,
    place: 'dnsmasq',
    command: `pgrep -af dnsmasq.*${network.id.slice(0, 11)}`,
  })
  examineHosts(view, node, network, outside, list)
}

function examineHosts(view: NeutronView, node: NodeView, network: Network, spot: Spot, list: Checklist): void {
  const path = `/var/lib/neutron/dhcp/${network.id}/host`
  const lines = (node.file(path) ?? '').split('\n')
  const subnets = new Map(view.db.subnetsOf(network.id).map((subnet) => [subnet.id, subnet]))
  for (const port of view.portsOfNetwork(network.id)) {
    for (const { address, subnetId } of port.fixedIps) {
      if (subnets.get(subnetId)?.enableDhcp !== true) continue
      const [mac, text] = [formatMac(port.mac), formatIpv4(address)]
      const line = lines.find((one) => one.startsWith(`${mac},`) && one.split(',').includes(text))
      const other = lines.find((one) => one.startsWith(`${mac},`) || one.split(',').includes(text))
      list.add(
        { ...spot, objects: [...view.objectsOf(port), networkRef(network)] },
        {
          wanted: `dnsmasq knows ${mac} as ${text}`,
          found: line !== undefined ? null : other === undefined ? 'no line in its hosts file' : `its line says ${other}`,
          place: path,
          command: `grep ${mac} ${path}`,
        },
      )
    }
  }
}
