// A chain of real namespaces, built by a script, and `ping -f` along it: the peer of a path in netlab. Root only.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface RealChain {
  /** Its namespaces; they are deleted in the end. */
  readonly namespaces: readonly string[]
  readonly tools: readonly string[]
  /** bash, ending with pings that warm the path; `$STATE` is a directory of its own, whose pid files name daemons to stop. */
  readonly build: string
  readonly from: string
  readonly to: string
}

/** A userspace datapath may lose a ping in a hundred. */
const LOSS_ALLOWED = 0.02

export class RealFlood {
  private constructor(
    private readonly chain: RealChain,
    private readonly state: string,
  ) {}

  /** Builds the namespaces; or says why there is no peer here. */
  static open(chain: RealChain): RealFlood | string {
    if (process.getuid?.() !== 0) return 'needs root'
    for (const tool of ['ip', 'ping', ...chain.tools])
      if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) return `needs ${tool}`
    const real = new RealFlood(chain, mkdtempSync(join(tmpdir(), 'netlab-bench-')))
    const built = spawnSync('bash', ['-c', chain.build], { encoding: 'utf8', env: { ...process.env, STATE: real.state } })
    if (built.status === 0) return real
    real.close()
    return `the namespaces could not be built: ${built.stderr.trim().split('\n').pop()}`
  }

  /** Round trips a second of one `ping -f`, by its own wall time; or what went wrong. */
  round(count: number): number | string {
    const { from, to } = this.chain
    const start = process.hrtime.bigint()
    const ping = spawnSync('ip', ['netns', 'exec', from, 'ping', '-f', '-q', '-c', String(count), to], { encoding: 'utf8' })
    const seconds = Number(process.hrtime.bigint() - start) / 1e9
    const received = Number(/(\d+) received/.exec(ping.stdout)?.[1] ?? 0)
    if (received < count * (1 - LOSS_ALLOWED)) return `ping lost packets: ${ping.stdout.trim().split('\n').pop()}`
    return received / seconds
  }

  /** As `round`; a flood that went wrong ends the benchmark. */
  mustRound(count: number): number {
    const rate = this.round(count)
    if (typeof rate === 'string') throw new Error(rate)
    return rate
  }

  /** A line in one of its namespaces. */
  in(namespace: string, line: string, input = ''): string {
    const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', namespace, 'bash', '-c', line], { encoding: 'utf8', input })
    if (status !== 0) throw new Error(`${line}: ${stderr}`)
    return stdout
  }

  /** Milliseconds of one ping, as it prints them. */
  pingMs(): number {
    const { from, to } = this.chain
    return Number(/ time=([\d.]+) ms/.exec(this.in(from, `ping -c 1 ${to}`))![1])
  }

  close(): void {
    const { state } = this
    spawnSync('sh', ['-c', `for f in ${state}/*/*.pid; do [ -e "$f" ] && kill $(cat $f) && sleep 0.3; done`])
    for (const name of this.chain.namespaces) spawnSync('ip', ['netns', 'del', name])
    rmSync(state, { recursive: true, force: true })
  }
}
