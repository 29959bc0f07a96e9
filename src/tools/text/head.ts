// head and tail: the ends of files; tail -f follows.

import { toBytes, toText } from '../../node/chunk.js'
import type { Command } from '../../node/command.js'
import { attempt, eachInput, fail, gnuTool, type NamedInput, type ParsedOptions, parseSize } from '../../node/gnu-tool.js'
import { RegularFile } from '../../node/inode.js'
import type { Process } from '../../node/process.js'

/** `-5` is `-n 5`; tail also knows `+5` and `-5f`. */
function modernWords(argv: readonly string[], isTail: boolean): string[] {
  return argv.flatMap((word, index) => {
    const match = index > 0 && !/^-[qv]*[nc]$|^--(?:lines|bytes)$/.test(argv[index - 1]!) ? /^-(\d+)([a-z]*)$/.exec(word) : null
    if (match !== null) return ['-n', match[1]!, ...(match[2] === '' ? [] : [`-${match[2]}`])]
    return isTail && index === 1 && /^\+\d+$/.test(word) ? ['-n', word] : [word]
  })
}

function legacy(tool: Command, isTail: boolean): Command {
  return {
    ...tool,
    run: (proc) => {
      proc.argv = modernWords(proc.argv, isTail)
      return tool.run(proc)
    },
  }
}

function headers(proc: Process, options: ParsedOptions): (name: string) => void {
  const shows = options.has('verbose') || (options.operands.length > 1 && !options.has('quiet'))
  let isFirst = true
  return (name) => {
    if (shows) proc.out(`${isFirst ? '' : '\n'}==> ${name === '-' ? 'standard input' : name} <==\n`)
    isFirst = false
  }
}

async function head(proc: Process, options: ParsedOptions): Promise<number> {
  const bytes = options.value('bytes')
  const text = bytes ?? options.value('lines') ?? '10'
  const count = parseSize(text.replace(/^[-+]/, ''))
  if (count === null) return fail(proc, `invalid number of ${bytes === null ? 'lines' : 'bytes'}: '${text}'`)
  const header = headers(proc, options)
  const names = options.operands.filter((name) => name === '-' || !cannotOpen(proc, name))
  if (names.length === 0 && options.operands.length > 0) return 1
  const code = await eachInput(proc, names, async (input) => {
    header(input.name)
    if (bytes !== null) await headBytes(proc, input, count, text.startsWith('-'))
    else if (text.startsWith('-')) await headBut(proc, input, count)
    else await headLines(proc, input, count)
  })
  return names.length < options.operands.length ? 1 : code
}

async function headLines(proc: Process, { input }: NamedInput, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const line = await input.readLine()
    if (line === null) return
    proc.out(line + (input.lineEnded ? '\n' : ''))
    await proc.drain()
  }
}

async function headBut(proc: Process, { input }: NamedInput, count: number): Promise<void> {
  const kept: string[] = []
  for (let line = await input.readLine(); line !== null; line = await input.readLine()) {
    kept.push(line + (input.lineEnded ? '\n' : ''))
    if (kept.length > count) proc.out(kept.shift()!)
    else proc.holds(line.length)
  }
}

async function headBytes(proc: Process, { input }: NamedInput, count: number, isBut: boolean): Promise<void> {
  if (isBut) {
    const all = await input.readAllBytes()
    proc.outBytes(all.subarray(0, Math.max(0, all.length - count)))
    return
  }
  let left = count
  while (left > 0) {
    const chunk = await input.readChunk()
    if (chunk === null) return
    const piece = toBytes(chunk).subarray(0, left)
    left -= piece.length
    proc.outBytes(piece)
    await proc.drain()
  }
}

async function tail(proc: Process, options: ParsedOptions): Promise<number> {
  const bytes = options.value('bytes')
  const text = bytes ?? options.value('lines') ?? '10'
  const count = parseSize(text.replace(/^[-+]/, ''))
  if (count === null) return fail(proc, `invalid number of ${bytes === null ? 'lines' : 'bytes'}: '${text}'`)
  const header = headers(proc, options)
  const follows = options.has('follow') || options.has('F') || options.has('f')
  const wait = options.has('F')
  const names = wait
    ? options.operands.filter(
        (name) => proc.files.exists(name) || fail(proc, `cannot open '${name}' for reading: No such file or directory`) === 0,
      )
    : options.operands
  let code = 0
  for (const name of names.length === 0 && options.operands.length === 0 ? ['-'] : names) {
    if (name !== '-' && (code = cannotOpen(proc, name) ? 1 : code) === 1 && !proc.files.exists(name)) continue
    const one = await eachInput(proc, [name], async (input) => {
      header(input.name)
      await (bytes === null ? tailLines(proc, input, count, text.startsWith('+')) : tailBytes(proc, input, count, text.startsWith('+')))
    })
    code = Math.max(code, one)
  }
  if (!follows || (options.operands.length === 0 && !wait)) return code
  if (!wait && !options.has('retry') && !options.operands.some((name) => name === '-' || proc.files.exists(name))) {
    proc.error('tail: no files remaining')
    return 1
  }
  await follow(proc, options)
  return code
}

function cannotOpen(proc: Process, name: string): boolean {
  const error = attempt(() => proc.files.open(name, 'read').close())
  if (error === null || error.errno === 'EISDIR') return false
  fail(proc, `cannot open '${name}' for reading: ${error.message}`)
  return true
}

async function tailLines(proc: Process, { input }: NamedInput, count: number, isFrom: boolean): Promise<void> {
  const kept: string[] = []
  let number = 0
  for (let line = await input.readLine(); line !== null; line = await input.readLine()) {
    const text = line + (input.lineEnded ? '\n' : '')
    number++
    if (isFrom) {
      if (number >= count) proc.out(text)
      continue
    }
    kept.push(text)
    if (kept.length > count) kept.shift()
    else proc.holds(line.length)
  }
  if (!isFrom) proc.out(kept.join(''))
}

async function tailBytes(proc: Process, { input }: NamedInput, count: number, isFrom: boolean): Promise<void> {
  const all = await input.readAllBytes()
  proc.outBytes(isFrom ? all.subarray(Math.max(0, count - 1)) : all.subarray(Math.max(0, all.length - count)))
}

interface Followed {
  readonly name: string
  node: RegularFile | null
  size: number
}

/** Waits for the files to grow; with -F also for them to appear again. Ends by a signal. */
async function follow(proc: Process, options: ParsedOptions): Promise<void> {
  const byName = options.has('F') || options.value('follow') === 'name' || options.has('retry')
  const files: Followed[] = options.operands.map((name) => {
    const node = regular(proc, name)
    return { name, node, size: node?.size ?? 0 }
  })
  let shown = files[files.length - 1]?.name ?? ''
  for (;;) {
    for (const file of files) {
      if (byName) reopen(proc, file)
      const added = growth(proc, file)
      if (added === null) continue
      if (files.length > 1 && shown !== file.name) proc.out(`\n==> ${file.name} <==\n`)
      shown = file.name
      proc.out(added)
    }
    await proc.drain()
    await proc.wait<void>((resolve) => watch(files, () => resolve()), byName ? 1_000_000 : undefined)
  }
}

function watch(files: readonly Followed[], resolve: () => void): () => void {
  const listener = (): void => resolve()
  for (const file of files) file.node?.watchers.add(listener)
  return () => {
    for (const file of files) file.node?.watchers.delete(listener)
  }
}

function regular(proc: Process, name: string): RegularFile | null {
  if (!proc.files.exists(name)) return null
  const node = proc.files.node(name)
  return node instanceof RegularFile ? node : null
}

function reopen(proc: Process, file: Followed): void {
  const node = regular(proc, file.name)
  if (node === file.node) return
  if (node === null) fail(proc, `'${file.name}' has become inaccessible: No such file or directory`)
  else fail(proc, `'${file.name}' has appeared;  following new file`)
  file.node = node
  file.size = 0
}

function growth(proc: Process, file: Followed): string | null {
  if (file.node === null || file.node.size === file.size) return null
  if (file.node.size < file.size) {
    fail(proc, `${file.name}: file truncated`)
    file.size = 0
  }
  const text = toText(file.node.bytes.subarray(file.size))
  file.size = file.node.size
  return text === '' ? null : text
}

export const headCommand: Command = legacy(
  gnuTool({
    name: 'head',
    path: '/usr/bin/head',
    usage: 'head [-n [-]LINES | -c [-]BYTES] [-qv] [FILE]...',
    options: ['n|lines:', 'c|bytes:', 'q|quiet|silent', 'v|verbose'],
    lacks: ['z|zero-terminated'],
    run: head,
  }),
  false,
)

export const tailCommand: Command = legacy(
  gnuTool({
    name: 'tail',
    path: '/usr/bin/tail',
    usage: 'tail [-n [+]LINES | -c [+]BYTES] [-fFqv] [FILE]...',
    options: [
      'n|lines:',
      'c|bytes:',
      'q|quiet|silent',
      'v|verbose',
      'f',
      '|follow?',
      'F',
      's|sleep-interval:',
      '|retry',
      '|max-unchanged-stats:',
    ],
    lacks: ['|pid:', 'z|zero-terminated'],
    run: tail,
  }),
  true,
)
