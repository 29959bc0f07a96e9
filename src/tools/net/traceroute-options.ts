// What traceroute (2.0, 2.1) is asked to do.
import type { GetoptGrammar, ParsedOptions } from '../../grammar/getopt.js'

/** Options that take numbers: what is none, is told with its place. */
const NUMBERS: readonly (readonly [string, string])[] = [
  ['first', '-f'],
  ['max-hops', '-m'],
  ['sim-queries', '-N'],
  ['port', '-p'],
  ['tos', '-t'],
  ['queries', '-q'],
  ['sendwait', '-z'],
]

function unreadNumber(parsed: ParsedOptions, argv: readonly string[]): string | null {
  for (const [name, flag] of NUMBERS) {
    const text = parsed.value(name)
    if (text !== null && !/^-?(\d+(\.\d*)?|0x[0-9a-f]+)$/i.test(text)) return unreadOption(argv, flag, text)
  }
  const wait = parsed.value('wait')
  if (wait !== null && !/^-?[\d.]+(,-?[\d.]*){0,2}$/.test(wait)) return unreadOption(argv, '-w', wait)
  const length = parsed.operands[1]
  if (length === undefined || /^\d+$/.test(length)) return null
  return `Cannot handle "packetlen" cmdline arg \`${length}' on position 2 (argc ${argv.lastIndexOf(length)})`
}

function unreadOption(argv: readonly string[], flag: string, text: string): string {
  return `Cannot handle \`${flag}' option with arg \`${text}' (argc ${argv.lastIndexOf(text)})`
}

export const tracerouteGrammar: GetoptGrammar = {
  options: [
    { name: 'ipv4', short: '4' },
    { name: 'ipv6', short: '6', notEmulated: 'use IPv4' },
    { name: 'debug', short: 'd', long: 'debug' },
    { name: 'dont-fragment', short: 'F', long: 'dont-fragment' },
    { name: 'first', short: 'f', long: 'first', value: 'required' },
    { name: 'gateway', short: 'g', long: 'gateway', value: 'required', notEmulated: 'no source routes' },
    { name: 'icmp', short: 'I', long: 'icmp' },
    { name: 'tcp', short: 'T', long: 'tcp' },
    { name: 'interface', short: 'i', long: 'interface', value: 'required', completes: 'device' },
    { name: 'max-hops', short: 'm', long: 'max-hops', value: 'required' },
    { name: 'sim-queries', short: 'N', long: 'sim-queries', value: 'required' },
    { name: 'numeric', short: 'n' },
    { name: 'port', short: 'p', long: 'port', value: 'required' },
    { name: 'tos', short: 't', long: 'tos', value: 'required' },
    { name: 'flow', short: 'l', long: 'flowlabel', value: 'required', notEmulated: 'use IPv4' },
    { name: 'wait', short: 'w', long: 'wait', value: 'required' },
    { name: 'queries', short: 'q', long: 'queries', value: 'required' },
    { name: 'bypass', short: 'r', notEmulated: 'use -i' },
    { name: 'source', short: 's', long: 'source', value: 'required' },
    { name: 'sendwait', short: 'z', long: 'sendwait', value: 'required' },
    { name: 'extensions', short: 'e', long: 'extensions' },
    { name: 'as-path', short: 'A', long: 'as-path-lookups', notEmulated: 'no AS registry' },
    { name: 'module', short: 'M', long: 'module', value: 'required', completes: ['default', 'icmp', 'tcp', 'udp'] },
    { name: 'options', short: 'O', long: 'options', value: 'required', notEmulated: '' },
    { name: 'sport', long: 'sport', value: 'required' },
    { name: 'fwmark', long: 'fwmark', value: 'required' },
    { name: 'udp', short: 'U', long: 'udp' },
    { name: 'udplite', long: 'UL', notEmulated: 'use UDP' },
    { name: 'dccp', short: 'D', long: 'dccp', notEmulated: 'use UDP' },
    { name: 'protocol', short: 'P', long: 'protocol', value: 'required', notEmulated: 'use -I, -T or UDP' },
    { name: 'mtu', long: 'mtu', notEmulated: 'use tracepath' },
    { name: 'back', long: 'back', notEmulated: '' },
    { name: 'version', short: 'V', long: 'version' },
    { name: 'help', long: 'help' },
  ],
}

export type ProbeMethod = 'default' | 'icmp' | 'tcp' | 'udp'

export interface TracerouteOptions {
  readonly host: string
  readonly method: ProbeMethod
  readonly firstHop: number
  readonly maxHops: number
  readonly queries: number
  readonly simultaneous: number
  readonly numeric: boolean
  readonly port: number
  readonly packetLength: number
  readonly waitUs: number
  readonly hereFactor: number
  readonly nearFactor: number
  readonly sendWaitUs: number
  readonly source: string | null
  readonly device: string | null
  readonly tos: number
  readonly mark: number
  readonly sourcePort: number
  readonly dontFragment: boolean
}

/** The options, or traceroute's complaint. */
export function tracerouteOptions(parsed: ParsedOptions, argv: readonly string[]): TracerouteOptions | string {
  const method: ProbeMethod = parsed.has('icmp')
    ? 'icmp'
    : parsed.has('tcp')
      ? 'tcp'
      : parsed.has('udp')
        ? 'udp'
        : ((parsed.value('module') as ProbeMethod | null) ?? 'default')
  const unread = unreadNumber(parsed, argv)
  if (unread !== null) return unread
  const [waitText, hereText, nearText] = (parsed.value('wait') ?? '').split(',')
  const maxHops = parsed.number('max-hops', 30)
  const firstHop = parsed.number('first', 1)
  const queries = parsed.number('queries', 3)
  const length = Number(parsed.operands[1] ?? 60)
  if (firstHop < 1 || firstHop > maxHops) return 'first hop out of range'
  if (maxHops > 255) return 'max hops cannot be more than 255'
  if (!(queries >= 1 && queries <= 10)) return 'no more than 10 probes per hop'
  if (waitText !== undefined && waitText !== '' && !(Number(waitText) >= 0))
    return `bad wait specifications \`${waitText},${hereText ?? 0},${nearText ?? 0}' used`
  const sendWait = Number(parsed.value('sendwait') ?? 0)
  return {
    host: parsed.operands[0]!,
    method,
    firstHop,
    maxHops,
    queries,
    simultaneous: parsed.number('sim-queries', 16),
    numeric: parsed.has('numeric'),
    port: parsed.number('port', method === 'tcp' ? 80 : method === 'icmp' ? 1 : method === 'udp' ? 53 : 33_434),
    packetLength: Math.max(Number.isNaN(length) ? 60 : length, 28),
    waitUs: (waitText === undefined || waitText === '' ? 5 : Number(waitText)) * 1_000_000,
    hereFactor: hereText === undefined ? 3 : Number(hereText),
    nearFactor: nearText === undefined ? 10 : Number(nearText),
    sendWaitUs: sendWait > 10 ? sendWait * 1000 : sendWait * 1_000_000,
    source: parsed.value('source'),
    device: parsed.value('interface'),
    tos: parsed.number('tos', 0),
    mark: parsed.number('fwmark', 0),
    sourcePort: parsed.number('sport', 0),
    dontFragment: parsed.has('dont-fragment'),
  }
}
