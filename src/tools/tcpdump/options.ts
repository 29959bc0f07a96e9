// tcpdump's options, and what they come to.
import { type GetoptGrammar, getoptMessage, type OptionSpec, type ParsedOptions, parseOptions } from '../../grammar/getopt.js'
import { atLeast } from '../../node/image.js'
import type { Process } from '../../node/process.js'
import type { DumpOptions } from './packet-printer.js'
import { TIME_STYLES, type TimeStyle } from './time.js'

const MAX_SNAP_LENGTH = 262144

const flag = (name: string, short: string, long?: string | readonly string[]): OptionSpec => ({
  name,
  short,
  ...(long === undefined ? {} : { long }),
})
const missing = (name: string, short: string, instead: string, value: 'none' | 'required' = 'none', long: string[] = []): OptionSpec => ({
  name,
  short,
  long,
  value,
  notEmulated: instead,
})

export const tcpdumpGrammar: GetoptGrammar = {
  options: [
    flag('ascii', 'A'),
    flag('count-only', '', 'count'),
    flag('list', 'D', 'list-interfaces'),
    flag('link', 'e'),
    flag('help', 'h', 'help'),
    flag('immediate', '', 'immediate-mode'),
    flag('trust-checksums', 'K', 'dont-verify-checksums'),
    flag('line-buffered', 'l'),
    flag('link-types', 'L', 'list-data-link-types'),
    flag('numeric', 'n'),
    flag('no-domain', 'N'),
    flag('number', '#', 'number'),
    flag('no-optimize', 'O', 'no-optimize'),
    flag('no-promiscuous', 'p', 'no-promiscuous-mode'),
    flag('print', '', 'print'),
    flag('quiet', 'q'),
    flag('absolute', 'S', 'absolute-tcp-sequence-numbers'),
    flag('time', 't'),
    flag('nfs-handles', 'u'),
    flag('packet-buffered', 'U', 'packet-buffered'),
    flag('verbose', 'v'),
    flag('hex', 'x'),
    flag('hex-ascii', 'X'),
    flag('asdot', 'b'),
    flag('micro', '', 'micro'),
    flag('version', '', 'version'),
    { name: 'buffer-size', short: 'B', long: 'buffer-size', value: 'required' },
    { name: 'packets', short: 'c', value: 'required' },
    { name: 'filter-file', short: 'F', value: 'required', completes: 'file' },
    { name: 'interface', short: 'i', long: 'interface', value: 'required', completes: 'device' },
    { name: 'direction', short: 'QP', long: 'direction', value: 'required', completes: ['in', 'out', 'inout'] },
    { name: 'read', short: 'r', value: 'required', completes: 'file' },
    { name: 'snap-length', short: 's', long: 'snapshot-length', value: 'required' },
    { name: 'write', short: 'w', value: 'required', completes: 'file' },
    { name: 'link-type', short: 'y', long: 'linktype', value: 'required', completes: ['EN10MB'] },
    { name: 'user', short: 'Z', long: 'relinquish-privileges', value: 'required' },
    missing('dump-code', 'd', 'filters are not compiled to BPF here'),
    missing('foreign', 'f', '-n prints every address as a number'),
    missing('wireless', 'HI', 'there are no wireless devices', 'none', ['monitor-mode']),
    missing('time-stamp-types', 'J', 'there is one clock', 'none', ['list-time-stamp-types']),
    missing('nano', '', 'times have microseconds', 'none', ['nano']),
    missing('rotate-size', 'C', 'write one file with -w', 'required'),
    missing('rotate-seconds', 'G', 'write one file with -w', 'required'),
    missing('rotate-files', 'W', 'write one file with -w', 'required'),
    missing('rotate-command', 'z', 'run the command afterwards', 'required'),
    missing('secret', 'EM', 'nothing is decrypted', 'required'),
    missing('time-stamp-type', 'j', 'there is one clock', 'required', ['time-stamp-type']),
    missing('precision', '', 'times have microseconds', 'required', ['time-stamp-precision']),
    missing('module', 'm', 'there are no SMI modules', 'required'),
    missing('type', 'T', 'payloads are taken apart by their ports', 'required'),
    missing('files', 'V', 'read one file with -r', 'required'),
    missing('yydebug', 'Y', 'the parser has no trace'),
  ],
}

export interface Settings {
  readonly version: number
  readonly given: ParsedOptions
  readonly verbose: number
  readonly dump: DumpOptions
  readonly times: TimeStyle
  /** 0: no limit. */
  readonly limit: number
  readonly snapLength: number
  readonly direction: 'in' | 'out' | null
}

/** What to say on standard error instead of working, and the exit code. */
export interface Refusal {
  readonly text: string
  readonly exitCode: number
}

/** 4.99.3 -> 4.99, 4.2.1 -> 4.02: so that versions compare as numbers. */
export function versionNumber(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major + minor / 100
}

export function readSettings(proc: Process): Settings | Refusal {
  const given = parseOptions(tcpdumpGrammar, proc.argv.slice(1))
  const { problem } = given
  if (problem !== null) {
    const text = getoptMessage('tcpdump', problem)
    if (problem.kind === 'not-emulated') return { text, exitCode: 126 }
    return { text: `${text}\n${versionText(proc)}${usageText(proc)}`, exitCode: 1 }
  }
  const version = versionNumber(proc.machine.image.tool('tcpdump'))
  const complaint = checkValues(given, version)
  if (complaint !== null) return { text: `tcpdump: ${complaint}`, exitCode: 1 }
  const direction = given.value('direction')
  const level = (name: string): 0 | 1 | 2 => Math.min(2, given.count(name)) as 0 | 1 | 2
  return {
    version,
    given,
    verbose: given.count('verbose'),
    dump: { hex: level('hex'), hexAscii: level('hex-ascii'), ascii: level('ascii') },
    times: TIME_STYLES[given.count('time')]!,
    limit: given.number('packets', 0),
    snapLength: given.number('snap-length', 0) || defaultSnapLength(version),
    direction: direction === 'in' || direction === 'out' ? direction : null,
  }
}

function defaultSnapLength(version: number): number {
  return version >= 4.07 ? MAX_SNAP_LENGTH : 65535
}

function checkValues(given: ParsedOptions, version: number): string | null {
  for (const count of given.values('packets')) if (!/^\d+$/.test(count) || Number(count) < 1) return `invalid packet count ${count}`
  for (const length of given.values('snap-length')) {
    if (/^\d+$/.test(length) && Number(length) <= MAX_SNAP_LENGTH) continue
    return version >= 4.99 ? `invalid snaplen ${length} (must be >= 0 and <= ${MAX_SNAP_LENGTH})` : `invalid snaplen ${length}`
  }
  for (const direction of given.values('direction')) {
    if (!['in', 'out', 'inout'].includes(direction.toLowerCase())) return `unknown capture direction \`${direction}'`
  }
  if (given.count('time') >= TIME_STYLES.length) {
    return `only -t, -tt, -ttt, -tttt${version >= 4.99 ? '' : ','} and -ttttt are supported`
  }
  return null
}

export function versionText(proc: Process): string {
  const { image } = proc.machine
  const ring = atLeast(image.tool('libpcap'), '1.9') ? ' (with TPACKET_V3)' : ''
  // Packages built with encryption say so since 4.7.
  const openssl = image.has('openssl') ? `OpenSSL ${image.tool('openssl')}\n` : ''
  return `tcpdump version ${image.tool('tcpdump')}\nlibpcap version ${image.tool('libpcap')}${ring}\n${openssl}`
}

export function usageText(proc: Process): string {
  return versionNumber(proc.machine.image.tool('tcpdump')) >= 4.99 ? USAGE : OLD_USAGE
}

export const USAGE = `Usage: tcpdump [-AbdDefhHIJKlLnNOpqStuUvxX#] [ -B size ] [ -c count ] [--count]
\t\t[ -C file_size ] [ -E algo:secret ] [ -F file ] [ -G seconds ]
\t\t[ -i interface ] [ --immediate-mode ] [ -j tstamptype ]
\t\t[ -M secret ] [ --number ] [ --print ] [ -Q in|out|inout ]
\t\t[ -r file ] [ -s snaplen ] [ -T type ] [ --version ]
\t\t[ -V file ] [ -w file ] [ -W filecount ] [ -y datalinktype ]
\t\t[ --time-stamp-precision precision ] [ --micro ] [ --nano ]
\t\t[ -z postrotate-command ] [ -Z user ] [ expression ]`

const OLD_USAGE = `Usage: tcpdump [-aAbdDefhHIJKlLnNOpqRStuUvxX] [ -B size ] [ -c count ]
\t\t[ -C file_size ] [ -E algo:secret ] [ -F file ] [ -G seconds ]
\t\t[ -i interface ] [ -j tstamptype ] [ -M secret ]
\t\t[ -Q|-P in|out|inout ]
\t\t[ -r file ] [ -s snaplen ] [ -T type ] [ -V file ] [ -w file ]
\t\t[ -W filecount ] [ -y datalinktype ] [ -z command ]
\t\t[ -Z user ] [ expression ]`
