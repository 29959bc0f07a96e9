// `netlab validate FILE...`: scenarios and lessons, every error with its place; then the lab is booted and its probes are run.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { proveScenario } from '../../lab/prove.js'
import { parseScenario } from '../../scenario/parse.js'
import { formatProblem, type Problem } from '../../scenario/problem.js'
import { EXIT, UsageError } from '../exit-code.js'
import { message, out } from '../streams.js'

export interface ValidateOptions {
  readonly json?: boolean
  /** --no-probes */
  readonly probes: boolean
  readonly answers?: boolean
}

type Target = { readonly kind: 'scenario' | 'lesson'; readonly path: string }

export async function validate(paths: readonly string[], options: ValidateOptions): Promise<number> {
  const targets = paths.flatMap(targetsOf)
  const problems: Problem[] = []
  for (const target of targets) {
    const found = await problemsIn(target, options)
    problems.push(...found)
    if (options.json !== true) {
      for (const problem of found) message(formatProblem(problem))
      if (found.length === 0) out(`${target.path}: right\n`)
    }
  }
  if (options.json === true) out(`${JSON.stringify({ files: targets.map((target) => target.path), problems }, null, 2)}\n`)
  return problems.length === 0 ? EXIT.done : EXIT.invalidFile
}

async function problemsIn(target: Target, options: ValidateOptions): Promise<readonly Problem[]> {
  if (target.kind === 'lesson') {
    const tell =
      options.answers === true && options.json !== true ? (question: string, answer: string) => out(`  ${question}: ${answer}\n`) : null
    return (await import('../../lesson/validate.js')).validateLesson(target.path, tell)
  }
  const { scenario, problems } = parseScenario(readFileSync(target.path, 'utf8'), target.path, basename(target.path, extname(target.path)))
  return scenario === null || !options.probes ? problems : proveScenario(scenario)
}

function targetsOf(path: string): Target[] {
  if (!existsSync(path)) throw new UsageError(`no file or folder "${path}"`)
  if (!statSync(path).isDirectory()) {
    if (basename(path) === 'lesson.yaml') return [{ kind: 'lesson', path: join(path, '..') }]
    if (!/\.ya?ml$/.test(path)) throw new UsageError(`"${path}" is neither a scenario (NAME.yaml) nor a lesson's folder`)
    return [{ kind: 'scenario', path }]
  }
  if (existsSync(join(path, 'lesson.yaml'))) return [{ kind: 'lesson', path }]
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    if (entry.isDirectory()) return targetsOf(join(path, entry.name))
    return /\.ya?ml$/.test(entry.name) ? targetsOf(join(path, entry.name)) : []
  })
}
