// The shape of lesson.yaml: strict, locale-free; turned into the Lesson that the engine works with.
import * as z from 'zod'
import type { CheckSpec, HoldsRows, Outcome, TypedLine, Where } from './checks/check.js'
import { effectNames } from './checks/effects.js'
import { rowSourceNames } from './checks/rows.js'
import type { Goal, SolutionLine } from './lesson.js'

const id = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected an id: small letters, digits and single hyphens')
const where = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
const rows = z.enum(rowSourceNames as [string, ...string[]])
const node = z.string().min(1)
const pattern = z.string().refine(isPattern, 'expected a regular expression with one group, the answer')

const typed = z.string().regex(/^@\S+ .+$/, 'expected "@NODE COMMAND"')

const seen = z.union([
  z.strictObject({ effect: z.enum(effectNames as [string, ...string[]]), node: node.optional(), where: where.optional() }),
  z.strictObject({ capture: where, node: node.optional(), device: z.string().optional() }),
])
const count = z.union([z.int().min(0), z.strictObject({ least: z.int().min(0).optional(), most: z.int().min(0).optional() })])
const holdsRows = z.strictObject({ rows, node, netns: z.string().optional(), where: where.optional(), count: count.optional() })
const holds = z.union([holdsRows, z.strictObject({ probe: z.string(), node, exit: z.int().min(0).max(255).optional() })])
const form = z.enum(['word', 'number', 'mac', 'ipv4'])
const answer = z.union([
  z.strictObject({ rows, node, netns: z.string().optional(), where: where.optional(), field: z.string(), form: form.optional() }),
  z.strictObject({ rows, node, netns: z.string().optional(), where: where.optional(), count: z.literal(true) }),
  z.strictObject({
    run: z.string(),
    node,
    pick: pattern,
    form: form.optional(),
    copy: z.boolean().optional(),
    first: z.array(typed).optional(),
  }),
])
const outcome = z.strictObject({
  exit: z.int().min(0).max(255).optional(),
  drop: z.string().optional(),
  passes: z.array(z.string().includes('/')).optional(),
  avoids: z.array(z.string().includes('/')).optional(),
  does: z.array(where).optional(),
  leaves: z.array(holdsRows).optional(),
})
const predict = z.strictObject({ node, run: z.string(), after: id.optional(), outcomes: z.record(id, outcome) })

const goal = z
  .strictObject({ id, seen: seen.optional(), holds: holds.optional(), answer: answer.optional(), predict: predict.optional() })
  .refine(
    (value) => [value.seen, value.holds, value.answer, value.predict].filter((kind) => kind !== undefined).length === 1,
    'expected exactly one of seen, holds, answer, predict',
  )

const solutionLine = z.string().regex(/^(@\S+ .+|answer [a-z0-9-]+)$/, 'expected "@NODE COMMAND" or "answer GOAL"')

const step = z.strictObject({
  id,
  node: node.optional(),
  goals: z.array(goal).min(1),
  hints: z.array(z.strictObject({ id, goal: id, when: holds.optional() })).default([]),
  solution: z.array(solutionLine).min(1),
})

export const lessonSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'expected TRACK/NAME in small letters, digits and hyphens'),
  scenario: z.string().min(1),
  seed: z.union([z.string(), z.int()]).transform(String).optional(),
  minutes: z.int().min(1).max(120),
  prerequisites: z.array(z.string()).default([]),
  node,
  setup: z.array(typed).default([]),
  steps: z.array(step).min(1),
})

export type LessonData = z.infer<typeof lessonSchema>
type GoalData = LessonData['steps'][number]['goals'][number]
type HoldsData = NonNullable<GoalData['holds']>

function isPattern(text: string): boolean {
  try {
    return new RegExp(`${text}|`).exec('')?.length === 2
  } catch {
    return false
  }
}

export function goalOfData(data: GoalData): Goal {
  if (data.seen !== undefined) return { id: data.id, kind: 'seen', check: seenSpec(data.seen) }
  if (data.holds !== undefined) return { id: data.id, kind: 'holds', check: holdsSpec(data.holds) }
  if (data.answer !== undefined) return { id: data.id, kind: 'answer', check: answerSpec(data.answer) }
  return { id: data.id, kind: 'predict', check: predictSpec(data.predict as NonNullable<GoalData['predict']>) }
}

function seenSpec(data: NonNullable<GoalData['seen']>): CheckSpec {
  if ('capture' in data) return { kind: 'capture', node: data.node ?? null, device: data.device ?? null, where: data.capture as Where }
  return { kind: 'seen', effect: data.effect, node: data.node ?? null, where: (data.where ?? {}) as Where }
}

export function holdsSpec(data: HoldsData): CheckSpec {
  return 'probe' in data ? { kind: 'probe', node: data.node, run: data.probe, exit: data.exit ?? 0 } : holdsRowsSpec(data)
}

function holdsRowsSpec(data: z.infer<typeof holdsRows>): HoldsRows {
  const { count: wanted = { least: 1 } } = data
  const least = typeof wanted === 'number' ? wanted : (wanted.least ?? 0)
  const most = typeof wanted === 'number' ? wanted : (wanted.most ?? Number.POSITIVE_INFINITY)
  return { kind: 'holds', rows: data.rows, node: data.node, netns: data.netns ?? null, where: (data.where ?? {}) as Where, least, most }
}

function answerSpec(data: NonNullable<GoalData['answer']>): CheckSpec {
  if ('run' in data) {
    return {
      kind: 'answer',
      node: data.node,
      form: data.form ?? 'word',
      source: { from: 'run', run: data.run, pick: data.pick, onCopy: data.copy ?? data.first !== undefined, first: typedLines(data.first) },
    }
  }
  const rowsOf = { rows: data.rows, netns: data.netns ?? null, where: (data.where ?? {}) as Where }
  if ('count' in data) return { kind: 'answer', node: data.node, form: 'number', source: { from: 'count', ...rowsOf } }
  return { kind: 'answer', node: data.node, form: data.form ?? 'word', source: { from: 'rows', ...rowsOf, field: data.field } }
}

const typedLines = (lines: readonly string[] = []): TypedLine[] =>
  lines.map((text) => solutionLineOf(text)).flatMap((line) => (line.kind === 'command' ? [line] : []))

function predictSpec(data: NonNullable<GoalData['predict']>): CheckSpec {
  const outcomes = Object.entries(data.outcomes).map(
    ([choice, conditions]): Outcome => ({
      choice,
      exit: conditions.exit ?? null,
      drop: conditions.drop ?? null,
      passes: conditions.passes ?? [],
      avoids: conditions.avoids ?? [],
      does: (conditions.does ?? []) as Where[],
      leaves: (conditions.leaves ?? []).map(holdsRowsSpec),
    }),
  )
  return { kind: 'predict', node: data.node, run: data.run, after: data.after ?? null, outcomes }
}

export function solutionLineOf(text: string): SolutionLine {
  if (text.startsWith('answer ')) return { kind: 'answer', goal: text.slice(7).trim() }
  const [, node = '', line = ''] = /^@(\S+) (.*)$/.exec(text) ?? []
  return { kind: 'command', node, line }
}
