// A network namespace as neutron's agents use one: made when it is missing, worked in by `ip netns exec`.
import type { ExecResult } from '../../node/machine.js'
import type { Agent, RunOptions } from '../agent.js'

export class Namespace {
  constructor(
    readonly name: string,
    readonly agent: Agent,
    /** The release talks netlink to the kernel; commands that only stand for such calls say so. */
    private readonly netlink: boolean,
  ) {}

  exec(argv: readonly string[], options: RunOptions = {}): Promise<ExecResult> {
    return this.agent.run(['ip', 'netns', 'exec', this.name, ...argv], options)
  }

  /** `ip link`, `ip addr` and `ip netns`: typed, or calls of pyroute2, by release. */
  link(argv: readonly string[], options: RunOptions = {}): Promise<ExecResult> {
    return this.exec(argv, this.call(options))
  }

  /** On the node, outside of the namespace. */
  root(argv: readonly string[], options: RunOptions = {}): Promise<ExecResult> {
    return this.agent.run(argv, this.call(options))
  }

  async exists(): Promise<boolean> {
    const { stdout } = await this.root(this.netlink ? ['ip', 'netns', 'list'] : ['ip', '-o', 'netns', 'list'])
    return stdout.split('\n').some((line) => line.split(' ')[0] === this.name)
  }

  /** True when it had to be made. */
  async ensure(): Promise<boolean> {
    if (await this.exists()) return false
    await this.root(['ip', 'netns', 'add', this.name])
    if (this.netlink) await this.exec(['sysctl', '-w', 'net.ipv4.conf.all.promote_secondaries=1'])
    await this.link(['ip', 'link', 'set', 'lo', 'up'])
    return true
  }

  async delete(): Promise<void> {
    await this.root(['ip', 'netns', 'delete', this.name], { mayFail: true })
  }

  async hasDevice(device: string): Promise<boolean> {
    const { exitCode } = await this.link(['ip', '-o', 'link', 'show', device], { mayFail: true })
    return exitCode === 0
  }

  /** Without lo. */
  async devices(): Promise<string[]> {
    const { stdout } = await this.link(['ip', '-o', '-d', 'link', 'list'], { mayFail: true })
    return stdout.split('\n').flatMap((line) => {
      const name = /^\d+: ([^:@]+)/.exec(line)?.[1]
      return name === undefined || name === 'lo' ? [] : [name]
    })
  }

  private call(options: RunOptions): RunOptions {
    return this.netlink ? { ...options, standsFor: options.standsFor ?? 'netlink (pyroute2)' } : options
  }
}

/** What an agent reads itself, without a command; null when there is no such file. */
export function readFile(agent: Agent, path: string): string | null {
  const { files } = agent.machine
  return files.exists(path) ? files.read(path) : null
}
