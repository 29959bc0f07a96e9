// A node with Open vSwitch for tests of the OVS agent and nova-compute: real machine, switch and tools; rows stand in for the server.
import { parseIpv4 } from '../../src/addr/ipv4.js'
import { parseMac } from '../../src/addr/mac.js'
import type { Port } from '../../src/cloud/neutron/objects.js'
import type { NeutronRelease } from '../../src/cloud/neutron/release.js'
import { profileOf } from '../../src/cloud/neutron/release.js'
import type { AgentConfig, AgentContext, DeviceDetails, FirewallPort, PluginRpc } from '../../src/cloud/neutron/rpc.js'
import { startOpenvswitch } from '../../src/node/daemons/openvswitch.js'
import type { Machine } from '../../src/node/machine.js'
import { loadAllCommands } from '../../src/tools/lazy.js'
import { drive, makeMachine, settle } from '../node/support.js'

await loadAllCommands()

/** What the server would say, and what it was told. */
export interface Told {
  readonly devices: Map<string, DeviceDetails>
  readonly firewall: Map<string, FirewallPort>
  readonly ends: string[]
  /** `up ID`, `down ID` */
  readonly statuses: string[]
  /** MAC of each host's distributed routers; this host is `compute`. */
  readonly dvrMacs: Map<string, string>
  /** Gateway of each subnet of a distributed router: address and MAC. */
  readonly gateways: Map<string, readonly [address: string, mac: string]>
}

export interface L2Lab {
  readonly machine: Machine
  readonly context: AgentContext
  readonly told: Told
  out(line: string): Promise<string>
  /** Lets the agents finish what they were told. */
  after(work: { settled(): Promise<void> }): Promise<void>
  /** Command lines of the agents since the last look; those that stand for a call in brackets. */
  typed(): string[]
  /** Flows of a bridge as `TABLE MATCH actions=...`. */
  flows(bridge: string): Promise<string>
}

const IMAGES = { icehouse: 'ubuntu-14.04', stein: 'centos-7', ussuri: 'ubuntu-20.04' } as const

export function l2Lab(release: NeutronRelease, config: Partial<AgentConfig> = {}, pins: Readonly<Record<string, string>> = {}): L2Lab {
  const machine = makeMachine(IMAGES[release])
  for (const [key, value] of Object.entries(pins)) machine.kernel.pins.set(key, value)
  startOpenvswitch(machine)
  const told: Told = { devices: new Map(), firewall: new Map(), ends: [], statuses: [], dvrMacs: new Map(), gateways: new Map() }
  const whole: AgentConfig = {
    localIp: parseIpv4('10.10.100.140'),
    tunnelTypes: release === 'icehouse' ? ['gre'] : ['vxlan'],
    bridgeMappings: new Map(),
    externalBridge: null,
    l2population: false,
    arpResponder: false,
    agentMode: 'legacy',
    dvr: false,
    flags: new Map(),
    ...config,
  }
  const context = { machine, host: 'compute', profile: profileOf(release)!, config: whole, plugin: pluginOf(told) }
  let seen = 0
  const out = async (line: string): Promise<string> => {
    const { stdout, stderr } = await drive(machine, machine.exec(line))
    return stdout + stderr
  }
  return {
    machine,
    context,
    told,
    out,
    after: (work) =>
      drive(
        machine,
        settle().then(() => work.settled()),
      ),
    typed: () => {
      const lines = machine.agentLog
        .slice(seen)
        .map(({ argv, cause }) => (cause.standsFor === null ? argv.join(' ') : `(${argv.join(' ')})`))
      seen = machine.agentLog.length
      return lines
    },
    flows: async (bridge) => plainFlows(await out(`ovs-ofctl dump-flows ${bridge}`)),
  }
}

function plainFlows(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.includes('actions='))
    .map((line) =>
      line
        .trim()
        .replace(
          /^cookie=0x[0-9a-f]+, duration=\S+ table=(\d+), n_packets=\d+, n_bytes=\d+, (hard_timeout=\d+, )?(idle_age=\d+, )?/,
          '$1 $2',
        ),
    )
    .sort((a, b) => Number(a.split(' ')[0]) - Number(b.split(' ')[0]) || (a < b ? -1 : 1))
    .map((line) => `${line}\n`)
    .join('')
}

function pluginOf(told: Told): PluginRpc {
  const unused = (): never => {
    throw new Error('not for these agents')
  }
  const details = async (id: string): Promise<DeviceDetails | null> => told.devices.get(id) ?? null
  return {
    reportAgent: async () => {},
    getDeviceDetails: details,
    getDevicesDetails: (ids) => Promise.all(ids.map(details)),
    updateDeviceUp: async (id) => void told.statuses.push(`up ${id.slice(0, 8)}`),
    updateDeviceDown: async (id) => void told.statuses.push(`down ${id.slice(0, 8)}`),
    tunnelSync: async () => told.ends.map((text) => parseIpv4(text)!),
    securityGroupInfoForPorts: async (ids) => ({ ports: ids.flatMap((id) => told.firewall.get(id) ?? []), members: new Map() }),
    syncRouters: unused,
    updateFloatingIpStatuses: unused,
    getActiveNetworks: unused,
    getNetworkInfo: unused,
    createDhcpPort: unused,
    releaseDhcpPort: unused,
    getAgentGatewayPort: unused,
    getPortsOnSubnet: unused,
    getPortsOnHostBySubnet: async (_host, subnetId) => portsOn(told, subnetId),
    getSubnetForDvr: async (subnetId) => {
      const [address, mac] = told.gateways.get(subnetId) ?? []
      if (address === undefined || mac === undefined) return null
      const gatewayIp = parseIpv4(address)!
      return { subnetId, networkId: NETWORK, cidr: { address: gatewayIp, length: 24 }, gatewayIp, gatewayMac: parseMac(mac)! }
    },
    getDvrMacAddress: async (host) => parseMac(told.dvrMacs.get(host)!)!,
    getDvrMacAddresses: async () => [...told.dvrMacs].map(([host, mac]) => ({ host, mac: parseMac(mac)! })),
    portsByAddress: unused,
  }
}

/** The server's rows are more than these; the agent reads no more of them. */
function portsOn({ devices }: Told, subnetId: string): Port[] {
  return [...devices.values()]
    .filter(({ fixedIps }) => fixedIps.some((fixed) => fixed.subnetId === subnetId))
    .map(({ portId, deviceOwner }) => ({ id: portId, deviceOwner }) as Port)
}

export const NETWORK = '224f79e0-8068-4ef7-8c79-2326bc0cf5c4'

/** A VM's port on the network with tunnel id 1. */
export function device(portId: string, mac: string, address: string, options: Partial<DeviceDetails> = {}): DeviceDetails {
  return {
    portId,
    networkId: NETWORK,
    networkType: 'gre',
    segmentationId: 1,
    physicalNetwork: null,
    adminStateUp: true,
    mac: parseMac(mac)!,
    fixedIps: [{ subnetId: 'sub', address: parseIpv4(address)! }],
    deviceOwner: 'compute:nova',
    portSecurity: true,
    allowedAddressPairs: [],
    ...options,
  }
}

/** As nova plugs a VM's port. */
export function addPort(portId: string, mac: string): string {
  const name = `qvo${portId}`.slice(0, 14)
  const ids = `external-ids:iface-id=${portId} external-ids:iface-status=active external-ids:attached-mac=${mac}`
  return `ip link add ${name} type veth peer name ${name.replace('qvo', 'qvb')}; ovs-vsctl add-port br-int ${name} -- set Interface ${name} ${ids}`
}
