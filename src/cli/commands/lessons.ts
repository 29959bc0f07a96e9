// `netlab lessons`: what there is to learn, and how far one is.
import { listLessons } from '../../lesson/heads.js'
import { openProgress } from '../../lesson/progress/progress.js'
import { EXIT } from '../exit-code.js'
import { out } from '../streams.js'
import { table } from '../table.js'

export async function lessons(options: { json?: boolean }): Promise<number> {
  const [found, progress] = await Promise.all([listLessons(), openProgress()])
  const rows = found.map((entry) => ({ ...entry, status: progress.lesson(entry.id).status }))
  if (options.json === true) {
    out(`${JSON.stringify(rows, null, 2)}\n`)
    return EXIT.done
  }
  out(
    table(
      ['LESSON', 'MINUTES', 'STEPS', 'STATUS', 'TITLE'],
      rows.map(({ id, minutes, steps, status, title }) => [id, String(minutes), String(steps), status, title]),
    ),
  )
  return EXIT.done
}
