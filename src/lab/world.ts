// One instance of a scenario at work: clock, machines, cloud. Reset and undo throw it away and make another.
import type { Cloud } from '../cloud/host.js'
import { Simulation } from '../kernel/simulation.js'
import type { Command } from '../node/command.js'
import type { Machine } from '../node/machine.js'
import { buildMachines, plugNics, type Surroundings } from '../scenario/builder.js'
import { configureKernel, configureNetwork, runSetup } from '../scenario/configure.js'
import { LabError } from '../scenario/problem.js'
import type { NodeSpec, Scenario } from '../scenario/scenario.js'
import { Clockwork } from './clockwork.js'
import { Guests } from './guests.js'
import { Sleepers, sleepyNodes } from './sleepers.js'
import { cloudSettled, startCloud } from './start-cloud.js'

/**
 * The nodes have been switched on for this long when the lab opens: agents have settled, link-local addresses are in use, first leases
 * still in the tables of bridges. The clock then shows what the scenario says.
 */
export const BOOT_US = 120_000_000

export interface WorldOptions {
  readonly seed: string
  readonly image: string | null
  readonly commands: ReadonlyMap<string, Command>
  readonly changed: (change: 'node-added' | 'node-removed', node: string) => void
}

export class World {
  readonly sim: Simulation
  readonly clockwork: Clockwork
  readonly machines: Map<string, Machine>
  readonly clockStartUs: number
  cloud: Cloud | null = null
  /** Commands of the boot and the set-up that failed. */
  readonly bootFailures: string[] = []

  private constructor(
    readonly scenario: Scenario,
    options: WorldOptions,
  ) {
    this.sim = new Simulation(options.seed)
    this.clockStartUs = scenario.clockUs - BOOT_US
    const asleep = sleepyNodes(scenario)
    const around: Surroundings = {
      sim: this.sim,
      streams: scenario.cloud?.wake === 'touch' ? this.sim.random.fork('machines') : null,
      commands: options.commands,
      clockStartUs: this.clockStartUs,
      image: options.image,
    }
    this.machines = buildMachines(scenario, around, ({ name }) => !asleep.has(name))
    this.sleepers = new Sleepers({
      scenario,
      around,
      machines: this.machines,
      added: (node) => options.changed('node-added', node),
      failed: (what) => this.bootFailures.push(...what),
    })
    this.clockwork = new Clockwork(this.sim.scheduler, this.sleepers)
    this.guests = new Guests(this.machines, around, options.changed, this.sleepers)
  }

  private readonly sleepers: Sleepers
  private readonly guests: Guests

  /** The sleeping node of this name, or that of the server of this name. */
  bedOf(name: string): string | null {
    return this.sleepers.bedOf(name)
  }

  /** Nodes that nobody has touched yet. */
  get asleep(): readonly string[] {
    return this.sleepers.names
  }

  /** Somebody is to wake before the next event. */
  get isRoused(): boolean {
    return this.sleepers.isDue
  }

  /** Those that are to wake anyway, and those with these names. Precondition: time stands still. */
  async wakeAtOnce(names: readonly string[]): Promise<void> {
    for (const name of names) this.sleepers.rouse(this.bedOf(name) ?? name)
    await this.sleepers.run()
  }

  /** Resolves when the node is there; somebody must drive. */
  awake(name: string): Promise<void> {
    return this.sleepers.awake(name)
  }

  /** Resolves when the lab stands at the scenario's clock, agents settled and set-up done. */
  static async boot(scenario: Scenario, options: WorldOptions): Promise<World> {
    const world = new World(scenario, options)
    await world.finish('the nodes', world.configure())
    if (scenario.cloud !== null) {
      world.cloud = await startCloud(world.guests, scenario.cloud)
      world.sleepers.cloud = world.cloud
      await world.finish('the cloud', cloudSettled(world.cloud))
    }
    await world.finish('the set-up', world.setUp())
    if (world.sim.nowUs > BOOT_US)
      throw new LabError(`scenario ${scenario.name}: booting took longer than ${BOOT_US / 1e6} s of virtual time`)
    await world.clockwork.driveTo(BOOT_US)
    return world
  }

  private async configure(): Promise<void> {
    await this.onEachNode(configureKernel)
    plugNics(this.scenario, this.machines, this.sim, (node, wires) => this.sleepers.lay(node, wires))
    await this.onEachNode(configureNetwork)
  }

  private async onEachNode(work: (node: NodeSpec, machine: Machine) => Promise<string[]>): Promise<void> {
    const awake = this.scenario.nodes.filter(({ name }) => this.machines.has(name))
    const failures = await Promise.all(awake.map((node) => work(node, this.machines.get(node.name)!)))
    this.bootFailures.push(...failures.flat())
  }

  private async setUp(): Promise<void> {
    for (const step of this.scenario.setup) this.bootFailures.push(...(await runSetup(step, this.machines.get(step.node)!)))
  }

  /** Drives time until `work` is done. */
  private async finish(what: string, work: Promise<unknown>): Promise<void> {
    let isDone = false
    let failure: unknown = null
    const end = work.then(
      () => {
        isDone = true
      },
      (error: unknown) => {
        isDone = true
        failure = error
      },
    )
    const ended = await this.clockwork.drive(() => isDone, BOOT_US)
    if (ended !== 'done')
      throw new LabError(
        `scenario ${this.scenario.name}: ${what} did not come up (${ended === 'limit' ? 'time ran out' : 'everybody waits'})`,
      )
    await end
    if (failure !== null) throw failure
  }
}
