// `neutron`: the network client, of 2014 and of the years when it was deprecated.
import { ArgumentError, type ArgumentParser, argumentCandidates, HELP, parseKnownArguments } from '../../../grammar/argparse.js'
import { helpOfParser, usageOfParser } from '../../../grammar/argparse-usage.js'
import type { Command, CompletionContext } from '../../../node/command.js'
import { notEmulated } from '../../../node/command.js'
import type { Process } from '../../../node/process.js'
import { ClientError } from '../shared/formatters.js'
import { credentialArguments, foldingColumns, takeCredentials } from '../shared/global-options.js'
import { namesFor } from '../shared/names.js'
import { quotedText } from '../shared/python.js'
import { type ClientRelease, clientsOf, isModernRelease } from '../shared/release.js'
import { Session } from '../shared/session.js'
import { agentCommands } from './agents.js'
import { NeutronClient } from './client.js'
import { type NeutronCommand, parserOf } from './command.js'
import { networkCommands } from './networks.js'
import { portCommands } from './ports.js'
import { routerCommands } from './routers.js'
import { securityGroupCommands } from './security-groups.js'

const COMMANDS: readonly NeutronCommand[] = [
  ...networkCommands,
  ...portCommands,
  ...routerCommands,
  ...securityGroupCommands,
  ...agentCommands,
].sort((a, b) => (a.name < b.name ? -1 : 1))

const NAMES: ReadonlySet<string> = new Set(COMMANDS.map(({ name }) => name))

/** Known to the real client, not to this one: families by how their names begin. */
const ABSENT =
  /^(lb|lbaas|firewall|vpn|ipsec|meter|queue|net-gateway|gateway-device|cisco|nuage|service-provider|subnetpool|address-scope|rbac|qos|bandwidth|tag|trunk|availability-zone|net-ip-availability|auto-allocated|flavor|bgp|purge|nec|network-flavor|network-trunk|sfc|port-pair|port-chain)-/

/** What one call of the real client takes, most of it Python's own start, microseconds. */
const CLIENT_US = 450_000

const DEPRECATED = 'neutron CLI is deprecated and will be removed in the future. Use openstack CLI instead.'

export const neutron: Command = {
  name: 'neutron',
  path: '/usr/bin/neutron',
  changes: true,
  usage:
    'usage: neutron [OPTIONS] SUBCOMMAND [WORDS]\n\nnet-list, port-list, router-list ...: `neutron help` names all, `neutron help SUBCOMMAND` explains one.',
  run,
  complete,
}

function applicationParser(release: ClientRelease): ArgumentParser {
  return {
    program: 'neutron',
    description: 'Command-line interface to the Neutron APIs',
    python: release.python,
    arguments: [
      { name: 'version', flags: ['--version'], action: 'true', help: "show program's version number and exit" },
      {
        name: 'verbose',
        flags: ['-v', '--verbose', '--debug'],
        action: 'count',
        help: 'Increase verbosity of output and show tracebacks on errors. Can be repeated.',
      },
      { name: 'quiet', flags: ['-q', '--quiet'], action: 'true', help: 'Suppress output except warnings and errors' },
      { ...HELP, help: 'Show this help message and exit' },
      ...credentialArguments,
      { name: 'endpointType', flags: ['--endpoint-type'], metavar: '<endpoint-type>' },
      { name: 'insecure', flags: ['--insecure'], action: 'true' },
    ],
  }
}

async function run(proc: Process): Promise<number> {
  const release = clientsOf(proc.machine)
  if (release.neutronclient === null) return notEmulated(proc, 'the network client', 'this release has nova-network: use nova')
  await proc.sleep(CLIENT_US)
  try {
    return await runWords(proc, release)
  } catch (error) {
    if (error instanceof ClientError) {
      proc.error(error.message)
      return 1
    }
    throw error
  }
}

async function runWords(proc: Process, release: ClientRelease): Promise<number> {
  const words = proc.argv.slice(1)
  const helpFor = helpWanted(words)
  if (helpFor !== null) return help(proc, release, helpFor)
  const application = applicationParser(release)
  let rest: readonly string[]
  try {
    const parsed = parseKnownArguments(application, words)
    if (parsed.has('version')) {
      proc.error(release.neutronclient!)
      return 0
    }
    takeCredentials(proc, parsed)
    rest = parsed.extras
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error
    return usageError(proc, application, error, release)
  }
  if (isModernRelease(release)) proc.error(DEPRECATED)
  if (rest.length === 0) return notEmulated(proc, 'the interactive prompt', 'give a subcommand')
  const command = findCommand(rest, release)
  if (command === 'absent') return notEmulated(proc, rest[0]!, 'neutron help lists what is')
  checkCredentials(proc, release)
  return runCommand(proc, release, command, rest.slice(1))
}

/** `-h` behind a subcommand, or the word help: what to explain; empty for all; null when nobody asked. */
function helpWanted(words: readonly string[]): readonly string[] | null {
  const at = words.findIndex((word) => NAMES.has(word))
  const asked = words.findIndex((word) => word === '-h' || word === '--help')
  if (at >= 0 && asked > at) return [words[at]!]
  const help = words.indexOf('help')
  if (at < 0 && asked >= 0 && (help < 0 || asked < help)) return []
  if (help >= 0 && (at < 0 || help < at)) return words.slice(help + 1)
  return null
}

function findCommand(words: readonly string[], release: ClientRelease): NeutronCommand | 'absent' {
  const found = COMMANDS.find(({ name }) => name === words[0])
  if (found !== undefined) return found
  if (ABSENT.test(words[0] ?? '')) return 'absent'
  const option = words.find((word) => word.startsWith('-'))
  const prefix = release.python === 2 ? 'u' : ''
  if (option !== undefined) throw new ClientError(`Invalid command ${prefix}${quotedText(option, release.python)}`)
  throw new ClientError(`Unknown command [${words.map((word) => prefix + quotedText(word, release.python)).join(', ')}]`)
}

function checkCredentials(proc: Process, release: ClientRelease): void {
  const has = (...names: string[]): boolean => names.some((name) => (proc.env.get(name) ?? '') !== '')
  if (isModernRelease(release)) {
    if (!has('OS_AUTH_URL')) throw new ClientError('Auth plugin requires parameters which were not given: auth_url')
    return
  }
  if (!has('OS_USERNAME')) throw new ClientError('You must provide a username via either --os-username or env[OS_USERNAME]')
  if (!has('OS_PASSWORD')) throw new ClientError('You must provide a password via either --os-password or env[OS_PASSWORD]')
  if (!has('OS_TENANT_NAME', 'OS_TENANT_ID')) {
    throw new ClientError(
      'You must provide a tenant_name or tenant_id via  --os-tenant-name, env[OS_TENANT_NAME]  --os-tenant-id, or via env[OS_TENANT_ID]',
    )
  }
  if (!has('OS_AUTH_URL')) throw new ClientError('You must provide an auth url via either --os-auth-url or via env[OS_AUTH_URL]')
}

async function runCommand(proc: Process, release: ClientRelease, command: NeutronCommand, words: readonly string[]): Promise<number> {
  const parser = parserOf(command, release)
  const dashes = words.indexOf('--')
  try {
    const parsed = parseKnownArguments(parser, dashes < 0 ? words : words.slice(0, dashes))
    const extras = dashes < 0 ? parsed.extras : words.slice(dashes)
    const client = new NeutronClient(new Session(proc, 'python-neutronclient'), release)
    const out = (text: string): void => proc.out(text)
    await command.run({ client, release, parsed, extras, out, warn: (text) => proc.error(text) })
    return 0
  } catch (error) {
    if (error instanceof ArgumentError) return usageError(proc, parser, error, release)
    throw error
  }
}

function usageError(proc: Process, parser: ArgumentParser, error: ArgumentError, release: ClientRelease): number {
  proc.error(usageOfParser(parser, foldingColumns(proc, parser.python)))
  proc.error(`${parser.program}: error: ${error.message}`)
  if (isModernRelease(release)) proc.error(`Try 'neutron help ${parser.program.replace(/^neutron ?/, '')}' for more information.`)
  return 2
}

function help(proc: Process, release: ClientRelease, words: readonly string[]): number {
  if (words.length === 0) {
    proc.out(helpOfParser(applicationParser(release), foldingColumns(proc, release.python)))
    proc.out('\nCommands for API v2.0:\n')
    const width = Math.max(...COMMANDS.map(({ name }) => name.length))
    for (const { name, summary } of COMMANDS) proc.line(`  ${name.padEnd(width)}  ${summary}`)
    return 0
  }
  const command = COMMANDS.find(({ name }) => name === words[0])
  if (command !== undefined) {
    proc.out(helpOfParser(parserOf(command, release), foldingColumns(proc, release.python)))
    return 0
  }
  if (ABSENT.test(words[0]!)) return notEmulated(proc, words[0]!, 'neutron help lists what is')
  const near = COMMANDS.filter(({ name }) => name.startsWith(words[0]!))
  if (near.length === 0) findCommand(words, release)
  proc.line(`Command "${words[0]}" matches:`)
  for (const { name } of near) proc.line(`  ${name}`)
  return 0
}

function complete({ words, index, current, proc }: CompletionContext): string[] {
  const at = words.findIndex((word, i) => i > 0 && i < index && !word.startsWith('-') && word !== 'help')
  if (at < 0) return ['help', ...COMMANDS.map(({ name }) => name)].filter((name) => name.startsWith(current))
  const command = COMMANDS.find(({ name }) => name === words[at])
  if (command === undefined) return []
  const { words: found, kind } = argumentCandidates(parserOf(command, clientsOf(proc.machine)), words.slice(at + 1, index + 1))
  return [...found, ...(kind === null ? [] : namesFor(proc, kind))].filter((word) => word.startsWith(current))
}
