// A scenario in netlab, with virtual time that is moved to where the real side was.
import { Lab } from '../../src/lab/lab.js'
import { readScript } from '../../src/lab/script-lines.js'
import type { Scenario } from '../../src/scenario/scenario.js'
import type { Ran, Running, Side } from './outcome.js'
import { limited, quoted, unlimited } from './session.js'

export interface Booted {
  readonly image: string
  /** `@NODE COMMAND`: what is typed first. */
  readonly typed: readonly string[]
}

export class NetlabSide implements Side {
  private watchers = 0
  private readonly beganUs: number

  private constructor(private readonly lab: Lab) {
    this.beganUs = lab.nowUs
  }

  static async up(scenario: Scenario, { image, typed }: Booted): Promise<NetlabSide> {
    const lab = await Lab.boot(scenario, { image })
    for (const name of [...lab.asleep]) await lab.wake(name)
    for (const { node, command } of readScript(typed.join('\n'), lab.nodes[0]?.name ?? '')) await lab.run(node, command)
    return new NetlabSide(lab)
  }

  get nodes(): readonly string[] {
    return this.lab.nodes.map(({ name }) => name)
  }

  now(): number {
    return (this.lab.nowUs - this.beganUs) / 1e6
  }

  async until(seconds: number): Promise<void> {
    const left = seconds - this.now()
    if (left > 0) await this.lab.advance(left)
  }

  async exec(node: string, cmd: string, timeout: number): Promise<Ran> {
    const { stdout, stderr, exitCode, bytes } = await this.lab.run(node, `bash -c ${quoted(limited(cmd, timeout))}`, {
      stepLimitSeconds: timeout + 10,
    })
    return { stdout: bytes === undefined ? stdout : Buffer.from(bytes).toString(), stderr: stderr + this.bugs(), exitCode }
  }

  async start(node: string, cmd: string): Promise<Running> {
    const base = `/var/tmp/.watcher-${++this.watchers}`
    const line = `bash -c ${quoted(unlimited(cmd))} > ${base}.out 2> ${base}.err & echo $! > ${base}.pid`
    await this.lab.run(node, line)
    return { stop: () => this.stop(node, base) }
  }

  async down(): Promise<void> {
    this.lab.close()
  }

  private async stop(node: string, base: string): Promise<Ran> {
    const waited = await this.lab.run(node, `kill -INT $(cat ${base}.pid) 2> /dev/null; wait $(cat ${base}.pid)`, { stepLimitSeconds: 10 })
    const machine = this.lab.node(node)?.machine
    // A server that an older image's cloud has not.
    if (machine === undefined) return { ...waited, stderr: waited.stderr + this.bugs() }
    const { files } = machine
    const ran = { stdout: files.read(`${base}.out`), stderr: files.read(`${base}.err`) + this.bugs(), exitCode: waited.exitCode }
    for (const end of ['out', 'err', 'pid']) files.remove(`${base}.${end}`)
    return ran
  }

  private bugs(): string {
    return this.lab
      .takeBugs()
      .map((bug) => `netlab bug: ${bug}\n`)
      .join('')
  }
}
