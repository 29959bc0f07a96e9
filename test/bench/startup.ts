// What starting costs: the whole program against an empty Node, as ratios of medians within this run.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn as spawnPty } from '@lydell/node-pty'
import { median } from './report.js'

const root = process.env.NETLAB_ROOT ?? '.'
const program = join(root, 'dist/netlab.js')
const home = mkdtempSync(join(tmpdir(), 'netlab-bench-home-'))

function wallMs(args: readonly string[]): number {
  const start = process.hrtime.bigint()
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore', env: { ...process.env, NLAB_HOME: home } })
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`)
  return Number(process.hrtime.bigint() - start) / 1e6
}

/** Milliseconds from spawn until the screen shows its bottom line. */
function firstFrameMs(): Promise<number> {
  return new Promise((resolve) => {
    const start = process.hrtime.bigint()
    const env = { ...process.env, NLAB_HOME: home, TERM: 'xterm-256color', CI: undefined, CONTINUOUS_INTEGRATION: undefined }
    const pty = spawnPty(process.execPath, [program], { cols: 120, rows: 36, env })
    let text = ''
    pty.onData((data) => {
      text += data
      if (!text.includes('F10')) return
      resolve(Number(process.hrtime.bigint() - start) / 1e6)
      text = ''
      pty.kill()
    })
  })
}

export interface Startup {
  readonly nodeMs: number
  readonly plainMs: number
  readonly cloudMs: number
  readonly frameMs: number
}

/** In turn, so that a machine that slows down slows all of them. */
export async function startup(rounds: number): Promise<Startup> {
  const [bare, plain, cloud, frame]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let round = 0; round <= rounds; round++) {
    const times = [
      wallMs(['-e', '0']),
      wallMs([program, 'exec', 'sandbox', 'sandbox', '--', 'ip', 'addr']),
      wallMs([program, 'exec', 'flat-dhcp', 'controller-1', '--', 'brctl', 'show']),
      await firstFrameMs(),
    ]
    if (round === 0) continue
    bare.push(times[0]!)
    plain.push(times[1]!)
    cloud.push(times[2]!)
    frame.push(times[3]!)
  }
  return { nodeMs: median(bare), plainMs: median(plain), cloudMs: median(cloud), frameMs: median(frame) }
}

/** Resident MiB of the whole program with the lab open and a VM booted, after its answer. */
export function residentMiB(): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, 'shell', 'flat-dhcp', 'controller-1', '--json'], {
      env: { ...process.env, NLAB_HOME: home },
    })
    child.stdout.on('data', () => {
      const status = spawnSync('cat', [`/proc/${child.pid}/status`], { encoding: 'utf8' }).stdout
      resolve(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
      child.kill()
    })
    child.stdin.write(`${JSON.stringify({ cmd: 'nova boot --image cirros --flavor 1 cirros; sleep 30; ping -c 3 10.0.0.2' })}\n`)
  })
}
