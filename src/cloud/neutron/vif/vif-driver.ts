// How a server's NIC gets onto br-int: nova's own driver until Mitaka, os-vif later. With the iptables firewall through a Linux bridge of
// the NIC's own (qbr), whose other end (qvb, qvo) is a port of br-int; else libvirt puts the tap on br-int.

import { formatMac } from '../../../addr/mac.js'
import type { Agent, RunOptions } from '../../agent.js'
import type { GuestNic } from '../../nova/hypervisor.js'
import { BR_INT, deviceName } from '../names.js'
import type { Vif } from '../rpc.js'

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

const ENSURE_BR_INT = ['--', '--may-exist', 'add-br', BR_INT, '--', 'set', 'Bridge', BR_INT, 'datapath_type=system']

/** Calls one after the other; what they ask of the kernel is logged as the commands that would. */
export class OsVifDriver implements VifDriver {
  constructor(private readonly agent: Agent) {}

  async plug(vif: Vif, serverId: string): Promise<void> {
    const { agent } = this
    if (!vif.hybrid) {
      await agent.run(['ovs-vsctl', '--timeout=120', ...ENSURE_BR_INT], OVSDB)
      return
    }
    const { qbr, qvb, qvo } = devicesOf(vif)
    await this.ensureBridge(qbr)
    if (exists(agent, qvo)) return this.netlink([`link set ${qvb} mtu ${vif.mtu}`, `link set ${qvo} mtu ${vif.mtu}`])
    const ends = [qvb, qvo].flatMap((device) => ['up', 'promisc on', `mtu ${vif.mtu}`].map((words) => `link set ${device} ${words}`))
    await this.netlink([`link add ${qvb} type veth peer name ${qvo}`, ...ends, `link set ${qvb} master ${qbr}`])
    const port = ['--', '--may-exist', 'add-port', BR_INT, qvo, '--', 'set', 'Interface', qvo, ...externalIds(vif, serverId)]
    await agent.run(['ovs-vsctl', '--timeout=120', ...ENSURE_BR_INT, ...port], OVSDB)
  }

  async unplug(vif: Vif): Promise<void> {
    const { agent } = this
    const { qbr, qvb, qvo } = devicesOf(vif)
    if (vif.hybrid && exists(agent, qbr)) {
      await this.netlink([`link delete ${qbr}`, ...(exists(agent, qvb) ? [`link set ${qvb} down`] : [])])
    }
    const port = vif.hybrid ? qvo : deviceName('tap', vif.portId)
    await agent.run(['ovs-vsctl', '--timeout=120', '--', '--if-exists', 'del-port', BR_INT, port], OVSDB)
    if (exists(agent, port)) await this.netlink([`link delete ${port}`])
  }

  /** Without ageing, addresses or answers of its own: it only carries frames. */
  private async ensureBridge(qbr: string): Promise<void> {
    const { agent } = this
    if (!exists(agent, qbr)) {
      await this.netlink([`link add ${qbr} type bridge`])
      await agent.run(['brctl', 'setageing', qbr, '0'], NETLINK)
    }
    const keys = [`net.ipv6.conf.${qbr}.disable_ipv6=1`, `net.ipv4.conf.${qbr}.arp_ignore=1`, `net.ipv4.conf.${qbr}.arp_announce=2`]
    await agent.run(['sysctl', '-qw', ...keys], KERNEL_FILE)
    await this.netlink([`link set ${qbr} up`])
  }

  private async netlink(calls: readonly string[]): Promise<void> {
    if (calls.length === 1) await this.agent.run(['ip', ...calls[0]!.split(' ')], NETLINK)
    else await this.agent.run(['ip', '-batch', '-'], { ...NETLINK, stdin: calls.map((call) => `${call}\n`).join('') })
  }
}
