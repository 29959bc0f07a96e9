// One machine with the network tools, and what a line printed on it.
import { Kernel } from '../../../src/kernel/kernel.js'
import type { NetNamespace } from '../../../src/kernel/netns.js'
import { Simulation } from '../../../src/kernel/simulation.js'
import type { Command } from '../../../src/node/command.js'
import { imageByName } from '../../../src/node/images.js'
import { type ExecResult, Machine } from '../../../src/node/machine.js'
import { bridgeCommand } from '../../../src/tools/bridge/bridge.js'
import { brctlCommand } from '../../../src/tools/bridge-utils/brctl.js'
import { ethtoolCommand } from '../../../src/tools/ethtool/ethtool.js'
import { ipCommand } from '../../../src/tools/ip/ip.js'
import { lsmodCommand, modprobeCommand, rmmodCommand } from '../../../src/tools/kmod/kmod.js'
import { arpCommand } from '../../../src/tools/net-tools/arp.js'
import { ifconfigCommand } from '../../../src/tools/net-tools/ifconfig.js'
import { netstatCommand } from '../../../src/tools/net-tools/netstat.js'
import { routeCommand } from '../../../src/tools/net-tools/route.js'
import { sysctlCommand } from '../../../src/tools/sysctl/sysctl.js'

const COMMANDS: readonly Command[] = [
  ipCommand,
  bridgeCommand,
  brctlCommand,
  ifconfigCommand,
  routeCommand,
  arpCommand,
  netstatCommand,
  sysctlCommand,
  ethtoolCommand,
  modprobeCommand,
  lsmodCommand,
  rmmodCommand,
]

export class Bench {
  readonly sim = new Simulation('ip')
  readonly machine: Machine

  constructor(image = 'debian-12') {
    const kernel = new Kernel(this.sim, 'bench')
    const commands = new Map(COMMANDS.map((command) => [command.name, command]))
    this.machine = new Machine({ name: 'bench', image: imageByName(image)!, kernel, commands, clockStartUs: 1_343_696_400_000_000 })
  }

  get netns(): NetNamespace {
    return this.machine.kernel.initNetns
  }

  /** The network is quiet: no addresses make themselves. */
  withoutIpv6(): this {
    this.netns.sysctl.write('net.ipv6.conf.all.disable_ipv6', '1')
    this.netns.sysctl.write('net.ipv6.conf.default.disable_ipv6', '1')
    return this
  }

  /** One line of words; quotes hold words together. */
  async run(line: string, uid = 0): Promise<ExecResult> {
    const argv = [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2]!)
    let result: ExecResult | null = null
    void this.machine.exec(argv, { uid }).then((done) => {
      result = done
    })
    for (let i = 0; i < 100 && result === null; i++) await this.pass(0.02)
    if (result === null) throw new Error(`${line}: still runs`)
    return result
  }

  /** Lines that must succeed. */
  async setup(...lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      const result = await this.run(line)
      if (result.exitCode !== 0) throw new Error(`${line}: ${result.stderr}`)
    }
  }

  async text(line: string): Promise<string> {
    return (await this.run(line)).stdout
  }

  async pass(seconds: number): Promise<void> {
    const until = this.sim.nowUs + seconds * 1_000_000
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      const next = this.sim.scheduler.nextAtUs()
      if (next === null || next > until) break
      this.sim.scheduler.step()
    }
    this.sim.scheduler.advanceTo(until)
  }
}
