import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { LabReader, PacketStory } from '../../src/lesson/checks/lab-reader.js'
import type { Row } from '../../src/lesson/checks/rows.js'
import { LessonRun } from '../../src/lesson/lesson-run.js'
import { loadLesson } from '../../src/lesson/load.js'
import { renderMarkdown } from '../../src/tui/prose/render.js'
import { FakeLab, fakeServices } from './fake-lab.js'
import { Stage } from './stage.js'

let stage: Stage
afterEach(() => stage.close())

/** The lab's state as the checks see it, made by the test. */
class FakeReader implements LabReader {
  readonly tables = new Map<string, Row[]>([['device', [{ ifname: 'lo' }]]])
  exitCode = 2
  async rows(_node: string, _netns: string | null, source: { name: string }): Promise<Row[]> {
    return this.tables.get(source.name) ?? []
  }
  async read() {
    return { stdout: '', stderr: '', exitCode: 0 }
  }
  async probe() {
    return { stdout: '', stderr: '', exitCode: this.exitCode }
  }
  outcome() {
    return this.probe()
  }
  judging: Promise<void> = Promise.resolve()
  followed = 0
  async follow<T>(_node: string, _line: string, look: (after: LabReader) => Promise<T>): Promise<{ story: PacketStory; seen: T }> {
    this.followed++
    await this.judging
    return {
      story: { exitCode: this.exitCode, places: new Set<string>(), drops: new Set<string>(), steps: () => [] },
      seen: await look(this),
    }
  }
}

async function openLesson(
  columns: number,
  rows: number,
  options: { ascii?: boolean } = {},
): Promise<{ lab: FakeLab; reader: FakeReader; run: LessonRun }> {
  const lab = new FakeLab()
  const reader = new FakeReader()
  const lesson = await loadLesson(join(import.meta.dirname, '../../lessons/0-linux-primitives/01-veth'))
  const run = new LessonRun(lesson, lab as never, reader)
  stage = new Stage(
    columns,
    rows,
    fakeServices(lab, { openLesson: async () => ({ lesson, lab: lab as never, run, render: renderMarkdown, notice: null }) }),
    options,
  )
  await stage.app.openLesson(lesson.id)
  return { lab, reader, run }
}

describe('a lesson on the screen', () => {
  it.each([
    [80, 24],
    [120, 36],
    [200, 50],
  ])('fills %i by %i without a hole', async (columns, rows) => {
    await openLesson(columns, rows)
    const text = (await stage.text()).split('\n')
    expect(text).toHaveLength(rows)
    expect(text[0]).toMatch(/netlab {2}(Linux primitives {2})?1 A cable between two rooms.*step 1 of 4 {2}□{8} {2}00:01:42 x1/)
    for (const row of text.slice(1, -1)) expect([...row].length).toBeLessThanOrEqual(columns)
    expect(text[1]?.match(/┌/g)?.length).toBe(1)
    expect(text[1]).toMatch(columns >= 110 ? /─┐─ 1 sandbox ─+$/ : /─┐$/)
    expect([...(text.at(-2) ?? '')].length).toBe(columns)
    expect(text.at(-1)).toMatch(/F10 quit/)
  })

  it('draws with ASCII alone when asked', async () => {
    await openLesson(120, 36, { ascii: true })
    expect(await stage.text()).not.toMatch(/[^\x00-\x7f]/)
  })

  it('ticks a goal the moment the learner looks, and it stays ticked', async () => {
    await openLesson(120, 36)
    expect(await stage.text()).toContain('▸ List the devices of this machine')
    await stage.keys('\x07', 'o', 'ip link\r')
    const text = await stage.text()
    expect(text).toContain('✓ List the devices of this machine')
    expect(text).toContain('▸ How many devices are there?')
  })

  it('asks its question, explains a wrong answer, takes the right one', async () => {
    const { reader } = await openLesson(80, 24)
    await stage.keys('\x07', 'a')
    await stage.until(/Enter answers/)
    await stage.keys('7', '\r')
    await stage.until(/the lab shows something else than "7"; look at: ip link show on/)
    await stage.keys('\x7f', '1', '\r')
    await stage.rest()
    expect(stage.app.overlay).toBe(null)
    expect(stage.app.session?.lesson?.run.goals[1]?.met).toBe(true)
    expect(reader.tables.size).toBe(1)
  })

  it('types every letter into the answer at any speed', async () => {
    await openLesson(80, 24)
    await stage.keys('\x07', 'a')
    stage.gate.feed('the quick brown fox jumps over the lazy dog and is not eaten')
    await stage.until(/the quick brown fox jumps over the lazy dog and is not eaten/)
    await stage.keys('\x1b')
    await stage.until(/^(?!.*Enter answers)/s)
  })

  it('goes up the ladder of hints to the solution, which it types', async () => {
    const { lab } = await openLesson(120, 36)
    await stage.keys('\x1bOS')
    expect(await stage.text()).toContain('hint 1 ip link lists devices')
    await stage.keys('\x1bOS')
    expect(await stage.text()).toContain('F4 again types the solution for you')
    await stage.keys('\x1bOS')
    await stage.until(/✓ How many devices are there\?[\s\S]*\(assisted\)/)
    expect(lab.shells[0]?.lines).toEqual(['ip link'])
    expect(await stage.text()).toContain('step done: F9 goes on')
  })

  it('turns to the next step and back', async () => {
    await openLesson(80, 24)
    await stage.keys('\x1b[20~')
    expect(await stage.text()).toMatch(/step 2 of 4/)
    expect(await stage.text()).toContain('┌ Two rooms ─')
    await stage.keys('\x07', '<')
    expect(await stage.text()).toMatch(/step 1 of 4/)
  })

  it('brings the new step and a hint to the front where only one pane fits', async () => {
    await openLesson(80, 24)
    await stage.keys('\x1b[18~', '\x1b[20~')
    expect(await stage.text()).toContain('┌ Two rooms ─')
    await stage.keys('\x1b[18~', '\x1bOS')
    expect(await stage.text()).toContain('hint 1 ip netns add left')
  })

  it('clears a wrong answer, and takes no control key for a letter', async () => {
    await openLesson(80, 24)
    await stage.keys('\x07', 'a', '5\r')
    await stage.until(/the lab shows something else than "5"[\s\S]*\n.*> {2}/)
    await stage.keys('abc def', '\x17')
    await stage.until(/> abc {2}/)
    await stage.keys('\x15', '\x01', 'x'.repeat(90))
    expect(await stage.text()).toMatch(/> x{68} /)
  })

  it('shows one pane on a small screen and turns between them', async () => {
    await openLesson(80, 24)
    expect(await stage.text()).toContain('┌ One room ─')
    await stage.keys('\x1b[18~')
    expect(await stage.text()).toMatch(/^─ 1 sandbox ─+\n[\s\S]*\n─ 0 of 2 ▸ List the devices of this machine ─+\n/m)
    await stage.keys('\x1b[18~')
    expect(await stage.text()).toContain('┌ One room ─')
  })

  it('keeps a prediction until the packet was sent', async () => {
    const { lab, reader, run } = await openLesson(120, 36)
    for (let step = 0; step < 3; step++) await stage.keys('\x1b[20~')
    await stage.keys('\x07', 'a')
    await stage.until(/It is sent, and no answer comes/)
    await stage.keys('3')
    await stage.until(/you said: It cannot even/)
    expect(run.goals[0]?.met).toBe(false)
    reader.exitCode = 0
    await stage.keys('\x07', 'o', 'ip netns exec left ping -c 1 -W 1 192.0.2.2\r')
    await stage.rest()
    expect(lab.shells[0]?.lines).toHaveLength(1)
    expect(run.goals[0]?.met).toBe(true)
  })

  it('calls no prediction wrong before it is judged, and asks one copy only', async () => {
    const { reader, run } = await openLesson(120, 36)
    reader.exitCode = 0
    let judged: () => void = () => undefined
    reader.judging = new Promise((resolve) => {
      judged = resolve
    })
    for (let step = 0; step < 3; step++) await stage.keys('\x1b[20~')
    await stage.keys('\x07', 'a')
    await stage.until(/It is answered/)
    await stage.keys('1')
    await stage.until(/you said: It is answered/)
    await stage.keys('\x07', 'o', 'ip netns exec left ping -c 1 -W 1 192.0.2.2\r')
    await stage.until(/being looked at/)
    expect(await stage.text()).not.toContain('not so:')
    judged()
    await stage.rest()
    expect([run.goals[0]?.met, reader.followed]).toEqual([true, 1])
  })

  it('tells a wrong prediction from what came true, and asks again', async () => {
    const { run } = await openLesson(120, 36)
    for (let step = 0; step < 3; step++) await stage.keys('\x1b[20~')
    await stage.keys('\x07', 'a')
    await stage.until(/It is answered/)
    await stage.keys('1')
    await stage.until(/you said: It is answered/)
    await stage.keys('\x07', 'o', 'ip netns exec left ping -c 1 -W 1 192.0.2.2\r')
    await stage.until(/not so:/)
    expect(run.goals[0]?.met).toBe(false)
    await stage.keys('\x07', 'a')
    await stage.until(/what will happen|It cannot even be sent/)
    await stage.keys('3')
    await stage.rest()
    expect(run.goals[0]?.met).toBe(true)
  })

  it('says why a lesson does not open, in front of the home screen', async () => {
    stage = new Stage(80, 24, fakeServices(new FakeLab()))
    await stage.app.openLesson('t/none')
    expect(await stage.text()).toContain('no lesson here')
    await stage.keys('\r')
    expect(await stage.text()).toContain('Labs without a lesson')
  })
})
