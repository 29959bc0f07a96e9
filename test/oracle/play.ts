// Plays a file of cases on one side. What happens when on the real side is written down, and netlab does the same after the same time.
import type { Case, CaseFile, Step } from './case-file.js'
import type { Outcome, Output, Ran, Running, Side } from './outcome.js'

const SETUP_TIMEOUT = 30

export interface Played {
  readonly outcomes: readonly Outcome[]
  /** Set-ups that failed, with what they said. */
  readonly troubles: readonly string[]
  /** When each action began, in seconds of the side's clock. */
  readonly starts: readonly number[]
}

/** `starts` of the other side, when there was one. */
export async function play(file: CaseFile, cases: readonly Case[], side: Side, starts: readonly number[] | null): Promise<Played> {
  const player = new Player(side, starts)
  for (const step of file.setup) await player.step(step, file.name)
  const outcomes: Outcome[] = []
  for (const each of cases) outcomes.push(await player.case(each))
  return { outcomes, troubles: player.troubles, starts: player.starts }
}

class Player {
  readonly troubles: string[] = []
  readonly starts: number[] = []
  private lastAt: number | null = null

  constructor(
    private readonly side: Side,
    private readonly schedule: readonly number[] | null,
  ) {}

  async case(each: Case): Promise<Outcome> {
    for (const node of each.cold) await this.step({ node, cmd: 'ip neigh flush all' }, each.key)
    for (const step of each.setup) await this.step(step, each.key)
    const running: Running[] = []
    for (const { node, cmd } of each.captures) {
      await this.begin()
      running.push(await this.side.start(node, cmd))
    }
    await this.begin()
    const outputs = outputsOf('', each.cmd, await this.side.exec(each.node, each.cmd, each.timeout))
    if (running.length > 0) await this.side.until(this.side.now() + each.settle)
    for (const [i, watcher] of each.captures.entries()) {
      await this.begin()
      const ran = await running[i]!.stop()
      // Its exit code is that of who was interrupted first, which is not always the command.
      if (!watcher.quiet) outputs.push(...outputsOf(`capture ${i + 1} on ${watcher.node}: `, watcher.cmd, ran).slice(0, 2))
    }
    for (const step of each.teardown) await this.step(step, each.key)
    return { key: each.key, outputs }
  }

  async step({ node, cmd }: Step, key: string): Promise<void> {
    await this.begin()
    const { stdout, stderr, exitCode } = await this.side.exec(node, cmd, SETUP_TIMEOUT)
    if (exitCode !== 0) this.troubles.push(`${key}: "${cmd}" on ${node} ended with ${exitCode}: ${(stderr || stdout).trim()}`)
  }

  /** Gaps are kept, not places: a side that was slower for once does not hurry after. */
  private async begin(): Promise<void> {
    const { schedule, starts } = this
    const at = schedule?.[starts.length]
    const before = schedule?.[starts.length - 1] ?? 0
    if (at !== undefined) await this.side.until((this.lastAt ?? 0) + at - before)
    this.lastAt = this.side.now()
    starts.push(this.lastAt)
  }
}

function outputsOf(prefix: string, cmd: string, ran: Ran): Output[] {
  return [
    { what: `${prefix}stdout`, cmd, text: ran.stdout },
    { what: `${prefix}stderr`, cmd, text: ran.stderr },
    { what: `${prefix}exit code`, cmd: '', text: String(ran.exitCode) },
  ]
}
