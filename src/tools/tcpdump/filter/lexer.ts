// Filter text to tokens: the longest match wins, and at equal length a word with a meaning.
import { parseIpv6 } from '../../../addr/ipv6.js'
import { KEYWORDS, NUMBER_WORDS, PROTOCOL_WORDS } from './words.js'

export class FilterError extends Error {}

export type TokenKind =
  | 'word'
  | 'protocol'
  | 'operator'
  | 'number'
  /** Any other word: a name to look up. */
  | 'name'
  | 'ipv4'
  | 'ipv6'
  | 'mac'
  /** `$12`: an ARCnet address. */
  | 'arcnet'
  | 'end'
  /** What no token is, with libpcap's own words if it has any. */
  | 'bad'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly value: number
}

const NUMBER = '(?:0[xX][0-9A-Fa-f]+|[0-9]+)'
const BYTE = '[0-9A-Fa-f]{1,2}'
const PAIR = '[0-9A-Fa-f]{4}'
const MACS = ['-', ':', '\\.'].map((separator) => `${BYTE}(?:${separator}${BYTE}){5}`)
const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['arcnet', new RegExp(`\\$${BYTE}`, 'y')],
  ['mac', new RegExp(`${MACS.join('|')}|${PAIR}\\.${PAIR}\\.${PAIR}|${PAIR}${PAIR}${PAIR}`, 'y')],
  ['number', new RegExp(NUMBER, 'y')],
  ['ipv4', new RegExp(`${NUMBER}(?:\\.${NUMBER}){1,3}`, 'y')],
]
const BROKEN_MAC = new RegExp(`${BYTE}:+(?:${BYTE}:+)+`, 'y')
const WORD = /[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?/y
const ESCAPED = /\\[^ !()\n\t]+/y
const OPERATORS = ['>=', '<=', '!=', '==', '<<', '>>', '&&', '||']
const MAX_NUMBER = 0xffffffff
const SINGLE = '+-*/%:[]!<>()&|^='

/** Reads everything at once; what is wrong shows where the parser reaches it. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    if (' \r\n\t'.includes(text[at]!)) {
      at++
      continue
    }
    const { token, length } = tokenAt(text, at)
    tokens.push(token)
    at += length
    if (token.kind === 'bad') break
  }
  tokens.push({ kind: 'end', text: '', value: 0 })
  return tokens
}

interface Match {
  readonly token: Token
  readonly length: number
}

function tokenAt(text: string, at: number): Match {
  const operator = OPERATORS.find((candidate) => text.startsWith(candidate, at))
  if (operator !== undefined) return { token: operatorToken(operator), length: 2 }
  if (text[at] === '\\') {
    const escaped = match(ESCAPED, text, at)
    if (escaped !== '') return { token: plain('name', escaped.slice(1)), length: escaped.length }
  }
  let best: Match | null = null
  const offer = (token: () => Token, length: number): void => {
    if (length > 0 && (best === null || length > best.length)) best = { token: token(), length }
  }
  const word = match(WORD, text, at)
  if (word !== '' && isMeaningful(word)) offer(() => meaningfulToken(word), word.length)
  for (const [kind, pattern] of PATTERNS) {
    const found = match(pattern, text, at)
    offer(() => (kind === 'number' ? numberToken(found) : plain(kind, found)), found.length)
  }
  const address = ipv6At(text, at)
  offer(() => (parseIpv6(address) === null ? plain('bad', `bogus IPv6 address ${address}`) : plain('ipv6', address)), address.length)
  const broken = match(BROKEN_MAC, text, at)
  offer(() => plain('bad', `bogus ethernet address ${broken}`), broken.length)
  offer(() => plain('name', word), word.length)
  if (best !== null) return best
  if (SINGLE.includes(text[at]!)) return { token: operatorToken(text[at]!), length: 1 }
  return { token: plain('bad', ''), length: 1 }
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

function plain(kind: TokenKind, text: string): Token {
  return { kind, text, value: 0 }
}

function operatorToken(text: string): Token {
  if (text === '&&') return plain('word', 'and')
  if (text === '||') return plain('word', 'or')
  if (text === '!') return plain('word', 'not')
  return plain('operator', text === '==' ? '=' : text)
}

function isMeaningful(word: string): boolean {
  return KEYWORDS.has(word) || PROTOCOL_WORDS.has(word) || NUMBER_WORDS.has(word)
}

function meaningfulToken(word: string): Token {
  const value = NUMBER_WORDS.get(word)
  if (value !== undefined) return { kind: 'number', text: word, value }
  const protocol = PROTOCOL_WORDS.get(word)
  return protocol === undefined ? plain('word', KEYWORDS.get(word)!) : plain('protocol', protocol)
}

function numberToken(text: string): Token {
  const hex = /^0x/i.test(text)
  if (hex || text.length === 1 || text[0] !== '0') return checkedNumber(text, hex ? Number.parseInt(text.slice(2), 16) : Number(text))
  // Octal; whichever comes first, too many digits or a wrong one.
  const wrong = text.search(/[89]/)
  const value = Number.parseInt(text.slice(0, wrong < 0 ? text.length : wrong), 8)
  return wrong < 0 || value > MAX_NUMBER ? checkedNumber(text, value) : plain('bad', `number ${text} contains non-octal digit`)
}

function checkedNumber(text: string, value: number): Token {
  return value > MAX_NUMBER ? plain('bad', `number ${text} overflows 32 bits`) : { kind: 'number', text, value }
}

/** The longest text of an IPv6 address's form that begins here; the dotted end may hold numbers that are too large. */
function ipv6At(text: string, at: number): string {
  const run = /[0-9A-Fa-f:]+(?:\.[0-9]+){0,3}/y
  const found = match(run, text, at)
  if (!found.includes(':')) return ''
  for (let length = found.length; length > 1; length--) {
    const candidate = found.slice(0, length)
    if (!/[:.]{3}|[^:]:$/.test(candidate) && parseIpv6(candidate.replace(/\d+(\.\d+){3}$/, '0:0')) !== null) return candidate
  }
  return ''
}
