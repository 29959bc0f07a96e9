// A bare machine for the tests of ip, bridge and their kin: a kernel, its namespaces, and what a run printed.
import { Kernel } from '../../../src/kernel/kernel.js'
import type { NetNamespace } from '../../../src/kernel/netns.js'
import { Simulation } from '../../../src/kernel/simulation.js'
import { runBridge } from '../../../src/tools/bridge/bridge.js'
import { runIp } from '../../../src/tools/ip/ip.js'
import type { IpHost } from '../../../src/tools/ip/run.js'

export interface Output {
  stdout: string
  stderr: string
  code: number
}

export class Bench {
  readonly sim = new Simulation(1)
  readonly kernel = new Kernel(this.sim, 'bench')
  readonly netnsNames = new Map<string, NetNamespace>()
  uid = 0

  constructor(
    readonly iproute2 = '6.1.0',
    readonly kernelVersion = '6.18.0',
  ) {}

  get netns(): NetNamespace {
    return this.kernel.initNetns
  }

  /** Runs one line of words (no quoting). */
  async ip(line: string): Promise<Output> {
    const out: Output = { stdout: '', stderr: '', code: 0 }
    const words = line.split(/\s+/).filter((word) => word !== '')
    const run = words[0] === 'bridge' ? runBridge : runIp
    out.code = await run(this.host(out), this.netns, words[0] === 'bridge' || words[0] === 'ip' ? words.slice(1) : words)
    this.sim.scheduler.runUntil(this.sim.nowUs)
    return out
  }

  /** Runs lines that must succeed. */
  async setup(...lines: string[]): Promise<void> {
    for (const line of lines) {
      const out = await this.ip(line)
      if (out.code !== 0) throw new Error(`${line}: ${out.stderr}`)
    }
  }

  /** Standard output alone. */
  async text(line: string): Promise<string> {
    return (await this.ip(line)).stdout
  }

  private host(out: Output): IpHost {
    return {
      out: (text) => {
        out.stdout += text
      },
      error: (line) => {
        out.stderr += `${line}\n`
      },
      uid: this.uid,
      iproute2: this.iproute2,
      kernelVersion: this.kernelVersion,
      netnsNames: this.netnsNames,
      tableNames: new Map(),
      netnsOfPid: (pid) => (pid === 1 ? this.netns : null),
      proc: null,
    }
  }
}
