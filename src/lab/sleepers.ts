// Nodes of a large cloud that are made when somebody touches them. Each is then made up for: the clock is set back, the machine is switched
// on as it would have been with the lab, its agents work, its servers boot, and when it is now once more it stands there as if it always had.
import { formatIpv4, parsePrefix } from '../addr/ipv4.js'
import { isMulticastMac } from '../addr/mac.js'
import type { Cloud, SleepingNode } from '../cloud/host.js'
import type { PhysicalDevice } from '../kernel/dev/physical.js'
import { type SleepGuard, SleepingNic } from '../kernel/sleeping-nic.js'
import type { Wire } from '../kernel/wire.js'
import type { Machine } from '../node/machine.js'
import { wakes } from '../node/wakes.js'
import { buildLater, plugAwake, portOf, type Surroundings } from '../scenario/builder.js'
import { configureKernel, configureNetwork } from '../scenario/configure.js'
import type { NodeSpec, Scenario } from '../scenario/scenario.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import { Ipv4Packet } from '../wire/ipv4.js'
import { UdpDatagram } from '../wire/udp.js'
import { VxlanPacket } from '../wire/vxlan.js'
import { Clockwork, type Interlude } from './clockwork.js'

/** What may run on a node that sleeps: it acts on the node alone. */
const AGENTS: ReadonlySet<string> = new Set([
  'libvirtd',
  'nova-compute',
  'neutron-openvswitch-agent',
  'neutron-l3-agent',
  'neutron-dhcp-agent',
  'neutron-metadata-agent',
])

/** Those of a scenario's nodes that sleep at first. */
export function sleepyNodes({ cloud, nodes, wires, setup }: Scenario): Set<string> {
  if (cloud === null || cloud.wake !== 'touch' || cloud.mode !== 'dvr') return new Set()
  const agents = new Map(cloud.agents.map(({ node, services }) => [node, services]))
  const segments = new Set(wires.filter(({ kind }) => kind === 'segment').map(({ name }) => name))
  const busy = new Set(setup.map(({ node }) => node))
  const sleeps = ({ name, nics }: NodeSpec): boolean =>
    agents.get(name)?.every((service) => AGENTS.has(service)) === true &&
    !busy.has(name) &&
    nics.every(({ mac, wire }) => mac !== null && segments.has(wire))
  return new Set(nodes.filter(sleeps).map(({ name }) => name))
}

interface Sleeper {
  readonly node: NodeSpec
  /** As the cloud knows it. */
  readonly known: SleepingNode
  readonly nics: readonly SleepingNic[]
}

interface Bedroom {
  readonly scenario: Scenario
  readonly around: Surroundings
  readonly machines: Map<string, Machine>
  readonly added: (node: string) => void
  /** Told of commands of a boot that failed. */
  readonly failed: (what: readonly string[]) => void
}

export class Sleepers implements Interlude {
  cloud: Cloud | null = null
  private readonly sleeping = new Map<string, Sleeper>()
  private readonly queue: string[] = []
  /** Who waits for a node. */
  private readonly waiting = new Map<string, (() => void)[]>()

  constructor(private readonly room: Bedroom) {}

  lay(node: NodeSpec, wires: ReadonlyMap<string, Wire>): void {
    const guard = new Guard(node.name, this)
    const nics = node.nics.map((nic) => {
      const wire = wires.get(nic.wire)!
      const addresses = node.addresses.filter(({ device }) => device === nic.name).flatMap(({ words }) => parsePrefix(words[0] ?? '') ?? [])
      const standIn = new SleepingNic(
        `${node.name}/${nic.name}`,
        nic.mac!,
        wire,
        addresses.map(({ address }) => address),
        guard,
      )
      wire.attach(standIn, portOf(this.room.scenario, nic))
      return standIn
    })
    this.sleeping.set(node.name, { node, nics, known: this.known(node, nics) })
  }

  get names(): readonly string[] {
    return [...this.sleeping.keys()]
  }

  asleep(name: string): SleepingNode | null {
    return this.sleeping.get(name)?.known ?? null
  }

  private known({ name, hostname }: NodeSpec, nics: readonly SleepingNic[]): SleepingNode {
    const address = nics.flatMap(({ addresses }) => addresses)[0]
    return { name, hostname, address: address === undefined ? '' : formatIpv4(address), wake: () => this.awake(name) }
  }

  /** The node of this name, or the one that has the server of this name; null when neither sleeps. */
  bedOf(name: string): string | null {
    if (this.sleeping.has(name)) return name
    const host = this.cloud?.sleep?.hostOf(name) ?? null
    return host !== null && this.sleeping.has(host) ? host : null
  }

  rouse(name: string): void {
    if (!this.sleeping.has(name) || this.queue.includes(name)) return
    this.queue.push(name)
    wakes.count++
  }

  /** Resolves when the node is there. */
  awake(name: string): Promise<void> {
    if (!this.sleeping.has(name)) return Promise.resolve()
    this.rouse(name)
    return new Promise((resolve) => this.waiting.set(name, [...(this.waiting.get(name) ?? []), resolve]))
  }

  // --- Interlude

  get isDue(): boolean {
    return this.queue.length > 0
  }

  async run(): Promise<void> {
    for (let name = this.queue.shift(); name !== undefined; name = this.queue.shift()) await this.wake(name)
  }

  /** What needs another node that sleeps finds that one made up for up to the same time. */
  private async wake(name: string): Promise<void> {
    const sleeper = this.sleeping.get(name)
    if (sleeper === undefined) return
    this.sleeping.delete(name)
    const { sim } = this.room.around
    const present = sim.setBack()
    const boot = this.boot(sleeper)
    await new Clockwork(sim.scheduler, this).driveTo(present.future.nowUs)
    sim.goOn(present)
    boot.hear()
    wakes.count++
    for (const resolve of this.waiting.get(name) ?? []) resolve()
    this.waiting.delete(name)
  }

  private boot({ node, nics }: Sleeper): { hear(): void } {
    const { scenario, around, machines, added, failed } = this.room
    const machine = buildLater(scenario, node, around)
    machines.set(node.name, machine)
    let devices: PhysicalDevice[] = []
    const work = async (): Promise<void> => {
      failed(await configureKernel(node, machine))
      devices = plugAwake(node, machine, nics)
      failed(await configureNetwork(node, machine))
      await this.cloud?.sleep?.wake(node.name)
    }
    void work().catch((error: unknown) => failed([`node ${node.name}: ${error instanceof Error ? error.message : String(error)}`]))
    return {
      hear: () => {
        added(node.name)
        for (const [i, device] of devices.entries()) nics[i]!.handOver(device)
      },
    }
  }
}

/** Decides for a node what must wake it. */
class Guard implements SleepGuard {
  constructor(
    private readonly node: string,
    private readonly sleepers: Sleepers,
  ) {}

  concerns(frame: EthernetFrame, nic: SleepingNic): boolean {
    const sleep = this.sleepers.cloud?.sleep ?? null
    if (sleep === null) return false
    const { payload } = frame
    const isOwn = frame.dst === nic.mac
    if (isOwn && !(payload instanceof Ipv4Packet && isVxlan(payload))) return true
    if (isMulticastMac(frame.dst) && nic.addresses.length > 0) return false
    return sleep.concerns(this.node, frame)
  }

  rouse(): void {
    this.sleepers.rouse(this.node)
  }
}

function isVxlan({ payload }: Ipv4Packet): boolean {
  return payload instanceof UdpDatagram && payload.payload instanceof VxlanPacket
}
