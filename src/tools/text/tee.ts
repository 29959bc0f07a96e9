// tee, xargs: copies of a stream, and command lines made from one.

import { KernelError } from '../../kernel/errno.js'
import { toText } from '../../node/chunk.js'
import type { Command } from '../../node/command.js'
import { eachInput, fail, gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import { emptyInput, type OpenFile } from '../../node/open-file.js'
import type { Process } from '../../node/process.js'

async function tee(proc: Process, options: ParsedOptions): Promise<number> {
  const targets: { name: string; file: OpenFile }[] = []
  let code = 0
  if (options.has('ignore-interrupts')) proc.trap('INT', 'ignore')
  for (const name of options.operands) {
    try {
      targets.push({ name, file: proc.files.open(name, options.has('append') ? 'append' : 'write') })
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      code = fail(proc, `${name}: ${error.message}`)
    }
  }
  for (let chunk = await proc.stdin.readChunk(); chunk !== null; chunk = await proc.stdin.readChunk()) {
    proc.out(chunk)
    for (const { name, file } of targets) {
      try {
        file.output?.write(chunk)
      } catch (error) {
        if (!(error instanceof KernelError)) throw error
        code = fail(proc, `${name}: ${error.message}`)
      }
    }
    await proc.drain()
  }
  for (const { file } of targets) file.close()
  return code
}

export const teeCommand: Command = gnuTool({
  name: 'tee',
  path: '/usr/bin/tee',
  usage: 'tee [-ai] [FILE]...',
  options: ['a|append', 'i|ignore-interrupts', 'p', '|output-error?'],
  run: tee,
})

/** Words as xargs reads them: blanks separate, quotes and backslashes protect. */
function splitWords(text: string): string[] | string {
  const words: string[] = []
  let current = ''
  let isOpen = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (c === '"' || c === "'") {
      const end = text.indexOf(c, i + 1)
      const line = text.indexOf('\n', i + 1)
      if (end < 0 || (line >= 0 && line < end))
        return `unmatched ${c === '"' ? 'double' : 'single'} quote; by default quotes are special to xargs unless you use the -0 option`
      current += text.slice(i + 1, end)
      isOpen = true
      i = end
    } else if (c === '\\' && i + 1 < text.length) {
      current += text[++i]
      isOpen = true
    } else if (/\s/.test(c)) {
      if (isOpen) words.push(current)
      current = ''
      isOpen = false
    } else {
      current += c
      isOpen = true
    }
  }
  if (isOpen) words.push(current)
  return words
}

interface Runner {
  readonly proc: Process
  readonly options: ParsedOptions
  readonly limit: number
  running: Set<Process>
  code: number
}

async function xargs(proc: Process, options: ParsedOptions): Promise<number> {
  let text = ''
  const read = await eachInput(proc, options.has('arg-file') ? [options.value('arg-file')!] : [], async ({ input }) => {
    for (let chunk = await input.readChunk(); chunk !== null; chunk = await input.readChunk()) {
      text += toText(chunk)
      proc.holds(chunk.length)
    }
  })
  if (read !== 0) return 1
  const template = options.value('replace') ?? (options.has('replace') || options.has('I') ? (options.value('I') ?? '{}') : null)
  const items = itemsOf(options, text, template !== null)
  if (typeof items === 'string') return fail(proc, items)
  const command = options.operands.length > 0 ? [...options.operands] : ['echo']
  const runner: Runner = { proc, options, limit: Math.max(1, options.number('max-procs', 1)), running: new Set(), code: 0 }
  const lines: string[][] = []
  if (template !== null) for (const item of items) lines.push(command.map((word) => word.replaceAll(template, item)))
  else {
    const size = options.number('max-args', options.has('max-lines') ? options.number('max-lines', 1) : Number.POSITIVE_INFINITY)
    for (let i = 0; i < items.length; i += size === Number.POSITIVE_INFINITY ? items.length : size)
      lines.push([...command, ...items.slice(i, size === Number.POSITIVE_INFINITY ? undefined : i + size)])
    if (items.length === 0 && !options.has('no-run-if-empty')) lines.push(command)
  }
  for (const words of lines) {
    if (!(await launch(runner, words))) break
  }
  while (runner.running.size > 0) await reap(runner)
  return runner.code
}

function itemsOf(options: ParsedOptions, text: string, byLine: boolean): string[] | string {
  if (options.has('null')) return text.split('\0').filter((item, index, all) => item !== '' || index < all.length - 1)
  const delimiter = options.value('delimiter')
  if (delimiter !== null) {
    const mark = delimiter === '\\n' ? '\n' : delimiter === '\\t' ? '\t' : delimiter === '\\0' ? '\0' : delimiter
    const parts = text.split(mark)
    if (parts[parts.length - 1] === '') parts.pop()
    return parts
  }
  if (byLine)
    return text
      .split('\n')
      .map((line) => line.replace(/^[ \t]+/, ''))
      .filter((line) => line !== '')
  return splitWords(text)
}

/** False when nothing more should be run. */
async function launch(runner: Runner, words: string[]): Promise<boolean> {
  const { proc, options } = runner
  while (runner.running.size >= runner.limit) await reap(runner)
  if (runner.code === 124) return false
  if (options.has('verbose')) proc.error(words.join(' '))
  try {
    runner.running.add(proc.spawn(words, { stdin: emptyInput() }))
    return true
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    fail(proc, `${words[0]}: ${error.message}`)
    runner.code = error.errno === 'ENOENT' ? 127 : 126
    return false
  }
}

async function reap(runner: Runner): Promise<void> {
  const { proc, running } = runner
  const done = (await proc.wait<Process>((resolve) => {
    const cancels = [...running].map((child) => child.onExit(() => resolve(child)))
    return () => {
      for (const cancel of cancels) cancel()
    }
  }))!
  running.delete(done)
  const code = done.exitCode ?? 0
  if (done.endSignal !== null) {
    fail(proc, `${done.argv[0]}: terminated by signal ${code - 128}`)
    runner.code = 125
  } else if (code === 255) {
    fail(proc, `${done.argv[0]}: exited with status 255; aborting`)
    runner.code = 124
  } else if (code !== 0) runner.code = 123
}

export const xargsCommand: Command = gnuTool({
  name: 'xargs',
  path: '/usr/bin/xargs',
  usage: 'xargs [-0rt] [-a FILE] [-d CHAR] [-I TEXT] [-L LINES] [-n ARGS] [-P PROCS] [COMMAND [ARGUMENT]...]',
  order: 'posix',
  version: ['GNU findutils', 'findutils'],
  options: [
    '0|null',
    'a|arg-file:',
    'd|delimiter:',
    'I:',
    'i|replace?',
    'L|max-lines:',
    'n|max-args:',
    'P|max-procs:',
    'r|no-run-if-empty',
    't|verbose',
    's|max-chars:',
    'x|exit',
  ],
  lacks: ['p|interactive', 'E:', '|show-limits'],
  run: xargs,
})
