// Each NIC of a server: tap, its bridge, the pair to br-int, the tag, the guest behind it.

import { formatIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { BR_INT, deviceName, L2_AGENT } from '../../cloud/neutron/names.js'
import type { Port } from '../../cloud/neutron/objects.js'
import { hypervisorOn } from '../../cloud/nova/hypervisor.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { Checklist, Spot } from '../item.js'
import { localVlan } from '../local-vlan.js'
import { COMPUTE, type NeutronView } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'

export function examineServerPorts(view: NeutronView, list: Checklist): void {
  for (const port of view.serverPorts()) {
    const node = view.host(port.hostId)
    if (node === null) continue
    const nova = view.spot(node, COMPUTE, view.objectsOf(port))
    if (view.serverOf(port)?.status === 'ACTIVE') examineTap(view, node, port, nova, list)
    examineBridge(view, node, port, nova, list)
    examineSwitchPort(view, node, port, list)
    examineGuest(view, node, port, list)
  }
}

function examineTap(view: NeutronView, node: NodeView, port: Port, spot: Spot, list: Checklist): void {
  const tap = deviceName('tap', port.id)
  const qbr = deviceName('qbr', port.id)
  const dev = node.device('', tap)
  const show = `ip link show ${tap}`
  list.add(spot, { wanted: `${tap} is up`, found: upness(dev), place: tap, command: show })
  if (dev === null) return
  list.add(spot, { wanted: `${tap} is a port of ${qbr}`, found: masterOf(dev, qbr), place: tap, command: `brctl show ${qbr}` })
  list.add(spot, mtuOf(view, port, dev))
}

function examineBridge(view: NeutronView, node: NodeView, port: Port, spot: Spot, list: Checklist): void {
  const [qbr, qvb, qvo] = [deviceName('qbr', port.id), deviceName('qvb', port.id), deviceName('qvo', port.id)]
  list.add(spot, { wanted: `bridge ${qbr} is up`, found: upness(node.linuxBridge(qbr)), place: qbr, command: `ip link show ${qbr}` })
  const [inner, outer] = [node.device('', qvb), node.device('', qvo)]
  for (const [name, dev] of [
    [qvb, inner],
    [qvo, outer],
  ] as const) {
    list.add(spot, { wanted: `${name} is up`, found: upness(dev), place: name, command: `ip link show ${name}` })
    if (dev !== null) list.add(spot, mtuOf(view, port, dev))
  }
  if (inner === null) return
  list.add(spot, { wanted: `${qvb} is a port of ${qbr}`, found: masterOf(inner, qbr), place: qvb, command: `brctl show ${qbr}` })
  const peer = inner.linkPeer
  const found = peer === outer && peer !== null ? null : `its other end is ${peer?.name ?? 'gone'}`
  list.add(spot, { wanted: `${qvb} and ${qvo} are the two ends of a pair`, found, place: qvb, command: `ip -d link show ${qvb}` })
}

/** Also of ports that are not a server's: `device` is the port of br-int. */
export function examineTag(view: NeutronView, node: NodeView, port: Port, device: string, list: Checklist): void {
  const spot = view.spot(node, L2_AGENT, view.objectsOf(port))
  const network = view.db.networks.get(port.networkId)
  const onSwitch = node.port(BR_INT, device)
  if (network === undefined || onSwitch === null) return
  const vlan = localVlan(view, node, node.machine.hostname, network)
  const { tag } = onSwitch.vlan
  list.add(spot, {
    wanted:
      vlan === null
        ? `${device} has the tag of network ${network.name}`
        : `${device} has tag ${vlan}, the local VLAN of network ${network.name}`,
    found:
      !port.adminStateUp || (tag === vlan && tag !== null)
        ? null
        : tag === null
          ? 'no tag'
          : tag === 4095
            ? 'tag 4095, the dead VLAN'
            : `tag ${tag}`,
    place: device,
    command: `ovs-vsctl get Port ${device} tag`,
  })
}

function examineSwitchPort(view: NeutronView, node: NodeView, port: Port, list: Checklist): void {
  const qvo = deviceName('qvo', port.id)
  const spot = view.spot(node, COMPUTE, view.objectsOf(port))
  const found = node.port(BR_INT, qvo) === null ? 'it is not' : null
  list.add(spot, { wanted: `${qvo} is a port of ${BR_INT}`, found, place: qvo, command: `ovs-vsctl list-ports ${BR_INT}` })
  examineTag(view, node, port, qvo, list)
}

/** The guest has the address that the API gave it: its owner's work, with DHCP's help. */
function examineGuest(view: NeutronView, node: NodeView, port: Port, list: Checklist): void {
  const server = view.serverOf(port)
  const guest = server === null ? null : (hypervisorOn(node.machine)?.guests.get(server.id)?.machine ?? null)
  if (server === null || guest === null || server.status !== 'ACTIVE') return
  const dev = guest.kernel.initNetns.devices.find(({ mac }) => mac === port.mac) ?? null
  const spot: Spot = { node: guest.name, netns: '', agent: `the owner of ${server.name}`, objects: view.objectsOf(port) }
  const nic = dev?.name ?? 'a NIC'
  list.add(spot, {
    wanted: `a NIC of ${server.name} has MAC ${formatMac(port.mac)}`,
    found: dev === null ? 'none has' : null,
    place: nic,
    command: 'ip link',
  })
  if (dev === null) return
  for (const { address } of port.fixedIps) {
    const has = dev.addresses.some(({ local }) => local === address)
    const others = dev.addresses.map(({ local }) => formatIpv4(local)).join(', ')
    list.add(spot, {
      wanted: `${nic} of ${server.name} has the address ${formatIpv4(address)}`,
      found: has ? null : others === '' ? 'no address' : others,
      place: nic,
      command: `ip addr show ${nic}`,
    })
  }
}

export function upness(dev: NetDevice | null): string | null {
  return dev === null ? 'no such device' : dev.isUp ? null : 'it is down'
}

function masterOf(dev: NetDevice, wanted: string): string | null {
  return dev.master?.name === wanted ? null : dev.master === null ? 'a port of nothing' : `a port of ${dev.master.name}`
}

export function mtuOf(view: NeutronView, port: Port, dev: NetDevice) {
  const mtu = view.db.networks.get(port.networkId)?.mtu ?? 1500
  return {
    wanted: `${dev.name} has MTU ${mtu}, as the network`,
    found: dev.mtu === mtu ? null : `MTU ${dev.mtu}`,
    place: dev.name,
    command: `ip link show ${dev.name}`,
  }
}
