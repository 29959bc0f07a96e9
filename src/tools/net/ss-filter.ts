// ss's filter words: states, and expressions over addresses and ports.
import { contains, parsePrefix } from '../../addr/ipv4.js'
import type { Process } from '../../node/process.js'
import { servicePort } from './services.js'
import type { SocketRow } from './ss-rows.js'

const STATE_NAMES = new Map<string, readonly string[]>([
  ['established', ['ESTAB']],
  ['syn-sent', ['SYN-SENT']],
  ['syn-recv', ['SYN-RECV']],
  ['fin-wait-1', ['FIN-WAIT-1']],
  ['fin-wait-2', ['FIN-WAIT-2']],
  ['time-wait', ['TIME-WAIT']],
  ['closed', ['UNCONN']],
  ['unconnected', ['UNCONN']],
  ['close-wait', ['CLOSE-WAIT']],
  ['last-ack', ['LAST-ACK']],
  ['listening', ['LISTEN', 'UNCONN']],
  ['listen', ['LISTEN']],
  ['closing', ['CLOSING']],
])

export const ALL_STATES = [...new Set([...STATE_NAMES.values()].flat())]
const CONNECTED = ALL_STATES.filter((state) => state !== 'LISTEN' && state !== 'UNCONN')

export interface SsFilter {
  /** Null: no states were named. */
  readonly states: readonly string[] | null
  matches(row: SocketRow): boolean
}

/** The filter, or the word it stumbled over. */
export function parseSsFilter(
  proc: Process,
  words: readonly string[],
): SsFilter | { readonly bad: string } | { readonly badState: string } {
  let at = 0
  let states: string[] | null = null
  while (words[at] === 'state' || words[at] === 'exclude') {
    const named = statesOf(words[at + 1] ?? '')
    if (named === null) return { badState: words[at + 1] ?? '' }
    if (words[at] === 'state') states = [...(states ?? []), ...named]
    else states = (states ?? ALL_STATES).filter((state) => !named.includes(state))
    at += 2
  }
  const parser = new FilterParser(proc, words.slice(at).flatMap(split))
  const matches = parser.expression()
  if (matches === null || !parser.isDone) return { bad: words.slice(at).join(' ') }
  return { states, matches }
}

function statesOf(word: string): readonly string[] | null {
  if (word === 'all') return ALL_STATES
  if (word === 'connected') return CONNECTED
  if (word === 'synchronized') return CONNECTED.filter((state) => state !== 'SYN-SENT')
  if (word === 'bucket') return ['SYN-RECV', 'TIME-WAIT']
  if (word === 'big') return CONNECTED.filter((state) => state !== 'SYN-RECV' && state !== 'TIME-WAIT')
  return STATE_NAMES.get(word) ?? null
}

/** Parentheses and quotes apart: one word may hold a whole expression. */
function split(word: string): string[] {
  return word
    .replace(/([()])/g, ' $1 ')
    .trim()
    .split(/\s+/)
    .filter(Boolean)
}

type Test = (row: SocketRow) => boolean

class FilterParser {
  private at = 0

  constructor(
    private readonly proc: Process,
    private readonly words: readonly string[],
  ) {}

  get isDone(): boolean {
    return this.at >= this.words.length
  }

  expression(): Test | null {
    if (this.isDone) return () => true
    let left = this.conjunction()
    while (left !== null && this.take('or', '|', '||')) {
      const first = left
      const right = this.conjunction()
      left = right === null ? null : (row) => first(row) || right(row)
    }
    return left
  }

  private conjunction(): Test | null {
    let left = this.term()
    while (left !== null && !this.isDone && !['or', '|', '||', ')'].includes(this.words[this.at]!)) {
      this.take('and', '&', '&&')
      const first = left
      const right = this.term()
      left = right === null ? null : (row) => first(row) && right(row)
    }
    return left
  }

  private term(): Test | null {
    if (this.take('not', '!')) {
      const inner = this.term()
      return inner === null ? null : (row) => !inner(row)
    }
    if (this.take('(')) {
      const inner = this.expression()
      return this.take(')') ? inner : null
    }
    const word = this.words[this.at++]
    if (word === 'sport' || word === 'dport') return this.port(word === 'sport')
    if (word === 'src' || word === 'dst') return this.address(word === 'src')
    return null
  }

  private take(...wanted: string[]): boolean {
    if (!wanted.includes(this.words[this.at] ?? '')) return false
    this.at++
    return true
  }

  private operator(): string {
    const word = this.words[this.at] ?? ''
    if (!/^(=|==|eq|!=|ne|neq|<|lt|<=|le|>|gt|>=|ge)$/.test(word)) return '='
    this.at++
    return word
  }

  private port(isLocal: boolean): Test | null {
    const operator = this.operator()
    const text = (this.words[this.at++] ?? '').replace(/^:/, '')
    const port = servicePort(this.proc, text, 'tcp') ?? servicePort(this.proc, text, 'udp')
    if (port === null) return null
    return (row) => compare(operator, isLocal ? row.localPort : row.remotePort, port)
  }

  private address(isLocal: boolean): Test | null {
    const operator = this.operator()
    const match = /^([^:]*)(?::(\S+))?$/.exec(this.words[this.at++] ?? '')
    const prefix = match === null || match[1] === '' || match[1] === '*' ? null : parsePrefix(match[1]!)
    const port = match?.[2] === undefined ? null : servicePort(this.proc, match[2], 'tcp')
    if (match === null || (prefix === null && port === null)) return null
    const isWanted: Test = (row) =>
      (prefix === null || contains(prefix, isLocal ? row.local : row.remote)) &&
      (port === null || (isLocal ? row.localPort : row.remotePort) === port)
    return operator === '!=' || operator === 'ne' || operator === 'neq' ? (row) => !isWanted(row) : isWanted
  }
}

function compare(operator: string, value: number, wanted: number): boolean {
  switch (operator) {
    case '!=':
    case 'ne':
    case 'neq':
      return value !== wanted
    case '<':
    case 'lt':
      return value < wanted
    case '<=':
    case 'le':
      return value <= wanted
    case '>':
    case 'gt':
      return value > wanted
    case '>=':
    case 'ge':
      return value >= wanted
    default:
      return value === wanted
  }
}
