// Servers that the cloud runs: nodes of their own behind taps of their hypervisors, which ask for their addresses when all agents are through.
import { formatIpv4, formatPrefix } from '../addr/ipv4.js'
import { formatMac } from '../addr/mac.js'
import { PhysicalDevice } from '../kernel/dev/physical.js'
import { TapDevice } from '../kernel/dev/tap.js'
import type { NetDevice } from '../kernel/netdev.js'
import { TABLE_MAIN } from '../kernel/route-entry.js'
import type { AgentCause, Machine } from '../node/machine.js'
import type { NicPlan, NodePlan, Step } from './plan.js'
import { hereDocument, quoteWords } from './quote.js'
import { tunnelPeers } from './substitutes-openvswitch.js'

/** Nodes for the machines that have a hypervisor. */
export function guestPlans(machines: ReadonlyMap<string, Machine>): NodePlan[] {
  return [...machines].flatMap(([name, machine]) => (machine.parent === null ? [] : [guestPlan(name, machine, machine.parent)]))
}

function guestPlan(name: string, machine: Machine, host: Machine): NodePlan {
  return {
    name,
    hostname: machine.hostname,
    image: machine.image.name,
    tools: new Map(Object.entries(machine.image.tools)),
    iptables: 'legacy',
    host: host.name,
    services: servicesOf(machine),
    sysctl: machine.kernel.options.sysctl,
    nics: machine.kernel.initNetns.devices.flatMap((device) => nicPlan(device, host) ?? []),
  }
}

/** Sizes beyond what is usual come with the lease. */
function nicPlan(device: NetDevice, host: Machine): NicPlan | null {
  if (!(device instanceof PhysicalDevice)) return null
  const tap = device.wire?.ends.find((end) => end instanceof TapDevice)
  if (tap === undefined) return null
  const plug = { kind: 'tap', node: host.name, tap: tap.name } as const
  return { name: device.name, mac: formatMac(device.permanentMac), mtu: 1500, ifindex: device.ifindex, plug }
}

const PROGRAMS = new Map([
  ['httpd', 'http'],
  ['sshd', 'ssh'],
  ['dropbear', 'ssh'],
])

function servicesOf({ processes }: Machine): string[] {
  const services = [...processes.values()].flatMap(({ argv }) => PROGRAMS.get((argv[0] ?? '').replace(/^.*\/|:$/g, '')) ?? [])
  return [...new Set(services)]
}

// --- what is left to do when the agents are through

/**
 * Servers come up when the agents are through, those that were started after `openedUs` (by what a person typed) behind everything. Steps
 * are numbered anew.
 */
export function withBoots(steps: readonly Step[], machines: ReadonlyMap<string, Machine>, openedUs: number): Step[] {
  const before = steps.filter(({ atUs }) => atUs < openedUs)
  const typed = new Set(before.map(({ instead }) => instead?.script ?? ''))
  const isEarly = ([name, machine]: [string, Machine]): boolean =>
    machine.parent === null ||
    before.length === steps.length ||
    [...typed].some((script) => script.startsWith('plug_tap ') && script.split(' ')[3] === name)
  const early = [...machines].filter(isEarly)
  const late = [...machines].filter((entry) => !isEarly(entry))
  const all = [...before, ...bootSteps(early, before.at(-1)), ...steps.slice(before.length), ...bootSteps(late, steps.at(-1))]
  return all.map((step, i) => ({ ...step, number: i + 1 }))
}

function bootSteps(machines: readonly [string, Machine][], last: Step | undefined): Step[] {
  return machines.flatMap(([node, machine]) => {
    const script = machine.parent === null ? tunnelScript(machine) : bootScript(machine)
    if (script === null || last === undefined) return []
    const what = machine.parent === null ? 'far ends of tunnels are looked for' : 'leases and start-up scripts'
    const times = { atUs: last.atUs + 1_000_000, clockUs: last.clockUs + 1_000_000 }
    return [
      {
        number: 0,
        node,
        ...times,
        cause: causeOf(machine),
        argv: [what],
        stdin: '',
        exitCode: 0,
        instead: { where: 'node', script, what },
      },
    ]
  })
}

function causeOf(machine: Machine): AgentCause {
  const event = machine.parent === null ? 'the userspace datapath loses what it has no neighbour for' : 'switched on'
  return { agent: machine.parent === null ? 'ovs-vswitchd' : 'init', event, object: null, standsFor: null }
}

/** A first packet that waits for ARP is lost there; the kernel would keep it. */
function tunnelScript(machine: Machine): string | null {
  const peers = tunnelPeers(machine)
  return peers.length === 0 ? null : quoteWords(['look_for', ...peers])
}

const USER_DATA = ['/var/lib/cloud/instance/scripts/part-001', '/run/cirros/userdata-script']

function bootScript(machine: Machine): string {
  const { files, image, kernel } = machine
  const style = image.facts.cards === 'networkd' ? 'networkd' : image.family === 'cirros' ? 'cirros' : 'dhclient'
  const cards = kernel.initNetns.devices.filter((device) => device instanceof PhysicalDevice)
  const asked = style === 'networkd' ? cards : cards.slice(0, 1)
  const leases = asked.map((device) => quoteWords(['lease', style, device.name, ...staticWords(device)]))
  const script = USER_DATA.find((path) => files.exists(path))
  if (script === undefined) return leases.join('\n')
  return [...leases, `${quoteWords(['start_up', script])} ${hereDocument(files.read(script), 'SCRIPT')}`].join('\n')
}

/** `192.168.3.69/16 192.168.0.1`: what it has in the lab, for machines without a client. */
function staticWords(device: NetDevice): string[] {
  const address = device.addresses[0]
  if (address === undefined) return []
  const routes = device.netns.fib.list(TABLE_MAIN) ?? []
  const via = routes.find((route) => route.length === 0 && route.nexthops[0]?.dev === device)?.nexthops[0]?.via ?? null
  return [formatPrefix({ address: address.local, length: address.length }), ...(via === null ? [] : [formatIpv4(via)])]
}
