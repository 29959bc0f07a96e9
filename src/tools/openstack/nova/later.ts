// The nova client of Icehouse (2.17) and Stein (13): its command line, help and errors.

import { ArgumentError, type ArgumentParser, argumentCandidates, HELP, parseArguments } from '../../../grammar/argparse.js'
import { argumentsOf } from '../../../grammar/argparse-text.js'
import { helpOfParser, usageOfParser } from '../../../grammar/argparse-usage.js'
import { ownOf } from '../../../grammar/own-of.js'
import type { CompletionContext } from '../../../node/command.js'
import { notEmulated } from '../../../node/command.js'
import type { Process } from '../../../node/process.js'
import { ClientError } from '../shared/formatters.js'
import { credentialArguments, foldingColumns, takeCredentials } from '../shared/global-options.js'
import { namesFor } from '../shared/names.js'
import { type ClientRelease, clientsOf, isModernRelease } from '../shared/release.js'
import { Session } from '../shared/session.js'
import { type LaterCommand, LaterNova, NovaFault } from './later-client.js'
import { laterMigrationCommands } from './later-migration.js'
import { laterObjectCommands } from './later-objects.js'
import { laterServerCommands } from './later-servers.js'

const COMMANDS: readonly LaterCommand[] = [...laterServerCommands, ...laterMigrationCommands, ...laterObjectCommands].sort((a, b) =>
  a.name < b.name ? -1 : 1,
)

/** Known to both clients, not to netlab. */
const KNOWN = new Set(
  `agent-create agent-delete agent-list agent-modify aggregate-add-host aggregate-create aggregate-delete aggregate-list aggregate-remove-host
  aggregate-set-metadata aggregate-update availability-zone-list backup clear-password diagnostics evacuate flavor-access-add flavor-access-list
  flavor-access-remove flavor-create flavor-delete flavor-key force-delete get-password get-rdp-console get-spice-console get-vnc-console
  host-evacuate host-meta host-servers-migrate hypervisor-servers hypervisor-stats hypervisor-uptime image-create instance-action
  keypair-show list-extensions list-secgroup lock meta migrate migration-list quota-class-show
  quota-class-update quota-defaults quota-delete quota-show quota-update rebuild refresh-network reset-network reset-state resize resize-confirm
  pause resize-revert rescue restore resume service-disable service-enable shelve shelve-offload ssh suspend unlock unpause unrescue unshelve
  usage usage-list volume-attach volume-detach volume-update`.split(/\s+/),
)

/** What the older one alone has. */
const KNOWN_ICEHOUSE = new Set(
  `absolute-limits add-fixed-ip aggregate-details cloudpipe-configure cloudpipe-create cloudpipe-list credentials dns-create
  dns-create-private-domain dns-create-public-domain dns-delete dns-delete-domain dns-domains dns-list endpoints fixed-ip-get fixed-ip-reserve
  fixed-ip-unreserve floating-ip-bulk-create floating-ip-bulk-delete floating-ip-bulk-list host-action host-describe host-list host-update
  image-delete image-meta image-show net net-create net-delete network-associate-host network-associate-project network-create
  network-disassociate network-show rate-limits remove-fixed-ip rename root-password scrub secgroup-update volume-create volume-delete
  volume-list volume-show volume-snapshot-create volume-snapshot-delete volume-snapshot-list volume-snapshot-show volume-type-create
  volume-type-delete volume-type-list x509-create-cert x509-get-root-cert`.split(/\s+/),
)

/** What one call of the real client takes, most of it Python's own start, microseconds. */
const CLIENT_US = 500_000

const KINDS: Readonly<Record<string, string>> = { '<server>': 'server', '<flavor>': 'flavor', '<image>': 'image' }

/** The whole of it, for the usage: more options than are read. */
const USAGE = {
  icehouse:
    '[--version] [--debug] [--os-cache] [--timings] [--timeout <seconds>] [--os-auth-token OS_AUTH_TOKEN] [--os-username <auth-user-name>] [--os-password <auth-password>] [--os-tenant-name <auth-tenant-name>] [--os-tenant-id <auth-tenant-id>] [--os-auth-url <auth-url>] [--os-region-name <region-name>] [--os-auth-system <auth-system>] [--service-type <service-type>] [--service-name <service-name>] [--volume-service-name <volume-service-name>] [--endpoint-type <endpoint-type>] [--os-compute-api-version <compute-api-ver>] [--os-cacert <ca-certificate>] [--insecure] [--bypass-url <bypass-url>] <subcommand> ...',
  later:
    '[--version] [--debug] [--os-cache] [--timings] [--os-region-name <region-name>] [--service-type <service-type>] [--service-name <service-name>] [--os-endpoint-type <endpoint-type>] [--os-compute-api-version <compute-api-ver>] [--os-endpoint-override <bypass-url>] [--insecure] [--os-cacert <ca-certificate>] [--os-cert <certificate>] [--os-key <key>] [--timeout <seconds>] [--collect-timing] [--os-auth-type <name>] [--os-auth-url OS_AUTH_URL] [--os-system-scope OS_SYSTEM_SCOPE] [--os-domain-id OS_DOMAIN_ID] [--os-domain-name OS_DOMAIN_NAME] [--os-project-id OS_PROJECT_ID] [--os-project-name OS_PROJECT_NAME] [--os-project-domain-id OS_PROJECT_DOMAIN_ID] [--os-project-domain-name OS_PROJECT_DOMAIN_NAME] [--os-trust-id OS_TRUST_ID] [--os-default-domain-id OS_DEFAULT_DOMAIN_ID] [--os-default-domain-name OS_DEFAULT_DOMAIN_NAME] [--os-user-id OS_USER_ID] [--os-username OS_USERNAME] [--os-user-domain-id OS_USER_DOMAIN_ID] [--os-user-domain-name OS_USER_DOMAIN_NAME] [--os-password OS_PASSWORD] <subcommand> ...',
}

function applicationParser(release: ClientRelease): ArgumentParser {
  const usage = isModernRelease(release) ? USAGE.later : USAGE.icehouse
  return { program: 'nova', python: release.python, arguments: argumentsOf(usage, release.python) }
}

function parserOf(command: LaterCommand, release: ClientRelease): ArgumentParser {
  const usage = typeof command.usage === 'string' ? command.usage : command.usage(isModernRelease(release))
  const own = argumentsOf(usage, release.python, (metavar) => ownOf(KINDS, metavar))
  return {
    program: `nova ${command.name}`,
    description: command.summary,
    arguments: [{ ...HELP, isHidden: true }, ...own],
    python: release.python,
  }
}

function findCommand(name: string, release: ClientRelease): LaterCommand | null {
  return COMMANDS.find((command) => command.name === name && !(command.isGone === true && isModernRelease(release))) ?? null
}

export async function runLaterNova(proc: Process, release: ClientRelease): Promise<number> {
  await proc.sleep(CLIENT_US)
  const words = proc.argv.slice(1)
  const at = words.findIndex((word, i) => !word.startsWith('-') && !takesNext(words[i - 1]))
  const own = at < 0 ? words : words.slice(0, at)
  if (own.includes('--version')) {
    proc.error(release.novaclient)
    return 0
  }
  if (at < 0 || own.includes('-h') || own.includes('--help')) return help(proc, release, undefined)
  try {
    takeCredentials(proc, parseArguments(ownParser(release), own))
    return await runWords(proc, release, words[at]!, words.slice(at + 1))
  } catch (error) {
    if (error instanceof ArgumentError) return usageError(proc, applicationParser(release), error, '')
    if (!(error instanceof ClientError)) throw error
    const kind = error instanceof NovaFault ? error.kind : 'CommandError'
    proc.error(isModernRelease(release) ? `ERROR (${kind}): ${error.message}` : `ERROR: ${error.message}`)
    return 1
  }
}

/** Options before the subcommand, in every spelling that is read. */
function ownParser(release: ClientRelease): ArgumentParser {
  const switches = ['version', 'debug', 'timings', 'insecure', 'os-cache'].map((name) => ({
    name,
    flags: [`--${name}`],
    action: 'true' as const,
  }))
  return { ...applicationParser(release), arguments: [...switches, ...credentialArguments] }
}

/** `--os-username admin`: the word behind belongs to it. */
function takesNext(word: string | undefined): boolean {
  return word?.startsWith('--os') === true && !word.includes('=')
}

async function runWords(proc: Process, release: ClientRelease, name: string, words: readonly string[]): Promise<number> {
  if (name === 'help') return help(proc, release, words[0])
  const command = findCommand(name, release)
  if (command === null) {
    if (KNOWN.has(name) || (!isModernRelease(release) && KNOWN_ICEHOUSE.has(name)))
      return notEmulated(proc, name, 'nova help lists what is')
    throw new ArgumentError(`argument <subcommand>: invalid choice: ${release.python === 2 ? 'u' : ''}'${name}'`)
  }
  const parser = parserOf(command, release)
  try {
    const parsed = parseArguments(parser, words)
    if (parsed.has('help')) return help(proc, release, name)
    checkCredentials(proc, release)
    await command.run(
      new LaterNova(proc, release, parsed, new Session(proc, 'python-novaclient', isModernRelease(release) ? 'latest' : null)),
    )
    return 0
  } catch (error) {
    if (error instanceof ArgumentError) return usageError(proc, parser, error, name)
    throw error
  }
}

function checkCredentials(proc: Process, release: ClientRelease): void {
  const has = (...names: string[]): boolean => names.some((name) => (proc.env.get(name) ?? '') !== '')
  if (isModernRelease(release)) {
    if (!has('OS_USERNAME', 'OS_USER_ID')) {
      throw new NovaFault(
        'You must provide a user name/id (via --os-username, --os-user-id, env[OS_USERNAME] or env[OS_USER_ID]) or an auth token (via --os-token).',
      )
    }
    if (!has('OS_PROJECT_NAME', 'OS_PROJECT_ID', 'OS_TENANT_NAME', 'OS_TENANT_ID')) {
      throw new NovaFault(
        'You must provide a project name or project ID via --os-project-name, --os-project-id, env[OS_PROJECT_ID] or env[OS_PROJECT_NAME]. You may use os-project and os-tenant interchangeably.',
      )
    }
    if (!has('OS_AUTH_URL')) throw new NovaFault('You must provide an auth url via either --os-auth-url or env[OS_AUTH_URL].')
    return
  }
  if (!has('OS_USERNAME')) throw new NovaFault('You must provide a username via either --os-username or env[OS_USERNAME]')
  if (!has('OS_TENANT_NAME', 'OS_TENANT_ID')) {
    throw new NovaFault(
      'You must provide a tenant name or tenant id via --os-tenant-name, --os-tenant-id, env[OS_TENANT_NAME] or env[OS_TENANT_ID]',
    )
  }
  if (!has('OS_AUTH_URL')) {
    throw new NovaFault(
      'You must provide an auth url via either --os-auth-url or env[OS_AUTH_URL] or specify an auth_system which defines a default url with --os-auth-system or env[OS_AUTH_SYSTEM]',
    )
  }
}

function usageError(proc: Process, parser: ArgumentParser, error: ArgumentError, name: string): number {
  proc.error(usageOfParser(parser, foldingColumns(proc, parser.python)))
  proc.error(`error: ${error.message}\nTry 'nova help ${name}' for more information.`)
  return 2
}

function help(proc: Process, release: ClientRelease, name: string | undefined): number {
  if (name !== undefined) {
    const command = findCommand(name, release)
    if (command === null) throw new NovaFault(`'${name}' is not a valid subcommand`)
    proc.out(helpOfParser(parserOf(command, release), foldingColumns(proc, release.python)))
    return 0
  }
  proc.line(usageOfParser(applicationParser(release), foldingColumns(proc, release.python)))
  proc.line('\nCommand-line interface to the OpenStack Nova API.\n\nPositional arguments:\n  <subcommand>')
  for (const command of COMMANDS) {
    if (findCommand(command.name, release) !== null) proc.line(`    ${command.name.padEnd(27)} ${command.summary}`)
  }
  return 0
}

export function completeLaterNova({ words, index, current, proc }: CompletionContext): string[] {
  const release = clientsOf(proc.machine)
  const at = words.findIndex((word, i) => i > 0 && i < index && !word.startsWith('-') && word !== 'help')
  if (at < 0) {
    const names = COMMANDS.filter(({ name }) => findCommand(name, release) !== null).map(({ name }) => name)
    return [...names, 'help'].filter((name) => name.startsWith(current))
  }
  const command = findCommand(words[at]!, release)
  if (command === null) return []
  const { words: found, kind } = argumentCandidates(parserOf(command, release), words.slice(at + 1, index + 1))
  return [...found, ...(kind === null ? [] : namesFor(proc, kind))].filter((word) => word.startsWith(current))
}
