// Words the client does not know go to the server: `--key value`, `--key type=int 3`, `--key list=true a b`, `--flag`.
import { ClientError } from '../shared/formatters.js'
import type { Json } from '../shared/python.js'

type Type = 'str' | 'int' | 'float' | 'bool' | 'dict'

interface Extra {
  readonly key: string
  readonly values: string[]
  type: string | null
  isList: boolean
  isCleared: boolean
  hasAttached: boolean
}

/** Attributes by name (dashes become underscores); throws the client's own complaint. */
export function parseExtraWords(words: readonly string[]): Map<string, Json> {
  const given = words[0] === '--' ? words.slice(1) : words
  const extras: Extra[] = []
  for (const word of given) {
    const current = extras.at(-1)
    if (word.startsWith('--')) extras.push(beginExtra(word, extras, words))
    else if (word.startsWith('type=') && current?.type !== undefined) {
      if (current.type === null) current.type = word.split('=')[1]!
      else addValue(current, word, words)
    } else if (word.startsWith('type=')) throw invalid(words)
    else if (word === 'list=true' && current !== undefined) current.isList = true
    else if (word === 'action=clear' && current !== undefined) current.isCleared = true
    else addValue(current, word, words)
  }
  return new Map(extras.map((extra) => [extra.key.replace(/-/g, '_'), extraValue(extra, words)]))
}

function beginExtra(word: string, extras: readonly Extra[], words: readonly string[]): Extra {
  const equals = word.indexOf('=')
  const key = word.slice(2, equals < 0 ? undefined : equals)
  if (extras.some((extra) => extra.key === key)) throw new ClientError(`Duplicated options ${words.join(' ')}`)
  const values = equals < 0 ? [] : [word.slice(equals + 1)]
  return { key, values, type: null, isList: false, isCleared: false, hasAttached: equals >= 0 }
}

function addValue(extra: Extra | undefined, word: string, words: readonly string[]): void {
  if (extra === undefined || extra.hasAttached || (word.startsWith('-') && Number.isNaN(Number(word)))) throw invalid(words)
  extra.values.push(word)
}

function invalid(words: readonly string[]): ClientError {
  return new ClientError(`Invalid values_specs ${words.join(' ')}`)
}

function extraValue(extra: Extra, words: readonly string[]): Json {
  const { values, isList, type } = extra
  if (values.length === 0) {
    if (type !== null || isList) throw invalid(words)
    return extra.isCleared ? null : true
  }
  const typed = values.map((value) => typedValue(value, (type ?? 'str') as Type))
  return typed.length > 1 || isList ? typed : typed[0]!
}

function typedValue(text: string, type: Type): Json {
  switch (type) {
    case 'int':
    case 'float':
      return Number(text)
    case 'bool':
      return text.toLowerCase() === 'true'
    case 'dict':
      return dictOf(text)
    default:
      return text
  }
}

/** `start=10.0.0.2,end=10.0.0.9` */
export function dictOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const equals = pair.indexOf('=')
      if (equals < 0) throw new ClientError('need more than 1 value to unpack')
      return [pair.slice(0, equals), pair.slice(equals + 1)]
    }),
  )
}
