// `npm run bench`: the ten benchmarks, each in a process of its own: what one taught the compiler is no help and no harm to the next.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Benchmark, Figure } from './report.js'
import { section, tellFigure } from './report.js'
import { load, type Run, writeResults } from './results.js'

const root = process.env.NETLAB_ROOT ?? '.'

const BENCHMARKS: Readonly<Record<number, () => Promise<Benchmark>>> = {
  1: async () => (await import('./dvr-rtt.js')).dvrRtt,
  2: async () => (await import('./flat-rules.js')).flatRules,
  3: async () => (await import('./first-packet.js')).firstPacket,
  4: async () => (await import('./of-pipeline.js')).ofPipeline,
  5: async () => (await import('./trace-text.js')).traceText,
  6: async () => (await import('./felt-command.js')).feltCommand,
  7: async () => (await import('./start.js')).start,
  8: async () => (await import('./boot-reset.js')).bootReset,
  9: async () => (await import('./scale.js')).scale,
  10: async () => (await import('./pingall.js')).pingall,
  11: async () => (await import('./other-clouds.js')).otherClouds,
}

const [first, ...others] = process.argv.slice(2)
if (first === 'one') await runOne(Number(others[0]), others[1]!)
else runAll(process.argv.slice(2).map(Number))

/** In a process of its own: the figures go to `file`. */
async function runOne(number: number, file: string): Promise<never> {
  const { name, run } = await BENCHMARKS[number]!()
  section(`${number} ${name}`)
  const figures = await run()
  for (const figure of figures) tellFigure(figure)
  writeFileSync(file, JSON.stringify({ name, figures }))
  process.exit(0)
}

function runAll(asked: readonly number[]): void {
  const known = Object.keys(BENCHMARKS).map(Number)
  const unknown = asked.filter((number) => !known.includes(number))
  if (unknown.length > 0) throw new Error(`no benchmark ${unknown.join(', ')}; there are ${known.join(', ')}`)
  const folder = mkdtempSync(join(tmpdir(), 'netlab-bench-'))
  const runs: Run[] = []
  for (const number of asked.length > 0 ? asked : known) {
    const loadBefore = load()
    const file = join(folder, `${number}.json`)
    const flags = ['--expose-gc', process.argv[1]!, 'one', String(number), file]
    const { status } = spawnSync(process.execPath, flags, { stdio: 'inherit' })
    if (status !== 0) {
      process.exitCode = 1
      continue
    }
    const { name, figures } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; figures: Figure[] }
    runs.push({ number, name, figures, loadBefore })
  }
  rmSync(folder, { recursive: true, force: true })
  writeResults(join(root, 'test/bench/RESULTS.md'), runs)
}
