// A bare namespace to type iptables commands into.
import { Kernel } from '../../../src/kernel/kernel.js'
import type { Netfilter } from '../../../src/kernel/netfilter/hooks.js'
import { Simulation } from '../../../src/kernel/simulation.js'
import { runIptables } from '../../../src/tools/iptables/main.js'
import { parseRestoreWords, runRestore } from '../../../src/tools/iptables/restore.js'
import { runSave } from '../../../src/tools/iptables/save.js'
import type { XtHost } from '../../../src/tools/iptables/xtables.js'
import { XtRun } from '../../../src/tools/iptables/xtables.js'

const SERVICES: readonly (readonly [string, number, string])[] = [
  ['tcpmux', 1, 'tcp'],
  ['ssh', 22, 'tcp'],
  ['domain', 53, 'tcp'],
  ['domain', 53, 'udp'],
  ['bootps', 67, 'udp'],
  ['http', 80, 'tcp'],
  ['https', 443, 'tcp'],
  ['http-alt', 8080, 'tcp'],
]

export interface Answer {
  exitCode: number
  stdout: string
  stderr: string
}

export class Bench {
  readonly netfilter: Netfilter

  constructor(
    readonly version = '1.8.9',
    netfilter: Netfilter | null = null,
  ) {
    this.netfilter = netfilter ?? new Kernel(new Simulation(1), 'bench').initNetns.netfilter
  }

  private get host(): XtHost {
    const find = (test: (entry: (typeof SERVICES)[number]) => boolean) => SERVICES.find(test)
    return {
      netfilter: this.netfilter,
      version: this.version,
      clockUs: Date.UTC(2012, 8, 8, 9, 6, 5) * 1000,
      service: (name, protocol) => find((each) => each[0] === name && (protocol === null || each[2] === protocol))?.[1] ?? null,
      serviceName: (port, protocol) => find((each) => each[1] === port && (protocol === null || each[2] === protocol))?.[0] ?? null,
      user: (name) => (name === 'root' ? 0 : null),
      group: (name) => (name === 'root' ? 0 : null),
      hostName: (address) => (address === 0x7f000001 ? 'localhost' : null),
      hostAddresses: () => null,
    }
  }

  /** argv with the tool's name first. */
  type(argv: readonly string[], input = ''): Answer {
    const [tool = '', ...words] = argv
    const run = new XtRun(this.host, tool, tool)
    return { exitCode: this.answer(run, tool, words, input), stdout: run.stdout, stderr: run.stderr }
  }

  /** Words separated by blanks; double quotes hold blanks. */
  line(text: string, input = ''): Answer {
    return this.type(
      (text.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^"(.*)"$/, '$1')),
      input,
    )
  }

  private answer(run: XtRun, tool: string, words: string[], input: string): number {
    if (tool === 'iptables') return runIptables(run, words)
    if (tool === 'iptables-save') return runSave(run, words)
    const options = parseRestoreWords(run, words)
    if (typeof options === 'number') return options
    if (options.file === null) return runRestore(run, options, input)
    run.complain(`Can't open ${options.file}: No such file or directory\n`)
    return 1
  }
}
