// Parameter expansion: $x, ${x:-y}, ${x#p}, ${x/p/r}, ${x:1:2}, ${#x}, ${!x}, arrays.

import { boundedRegex } from '../grammar/bounded-regex.js'
import { ShellError } from './control.js'
import type {
  ParameterExpansionPart,
  ParameterOperation,
  ParameterReplaceOperation,
  ParameterSliceOperation,
  SimpleExpansionPart,
  Word,
} from './parse.js'
import { patternSource } from './pattern.js'
import { shellQuote } from './quote.js'
import type { Shell } from './shell.js'

/** Several values: "$@" keeps them apart, "$*" joins them. */
export interface ParameterResult {
  readonly list: readonly string[]
  readonly isSeparate: boolean
  readonly joiner: string
}

type Values = { list: string[]; isList: boolean; isSeparate: boolean; isSet: boolean }

export async function expandParameter(
  shell: Shell,
  part: SimpleExpansionPart | ParameterExpansionPart,
  isQuoted: boolean,
): Promise<string | ParameterResult> {
  if (part.type === 'SimpleExpansion') return finish(shell, part.text.slice(1), valuesOf(shell, part.text.slice(1), null), isQuoted)
  if (part.parameter === '') throw new ShellError(`${part.text}: bad substitution`)
  const operation = part.operation
  if (operation?.type === 'Unknown') throw new ShellError(`${part.text}: bad substitution`)
  if (operation?.type === 'Names') return { list: namesWith(shell, part.parameter), isSeparate: operation.operator === '@', joiner: ' ' }
  const index = part.index === undefined ? null : part.index.value
  if (part.prefix === '#') return lengthOf(shell, part, index)
  if (part.prefix === '!') return indirect(shell, part, index, isQuoted)
  const name = part.parameter
  const values = await resolveValues(shell, part)
  return operate(shell, { name: index === null ? name : `${name}[${index}]`, values, operation, isQuoted })
}

async function resolveValues(shell: Shell, part: ParameterExpansionPart): Promise<Values> {
  if (part.index === undefined) return valuesOf(shell, part.parameter, null)
  const raw = part.index.value
  if (raw === '@' || raw === '*') return valuesOf(shell, part.parameter, raw)
  return valuesOf(shell, part.parameter, await shell.expandSingle(part.index))
}

function valuesOf(shell: Shell, name: string, index: string | null): Values {
  if (name === '@' || name === '*') {
    return { list: [...shell.positional], isList: true, isSeparate: name === '@', isSet: shell.positional.length > 0 }
  }
  if (index === '@' || index === '*') {
    const list = shell.variables.find(name)?.values ?? shell.specialList(name) ?? []
    return { list: [...list], isList: true, isSeparate: index === '@', isSet: list.length > 0 }
  }
  const value = index === null ? shell.parameter(name) : shell.element(name, index)
  return { list: value === null ? [] : [value], isList: false, isSeparate: false, isSet: value !== null }
}

function finish(shell: Shell, name: string, values: Values, isQuoted: boolean): string | ParameterResult {
  if (!values.isSet && shell.options.nounset && !values.isList) throw new ShellError(`${name}: unbound variable`, 127)
  if (!values.isList) return values.list[0] ?? ''
  const joiner = values.isSeparate && !isQuoted ? ' ' : (shell.variables.get('IFS') ?? ' ').slice(0, 1)
  return { list: values.list, isSeparate: values.isSeparate, joiner: values.isSeparate ? ' ' : joiner }
}

interface Operation {
  readonly name: string
  readonly values: Values
  readonly operation: ParameterOperation | undefined
  readonly isQuoted: boolean
}

async function operate(shell: Shell, work: Operation): Promise<string | ParameterResult> {
  const { name, values, operation, isQuoted } = work
  if (operation === undefined) return finish(shell, name, values, isQuoted)
  switch (operation.type) {
    case 'Default':
      return withDefault(shell, work)
    case 'Remove': {
      const pattern = await shell.expandPattern(operation.operand)
      return each(shell, work, (text) => removePattern(text, pattern, operation.operator))
    }
    case 'Replace': {
      const replace = await replacement(shell, operation)
      return each(shell, work, replace)
    }
    case 'Slice':
      return slice(shell, work, operation)
    case 'CaseModification': {
      const pattern = operation.operand === undefined ? '?' : await shell.expandPattern(operation.operand)
      return each(shell, work, (text) => changeCase(text, pattern, operation.operator))
    }
    case 'Transform':
      return each(shell, work, (text) => transform(shell, text, operation.operand.value, name))
    case 'Names':
    case 'Unknown':
      throw new ShellError('bad substitution')
  }
}

function each(shell: Shell, work: Operation, change: (text: string) => string): string | ParameterResult {
  return finish(shell, work.name, { ...work.values, list: work.values.list.map(change) }, work.isQuoted)
}

async function withDefault(shell: Shell, work: Operation): Promise<string | ParameterResult> {
  const { name, values, operation, isQuoted } = work
  if (operation?.type !== 'Default') return ''
  const isNull = !values.isSet || (operation.operator.startsWith(':') && values.list.join('') === '')
  const action = operation.operator.slice(-1)
  if (action === '+') return isNull ? '' : expandOperand(shell, operation.operand, isQuoted)
  if (!isNull) return finish(shell, name, values, isQuoted)
  if (action === '-') return expandOperand(shell, operation.operand, isQuoted)
  const text = await shell.expandSingle(operation.operand)
  if (action === '?') throw new ShellError(`${name}: ${text === '' ? 'parameter null or not set' : text}`, 127)
  shell.assign(name, text)
  return text
}

/** `${x:-"a b" c}` keeps quotes; "$@" inside stays several words. */
async function expandOperand(
  shell: Shell,
  operand: { text: string; value: string },
  _isQuoted: boolean,
): Promise<string | ParameterResult> {
  const word = operand as Word
  if (/^"?\$@"?$/.test(word.text)) return { list: [...shell.positional], isSeparate: true, joiner: ' ' }
  return shell.expandSingle(word)
}

async function lengthOf(shell: Shell, part: ParameterExpansionPart, index: string | null): Promise<string> {
  if (part.parameter === '@' || part.parameter === '*') return String(shell.positional.length)
  const values = await resolveValues(shell, part)
  if (index === '@' || index === '*') return String(values.list.length)
  if (!values.isSet && shell.options.nounset) throw new ShellError(`${part.parameter}: unbound variable`, 127)
  return String([...(values.list[0] ?? '')].length)
}

async function indirect(
  shell: Shell,
  part: ParameterExpansionPart,
  index: string | null,
  isQuoted: boolean,
): Promise<string | ParameterResult> {
  if (index === '@' || index === '*') {
    const keys = shell.variables.find(part.parameter)?.keys ?? []
    return { list: keys, isSeparate: index === '@', joiner: ' ' }
  }
  const target = (await resolveValues(shell, part)).list[0]
  if (target === undefined) throw new ShellError(`${part.parameter}: invalid indirect expansion`)
  const element = /^(\w+)\[(.+)\]$/.exec(target)
  const values = element === null ? valuesOf(shell, target, null) : valuesOf(shell, element[1]!, element[2]!)
  return operate(shell, { name: target, values, operation: part.operation, isQuoted })
}

function namesWith(shell: Shell, prefix: string): string[] {
  return shell.variables.names().filter((name) => name.startsWith(prefix))
}

function removePattern(text: string, pattern: string, operator: '#' | '##' | '%' | '%%'): string {
  const source = patternSource(pattern)
  const regex = boundedRegex(`^(?:${source})$`, 's')
  const lengths = Array.from({ length: text.length + 1 }, (_, n) => n)
  if (operator === '##' || operator === '%%') lengths.reverse()
  for (const n of lengths) {
    if (operator.startsWith('#') && regex.test(text.slice(0, n))) return text.slice(n)
    if (operator.startsWith('%') && regex.test(text.slice(text.length - n))) return text.slice(0, text.length - n)
  }
  return text
}

async function replacement(shell: Shell, operation: ParameterReplaceOperation): Promise<(text: string) => string> {
  const pattern = await shell.expandPattern(operation.pattern)
  const by = await shell.expandSingle(operation.replacement)
  if (pattern === '') return (text) => text
  const source = patternSource(pattern)
  const anchored = operation.operator === '/#' ? `^(?:${source})` : operation.operator === '/%' ? `(?:${source})$` : source
  const regex = boundedRegex(anchored, operation.operator === '//' ? 'gs' : 's')
  return (text) => text.replace(regex, () => by)
}

async function slice(shell: Shell, work: Operation, operation: ParameterSliceOperation): Promise<string | ParameterResult> {
  const { values, name, isQuoted } = work
  const number = async (word: ParameterSliceOperation['offset']): Promise<number> => Number(await shell.arithmeticText(word.text))
  const offset = await number(operation.offset)
  const length = operation.length === undefined ? null : await number(operation.length)
  if (!values.isList) {
    const text = [...(values.list[0] ?? '')]
    return cut(text, offset, length, name).join('')
  }
  const all = name === '@' || name === '*' ? [shell.name, ...values.list] : values.list
  const from = offset < 0 ? all.length + offset : offset
  const list =
    (name === '@' || name === '*') && offset === 0 && length === null ? all : all.slice(from, length === null ? undefined : from + length)
  return finish(shell, name, { ...values, list }, isQuoted)
}

function cut(text: string[], offset: number, length: number | null, name: string): string[] {
  const start = offset < 0 ? text.length + offset : offset
  if (start < 0 || start > text.length) return []
  if (length === null) return text.slice(start)
  if (length >= 0) return text.slice(start, start + length)
  const end = text.length + length
  if (end < start) throw new ShellError(`${name}: ${length}: substring expression < 0`)
  return text.slice(start, end)
}

function changeCase(text: string, pattern: string, operator: '^' | '^^' | ',' | ',,'): string {
  const regex = boundedRegex(`^(?:${patternSource(pattern)})$`, 's')
  const change = (c: string): string => (!regex.test(c) ? c : operator.startsWith('^') ? c.toUpperCase() : c.toLowerCase())
  return operator.length === 2 ? [...text].map(change).join('') : text.slice(0, 1).replace(/./s, change) + text.slice(1)
}

function transform(shell: Shell, text: string, operator: string, name: string): string {
  switch (operator) {
    case 'Q':
      return shellQuote(text, true)
    case 'U':
      return text.toUpperCase()
    case 'u':
      return text.slice(0, 1).toUpperCase() + text.slice(1)
    case 'L':
      return text.toLowerCase()
    case 'A':
      return `${name}=${shellQuote(text, true)}`
    case 'P':
      return shell.expandPrompt(text)
    default:
      return text
  }
}
