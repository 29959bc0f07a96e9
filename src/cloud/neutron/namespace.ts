// A network namespace as neutron's agents use one: made when it is missing, worked in by `ip netns exec`.
import { formatPrefix } from '../../addr/ipv4.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { NetNamespace } from '../../kernel/netns.js'
import { SCOPE_UNIVERSE } from '../../kernel/route-entry.js'
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

  /** `ip link` and `ip addr`: typed, or calls of pyroute2, by release. */
  link(argv: readonly string[], options: RunOptions = {}): Promise<ExecResult> {
    if (!this.netlink) return this.exec(argv, options)
    const [ip = '', ...rest] = argv
    return this.agent.run([ip, '-n', this.name, ...rest], this.call(options))
  }

  /** On the node, outside of the namespace. */
  root(argv: readonly string[], options: RunOptions = {}): Promise<ExecResult> {
    return this.agent.run(argv, this.call(options))
  }

  /** pyroute2 reads the names from their directory. */
  async exists(): Promise<boolean> {
    if (this.netlink) return this.netns !== null
    const { stdout } = await this.root(['ip', '-o', 'netns', 'list'])
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

  /** Where a look is a call of netlink it is no command, and changes nothing. */
  async hasDevice(device: string): Promise<boolean> {
    if (this.netlink) return this.netns?.deviceByName(device) != null
    const { exitCode } = await this.link(['ip', '-o', 'link', 'show', device], { mayFail: true })
    return exitCode === 0
  }

  /** Without lo. */
  async devices(): Promise<string[]> {
    if (this.netlink) return (this.netns?.devices ?? []).map(({ name }) => name).filter((name) => name !== 'lo')
    const { stdout } = await this.link(['ip', '-o', '-d', 'link', 'list'], { mayFail: true })
    return stdout.split('\n').flatMap((line) => {
      const name = /^\d+: ([^:@]+)/.exec(line)?.[1]
      return name === undefined || name === 'lo' ? [] : [name]
    })
  }

  /** Global IPv4 addresses that do not come from DHCP, as `10.10.10.1/24`. */
  async addresses(device: string): Promise<string[]> {
    if (this.netlink) return permanentAddresses(this.netns?.deviceByName(device) ?? null)
    const { stdout } = await this.link(['ip', 'addr', 'show', device, 'permanent', 'scope', 'global'], { mayFail: true })
    return stdout.split('\n').flatMap((line) => /^\s+inet (\S+)/.exec(line)?.[1] ?? [])
  }

  /** For looks over netlink, which are no commands. */
  get netns(): NetNamespace | null {
    return this.agent.machine.netnsNames.get(this.name) ?? null
  }

  private call(options: RunOptions): RunOptions {
    return this.netlink ? { ...options, standsFor: options.standsFor ?? 'netlink (pyroute2)' } : options
  }
}

function permanentAddresses(dev: NetDevice | null): string[] {
  const own = (dev?.addresses ?? []).filter(({ scope, validUntilUs }) => scope === SCOPE_UNIVERSE && validUntilUs === null)
  return own.map(({ local, length }) => formatPrefix({ address: local, length }))
}

/** What an agent reads itself, without a command; null when there is no such file. */
export function readFile(agent: Agent, path: string): string | null {
  const { files } = agent.machine
  return files.exists(path) ? files.read(path) : null
}
