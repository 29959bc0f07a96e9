// The real program at a lesson, in a pseudo-terminal or with a pipe, killed while it starts, while commands are typed, while it leaves.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pty from '@lydell/node-pty'
import { parseJournal } from '../../../src/lab/journal.js'
import { openProgress } from '../../../src/lesson/progress/progress.js'

const LESSON = 'linux-primitives/veth'
const GOAL = /✓ List the devices|List the devices.*✓/
/** A screen keeps what was typed each second; a goal it shows is written in the next moment. */
const KEPT_MS = 2500
const WRITTEN_MS = 500

export class ProgramRounds {
  readonly losses: string[] = []
  kills = 0
  slowestStartMs = 0
  private readonly home = mkdtempSync(join(tmpdir(), 'netlab-kill-program-'))
  private goalAtMs: number | null = null
  private readonly typed = new Map<string, number>()

  constructor(
    private readonly program: string,
    private readonly random: () => number,
  ) {}

  async run(kills: number): Promise<void> {
    while (this.kills < kills) {
      if (this.kills % 4 === 3) await this.piped()
      else await this.onScreen()
      this.kills++
      await this.check()
      process.stderr.write(`kill: ${this.kills} kills of the program, ${this.losses.length} lost\n`)
    }
    rmSync(this.home, { recursive: true, force: true })
  }

  private get env(): Record<string, string> {
    return { PATH: process.env['PATH'] ?? '', HOME: this.home, TERM: 'xterm-256color', NLAB_HOME: this.home }
  }

  private async onScreen(): Promise<void> {
    const begun = Date.now()
    const child = pty.spawn(process.execPath, [this.program, 'learn', LESSON], { cols: 120, rows: 36, env: this.env, cwd: this.home })
    const ended = new Promise<void>((resolve) => child.onExit(() => resolve()))
    const device = `k${this.kills}`
    let text = ''
    let isReady = false
    child.onData((data) => {
      text += data
      if (GOAL.test(text)) this.goalAtMs ??= Date.now()
      if (text.includes(`netns add ${device}`)) this.typed.set(device, this.typed.get(device) ?? Date.now())
      if (isReady || !text.includes('root@sandbox')) return
      isReady = true
      this.slowestStartMs = Math.max(this.slowestStartMs, Date.now() - begun)
      child.write(`\x07oip link\rip netns add ${device}\r`)
    })
    // Some leave by themselves and are killed meanwhile.
    const lifeMs = 150 + this.random() * 6000
    if (this.random() < 0.3) setTimeout(() => isReady && child.write('\x1b[21~'), lifeMs - 40)
    await sleep(lifeMs)
    try {
      process.kill(child.pid, 'SIGKILL')
    } catch {
      // It had left already.
    }
    await ended
    this.forget(Date.now())
  }

  private async piped(): Promise<void> {
    const child = spawn(process.execPath, [this.program, 'shell', 'sandbox', '--lesson', LESSON], {
      env: this.env,
      cwd: this.home,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const ended = new Promise<void>((resolve) => void child.on('close', () => resolve()))
    child.stdin.on('error', () => undefined)
    const typing = setInterval(() => child.stdin.write('ip link\nip netns add piped; ip netns del piped\n'), 30)
    await sleep(100 + this.random() * 2500)
    clearInterval(typing)
    child.kill('SIGKILL')
    await ended
  }

  /** What was shown too shortly before the end has not been called safe. */
  private forget(killedMs: number): void {
    if (this.goalAtMs !== null && killedMs - this.goalAtMs < WRITTEN_MS) this.goalAtMs = null
    for (const [device, atMs] of this.typed) if (killedMs - atMs < KEPT_MS) this.typed.delete(device)
  }

  private async check(): Promise<void> {
    const progress = await openProgress({ NLAB_HOME: this.home })
    for (const text of progress.memoryOnly === null ? progress.notices : [progress.memoryOnly]) this.lost(`told: ${text}`)
    if (this.goalAtMs !== null && progress.lesson(LESSON).goals.length === 0) this.lost('a goal that was shown')
    const path = progress.journalPath(LESSON)!
    const text = existsSync(path) ? readFileSync(path, 'utf8') : null
    if (text !== null && parseJournal(text) === null) this.lost('the journal cannot be read')
    for (const device of this.typed.keys()) if (text === null || !text.includes(`netns add ${device}`)) this.lost(`typed: ${device}`)
    const folders = [this.home, join(this.home, 'journals')].filter((folder) => existsSync(folder))
    for (const name of folders.flatMap((folder) => readdirSync(folder)))
      if (/\.tmp$|corrupt|window-|before/.test(name)) this.lost(`left behind: ${name}`)
    const shown = spawnSync(process.execPath, [this.program, 'progress', 'show', '--json'], { env: this.env, encoding: 'utf8' })
    if (shown.status !== 0 || shown.stderr !== '') this.lost(`progress show: ${shown.status} ${shown.stderr}`)
  }

  private lost(what: string): void {
    this.losses.push(`after kill ${this.kills} of the program: ${what}`)
    process.stderr.write(`kill: LOST ${this.losses.at(-1)}\n`)
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
