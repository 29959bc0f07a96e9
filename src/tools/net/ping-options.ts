// What ping (iputils, three generations) is asked to do.
import type { GetoptGrammar } from '../../grammar/getopt.js'
import { getoptMessage, parseOptions } from '../../grammar/getopt.js'
import type { MtuDiscover } from '../../kernel/socket.js'
import type { Version } from '../../node/image.js'
import { atLeast } from '../../node/image.js'
import type { Process } from '../../node/process.js'
import { parseSeconds } from './number.js'

export interface PingOptions {
  readonly version: Version
  readonly target: string
  readonly count: number | null
  readonly intervalMs: number
  readonly size: number
  readonly ttl: number | null
  readonly deadlineSeconds: number | null
  readonly lingerMs: number
  readonly source: string | null
  readonly numeric: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly flood: boolean
  readonly adaptive: boolean
  readonly audible: boolean
  readonly timestamps: boolean
  readonly outstanding: boolean
  readonly broadcast: boolean
  readonly mtuDiscover: MtuDiscover | null
  readonly mark: number
  readonly tos: number
  readonly pattern: readonly number[] | null
  readonly patternText: string
  readonly preload: number
  readonly family: 4 | 6 | null
  /** -B: the source stays, and is told. */
  readonly sticky: boolean
  /** Said before anything else. */
  readonly warnings: readonly string[]
  readonly id: number | null
}

export const pingGrammar: GetoptGrammar = {
  options: [
    { name: 'audible', short: 'a' },
    { name: 'adaptive', short: 'A' },
    { name: 'broadcast', short: 'b' },
    { name: 'sticky', short: 'B' },
    { name: 'count', short: 'c', value: 'required' },
    { name: 'connect', short: 'C' },
    { name: 'timestamps', short: 'D' },
    { name: 'debug', short: 'd' },
    { name: 'identifier', short: 'e', value: 'required' },
    { name: 'flood', short: 'f' },
    { name: 'flowlabel', short: 'F', value: 'required', notEmulated: 'IPv6 flow labels are not kept' },
    { name: 'help', short: 'h' },
    { name: 'interval', short: 'i', value: 'required' },
    { name: 'source', short: 'I', value: 'required', completes: 'device' },
    { name: 'preload', short: 'l', value: 'required' },
    { name: 'noloop', short: 'L' },
    { name: 'mark', short: 'm', value: 'required' },
    { name: 'pmtudisc', short: 'M', value: 'required', completes: ['do', 'dont', 'want'] },
    { name: 'numeric', short: 'n' },
    { name: 'nodeinfo', short: 'N', value: 'required', notEmulated: 'IPv6 node information queries' },
    { name: 'outstanding', short: 'O' },
    { name: 'pattern', short: 'p', value: 'required' },
    { name: 'quiet', short: 'q' },
    { name: 'tos', short: 'Q', value: 'required' },
    { name: 'bypass', short: 'r', notEmulated: 'give the device with -I' },
    { name: 'record', short: 'R', notEmulated: 'use traceroute' },
    { name: 'size', short: 's', value: 'required' },
    { name: 'sndbuf', short: 'S', value: 'required' },
    { name: 'ttl', short: 't', value: 'required' },
    { name: 'timestamp', short: 'T', value: 'required', notEmulated: 'IP timestamp options are not filled in' },
    { name: 'latency', short: 'U' },
    { name: 'verbose', short: 'v' },
    { name: 'version', short: 'V' },
    { name: 'deadline', short: 'w', value: 'required' },
    { name: 'linger', short: 'W', value: 'required' },
    { name: 'ipv4', short: '4' },
    { name: 'ipv6', short: '6' },
  ],
}

export const PING_USAGE = `
Usage
  ping [options] <destination>

Options:
  -a  beep at each reply               -A  send the next as soon as a reply came
  -b  allow a broadcast address        -B  keep the first source address
  -c <count>  stop after that many     -C  connect the socket
  -d  SO_DEBUG                         -D  time before each line
  -e <identifier>  of the echoes       -f  flood: as fast as replies come
  -h  this text                        -i <seconds>  between echoes
  -I <device or address>  to send from -l <count>  echoes sent at once
  -L  no loop of multicasts            -m <mark>  of the packets
  -M <do|dont|want>  fragmentation     -n  no names
  -O  report what is not answered yet  -p <hex>  filling of the data
  -q  summary only                     -Q <tos>
  -r  bypass routing                   -s <bytes>  of data
  -S <bytes>  send buffer              -t <ttl>
  -U  user-to-user latency             -v  more words
  -V  version                          -w <seconds>  until the end
  -W <seconds>  to wait for a reply
  -4  IPv4: -R record route, -T <timestamp>
  -6  IPv6: -F <flowlabel>, -N <nodeinfo>
`

/** What iputils of distributions was built with: the second line of -V. */
export const BUILT_WITH = 'libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes'

/** What went wrong and the exit code; `text` goes to standard error. */
export interface OptionFailure {
  readonly text: string
  readonly exitCode: number
}

class BadValue extends Error {
  constructor(
    text: string,
    readonly exitCode = 1,
  ) {
    super(text)
  }
}

/** Null after help or version (already printed). */
export function parsePing(proc: Process): PingOptions | OptionFailure | null {
  const parsed = parseOptions(pingGrammar, proc.argv.slice(1))
  const name = proc.name
  if (parsed.problem !== null) {
    const text = getoptMessage(name, parsed.problem)
    return parsed.problem.kind === 'not-emulated' ? { text, exitCode: 126 } : { text: `${text}\n${PING_USAGE}`.trimEnd(), exitCode: 2 }
  }
  if (parsed.has('help')) return { text: PING_USAGE.trimEnd(), exitCode: 2 }
  const version = proc.machine.image.tool('iputils')
  if (parsed.has('version')) {
    proc.line(
      `${name} ${atLeast(version, '20180629') ? 'from iputils' : 'utility, iputils-s'}${atLeast(version, '20180629') ? ' ' : ''}${version}`,
    )
    if (atLeast(version, '20210202')) proc.line(BUILT_WITH)
    return null
  }
  if (parsed.operands.length === 0) return { text: `${name}: usage error: Destination address required`, exitCode: 1 }
  if (parsed.operands.length > 1) return { text: `${name}: record route: Operation not permitted`, exitCode: 2 }
  try {
    return optionsOf(parsed, version)
  } catch (error) {
    if (error instanceof BadValue) return { text: `${name}: ${error.message}`, exitCode: error.exitCode }
    throw error
  }
}

function optionsOf(parsed: ReturnType<typeof parseOptions>, version: Version): PingOptions {
  const warnings: string[] = []
  const integer = (name: string, low: number, high: number): number | null => {
    const text = parsed.value(name)
    return text === null ? null : checkedInteger(text, low, high)
  }
  const seconds = (name: string, complaint: string): number | null => {
    const text = parsed.value(name)
    return text === null ? null : secondsOf(text, { complaint, version, warnings })
  }
  const flood = parsed.has('flood')
  const pattern = parsed.value('pattern')
  const discover = parsed.value('pmtudisc')
  if (discover !== null && !['do', 'dont', 'want', 'probe'].includes(discover)) throw new BadValue(`invalid -M argument: ${discover}`, 2)
  if (pattern !== null && !/^[0-9a-f]+$/i.test(pattern)) throw new BadValue(`patterns must be specified as hex digits: ${pattern}`, 2)
  return {
    version,
    target: parsed.operands[0]!,
    count: countOf(parsed.value('count'), version),
    intervalMs: intervalOf(seconds('interval', 'bad timing interval'), flood || parsed.has('adaptive')),
    size: integer('size', 0, 2_147_483_647) ?? 56,
    ttl: integer('ttl', 0, 255),
    deadlineSeconds: integer('deadline', 0, 2_147_483_647),
    lingerMs: lingerOf(seconds('linger', 'bad linger time')),
    source: parsed.value('source'),
    numeric: parsed.has('numeric'),
    quiet: parsed.has('quiet'),
    verbose: parsed.has('verbose'),
    flood,
    adaptive: parsed.has('adaptive'),
    audible: parsed.has('audible'),
    timestamps: parsed.has('timestamps'),
    outstanding: parsed.has('outstanding'),
    broadcast: parsed.has('broadcast'),
    mtuDiscover: discover as MtuDiscover | null,
    mark: integer('mark', 0, 4_294_967_295) ?? 0,
    tos: tosOf(parsed.value('tos')),
    pattern: pattern === null ? null : patternBytes(pattern),
    patternText: pattern ?? '',
    preload: integer('preload', 1, 65_536) ?? 1,
    family: parsed.has('ipv6') ? 6 : parsed.has('ipv4') ? 4 : null,
    id: integer('identifier', 0, 65_535),
    sticky: parsed.has('sticky'),
    warnings,
  }
}

function countOf(text: string | null, version: Version): number | null {
  if (text === null) return null
  if (!atLeast(version, '20190709') && !(Number.parseInt(text, 10) > 0)) throw new BadValue('bad number of packets to transmit.', 2)
  return checkedInteger(text, 1, Number.MAX_SAFE_INTEGER)
}

function checkedInteger(text: string, low: number, high: number): number {
  if (!/^[+-]?(0x[0-9a-f]+|\d+)$/i.test(text)) throw new BadValue(`invalid argument: '${text}'`)
  const value = Number(text)
  const top = high === Number.MAX_SAFE_INTEGER ? '9223372036854775807' : String(high)
  if (value < low || value > high) throw new BadValue(`invalid argument: '${text}': out of range: ${low} <= value <= ${top}`)
  return value
}

/** ping_strtod of 2016 and later takes what it can read and warns. */
function secondsOf(text: string, { complaint, version, warnings }: { complaint: string; version: Version; warnings: string[] }): number {
  const seconds = parseSeconds(text)
  if (seconds !== null && (seconds >= 0 || atLeast(version, '20161105'))) return seconds
  if (!atLeast(version, '20161105')) throw new BadValue(`${complaint}: ${text}`, 2)
  warnings.push(
    `option argument contains garbage: ${/^[+-]?\d*\.?\d*(.*)$/.exec(text)?.[1] ?? text}`,
    'this will become fatal error in the future',
  )
  return Number.parseFloat(text) || 0
}

function intervalOf(seconds: number | null, isFast: boolean): number {
  if (seconds === null) return isFast ? 0 : 1000
  return Math.max(Math.round(seconds * 1000), 0)
}

function lingerOf(seconds: number | null): number {
  if (seconds !== null && seconds < 0) throw new BadValue(`bad linger time: ${seconds}`, 2)
  return seconds === null ? 10_000 : Math.max(Math.round(seconds * 1000), 1)
}

function tosOf(text: string | null): number {
  if (text === null) return 0
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text)) throw new BadValue(`bad TOS value: ${text}`, 2)
  const value = Number(text)
  if (value > 255) throw new BadValue(`the decimal value of TOS bits must be in range 0-255: ${text}`, 2)
  return value
}

function patternBytes(text: string): number[] {
  const even = text.length % 2 === 0 ? text : `${text.slice(0, -1)}0${text.slice(-1)}`
  return (even.match(/../g) ?? []).slice(0, 16).map((pair) => Number.parseInt(pair, 16))
}
