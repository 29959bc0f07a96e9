// `netlab check`: runs a learner's script against a lesson and reports each goal, for graders.
import type { Verdict } from './checks/check.js'
import type { Lesson } from './lesson.js'
import { bootFor, startRun } from './open-lesson.js'

export interface GoalReport {
  readonly step: string
  readonly goal: string
  readonly met: boolean
  readonly expected: string
  readonly found: string
  readonly where: string
}

export interface CheckReport {
  readonly lesson: string
  readonly passed: boolean
  readonly goals: readonly GoalReport[]
}

export interface CheckOptions {
  readonly seed?: string
  readonly image?: string
}

/** Script lines: `@NODE COMMAND`, `@NODE` alone changes the node, `answer GOAL TEXT` answers a question, `next` goes on early, `#` comments. */
export async function runLessonCheck(lesson: Lesson, script: string, options: CheckOptions = {}): Promise<CheckReport> {
  const lab = await bootFor(lesson, options)
  const run = startRun(lesson, lab)
  const failed = new Map<string, Verdict>()
  try {
    await run.refresh()
    let node = lesson.node
    for (const raw of script.split('\n')) {
      const line = raw.trim()
      if (line === '' || line.startsWith('#')) continue
      const at = /^@(\S+)\s*(.*)$/.exec(line)
      const answer = /^(?:lab\s+)?answer\s+(\S+)\s*(.*)$/.exec(at?.[2] ?? line)
      if (at !== null) node = at[1] ?? node
      const command = at === null ? line : (at[2] ?? '')
      if (answer !== null) {
        const verdict = await run.answer(answer[1] ?? '', answer[2] ?? '')
        if (!verdict.met) failed.set(`${run.step.id}/${answer[1]}`, verdict)
      } else if (command === 'next') {
        run.advance(1)
      } else if (command !== '') {
        await lab.run(node, command)
      }
      await run.refresh()
      while (run.isStepDone && run.advance(1)) await run.refresh()
    }
    return await report(lesson, run, failed)
  } finally {
    run.close()
    lab.close()
  }
}

async function report(lesson: Lesson, run: ReturnType<typeof startRun>, failed: ReadonlyMap<string, Verdict>): Promise<CheckReport> {
  const current = new Map((await run.report()).map(({ state, verdict }) => [`${run.step.id}/${state.goal.id}`, verdict]))
  const goals = lesson.steps.flatMap((step) =>
    run.goalsOf(step.id).map((state): GoalReport => {
      const key = `${step.id}/${state.goal.id}`
      const verdict = failed.get(key) ?? current.get(key) ?? state.verdict
      const unreached = { expected: 'the steps before it done', found: 'not reached', where: `step ${step.id}` }
      const { expected, found, where } = state.met ? { expected: '', found: '', where: '' } : (verdict ?? unreached)
      return { step: step.id, goal: state.goal.id, met: state.met, expected, found, where }
    }),
  )
  return { lesson: lesson.id, passed: goals.every((goal) => goal.met), goals }
}
