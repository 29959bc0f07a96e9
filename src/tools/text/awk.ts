// awk, mawk, gawk: the command line and the main input.

import { KernelError } from '../../kernel/errno.js'
import { toText as chunkText } from '../../node/chunk.js'
import type { Command } from '../../node/command.js'
import { gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { OpenFile } from '../../node/open-file.js'
import type { Process } from '../../node/process.js'
import type { InputStream } from '../../node/stream.js'
import { RegexError, translateRegex } from '../../shell/regex.js'
import { AwkError, awkUnescape } from './awk-lex.js'
import { parseAwk } from './awk-parse.js'
import { AwkRun, type RecordSource } from './awk-run.js'
import { fromInput, toText } from './awk-value.js'

class AwkInput implements RecordSource {
  run: AwkRun | null = null
  code = 0
  private input: InputStream | null = null
  private file: OpenFile | null = null
  private pending = ''
  private atEnd = false
  private usedAny = false

  constructor(
    private readonly proc: Process,
    private readonly operands: string[],
  ) {}

  async next(): Promise<string | null> {
    for (;;) {
      if (this.input === null && !this.open()) return null
      const record = await this.read()
      if (record !== null) return record
      this.skipFile()
    }
  }

  skipFile(): void {
    this.file?.close()
    this.file = null
    this.input = null
    this.pending = ''
    this.atEnd = false
  }

  private open(): boolean {
    for (let operand = this.operands.shift(); operand !== undefined; operand = this.operands.shift()) {
      if (/^[A-Za-z_]\w*=/.test(operand)) {
        assign(this.run!, operand)
        continue
      }
      this.usedAny = true
      if (this.openOne(operand)) return true
    }
    if (this.usedAny) return false
    this.usedAny = true
    this.input = this.proc.stdin
    return true
  }

  private openOne(name: string): boolean {
    this.run!.setVariable('FNR', 0)
    this.run!.setVariable('FILENAME', name)
    if (name === '-') {
      this.input = this.proc.stdin
      return true
    }
    try {
      this.file = this.proc.files.open(name, 'read')
      this.input = this.proc.reader(this.file)
      return true
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      this.proc.error(`${this.proc.name}: cannot open ${name} (${error.message})`)
      this.code = 2
      return false
    }
  }

  private async read(): Promise<string | null> {
    const separator = toText(this.run!.globals.get('RS') ?? '\n', String)
    if (separator === '\n') return this.input!.readLine()
    return this.readBy(separator)
  }

  /** RS as a character, a regular expression, or "" for paragraphs. */
  private async readBy(separator: string): Promise<string | null> {
    const regex = separator === '' ? /\n\n+/ : separator.length === 1 ? null : translateRegex(separator, 'awk')
    if (separator === '' && this.pending === '') this.pending = ''
    for (;;) {
      if (separator === '') this.pending = this.pending.replace(/^\n+/, '')
      const found = regex === null ? indexOf(this.pending, separator) : regex.exec(this.pending)
      if (found !== null && (this.atEnd || found.index + found[0].length < this.pending.length)) {
        const record = this.pending.slice(0, found.index)
        this.pending = this.pending.slice(found.index + found[0].length)
        return record
      }
      if (this.atEnd) {
        const rest = separator === '' ? this.pending.replace(/\n+$/, '') : this.pending.replace(/\n$/, '')
        this.pending = ''
        return rest === '' ? null : rest
      }
      const chunk = await this.input!.readChunk()
      if (chunk === null) this.atEnd = true
      else this.pending += chunkText(chunk)
    }
  }
}

function indexOf(text: string, separator: string): { index: number; 0: string } | null {
  const index = text.indexOf(separator)
  return index < 0 ? null : { index, 0: separator }
}

function assign(run: AwkRun, text: string): void {
  const at = text.indexOf('=')
  run.setVariable(text.slice(0, at), fromInput(awkUnescape(text.slice(at + 1))))
}

async function awk(proc: Process, options: ParsedOptions): Promise<number> {
  const operands = [...options.operands]
  const programs: string[] = []
  for (const file of options.values('file')) {
    if (!proc.files.isFile(file)) {
      proc.error(`${proc.name}: couldn't open file ${file}: No such file or directory`)
      return 2
    }
    programs.push(proc.files.read(file))
  }
  if (programs.length === 0) {
    const program = operands.shift()
    if (program === undefined) {
      proc.error(`usage: ${proc.name} [-F value] [-v var=value] [--] 'program text' [file ...]`)
      return 2
    }
    programs.push(program)
  }
  try {
    const input = new AwkInput(proc, operands)
    const run = new AwkRun(proc, parseAwk(programs.join('\n')), input)
    input.run = run
    const separator = options.value('field-separator')
    if (separator !== null) run.setVariable('FS', separator === 't' ? '\t' : awkUnescape(separator))
    for (const text of options.values('assign')) {
      if (!/^[A-Za-z_]\w*=/.test(text)) {
        proc.error(`${proc.name}: improper assignment: -v ${text}`)
        return 2
      }
      assign(run, text)
    }
    const words = [proc.name, ...operands]
    run.setVariable('ARGC', words.length)
    words.forEach((word, index) => void run.array('ARGV').set(String(index), word))
    const code = await run.run()
    return code === 0 ? input.code : code
  } catch (error) {
    if (!(error instanceof AwkError || error instanceof RegexError)) throw error
    proc.error(`${proc.name}: ${error.message}`)
    return 2
  }
}

function awkTool(name: string, path: string): Command {
  return gnuTool({
    name,
    path,
    usage: `${name} [-F SEPARATOR] [-v VARIABLE=VALUE]... (-f FILE | PROGRAM) [FILE | VARIABLE=VALUE]...`,
    failure: 2,
    order: 'posix',
    version: ['awk', 'awk'],
    options: ['F|field-separator:', 'v|assign:', 'f|file:', '|posix', '|re-interval', 'W:'],
    lacks: ['i|include:', '|csv'],
    run: awk,
  })
}

export const awkCommand: Command = awkTool('awk', '/usr/bin/awk')
export const mawkCommand: Command = awkTool('mawk', '/usr/bin/mawk')
export const gawkCommand: Command = awkTool('gawk', '/usr/bin/gawk')
