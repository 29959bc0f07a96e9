// zod's findings as located problems, in words that say what was expected.
import type * as z from 'zod'
import { formatPath, type Problem } from './problem.js'
import { suggest } from './suggest.js'
import type { YamlDocument } from './yaml-document.js'

type Issue = z.core.$ZodIssue

/** Problems of one failed check of `schema` over the document's value. */
export function problemsOf(issues: readonly Issue[], document: YamlDocument, schema: z.ZodType): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, document, schema))
}

function problemsOfIssue(issue: Issue, document: YamlDocument, schema: z.ZodType): Problem[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, issue.path, document, schema))
    case 'invalid_key':
      return [keyProblem(issue, document)]
    case 'invalid_union':
      return unionProblems(issue, document, schema)
    default:
      return [plainProblem(issue, document)]
  }
}

function unknownKey(key: string, path: readonly PropertyKey[], document: YamlDocument, schema: z.ZodType): Problem {
  const known = keysAt(schema, path)
  const near = suggest(key, known)
  const hint = near === null ? `expected one of ${known.join(', ')}` : `did you mean "${near}"? (expected one of ${known.join(', ')})`
  return {
    file: document.file,
    ...document.keyAt(path, key),
    path: formatPath([...path, key]),
    message: `unknown key "${key}"${known.length === 0 ? '' : `; ${hint}`}`,
  }
}

function keyProblem(issue: Issue & { code: 'invalid_key' }, document: YamlDocument): Problem {
  const key = String(issue.path[issue.path.length - 1])
  const parent = issue.path.slice(0, -1)
  const message = issue.issues[0]?.message ?? 'bad key'
  return { file: document.file, ...document.keyAt(parent, key), path: formatPath(issue.path), message }
}

function unionProblems(issue: Issue & { code: 'invalid_union' }, document: YamlDocument, schema: z.ZodType): Problem[] {
  // The branch that got furthest is the one that was meant.
  const branches = issue.errors.filter((errors) => errors.some((error) => error.path.length > 0))
  if (branches.length === 1) {
    const inner = branches[0]!.map((error) => ({ ...error, path: [...issue.path, ...error.path] }) as Issue)
    return problemsOf(inner, document, schema)
  }
  const expected = issue.errors.flatMap((errors) => errors.flatMap(expectedBy))
  return [document.problemAt(issue.path, `expected ${[...new Set(expected)].join(' or ')}, found ${foundAt(issue.path, document)}`)]
}

function expectedBy(error: Issue): string[] {
  if (error.code === 'invalid_value') return error.values.map(String)
  return [error.code === 'invalid_type' ? nameOfType(error.expected) : error.message]
}

function plainProblem(issue: Issue, document: YamlDocument): Problem {
  if (issue.code === 'custom') return document.problemAt(issue.path, issue.message)
  const found = foundAt(issue.path, document)
  if (issue.code === 'invalid_type') {
    if (found === 'nothing' && issue.path.length > 0) {
      const key = String(issue.path[issue.path.length - 1])
      return document.problemAt(issue.path, `missing; expected ${nameOfType(issue.expected)} under "${key}"`)
    }
    return document.problemAt(issue.path, `expected ${nameOfType(issue.expected)}, found ${found}`)
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String)
    const near = suggest(found.replaceAll('"', ''), values)
    return document.problemAt(
      issue.path,
      `expected ${values.join(' or ')}, found ${found}${near === null ? '' : ` (did you mean "${near}"?)`}`,
    )
  }
  return document.problemAt(issue.path, `${sizeMessage(issue)}, found ${found}`)
}

function sizeMessage(issue: Issue): string {
  if (issue.code === 'too_small')
    return `expected at least ${issue.minimum}${issue.origin === 'number' || issue.origin === 'int' ? '' : ' of them'}`
  if (issue.code === 'too_big')
    return `expected at most ${issue.maximum}${issue.origin === 'number' || issue.origin === 'int' ? '' : ' of them'}`
  return issue.message
}

function nameOfType(expected: string): string {
  const names: Record<string, string> = {
    string: 'text',
    object: 'a map',
    record: 'a map',
    array: 'a list',
    int: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
  }
  return names[expected] ?? expected
}

function foundAt(path: readonly PropertyKey[], document: YamlDocument): string {
  let value: unknown = document.value
  for (const key of path) value = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'a map'
  return typeof value === 'string' ? `"${value.length > 60 ? `${value.slice(0, 57)}...` : value}"` : String(value)
}

interface Definition {
  readonly type: string
  readonly shape?: Record<string, z.ZodType>
  readonly element?: z.ZodType
  readonly valueType?: z.ZodType
  readonly innerType?: z.ZodType
  readonly in?: z.ZodType
  readonly options?: readonly z.ZodType[]
}

/** The keys that the schema knows at `path`. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let candidates = unwrapped(schema)
  for (const part of path) candidates = candidates.flatMap((candidate) => below(candidate, part)).flatMap(unwrapped)
  return candidates.flatMap((candidate) => Object.keys(definition(candidate).shape ?? {}))
}

function definition(schema: z.ZodType): Definition {
  return schema._zod.def as unknown as Definition
}

function below(schema: z.ZodType, part: PropertyKey): z.ZodType[] {
  const def = definition(schema)
  const next = def.shape?.[String(part)] ?? def.element ?? def.valueType
  return next === undefined ? [] : [next]
}

/** Takes off what wraps a schema: default, nullable, optional, transform, union. */
function unwrapped(schema: z.ZodType): z.ZodType[] {
  const def = definition(schema)
  if (def.options !== undefined) return def.options.flatMap(unwrapped)
  const inner = def.innerType ?? (def.type === 'pipe' ? def.in : undefined)
  return inner === undefined ? [schema] : unwrapped(inner)
}
