// 7: what starting costs: the whole program beside an empty Node, in turns.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn as spawnPty } from '@lydell/node-pty'
import { type Benchmark, type Figure, inTurns, median, ratios, row, spread } from './report.js'

const root = process.env.NETLAB_ROOT ?? '.'
const program = join(root, 'dist/netlab.js')
const home = mkdtempSync(join(tmpdir(), 'netlab-bench-home-'))
const ROUNDS = 15

export const start: Benchmark = { name: 'start', run }

async function run(): Promise<Figure[]> {
  try {
    const ms = await inTurns(
      ROUNDS,
      {
        node: () => wallMs(['-e', '0'], /^$/),
        version: () => wallMs([program, '--version'], /^\d/),
        sandbox: () => wallMs([program, 'exec', 'sandbox', 'sandbox', '--', 'ip', 'addr'], /127\.0\.0\.1/),
        cloud: () => wallMs([program, 'exec', 'flat-dhcp', 'controller-1', '--', 'brctl', 'show'], /br100/),
        frame: () => firstFrameMs(),
      },
      2,
    )
    const mib = await inTurns(3, { lab: residentMiB, screen: screenMiB }, 0)
    return figures(ms, mib)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

function wallMs(args: readonly string[], wants: RegExp): number {
  const begin = process.hrtime.bigint()
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, NLAB_HOME: home } })
  const ms = Number(process.hrtime.bigint() - begin) / 1e6
  if (status !== 0 || !wants.test(stdout)) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stdout}`)
  return ms
}

interface Screen {
  readonly ms: number
  readonly mib: number
}

/** From spawn until the screen shows its bottom line. */
function screen(): Promise<Screen> {
  return new Promise((resolve) => {
    const begin = process.hrtime.bigint()
    const env = { ...process.env, NLAB_HOME: home, TERM: 'xterm-256color', CI: undefined, CONTINUOUS_INTEGRATION: undefined }
    const pty = spawnPty(process.execPath, [program], { cols: 120, rows: 36, env })
    let text = ''
    pty.onData((data) => {
      text += data
      if (!text.includes('F10')) return
      const ms = Number(process.hrtime.bigint() - begin) / 1e6
      resolve({ ms, mib: peakMiB(pty.pid) })
      text = ''
      pty.kill()
    })
  })
}

async function firstFrameMs(): Promise<number> {
  return (await screen()).ms
}

async function screenMiB(): Promise<number> {
  return (await screen()).mib
}

/** Of the whole program with the lab open and a server booted, after its answer. */
function residentMiB(): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, 'shell', 'flat-dhcp', 'controller-1', '--json'], {
      env: { ...process.env, NLAB_HOME: home },
    })
    child.stdout.on('data', () => {
      resolve(peakMiB(child.pid!))
      child.kill()
    })
    child.stdin.write(`${JSON.stringify({ cmd: 'nova boot --image cirros --flavor 1 cirros; sleep 30; ping -c 3 10.0.0.2' })}\n`)
  })
}

/** NaN where there is no /proc. */
function peakMiB(pid: number): number {
  const { stdout } = spawnSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8' })
  return Number(/VmHWM:\s+(\d+)/.exec(stdout)?.[1] ?? Number.NaN) / 1024
}

type Times = Record<'node' | 'version' | 'sandbox' | 'cloud' | 'frame', number[]>

function figures(ms: Times, mib: Record<'lab' | 'screen', number[]>): Figure[] {
  for (const [name, values] of Object.entries(ms)) row(`  ${name}`, `${spread(values, 0)} ms`)
  const beside = `node -e 0: ${spread(ms.node, 0)} ms`
  const over = (what: string, values: readonly number[], most: number | null, why: string): Figure => {
    const times = ratios(values, ms.node)
    return {
      what: `${what}, ${spread(values, 0)} ms: over node -e 0`,
      beside,
      target: most === null ? '' : `<= ${most}`,
      measured: spread(times),
      met: most === null ? null : median(times) <= most,
      why,
    }
  }
  const boots = 'the lab is read, booted and its command loaded and run within it'
  return [
    over('netlab --version', ms.version, null, ''),
    over('netlab exec on the sandbox', ms.sandbox, 1.5, boots),
    over('netlab exec in the FlatDHCP cloud (its agents type 150 commands)', ms.cloud, null, ''),
    over("first complete frame of the screen's home", ms.frame, 3, 'Ink, React and Yoga alone are 3.5 times, bundled, for one line'),
    memory('peak memory at the first frame', mib.screen, 80),
    memory('peak memory, lab of the FlatDHCP cloud open, server booted', mib.lab, 150),
  ]
}

function memory(what: string, values: readonly number[], most: number): Figure {
  return { what, beside: '', target: `<= ${most} MiB`, measured: `${spread(values, 0)} MiB`, met: median(values) <= most }
}
