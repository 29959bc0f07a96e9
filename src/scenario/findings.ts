// Problems of a file that a schema cannot see, as they are found.
import type { Problem } from './problem.js'
import { suggest } from './suggest.js'
import type { YamlDocument } from './yaml-document.js'

type Path = readonly PropertyKey[]

export class Findings {
  readonly problems: Problem[] = []
  constructor(private readonly document: YamlDocument) {}

  add(path: Path, message: string): void {
    this.problems.push(this.document.problemAt(path, message))
  }

  /** Many names are looked up fastest in a set. */
  known(path: Path, what: string, name: string, names: Iterable<string>): boolean {
    if (names instanceof Set && names.has(name)) return true
    const all = [...new Set(names)]
    if (all.includes(name)) return true
    const near = suggest(name, all)
    const known = all.length === 0 ? 'there is none' : all.length > 12 ? `${all.slice(0, 12).join(', ')}, ...` : all.join(', ')
    this.add(path, `no ${what} "${name}"${near === null ? '' : `; did you mean "${near}"?`} (known: ${known})`)
    return false
  }

  /** Tells when `key` was seen before; `what` names the thing in the message. */
  once(seen: Map<string, string>, key: string, path: Path, what: string): void {
    const first = seen.get(key)
    if (first === undefined) seen.set(key, placeOf(path))
    else this.add(path, `${what} is taken by ${first}; expected one that is used once`)
  }
}

function placeOf(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : String(part)))
    .join('.')
    .replaceAll('.[', '[')
}
