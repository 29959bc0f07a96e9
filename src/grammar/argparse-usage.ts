// argparse's usage and help, folded as Python folds them.
import type { Argument, ArgumentParser } from './argparse.js'

/** `usage: PROGRAM ...`, lines joined, no newline at the end. */
export function usageOfParser(parser: ArgumentParser, columns: number): string {
  const width = columns - 2
  const shown = parser.arguments.filter(({ isHidden }) => isHidden !== true)
  const options = optionParts(shown.filter(({ flags }) => flags !== undefined))
  const operands = shown.filter(({ flags }) => flags === undefined).flatMap((argument) => partsOf(valuesText(argument)))
  const whole = ['usage:', parser.program, ...options, ...operands].join(' ')
  if (whole.length <= width) return whole
  const indent = ' '.repeat('usage: '.length + parser.program.length + 1)
  if ('usage: '.length + parser.program.length > 0.75 * width) {
    const short = ' '.repeat('usage: '.length)
    return [
      `usage: ${parser.program}`,
      ...folded(options, short, short.length, width),
      ...folded(operands, short, short.length, width),
    ].join('\n')
  }
  if (options.length === 0) return folded(['usage:', parser.program, ...operands], indent, 0, width).join('\n')
  const head = folded([parser.program, ...options], indent, 'usage: '.length, width)
  return [`usage: ${head[0]!.trimStart()}`, ...head.slice(1), ...folded(operands, indent, indent.length, width)].join('\n')
}

/** The whole text of `--help`, with a newline at the end. */
export function helpOfParser(parser: ArgumentParser, columns: number): string {
  const width = columns - 2
  const sections = [usageOfParser(parser, columns)]
  if (parser.description !== undefined) sections.push(wrap(parser.description, width).join('\n'))
  const shown = parser.arguments.filter(({ isHidden }) => isHidden !== true)
  const column = Math.min(24, Math.max(...shown.map((argument) => invocation(argument).length)) + 4)
  const section = (title: string, list: readonly Argument[], text?: string): void => {
    if (list.length === 0 && text === undefined) return
    const lines = [`${title}:`]
    if (text !== undefined) lines.push(...wrap(text, width - 2).map((line) => `  ${line}`), '')
    sections.push([...lines, ...list.flatMap((argument) => helpLines(argument, column, width))].join('\n').trimEnd())
  }
  const plain = shown.filter(({ group }) => group === undefined)
  section(
    'positional arguments',
    plain.filter(({ flags }) => flags === undefined),
  )
  section(
    'optional arguments',
    plain.filter(({ flags }) => flags !== undefined),
  )
  const groups = new Set(shown.flatMap(({ group }) => (group === undefined ? [] : [group])))
  for (const group of groups) {
    section(
      group,
      shown.filter((argument) => argument.group === group),
      parser.groupTexts?.get(group),
    )
  }
  if (parser.epilog !== undefined) sections.push(wrap(parser.epilog, width).join('\n'))
  return `${sections.join('\n\n')}\n`
}

function optionParts(options: readonly Argument[]): string[] {
  const parts: string[] = []
  const done = new Set<string>()
  for (const argument of options) {
    const { exclusive } = argument
    if (exclusive === undefined) {
      const text = optionText(argument)
      parts.push(...(argument.isRequired === true ? partsOf(text) : [`[${text}]`]))
      continue
    }
    if (done.has(exclusive)) continue
    done.add(exclusive)
    const members = options.filter((other) => other.exclusive === exclusive).map(optionText)
    if (exclusive.endsWith('!')) parts.push(members.length === 1 ? members[0]! : `(${members.join(' | ')})`)
    else parts.push(`[${members.join(' | ')}]`)
  }
  return parts
}

function optionText(argument: Argument): string {
  return takesWords(argument) ? `${argument.flags![0]} ${valuesText(argument)}` : argument.flags![0]!
}

export function takesWords({ action }: Argument): boolean {
  return action === undefined || action === 'store' || action === 'append'
}

function metavarOf({ flags, metavar, name, choices }: Argument): string {
  if (metavar !== undefined) return metavar
  if (choices !== undefined) return `{${choices.join(',')}}`
  return flags === undefined
    ? name
    : flags
        .find((flag) => flag.startsWith('--'))!
        .slice(2)
        .replace(/-/g, '_')
        .toUpperCase()
}

function valuesText(argument: Argument): string {
  const word = metavarOf(argument)
  const { nargs } = argument
  if (nargs === '?') return `[${word}]`
  if (nargs === '*') return `[${word} [${word} ...]]`
  if (nargs === '+') return `${word} [${word} ...]`
  return Array.from({ length: nargs ?? 1 }, () => word).join(' ')
}

/** Where a usage may be folded: at blanks outside brackets. */
function partsOf(text: string): string[] {
  return text.match(/\[.*?\]+(?=\s|$)|\S+/g) ?? []
}

function folded(parts: readonly string[], indent: string, start: number, width: number): string[] {
  const lines: string[] = []
  let line: string[] = []
  let length = start - 1
  for (const part of parts) {
    if (length + 1 + part.length > width && line.length > 0) {
      lines.push(indent + line.join(' '))
      line = []
      length = indent.length - 1
    }
    line.push(part)
    length += part.length + 1
  }
  if (line.length > 0) lines.push(indent + line.join(' '))
  return lines
}

/** `-f {csv,table}, --format {csv,table}` */
function invocation(argument: Argument): string {
  if (argument.flags === undefined) return metavarOf(argument)
  if (!takesWords(argument)) return argument.flags.join(', ')
  return argument.flags.map((flag) => `${flag} ${valuesText(argument)}`).join(', ')
}

function helpLines(argument: Argument, column: number, width: number): string[] {
  const head = `  ${invocation(argument)}`
  const texts = argument.help === undefined || argument.help === '' ? [] : wrap(argument.help, Math.max(width - column, 11))
  if (texts.length === 0) return [head]
  const pad = ' '.repeat(column)
  if (head.length <= column - 2) return [head.padEnd(column) + texts[0], ...texts.slice(1).map((line) => pad + line)]
  return [head, ...texts.map((line) => pad + line)]
}

/** textwrap.wrap: blanks fold, and words break at hyphens between letters. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  const words = text.trim().split(/\s+/)
  const chunks = words.flatMap((word, i) => [...(i === 0 ? [] : [' ']), ...word.split(/(?<=\w[A-Za-z_]-)(?=\w+[A-Za-z_])/)])
  for (const chunk of chunks) {
    if (line.length + chunk.length > width && line.trim() !== '') {
      lines.push(line.trimEnd())
      line = ''
    }
    if (chunk === ' ' && line === '' && lines.length > 0) continue
    line += chunk
  }
  if (line.trim() !== '') lines.push(line.trimEnd())
  return lines
}
