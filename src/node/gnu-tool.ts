// Commands in the GNU manner: options from one short table, --help and --version, and getopt's complaints.

import {
  type GetoptGrammar,
  getoptMessage,
  type OptionSpec,
  optionCandidates,
  type ParsedOptions,
  parseOptions,
} from '../grammar/getopt.js'
import { KernelError } from '../kernel/errno.js'
import type { Command } from './command.js'
import type { ToolName } from './image.js'
import type { Process } from './process.js'
import type { InputStream } from './stream.js'

export type { ParsedOptions } from '../grammar/getopt.js'

export interface GnuTool {
  readonly name: string
  readonly path: string
  /** `a|all`, `n|lines:` (takes a value), `|color?` (may take one). The name of an option is its first long form, else its letters. */
  readonly options: readonly string[]
  /** Options that the real tool has and netlab lacks, in the same form; the message says what to use instead. */
  readonly lacks?: readonly string[]
  readonly usage: string
  /** The usage line that the tool shows with a wrong option. */
  readonly synopsis?: string
  /** Exit code of wrong usage. */
  readonly failure?: number
  readonly order?: 'permute' | 'posix'
  readonly version?: readonly [package_: string, tool: ToolName]
  run(proc: Process, options: ParsedOptions): number | Promise<number>
}

export function gnuTool(tool: GnuTool): Command {
  const grammar: GetoptGrammar = {
    order: tool.order ?? 'permute',
    options: [
      ...tool.options.map((text) => optionSpec(text, null)),
      ...(tool.lacks ?? []).map((text) => optionSpec(text, 'see man')),
      { name: '--help', long: 'help' },
      { name: '--version', long: 'version' },
    ],
  }
  return {
    name: tool.name,
    path: tool.path,
    usage: tool.usage,
    run: (proc) => start(proc, tool, grammar),
    complete: ({ words, current }) => [...optionCandidates(grammar, words.slice(1, -1), current).options],
  }
}

function start(proc: Process, tool: GnuTool, grammar: GetoptGrammar): number | Promise<number> {
  const options = parseOptions(grammar, proc.argv.slice(1))
  if (options.problem !== null) {
    proc.error(getoptMessage(proc.name, options.problem))
    if (options.problem.kind === 'not-emulated') return 126
    if (tool.synopsis !== undefined) proc.error(`Usage: ${tool.synopsis}`)
    tryHelp(proc)
    return tool.failure ?? 1
  }
  if (options.has('--help')) {
    proc.line(`Usage: ${tool.usage}`)
    return 0
  }
  if (options.has('--version')) {
    const [package_, name] = tool.version ?? ['GNU coreutils', 'coreutils' as const]
    proc.line(`${tool.name} (${package_}) ${proc.machine.image.tool(name)}`)
    return 0
  }
  return tool.run(proc, options)
}

export function tryHelp(proc: Process): void {
  const open = proc.machine.image.toolAtLeast('coreutils', '8.16') ? "'" : '`'
  proc.error(`Try ${open}${proc.name} --help' for more information.`)
}

function optionSpec(text: string, instead: string | null): OptionSpec {
  const value = text.endsWith(':') ? 'required' : text.endsWith('?') ? 'optional' : 'none'
  const [short = '', ...long] = text.replace(/[:?]$/, '').split('|')
  const base = { name: long[0] ?? short, short, long, value } as const
  return instead === null ? base : { ...base, notEmulated: instead }
}

/** `ls: cannot access x: No such file or directory` and exit code 1. */
export function fail(proc: Process, text: string, code = 1): number {
  proc.error(`${proc.name}: ${text}`)
  return code
}

export function missingOperand(proc: Process): number {
  proc.error(`${proc.name}: missing operand`)
  tryHelp(proc)
  return 1
}

/** GNU's quoting of a file name inside a message. */
export function quoteName(proc: Process, name: string): string {
  return proc.machine.image.toolAtLeast('coreutils', '8.16') ? `'${name}'` : `\`${name}'`
}

/** What the kernel says to `attempt`; null when it went well. */
export function attempt(run: () => void): KernelError | null {
  try {
    run()
    return null
  } catch (error) {
    if (error instanceof KernelError) return error
    throw error
  }
}

export interface NamedInput {
  readonly name: string
  readonly input: InputStream
}

/** Opens the operands one after the other (none, or `-`: standard input). Those that cannot be opened are reported and skipped. */
export async function eachInput(proc: Process, names: readonly string[], use: (input: NamedInput) => Promise<void>): Promise<number> {
  let code = 0
  for (const name of names.length === 0 ? ['-'] : names) {
    if (name === '-') {
      await use({ name, input: proc.stdin })
      continue
    }
    try {
      const file = proc.files.open(name, 'read')
      try {
        if (file.source !== null) await use({ name, input: proc.reader(file) })
      } finally {
        file.close()
      }
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      proc.error(`${proc.name}: ${name}: ${error.message}`)
      code = 1
    }
  }
  return code
}

const DRAIN_EVERY = 32

/** All lines of all operands; `use` may answer false to stop. */
export async function eachLine(
  proc: Process,
  names: readonly string[],
  // biome-ignore lint/suspicious/noConfusingVoidType: who registers may give nothing back
  use: (line: string, ended: boolean, name: string) => boolean | void,
): Promise<number> {
  let stopped = false
  let count = 0
  return eachInput(proc, names, async ({ name, input }) => {
    if (stopped) return
    for (let line = await input.readLine(); line !== null; line = await input.readLine()) {
      if (use(line, input.lineEnded, name) === false) {
        stopped = true
        return
      }
      if (++count % DRAIN_EVERY === 0) await proc.drain()
    }
  })
}

/** Everything from the operands as lines, for tools that need all of it first. */
export async function allLines(proc: Process, names: readonly string[]): Promise<{ lines: string[]; code: number }> {
  const lines: string[] = []
  const code = await eachLine(proc, names, (line) => {
    lines.push(line)
    proc.holds(line.length)
  })
  return { lines, code }
}

/** `10`, `5k`, `1M`, `2KB`; null when it is no size. */
export function parseSize(text: string): number | null {
  const match = /^(\d+)(b|[kKMGT](?:B|iB)?)?$/.exec(text)
  if (match === null) return null
  const unit = match[2] ?? ''
  if (unit === 'b') return Number(match[1]) * 512
  const power = unit === '' ? 0 : 'KMGT'.indexOf(unit[0]!.toUpperCase()) + 1
  return Number(match[1]) * (unit.endsWith('B') && !unit.endsWith('iB') ? 1000 : 1024) ** power
}
