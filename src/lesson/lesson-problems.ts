// What the schema cannot see: ids that must match between lesson.yaml and each language's prose, goals that can be asked, solutions that answer them.
import type { Problem } from '../scenario/problem.js'
import type { YamlDocument } from '../scenario/yaml-document.js'
import type { Lesson, Step } from './lesson.js'
import type { Prose, ProseSection } from './prose.js'
import { END, OPENING } from './section-ids.js'

export function lessonProblems(lesson: Lesson, document: YamlDocument): Problem[] {
  const problems: Problem[] = []
  const at = (path: readonly PropertyKey[], message: string) => problems.push(document.problemAt(path, message))
  const ids = new Set<string>()
  lesson.steps.forEach((step, index) => {
    if (ids.has(step.id)) at(['steps', index, 'id'], `the step "${step.id}" stands above already; expected each id once`)
    ids.add(step.id)
    stepProblems(step, index, at)
  })
  for (const prose of lesson.prose.values()) problems.push(...proseProblems(lesson, prose))
  return problems
}

function stepProblems(step: Step, index: number, at: (path: readonly PropertyKey[], message: string) => void): void {
  const goals = new Set<string>()
  step.goals.forEach((goal, number) => {
    if (goals.has(goal.id)) at(['steps', index, 'goals', number, 'id'], `the goal "${goal.id}" stands above already; expected each id once`)
    goals.add(goal.id)
  })
  const known = `known: ${[...goals].join(', ')}`
  step.goals.forEach(({ check }, number) => {
    if (check.kind === 'predict' && check.after !== null && !goals.has(check.after))
      at(['steps', index, 'goals', number, 'predict', 'after'], `no goal "${check.after}" in this step (${known})`)
  })
  step.hints.forEach((hint, number) => {
    if (!goals.has(hint.goal)) at(['steps', index, 'hints', number, 'goal'], `no goal "${hint.goal}" in this step (${known})`)
  })
  step.solution.forEach((line, number) => {
    if (line.kind === 'answer' && !goals.has(line.goal))
      at(['steps', index, 'solution', number], `no goal "${line.goal}" in this step (${known})`)
  })
}

function proseProblems(lesson: Lesson, prose: Prose): Problem[] {
  const problems: Problem[] = []
  const at = (line: number, message: string) => problems.push({ file: prose.file, line, column: 1, path: '', message })
  const wanted = new Set([OPENING, END, ...lesson.steps.map((step) => step.id)])
  for (const [id, section] of prose.sections) {
    if (!wanted.has(id)) at(section.line, `no step "${id}" in lesson.yaml (known: ${[...wanted].join(', ')})`)
  }
  if (!prose.sections.has(END)) at(1, 'no end; expected a section "## In one sentence {#end}"')
  for (const step of lesson.steps) {
    const section = prose.sections.get(step.id)
    if (section === undefined) at(1, `no section for the step "${step.id}"; expected "## Title {#${step.id}}"`)
    else textProblems(step, section, at)
  }
  return problems
}

function textProblems(step: Step, section: ProseSection, at: (line: number, message: string) => void): void {
  same(
    'goal',
    step.goals.map((goal) => goal.id),
    section.goals,
    section,
    at,
  )
  same(
    'hint',
    step.hints.map((hint) => hint.id),
    section.hints,
    section,
    at,
  )
  for (const goal of step.goals) {
    if (goal.check.kind !== 'predict') continue
    const choices = section.choices.get(goal.id) ?? new Map<string, string>()
    same(
      `choice of "${goal.id}"`,
      goal.check.outcomes.map((outcome) => outcome.choice),
      choices,
      section,
      at,
    )
  }
}

function same(
  what: string,
  ids: readonly string[],
  texts: ReadonlyMap<string, string>,
  section: ProseSection,
  at: (line: number, message: string) => void,
): void {
  for (const id of ids) if (!texts.has(id)) at(section.line, `the ${what} "${id}" has no text in this section`)
  for (const id of texts.keys()) if (!ids.includes(id)) at(section.line, `lesson.yaml has no ${what} "${id}" in this step`)
}
