// `openstack`: the client for every service, from Stein on.
import { ArgumentError, type ArgumentParser, argumentCandidates, parseArguments, parseKnownArguments } from '../../../grammar/argparse.js'
import { helpOfParser, usageOfParser } from '../../../grammar/argparse-usage.js'
import type { Command, CompletionContext } from '../../../node/command.js'
import { notEmulated } from '../../../node/command.js'
import type { Process } from '../../../node/process.js'
import { ClientError } from '../shared/formatters.js'
import { credentialArguments, foldingColumns, takeCredentials } from '../shared/global-options.js'
import { namesFor } from '../shared/names.js'
import { type ClientRelease, clientsOf, isWithData } from '../shared/release.js'
import { Session } from '../shared/session.js'
import { agentCommands } from './agents.js'
import { OpenStackApi, ServiceFault } from './api.js'
import { catalogueCommands } from './catalogue.js'
import { OpenStackCall, type OpenStackCommand, parserOf } from './command.js'
import { floatingCommands } from './floating-ips.js'
import { GONE_COMMANDS, KNOWN_COMMANDS, NEW_COMMANDS } from './known-commands.js'
import { networkCommands } from './networks.js'
import { placeCommands } from './places.js'
import { portCommands } from './ports.js'
import { routerCommands } from './routers.js'
import { securityGroupCommands } from './security-groups.js'
import { NotHere, serverActionCommands } from './server-actions.js'
import { serverCommands } from './servers.js'
import { nearCommands } from './suggest.js'

const COMMANDS: readonly OpenStackCommand[] = [
  ...networkCommands,
  ...portCommands,
  ...routerCommands,
  ...floatingCommands,
  ...securityGroupCommands,
  ...agentCommands,
  ...serverCommands,
  ...serverActionCommands,
  ...placeCommands,
  ...catalogueCommands,
].sort((a, b) => (a.words < b.words ? -1 : 1))

const NEW_NAMES = new Set([...NEW_COMMANDS, ...COMMANDS.filter(({ isNew }) => isNew === true).map(({ words }) => words)])
const OLD_NAMES: readonly string[] = [...new Set([...KNOWN_COMMANDS, ...COMMANDS.map(({ words }) => words)])]
  .filter((name) => !NEW_NAMES.has(name))
  .sort()
const LATER_NAMES: readonly string[] = [...new Set([...OLD_NAMES, ...NEW_NAMES])].filter((name) => !GONE_COMMANDS.has(name)).sort()

function namesOf(release: ClientRelease): readonly string[] {
  return isWithData(release) ? LATER_NAMES : OLD_NAMES
}

/** What one call of the real client takes, most of it Python's own start, microseconds. */
const CLIENT_US = 1_600_000

export const openstack: Command = {
  name: 'openstack',
  path: '/usr/bin/openstack',
  changes: true,
  usage:
    'usage: openstack [OPTIONS] COMMAND [WORDS]\n\nnetwork list, server create, router add subnet ...: `openstack help` names all, `openstack help COMMAND` explains one.',
  run,
  complete,
}

function applicationParser(release: ClientRelease): ArgumentParser {
  return {
    program: 'openstack',
    description: 'Command-line interface to the OpenStack APIs',
    python: release.python,
    arguments: [
      { name: 'version', flags: ['--version'], action: 'true', help: "show program's version number and exit" },
      { name: 'verbose', flags: ['-v', '--verbose'], action: 'count', help: 'Increase verbosity of output. Can be repeated.' },
      { name: 'quiet', flags: ['-q', '--quiet'], action: 'true', help: 'Suppress output except warnings and errors.' },
      { name: 'wantsHelp', flags: ['-h', '--help'], action: 'true', help: 'Show help message and exit.' },
      { name: 'debug', flags: ['--debug'], action: 'true', help: 'Show tracebacks on errors.' },
      { name: 'insecure', flags: ['--insecure'], action: 'true', help: 'Disable server certificate verification' },
      { name: 'timing', flags: ['--timing'], action: 'true', help: 'Print API call timing info' },
      ...credentialArguments,
    ],
  }
}

async function run(proc: Process): Promise<number> {
  const release = clientsOf(proc.machine)
  if (release.openstackclient === null) {
    return notEmulated(proc, 'the common client', release.neutronclient === null ? 'use nova' : 'use nova and neutron')
  }
  await proc.sleep(CLIENT_US)
  const application = applicationParser(release)
  try {
    const parsed = parseKnownArguments(application, proc.argv.slice(1))
    if (parsed.has('version')) {
      proc.line(`openstack ${release.openstackclient}`)
      return 0
    }
    takeCredentials(proc, parsed)
    const words = [...parsed.extras]
    if (parsed.has('wantsHelp')) words.unshift('help')
    if (words.length === 0) return notEmulated(proc, 'the interactive prompt', 'give a command')
    if (words[0] === 'help') return help(proc, release, words.slice(1))
    return await runWords(proc, release, words)
  } catch (error) {
    if (error instanceof ArgumentError) return usageError(proc, application, error)
    if (!(error instanceof ClientError)) throw error
    proc.error(error.message)
    return 1
  }
}

interface Found {
  /** Whole name of the command. */
  readonly name: string
  readonly rest: readonly string[]
}

/** The longest run of words that names a command, each maybe only begun. */
function findCommand(words: readonly string[], release: ClientRelease): Found | null {
  const names = namesOf(release)
  const option = words.findIndex((word) => word.startsWith('-'))
  for (let count = option < 0 ? words.length : option; count > 0; count--) {
    const typed = words.slice(0, count)
    const name = typed.join(' ')
    if (names.includes(name)) return { name, rest: words.slice(count) }
    const near = names.filter((candidate) => {
      const parts = candidate.split(' ')
      return parts.length === count && parts.every((part, i) => part.startsWith(typed[i]!))
    })
    if (near.length === 1) return { name: near[0]!, rest: words.slice(count) }
  }
  return null
}

async function runWords(proc: Process, release: ClientRelease, words: readonly string[]): Promise<number> {
  const found = findCommand(words, release)
  if (found === null) return unknownCommand(proc, words, release)
  const command = COMMANDS.find((candidate) => candidate.words === found.name)
  if (command === undefined) return notEmulated(proc, found.name, 'openstack help lists what is')
  const parser = parserOf(command, release)
  try {
    const parsed = parseArguments(parser, found.rest)
    if (parsed.has('help')) return help(proc, release, [found.name])
    if ((proc.env.get('OS_AUTH_URL') ?? '') === '') {
      throw new ClientError('Missing value auth-url required for auth plugin password')
    }
    const api = new OpenStackApi(new Session(proc, agentOf(release), '2.1'), release)
    await command.run(new OpenStackCall(proc, api, release, parsed))
    return 0
  } catch (error) {
    if (error instanceof ArgumentError) return usageError(proc, parser, error)
    if (error instanceof NotHere) return notEmulated(proc, found.name, error.message)
    if (error instanceof ServiceFault && command.wrapsFaults === true) {
      throw new ClientError(`Error while executing command: ${error.brief}`)
    }
    throw error
  }
}

/** User-Agent. */
function agentOf(release: ClientRelease): string {
  return isWithData(release)
    ? 'openstacksdk/0.50.0 keystoneauth1/4.2.1 python-requests/2.24.0 CPython/3.8.10'
    : 'openstacksdk/0.27.1 keystoneauth1/3.13.1 python-requests/2.19.1 CPython/2.7.5'
}

function unknownCommand(proc: Process, words: readonly string[], release: ClientRelease): number {
  proc.line(`openstack: '${words.join(' ')}' is not an openstack command. See 'openstack --help'.`)
  proc.line('Did you mean one of these?')
  for (const name of nearCommands(words[0]!, namesOf(release))) proc.line(`  ${name}`)
  return 2
}

function usageError(proc: Process, parser: ArgumentParser, error: ArgumentError): number {
  proc.error(usageOfParser(parser, foldingColumns(proc, parser.python)))
  proc.error(`${parser.program}: error: ${error.message}`)
  return 2
}

function help(proc: Process, release: ClientRelease, words: readonly string[]): number {
  if (words.length === 0) {
    proc.out(helpOfParser(applicationParser(release), foldingColumns(proc, release.python)))
    proc.out('\nCommands:\n')
    const known = COMMANDS.filter((command) => namesOf(release).includes(command.words))
    const width = Math.max(...known.map((command) => command.words.length))
    for (const command of known) proc.line(`  ${command.words.padEnd(width)}  ${command.summary}`)
    return 0
  }
  const name = words.join(' ')
  const command = COMMANDS.find((candidate) => candidate.words === (findCommand(words, release)?.name ?? name))
  if (command !== undefined) {
    proc.out(helpOfParser(parserOf(command, release), foldingColumns(proc, release.python)))
    return 0
  }
  const near = namesOf(release).filter((candidate) => candidate.startsWith(words[0]!))
  if (near.length === 0) return unknownCommand(proc, words, release)
  if (near.includes(name)) return notEmulated(proc, name, 'openstack help lists what is')
  proc.line(`Command "${words[0]}" matches:`)
  for (const candidate of near) proc.line(`  ${candidate}`)
  return 0
}

function complete({ words, index, current, proc }: CompletionContext): string[] {
  const typed = words.slice(1, index).filter((word) => word !== 'help')
  const names = namesOf(clientsOf(proc.machine))
  const known = COMMANDS.filter((candidate) => names.includes(candidate.words))
  const command = [...known].reverse().find((candidate) => `${typed.join(' ')} `.startsWith(`${candidate.words} `))
  if (command === undefined) {
    const prefix = typed.length === 0 ? '' : `${typed.join(' ')} `
    const next = known
      .filter((candidate) => candidate.words.startsWith(prefix))
      .map((candidate) => candidate.words.slice(prefix.length).split(' ')[0]!)
    return [...new Set([...next, ...(typed.length === 0 ? ['help'] : [])])].filter((word) => word.startsWith(current))
  }
  const rest = [...typed.slice(command.words.split(' ').length), current]
  const { words: found, kind } = argumentCandidates(parserOf(command, clientsOf(proc.machine)), rest)
  return [...found, ...(kind === null ? [] : namesFor(proc, kind))].filter((word) => word.startsWith(current))
}
