// Regular expressions that cannot hold the lab's time still. V8 goes on in its linear engine when it backtracks too much (cli/start/load.ts
// asks it to), but that one knows no look-around, back references, case folding and large counts: those are matched here, step by step, and
// give up after so many steps, as glibc's matcher gives up when its memory is full.

import { parsePattern, type RegexNode } from './regex-tree.js'

/** Steps for one match: well under a second. */
const STEPS = 5_000_000

/** A copy of part of the pattern for each count is more than the linear engine makes. */
const LINEAR_COUNT = 16

/** As `new RegExp`, but every match ends. Throws SyntaxError. */
export function boundedRegex(source: string, flags: string): RegExp {
  const folded = flags.includes('i') ? bothCases(source) : source
  const plain = new RegExp(folded ?? source, folded === null ? flags : flags.replace('i', ''))
  if (isShort(source) || (folded !== null && isLinear(source))) return plain
  return new BoundedRegExp(source, flags)
}

/** At most one repetition, of one thing: tried at each place, it is over after as many steps as the text is long. */
function isShort(source: string): boolean {
  const bare = source.replace(/\\.|\[(?:\\.|[^\]\\])*\]/gs, 'x')
  const repetitions = bare.match(/[*+]|(?<!\()\?|\{\d/g)?.length ?? 0
  return repetitions === 0 || (repetitions === 1 && !bare.includes('|'))
}

function isLinear(source: string): boolean {
  if (/\\[1-9k]|\(\?(?:[=!]|<[=!])/.test(source)) return false
  return [...source.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].every((match) => Math.max(Number(match[1]), Number(match[2] ?? 0)) <= LINEAR_COUNT)
}

/** `ab[c-e]` as `[aA][bB][c-eC-E]`; null when it has what that does not work for. */
function bothCases(source: string): string | null {
  if (/\\[1-9kxuc]|[^\x00-\x7f]/.test(source)) return null
  for (const [set] of source.replace(/\\[^\]]/gs, '').matchAll(/\[(?:\\.|[^\]\\])*\]/gs))
    for (const [range] of set.slice(1, -1).matchAll(/.-./gs)) if (!/[a-z]-[a-z]|[A-Z]-[A-Z]|\d-\d/.test(range)) return null
  return source.replace(/\\.|\[(?:\\.|[^\]\\])*\]|\(\?<\w+>|[a-z]/gis, (piece) => {
    if (/^[a-z]$/i.test(piece)) return `[${piece.toLowerCase()}${piece.toUpperCase()}]`
    return piece.startsWith('[') ? `${piece.slice(0, -1)}${otherCase(piece)}]` : piece
  })
}

/** Ranges within one case and single letters, in the other one. */
function otherCase(set: string): string {
  const swapped = (c: string): string => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())
  let added = ''
  for (const [whole, from, to] of set.replace(/\\./gs, '').matchAll(/([a-z])-([a-z])|[a-z]/gi))
    added += from === undefined ? swapped(whole) : /^(?:[a-z]{2}|[A-Z]{2})$/.test(from + to!) ? `${swapped(from)}-${swapped(to!)}` : ''
  return added
}

class BoundedRegExp extends RegExp {
  private readonly tree: RegexNode
  private readonly groups: number

  constructor(source: string | RegExp, flags?: string) {
    super(source, flags)
    const { node, groups } = parsePattern(this.source, this.flags.replace(/[gy]/g, ''))
    this.tree = node
    this.groups = groups
  }

  override exec(text: string): RegExpExecArray | null {
    const isSticky = this.sticky || this.global
    const match = new Match(text, this.groups, this.flags)
    for (let start = isSticky ? this.lastIndex : 0; start <= text.length; start++) {
      const end = match.at(this.tree, start)
      if (end >= 0) {
        if (isSticky) this.lastIndex = end
        return resultOf(match, start, end)
      }
      if (this.sticky) break
    }
    if (isSticky) this.lastIndex = 0
    return null
  }

  override test(text: string): boolean {
    return this.exec(text) !== null
  }
}

function resultOf({ text, captures }: Match, start: number, end: number): RegExpExecArray {
  const result = [text.slice(start, end)] as unknown as RegExpExecArray
  for (let i = 1; i < captures.length / 2; i++) {
    const from = captures[2 * i]!
    ;(result as (string | undefined)[]).push(from < 0 ? undefined : text.slice(from, captures[2 * i + 1]))
  }
  result.index = start
  result.input = text
  result.groups = undefined
  return result
}

type Then = (at: number) => boolean

/** One search: backtracking, as JavaScript's own, with its steps counted. */
class Match {
  captures: number[] = []
  private steps = 0

  constructor(
    readonly text: string,
    private readonly groups: number,
    private readonly flags: string,
  ) {}

  /** Where a match that begins at `start` ends, -1 without one. */
  at(tree: RegexNode, start: number): number {
    let end = -1
    this.captures = new Array<number>(2 * (this.groups + 1)).fill(-1)
    this.run(tree, start, (at) => {
      end = at
      return true
    })
    return end
  }

  private run(node: RegexNode, at: number, then: Then): boolean {
    if (++this.steps > STEPS) throw new RangeError('Memory exhausted')
    switch (node.kind) {
      case 'empty':
        return then(at)
      case 'char':
        return at < this.text.length && node.matches(this.text.charCodeAt(at)) && then(at + 1)
      case 'edge':
        return this.isEdge(node.edge, at) && then(at)
      case 'sequence':
        return this.sequence(node.parts, 0, at, then)
      case 'choice':
        return node.parts.some((part) => this.run(part, at, then))
      case 'group':
        return this.group(node.node, node.index, at, then)
      case 'back':
        return this.back(node.index, at, then)
      case 'look':
        return this.look(node, at) && then(at)
      case 'repeat':
        return node.node.kind === 'char' ? this.repeatChar(node, node.node.matches, at, then) : this.repeat(node, 0, at, then)
    }
  }

  private sequence(parts: readonly RegexNode[], i: number, at: number, then: Then): boolean {
    if (i === parts.length) return then(at)
    return this.run(parts[i]!, at, (next) => this.sequence(parts, i + 1, next, then))
  }

  private group(node: RegexNode, index: number, at: number, then: Then): boolean {
    const [from, to] = [this.captures[2 * index]!, this.captures[2 * index + 1]!]
    const isMatch = this.run(node, at, (end) => {
      const [oldFrom, oldTo] = [this.captures[2 * index]!, this.captures[2 * index + 1]!]
      this.captures[2 * index] = at
      this.captures[2 * index + 1] = end
      if (then(end)) return true
      this.captures[2 * index] = oldFrom
      this.captures[2 * index + 1] = oldTo
      return false
    })
    if (isMatch) return true
    this.captures[2 * index] = from
    this.captures[2 * index + 1] = to
    return false
  }

  private back(index: number, at: number, then: Then): boolean {
    const from = this.captures[2 * index] ?? -1
    if (from < 0) return then(at)
    const wanted = this.text.slice(from, this.captures[2 * index + 1])
    const found = this.text.slice(at, at + wanted.length)
    const isSame = this.flags.includes('i') ? found.toLowerCase() === wanted.toLowerCase() : found === wanted
    return isSame && then(at + wanted.length)
  }

  private look({ node, isBehind, isNegated }: RegexNode & { kind: 'look' }, at: number): boolean {
    const saved = this.captures.slice()
    let isThere = false
    if (!isBehind) isThere = this.run(node, at, () => true)
    else for (let from = at; from >= 0 && !isThere; from--) isThere = this.run(node, from, (end) => end === at)
    if (isNegated || !isThere) this.captures = saved
    return isThere !== isNegated
  }

  private repeat(node: RegexNode & { kind: 'repeat' }, count: number, at: number, then: Then): boolean {
    const more = (): boolean =>
      count < node.max && this.run(node.node, at, (next) => (next > at || count < node.min) && this.repeat(node, count + 1, next, then))
    if (count < node.min) return more()
    return node.isLazy ? then(at) || more() : more() || then(at)
  }

  private repeatChar(
    { min, max, isLazy }: RegexNode & { kind: 'repeat' },
    matches: (code: number) => boolean,
    at: number,
    then: Then,
  ): boolean {
    const { text } = this
    const limit = Math.min(text.length, at + max)
    let end = at
    while (end < (isLazy ? Math.min(limit, at + min) : limit) && matches(text.charCodeAt(end))) end++
    if (end - at < min) return false
    if (!isLazy) {
      for (; end >= at + min; end--) if (this.tick() && then(end)) return true
      return false
    }
    for (;;) {
      if (this.tick() && then(end)) return true
      if (end >= limit || !matches(text.charCodeAt(end))) return false
      end++
    }
  }

  private tick(): true {
    if (++this.steps > STEPS) throw new RangeError('Memory exhausted')
    return true
  }

  private isEdge(edge: string, at: number): boolean {
    const { text } = this
    if (edge === '^') return at === 0 || (this.flags.includes('m') && text[at - 1] === '\n')
    if (edge === '$') return at === text.length || (this.flags.includes('m') && text[at] === '\n')
    const isWord = (i: number): boolean => i >= 0 && i < text.length && /\w/.test(text[i]!)
    return (isWord(at - 1) !== isWord(at)) === (edge === '\\b')
  }
}
