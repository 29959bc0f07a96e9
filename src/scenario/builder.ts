// Builds what a scenario names: machines, wires and the devices on them; then each node configures itself by typing commands.
import type { MacAddress } from '../addr/mac.js'
import { PhysicalDevice } from '../kernel/dev/physical.js'
import { VethDevice } from '../kernel/dev/veth.js'
import { Kernel } from '../kernel/kernel.js'
import type { NetNamespace } from '../kernel/netns.js'
import type { Simulation } from '../kernel/simulation.js'
import type { SleepingNic } from '../kernel/sleeping-nic.js'
import { Wire, type WirePortOptions } from '../kernel/wire.js'
import type { Command } from '../node/command.js'
import type { Image } from '../node/image.js'
import { IMAGE_NAMES, imageByName } from '../node/images.js'
import { Machine } from '../node/machine.js'
import type { Random } from '../sim/random.js'
import { kernelOptionsOfImage } from './kernel-options.js'
import { LabError } from './problem.js'
import type { NicSpec, NodeSpec, Scenario, WireSpec } from './scenario.js'

const UP_BEFORE_US = 3_600_000_000

export interface Surroundings {
  readonly sim: Simulation
  /** Programs of every node. */
  readonly commands: ReadonlyMap<string, Command>
  /** Wall clock at virtual time 0. */
  readonly clockStartUs: number
  /** Where machines that may be made at any time take their own chance from; null: all draw from the lab's. */
  readonly streams: Random | null
  /** Tool versions of this image on every node, whatever the scenario says. */
  readonly image: string | null
}

/** Machines have been up for some time when the lab is switched on, but for those that are switched on later. */
export function buildMachine(
  node: Pick<NodeSpec, 'name' | 'image' | 'hostname' | 'user'> & Partial<Pick<NodeSpec, 'tools'>>,
  around: Surroundings,
  upBeforeUs = UP_BEFORE_US,
): Machine {
  const own = imageNamed(node.image)
  const image = around.image === null ? own.withTools(node.tools ?? new Map()) : imageNamed(around.image).withCardsOf(own)
  const kernel = new Kernel(around.sim, node.name, kernelOptionsOfImage(image), around.streams?.fork(node.name))
  return new Machine({
    name: node.name,
    image,
    kernel,
    commands: around.commands,
    clockStartUs: around.clockStartUs,
    hostname: node.hostname,
    users: node.user === 'root' ? [] : [{ name: node.user }],
    upBeforeUs,
  })
}

export function imageNamed(name: string): Image {
  const image = imageByName(name)
  if (image === null) throw new LabError(`no image "${name}" (known: ${IMAGE_NAMES.join(', ')})`)
  return image
}

/** Machines by name, without NICs; of the nodes that `isWanted`. */
export function buildMachines(scenario: Scenario, around: Surroundings, isWanted: (node: NodeSpec) => boolean): Map<string, Machine> {
  const machines = new Map(scenario.nodes.filter(isWanted).map((node) => [node.name, buildMachine(node, around)]))
  for (const [key, value] of scenario.pins) {
    const slash = key.indexOf('/')
    machines.get(key.slice(0, slash))?.kernel.pins.set(key.slice(slash + 1), value)
  }
  return machines
}

/** One that was not wanted at first. */
export function buildLater(scenario: Scenario, node: NodeSpec, around: Surroundings): Machine {
  return buildMachines({ ...scenario, nodes: [node] }, around, () => true).get(node.name)!
}

/** The kernels find their NICs, plugged into their wires; `layAsleep` puts something there for the nodes that have no machine yet. */
export function plugNics(
  scenario: Scenario,
  machines: ReadonlyMap<string, Machine>,
  sim: Simulation,
  layAsleep: (node: NodeSpec, wires: ReadonlyMap<string, Wire>) => void,
): void {
  const wires = new Map<string, Wire>()
  for (const wire of scenario.wires) if (wire.kind === 'segment') wires.set(wire.name, wireOf(wire, sim))
  const plugging = new Plugging(scenario, machines, wires)
  for (const node of scenario.nodes) {
    const machine = machines.get(node.name)
    if (machine === undefined) {
      layAsleep(node, wires)
      continue
    }
    for (const nic of node.nics) plugging.plug(node, nic)
    countPast(node, machine)
  }
}

/** The kernel has counted past the NICs, also past the numbers of those that are gone. */
function countPast({ nics }: NodeSpec, { kernel }: Machine): void {
  const highest = Math.max(1, ...nics.map((nic) => nic.ifindex ?? 0))
  if (highest > 1) kernel.initNetns.setNextIfindex(highest + 1)
}

/** How the switch behind a NIC's wire treats its tags. */
export function portOf(scenario: Scenario, nic: NicSpec): WirePortOptions {
  const trunk = scenario.wires.find(({ name }) => name === nic.wire)?.trunk ?? []
  return nic.vlan !== null ? { access: nic.vlan, trunk: [] } : trunk.length > 0 ? { trunk } : {}
}

/** The NICs of a machine that has slept: where their stand-ins were, which hear what has come for them. */
export function plugAwake(node: NodeSpec, machine: Machine, standIns: readonly SleepingNic[]): PhysicalDevice[] {
  const netns = machine.kernel.initNetns
  const devices = node.nics.map((nic, i) => {
    const device = cardOf(netns, nic, standIns[i]!.mac)
    netns.addDevice(device, nic.ifindex ?? undefined)
    device.takePlaceOf(standIns[i]!, standIns[i]!.wire)
    return device
  })
  countPast(node, machine)
  return devices
}

function cardOf(netns: NetNamespace, nic: NicSpec, mac: MacAddress): PhysicalDevice {
  const device = new PhysicalDevice(netns, nic.name, mac, nic.driver)
  if (nic.resources !== null) device.resources = { interrupt: nic.resources.interrupt, baseAddress: nic.resources.base }
  return device
}

function wireOf(wire: WireSpec, sim: Simulation): Wire {
  return new Wire(sim, wire.name, { delayUs: wire.delayUs, loss: wire.loss, mtu: wire.mtu, shared: true })
}

class Plugging {
  private readonly kinds: ReadonlyMap<string, WireSpec>
  private readonly waiting = new Map<string, VethDevice>()

  constructor(
    scenario: Scenario,
    private readonly machines: ReadonlyMap<string, Machine>,
    private readonly wires: ReadonlyMap<string, Wire>,
  ) {
    this.kinds = new Map(scenario.wires.map((wire) => [wire.name, wire]))
  }

  plug(node: NodeSpec, nic: NicSpec): void {
    const netns = this.machines.get(node.name)!.kernel.initNetns
    const mac = nic.mac ?? netns.randomMac(nic.name)
    if (this.kinds.get(nic.wire)?.kind === 'veth') this.plugVeth(netns, nic, mac)
    else this.plugPhysical(netns, nic, mac)
  }

  private plugPhysical(netns: NetNamespace, nic: NicSpec, mac: MacAddress): void {
    const device = cardOf(netns, nic, mac)
    netns.addDevice(device, nic.ifindex ?? undefined)
    const trunk = this.kinds.get(nic.wire)!.trunk
    const port = nic.vlan !== null ? { access: nic.vlan, trunk: [] } : trunk.length > 0 ? { trunk } : {}
    device.plugInto(this.wires.get(nic.wire)!, port)
  }

  private plugVeth(netns: NetNamespace, nic: NicSpec, mac: MacAddress): void {
    const device = new VethDevice(netns, nic.name, mac)
    device.macSetByHand = nic.mac !== null
    const peer = this.waiting.get(nic.wire)
    // The link watch looks when the second end is registered, so the two must know each other by then.
    peer?.pairWith(device)
    netns.addDevice(device, nic.ifindex ?? undefined)
    if (peer === undefined) {
      this.waiting.set(nic.wire, device)
      return
    }
    peer.netns.allocateIdOf(netns)
    netns.allocateIdOf(peer.netns)
  }
}
