// One thing wrong in a file that a person wrote: where it stands, what it is, what was expected.

export interface Problem {
  readonly file: string
  /** 1-based; 0 when the file could not be read at all. */
  readonly line: number
  readonly column: number
  /** `nodes.web.nics[0].mac`; empty for the whole file. */
  readonly path: string
  readonly message: string
}

export function formatProblem(problem: Problem): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`
  return problem.path === '' ? `${place}: ${problem.message}` : `${place} ${problem.path}: ${problem.message}`
}

/** A file that a person wrote cannot be used; `problems` say why. */
export class LabError extends Error {
  constructor(
    message: string,
    readonly problems: readonly Problem[] = [],
  ) {
    super([message, ...problems.map(formatProblem)].filter((line) => line !== '').join('\n'))
    this.name = 'LabError'
  }
}

/** `nodes`, `web`, 0 -> `nodes.web[0]` */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = ''
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : text === '' ? String(part) : `.${String(part)}`
  return text
}
