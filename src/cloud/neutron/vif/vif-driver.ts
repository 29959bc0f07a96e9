// How a server's NIC gets onto br-int: nova's own driver until Mitaka, os-vif later. With the iptables firewall through a Linux bridge of
// the NIC's own (qbr), whose other end (qvb, qvo) is a port of br-int; else libvirt puts the tap on br-int.

import { formatMac } from '../../../addr/mac.js'
import type { Agent, RunOptions } from '../../agent.js'
import type { GuestNic } from '../../nova/hypervisor.js'
import { deviceName } from '../objects.js'
import type { Vif } from '../rpc.js'

const BR_INT = 'br-int'

export interface VifDriver {
  plug(vif: Vif, serverId: string): Promise<void>
  unplug(vif: Vif): Promise<void>
}

/** What libvirt is told of the NIC. */
export function guestNicOf(vif: Vif): GuestNic {
  const tap = deviceName('tap', vif.portId)
  const { mac, mtu } = vif
  return vif.hybrid
    ? { tap, mac, mtu, bridge: deviceName('qbr', vif.portId), ovsPort: null }
    : { tap, mac, mtu, bridge: BR_INT, ovsPort: vif.portId }
}

function devicesOf({ portId }: Vif): { readonly qbr: string; readonly qvb: string; readonly qvo: string } {
  return { qbr: deviceName('qbr', portId), qvb: deviceName('qvb', portId), qvo: deviceName('qvo', portId) }
}

function externalIds({ portId, mac }: Vif, serverId: string): string[] {
  return [`iface-id=${portId}`, 'iface-status=active', `attached-mac=${formatMac(mac)}`, `vm-uuid=${serverId}`].map(
    (id) => `external-ids:${id}`,
  )
}

/** As nova does, without a command. */
function exists(agent: Agent, device: string): boolean {
  return agent.machine.files.exists(`/sys/class/net/${device}`)
}

export class NovaVifDriver implements VifDriver {
  constructor(private readonly agent: Agent) {}

  async plug(vif: Vif, serverId: string): Promise<void> {
    if (!vif.hybrid) return
    const { agent } = this
    const { qbr, qvb, qvo } = devicesOf(vif)
    if (!exists(agent, qbr)) {
      await agent.run(['brctl', 'addbr', qbr])
      await agent.run(['brctl', 'setfd', qbr, '0'])
      await agent.run(['brctl', 'stp', qbr, 'off'])
      await agent.run(['tee', `/sys/class/net/${qbr}/bridge/multicast_snooping`], { stdin: '0', mayFail: true })
    }
    if (exists(agent, qvo)) return
    await agent.run(['ip', 'link', 'add', qvb, 'type', 'veth', 'peer', 'name', qvo])
    for (const device of [qvb, qvo]) {
      await agent.run(['ip', 'link', 'set', device, 'up'])
      await agent.run(['ip', 'link', 'set', device, 'promisc', 'on'])
    }
    await agent.run(['ip', 'link', 'set', qbr, 'up'])
    await agent.run(['brctl', 'addif', qbr, qvb])
    const port = ['--', '--if-exists', 'del-port', qvo, '--', 'add-port', BR_INT, qvo]
    await agent.run(['ovs-vsctl', '--timeout=120', ...port, '--', 'set', 'Interface', qvo, ...externalIds(vif, serverId)])
  }

  async unplug(vif: Vif): Promise<void> {
    if (!vif.hybrid) return
    const { agent } = this
    const { qbr, qvb, qvo } = devicesOf(vif)
    if (exists(agent, qbr)) {
      await agent.run(['brctl', 'delif', qbr, qvb])
      await agent.run(['ip', 'link', 'set', qbr, 'down'])
      await agent.run(['brctl', 'delbr', qbr])
    }
    await agent.run(['ovs-vsctl', '--timeout=120', '--', '--if-exists', 'del-port', BR_INT, qvo])
    if (exists(agent, qvo)) await agent.run(['ip', 'link', 'delete', qvo])
  }
}

const NETLINK: RunOptions = { standsFor: 'os-vif over netlink' }
const KERNEL_FILE: RunOptions = { standsFor: 'os-vif writes to /proc or /sys', mayFail: true }
const OVSDB: RunOptions = { standsFor: 'os-vif over OVSDB' }

export class OsVifDriver implements VifDriver {
  constructor(private readonly agent: Agent) {}

  async plug(vif: Vif, serverId: string): Promise<void> {
    const { agent } = this
    if (!vif.hybrid) return this.ensureBrInt()
    const { qbr, qvb, qvo } = devicesOf(vif)
    await this.ensureBridge(qbr)
    if (exists(agent, qvo)) {
      for (const device of [qvb, qvo]) await agent.run(['ip', 'link', 'set', device, 'mtu', String(vif.mtu)], NETLINK)
      return
    }
    await agent.run(['ip', 'link', 'add', qvb, 'type', 'veth', 'peer', 'name', qvo], NETLINK)
    for (const device of [qvb, qvo]) {
      await agent.run(['ip', 'link', 'set', device, 'up'], NETLINK)
      await agent.run(['ip', 'link', 'set', device, 'promisc', 'on'], NETLINK)
      await agent.run(['ip', 'link', 'set', device, 'mtu', String(vif.mtu)], NETLINK)
    }
    await agent.run(['ip', 'link', 'set', qvb, 'master', qbr], NETLINK)
    await this.ensureBrInt()
    const port = ['--', '--may-exist', 'add-port', BR_INT, qvo]
    await agent.run(['ovs-vsctl', '--timeout=120', ...port, '--', 'set', 'Interface', qvo, ...externalIds(vif, serverId)], OVSDB)
    await agent.run(['ip', 'link', 'set', qvo, 'mtu', String(vif.mtu)], NETLINK)
  }

  async unplug(vif: Vif): Promise<void> {
    const { agent } = this
    const { qbr, qvb, qvo } = devicesOf(vif)
    if (vif.hybrid && exists(agent, qbr)) {
      await agent.run(['ip', 'link', 'delete', qbr], NETLINK)
      if (exists(agent, qvb)) await agent.run(['ip', 'link', 'set', qvb, 'down'], NETLINK)
    }
    const port = vif.hybrid ? qvo : deviceName('tap', vif.portId)
    await agent.run(['ovs-vsctl', '--timeout=120', '--', '--if-exists', 'del-port', BR_INT, port], OVSDB)
    if (exists(agent, port)) await agent.run(['ip', 'link', 'delete', port], NETLINK)
  }

  /** Without ageing, addresses or answers of its own: it only carries frames. */
  private async ensureBridge(qbr: string): Promise<void> {
    const { agent } = this
    if (!exists(agent, qbr)) {
      await agent.run(['ip', 'link', 'add', qbr, 'type', 'bridge'], NETLINK)
      await agent.run(['brctl', 'setageing', qbr, '0'], NETLINK)
    }
    await agent.run(['tee', `/proc/sys/net/ipv6/conf/${qbr}/disable_ipv6`], { ...KERNEL_FILE, stdin: '1' })
    await agent.run(['tee', `/proc/sys/net/ipv4/conf/${qbr}/arp_ignore`], { ...KERNEL_FILE, stdin: '1' })
    await agent.run(['tee', `/proc/sys/net/ipv4/conf/${qbr}/arp_announce`], { ...KERNEL_FILE, stdin: '2' })
    await agent.run(['ip', 'link', 'set', qbr, 'up'], NETLINK)
  }

  private async ensureBrInt(): Promise<void> {
    await this.agent.run(
      ['ovs-vsctl', '--timeout=120', '--', '--may-exist', 'add-br', BR_INT, '--', 'set', 'Bridge', BR_INT, 'datapath_type=system'],
      OVSDB,
    )
  }
}
