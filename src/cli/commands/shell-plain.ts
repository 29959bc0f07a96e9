// `netlab shell SCENARIO [NODE]`: a login shell line by line, without any drawing. At a terminal virtual time follows the wall clock.
import { createInterface } from 'node:readline'
import type { Lab } from '../../lab/lab.js'
import type { LabShell } from '../../lab/lab-shell.js'
import { EXIT, UsageError } from '../exit-code.js'
import { keepSessions, resumeSession } from '../sessions.js'
import { outOfShell } from '../streams.js'
import { bootLab } from './lab-options.js'
import type { ShellOptions } from './shell.js'
import { Dialogue } from './shell-dialogue.js'

/** A lesson told as text beside the shell; its words of `lab` are in the lab's shells already. */
export interface Companion {
  begin(): void
  settle(): Promise<void>
  /** The session is over: what is to be kept is kept. */
  end(): Promise<void>
}

interface Opened {
  readonly lab: Lab
  readonly node: string
  readonly companion: Companion | null
}

export async function shellPlain(scenario: string, wanted: string | undefined, options: ShellOptions): Promise<number> {
  const { lab, node, companion } =
    options.lesson === undefined ? await plainLab(scenario, options) : await lessonLab(scenario, options.lesson, options)
  const at = wanted ?? node
  await lab.wake(at)
  if (lab.node(at) === null) throw new UsageError(lab.unknownNode(at))
  keepSessions(lab)
  const isTerminal = process.stdin.isTTY === true
  // In a session that goes on, the terminal that was open there.
  const open = lab.openShells.find((shell) => shell.node === at)
  const shell = open ?? lab.openShell(at, { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 })
  const session = new PlainSession(lab, shell, companion)
  const code = await (isTerminal ? session.talk() : session.read())
  await companion?.end()
  return code
}

async function plainLab(scenario: string, options: ShellOptions): Promise<Opened> {
  const lab = options.resume === undefined ? await bootLab(scenario, options) : await resumeSession(scenario, options.resume)
  return { lab, node: lab.openShells[0]?.node ?? lab.nodes[0]!.name, companion: null }
}

async function lessonLab(scenario: string, name: string, options: ShellOptions): Promise<Opened> {
  const { openPlainLesson } = await import('./plain-lesson.js')
  return openPlainLesson(scenario, name, options)
}

/** Sessions within sessions that the end of the input closes. */
const MOST_SESSIONS = 10

class PlainSession {
  private exitCode: number | null = null
  private readonly mute: () => void
  /** What the lab's terminal will show once more. */
  private echo = ''

  constructor(
    private readonly lab: Lab,
    private readonly shell: LabShell,
    private readonly companion: Companion | null,
  ) {
    this.mute = shell.onOutput((text) => outOfShell(this.withoutEcho(text)))
    shell.onClose((code) => {
      this.exitCode = code
    })
  }

  private withoutEcho(text: string): string {
    let same = 0
    while (same < text.length && same < this.echo.length && text[same] === this.echo[same]) same++
    this.echo = same < text.length ? '' : this.echo.slice(same)
    return text.slice(same)
  }

  /** Lines from a pipe: time runs free, each command to its end. */
  async read(): Promise<number> {
    await this.lab.untilPrompt(this.shell)
    this.companion?.begin()
    let text = ''
    for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
      text += text === '' ? line : `\n${line}`
      if (this.shell.needsMore(text)) continue
      await this.enter(text)
      text = ''
      if (this.exitCode !== null) return this.exitCode
    }
    // The farewell of a login shell is no output of the script.
    this.mute()
    // Sessions on other machines end first.
    for (let i = 0; i < MOST_SESSIONS && this.exitCode === null; i++) {
      this.shell.eof()
      await this.lab.untilPrompt(this.shell)
    }
    return this.exitCode ?? EXIT.done
  }

  private async enter(line: string): Promise<void> {
    this.shell.submit(line)
    if (!(await this.lab.untilPrompt(this.shell)) && this.exitCode === null) await this.breakOff()
    await this.companion?.settle()
  }

  /** The step limit: what does not end by itself is interrupted. */
  private async breakOff(): Promise<void> {
    this.shell.interrupt()
    await this.lab.untilPrompt(this.shell, 20)
  }

  /** A person at a terminal: time follows the wall clock. */
  talk(): Promise<number> {
    this.lab.pace.start(1)
    this.lab.packets.start()
    this.companion?.begin()
    return new Dialogue(this.lab, this.shell, this.companion, (echo) => {
      this.echo = echo
    }).untilClosed()
  }
}
