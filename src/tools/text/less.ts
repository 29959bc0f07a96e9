// less and more: at a terminal a pager in raw mode, elsewhere cat.

import type { Command } from '../../node/command.js'
import { eachInput, gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { RawKeys } from '../../node/raw-keys.js'
import type { Terminal } from '../../node/terminal.js'
import { translateRegex } from '../../shell/regex.js'

class Pager {
  private top = 0
  private pattern: RegExp | null = null
  private message = ''
  private readonly keys: RawKeys

  constructor(
    private readonly proc: Process,
    private readonly tty: Terminal,
    private readonly lines: readonly string[],
    private readonly title: string,
    private readonly numbers: boolean,
  ) {
    this.keys = new RawKeys(proc, tty, proc.name === 'more')
  }

  private get rows(): number {
    return Math.max(1, this.tty.rows - 1)
  }

  private get last(): number {
    return Math.max(0, this.lines.length - this.rows)
  }

  async run(): Promise<void> {
    this.proc.out('\x1b[?1049h')
    try {
      for (;;) {
        this.draw()
        const key = await this.keys.next()
        if (key === null || !(await this.obey(key))) return
      }
    } finally {
      this.keys.restore()
      this.proc.out('\x1b[?1049l')
    }
  }

  private draw(): void {
    const width = this.tty.columns
    const shown = this.lines.slice(this.top, this.top + this.rows).map((line, index) => {
      const text = (this.numbers ? `${String(this.top + index + 1).padStart(7)} ` : '') + line.slice(0, width - (this.numbers ? 8 : 0))
      return this.pattern === null ? text : text.replace(this.pattern, (match) => (match === '' ? '' : `\x1b[7m${match}\x1b[27m`))
    })
    while (shown.length < this.rows) shown.push('~')
    const atEnd = this.top >= this.last
    const status = this.message !== '' ? this.message : atEnd ? '(END)' : this.top === 0 && this.title !== '' ? this.title : ':'
    this.message = ''
    this.proc.out(`\x1b[H\x1b[2J${shown.join('\n')}\n\x1b[7m${status}\x1b[27m`)
  }

  /** False: leave. */
  private async obey(key: string): Promise<boolean> {
    const page = this.rows
    switch (key) {
      case 'q':
      case 'Q':
      case '\x03':
        return false
      case ' ':
      case 'f':
      case '\x06':
      case '\x1b[6~':
        this.move(page)
        break
      case 'b':
      case '\x02':
      case '\x1b[5~':
        this.move(-page)
        break
      case 'd':
      case '\x04':
        this.move(Math.ceil(page / 2))
        break
      case 'u':
      case '\x15':
        this.move(-Math.ceil(page / 2))
        break
      case '\n':
      case '\r':
      case 'j':
      case 'e':
      case '\x1b[B':
        this.move(1)
        break
      case 'k':
      case 'y':
      case '\x1b[A':
        this.move(-1)
        break
      case 'g':
      case '<':
      case '\x1b[H':
        this.top = 0
        break
      case 'G':
      case '>':
      case '\x1b[F':
        this.top = this.last
        break
      case '/':
        await this.search()
        break
      case 'n':
        this.find(this.top + 1, 1)
        break
      case 'N':
        this.find(this.top - 1, -1)
        break
      case 'h':
        this.message = 'SPACE page, b back, j/k line, g/G ends, /TEXT search, n again, q quit'
        break
      default:
        break
    }
    return true
  }

  private move(by: number): void {
    this.top = Math.min(this.last, Math.max(0, this.top + by))
  }

  private async search(): Promise<void> {
    let text = ''
    for (;;) {
      this.proc.out(`\r\x1b[K/${text}`)
      const key = await this.keys.next()
      if (key === null || key === '\x1b') return
      if (key === '\r' || key === '\n') break
      if (key === '\x7f' || key === '\b') text = text.slice(0, -1)
      else if (key.length === 1) text += key
    }
    try {
      this.pattern = translateRegex(text, 'extended', { global: true })
      this.find(this.top, 1)
    } catch {
      this.message = 'Invalid pattern'
    }
  }

  private find(from: number, step: 1 | -1): void {
    if (this.pattern === null) return
    for (let i = from; i >= 0 && i < this.lines.length; i += step) {
      this.pattern.lastIndex = 0
      if (!this.pattern.test(this.lines[i]!)) continue
      this.top = Math.min(i, Math.max(this.last, i))
      return
    }
    this.message = 'Pattern not found'
  }
}

async function page(proc: Process, options: ParsedOptions): Promise<number> {
  const { tty } = proc
  if (options.operands.length === 0 && proc.stdin.isTty) {
    proc.error(
      proc.name === 'less' ? 'Missing filename ("less --help" for help)' : `more: bad usage\nTry 'more --help' for more information.`,
    )
    return 1
  }
  if (tty === null || !proc.stdout.isTty) {
    return eachInput(proc, options.operands, async ({ input }) => {
      for (let chunk = await input.readChunk(); chunk !== null; chunk = await input.readChunk()) {
        proc.out(chunk)
        await proc.drain()
      }
    })
  }
  let text = ''
  const code = await eachInput(proc, options.operands, async ({ input }) => void (text += await input.readAll()))
  if (code !== 0 && text === '') return code
  const lines = text.replace(/\n$/, '').split('\n')
  if ((options.has('quit-if-one-screen') || proc.name === 'more') && lines.length < tty.rows) {
    proc.out(text)
    return 0
  }
  await new Pager(proc, tty, lines, options.operands[0] ?? '', options.has('LINE-NUMBERS')).run()
  return 0
}

function pagerTool(name: 'less' | 'more'): Command {
  return gnuTool({
    name,
    path: name === 'less' ? '/usr/bin/less' : '/bin/more',
    usage: `${name} [-FNRSX] [FILE]...`,
    version: ['less', 'less'],
    options: [
      'F|quit-if-one-screen',
      'N|LINE-NUMBERS',
      'R|RAW-CONTROL-CHARS',
      'S|chop-long-lines',
      'X|no-init',
      'i|ignore-case',
      'e',
      'r',
      'n',
      's',
    ],
    run: page,
  })
}

export const lessCommand: Command = pagerTool('less')
export const moreCommand: Command = pagerTool('more')
