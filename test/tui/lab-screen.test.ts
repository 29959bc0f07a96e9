import { afterEach, describe, expect, it } from 'vitest'
import { FakeLab, fakeServices } from './fake-lab.js'
import { Stage } from './stage.js'

let stage: Stage
afterEach(() => stage.close())

async function openLab(columns = 80, rows = 24): Promise<FakeLab> {
  const lab = new FakeLab()
  stage = new Stage(columns, rows, fakeServices(lab))
  await stage.app.openLab('sandbox')
  await stage.until(/root@controller-1/)
  return lab
}

describe('a lab on the screen', () => {
  it('shows the terminal with its prompt, the bars and the cursor', async () => {
    await openLab(80, 16)
    expect(await stage.text()).toBe(
      [
        ' netlab  sandbox                                                    00:01:42 x1',
        '─ 1 controller-1 ───────────────────────────────────────────────────────────────',
        'root@controller-1:~#',
        ...Array.from({ length: 11 }, () => ''),
        '────────────────────────────────────────────────────────────────────────────────',
        ' F1 help F2 home F3 map F5 pkts F6 term F8 time F10 quit',
      ].join('\n'),
    )
    expect(await stage.screen.cursor()).toEqual({ column: 21, row: 2 })
  })

  it.each([0, 1, 5, 15, 40])('loses no key of 60 typed every %d ms', async (pauseMs) => {
    await openLab()
    const text = 'echo the quick brown fox jumps over the lazy dog 0123456789x'
    expect(text).toHaveLength(60)
    for (const letter of text) {
      stage.gate.feed(letter)
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
    expect(await stage.text()).toContain(`root@controller-1:~# ${text.slice(0, 50)}`)
    const shell = stage.app.session?.tab?.shell
    await stage.keys('\r')
    expect((shell as unknown as { lines: string[] }).lines).toEqual([text])
  })

  it('edits, searches, completes, interrupts', async () => {
    const lab = await openLab()
    await stage.keys('ip ad\t', '\t\t')
    expect(await stage.text()).toContain('address    addrlabel')
    await stage.keys('\x15', '\x12brc', '\r')
    expect(lab.shells[0]?.lines).toEqual(['brctl show'])
    await stage.keys('half', '\x03', 'tcpdump -n\r')
    expect(await stage.text()).toMatch(/# half\^C/)
    expect(await stage.text()).toContain('cap 1')
    await stage.keys('\x03')
    expect(await stage.text()).toMatch(/listening on eth0.*\n.*\^C.*\n.*0 packets captured/)
  })

  it('types raw keys to a busy program', async () => {
    const lab = await openLab()
    await stage.keys('cat\r', 'hi\r')
    // Most commands are over before the next key; keys wait a moment for the prompt.
    await new Promise((resolve) => setTimeout(resolve, 170))
    await stage.keys('\x1b[A')
    expect(lab.shells[0]?.keys).toEqual(['h', 'i', '\r', '\x1b[A'])
  })

  it('asks for the rest of an unfinished command and enters it whole', async () => {
    const lab = await openLab()
    await stage.keys("echo 'a\r")
    expect(await stage.text()).toMatch(/^>/m)
    await stage.keys("b'\r")
    expect(lab.shells[0]?.lines).toEqual(["echo 'a\nb'"])
  })

  it('runs a pasted block line by line and leaves its last line to be read', async () => {
    const lab = await openLab()
    await stage.keys('\x1b[200~echo one\recho two\recho three\x1b[201~')
    expect(lab.shells[0]?.lines).toEqual(['echo one', 'echo two'])
    expect(await stage.text()).toMatch(/# echo three/)
  })

  it('opens, turns and closes terminals', async () => {
    const lab = await openLab()
    await stage.keys('\x1b[17~')
    expect(await stage.text()).toContain('compute-1')
    await stage.keys('\x1b[B', '\r')
    expect(lab.shells.map((shell) => shell.node)).toEqual(['controller-1', 'compute-1'])
    expect(await stage.text()).toContain('1 controller-1 ─┬ 2 compute-1')
    await stage.keys('\x07', 'n', 'echo here\r')
    expect(lab.shells[0]?.lines).toEqual(['echo here'])
    await stage.keys('\x07', 'x')
    expect(await stage.text()).not.toContain('2 compute-1')
  })

  it('scrolls back and comes down with the next key', async () => {
    const lab = await openLab(80, 16)
    for (let line = 0; line < 40; line++) lab.shells[0]?.emit(`line ${line}\n`)
    expect(await stage.text()).toContain('line 39')
    await stage.keys('\x1b[5~')
    const up = await stage.text()
    expect(up).not.toContain('line 39')
    expect(up).toContain('rows up: PgDn')
    await stage.keys('x')
    expect(await stage.text()).toContain('line 39')
  })

  it('says when the terminal is too small, and comes back', async () => {
    await openLab()
    stage.screen.resize(40, 10)
    expect(await stage.text()).toContain('netlab needs 60x16,')
    stage.screen.resize(100, 30)
    expect((await stage.text()).split('\n')[1]).toMatch(/^─ 1 controller-1 ─+$/)
  })

  it('shows the same after resizing as a fresh start does', async () => {
    await openLab(120, 36)
    await stage.keys('echo hello\r', 'abc')
    for (const [columns, rows] of [
      [80, 24],
      [200, 50],
      [100, 19],
    ] as const) {
      stage.screen.resize(columns, rows)
      const after = await stage.screen.cells().then(() => stage.text())
      stage.screen.sink.repaint()
      expect(await stage.text()).toBe(after)
    }
  })

  it('never passes a file’s escape sequences on', async () => {
    const lab = await openLab()
    stage.screen.written = ''
    lab.shells[0]?.emit('\x1b]0;title\x07\x1b[6n\x1b[?1000h\x1b[31mred\x1b[0m\x9b5n\n')
    await stage.text()
    expect(stage.screen.written).not.toMatch(/\x1b\]|\x1b\[6n|1000h|\x9b/)
  })

  it('keeps its memory flat and its updates few with endless output', async () => {
    const lab = await openLab(120, 36)
    const begin = stage.app.changes.version
    const started = Date.now()
    for (let burst = 0; burst < 20; burst++) {
      for (let line = 0; line < 500; line++)
        lab.shells[0]?.emit(`${burst}.${line} IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq ${line}, length 64\n`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await stage.text()
    const updates = stage.app.changes.version - begin
    expect(updates).toBeLessThanOrEqual(Math.ceil((Date.now() - started) / 70) + 3)
    expect(stage.app.session?.tab?.back.lineCount).toBeLessThanOrEqual(10_000)
  })
})
