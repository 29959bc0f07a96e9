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

/** Round trips a second of `ping -f`, by its own wall time; or why there is no peer here. */
export function realFlood({ namespaces, tools, build, from, to }: RealChain, count: number, rounds: number): number[] | string {
  if (process.getuid?.() !== 0) return 'needs root'
  for (const tool of ['ip', 'ping', ...tools]) if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) return `needs ${tool}`
  const state = mkdtempSync(join(tmpdir(), 'netlab-bench-'))
  try {
    const built = spawnSync('bash', ['-c', build], { encoding: 'utf8', env: { ...process.env, STATE: state } })
    if (built.status !== 0) return `the namespaces could not be built: ${built.stderr.trim().split('\n').pop()}`
    const rates: number[] = []
    for (let round = 0; round < rounds; round++) {
      const start = process.hrtime.bigint()
      const ping = spawnSync('ip', ['netns', 'exec', from, 'ping', '-f', '-q', '-c', String(count), to], { encoding: 'utf8' })
      const seconds = Number(process.hrtime.bigint() - start) / 1e9
      const received = Number(/(\d+) received/.exec(ping.stdout)?.[1] ?? 0)
      if (received < count * (1 - LOSS_ALLOWED)) return `ping lost packets: ${ping.stdout.trim().split('\n').pop()}`
      rates.push(received / seconds)
    }
    return rates
  } finally {
    spawnSync('sh', ['-c', `for f in ${state}/*/*.pid; do [ -e "$f" ] && kill $(cat $f) && sleep 0.3; done`])
    for (const name of namespaces) spawnSync('ip', ['netns', 'del', name])
    rmSync(state, { recursive: true, force: true })
  }
}
