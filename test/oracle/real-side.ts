// A scenario on real Linux: the script that `netlab export` wrote, known only by its words `up`, `exec NODE CMD...`, `nodes`, `down`.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ran, Running, Side } from './outcome.js'
import { limited, unlimited } from './session.js'

const LISTENING = /listening on /
const LEAD_SECONDS = 1.5

export class RealSide implements Side {
  private readonly began = performance.now()

  private constructor(
    private readonly script: string,
    readonly nodes: readonly string[],
  ) {}

  static async up(text: string, place: { folder: string; name: string }): Promise<RealSide> {
    const script = join(place.folder, `${place.name.replaceAll('/', '_')}.sh`)
    writeFileSync(script, text)
    chmodSync(script, 0o755)
    const up = await collected(spawn(script, ['up'], { stdio: ['ignore', 'pipe', 'pipe'] }))
    if (up.exitCode !== 0) throw new Error(`${place.name}: up ended with ${up.exitCode}\n${up.stdout}${up.stderr}`)
    const nodes = await collected(spawn(script, ['nodes'], { stdio: ['ignore', 'pipe', 'pipe'] }))
    return new RealSide(
      script,
      nodes.stdout.split('\n').flatMap((line) => line.split(/\s+/)[0] || []),
    )
  }

  now(): number {
    return (performance.now() - this.began) / 1000
  }

  async until(seconds: number): Promise<void> {
    const left = seconds - this.now()
    if (left > 0) await sleep(left * 1000)
  }

  exec(node: string, cmd: string, timeout: number): Promise<Ran> {
    return collected(this.spawned(node, limited(cmd, timeout)))
  }

  async start(node: string, cmd: string): Promise<Running> {
    const child = this.spawned(node, unlimited(cmd))
    const done = collected(child)
    await underWay(child, done)
    return {
      stop: async () => {
        interrupt(child)
        const patience = setTimeout(() => child.pid !== undefined && signal(child.pid, 'SIGKILL'), 4000)
        const ran = await done
        clearTimeout(patience)
        return ran
      },
    }
  }

  async down(): Promise<void> {
    const down = await collected(spawn(this.script, ['down'], { stdio: ['ignore', 'pipe', 'pipe'] }))
    if (down.exitCode !== 0) throw new Error(`${this.script}: down ended with ${down.exitCode}\n${down.stdout}${down.stderr}`)
  }

  private spawned(node: string, line: string): ChildProcess {
    return spawn(this.script, ['exec', node, 'bash', '-c', line], { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  }
}

/** A capture has begun when it says so; what says nothing gets a moment. */
async function underWay(child: ChildProcess, done: Promise<Ran>): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (LISTENING.test(said)) resolve()
    })
  })
  const patience = new AbortController()
  await Promise.race([heard, done, sleep(LEAD_SECONDS * 1000, undefined, { signal: patience.signal }).catch(() => {})])
  patience.abort()
}

function interrupt(child: ChildProcess): void {
  if (child.pid !== undefined && child.exitCode === null) signal(child.pid, 'SIGINT')
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name)
  } catch {
    // It ended by itself.
  }
}

function collected(child: ChildProcess): Promise<Ran> {
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, by) => {
      const exitCode = code ?? (by === 'SIGINT' ? 130 : 137)
      resolve({ stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), exitCode })
    })
  })
}
