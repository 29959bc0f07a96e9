// Options of ovs-vsctl that stand before the first command; those of single commands may stand there too and then belong to the first.
import { type GetoptGrammar, getoptMessage, type OptionSpec, parseOptions } from '../../../grammar/getopt.js'
import type { CellFormat, TableFormat, TableStyle } from '../../../ovs/db/print-table.js'
import type { VsctlCommand } from './command.js'
import { Fatal } from './session.js'

export interface VsctlOptions {
  readonly words: readonly string[]
  /** Options of the first command. */
  readonly local: ReadonlyMap<string, string | null>
  readonly style: TableStyle
  readonly db: string | null
  readonly shows: 'help' | 'version' | 'commands' | 'options' | null
  readonly waits: boolean
  readonly isDry: boolean
  readonly isOneLine: boolean
  /** 0: for ever. */
  readonly timeoutS: number
  readonly isQuiet: boolean
}

const GLOBAL: readonly OptionSpec[] = [
  { name: 'db', long: 'db', value: 'required' },
  { name: 'no-syslog', long: 'no-syslog' },
  { name: 'no-wait', long: 'no-wait' },
  { name: 'dry-run', long: 'dry-run' },
  { name: 'oneline', long: 'oneline' },
  { name: 'timeout', short: 't', long: 'timeout', value: 'required' },
  { name: 'retry', long: 'retry' },
  { name: 'help', short: 'h', long: 'help' },
  { name: 'commands', long: 'commands' },
  { name: 'options', long: 'options' },
  { name: 'leader', long: ['leader-only', 'no-leader-only', 'shuffle-remotes', 'no-shuffle-remotes'] },
  { name: 'version', short: 'V', long: 'version' },
  { name: 'verbose', short: 'v', long: 'verbose', value: 'optional' },
  { name: 'log', long: 'log-file', value: 'optional' },
  { name: 'syslog', long: ['syslog-target', 'syslog-method'], value: 'required' },
  { name: 'format', short: 'f', long: 'format', value: 'required' },
  { name: 'data', short: 'd', long: 'data', value: 'required' },
  { name: 'no-headings', long: 'no-headings' },
  { name: 'pretty', long: 'pretty' },
  { name: 'bare', long: 'bare' },
  { name: 'max-column-width', long: 'max-column-width', value: 'required' },
  { name: 'ssl', short: 'pcC', long: ['private-key', 'certificate', 'ca-cert', 'bootstrap-ca-cert', 'peer-ca-cert'], value: 'required' },
]

const FORMATS: readonly TableFormat[] = ['list', 'table', 'html', 'csv', 'json']
const CELLS: readonly CellFormat[] = ['string', 'bare', 'json']

export function globalOptionNames(): string[] {
  return GLOBAL.flatMap((option) => {
    const tail = option.value === 'required' ? '=ARG' : ''
    const longs = typeof option.long === 'string' ? [option.long] : (option.long ?? [])
    return [
      ...longs.map((long) => `--${long}${tail}`),
      ...(option.short ?? '').split('').map((short) => `-${short}${tail === '' ? '' : ' ARG'}`),
    ]
  })
}

/** Options of the commands, each once. */
function localOptions(commands: Iterable<VsctlCommand>): OptionSpec[] {
  const found = new Map<string, OptionSpec>()
  for (const { options } of commands)
    for (const option of options ?? []) {
      const long = option.replace(/^--/, '').replace('=', '')
      found.set(long, { name: `--${long}`, long, value: option.endsWith('=') ? 'required' : 'none' })
    }
  return [...found.values()]
}

export function optionGrammar(commands: Iterable<VsctlCommand>): GetoptGrammar {
  return { order: 'posix', options: [...GLOBAL, ...localOptions(commands)] }
}

/** A text: getopt's complaint. */
export function readOptions(words: readonly string[], name: string, grammar: GetoptGrammar): VsctlOptions | string {
  const parsed = parseOptions(grammar, words)
  if (parsed.problem !== null) return getoptMessage(name, parsed.problem)
  const local = new Map<string, string | null>()
  for (const { name: option, value } of parsed.given) {
    if (!option.startsWith('--')) continue
    if (local.has(option)) throw new Fatal(`'${option.slice(2)}' option specified multiple times`)
    local.set(option, value)
  }
  const timeout = parsed.value('timeout')
  if (timeout !== null && !/^\+?0*[1-9]\d*$/.test(timeout)) throw new Fatal(`value ${timeout} on -t or --timeout is invalid`)
  const shows = (['help', 'commands', 'options', 'version'] as const).find((what) => parsed.has(what)) ?? null
  return {
    words: parsed.operands,
    local,
    style: styleOf(parsed.given),
    db: parsed.value('db'),
    shows,
    waits: !parsed.has('no-wait'),
    isDry: parsed.has('dry-run'),
    isOneLine: parsed.has('oneline'),
    timeoutS: Number(timeout ?? 0),
    isQuiet: /(^|:)(off|emer|err)$/.test(parsed.value('verbose') ?? ''),
  }
}

function styleOf(given: readonly { readonly name: string; readonly value: string | null }[]): TableStyle {
  const style: TableStyle = { format: 'list', cells: 'string', headings: true, pretty: false }
  for (const { name, value } of given) {
    if (name === 'format') style.format = oneOf(FORMATS, value, 'output')
    else if (name === 'data') style.cells = oneOf(CELLS, value, 'data')
    else if (name === 'no-headings') style.headings = false
    else if (name === 'pretty') style.pretty = true
    else if (name === 'bare') {
      style.format = 'list'
      style.cells = 'bare'
      style.headings = false
    }
  }
  return style
}

function oneOf<T extends string>(words: readonly T[], value: string | null, what: string): T {
  const found = words.find((word) => word === value)
  if (found === undefined) throw new Fatal(`unknown ${what} format "${value}"`)
  return found
}
