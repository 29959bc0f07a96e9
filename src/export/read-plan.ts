// Reads the plan of the script from a booted lab.
import { formatMac } from '../addr/mac.js'
import { PhysicalDevice } from '../kernel/dev/physical.js'
import type { AgentLogEntry, Machine } from '../node/machine.js'
import type { NicSpec, NodeSpec, Scenario, WireSpec } from '../scenario/scenario.js'
import { guestPlans, withBoots } from './guests.js'
import { deviceNamed } from './of-machine.js'
import type { ExportPlan, NicPlan, NodePlan, Plug, Step, Told, WirePlan } from './plan.js'
import type { Substitute, SubstituteContext, Typed } from './substitute.js'
import { SUBSTITUTES } from './substitutes.js'

/** A line that a person typed in the lab. */
export interface TypedByYou {
  readonly node: string
  readonly command: string
  readonly atUs: number
  readonly clockUs: number
  readonly exitCode: number
}

export function readPlan(scenario: Scenario, machines: ReadonlyMap<string, Machine>, byYou: readonly TypedByYou[] = []): ExportPlan {
  const nodes = [...nodePlans(scenario, machines), ...guestPlans(machines)]
  const context: SubstituteContext = { machines, nodes: new Map(nodes.map((node) => [node.name, node])) }
  const used = new Set<Substitute>()
  const steps = stepsOf([...loggedBy(machines), ...byYou.map(asLogged)], context, used)
  const replay = withBoots(steps, machines, byYou[0]?.atUs ?? Number.POSITIVE_INFINITY)
  return {
    name: safeName(scenario.name),
    title: scenario.title,
    nodes,
    wires: scenario.wires.filter(({ kind }) => kind === 'segment').map(wirePlan),
    replay,
    told: [...toldOfWires(scenario), ...[...used].flatMap(({ told }) => told)],
  }
}

/** It becomes the name of a folder. */
function safeName(name: string): string {
  return name.replaceAll(/[^\w.-]/g, '-').replace(/^[.-]+/, '') || 'lab'
}

function wirePlan(wire: WireSpec): WirePlan {
  return { name: wire.name, isTagged: wire.trunk.length > 0 }
}

function toldOfWires(scenario: Scenario): Told[] {
  const lossy = scenario.wires.filter(({ loss }) => loss > 0).map(({ name }) => name)
  if (lossy.length === 0) return []
  return [{ what: `loss on ${lossy.join(', ')}`, why: 'the wires are bridges', instead: 'nothing is lost' }]
}

// --- nodes and their NICs

function nodePlans(scenario: Scenario, machines: ReadonlyMap<string, Machine>): NodePlan[] {
  const wires = new Map(scenario.wires.map((wire) => [wire.name, wire]))
  const firstEnds = new Map<string, string>()
  const nicOf = (node: string, spec: NicSpec): Omit<NicPlan, 'plug'> => {
    const device = deviceNamed(machines.get(node)!, spec.name)
    const mac = spec.mac ?? (device instanceof PhysicalDevice ? device.permanentMac : device?.mac) ?? 0
    return { name: spec.name, mac: formatMac(mac), mtu: 1500, ifindex: spec.ifindex ?? device?.ifindex ?? 0 }
  }
  const plugOf = (node: NodeSpec, nic: NicSpec): Plug => {
    const wire = wires.get(nic.wire)!
    if (wire.kind === 'segment') return segmentPlug(wire, nic)
    if (firstEnds.has(wire.name)) return { kind: 'second' }
    firstEnds.set(wire.name, node.name)
    const other = otherEnd(scenario, node, nic)
    if (other === null) return { kind: 'second' }
    return { kind: 'veth', node: other.node, nic: { ...nicOf(other.node, other.nic), plug: { kind: 'second' } } }
  }
  return scenario.nodes.map((node) => {
    const machine = machines.get(node.name)!
    const nics = node.nics.map((nic): NicPlan => ({ ...nicOf(node.name, nic), plug: plugOf(node, nic) }))
    return {
      name: node.name,
      hostname: node.hostname,
      image: machine.image.name,
      tools: new Map(Object.entries(machine.image.tools)),
      iptables: node.iptables,
      host: null,
      services: node.services,
      sysctl: new Map([...machine.kernel.options.sysctl, ...forNewDevices(node)]),
      nics,
    }
  })
}

/** What the scenario sets for devices to come: it must stand before the NICs do, as the lab's kernels have it. */
function forNewDevices(node: NodeSpec): [string, string][] {
  return [...node.sysctl].filter(([name]) => /\.(default|all)\./.test(name))
}

function segmentPlug(wire: WireSpec, nic: NicSpec): Plug {
  const mtu = Math.max(1500, wire.mtu, nic.mtu ?? 0)
  return { kind: 'segment', wire: wire.name, mtu, vlans: nic.vlan !== null ? [nic.vlan] : wire.trunk, isAccess: nic.vlan !== null }
}

function otherEnd(scenario: Scenario, node: NodeSpec, nic: NicSpec): { node: string; nic: NicSpec } | null {
  for (const other of scenario.nodes) {
    for (const end of other.nics) if (end.wire === nic.wire && !(other === node && end === nic)) return { node: other.name, nic: end }
  }
  return null
}

// --- the replay

interface Logged {
  readonly node: string
  readonly entry: AgentLogEntry
}

function loggedBy(machines: ReadonlyMap<string, Machine>): Logged[] {
  return [...machines].flatMap(([node, { agentLog }]) => agentLog.map((entry): Logged => ({ node, entry })))
}

function asLogged({ node, command, atUs, clockUs, exitCode }: TypedByYou): Logged {
  const cause = { agent: 'you', event: 'typed', object: null, standsFor: null }
  return { node, entry: { atUs, clockUs, cause, argv: ['bash', '-c', command], stdin: '', exitCode } }
}

function stepsOf(logged: Logged[], context: SubstituteContext, used: Set<Substitute>): Step[] {
  // Stable: what was typed at the same microsecond on one node stays in order.
  logged.sort((one, other) => one.entry.atUs - other.entry.atUs)
  return logged.map(({ node, entry }, at): Step => {
    const { argv, stdin, cause, atUs, clockUs } = entry
    const exitCode = entry.exitCode ?? 0
    const typed: Typed = { node, argv, stdin, exitCode, standsFor: cause.standsFor }
    const substitute = SUBSTITUTES.find((each) => each.replace(typed, context) !== null)
    if (substitute !== undefined) used.add(substitute)
    return { number: at + 1, node, atUs, clockUs, cause, argv, stdin, exitCode, instead: substitute?.replace(typed, context) ?? null }
  })
}
