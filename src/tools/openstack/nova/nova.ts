// `nova`: the compute client; here the one of 2012, its subcommands, help and argparse manners (later.ts has those of neutron's clouds).
import type { Command, CompletionContext } from '../../../node/command.js'
import { notEmulated } from '../../../node/command.js'
import type { Process } from '../../../node/process.js'
import { clientsOf } from '../shared/release.js'
import { NovaClient } from './client.js'
import type { NovaOption, NovaSubcommand } from './command.js'
import { NovaError } from './command.js'
import { completeLaterNova, runLaterNova } from './later.js'
import { objectCommands } from './objects.js'
import { serverCommands } from './servers.js'

const COMMANDS: readonly NovaSubcommand[] = [...serverCommands, ...objectCommands].sort((a, b) => (a.name < b.name ? -1 : 1))

/** Known to the real client, not to this one. */
const KNOWN = new Set(
  `absolute-limits actions add-fixed-ip aggregate-add-host aggregate-create aggregate-delete aggregate-details aggregate-list
  aggregate-remove-host aggregate-set-metadata aggregate-update cloudpipe-create cloudpipe-list credentials describe-resource diagnostics
  dns-create dns-create-private-domain dns-create-public-domain dns-delete dns-delete-domain dns-domains dns-list endpoints
  flavor-create flavor-delete get-vnc-console host-action host-update hypervisor-list image-create image-delete image-meta image-show live-migration
  lock meta migrate pause rate-limits rebuild remove-fixed-ip rename rescue resize resize-confirm resize-revert resume root-password service-list
  ssh start stop suspend unlock unpause unrescue usage-list volume-attach volume-create volume-delete volume-detach volume-list volume-show
  volume-snapshot-create volume-snapshot-delete volume-snapshot-list volume-snapshot-show volume-type-create volume-type-delete
  volume-type-list x509-create-cert x509-get-root-cert`.split(/\s+/),
)

/** What one call of the real client takes, most of it Python's own start, microseconds. */
const CLIENT_US = 350_000

const USAGE =
  'usage: nova [--debug] [--os_username USER] [--os_password PASS] [--os_tenant_name TENANT] [--os_auth_url URL] <subcommand> ...'

export const nova: Command = {
  name: 'nova',
  path: '/usr/bin/nova',
  changes: true,
  usage: usage(),
  run,
  complete,
}

async function run(proc: Process): Promise<number> {
  const release = clientsOf(proc.machine)
  if (release.name !== 'essex') return runLaterNova(proc, release)
  const words = proc.argv.slice(1)
  while (words[0]?.startsWith('--os') === true || words[0] === '--debug' || words[0] === '--timings') {
    const word = words.shift()!
    if (word.startsWith('--os')) setVariable(proc, word, words)
  }
  const name = words.shift()
  if (name === '--version') {
    proc.error('2012.1')
    return 0
  }
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return help(proc, name === 'help' ? words[0] : undefined)
  const command = findCommand(name)
  if (command === null) {
    if (KNOWN.has(name)) return notEmulated(proc, name, 'nova help lists what is')
    proc.error(USAGE)
    proc.error(`error: argument <subcommand>: invalid choice: '${name}'\nTry 'nova help ' for more information.`)
    return 2
  }
  if (words.includes('-h') || words.includes('--help')) return help(proc, name)
  const parsed = parseWords(command, words)
  if (typeof parsed === 'string') {
    proc.error(usageOf(command))
    proc.error(`error: ${parsed}\nTry 'nova help ${command.name}' for more information.`)
    return 2
  }
  await proc.sleep(CLIENT_US)
  try {
    const client = await NovaClient.open(proc)
    await command.run({ proc, client, ...parsed })
    return 0
  } catch (error) {
    if (!(error instanceof NovaError)) throw error
    proc.error(`ERROR: ${error.message}`)
    return 1
  }
}

/** `--os_username X` and `--os-username=X` stand for the environment's OS_USERNAME. */
function setVariable(proc: Process, word: string, words: string[]): void {
  const [flag, attached] = word.split('=', 2)
  proc.env.set(flag!.slice(2).replace(/-/g, '_').toUpperCase(), attached ?? words.shift() ?? '')
}

function findCommand(name: string): NovaSubcommand | null {
  return COMMANDS.find((command) => command.name === name || command.aliases?.includes(name) === true) ?? null
}

interface ParsedWords {
  readonly operands: Map<string, string>
  readonly options: Map<string, string[]>
}

/** A text when argparse would complain. */
function parseWords(command: NovaSubcommand, words: readonly string[]): ParsedWords | string {
  const options = new Map<string, string[]>()
  const given: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (!word.startsWith('--') && !(word.startsWith('-') && !/^-\d+$/.test(word) && word !== '-')) {
      given.push(word)
      continue
    }
    const [flag, attached] = word.split(/=(.*)/s, 2)
    const spec = findOption(command.options ?? [], flag!)
    if (spec === null) return `unrecognized arguments: ${word}`
    if (spec.metavar === null) {
      options.set(spec.name, [''])
      continue
    }
    const isOptional = spec.metavar.startsWith('[')
    const value = attached ?? (isOptional && words[i + 1]?.startsWith('-') !== false ? '1' : words[++i])
    if (value === undefined) return `argument ${flag}: expected one argument`
    options.set(spec.name, [...(spec.repeat === true ? (options.get(spec.name) ?? []) : []), value])
  }
  return assignOperands(command, given, options)
}

/** Exact, or an abbreviation that fits one option only, as argparse has it. */
function findOption(options: readonly NovaOption[], flag: string): NovaOption | null {
  const exact = options.find(({ flags }) => flags.includes(flag))
  if (exact !== undefined) return exact
  const near = options.filter(({ flags }) => flags.some((candidate) => candidate.startsWith(flag)))
  return near.length === 1 && flag.length > 2 ? near[0]! : null
}

function assignOperands(command: NovaSubcommand, given: readonly string[], options: Map<string, string[]>): ParsedWords | string {
  const required = command.operands.filter((name) => !name.startsWith('['))
  if (given.length < required.length) return 'too few arguments'
  if (given.length > command.operands.length) return `unrecognized arguments: ${given.slice(command.operands.length).join(' ')}`
  return { operands: new Map(given.map((value, i) => [command.operands[i]!.replace(/[[\]]/g, ''), value])), options }
}

function help(proc: Process, name: string | undefined): number {
  if (name === undefined) {
    proc.line(usage())
    return 0
  }
  const command = findCommand(name)
  if (command === null) {
    if (KNOWN.has(name)) return notEmulated(proc, name)
    proc.error(`ERROR: '${name}' is not a valid subcommand`)
    return 1
  }
  proc.line(`${usageOf(command)}\n\n${command.summary}`)
  const required = command.operands.map((operand) => `  <${operand.replace(/[[\]]/g, '')}>`)
  if (required.length > 0) proc.line(`\nPositional arguments:\n${required.join('\n')}`)
  const optional = (command.options ?? []).map((spec) => `  ${spec.flags[0]}${spec.metavar === null ? '' : ` ${spec.metavar}`}`)
  if (optional.length > 0) proc.line(`\nOptional arguments:\n${optional.join('\n')}`)
  return 0
}

function usageOf(command: NovaSubcommand): string {
  const options = (command.options ?? []).map((spec) => `[${spec.flags[0]}${spec.metavar === null ? '' : ` ${spec.metavar}`}]`)
  const operands = command.operands.map((name) => (name.startsWith('[') ? `[<${name.slice(1, -1)}>]` : `<${name}>`))
  return ['usage: nova', command.name, ...options, ...operands].join(' ')
}

function usage(): string {
  const lines = COMMANDS.map(({ name, summary }) => `    ${name.padEnd(27)} ${summary}`)
  return [USAGE, '', 'Command-line interface to the OpenStack Nova API.', '', 'Positional arguments:', '  <subcommand>', ...lines].join(
    '\n',
  )
}

function complete(context: CompletionContext): string[] {
  const { words, index, current, proc } = context
  if (clientsOf(proc.machine).name !== 'essex') return completeLaterNova(context)
  if (index === 1) return COMMANDS.map(({ name }) => name).filter((name) => name.startsWith(current))
  const command = findCommand(words[1] ?? '')
  return (command?.options ?? []).map(({ flags }) => flags[0]!).filter((flag) => flag.startsWith(current))
}
