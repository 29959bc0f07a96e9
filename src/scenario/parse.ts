// Scenario text -> scenario, or every problem in it with its place. Loads YAML and the schema; built-in scenarios come precompiled.

import { inconsistencies } from './consistency.js'
import { scenarioOf } from './from-data.js'
import { problemsOf } from './issues.js'
import type { Problem } from './problem.js'
import type { Scenario } from './scenario.js'
import { type ScenarioData, scenarioSchema } from './schema.js'
import type { Position } from './yaml-document.js'
import { YamlDocument } from './yaml-document.js'

export interface ParsedData {
  readonly data: ScenarioData | null
  readonly probes: readonly Position[]
  readonly problems: readonly Problem[]
}

export interface ParsedScenario {
  /** null when there are problems. */
  readonly scenario: Scenario | null
  readonly problems: readonly Problem[]
}

/** `file` is the name that problems show. */
export function parseScenarioData(text: string, file: string): ParsedData {
  const document = new YamlDocument(text, file)
  if (document.problems.length > 0) return { data: null, probes: [], problems: document.problems }
  const result = scenarioSchema.safeParse(document.value, { reportInput: false })
  if (!result.success) return { data: null, probes: [], problems: inOrder(problemsOf(result.error.issues, document, scenarioSchema)) }
  const problems = inconsistencies(result.data, document)
  const probes = result.data.expect.map((_, i) => document.valueAt(['expect', i]))
  return { data: problems.length > 0 ? null : result.data, probes, problems: inOrder(problems) }
}

export function parseScenario(text: string, file: string, name: string): ParsedScenario {
  const { data, probes, problems } = parseScenarioData(text, file)
  return { scenario: data === null ? null : scenarioOf(data, { name, file, probes }), problems }
}

function inOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column)
}
