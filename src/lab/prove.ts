// Proves a scenario: it boots, and what stands under `expect:` holds.
import { existsSync, readFileSync } from 'node:fs'
import type { Problem } from '../scenario/problem.js'
import type { ProbeSpec, Scenario } from '../scenario/scenario.js'
import { YamlDocument } from '../scenario/yaml-document.js'
import { Lab } from './lab.js'
import type { RunResult } from './result.js'

export async function proveScenario(scenario: Scenario): Promise<Problem[]> {
  const file = scenario.file ?? scenario.name
  const problems: Problem[] = []
  try {
    const lab = await Lab.boot(scenario)
    for (const failure of lab.bootFailures) problems.push({ file, line: 1, column: 1, path: '', message: failure })
    for (const [i, probe] of scenario.expect.entries()) {
      const result = await lab.run(probe.node, probe.run)
      const wrong = difference(probe, result)
      if (wrong !== null) problems.push({ file, ...probe.at, path: `expect[${i}]`, message: `on ${probe.node} "${probe.run}" ${wrong}` })
    }
    lab.close()
  } catch (error) {
    problems.push(bootProblem(file, error instanceof Error ? error.message : String(error)))
  }
  return problems
}

/** Where the message names a place in the file, the problem is that place's. */
function bootProblem(file: string, message: string): Problem {
  const [, path, rest] = /^(cloud(?:\.[a-z-]+|\[\d+\])*): (.*)$/s.exec(message) ?? []
  if (path !== undefined && existsSync(file)) {
    const parts = path.split(/[.[\]]+/).filter((part) => part !== '')
    const document = new YamlDocument(readFileSync(file, 'utf8'), file)
    return document.problemAt(
      parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
      rest!,
    )
  }
  return { file, line: 1, column: 1, path: '', message: `the lab does not boot: ${message}` }
}

function difference(probe: ProbeSpec, result: RunResult): string | null {
  if (result.exitCode !== probe.exit) return `ended with ${result.exitCode}, expected ${probe.exit}${said(result)}`
  const missing = probe.stdout.find((text) => !result.stdout.includes(text))
  if (missing !== undefined) return `lacks ${JSON.stringify(missing)} in its output${said(result)}`
  const present = probe.absent.find((text) => result.stdout.includes(text))
  return present === undefined ? null : `has ${JSON.stringify(present)} in its output${said(result)}`
}

function said(result: RunResult): string {
  const text = (result.stdout + result.stderr).trim()
  return text === '' ? '; it printed nothing' : `; it printed:\n    ${text.split('\n').slice(-8).join('\n    ')}`
}
