// A person at a terminal without a screen: lines are edited by readline, Ctrl-C, Ctrl-Z and Ctrl-D go to the job in front; whatever ends or
// stops the program, the terminal is as it was.
import { createInterface, type Interface } from 'node:readline'
import type { Lab } from '../../lab/lab.js'
import type { LabShell } from '../../lab/lab-shell.js'
import { onEveryExit, onSuspend } from '../../tui/terminal/restore.js'
import { out } from '../streams.js'
import type { Companion } from './shell-plain.js'

/** How long a signal waits for the journal to be written. */
const LAST_WORDS_MS = 1500

// readline's untyped members; Node's own REPL listens to keys in this way.
type Editor = Interface & {
  line: string
  cursor: number
  history: string[]
  _ttyWrite(text: string | undefined, key: { sequence?: string }): void
}

export class Dialogue {
  private readline: Editor | null = null
  /** Lines of a command that goes on. */
  private text = ''
  /** Lines that were typed while a job ran that did not read them. */
  private readonly waiting: string[] = []
  private isOver = false

  constructor(
    private readonly lab: Lab,
    private readonly shell: LabShell,
    private readonly companion: Companion | null,
    /** What the person's own terminal has shown already. */
    private readonly echoes: (text: string) => void,
  ) {}

  untilClosed(): Promise<number> {
    // The pacer's timers do not keep the program alive; this one does until the shell ends.
    const alive = setInterval(() => {}, 1 << 30)
    const stops = [
      onEveryExit((exitCode, error) => this.leave(exitCode, error)),
      onSuspend(
        () => this.close(),
        () => this.goOn(),
      ),
      () => clearInterval(alive),
    ]
    this.shell.onPrompt(() => {
      void (this.companion?.settle() ?? Promise.resolve()).then(() => this.prompted())
    })
    this.goOn()
    return new Promise((resolve) => {
      this.shell.onClose((code) => {
        this.isOver = true
        this.close()
        for (const stop of stops) stop()
        this.lab.close()
        resolve(code)
      })
    })
  }

  private goOn(): void {
    this.open()
    if (!this.shell.isBusy) this.showPrompt()
  }

  private open(): void {
    this.close()
    const { shell } = this
    const readline = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: true,
      completer: (line: string) => completionOf(shell, line),
    }) as Editor
    this.readline = readline
    const edit = readline._ttyWrite.bind(readline)
    readline._ttyWrite = (text, key) => {
      // less and top take keys as they are; a session on another machine lines, as this one does.
      if (shell.isBusy && !shell.isCooked && !shell.isElsewhere) shell.write(key.sequence ?? text ?? '')
      else edit(text, key)
    }
    readline.on('line', (line) => this.take(line))
    readline.on('SIGINT', () => {
      this.text = ''
      this.waiting.length = 0
      if (!shell.isBusy) discardLine(readline)
      shell.interrupt()
    })
    // At the lab's prompt there is no job to stop: netlab itself goes to the background.
    readline.on('SIGTSTP', () => {
      if (shell.isBusy) shell.suspend()
      else process.kill(process.pid, 'SIGTSTP')
    })
    readline.on('close', () => {
      if (this.readline === readline) this.endInput()
    })
  }

  private close(): void {
    const { readline } = this
    this.readline = null
    readline?.close()
  }

  /** Ctrl-D is for the job in front, or for the shell; readline takes it for the end of everything. */
  private endInput(): void {
    this.readline = null
    if (this.isOver) return
    this.shell.eof()
    if (!this.isOver && !process.stdin.readableEnded && !process.stdin.destroyed) this.open()
  }

  private take(line: string): void {
    const { shell } = this
    if (shell.isBusy) {
      this.echoes(shell.hasEcho ? `${line}\n` : '')
      return shell.submit(line)
    }
    this.enter(line)
  }

  private enter(line: string): void {
    const { shell } = this
    this.text += this.text === '' ? line : `\n${line}`
    if (shell.needsMore(this.text)) return this.next()
    const whole = this.text
    this.text = ''
    shell.submit(whole)
  }

  private prompted(): void {
    const lines = this.shell.typeAhead.split('\n')
    const last = lines.pop() ?? ''
    this.waiting.push(...lines)
    this.next()
    if (last !== '') this.readline?.write(last)
  }

  /** What was typed ahead, as if it were typed now; else the person. */
  private next(): void {
    const line = this.waiting.shift()
    if (line === undefined) return this.showPrompt()
    out(`${this.prompt}${line}\n`)
    this.enter(line)
  }

  private get prompt(): string {
    return this.text === '' ? this.shell.prompt : '> '
  }

  private showPrompt(): void {
    const { readline, shell } = this
    if (readline === null) return
    // Lines that a job has read are not the shell's.
    readline.history = [...shell.history].reverse()
    readline.setPrompt(this.prompt)
    readline.prompt(true)
  }

  private leave(exitCode: number, error: unknown): void {
    this.isOver = true
    this.close()
    if (error !== null) {
      process.stderr.write(`netlab: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
      process.exit(exitCode)
    }
    const limit = new Promise<void>((resolve) => void setTimeout(resolve, LAST_WORDS_MS))
    void Promise.race([this.companion?.end(), limit]).finally(() => process.exit(exitCode))
  }
}

/** What was typed stays to be seen, and is gone. */
function discardLine(readline: Editor): void {
  readline.write(null as unknown as string, { ctrl: true, name: 'e' })
  readline.line = ''
  readline.cursor = 0
}

function completionOf(shell: LabShell, line: string): [string[], string] {
  const { from, candidates } = shell.complete(line, line.length)
  const [first] = candidates
  // The only one is whole, as bash shows with a blank.
  if (first !== undefined && candidates.length === 1) return [[/[/= ]$/.test(first) ? first : `${first} `], line.slice(from)]
  return [[...candidates], line.slice(from)]
}
