// `netlab check LESSON FILE|-`: a script against a lesson, each goal reported, for graders.
import { runLessonCheck } from '../../lesson/check-script.js'
import { loadLesson } from '../../lesson/load.js'
import { EXIT } from '../exit-code.js'
import { out, readInput } from '../streams.js'

export async function check(name: string, file: string, options: { json?: boolean }): Promise<number> {
  const script = readInput(file)
  const report = await runLessonCheck(await loadLesson(name), script)
  if (options.json === true) out(`${JSON.stringify(report, null, 2)}\n`)
  else {
    for (const goal of report.goals) {
      out(`${goal.met ? 'met ' : 'open'}  ${goal.step}/${goal.goal}\n`)
      if (!goal.met) out(`      expected ${goal.expected}\n      found    ${goal.found}\n      look at  ${goal.where}\n`)
    }
    out(`${report.goals.filter((goal) => goal.met).length} of ${report.goals.length} goals met\n`)
  }
  return report.passed ? EXIT.done : EXIT.failed
}
