// What faults ask of the lab: a server to spoil, its way out, somebody outside, names of devices, tags, restarts of agents.
import { formatIpv4 } from '../addr/ipv4.js'
import { deviceName } from '../cloud/neutron/names.js'
import type { FloatingIp, Network, Port, Router } from '../cloud/neutron/objects.js'
import { OWNER } from '../cloud/neutron/objects.js'
import { hypervisorOn } from '../cloud/nova/hypervisor.js'
import type { Server } from '../cloud/nova/objects.js'
import { cloudOn, type RunningCloud } from '../cloud/registry.js'
import { hostOfFloating } from '../doctor/dvr-hosts.js'
import { localVlan } from '../doctor/local-vlan.js'
import { NeutronView } from '../doctor/neutron-view.js'
import type { NodeView } from '../doctor/node-view.js'
import type { Machine } from '../node/machine.js'
import type { Probe } from './fault.js'

/** A server with the port that the fault is about. */
export interface VictimPort {
  readonly server: Server
  readonly port: Port
  readonly network: Network
  /** Its hypervisor. */
  readonly node: NodeView
  /** Its own node. */
  readonly guest: Machine
  readonly address: string
}

export interface VictimFloating extends VictimPort {
  readonly row: FloatingIp
  readonly router: Router
  /** Where the floating IP is served. */
  readonly at: NodeView
  readonly outside: string
}

export class FaultWorld {
  readonly cloud: RunningCloud | null
  private readonly neutron: NeutronView | null

  constructor(readonly machines: readonly Machine[]) {
    this.cloud = machines.map(cloudOn).find((one) => one !== null) ?? null
    this.neutron = this.cloud === null || this.cloud.mode === 'flat-dhcp' ? null : new NeutronView(machines, this.cloud)
  }

  /** null: there is no neutron here. */
  get view(): NeutronView | null {
    return this.neutron
  }

  get isDvr(): boolean {
    return this.cloud?.mode === 'dvr'
  }

  /** Servers that run, those with a router in front of their first network. */
  victims(): VictimPort[] {
    const { view } = this
    if (view === null) return []
    return view.cloud.api.servers.flatMap((server) => this.victim(view, server) ?? [])
  }

  private victim(view: NeutronView, server: Server): VictimPort | null {
    const port = view.db.ports.get(server.nics[0]?.portId ?? '')
    const node = port === undefined ? null : view.host(port.hostId)
    const network = port === undefined ? undefined : view.db.networks.get(port.networkId)
    const guest = node === null ? null : (hypervisorOn(node.machine)?.guests.get(server.id)?.machine ?? null)
    const address = port?.fixedIps[0]?.address
    if (port === undefined || node === null || network === undefined || guest === null || address === undefined) return null
    return { server, port, network, node, guest, address: formatIpv4(address) }
  }

  /** The server that is named, or the first that fits. */
  server(name: string | null, fits: (victim: VictimPort) => boolean = () => true): VictimPort | string {
    const all = this.victims()
    if (all.length === 0) return 'no server runs here'
    if (name !== null) {
      const found = all.find(({ server, guest }) => server.name === name || guest.name === name || server.id === name)
      if (found === undefined) return `no server "${name}" runs here (${all.map(({ server }) => server.name).join(', ')})`
      return fits(found) ? found : `it does not fit ${server(found)}`
    }
    return all.find(fits) ?? 'no server here fits it'
  }

  floating(address: string | null): VictimFloating | string {
    const { view } = this
    if (view === null) return 'there is no neutron here'
    for (const row of view.db.floatingIps.values()) {
      const outside = formatIpv4(row.address)
      const victim = this.victims().find(({ port }) => port.id === row.portId)
      const router = row.routerId === null ? undefined : view.db.routers.get(row.routerId)
      if (victim === undefined || router === undefined || (address !== null && outside !== address)) continue
      const host = router.distributed ? (hostOfFloating(view, row)?.host ?? null) : router.host
      const at = host === null ? null : view.host(host)
      if (at !== null) return { ...victim, row, router, at, outside }
    }
    return address === null ? 'no floating IP is associated here' : `${address} is no floating IP of a running server here`
  }

  /** The router in front of a server's network. */
  routerOf({ port }: VictimPort): Router | null {
    const { view } = this
    if (view === null) return null
    const found = view.db
      .portsOf(port.networkId)
      .find(({ deviceOwner }) => deviceOwner === OWNER.routerInterface || deviceOwner === OWNER.distributedInterface)
    return found === undefined ? null : (view.db.routers.get(found.deviceId) ?? null)
  }

  /** Address of the router on the server's network. */
  gatewayOf({ port }: VictimPort): string | null {
    const subnet = this.view?.db.subnets.get(port.fixedIps[0]?.subnetId ?? '')
    return subnet?.gatewayIp == null ? null : formatIpv4(subnet.gatewayIp)
  }

  vlanOf({ node, network }: VictimPort): number | null {
    return this.view === null ? null : localVlan(this.view, node, node.machine.hostname, network)
  }

  /** Hosts outside of the cloud that answer: not routers, and no servers. */
  outsiders(): { readonly name: string; readonly address: string }[] {
    return this.machines.flatMap((machine) => {
      const netns = machine.kernel.initNetns
      if (machine.parent !== null || cloudOn(machine) !== null || netns.confAll.forwarding !== 0) return []
      const address = netns.devices.filter(({ name }) => name !== 'lo').flatMap((dev) => dev.addresses)[0]
      return address === undefined ? [] : [{ name: machine.name, address: formatIpv4(address.local) }]
    })
  }

  outsider(): { readonly name: string; readonly address: string } | null {
    return this.outsiders()[0] ?? null
  }

  /** `systemctl restart neutron-l3-agent`, as the node's distribution has it. */
  restart(service: 'openvswitch' | 'l3' | 'dhcp'): string {
    return `${this.serviceWords(service, 'restart')}; sleep 10`
  }

  serviceWords(service: 'openvswitch' | 'l3' | 'dhcp', verb: 'stop' | 'start' | 'restart'): string {
    const isOld = this.view?.profile.name === 'icehouse'
    if (isOld) return `service neutron-${service === 'openvswitch' ? 'plugin-openvswitch' : service}-agent ${verb}`
    return `systemctl ${verb} neutron-${service}-agent`
  }
}

function server({ server: { name } }: VictimPort): string {
  return name
}

/** An old neighbour entry of the VM would hide that nobody answers any more. */
export function freshPing(victim: VictimPort, to: string, what: string): Probe {
  return {
    node: victim.guest.name,
    line: `${flushNeighbours(victim)}; ping -c 2 -W 1 ${to}`,
    what: `${victim.server.name} reaches ${what}`,
  }
}

export function flushNeighbours(victim: VictimPort): string {
  return `${victim.guest.image.family === 'cirros' ? 'sudo ' : ''}ip neigh flush dev ${deviceOf(victim)}`
}

export function ping(node: string, to: string, what: string): Probe {
  return { node, line: `ping -c 2 -W 1 ${to}`, what: `${node} reaches ${what}` }
}

export function deviceOf({ guest, port }: VictimPort): string {
  return guest.kernel.initNetns.devices.find(({ mac }) => mac === port.mac)?.name ?? 'eth0'
}

/** Names of the NIC's devices on the hypervisor. */
export function nicNames({ port }: VictimPort): { readonly tap: string; readonly qvb: string; readonly qvo: string; readonly qbr: string } {
  const name = (prefix: 'tap' | 'qvb' | 'qvo' | 'qbr'): string => deviceName(prefix, port.id)
  return { tap: name('tap'), qvb: name('qvb'), qvo: name('qvo'), qbr: name('qbr') }
}
