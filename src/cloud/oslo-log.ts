// The log file of an OpenStack agent, as oslo's logging writes it with debug on: what was run, what came of it, what went wrong.
import { LogFile } from '../node/log-file.js'
import type { ExecResult, Machine } from '../node/machine.js'
import { parentPath } from '../node/path.js'

export type LogLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR'

/** Where a release's code says what it runs. */
export interface RunStyle {
  /** The logger. */
  readonly module: string
  /** What goes before each command. */
  readonly helper: readonly string[]
  running(words: readonly string[]): string
  /** Empty: nothing is said. */
  done(words: readonly string[], result: ExecResult): string
  readonly failureIsError: boolean
  /** Function, file and line of the two, which debug lines end with. */
  readonly places: readonly [running: string, done: string]
}

export class OsloLog {
  private readonly file = new LogFile('', 0o644)

  constructor(
    private readonly machine: Machine,
    path: string,
    private readonly style: RunStyle | null,
  ) {
    const { files } = machine
    files.mkdir(parentPath(path), { parents: true })
    const known = files.exists(path) ? files.node(path) : null
    if (known instanceof LogFile) this.file = known
    else if (known === null) files.addNew(path, this.file)
  }

  say(pid: number, level: LogLevel, module: string, words: () => string): void {
    const { clockUs } = this.machine
    this.file.mtimeUs = clockUs
    this.file.note(() => line(clockUs, pid, level, module, words()))
  }

  ran(pid: number, startedUs: number, argv: readonly string[], result: ExecResult): void {
    const { style } = this
    if (style === null) return
    const { clockUs } = this.machine
    this.file.mtimeUs = clockUs
    this.file.note(() => {
      const words = [...style.helper, ...argv]
      const isError = style.failureIsError && result.exitCode !== 0
      const done = style.done(words, result)
      const first = line(startedUs, pid, 'DEBUG', style.module, `${style.running(words)} ${style.places[0]}`)
      if (done === '') return first
      return first + line(clockUs, pid, isError ? 'ERROR' : 'DEBUG', style.module, isError ? done : `${done} ${style.places[1]}`)
    })
  }
}

function line(clockUs: number, pid: number, level: LogLevel, module: string, text: string): string {
  const time = new Date(Math.floor(clockUs / 1000)).toISOString().replace('T', ' ').replace('Z', '')
  return `${time} ${pid} ${level} ${module} [-] ${text}\n`
}

/** Text as Python's repr() shows it. */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\t/g, '\\t').replaceAll(quote, `\\${quote}`)
  return `${quote}${escaped}${quote}`
}

export function pythonList(words: readonly string[]): string {
  return `[${words.map(pythonRepr).join(', ')}]`
}
