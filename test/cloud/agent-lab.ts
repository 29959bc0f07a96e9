// A network node for tests of neutron's agents: real machine and tools, a stand-in for the switch (ports are cards on cables of their own), rows for the server.
import { parseIpv4, parsePrefix } from '../../src/addr/ipv4.js'
import { parseMac } from '../../src/addr/mac.js'
import type { Network, Port, Subnet } from '../../src/cloud/neutron/objects.js'
import type { NeutronRelease } from '../../src/cloud/neutron/release.js'
import { profileOf } from '../../src/cloud/neutron/release.js'
import type { AgentConfig, AgentContext, NetworkInfo, PluginRpc, RouterInfo, RouterPort } from '../../src/cloud/neutron/rpc.js'
import { PhysicalDevice } from '../../src/kernel/dev/physical.js'
import type { NetNamespace } from '../../src/kernel/netns.js'
import { Wire } from '../../src/kernel/wire.js'
import type { Command } from '../../src/node/command.js'
import type { Machine } from '../../src/node/machine.js'
import type { Process } from '../../src/node/process.js'
import { loadAllCommands } from '../../src/tools/lazy.js'
import { drive, makeMachine, settle } from '../node/support.js'

await loadAllCommands()

export const ROUTER = '040c1455-6096-4806-ba91-fec64cdaed81'

/** add-port and del-port alone: what the agents of these tests ask of the switch. */
const fakeSwitch: Command = {
  name: 'ovs-vsctl',
  path: '/usr/bin/ovs-vsctl',
  run: (proc) => {
    for (const words of proc.argv.slice(1).join(' ').split(' -- ')) switchPort(proc, words.replace(/^-- /, '').split(' '))
    return 0
  },
}

function switchPort(proc: Process, words: readonly string[]): void {
  const { kernel } = proc.machine
  const device = words.at(-1)!
  if (words.includes('add-port')) {
    addPort(kernel.initNetns, device)
  } else if (words.includes('del-port')) {
    for (const netns of kernel.namespaces) {
      const dev = netns.deviceByName(device)
      if (dev !== null) netns.removeDevice(dev)
    }
  }
}

function addPort(netns: NetNamespace, name: string): void {
  const dev = new PhysicalDevice(netns, name, netns.randomMac(name))
  netns.addDevice(dev)
  dev.plugInto(new Wire(netns.kernel.sim, name))
}

/** What the server would say. */
export interface Told {
  routers: RouterInfo[]
  networks: NetworkInfo[]
  /** Ports that ask for metadata. */
  ports: Port[]
  readonly statuses: string[]
  released: number
}

export interface AgentLab {
  readonly machine: Machine
  readonly context: AgentContext
  readonly told: Told
  out(line: string): Promise<string>
  /** Lets the agents finish what they were told. */
  after(work: { settled(): Promise<void> }): Promise<void>
  /** Command lines of the agents since the last look, without `ip netns exec NAMESPACE`. */
  typed(): string[]
}

const IMAGES: Readonly<Record<NeutronRelease, string>> = { icehouse: 'ubuntu-14.04', stein: 'centos-7', ussuri: 'ubuntu-20.04' }

export function agentLab(release: NeutronRelease, flags: readonly (readonly [string, string])[] = []): AgentLab {
  const machine = makeMachine(IMAGES[release], [fakeSwitch])
  const { initNetns } = machine.kernel
  for (const name of ['br-int', 'br-ex']) addPort(initNetns, name)
  const told: Told = { routers: [], networks: [], ports: [], statuses: [], released: 0 }
  const config: AgentConfig = {
    localIp: null,
    tunnelTypes: [],
    bridgeMappings: new Map<string, string>(),
    externalBridge: release === 'icehouse' ? 'br-ex' : null,
    l2population: false,
    arpResponder: false,
    agentMode: 'legacy',
    dvr: false,
    flags: new Map(flags),
  }
  const context = { machine, host: 'network', profile: profileOf(release)!, config, plugin: pluginOf(told) }
  let seen = 0
  return {
    machine,
    context,
    told,
    out: async (line) => {
      const { stdout, stderr } = await drive(machine, machine.exec(line))
      return stdout + stderr
    },
    after: (work) =>
      drive(
        machine,
        settle().then(() => work.settled()),
      ),
    typed: () => {
      const lines = machine.agentLog.slice(seen).map(({ argv }) => argv.join(' ').replace(/^ip netns exec \S+ /, '# '))
      seen = machine.agentLog.length
      return lines
    },
  }
}

function pluginOf(told: Told): PluginRpc {
  const unused = (): never => {
    throw new Error('not for these agents')
  }
  return {
    reportAgent: async () => {},
    getDeviceDetails: unused,
    getDevicesDetails: unused,
    updateDeviceUp: unused,
    updateDeviceDown: unused,
    tunnelSync: unused,
    securityGroupInfoForPorts: unused,
    syncRouters: async (_host, ids) => told.routers.filter(({ id }) => ids === undefined || ids.includes(id)),
    updateFloatingIpStatuses: async (_router, statuses) => {
      for (const [id, status] of statuses) told.statuses.push(`${id} ${status}`)
    },
    getActiveNetworks: async () => told.networks,
    getNetworkInfo: async (id) => told.networks.find(({ network }) => network.id === id) ?? null,
    createDhcpPort: async (id) => told.networks.find(({ network }) => network.id === id)?.ports.find(isDhcpPort) ?? null,
    releaseDhcpPort: async () => void told.released++,
    getAgentGatewayPort: unused,
    getPortsOnSubnet: unused,
    getPortsOnHostBySubnet: unused,
    getSubnetForDvr: unused,
    getDvrMacAddress: unused,
    getDvrMacAddresses: unused,
    portsByAddress: async (address) => told.ports.filter(({ fixedIps }) => fixedIps.some((fixed) => fixed.address === address)),
  }
}

function isDhcpPort({ deviceOwner }: Port): boolean {
  return deviceOwner === 'network:dhcp'
}

export function ip(text: string): number {
  return parseIpv4(text)!
}

/** `10.10.20.1/24`, gateway of its subnet. */
export function routerPort(id: string, mac: string, cidr: string, options: { mtu?: number; gateway?: string } = {}): RouterPort {
  const prefix = parsePrefix(cidr)!
  const address = {
    address: ip(cidr.split('/')[0]!),
    subnetId: `subnet-of-${id}`,
    cidr: prefix,
    gatewayIp: ip(options.gateway ?? cidr.split('/')[0]!),
  }
  return { id, networkId: `net-of-${id}`, mac: parseMac(mac)!, adminStateUp: true, mtu: options.mtu ?? 1500, addresses: [address] }
}

export function network(id: string, mtu = 1500): Network {
  return {
    id,
    name: 'private',
    tenantId: 'tenant',
    adminStateUp: true,
    status: 'ACTIVE',
    shared: false,
    external: false,
    networkType: 'gre',
    physicalNetwork: null,
    segmentationId: 1,
    mtu,
    createdUs: 0,
  }
}

export function subnet(id: string, cidr: string, options: Partial<Subnet> = {}): Subnet {
  const prefix = parsePrefix(cidr)!
  return {
    id,
    networkId: 'net',
    name: '',
    tenantId: 'tenant',
    cidr: prefix,
    gatewayIp: (prefix.address + 1) | 0,
    enableDhcp: true,
    pools: [],
    dns: [],
    hostRoutes: [],
    createdUs: 0,
    ...options,
  }
}

export function port(id: string, mac: string, address: string, options: Partial<Port> & { subnetId?: string } = {}): Port {
  const { subnetId, ...rest } = options
  return {
    id,
    networkId: 'net',
    name: '',
    tenantId: 'tenant',
    mac: parseMac(mac)!,
    fixedIps: [{ subnetId: subnetId ?? 'sub', address: ip(address) }],
    deviceId: 'device',
    deviceOwner: 'compute:nova',
    hostId: 'compute',
    vifType: 'ovs',
    distributedBindings: new Map(),
    migratingTo: null,
    inactiveBindings: new Map(),
    status: 'ACTIVE',
    adminStateUp: true,
    securityGroups: [],
    allowedAddressPairs: [],
    portSecurity: true,
    createdUs: 0,
    ...rest,
  }
}
