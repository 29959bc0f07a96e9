// grep, egrep, fgrep: lines that match.

import { boundedRegex } from '../../grammar/bounded-regex.js'
import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import type { InputStream } from '../../node/stream.js'
import { matchesPattern } from '../../shell/pattern.js'
import { RegexError, type RegexSyntax, regexSource, translateRegex } from '../../shell/regex.js'

interface Search {
  readonly proc: Process
  readonly options: ParsedOptions
  readonly regex: RegExp
  readonly invert: boolean
  readonly before: number
  readonly after: number
  readonly limit: number
  readonly withName: boolean
  readonly isColored: boolean
  failed: boolean
  matched: boolean
}

function syntaxOf(name: string, options: ParsedOptions): RegexSyntax {
  if (options.has('perl-regexp')) return 'perl'
  if (options.has('fixed-strings') || name === 'fgrep') return 'fixed'
  return options.has('extended-regexp') || name === 'egrep' ? 'extended' : 'basic'
}

function compile(patterns: readonly string[], syntax: RegexSyntax, options: ParsedOptions): RegExp {
  const ignoreCase = options.has('ignore-case') || options.has('y')
  const sources = patterns.map((pattern) => regexSource(pattern, syntax))
  for (const pattern of patterns) translateRegex(pattern, syntax)
  let source = sources.map((text) => `(?:${text})`).join('|')
  if (options.has('line-regexp')) source = `^(?:${source})$`
  else if (options.has('word-regexp')) source = `(?<![\\w])(?:${source})(?![\\w])`
  return boundedRegex(patterns.length === 0 ? '(?!)' : source, ignoreCase ? 'gi' : 'g')
}

async function grep(proc: Process, options: ParsedOptions): Promise<number> {
  const operands = [...options.operands]
  const patterns: string[] = options.values('regexp').flatMap((text) => text.split('\n'))
  for (const file of options.values('file')) {
    try {
      patterns.push(
        ...proc.files
          .read(file)
          .replace(/\n$/, '')
          .split('\n')
          .filter((line, _, all) => all.length > 1 || line !== ''),
      )
    } catch (error) {
      return refuse(proc, `${file}: ${error instanceof KernelError ? error.message : String(error)}`)
    }
  }
  if (!options.has('regexp') && !options.has('file')) {
    const pattern = operands.shift()
    if (pattern === undefined) {
      proc.error(`Usage: ${proc.name} [OPTION]... ${proc.machine.image.toolAtLeast('grep', '3.5') ? 'PATTERNS' : 'PATTERN'} [FILE]...`)
      proc.error(`Try '${proc.name} --help' for more information.`)
      return 2
    }
    patterns.push(...pattern.split('\n'))
  }
  let regex: RegExp
  try {
    regex = compile(patterns, syntaxOf(proc.name, options), options)
  } catch (error) {
    return refuse(
      proc,
      error instanceof RegexError || error instanceof SyntaxError
        ? error.message.replace(/^Invalid regular expression: .*: /, '')
        : String(error),
    )
  }
  const isRecursive = options.has('recursive') || options.has('R')
  const context = options.number('context', 0)
  const search: Search = {
    proc,
    options,
    regex,
    invert: options.has('invert-match'),
    before: options.number('before-context', context),
    after: options.number('after-context', context),
    limit: options.has('max-count') ? options.number('max-count', 0) : Number.POSITIVE_INFINITY,
    withName: options.has('with-filename') || ((operands.length > 1 || isRecursive) && !options.has('no-filename')),
    isColored: options.has('color') && (options.value('color') === 'always' || (options.value('color') !== 'never' && proc.stdout.isTty)),
    failed: false,
    matched: false,
  }
  if (operands.length === 0) operands.push(isRecursive ? '.' : '-')
  for (const name of operands) {
    await searchPath(search, name, isRecursive, operands.length === 1 && name === '.' && options.operands.length <= 1)
    if (search.matched && options.has('quiet')) return 0
  }
  return search.failed && !(search.matched && options.has('quiet')) ? 2 : search.matched ? 0 : 1
}

function refuse(proc: Process, text: string): number {
  proc.error(`${proc.name}: ${text}`)
  return 2
}

async function searchPath(search: Search, name: string, isRecursive: boolean, isImplied: boolean): Promise<void> {
  const { proc, options } = search
  if (name === '-') {
    await searchInput(search, '(standard input)', proc.stdin)
    return
  }
  if (proc.files.isDirectory(name)) {
    if (!isRecursive) {
      if (options.value('directories') !== 'skip' && !options.has('no-messages')) proc.error(`${proc.name}: ${name}: Is a directory`)
      return
    }
    for (const entry of proc.files.list(name)) {
      const path = isImplied && name === '.' && search.options.operands.length < 2 ? entry : `${name.replace(/\/$/, '')}/${entry}`
      const isDirectory = proc.files.isDirectory(path)
      if (!isDirectory && !isWanted(options, entry)) continue
      if (isDirectory && options.values('exclude-dir').some((pattern) => matchesPattern(entry, pattern))) continue
      await searchPath(search, path, true, false)
    }
    return
  }
  try {
    const file = proc.files.open(name, 'read')
    try {
      await searchInput(search, name, proc.reader(file))
    } finally {
      file.close()
    }
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    search.failed = true
    if (!options.has('no-messages')) proc.error(`${proc.name}: ${name}: ${error.message}`)
  }
}

function isWanted(options: ParsedOptions, entry: string): boolean {
  const includes = options.values('include')
  if (includes.length > 0 && !includes.some((pattern) => matchesPattern(entry, pattern))) return false
  return !options.values('exclude').some((pattern) => matchesPattern(entry, pattern))
}

const PURPLE = '\x1b[35m\x1b[K'
const CYAN = '\x1b[36m\x1b[K'
const GREEN = '\x1b[32m\x1b[K'
const RED = '\x1b[01;31m\x1b[K'
const END = '\x1b[m\x1b[K'

async function searchInput(search: Search, name: string, input: InputStream): Promise<void> {
  const { proc, options, regex } = search
  const listsOnly = options.has('files-with-matches') || options.has('files-without-match')
  const isQuiet = options.has('quiet')
  const isSilent = isQuiet || options.has('count') || listsOnly
  let count = 0
  let number = 0
  let lastShown = 0
  let pendingAfter = 0
  const held: { text: string; number: number }[] = []
  const show = (text: string, at: number, isMatch: boolean): void => {
    if (lastShown > 0 && at > lastShown + 1 && (search.before > 0 || search.after > 0))
      proc.line(search.isColored ? `${CYAN}--${END}` : '--')
    lastShown = at
    print(search, { name, text, number: at, isMatch })
  }
  while (count < search.limit || pendingAfter > 0) {
    const line = await input.readLine()
    if (line === null) break
    number++
    regex.lastIndex = 0
    const isMatch = count < search.limit && regex.test(line) !== search.invert
    if (isMatch) {
      count++
      search.matched = true
      if (isQuiet || listsOnly) break
      if (!isSilent) {
        for (const earlier of held.splice(0)) show(earlier.text, earlier.number, false)
        show(line, number, true)
      }
      pendingAfter = search.after
    } else if (pendingAfter > 0 && !isSilent) {
      show(line, number, false)
      pendingAfter--
    } else if (count >= search.limit) break
    else if (search.before > 0 && !isSilent) {
      held.push({ text: line, number })
      if (held.length > search.before) held.shift()
    }
    if (number % 16 === 0) await proc.drain()
  }
  if (isQuiet) return
  if (options.has('count') && !listsOnly) proc.line((search.withName ? `${name}:` : '') + String(count))
  if (options.has('files-with-matches') && count > 0) proc.line(name)
  if (options.has('files-without-match') && count === 0) proc.line(name)
}

interface Shown {
  readonly name: string
  readonly text: string
  readonly number: number
  readonly isMatch: boolean
}

function print(search: Search, line: Shown): void {
  const { proc, options, regex, isColored } = search
  const mark = line.isMatch ? ':' : '-'
  const paint = (color: string, text: string): string => (isColored ? `${color}${text}${END}` : text)
  let head = ''
  if (search.withName) head += paint(PURPLE, line.name) + paint(CYAN, mark)
  if (options.has('line-number')) head += paint(GREEN, String(line.number)) + paint(CYAN, mark)
  if (options.has('only-matching')) {
    if (!line.isMatch || search.invert) return
    regex.lastIndex = 0
    for (const match of line.text.matchAll(regex)) if (match[0] !== '') proc.line(head + paint(RED, match[0]))
    return
  }
  const body =
    isColored && line.isMatch !== search.invert ? line.text.replace(regex, (text) => (text === '' ? '' : `${RED}${text}${END}`)) : line.text
  proc.line(head + body)
}

const OPTIONS = [
  'E|extended-regexp',
  'F|fixed-strings',
  'G|basic-regexp',
  'P|perl-regexp',
  'e|regexp:',
  'f|file:',
  'i|ignore-case',
  'y',
  'v|invert-match',
  'w|word-regexp',
  'x|line-regexp',
  'c|count',
  'L|files-without-match',
  'l|files-with-matches',
  'm|max-count:',
  'o|only-matching',
  'q|quiet|silent',
  's|no-messages',
  'H|with-filename',
  'h|no-filename',
  'n|line-number',
  'A|after-context:',
  'B|before-context:',
  'C|context:',
  'a|text',
  'd|directories:',
  'r|recursive',
  'R',
  '|include:',
  '|exclude:',
  '|exclude-dir:',
  '|line-buffered',
  '|color?',
  '|colour?',
  'I',
  'U|binary',
  '|no-ignore-case',
]

function grepTool(name: string): Command {
  const tool = gnuTool({
    name,
    path: `/bin/${name}`,
    usage: `${name} [-EFGPivwxcLlmoqsHhnrR] [-A N] [-B N] [-C N] [-e PATTERN | -f FILE | PATTERN] [FILE]...`,
    failure: 2,
    synopsis: 'grep [OPTION]... PATTERNS [FILE]...',
    version: ['GNU grep', 'grep'],
    options: OPTIONS,
    lacks: ['b|byte-offset', 'T|initial-tab', 'z|null-data', 'Z|null', '|label:', 'D|devices:'],
    run: grep,
  })
  return {
    ...tool,
    run: (proc) => {
      proc.argv = proc.argv.flatMap((word, index) => (index > 0 && /^-\d+$/.test(word) ? ['-C', word.slice(1)] : [word]))
      return tool.run(proc)
    },
  }
}

export const grepCommand: Command = grepTool('grep')
export const egrepCommand: Command = grepTool('egrep')
export const fgrepCommand: Command = grepTool('fgrep')
