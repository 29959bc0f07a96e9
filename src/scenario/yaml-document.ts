// A YAML file read strictly (1.2, no aliases, no duplicate keys, bounded), and where each of its parts stands.
import { isAlias, isCollection, isMap, isPair, isScalar, LineCounter, type Node, type Pair, parseDocument, visit } from 'yaml'
import { formatPath, type Problem } from './problem.js'

/** A generated cloud of a thousand compute nodes with ten servers each has five. */
const MAX_BYTES = 8 * 1024 * 1024
const MAX_DEPTH = 24

export interface Position {
  readonly line: number
  readonly column: number
}

export class YamlDocument {
  /** The file's plain value; undefined when `problems` tell why there is none. */
  readonly value: unknown
  readonly problems: readonly Problem[]
  private readonly counter = new LineCounter()
  private readonly root: Node | null

  constructor(
    text: string,
    readonly file: string,
  ) {
    const problems: Problem[] = []
    this.problems = problems
    this.root = null
    if (text.length > MAX_BYTES) {
      problems.push({
        file,
        line: 1,
        column: 1,
        path: '',
        message: `the file has ${text.length} characters, at most ${MAX_BYTES} are read`,
      })
      return
    }
    const document = parseDocument(text, { lineCounter: this.counter, prettyErrors: false, uniqueKeys: true, version: '1.2', strict: true })
    for (const error of document.errors) {
      problems.push({ file, ...this.position(error.pos[0]), path: '', message: yamlMessage(error.code, error.message) })
    }
    if (problems.length > 0) return
    this.root = document.contents
    this.refuseAliases(problems)
    if (problems.length === 0) this.value = document.toJS({ maxAliasCount: 0 })
  }

  /** Where the value of `path` begins; of the nearest part above it that exists, when it is missing. */
  valueAt(path: readonly PropertyKey[]): Position {
    let node: unknown = this.root
    let offset = this.offsetOf(node) ?? 0
    for (const key of path) {
      node = this.child(node, key)
      const at = this.offsetOf(node)
      if (at === null) break
      offset = at
    }
    return this.position(offset)
  }

  /** Where the key `key` stands in the map at `path`. */
  keyAt(path: readonly PropertyKey[], key: string): Position {
    let node: unknown = this.root
    for (const part of path) node = this.child(node, part)
    const pair = isMap(node) ? node.items.find((item: Pair) => keyText(item) === key) : undefined
    const offset = this.offsetOf(pair?.key)
    return offset === null ? this.valueAt(path) : this.position(offset)
  }

  problemAt(path: readonly PropertyKey[], message: string): Problem {
    return { file: this.file, ...this.valueAt(path), path: formatPath(path), message }
  }

  private refuseAliases(problems: Problem[]): void {
    visit(this.root, (_key, node, ancestors) => {
      const at = isPair(node) ? null : this.offsetOf(node)
      if (at === null) return undefined
      if (isAlias(node) || (isCollection(node) && node.anchor) || (isScalar(node) && node.anchor)) {
        problems.push({
          file: this.file,
          ...this.position(at),
          path: '',
          message: 'anchors (&) and aliases (*) are not taken here; write the value out',
        })
      }
      if (ancestors.length > 2 * MAX_DEPTH) {
        problems.push({ file: this.file, ...this.position(at), path: '', message: `nested deeper than ${MAX_DEPTH} levels` })
        return visit.BREAK
      }
      return undefined
    })
  }

  private child(node: unknown, key: PropertyKey): unknown {
    if (!isCollection(node)) return null
    if (isMap(node)) return node.items.find((item: Pair) => keyText(item) === String(key))?.value ?? null
    return typeof key === 'number' ? (node.items[key] ?? null) : null
  }

  private offsetOf(node: unknown): number | null {
    const range = (node as Node | null | undefined)?.range
    return range ? range[0] : null
  }

  private position(offset: number): Position {
    const { line, col } = this.counter.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
}

function yamlMessage(code: string, message: string): string {
  const plain = message.replace(/ at line \d+, column \d+:?[\s\S]*$/, '')
  if (code === 'DUPLICATE_KEY') return 'this key stands in the map already; expected each key once'
  return `not valid YAML: ${plain.charAt(0).toLowerCase()}${plain.slice(1)}`
}
