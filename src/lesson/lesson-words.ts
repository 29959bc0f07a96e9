// The words of `lab` that a lesson brings into every shell: step, hint, check, answer, next.
import type { LabWord } from '../lab/words.js'
import type { Process } from '../node/process.js'
import { proseOf } from './lesson.js'
import type { LessonRun } from './lesson-run.js'
import { goalLines, plainProse, reportLines, textOf } from './plain-text.js'

export function lessonWords(run: LessonRun, language: string): LabWord[] {
  const prose = proseOf(run.lesson, language)
  const say = (proc: Process, lines: readonly string[]) => proc.out(lines.map((line) => `${line}\n`).join(''))
  return [
    {
      name: 'step',
      usage: 'step',
      summary: "the lesson's step: its text and its goals",
      run: (proc) => {
        say(proc, [...plainProse(run, prose, proc.columns), '', ...goalLines(run, prose)])
        return 0
      },
    },
    {
      name: 'check',
      usage: 'check',
      summary: 'which goals are met, and what the others lack',
      run: async (proc) => {
        const report = await run.report()
        say(proc, reportLines(report, run, prose))
        return report.every(({ state }) => state.met) ? 0 : 1
      },
    },
    {
      name: 'hint',
      usage: 'hint',
      summary: 'help with the first open goal; at the end the solution',
      run: async (proc) => {
        const offer = await run.nextHint()
        if (offer.kind === 'none') say(proc, ['every goal of this step is met'])
        else if (offer.kind === 'hint') say(proc, [textOf(prose, run.step.id, 'hints', offer.hint.id)])
        else
          say(proc, [
            'the solution:',
            ...offer.lines.map((line) => (line.kind === 'command' ? `  @${line.node} ${line.line}` : `  lab answer ${line.goal} ...`)),
          ])
        return 0
      },
    },
    {
      name: 'answer',
      usage: 'answer GOAL TEXT',
      summary: 'answer a question of the step',
      run: async (proc, args) => {
        const [goal = '', ...words] = args
        const verdict = await run.answer(goal, words.join(' '))
        if (verdict.met) say(proc, ['right'])
        else proc.error(`lab: expected ${verdict.expected}, found ${verdict.found}; look at: ${verdict.where}`)
        return verdict.met ? 0 : 1
      },
    },
    {
      name: 'next',
      usage: 'next',
      summary: 'the next step of the lesson',
      run: (proc) => {
        if (!run.advance(1)) {
          say(proc, [run.isDone ? 'the lesson is done' : 'this is the last step'])
          return 1
        }
        say(proc, [...plainProse(run, prose, proc.columns), '', ...goalLines(run, prose)])
        return 0
      },
    },
  ]
}
