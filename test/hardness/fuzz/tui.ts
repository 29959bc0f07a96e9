// `npm run hardness -- fuzz tui [--seconds N] [--seed N] [--episode N] [--record]`: keys into the screen, and every way out of the real
// program. An episode is told by seed and number, so that it can be had again.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { recordRow } from '../record.js'
import { everyExit } from '../terminal/exits.js'
import { ptyRun } from '../terminal/pty-run.js'
import { ScreenRun } from '../terminal/screen-run.js'
import { Chance } from './chance.js'

const ROOT = process.env['NETLAB_ROOT'] ?? process.cwd()
const PROGRAM = process.env['NLAB_TEST_PROGRAM'] ?? join(ROOT, 'dist/netlab.js')
const INPUTS = 150
/** The real program takes a second to start: one episode in so many. */
const REAL_EACH = 6

export async function tui(words: readonly string[]): Promise<number> {
  const seconds = numberAfter(words, '--seconds', 120)
  const seed = numberAfter(words, '--seed', 1)
  const only = numberAfter(words, '--episode', -1)
  const hasProgram = existsSync(PROGRAM)
  if (!hasProgram) process.stderr.write('fuzz tui: the real program is left out: npm run build makes it\n')
  const begun = Date.now()
  const run = new Episodes(seed)
  if (only >= 0) await run.one(only)
  else while (Date.now() - begun < seconds * 1000) await run.next(hasProgram)
  const exits = hasProgram && only < 0 ? await everyExit(PROGRAM) : { cases: 0, wrong: [] }
  for (const text of exits.wrong) process.stdout.write(`FOUND exit: ${text}\n`)
  const found = run.findings + exits.wrong.length
  const took = Math.round((Date.now() - begun) / 1000)
  const row = `| ${new Date().toISOString().slice(0, 10)} | ${seed} | ${run.episodes} | ${run.inputs} | ${run.real} | ${exits.cases} | ${took} | ${run.heap} | ${Math.round(run.slowestMs)} | ${found} |\n`
  process.stdout.write(row)
  if (words.includes('--record')) recordRow('keys', row)
  return found === 0 ? 0 : 1
}

class Episodes {
  episodes = 0
  inputs = 0
  real = 0
  findings = 0
  slowestMs = 0
  private readonly heaps: number[] = []

  constructor(private readonly seed: number) {}

  get heap(): string {
    const { heaps } = this
    return heaps.length < 2 ? '-' : `${heaps[Math.min(5, heaps.length - 1)]} -> ${heaps.at(-1)}`
  }

  async next(hasProgram: boolean): Promise<void> {
    if (hasProgram && this.episodes % REAL_EACH === REAL_EACH - 1) await this.onReal(this.episodes)
    else await this.one(this.episodes)
    this.episodes++
  }

  async one(episode: number): Promise<void> {
    const run = new ScreenRun(new Chance(`keys ${this.seed} ${episode}`))
    await run.run(INPUTS)
    this.inputs += run.typed.length
    this.slowestMs = Math.max(this.slowestMs, run.slowestMs)
    for (const text of run.found) this.tell(episode, `${text}\n  typed: ${run.typed.slice(-30).join(' ')}`)
    globalThis.gc?.()
    this.heaps.push(Math.round(process.memoryUsage().heapUsed / 1e6))
  }

  private async onReal(episode: number): Promise<void> {
    this.real++
    this.inputs += INPUTS
    for (const text of await ptyRun(PROGRAM, new Chance(`keys ${this.seed} ${episode}`), INPUTS)) this.tell(episode, text)
  }

  private tell(episode: number, text: string): void {
    this.findings++
    process.stdout.write(`FOUND --seed ${this.seed} --episode ${episode}: ${text}\n`)
  }
}

function numberAfter(words: readonly string[], name: string, otherwise: number): number {
  const at = words.indexOf(name)
  return at < 0 ? otherwise : Number(words[at + 1])
}
