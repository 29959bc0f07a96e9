// Two writers at once, killed at any moment; then what they had called safe must be there, whole, and the next start at once.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseJournal } from '../../../src/lab/journal.js'
import { openProgress } from '../../../src/lesson/progress/progress.js'
import { LESSON } from './writer.js'

/** A lock of the dead must not keep it; a busy machine may. */
const START_MS = 3000
const KILLS_A_HOME = 40

export class Rounds {
  readonly losses: string[] = []
  kills = 0
  acknowledged = 0
  slowestStartMs = 0
  private home = ''
  private readonly goals = new Set<string>()
  private journals = new Map<string, number>()
  private sessions = new Map<string, number>()

  constructor(private readonly random: () => number) {}

  async run(kills: number): Promise<void> {
    while (this.kills < kills) {
      if (this.kills % KILLS_A_HOME === 0) this.moveHouse()
      await this.round()
      if (this.kills % 50 === 0)
        process.stderr.write(`kill: ${this.kills} kills, ${this.acknowledged} acknowledged, ${this.losses.length} lost\n`)
    }
    rmSync(this.home, { recursive: true, force: true })
  }

  private moveHouse(): void {
    if (this.home !== '') rmSync(this.home, { recursive: true, force: true })
    this.home = mkdtempSync(join(tmpdir(), 'netlab-kill-'))
    this.goals.clear()
  }

  private async round(): Promise<void> {
    this.journals = new Map()
    this.sessions = new Map()
    const writers = ['a', 'b'].map((letter) => this.writer(`${letter}${this.kills}`))
    await Promise.all(writers.map(({ begun }) => begun))
    // Within one window's work, and now and then in the middle of its start.
    await Promise.all(
      writers.map(async ({ child, ended }) => {
        await new Promise((resolve) => setTimeout(resolve, this.random() * 60))
        child.kill('SIGKILL')
        this.kills++
        await ended
      }),
    )
    await this.check()
  }

  private writer(who: string): { child: ChildProcess; begun: Promise<void>; ended: Promise<void> } {
    const child = spawn(process.execPath, [process.argv[1]!, 'kill', 'writer', who], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NLAB_HOME: this.home },
    })
    let text = ''
    const begun = new Promise<void>((resolve) => {
      child.stdout!.on('data', (bytes: Buffer) => {
        const lines = (text + bytes.toString()).split('\n')
        text = lines.pop() ?? ''
        for (const line of lines) this.hear(line)
        resolve()
      })
    })
    return { child, begun, ended: new Promise((resolve) => void child.on('close', () => resolve())) }
  }

  private hear(line: string): void {
    const [kind, who = '', turn] = line.split(' ')
    if (kind === 'begun') return
    this.acknowledged++
    if (kind === 'goal') this.goals.add(who)
    else if (kind === 'journal') this.journals.set(who, Number(turn))
    else this.sessions.set(who, Number(turn))
  }

  private async check(): Promise<void> {
    const begun = performance.now()
    const progress = await openProgress({ NLAB_HOME: this.home })
    const startMs = performance.now() - begun
    this.slowestStartMs = Math.max(this.slowestStartMs, startMs)
    if (startMs > START_MS) this.lost(`the next start took ${Math.round(startMs)} ms`)
    for (const text of progress.memoryOnly === null ? progress.notices : [progress.memoryOnly]) this.lost(`told: ${text}`)
    const met = new Set(progress.lesson(LESSON).goals)
    for (const goal of this.goals) if (!met.has(goal)) this.lost(`goal ${goal}`)
    this.checkJournals('journals', this.journals)
    this.checkJournals('sessions', this.sessions)
    const left = [this.home, join(this.home, 'journals'), join(this.home, 'sessions')].flatMap((folder) =>
      existsSync(folder) ? readdirSync(folder) : [],
    )
    for (const name of left) if (/\.tmp$|corrupt|\.lock$/.test(name)) this.lost(`left behind: ${name}`)
  }

  /** Of each writer the last one that was called safe, or a later one. */
  private checkJournals(folder: string, safe: ReadonlyMap<string, number>): void {
    const found = new Map<string, number>()
    const path = join(this.home, folder)
    for (const name of existsSync(path) ? readdirSync(path) : []) {
      if (!name.includes('.json') || name.endsWith('.tmp') || name.endsWith('.lock')) continue
      const journal = parseJournal(readFileSync(join(path, name), 'utf8'))
      if (journal === null) this.lost(`${folder}/${name} cannot be read`)
      const [who = '', turn] = (journal?.seed ?? '').split(' ')
      found.set(who, Math.max(Number(turn), found.get(who) ?? -1))
    }
    for (const [who, turn] of safe)
      if ((found.get(who) ?? -1) < turn) this.lost(`${folder}: ${who} ${turn}, found ${found.get(who) ?? 'none'}`)
  }

  private lost(what: string): void {
    this.losses.push(`after kill ${this.kills}: ${what}`)
    process.stderr.write(`kill: LOST ${this.losses.at(-1)}\n`)
  }
}
