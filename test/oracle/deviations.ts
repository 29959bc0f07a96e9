// What is known to differ, as data: deviations.yaml says for a case (or several, with `*`) of what class the difference is, and why.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import * as z from 'zod'

export const CLASSES = ['netlab lacks', 'netlab wrong', 'own words', 'real lab differs', 'kernel of this machine', 'random'] as const

const schema = z.array(z.strictObject({ case: z.string(), class: z.enum(CLASSES), reason: z.string() }))

export type Deviation = z.infer<typeof schema>[number]

export function readDeviations(path: string): Deviation[] {
  const checked = schema.safeParse(parse(readFileSync(path, 'utf8')) ?? [])
  if (!checked.success) throw new Error(`${path}: ${z.prettifyError(checked.error)}`)
  return checked.data
}

export function deviationOf(key: string, deviations: readonly Deviation[]): Deviation | null {
  return deviations.find(({ case: pattern }) => matches(key, pattern)) ?? null
}

function matches(key: string, pattern: string): boolean {
  if (!pattern.endsWith('*')) return key === pattern
  return key.startsWith(pattern.slice(0, -1))
}
