// `netlab progress show|export|import|reset`: the learner's records.
import { createInterface } from 'node:readline/promises'
import { openProgress, type Progress } from '../../lesson/progress/progress.js'
import { EXIT, UsageError } from '../exit-code.js'
import { out, readInput, writeOut } from '../streams.js'
import { table } from '../table.js'
import { tellOf } from '../tell-progress.js'

export async function show(options: { json?: boolean }): Promise<number> {
  const progress = await opened()
  const rows = progress.all()
  if (options.json === true) out(`${JSON.stringify(rows, null, 2)}\n`)
  else if (rows.length === 0) out('no lesson was begun yet\n')
  else
    out(
      table(
        ['LESSON', 'STATUS', 'STEP', 'GOALS', 'HINTS'],
        rows.map(({ lesson, status, step, goals, hints }) => [lesson, status, step ?? '-', String(goals.length), String(hints)]),
      ),
    )
  return EXIT.done
}

export async function exportTo(file: string | undefined): Promise<number> {
  const text = await (await opened()).exportText()
  if (file === undefined) out(text)
  else writeOut(file, text, 0o600)
  return EXIT.done
}

export async function importFrom(file: string): Promise<number> {
  const text = readInput(file)
  const count = await (await opened()).importText(text)
  out(`${count} records added\n`)
  return EXIT.done
}

export async function reset(lesson: string | undefined, options: { yes?: boolean }): Promise<number> {
  const progress = await opened()
  const what = lesson === undefined ? 'all lessons' : `lesson ${lesson}`
  if (lesson !== undefined && progress.lesson(lesson).status === 'new') throw new UsageError(`lesson "${lesson}" was not begun`)
  if (options.yes !== true && !(await agreed(what))) return EXIT.failed
  await progress.reset(lesson)
  out(`forgotten: ${what}\n`)
  return EXIT.done
}

async function agreed(what: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('without a terminal to ask at, say --yes')
  const readline = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await readline.question(`Forget the progress of ${what}? [y/N] `)
  readline.close()
  return /^y(es)?$/i.test(answer.trim())
}

async function opened(): Promise<Progress> {
  const progress = await openProgress()
  tellOf(progress)
  return progress
}
