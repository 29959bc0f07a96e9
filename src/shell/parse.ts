// The shell grammar: the only user of the parser library. Adds what a shell needs: is the line complete, and which token is wrong.

import type { HereDoc, ParsedScript, Script, Statement, SyntaxNode, WordPart } from 'unbash'
import { parse as parseSource } from 'unbash'

export type * from 'unbash'

export interface SyntaxProblem {
  readonly kind: 'token' | 'eof' | 'quote' | 'deep'
  /** The unexpected token, or the closing character looked for. */
  readonly token: string
  readonly line: number
}

export interface Parsed {
  readonly script: Script
  readonly source: string
  readonly problem: SyntaxProblem | null
  /** More lines could make it complete. */
  readonly isIncomplete: boolean
}

const cache = new Map<string, Parsed>()
const CACHE_SIZE = 500
const CACHED_LENGTH = 65_536

export function parseShell(source: string): Parsed {
  const known = cache.get(source)
  if (known !== undefined) return known
  const parsed = parseAnew(source)
  if (cache.size >= CACHE_SIZE) cache.clear()
  if (source.length <= CACHED_LENGTH) cache.set(source, parsed)
  return parsed
}

/** Null: it is nested too deep for the parser's stack. */
function parseSafely(source: string): ParsedScript | null {
  try {
    return parseSource(source)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function parseAnew(source: string): Parsed {
  const script = parseSafely(source)
  if (script === null) return { script: parseSource(''), source, problem: { kind: 'deep', token: '', line: 1 }, isIncomplete: false }
  if (script.errors === undefined || script.errors.length === 0) {
    const lonely = tokenAfterNothing(script.commands, source)
    if (lonely !== null) return { script, source, problem: lonely, isIncomplete: false }
    const isOpen = endsInBackslash(source) || hasOpenHereDocument(script.commands)
    return { script, source, problem: null, isIncomplete: isOpen }
  }
  const first = [...script.errors].sort((a, b) => a.pos - b.pos)[0]!
  const line = source.slice(0, first.pos).split('\n').length
  const quote = closingOf(first.message, source, first.pos)
  if (quote !== null) return { script, source, problem: { kind: 'quote', token: quote, line }, isIncomplete: true }
  const token = tokenAt(source, first.pos)
  if (token === null && /(?:^|[\s;&|])(?:for|case|select)[ \t]*\n*$/.test(source))
    return { script, source, problem: { kind: 'token', token: 'newline', line }, isIncomplete: false }
  if (token === null) {
    const last = source.split('\n').length + (source.endsWith('\n') ? 0 : 1)
    return { script, source, problem: { kind: 'eof', token: '', line: last }, isIncomplete: true }
  }
  return { script, source, problem: { kind: 'token', token, line }, isIncomplete: false }
}

/** `! &`, `time && x`: only an end of line or `;` may follow a word that stands before nothing. The parser lets them through. */
function tokenAfterNothing(statements: readonly Statement[], source: string): SyntaxProblem | null {
  for (const { command, background } of statements) {
    const members = command.type === 'AndOr' ? command.commands : [command]
    for (const [i, member] of members.entries()) {
      const isLast = i === members.length - 1
      if (member.type !== 'Pipeline' || member.commands.length > 0 || (isLast && background !== true)) continue
      const token = isLast || command.type !== 'AndOr' ? '&' : command.operators[i]!
      return { kind: 'token', token, line: source.slice(0, member.end).split('\n').length }
    }
  }
  return null
}

function endsInBackslash(source: string): boolean {
  return /(^|[^\\])(\\\\)*\\$/.test(source)
}

/** The character that bash would look for. */
function closingOf(message: string, source: string, pos: number): string | null {
  if (!message.startsWith('unterminated')) return null
  if (message.includes('double quote')) return '"'
  if (message.includes('single quote')) return "'"
  if (message.includes('parameter')) return '}'
  if (message.includes('backtick') || source[pos] === '`') return '`'
  return ')'
}

const OPERATORS = [
  '&>>',
  '<<-',
  ';;&',
  '<<<',
  '&&',
  '||',
  ';;',
  ';&',
  '|&',
  '<<',
  '>>',
  '<&',
  '>&',
  '<>',
  '>|',
  '&>',
  '|',
  '&',
  ';',
  '(',
  ')',
  '<',
  '>',
]

/** The token at or after `pos`; null at the end of the input. */
function tokenAt(source: string, pos: number): string | null {
  const rest = source.slice(pos).replace(/^(?:[ \t]|#[^\n]*)+/, '')
  if (rest.trim() === '') return null
  if (rest.startsWith('\n')) return 'newline'
  for (const operator of OPERATORS) if (rest.startsWith(operator)) return operator
  return /^[^\s;&|<>()]+/.exec(rest)?.[0] ?? null
}

function hasOpenHereDocument(statements: readonly Statement[]): boolean {
  return statements.some((statement) => openHereDocument(statement))
}

function openHereDocument(node: SyntaxNode | readonly SyntaxNode[] | undefined): boolean {
  if (node === undefined) return false
  if (Array.isArray(node)) return node.some((child: SyntaxNode) => openHereDocument(child))
  const one = node as SyntaxNode
  switch (one.type) {
    case 'Statement':
      return openHereDocument(one.command)
    case 'Pipeline':
    case 'AndOr':
    case 'CompoundList':
    case 'Script':
      return openHereDocument(one.commands as readonly SyntaxNode[])
    case 'Redirected':
      return one.redirects.some(isOpen) || openHereDocument(one.command)
    case 'Command':
      return one.redirects.some(isOpen)
    case 'Subshell':
    case 'BraceGroup':
    case 'For':
    case 'Function':
      return openHereDocument(one.body)
    case 'While':
      return openHereDocument(one.clause) || openHereDocument(one.body)
    case 'If':
      return openHereDocument(one.clause) || openHereDocument(one.then) || openHereDocument(one.else)
    default:
      return false
  }
}

function isOpen(redirect: { type: string }): boolean {
  return redirect.type === 'HereDoc' && (redirect as HereDoc).closing === undefined
}

/** The expansions in a text where quotes mean nothing: here-documents, arithmetic, prompts. */
export function textParts(text: string): readonly WordPart[] | null {
  if (!/[$`\\]/.test(text)) return null
  const end = '\x01'
  const parsed = parseShell(`:<<${end}\n${text}\n${end}\n`)
  const command = parsed.script.commands[0]?.command
  if (command === undefined || command.type !== 'Command') return null
  const redirect = command.redirects[0]
  if (redirect === undefined || redirect.type !== 'HereDoc') return null
  return redirect.body.parts ?? null
}
