// Words of the awk language.

export class AwkError extends Error {}

export interface AwkToken {
  readonly kind: 'number' | 'string' | 'regex' | 'name' | 'call' | 'builtin' | 'keyword' | 'operator' | 'newline' | 'end'
  readonly text: string
  readonly line: number
}

const KEYWORDS = new Set([
  'BEGIN',
  'END',
  'function',
  'func',
  'if',
  'else',
  'while',
  'for',
  'do',
  'break',
  'continue',
  'next',
  'nextfile',
  'exit',
  'return',
  'delete',
  'in',
  'getline',
  'print',
  'printf',
  'switch',
  'case',
  'default',
])
export const AWK_BUILTINS = new Set([
  'length',
  'substr',
  'index',
  'split',
  'sub',
  'gsub',
  'match',
  'sprintf',
  'sin',
  'cos',
  'atan2',
  'exp',
  'log',
  'sqrt',
  'int',
  'rand',
  'srand',
  'tolower',
  'toupper',
  'system',
  'close',
  'fflush',
  'gensub',
  'strftime',
  'systime',
  'mktime',
  'and',
  'or',
  'xor',
  'lshift',
  'rshift',
  'compl',
  'strtonum',
  'asort',
  'asorti',
])
const OPERATORS = [
  '**=',
  '&&',
  '||',
  '++',
  '--',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '^=',
  '**',
  '==',
  '<=',
  '>=',
  '!=',
  '>>',
  '!~',
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ';',
  ',',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '!',
  '>',
  '<',
  '|',
  '?',
  ':',
  '~',
  '$',
  '=',
]

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '"': '"',
  '/': '/',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
}

export function awkUnescape(text: string): string {
  return text.replace(/\\(\n|[0-7]{1,3}|.)/gs, (_, code: string) => {
    if (code === '\n') return ''
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8))
    return ESCAPES[code] ?? `\\${code}`
  })
}

/** A `/` begins a regular expression where an operand may stand. */
function divides(previous: AwkToken | undefined): boolean {
  if (previous === undefined) return false
  if (previous.kind === 'number' || previous.kind === 'string' || previous.kind === 'name' || previous.kind === 'regex') return true
  if (previous.kind === 'builtin') return previous.text === 'length'
  return previous.kind === 'operator' && [')', ']', '++', '--', '$'].includes(previous.text)
}

export function awkTokens(source: string): AwkToken[] {
  const tokens: AwkToken[] = []
  let at = 0
  let line = 1
  const push = (kind: AwkToken['kind'], text: string): void => void tokens.push({ kind, text, line })
  while (at < source.length) {
    const rest = source.slice(at)
    const skipped = /^(?:[ \t\r]+|\\\r?\n|#[^\n]*)/.exec(rest)
    if (skipped !== null) {
      at += skipped[0].length
      if (skipped[0].includes('\n')) line++
      continue
    }
    if (rest[0] === '\n') {
      push('newline', '\n')
      line++
      at++
      continue
    }
    if (rest[0] === '"') {
      const match = /^"((?:[^"\\\n]|\\[\s\S])*)"/.exec(rest)
      if (match === null) throw new AwkError(`line ${line}: runaway string constant ${rest.split('\n')[0]} ...`)
      push('string', awkUnescape(match[1]!))
      at += match[0].length
      continue
    }
    if (rest[0] === '/' && !divides(tokens[tokens.length - 1])) {
      const match = /^\/((?:[^/\\\n[]|\\.|\[\^?\]?(?:\[:\w+:\]|[^\]\\\n]|\\.)*\])*)\//.exec(rest)
      if (match === null)
        throw new AwkError(`line ${line}: regular expression compile failed (missing '/')\n${rest.split('\n')[0]!.slice(1)}`)
      push('regex', match[1]!)
      at += match[0].length
      continue
    }
    const number = /^(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/.exec(rest)
    if (number !== null) {
      push('number', number[0])
      at += number[0].length
      continue
    }
    const name = /^[A-Za-z_]\w*/.exec(rest)
    if (name !== null) {
      const word = name[0]
      at += word.length
      if (KEYWORDS.has(word)) push('keyword', word === 'func' ? 'function' : word)
      else if (AWK_BUILTINS.has(word)) push('builtin', word)
      else push(source[at] === '(' ? 'call' : 'name', word)
      continue
    }
    const operator = OPERATORS.find((text) => rest.startsWith(text))
    if (operator === undefined) throw new AwkError(`line ${line}: syntax error at or near ${rest[0]}`)
    push('operator', operator === '**' ? '^' : operator === '**=' ? '^=' : operator)
    at += operator.length
  }
  push('end', '')
  return tokens
}
