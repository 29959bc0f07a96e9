// The L3 agent of a host with distributed routers: rows as the server tells them, and what a learner would look at.
import { expect } from 'vitest'
import { parseMac } from '../../src/addr/mac.js'
import { L3Agent } from '../../src/cloud/neutron/l3-agent/l3-agent.js'
import type { ArpEntry, RouterFloatingIp, RouterInfo, RouterPort } from '../../src/cloud/neutron/rpc.js'
import type { AgentMode } from '../../src/cloud/spec.js'
import { PhysicalDevice } from '../../src/kernel/dev/physical.js'
import type { AgentLab } from './agent-lab.js'
import { agentLab, ip, routerPort } from './agent-lab.js'

export const ROUTER = 'b6a86b9f-6cf4-4ec3-a57a-00ce3e49142d'
export const EXTERNAL = 'e7cb8424-51e4-429a-8020-76e651877db3'
export const QROUTER = `qrouter-${ROUTER}`
export const SNAT = `snat-${ROUTER}`
export const FIP = `fip-${EXTERNAL}`

export const INSIDE = routerPort('1f6b0aa3-3d8e-4b57-9c20-f1e6d4a7b895', 'fa:16:3e:ff:d5:8b', '192.168.0.1/16')
export const SECOND = routerPort('d25b8f04-6e9a-4c71-b3d8-5f0a7e1c9264', 'fa:16:3e:0f:03:01', '10.30.0.1/24')
export const AGENT_PORT = outside('2417e6fb-ee41-4c0f-9f5d-8b1a6c7d2e30', 'fa:16:3e:23:e6:31', '100.122.0.53/16')
const GATEWAY = outside('3c90be12-5a7f-4d21-8e64-b9f0c3d1a275', 'fa:16:3e:aa:10:60', '100.122.0.60/16')

export const NETWORKS = '/var/lib/neutron/fip-linklocal-networks'
export const PRIORITIES = '/var/lib/neutron/fip-priorities'

function outside(id: string, mac: string, cidr: string): RouterPort {
  return { ...routerPort(id, mac, cidr, { gateway: '100.122.255.254' }), networkId: EXTERNAL }
}

/** The snat namespace's port on a router's subnet. */
function snatPort(port: RouterPort, id: string, mac: string, cidr: string): RouterPort {
  const made = routerPort(id, mac, cidr)
  return { ...made, addresses: made.addresses.map((address) => ({ ...address, subnetId: port.addresses[0]!.subnetId })) }
}

export const SNAT_INSIDE = snatPort(INSIDE, '7a6e45d1-0c3b-4f98-a1e7-2d5c8f90b641', 'fa:16:3e:5e:01:0b', '192.168.0.11/16')
export const SNAT_SECOND = snatPort(SECOND, '38c1e9a6-5d0f-4b84-9e27-c6b3f7d2a150', 'fa:16:3e:5e:03:0b', '10.30.0.11/24')

export function arp(address: string, mac: string, port: RouterPort = INSIDE): ArpEntry {
  return { subnetId: port.addresses[0]!.subnetId, address: ip(address), mac: parseMac(mac)! }
}

export function floating(id: string, address: string, fixed: string, options: Partial<RouterFloatingIp> = {}): RouterFloatingIp {
  return { id, address: ip(address), fixedIp: ip(fixed), portId: `port-of-${id}`, host: 'compute03', isCentral: false, ...options }
}

export function router(options: Partial<RouterInfo> = {}): RouterInfo {
  return {
    id: ROUTER,
    name: 'router-az2',
    adminStateUp: true,
    distributed: true,
    gateway: { ...GATEWAY, enableSnat: true },
    gatewayHost: 'network01',
    interfaces: [INSIDE],
    snatInterfaces: [SNAT_INSIDE],
    agentGatewayPort: AGENT_PORT,
    floatingIps: [],
    routes: [],
    arpEntries: new Map([
      [INSIDE.addresses[0]!.subnetId, [arp('192.168.3.69', 'fa:16:3e:a4:58:8d'), arp('192.168.0.2', 'fa:16:3e:0d:02:02')]],
    ]),
    ...options,
  }
}

export interface DvrLab extends AgentLab {
  readonly agent: L3Agent
  /** Tells the agent the routers as they are now. */
  tell(...routers: RouterInfo[]): Promise<void>
  /** `line` in a namespace. */
  inside(namespace: string, line: string): Promise<string>
}

export interface DvrOptions {
  readonly mode?: AgentMode
  readonly files?: Readonly<Record<string, string>>
  readonly pins?: Readonly<Record<string, string>>
  readonly flags?: readonly (readonly [string, string])[]
}

export async function dvrLab(routers: RouterInfo[], options: DvrOptions = {}): Promise<DvrLab> {
  const lab = agentLab('ussuri', options.flags)
  await lab.out('modprobe -a ipip nf_conntrack')
  for (const [key, value] of Object.entries(options.pins ?? {})) lab.machine.kernel.pins.set(key, value)
  lab.machine.files.mkdir('/var/lib/neutron', { parents: true })
  for (const [path, content] of Object.entries(options.files ?? {})) lab.machine.files.write(path, content)
  return started(lab, routers, options.mode ?? 'dvr')
}

/** A new process of the agent, on a node that may have been worked on before. */
export async function started(lab: AgentLab, routers: RouterInfo[], mode: AgentMode): Promise<DvrLab> {
  const host = mode === 'dvr_snat' ? 'network01' : 'compute03'
  const context = { ...lab.context, host, config: { ...lab.context.config, agentMode: mode } }
  lab.told.routers = routers
  const agent = new L3Agent(context)
  void agent.start()
  await lab.after(agent)
  return {
    ...lab,
    agent,
    tell: async (...now) => {
      lab.told.routers = now
      agent.routersUpdated([...agent.routers.keys(), ...now.map(({ id }) => id)])
      await lab.after(agent)
    },
    inside: (namespace, line) => lab.out(`ip netns exec ${namespace} ${line}`),
  }
}

/** The rules that differ by router: of nat, beside the skeleton. */
export async function natOf(lab: DvrLab, namespace: string): Promise<string> {
  const rules = await lab.inside(namespace, 'iptables -S -t nat')
  return rules.replace(/^-[PN] .*\n/gm, '').replace(/^-A (PREROUTING|OUTPUT|POSTROUTING|neutron-postrouting-bottom) .*\n/gm, '')
}

/** What an associated address, or a router's way out, leaves in a namespace. */
export async function waysOf(lab: DvrLab, namespace: string): Promise<string> {
  const rules = (await lab.inside(namespace, 'ip rule')).replace(/^(0|32766|32767):.*\n/gm, '')
  const routes = (await lab.inside(namespace, 'ip -4 route show table all')).replace(/^.* table local .*\n/gm, '')
  return `${rules}${routes}`.replace(/ +$/gm, '').replaceAll('\t', ' ')
}

/** A host on the segment of one of the agent's ports: `ip netns exec NAME` is its shell. */
export async function hostAt(
  lab: DvrLab,
  where: { namespace: string; device: string },
  name: string,
  lines: readonly string[],
): Promise<void> {
  const { machine } = lab
  await lab.out(`ip netns add ${name}`)
  const netns = machine.netnsNames.get(name)!
  const port = machine.netnsNames.get(where.namespace)!.deviceByName(where.device) as PhysicalDevice
  const dev = new PhysicalDevice(netns, 'eth0', netns.randomMac('eth0'))
  netns.addDevice(dev)
  dev.plugInto(port.wire!)
  for (const line of lines) expect(await lab.inside(name, line)).toBe('')
}
