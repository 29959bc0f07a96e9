// A few walks through the built program in a real pseudo-terminal. They need `npm run build`; without dist/ they are skipped.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pty from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { afterEach, describe, expect, it } from 'vitest'

const PROGRAM = process.env['NLAB_TEST_PROGRAM'] ?? join(import.meta.dirname, '../../dist/netlab.js')

class RealTerminal {
  readonly terminal: InstanceType<typeof xterm.Terminal>
  readonly process: pty.IPty
  readonly home = mkdtempSync(join(tmpdir(), 'netlab-pty-'))
  readonly ended: Promise<number>
  all = ''

  constructor(args: readonly string[], columns = 80, rows = 24) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
    const env: Record<string, string> = { PATH: process.env['PATH'] ?? '', HOME: this.home, TERM: 'xterm-256color', NLAB_HOME: this.home }
    this.process = pty.spawn(process.execPath, [PROGRAM, ...args], { cols: columns, rows, env, cwd: this.home })
    this.process.onData((text) => {
      this.all += text
      this.terminal.write(text)
    })
    this.ended = new Promise((resolve) =>
      this.process.onExit(({ exitCode, signal }) => resolve(exitCode === 0 && signal ? 128 + signal : exitCode)),
    )
  }

  text(): string {
    const buffer = this.terminal.buffer.active
    return Array.from({ length: this.terminal.rows }, (_, row) => buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? '').join(
      '\n',
    )
  }

  async until(pattern: RegExp): Promise<string> {
    for (let tries = 0; tries < 300; tries++) {
      if (pattern.test(this.text())) return this.text()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`never saw ${pattern}:\n${this.text()}`)
  }

  type(text: string): void {
    this.process.write(text)
  }

  close(): void {
    this.process.kill('SIGKILL')
    rmSync(this.home, { recursive: true, force: true })
  }
}

let terminal: RealTerminal
afterEach(() => terminal.close())

describe.skipIf(!existsSync(PROGRAM))('in a real terminal', { timeout: 30_000 }, () => {
  it('opens the home screen, a lab, runs a command, and gives the terminal back', async () => {
    terminal = new RealTerminal(['lab', 'sandbox'])
    await terminal.until(/root@sandbox:~#/)
    terminal.type('ip -br link\r')
    await terminal.until(/^lo\s+UNKNOWN/m)
    terminal.type('\x1b[21~')
    expect(await terminal.ended).toBe(0)
    expect(terminal.all.endsWith('\x1b[?1049l')).toBe(true)
    // The emulator parses in its own time.
    await new Promise<void>((resolve) => terminal.terminal.write('', resolve))
    expect(terminal.terminal.buffer.active.type).toBe('normal')
  })

  it.each([0, 5, 15])('keeps every one of 200 letters typed every %d ms', async (pauseMs) => {
    terminal = new RealTerminal(['lab', 'sandbox'], 120, 36)
    await terminal.until(/root@sandbox:~#/)
    const text = `echo ${'abcdefghij0123456789'.repeat(10)}`.slice(0, 200)
    for (const letter of text) {
      terminal.type(letter)
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
    terminal.type('\r')
    await terminal.until(/root@sandbox:~# echo[\s\S]*root@sandbox:~#\s*\n/)
    const typed = terminal.text().replace(/\n/g, '')
    expect(typed).toContain(text)
  })

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ] as const)('gives the terminal back on %s', async (signal, code) => {
    terminal = new RealTerminal(['lab', 'sandbox'])
    await terminal.until(/root@sandbox:~#/)
    terminal.process.kill(signal)
    expect(await terminal.ended).toBe(code)
    expect(terminal.all).toMatch(/\x1b\[\?25h\x1b\[\?1049l$/)
  })

  it('gives it back while it is stopped, and takes it again', async () => {
    terminal = new RealTerminal(['lab', 'sandbox'])
    await terminal.until(/root@sandbox:~#/)
    const before = terminal.text()
    terminal.process.kill('SIGTSTP')
    for (let tries = 0; tries < 100 && !terminal.all.endsWith('\x1b[?1049l'); tries++)
      await new Promise((resolve) => setTimeout(resolve, 20))
    expect(terminal.all).toMatch(/\x1b\[\?25h\x1b\[\?1049l$/)
    terminal.process.kill('SIGCONT')
    await terminal.until(/root@sandbox:~#/)
    expect(terminal.text().split('\n')[1]).toBe(before.split('\n')[1])
    terminal.type('echo go""ne on\r')
    await terminal.until(/^gone on/m)
  })

  it('keeps what is typed while the lab boots', async () => {
    terminal = new RealTerminal(['lab', 'sandbox'])
    await terminal.until(/the lab/)
    terminal.type('echo ear""ly\r')
    await terminal.until(/^early/m)
  })

  it('without a screen: Ctrl-C takes the line away, what no job reads is for the prompt, what one reads not in the history', async () => {
    terminal = new RealTerminal(['shell', 'sandbox'])
    await terminal.until(/root@sandbox:~# $/m)
    terminal.type('echo half')
    await terminal.until(/# echo half/)
    terminal.type('\x03')
    await terminal.until(/# echo half\^C\nroot@sandbox:~# *$/m)
    terminal.type('sleep 1\recho a""head; for i in 1 2\rdo echo $i; done\r')
    await terminal.until(/^ahead\n1\n2\nroot@sandbox:~# *$/m)
    terminal.type('head -n 1\r')
    await terminal.until(/head -n 1\n/)
    terminal.type('for the job\r')
    await terminal.until(/for the job\nfor the job\nroot@sandbox:~# *$/m)
    terminal.type('\x1b[A\r')
    await terminal.until(/(head -n 1\n[\s\S]*){2}/)
    terminal.type('\x03exit\r')
    await terminal.until(/logout/)
    expect(await terminal.ended).toBe(130)
  })

  it('without a screen: clear, and programs that take keys', async () => {
    terminal = new RealTerminal(['shell', 'sandbox'])
    await terminal.until(/root@sandbox:~# $/m)
    terminal.type('echo here; seq 99 | less\r')
    await terminal.until(/^1\n2\n[\s\S]*\n23\n:/)
    terminal.type(' ')
    await terminal.until(/^24\n/)
    terminal.type('q')
    await terminal.until(/root@sandbox:~# *$/m)
    terminal.type('clear\r')
    await terminal.until(/^root@sandbox:~# *\n\s*$/)
    terminal.type('top\r')
    await terminal.until(/^top - /)
    terminal.type('q')
    await terminal.until(/root@sandbox:~# *$/m)
    terminal.type('exit\r')
    expect(await terminal.ended).toBe(0)
  })

  it('survives resizing', async () => {
    terminal = new RealTerminal(['lab', 'sandbox'], 120, 36)
    await terminal.until(/root@sandbox:~#/)
    for (const [columns, rows] of [
      [80, 24],
      [200, 50],
      [70, 16],
      [30, 5],
      [100, 30],
    ] as const) {
      terminal.process.resize(columns, rows)
      terminal.terminal.resize(columns, rows)
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
    await terminal.until(/^─ 1 sandbox ─{88}\n(.{0,100}\n){26}─{100}\n/m)
  })

  it('resumes the lesson, its goals and its lab', async () => {
    terminal = new RealTerminal(['learn', 'linux-primitives/veth'], 120, 36)
    await terminal.until(/root@sandbox:~#/)
    terminal.type('\x07oip link\r')
    await terminal.until(/✓ List the devices/)
    terminal.type('ip netns add kept\r')
    await terminal.until(/# ip netns add kept[\s\S]*sandbox:~#\s*\n/)
    terminal.type('\x1b[21~')
    expect(await terminal.ended).toBe(0)
    const again = new RealTerminal([], 120, 36)
    again.process.kill('SIGKILL')
    const env = { PATH: process.env['PATH'] ?? '', HOME: terminal.home, TERM: 'xterm-256color', NLAB_HOME: terminal.home }
    again.all = ''
    const second = pty.spawn(process.execPath, [PROGRAM, 'learn'], { cols: 120, rows: 36, env, cwd: terminal.home })
    again.terminal.reset()
    second.onData((text) => again.terminal.write(text))
    await again.until(/✓ List the devices/)
    await again.until(/root@sandbox:~#/)
    // The terminal shows what it showed.
    await again.until(/root@sandbox:~# ip netns add kept/)
    second.write('\x07oip netns\r')
    await again.until(/│kept$/m)
    second.kill('SIGKILL')
    again.close()
  })
})
