// A lesson's parts as plain lines, for shells and screen readers.
import type { Verdict } from './checks/check.js'
import type { GoalState, LessonRun } from './lesson-run.js'
import type { Prose } from './prose.js'
import { OPENING } from './section-ids.js'

export function textOf(prose: Prose, step: string, kind: 'goals' | 'hints', id: string): string {
  return prose.sections.get(step)?.[kind].get(id) ?? id
}

/** The step's prose as it was written: Markdown reads well as text; only paragraphs are joined and wrapped. */
export function plainProse(run: LessonRun, prose: Prose, width: number): string[] {
  const section = prose.sections.get(run.step.id)
  const opening = run.stepNumber === 1 ? (prose.sections.get(OPENING)?.markdown ?? '') : ''
  const head = [`Step ${run.stepNumber} of ${run.lesson.steps.length}: ${section?.title ?? run.step.id}`, '']
  return [...(opening === '' ? [] : [...wrapMarkdown(opening, width), '']), ...head, ...wrapMarkdown(section?.markdown ?? '', width)]
}

export function wrapMarkdown(markdown: string, width: number): string[] {
  const rows: string[] = []
  let paragraph = ''
  let isCode = false
  const flush = () => {
    if (paragraph !== '') rows.push(...wrapWords(paragraph, Math.min(width, 100)))
    paragraph = ''
  }
  for (const line of markdown.split('\n')) {
    if (line.startsWith('```')) {
      flush()
      isCode = !isCode
    } else if (isCode) {
      rows.push(`    ${line.replace(/<(?:n|\*|\.\.\.)>/g, '...')}`)
    } else if (paragraph === '' && line.startsWith('    ')) {
      rows.push(line)
    } else if (line.trim() === '' || /^([-*|#>]|\d+\.)\s?/.test(line)) {
      flush()
      if (line.trim() === '') rows.push('')
      else paragraph = line
    } else {
      paragraph = paragraph === '' ? line : `${paragraph} ${line.trim()}`
    }
  }
  flush()
  return rows
}

function wrapWords(text: string, width: number): string[] {
  const rows: string[] = []
  let row = ''
  for (const word of text.split(' ')) {
    if (row !== '' && row.length + 1 + word.length > width) {
      rows.push(row)
      row = word
    } else {
      row = row === '' ? word : `${row} ${word}`
    }
  }
  rows.push(row)
  return rows
}

export function goalLines(run: LessonRun, prose: Prose): string[] {
  return run.goals.flatMap((state) => goalLine(state, run, prose))
}

function goalLine(state: GoalState, run: LessonRun, prose: Prose): string[] {
  const mark = state.met ? '[x]' : '[ ]'
  const lines = [`${mark} ${textOf(prose, run.step.id, 'goals', state.goal.id)}${state.assisted ? ' (assisted)' : ''}`]
  if (!state.met && state.goal.kind === 'answer') lines.push(`    lab answer ${state.goal.id} TEXT`)
  if (!state.met && state.goal.kind === 'predict') {
    lines.push(`    lab answer ${state.goal.id} CHOICE, where CHOICE is`)
    const choices = prose.sections.get(run.step.id)?.choices.get(state.goal.id) ?? new Map<string, string>()
    for (const [id, text] of choices) lines.push(`      ${id}: ${text}`)
  }
  return lines
}

export function reportLines(report: readonly { state: GoalState; verdict: Verdict | null }[], run: LessonRun, prose: Prose): string[] {
  return report.flatMap(({ state, verdict }) => {
    const lines = goalLine(state, run, prose)
    return verdict === null
      ? lines
      : [
          lines[0] ?? '',
          `    expected: ${verdict.expected}`,
          `    found:    ${verdict.found}`,
          `    look at:  ${verdict.where}`,
          ...lines.slice(1),
        ]
  })
}
