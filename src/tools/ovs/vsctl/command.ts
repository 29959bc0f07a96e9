// One command of an ovs-vsctl line: its words and options, and the table of what commands take.
import type { CommandOutput, VsctlSession } from './session.js'
import { Fatal } from './session.js'

export interface VsctlCall {
  readonly session: VsctlSession
  /** argv[0] is the command's name. */
  readonly argv: readonly string[]
  readonly options: ReadonlyMap<string, string | null>
  readonly isLast: boolean
  readonly output: CommandOutput
}

export interface VsctlCommand {
  readonly name: string
  readonly min: number
  readonly max: number
  /** As the man page writes them: `BRIDGE PORT`. */
  readonly words: string
  /** `--if-exists`, `--columns=`. */
  readonly options?: readonly string[]
  /** Since this version of Open vSwitch. */
  readonly since?: string
  /** Before anything is done: names that no table has. */
  readonly prepare?: (call: VsctlCall) => void
  readonly run: (call: VsctlCall) => void
  /** After the transaction took place. */
  readonly finish?: (call: VsctlCall) => void
}

export interface ParsedCommand {
  readonly command: VsctlCommand
  readonly argv: readonly string[]
  readonly options: ReadonlyMap<string, string | null>
}

/** Splits at `--`; options that stood before the first command belong to it. */
export function parseCommands(
  words: readonly string[],
  given: ReadonlyMap<string, string | null>,
  commands: ReadonlyMap<string, VsctlCommand>,
): ParsedCommand[] {
  const parsed: ParsedCommand[] = []
  let local = given
  let start = 0
  for (let i = 0; i <= words.length; i++) {
    if (i < words.length && words[i] !== '--') continue
    if (i > start) {
      parsed.push(parseOne(words.slice(start, i), local, commands))
      local = new Map()
    } else if (local.size > 0) throw new Fatal('missing command name (use --help for help)')
    start = i + 1
  }
  if (parsed.length === 0) throw new Fatal('missing command name (use --help for help)')
  return parsed
}

function parseOne(
  words: readonly string[],
  local: ReadonlyMap<string, string | null>,
  commands: ReadonlyMap<string, VsctlCommand>,
): ParsedCommand {
  const options = new Map(local)
  let at = 0
  for (; at < words.length && words[at]!.startsWith('-'); at++) {
    const word = words[at]!
    const equals = word.indexOf('=')
    const key = equals < 0 ? word : word.slice(0, equals)
    if (options.has(key)) throw new Fatal(`'${word}' option specified multiple times`)
    options.set(key, equals < 0 ? null : word.slice(equals + 1))
  }
  const name = words[at]
  if (name === undefined) throw new Fatal('missing command name (use --help for help)')
  const command = commands.get(name)
  if (command === undefined) throw new Fatal(`unknown command '${name}'; use --help for help`)
  checkOptions(command, options)
  const argv = words.slice(at)
  checkCount(command, argv)
  return { command, argv, options }
}

function checkOptions(command: VsctlCommand, options: ReadonlyMap<string, string | null>): void {
  for (const [key, value] of options) {
    const known = command.options?.find((option) => option.replace('=', '') === key)
    if (known === undefined) throw new Fatal(`'${command.name}' command has no '${key}' option`)
    if (known.endsWith('=') && value === null) throw new Fatal(`missing argument to '${key}' option on '${command.name}' command`)
    if (!known.endsWith('=') && value !== null) throw new Fatal(`'${key}' option on '${command.name}' does not accept an argument`)
  }
}

function checkCount({ name, min, max }: VsctlCommand, argv: readonly string[]): void {
  const count = argv.length - 1
  if (count < min) throw new Fatal(`'${name}' command requires at least ${min} arguments`)
  if (count <= max) return
  const hasOption = argv.slice(1).some((word) => word.startsWith('-'))
  const note = hasOption ? ' (note that options must precede command names and follow a "--" argument)' : ''
  throw new Fatal(`'${name}' command takes at most ${max} arguments${note}`)
}

/** Names, one a line, in the order of their letters. */
export function linesOf(names: readonly string[]): string {
  return [...names]
    .sort()
    .map((name) => `${name}\n`)
    .join('')
}
