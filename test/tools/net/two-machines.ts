// Two machines on one cable for the tests of network tools: commands run as processes, virtual time runs free.

import { parsePrefix } from '../../../src/addr/ipv4.js'
import { parseMac } from '../../../src/addr/mac.js'
import { PhysicalDevice } from '../../../src/kernel/dev/physical.js'
import { addIpv4Address } from '../../../src/kernel/devinet.js'
import { Kernel } from '../../../src/kernel/kernel.js'
import { Simulation } from '../../../src/kernel/simulation.js'
import { Wire } from '../../../src/kernel/wire.js'
import type { Command } from '../../../src/node/command.js'
import { imageByName } from '../../../src/node/images.js'
import type { ExecResult } from '../../../src/node/machine.js'
import { Machine } from '../../../src/node/machine.js'

export interface TestLab {
  readonly sim: Simulation
  readonly wire: Wire
  readonly a: Machine
  readonly b: Machine
}

/** a: 10.0.0.1/24 on eth0 (02:00:00:00:01:01), b: 10.0.0.2/24 (02:00:00:00:01:02). */
export function twoMachines(commands: readonly Command[], images: readonly [string, string] = ['debian-12', 'debian-12']): TestLab {
  const sim = new Simulation('test')
  const wire = new Wire(sim, 'cable')
  const byName = new Map(commands.map((command) => [command.name, command]))
  const machine = (name: string, image: string, mac: string, address: string): Machine => {
    const made = new Machine({
      name,
      image: imageByName(image)!,
      kernel: new Kernel(sim, name),
      commands: byName,
      clockStartUs: Date.UTC(2012, 6, 31, 1, 0, 0) * 1000,
    })
    const netns = made.kernel.initNetns
    netns.loopback.setUp()
    const dev = new PhysicalDevice(netns, 'eth0', parseMac(mac)!)
    netns.addDevice(dev)
    dev.plugInto(wire)
    dev.setUp()
    const prefix = parsePrefix(address)!
    addIpv4Address(dev, { local: prefix.address, length: prefix.length })
    return made
  }
  return {
    sim,
    wire,
    a: machine('a', images[0], '02:00:00:00:01:01', '10.0.0.1/24'),
    b: machine('b', images[1], '02:00:00:00:01:02', '10.0.0.2/24'),
  }
}

/** Runs a command while virtual time passes as fast as it can, at most `limitSeconds`. */
export async function run(lab: TestLab, machine: Machine, argv: readonly string[], limitSeconds = 600): Promise<ExecResult> {
  let result: ExecResult | null = null
  void machine.exec(argv).then((done) => {
    result = done
  })
  const until = lab.sim.nowUs + limitSeconds * 1_000_000
  while (result === null) {
    await settle()
    if (result !== null) break
    const next = lab.sim.scheduler.nextAtUs()
    if (next === null || next > until) throw new Error(`${argv.join(' ')}: not done after ${limitSeconds} s of virtual time`)
    lab.sim.scheduler.step()
  }
  return result
}

/** Lets time pass. */
export async function pass(lab: TestLab, seconds: number): Promise<void> {
  const until = lab.sim.nowUs + seconds * 1_000_000
  for (;;) {
    await settle()
    const next = lab.sim.scheduler.nextAtUs()
    if (next === null || next > until) break
    lab.sim.scheduler.step()
  }
  lab.sim.scheduler.advanceTo(until)
}

/** All promises that are ready run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Times of replies and summaries, which no test should pin, taken out. */
export function timeless(text: string): string {
  return text
    .replace(/time=[\d.]+ ms/g, 'time=T ms')
    .replace(/ time \d+ms/g, ' time Tms')
    .replace(/(min\/avg\/max(?:\/mdev)? = )[\d./]+ ms/g, '$1T ms')
    .replace(/ipg\/ewma [\d./]+ ms/g, 'ipg/ewma T ms')
    .replace(/ {2}[\d.]+ms/g, '  Tms')
    .replace(/ {2}[\d.]+ ms/g, '  T ms')
}
