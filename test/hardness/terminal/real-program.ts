// The real program under a shell in a pseudo-terminal whose state can be read: modes of the line discipline before and after, the
// emulator's modes, the exit code. The shell stays; the program's own process is found by its id.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pty from '@lydell/node-pty'
import xterm from '@xterm/headless'

/** Loaded into the program before anything else: tells its process id, and breaks it when it is asked to. */
const PRELOAD = `require('node:fs').writeFileSync(process.env.PID_FILE, String(process.pid))
const broken = process.env.BREAK
if (broken) process.on('SIGUSR2', () => {
  if (broken === 'exception') throw new Error('broken on purpose')
  if (broken === 'rejection') Promise.reject(new Error('broken on purpose'))
  if (broken === 'nothing') Promise.reject(undefined)
})`

export interface Start {
  readonly program: string
  readonly args: readonly string[]
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
  /** Words before the program: `nohup`. */
  readonly before?: string
}

export class RealProgram {
  readonly terminal: InstanceType<typeof xterm.Terminal>
  readonly child: pty.IPty
  readonly home = mkdtempSync(join(tmpdir(), 'netlab-real-'))
  readonly ended: Promise<void>
  all = ''
  /** Without a screen of its own. */
  isPlain = false
  private isOver = false

  constructor({ program, args, columns = 100, rows = 30, env = {}, before = '' }: Start) {
    this.terminal = new xterm.Terminal({ cols: Math.max(1, columns), rows: Math.max(1, rows), allowProposedApi: true })
    const preload = join(this.home, 'preload.cjs')
    writeFileSync(preload, PRELOAD)
    // With job control, as a person's shell has it; what is typed while the program runs is the program's.
    const run = `${before} "${process.execPath}" --require ./preload.cjs "${program}" ${args.join(' ')}; code=$?`
    // An interactive shell puts the modes right before it says that something has stopped; this one is told to.
    const again =
      'while [ $code = 147 ] || [ $code = 148 ]; do stty -a > stopped; stty $(cat saved); echo stopped; read -r _; fg; code=$?; done'
    const script = `stty -g > saved; stty -a > before; ${run}; ${again}; echo code-$code > code; stty -a > after; echo "the shell again"; read -r _`
    const all = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.home,
      TERM: 'xterm-256color',
      NLAB_HOME: join(this.home, 'netlab'),
      PID_FILE: join(this.home, 'pid'),
      ...env,
    }
    this.child = pty.spawn('bash', ['--norc', '-m', '-c', script], { cols: columns, rows, env: all, cwd: this.home })
    this.child.onData((text) => {
      this.all += text
      this.terminal.write(text)
    })
    this.ended = new Promise((resolve) =>
      this.child.onExit(() => {
        this.isOver = true
        resolve()
      }),
    )
  }

  get pid(): number {
    return Number(this.file('pid'))
  }

  file(name: string): string {
    const path = join(this.home, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }

  text(): string {
    const buffer = this.terminal.buffer.active
    return Array.from({ length: this.terminal.rows }, (_, row) => buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? '').join(
      '\n',
    )
  }

  async until(what: RegExp | (() => boolean), seconds = 15): Promise<void> {
    const isThere = typeof what === 'function' ? what : () => what.test(this.text())
    for (const begun = Date.now(); Date.now() - begun < seconds * 1000; ) {
      if (isThere()) return
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    throw new Error(`never came: ${String(what)}; on the screen:\n${this.text()}`)
  }

  signal(name: NodeJS.Signals): void {
    try {
      process.kill(this.pid, name)
    } catch {
      // It had left by itself in this very moment.
    }
  }

  resize(columns: number, rows: number): void {
    this.child.resize(columns, rows)
    this.terminal.resize(columns, rows)
  }

  /** The window is closed. */
  hangUp(): void {
    ;(this.child as pty.IPty & { destroy(): void }).destroy()
  }

  /** What is not as the learner's shell had it; empty: all is. What was written last may be on its way when the end is known. */
  async notRestored(): Promise<string[]> {
    let wrong = await this.leftBehind()
    for (let i = 0; i < 20 && wrong.length > 0; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      wrong = await this.leftBehind()
    }
    return wrong
  }

  private async leftBehind(): Promise<string[]> {
    await new Promise<void>((resolve) => this.terminal.write('', resolve))
    const { modes, buffer } = this.terminal
    const wrong: string[] = []
    if (buffer.active.type !== 'normal') wrong.push('the alternate screen')
    if (modes.bracketedPasteMode) wrong.push('bracketed paste')
    if (modes.mouseTrackingMode !== 'none') wrong.push('the mouse')
    if (!modes.wraparoundMode) wrong.push('no wrapping')
    if (modes.synchronizedOutputMode) wrong.push('a synchronized update')
    if (this.all.lastIndexOf('\x1b[?25l') > this.all.lastIndexOf('\x1b[?25h')) wrong.push('a hidden cursor')
    return wrong
  }

  /** Modes of the line discipline, apart from the size. */
  modesOf(name: string): string {
    return this.file(name).replace(/^.*line = 0;/, '')
  }

  close(): void {
    try {
      if (!this.isOver) this.child.kill('SIGKILL')
      if (this.pid > 0) process.kill(this.pid, 'SIGKILL')
    } catch {
      // Gone already.
    }
    this.terminal.dispose()
    rmSync(this.home, { recursive: true, force: true })
  }
}
