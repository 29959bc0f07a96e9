// A helper program that an agent keeps running in a namespace (dnsmasq, the metadata proxy): found again by its pid file and its command line.
import type { Agent } from '../agent.js'
import type { Namespace } from './namespace.js'
import { readFile } from './namespace.js'

export class ExternalProcess {
  constructor(
    private readonly agent: Agent,
    private readonly namespace: Namespace,
    /** Stands somewhere on the process's command line. */
    private readonly uuid: string,
    readonly pidFile: string,
  ) {}

  /** Of the process that runs; null when there is none or the pid is another's by now. */
  get pid(): string | null {
    const pid = readFile(this.agent, this.pidFile)?.trim() ?? ''
    if (!/^\d+$/.test(pid)) return null
    return readFile(this.agent, `/proc/${pid}/cmdline`)?.includes(this.uuid) === true ? pid : null
  }

  async enable(argv: readonly string[]): Promise<void> {
    if (this.pid === null) await this.namespace.exec(argv)
  }

  async reload(): Promise<void> {
    const { pid } = this
    if (pid !== null) await this.agent.run(['kill', '-HUP', pid])
  }

  async disable(): Promise<void> {
    const { pid } = this
    if (pid !== null) await this.agent.run(['kill', '-9', pid])
  }
}
