import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runLessonCheck } from '../../src/lesson/check-script.js'
import { loadLesson } from '../../src/lesson/load.js'
import { validateLesson } from '../../src/lesson/validate.js'

const YAML = `id: t/one
scenario: sandbox
minutes: 5
node: sandbox
steps:
  - id: s
    goals:
      - { id: up, holds: { rows: device, node: sandbox, where: { ifname: d0 } } }
      - { id: mtu, answer: { rows: device, node: sandbox, where: { ifname: d0 }, field: mtu, form: number } }
    solution:
      - "@sandbox ip link add d0 type dummy"
      - answer mtu
`
const PROSE = `# One

## Step {#s}

\`\`\`console
root@sandbox:~# ip link show lo
1: lo: <...> mtu <n> <...>
\`\`\`

\`\`\`goals
up: Make d0
mtu: Its MTU?
\`\`\`

## End {#end}

Done.
`

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'netlab-lesson-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function problems(yaml: string, prose: string): Promise<string[]> {
  writeFileSync(join(folder, 'lesson.yaml'), yaml)
  writeFileSync(join(folder, 'en.md'), prose)
  return (await validateLesson(folder)).map(
    ({ file, line, column, path, message }) => `${file.endsWith('.md') ? 'en.md' : 'lesson.yaml'}:${line}:${column} ${path} ${message}`,
  )
}

describe('a lesson', () => {
  it('that is right is proved', async () => expect(await problems(YAML, PROSE)).toEqual([]))

  it('tells its author what the lab answers', async () => {
    await problems(YAML, PROSE)
    const told: string[] = []
    expect(await validateLesson(folder, (question, answer) => told.push(`${question}: ${answer}`))).toEqual([])
    expect(told).toEqual(['s/mtu: 1500'])
  })

  it.each([
    [
      'a misspelt key',
      YAML.replace('minutes:', 'minuts:'),
      PROSE,
      /^lesson.yaml:3:1 minuts unknown key "minuts"; did you mean "minutes"\?/m,
    ],
    [
      'a goal of no kind',
      YAML.replace('holds:', 'hold:'),
      PROSE,
      /^lesson.yaml:8:\d+ steps\[0\].goals\[0\].hold unknown key "hold"; did you mean "holds"\?/,
    ],
    ['a YAML error', YAML.replace('minutes: 5', 'minutes: ['), PROSE, /^lesson.yaml:\d+:\d+ {2}not valid YAML/],
    ['an unknown scenario', YAML.replace('sandbox\n', 'sandbx\n'), PROSE, /no scenario "sandbx"; did you mean "sandbox"\?/],
    ['a goal without text', YAML, PROSE.replace('up: Make d0\n', ''), /^en.md:3:1 {2}the goal "up" has no text in this section/],
    ['a step without a section', YAML, PROSE.replace('{#s}', '{#t}'), /^en.md:3:1 {2}no step "t" in lesson.yaml/],
    [
      'a solution that answers nothing',
      YAML.replace('answer mtu', 'answer mut'),
      PROSE,
      /steps\[0\].solution\[1\] no goal "mut" in this step/,
    ],
  ])('with %s says where', async (_what, yaml, prose, expected) => expect((await problems(yaml, prose)).join('\n')).toMatch(expected))

  it('whose goal is met at once is refused', async () =>
    expect(await problems(YAML.replace('{ ifname: d0 } } }', '{ ifname: lo } } }'), PROSE)).toEqual([
      'lesson.yaml:8:9 steps[0].goals[0] the goal "up" is met before its solution; expected it to fail',
    ]))

  it('whose solution is longer than it need be is refused', async () =>
    expect(await problems(`${YAML}      - "@sandbox ip link"\n`, PROSE)).toEqual([
      'lesson.yaml:13:9 steps[0].solution[2] every goal of "s" is met before this line; expected no shorter part of the solution to pass',
    ]))

  it('whose prose shows what the lab does not print is refused', async () =>
    expect((await problems(YAML, PROSE.replace('1: lo', '7: lo')))[0]).toMatch(
      /^en.md:5:1 {2}"ip link show lo" on sandbox does not print "7: lo: <...> mtu <n> <...>"; it prints:\n1: lo:/,
    ))
})

describe('a learner’s script', () => {
  it('is graded goal by goal, with reasons', async () => {
    await problems(YAML, PROSE)
    const lesson = await loadLesson(folder)
    expect((await runLessonCheck(lesson, '@sandbox ip link add d0 type dummy\nanswer mtu 1500\n')).passed).toBe(true)
    const { passed, goals } = await runLessonCheck(lesson, '# wrong\nip link add d1 type dummy\nanswer mtu 9000\n')
    expect(passed).toBe(false)
    expect(goals).toEqual([
      {
        step: 's',
        goal: 'up',
        met: false,
        expected: 'at least 1 device with ifname d0 on sandbox',
        found: 'none among 2',
        where: 'ip link show on sandbox',
      },
      {
        step: 's',
        goal: 'mtu',
        met: false,
        expected: 'the lab has no answer now: do what comes before it, once more if it was long ago',
        found: '"9000"',
        where: 'ip link show on sandbox',
      },
    ])
  })

  it('leaves no trace by being looked at', async () => {
    await problems(YAML, PROSE)
    const lesson = await loadLesson(folder)
    const { bootFor, startRun } = await import('../../src/lesson/open-lesson.js')
    const pids = async (looks: number) => {
      const lab = await bootFor(lesson)
      const run = startRun(lesson, lab)
      for (let look = 0; look < looks; look++) await run.refresh()
      const { stdout } = await lab.run('sandbox', 'echo $BASHPID; ip -s link show lo')
      const { entries, end } = lab.journal
      run.close()
      lab.close()
      return { stdout, entries, end }
    }
    expect(await pids(5)).toEqual(await pids(0))
  })
})
