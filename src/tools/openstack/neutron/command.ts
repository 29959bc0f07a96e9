// What a subcommand of the neutron client is: its arguments, and what it asks of the API and prints.
import type { Argument, ArgumentParser, ParsedArguments } from '../../../grammar/argparse.js'
import { HELP } from '../../../grammar/argparse.js'
import { GROUP_TEXTS, listArguments, showArguments } from '../shared/cliff-arguments.js'
import { type ClientRelease, isModernRelease } from '../shared/release.js'
import type { NeutronClient } from './client.js'

export interface NeutronCall {
  readonly client: NeutronClient
  readonly release: ClientRelease
  readonly parsed: ParsedArguments
  /** The words that fit no known argument, as the server is to have them. */
  readonly extras: readonly string[]
  out(text: string): void
  /** A line on standard error that does not end the command. */
  warn(text: string): void
}

export interface NeutronCommand {
  readonly name: string
  readonly summary: string
  /** `list`, `show` and `act` decide which options stand before the command's own. */
  readonly kind: 'list' | 'show' | 'create' | 'act'
  readonly arguments: (release: ClientRelease) => readonly Argument[]
  readonly run: (call: NeutronCall) => Promise<void>
}

export function parserOf(command: NeutronCommand, release: ClientRelease): ArgumentParser {
  const base: Argument[] = [HELP]
  if (command.kind === 'list') base.push(...listArguments(release))
  if (command.kind === 'show' || command.kind === 'create') base.push(...showArguments(release))
  if (!isModernRelease(release)) base.push(...REQUEST_FORMAT)
  return {
    program: `neutron ${command.name}`,
    description: command.summary,
    arguments: [...base, ...command.arguments(release)],
    groupTexts: GROUP_TEXTS,
    python: release.python,
  }
}

/** Spoken XML too, once. */
const REQUEST_FORMAT: readonly Argument[] = [
  { name: 'requestFormat', flags: ['--request-format'], choices: ['json', 'xml'], help: 'The xml or json request format' },
  { name: 'requestFormat', flags: ['--request_format'], choices: ['json', 'xml'], isHidden: true },
]
