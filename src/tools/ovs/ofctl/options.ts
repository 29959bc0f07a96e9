// Options of ovs-ofctl.

import { type GetoptGrammar, parseOptions } from '../../../grammar/getopt.js'
import { ownOf } from '../../../grammar/own-of.js'
import { atLeast, type OpenFlowVersion } from '../../../ovs/version.js'

const GRAMMAR: GetoptGrammar = {
  order: 'permute',
  options: [
    { name: 'timeout', short: 't', long: 'timeout', value: 'required' },
    { name: 'strict', long: 'strict' },
    { name: 'readd', long: 'readd' },
    { name: 'bundle', long: 'bundle' },
    { name: 'may-create', long: 'may-create' },
    { name: 'read-only', long: 'read-only' },
    { name: 'protocols', short: 'O', long: 'protocols', value: 'required' },
    { name: 'flow-format', short: 'F', long: 'flow-format', value: 'required' },
    { name: 'packet-in-format', short: 'P', long: 'packet-in-format', value: 'required' },
    { name: 'more', short: 'm', long: 'more' },
    { name: 'timestamp', long: 'timestamp' },
    { name: 'sort', long: 'sort', value: 'optional' },
    { name: 'rsort', long: 'rsort', value: 'optional' },
    { name: 'names', long: 'names' },
    { name: 'no-names', long: 'no-names' },
    { name: 'stats', long: 'stats' },
    { name: 'no-stats', long: 'no-stats' },
    { name: 'color', long: ['color', 'colour'], value: 'optional' },
    { name: 'unixctl', long: 'unixctl', value: 'required' },
    { name: 'log-file', long: 'log-file', value: 'optional' },
    { name: 'verbose', short: 'v', long: 'verbose', value: 'optional' },
    { name: 'help', short: 'h', long: 'help' },
    { name: 'version', short: 'V', long: 'version' },
  ],
}

/** Words that only some versions know. */
const SINCE: Readonly<Record<string, string>> = {
  bundle: '2.4',
  names: '2.8',
  'no-names': '2.8',
  stats: '2.8',
  'no-stats': '2.8',
  color: '2.6',
  'may-create': '2.7',
  'read-only': '2.6',
}

export interface SortKey {
  /** null: priority. */
  readonly field: string | null
  readonly descending: boolean
}

export interface OfctlOptions {
  readonly strict: boolean
  readonly readd: boolean
  readonly bundle: boolean
  readonly mayCreate: boolean
  readonly readOnly: boolean
  /** Of OpenFlow, all that may be spoken; null: nothing said. */
  readonly allowed: readonly OpenFlowVersion[] | null
  readonly flowFormat: string | null
  readonly sort: readonly SortKey[]
  /** null: nothing said. */
  readonly names: boolean | null
  readonly stats: boolean
  readonly color: string | null
  readonly help: boolean
  readonly version: boolean
  readonly operands: readonly string[]
}

export class OptionError extends Error {}

const VERSIONS: Readonly<Record<string, OpenFlowVersion>> = {
  openflow10: '1.0',
  openflow11: '1.1',
  openflow12: '1.2',
  openflow13: '1.3',
  openflow14: '1.4',
  openflow15: '1.5',
}

/** Throws OptionError with the text behind `ovs-ofctl: `. */
export function readOptions(words: readonly string[], ovs: string): OfctlOptions {
  const parsed = parseOptions(GRAMMAR, words)
  const { problem } = parsed
  if (problem !== null) throw new OptionError(complaint(problem))
  for (const given of parsed.given) {
    const since = ownOf(SINCE, given.name)
    if (since !== undefined && !atLeast(ovs, since)) throw new OptionError(`unrecognized option '${given.typed}'`)
  }
  const protocols = parsed.value('protocols')
  return {
    strict: parsed.has('strict'),
    readd: parsed.has('readd'),
    bundle: parsed.has('bundle'),
    mayCreate: parsed.has('may-create'),
    readOnly: parsed.has('read-only'),
    allowed: protocols === null ? null : readVersions(protocols),
    flowFormat: parsed.value('flow-format'),
    sort: parsed.given
      .filter((given) => given.name === 'sort' || given.name === 'rsort')
      .map((given) => ({ field: given.value === 'priority' ? null : given.value, descending: given.name === 'rsort' })),
    names: lastOf(parsed.given, 'names', 'no-names'),
    stats: lastOf(parsed.given, 'stats', 'no-stats') ?? true,
    color: parsed.value('color'),
    help: parsed.has('help'),
    version: parsed.has('version'),
    operands: parsed.operands,
  }
}

function lastOf(given: readonly { readonly name: string }[], yes: string, no: string): boolean | null {
  const found = given.filter((one) => one.name === yes || one.name === no).at(-1)
  return found === undefined ? null : found.name === yes
}

function complaint(problem: { readonly kind: string; readonly option: string }): string {
  switch (problem.kind) {
    case 'unknown-short':
      return `invalid option -- '${problem.option}'`
    case 'unknown-long':
      return `unrecognized option '--${problem.option}'`
    case 'missing-value':
      return problem.option.length === 1
        ? `option requires an argument -- '${problem.option}'`
        : `option '--${problem.option}' requires an argument`
    case 'surplus-value':
      return `option '--${problem.option}' doesn't allow an argument`
    default:
      return `option '--${problem.option}' is ambiguous`
  }
}

function readVersions(text: string): OpenFlowVersion[] {
  return text
    .split(/[, \t]+/)
    .filter((word) => word !== '')
    .map((word) => {
      const version = ownOf(VERSIONS, word.toLowerCase())
      if (version === undefined) throw new OptionError(`Unknown OpenFlow version: "${word}"`)
      return version
    })
}
