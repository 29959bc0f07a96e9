// read, mapfile, getopts.

import { toText } from '../../node/chunk.js'
import type { Reader } from '../../node/stream.js'
import { Interrupted } from '../control.js'
import type { Shell } from '../shell.js'
import { type BuiltinTable, complain } from './builtin.js'

interface ReadOptions {
  isRaw: boolean
  prompt: string
  array: string | null
  count: number | null
  delimiter: string
  timeoutUs: number | null
  fd: number
  isSilent: boolean
  names: string[]
}

function readOptions(shell: Shell, args: readonly string[]): ReadOptions | number {
  const options: ReadOptions = {
    isRaw: false,
    prompt: '',
    array: null,
    count: null,
    delimiter: '\n',
    timeoutUs: null,
    fd: 0,
    isSilent: false,
    names: [],
  }
  const queue = [...args]
  while (queue[0] !== undefined && /^-./.test(queue[0])) {
    const word = queue.shift()!
    if (word === '--') break
    for (let i = 1; i < word.length; i++) {
      const letter = word[i]!
      if (letter === 'r') options.isRaw = true
      else if (letter === 's') options.isSilent = true
      else if (letter === 'e') continue
      else if ('padnNtu'.includes(letter)) {
        const value = word.slice(i + 1) === '' ? (queue.shift() ?? '') : word.slice(i + 1)
        setOption(options, letter, value)
        break
      } else {
        shell.error(`read: -${letter}: invalid option`)
        shell.proc.error(
          'read: usage: read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]',
        )
        return 2
      }
    }
  }
  options.names = queue
  return options
}

function setOption(options: ReadOptions, letter: string, value: string): void {
  if (letter === 'p') options.prompt = value
  else if (letter === 'a') options.array = value
  else if (letter === 'd') options.delimiter = value === '' ? '\0' : value[0]!
  else if (letter === 'n' || letter === 'N') options.count = Number(value)
  else if (letter === 't') options.timeoutUs = Math.round(Number(value) * 1e6)
  else if (letter === 'u') options.fd = Number(value)
}

async function read(shell: Shell, args: string[]): Promise<number> {
  const options = readOptions(shell, args)
  if (typeof options === 'number') return options
  const reader = shell.proc.input(options.fd)
  if (reader === null) return complain(shell, 'read', `${options.fd}: invalid file descriptor: Bad file descriptor`)
  for (const name of options.names)
    if (!/^[A-Za-z_]\w*(\[.*\])?$/.test(name)) return complain(shell, 'read', `\`${name}': not a valid identifier`)
  if (options.prompt !== '' && reader.isTty) shell.proc.writeTo(2, options.prompt)
  const { tty } = shell.proc
  if (options.isSilent && tty !== null) tty.hasEcho = false
  const line = await readRecord(shell, reader, options)
  if (options.isSilent && tty !== null) tty.hasEcho = true
  if (line === 'timeout') return 142
  store(shell, options, line.text)
  return line.ended ? 0 : 1
}

type Line = { text: string; ended: boolean }

async function readRecord(shell: Shell, reader: Reader, options: ReadOptions): Promise<Line | 'timeout'> {
  let text = ''
  const deadline = options.timeoutUs === null ? null : shell.proc.nowUs + options.timeoutUs
  for (;;) {
    const line = options.delimiter === '\n' && options.count === null ? reader.source.takeLine() : takeUpTo(reader, options)
    if (line === undefined) {
      if (deadline !== null && shell.proc.nowUs >= deadline) return 'timeout'
      await readable(shell, reader, deadline)
      continue
    }
    if (line === null) return { text, ended: false }
    text += line.text
    if (!line.ended || options.isRaw || !/(^|[^\\])(\\\\)*\\$/.test(text) || options.count !== null) return { text, ended: line.ended }
    text = text.slice(0, -1)
  }
}

/** -n and -d: takes chunks and puts back what is too much. */
function takeUpTo(reader: Reader, options: ReadOptions): Line | null | undefined {
  const chunk = reader.source.takeChunk()
  if (chunk === null || chunk === undefined) return chunk
  const text = toText(chunk)
  const limit = options.count ?? text.length
  const at = text.indexOf(options.delimiter)
  const end = at >= 0 && at < limit ? at : Math.min(limit, text.length)
  const rest = text.slice(at >= 0 && at < limit ? end + 1 : end)
  if (rest !== '') reader.source.putBack?.(rest)
  return { text: text.slice(0, end), ended: at >= 0 || (options.count !== null && text.length >= limit) }
}

async function readable(shell: Shell, reader: Reader, deadline: number | null): Promise<void> {
  const got = await shell.interruptible<'ready' | 'late'>((resolve) => {
    const cancel = reader.source.onReadable(() => resolve('ready'))
    const timer = deadline === null ? null : shell.proc.machine.sim.scheduler.at(deadline, () => resolve('late'))
    return () => {
      cancel()
      timer?.cancel()
    }
  })
  if (got === null && shell.isInterrupted) throw new Interrupted()
}

function store(shell: Shell, options: ReadOptions, raw: string): void {
  const text = options.isRaw ? raw : raw
  if (options.array !== null) {
    shell.variables.obtain(options.array).setList(words(text, shell.ifs, Number.POSITIVE_INFINITY, options.isRaw))
    return
  }
  if (options.names.length === 0) {
    shell.assign('REPLY', options.isRaw ? text : text.replace(/\\(.)/gs, '$1'))
    return
  }
  const values = words(text, shell.ifs, options.names.length, options.isRaw)
  options.names.forEach((name, index) => {
    shell.assign(name, values[index] ?? '')
  })
}

/** Splits at IFS into at most `limit` words; the last takes the rest. */
function words(text: string, ifs: string, limit: number, isRaw: boolean): string[] {
  const isBlank = (c: string | undefined): boolean => c !== undefined && ifs.includes(c) && /[ \t\n]/.test(c)
  const plain = (part: string): string => (isRaw ? part : part.replace(/\\(.)/gs, '$1'))
  const out: string[] = []
  let i = 0
  while (isBlank(text[i])) i++
  while (i < text.length) {
    if (out.length === limit - 1) {
      out.push(plain(trimEnd(text.slice(i), isBlank, ifs)))
      return out
    }
    const start = i
    while (i < text.length && !ifs.includes(text[i]!)) i += !isRaw && text[i] === '\\' ? 2 : 1
    out.push(plain(text.slice(start, i)))
    while (isBlank(text[i])) i++
    if (i < text.length && ifs.includes(text[i]!)) {
      i++
      while (isBlank(text[i])) i++
    }
  }
  return out
}

function trimEnd(text: string, isBlank: (c: string | undefined) => boolean, ifs: string): string {
  let end = text.length
  while (end > 0 && isBlank(text[end - 1])) end--
  const other = text[end - 1]
  const body = text.slice(0, end)
  const isOnlySeparator = other !== undefined && ifs.includes(other) && ![...body.slice(0, -1)].some((c) => ifs.includes(c))
  return isOnlySeparator ? body.slice(0, -1) : body
}

async function mapfile(shell: Shell, args: string[]): Promise<number> {
  const trim = args.includes('-t')
  const name = args.filter((arg) => !arg.startsWith('-')).pop() ?? 'MAPFILE'
  const reader = shell.proc.input(0)
  const lines: string[] = []
  for (let line = (await reader?.readLine()) ?? null; line !== null; line = (await reader?.readLine()) ?? null) {
    lines.push(trim || reader?.lineEnded !== true ? line : `${line}\n`)
    shell.proc.holds(line.length)
  }
  shell.variables.obtain(name).setList(lines)
  return 0
}

function getopts(shell: Shell, args: string[]): number {
  const [spec, name] = args
  if (spec === undefined || name === undefined) {
    shell.proc.error('getopts: usage: getopts optstring name [arg ...]')
    return 2
  }
  const words = args.length > 2 ? args.slice(2) : shell.positional
  const index = Number(shell.variables.get('OPTIND') ?? 1)
  const word = words[index - 1]
  const offset = shell.getoptsOffset
  const done = (): number => {
    shell.getoptsOffset = 1
    if (word === '--') shell.assign('OPTIND', String(index + 1))
    shell.assign(name, '?')
    return 1
  }
  if (word === undefined || !/^-./.test(word) || word === '--') return done()
  const letter = word[offset]!
  const isLast = offset + 1 >= word.length
  const advance = (by: number): void => {
    shell.getoptsOffset = 1
    shell.assign('OPTIND', String(index + by))
  }
  const at = letter === ':' ? -1 : spec.indexOf(letter, spec.startsWith(':') ? 1 : 0)
  if (at < 0) return unknownOption(shell, { spec, name, letter, next: () => (isLast ? advance(1) : void shell.getoptsOffset++) })
  shell.assign(name, letter)
  if (spec[at + 1] !== ':') {
    if (isLast) advance(1)
    else shell.getoptsOffset++
    shell.variables.unset('OPTARG')
    return 0
  }
  const value = isLast ? words[index] : word.slice(offset + 1)
  advance(isLast ? 2 : 1)
  if (value !== undefined) shell.assign('OPTARG', value)
  else missingArgument(shell, spec, name, letter)
  return 0
}

function unknownOption(shell: Shell, work: { spec: string; name: string; letter: string; next: () => void }): number {
  work.next()
  shell.assign(work.name, '?')
  if (work.spec.startsWith(':')) shell.assign('OPTARG', work.letter)
  else {
    shell.variables.unset('OPTARG')
    shell.proc.error(`${shell.name}: illegal option -- ${work.letter}`)
  }
  return 0
}

function missingArgument(shell: Shell, spec: string, name: string, letter: string): void {
  if (spec.startsWith(':')) {
    shell.assign(name, ':')
    shell.assign('OPTARG', letter)
  } else {
    shell.assign(name, '?')
    shell.proc.error(`${shell.name}: option requires an argument -- ${letter}`)
  }
}

export const reading: BuiltinTable = { read, mapfile, readarray: mapfile, getopts }
