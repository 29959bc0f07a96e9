// conntrack's options: read, checked, and turned into a question about connections.

import { maskOf, parseIpv4 } from '../../addr/ipv4.js'
import { ownOf } from '../../grammar/own-of.js'
import { parseUnsigned } from '../../kernel/netfilter/arguments.js'
import type { Connection, TcpState } from '../../kernel/netfilter/connection.js'
import {
  IPS_ASSURED,
  IPS_DST_NAT,
  IPS_DST_NAT_DONE,
  IPS_FIXED_TIMEOUT,
  IPS_SEEN_REPLY,
  IPS_SRC_NAT,
  IPS_SRC_NAT_DONE,
} from '../../kernel/netfilter/connection.js'
import type { CtEvent } from '../../kernel/netfilter/conntrack.js'
import { PROTO_ICMP } from '../../wire/ipv4.js'
import type { OutputFormat } from './entry-text.js'
import { ctProtocolNumber, PLAIN } from './entry-text.js'

export type CtCommand = 'L' | 'G' | 'D' | 'I' | 'U' | 'E' | 'F' | 'C' | 'S'
type Table = 'conntrack' | 'expect' | 'dying' | 'unconfirmed'

/** Wrong usage: exit 2 and "Try ...". */
export class CtUsageError extends Error {}

interface Network {
  readonly address: number
  readonly mask: number
}

const COMMANDS: Record<string, CtCommand> = {
  '-L': 'L',
  '--list': 'L',
  '-G': 'G',
  '--get': 'G',
  '-D': 'D',
  '--delete': 'D',
  '-I': 'I',
  '--create': 'I',
  '-U': 'U',
  '--update': 'U',
  '-E': 'E',
  '--event': 'E',
  '-F': 'F',
  '--flush': 'F',
  '-C': 'C',
  '--count': 'C',
  '-S': 'S',
  '--stats': 'S',
}

const SHORT: Record<string, string> = {
  s: 'src',
  d: 'dst',
  r: 'reply-src',
  q: 'reply-dst',
  p: 'protonum',
  f: 'family',
  t: 'timeout',
  u: 'status',
  m: 'mark',
  n: 'src-nat',
  g: 'dst-nat',
  j: 'any-nat',
  w: 'zone',
  e: 'event-mask',
  o: 'output',
  z: 'zero',
  b: 'buffer-size',
  h: 'help',
  V: 'version',
  l: 'label',
}

/** Long names that mean another. */
const ALIASES: Record<string, string> = {
  'orig-src': 'src',
  'orig-dst': 'dst',
  proto: 'protonum',
  'orig-port-src': 'sport',
  'orig-port-dst': 'dport',
  'source-port': 'sport',
  'destination-port': 'dport',
}

const TAKES_VALUE = new Set([
  'src',
  'dst',
  'reply-src',
  'reply-dst',
  'protonum',
  'family',
  'timeout',
  'status',
  'mark',
  'zone',
  'orig-zone',
  'reply-zone',
  'event-mask',
  'output',
  'buffer-size',
  'label',
  'mask-src',
  'mask-dst',
])
const OPTIONAL_VALUE = new Set(['src-nat', 'dst-nat', 'any-nat'])
const FLAGS = new Set(['zero', 'help', 'version'])
const PORT_OPTIONS = new Set(['sport', 'dport', 'reply-port-src', 'reply-port-dst'])
const ICMP_OPTIONS = new Set(['icmp-type', 'icmp-code', 'icmp-id'])
const EVENT_NAMES: Record<string, CtEvent> = { NEW: 'NEW', UPDATES: 'UPDATE', DESTROY: 'DESTROY' }
const STATES = ['NONE', 'SYN_SENT', 'SYN_RECV', 'ESTABLISHED', 'FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE', 'SYN_SENT2']

/** Options that pick out entries: nothing for commands that take the whole table. */
const SELECTING: ReadonlySet<string> = new Set([
  'src',
  'dst',
  'reply-src',
  'reply-dst',
  'protonum',
  'timeout',
  'status',
  'mark',
  'event-mask',
  'src-nat',
  'dst-nat',
  'any-nat',
  'zone',
])

/** Options that may not stand with a command. */
const ILLEGAL: Partial<Record<CtCommand, ReadonlySet<string>>> = {
  L: new Set(['event-mask', 'timeout']),
  D: new Set(['event-mask', 'timeout', 'zero']),
  F: SELECTING,
  C: SELECTING,
}

export class CtCommandLine {
  command: CtCommand | null = null
  table: Table = 'conntrack'
  readonly values = new Map<string, string>()
  events: ReadonlySet<CtEvent> | null = null
  format: OutputFormat = PLAIN
  private at = 0

  constructor(private readonly words: readonly string[]) {}

  parse(): void {
    while (this.at < this.words.length) this.word(this.words[this.at++]!)
    const { command } = this
    for (const name of this.values.keys()) {
      const illegal = command === null ? name !== 'help' && name !== 'version' : ILLEGAL[command]?.has(name) === true
      if (illegal) throw new CtUsageError(`Illegal option \`--${name}' with this command`)
    }
    this.check()
  }

  has(name: string): boolean {
    return this.values.has(name)
  }

  /** Does the connection answer the question? */
  matches(connection: Connection): boolean {
    const { original, reply, zone } = connection
    const { values } = this
    if (values.get('family') === 'ipv6') return false
    if (!this.sameProtocol(original.proto)) return false
    if (!this.inNetwork('src', original.src, 'mask-src') || !this.inNetwork('dst', original.dst, 'mask-dst')) return false
    if (!this.inNetwork('reply-src', reply.src, null) || !this.inNetwork('reply-dst', reply.dst, null)) return false
    if (!this.samePort('sport', original.srcPort) || !this.samePort('dport', original.dstPort)) return false
    if (!this.samePort('reply-port-src', reply.srcPort) || !this.samePort('reply-port-dst', reply.dstPort)) return false
    if (!this.samePort('icmp-id', original.srcPort) || !this.samePort('icmp-type', original.dstPort >> 8)) return false
    if (!this.samePort('icmp-code', original.dstPort & 0xff)) return false
    if (!this.samePort('zone', zone.original) || !this.samePort('orig-zone', zone.original) || !this.samePort('reply-zone', zone.reply))
      return false
    if (values.has('state') && connection.tcp?.state !== values.get('state')!.toUpperCase()) return false
    return this.sameMark(connection.mark) && this.sameStatus(connection) && this.sameNat(connection)
  }

  network(name: string): Network | null {
    const text = this.values.get(name)
    if (text === undefined || text === '') return null
    return parseNetwork(text)
  }

  number(name: string): number | null {
    const text = this.values.get(name)
    return text === undefined ? null : (parseUnsigned(text.split('/')[0]!) ?? 0)
  }

  get state(): TcpState {
    return (this.values.get('state')?.toUpperCase() ?? 'NONE') as TcpState
  }

  /** Bits that -u names. */
  get statusBits(): number {
    return statusBits(this.values.get('status') ?? '')
  }

  private word(word: string): void {
    const command = ownOf(COMMANDS, word) ?? ownOf(COMMANDS, word.slice(0, 2))
    if (command !== undefined && (ownOf(COMMANDS, word) !== undefined || !word.startsWith('--'))) return this.commandWord(command, word)
    if (!word.startsWith('-')) return this.tableWord(word)
    if (word.startsWith('--')) {
      const equals = word.indexOf('=')
      const name = word.slice(2, equals < 0 ? undefined : equals)
      return this.option(ownOf(ALIASES, name) ?? name, equals < 0 ? null : word.slice(equals + 1), word)
    }
    const name = ownOf(SHORT, word[1]!)
    if (name === undefined) throw new CtUsageError(`unknown option \`${word}'`)
    this.option(name, word.length > 2 ? word.slice(2) : null, word.slice(0, 2))
  }

  private commandWord(command: CtCommand, word: string): void {
    if (this.command !== null) throw new CtUsageError('Invalid commands combination')
    this.command = command
    if (word.length > 2 && !word.startsWith('--')) this.tableWord(word.slice(2))
    const next = this.words[this.at]
    if (next !== undefined && !next.startsWith('-')) this.tableWord(this.words[this.at++]!)
  }

  private tableWord(word: string): void {
    if (word !== 'conntrack' && word !== 'expect' && word !== 'dying' && word !== 'unconfirmed')
      throw new CtUsageError(`unknown type \`${word}'`)
    this.table = word
  }

  private option(name: string, attached: string | null, word: string): void {
    if (FLAGS.has(name)) {
      this.values.set(name, '')
      return
    }
    if (OPTIONAL_VALUE.has(name)) {
      const next = this.words[this.at]
      const value = attached ?? (next !== undefined && !next.startsWith('-') ? this.words[this.at++]! : '')
      this.values.set(name, value)
      return
    }
    if (!TAKES_VALUE.has(name) && !this.isProtocolOption(name)) throw new CtUsageError(`unknown option \`${word}'`)
    const value = attached ?? this.words[this.at++]
    if (value === undefined) throw new CtUsageError(`option \`${word}' requires an argument`)
    this.take(name, value)
  }

  /** Ports, states and ICMP numbers exist once -p has named a protocol that has them. */
  private isProtocolOption(name: string): boolean {
    const proto = this.values.get('protonum')
    if (proto === undefined) return false
    if (name === 'state') return proto === 'tcp'
    if (ICMP_OPTIONS.has(name)) return proto === 'icmp'
    return PORT_OPTIONS.has(name) && proto !== 'icmp'
  }

  private take(name: string, value: string): void {
    switch (name) {
      case 'protonum':
        if (ctProtocolNumber(value.toLowerCase()) === null && value !== 'icmpv6') throw new CtUsageError(`\`${value}' unsupported protocol`)
        break
      case 'family':
        if (value !== 'ipv4' && value !== 'ipv6') throw new CtUsageError(`\`${value}' unsupported protocol`)
        break
      case 'src':
      case 'dst':
      case 'reply-src':
      case 'reply-dst':
        parseNetwork(value)
        break
      case 'status':
        statusBits(value)
        break
      case 'event-mask':
        this.events = new Set(value.split(',').flatMap((word) => eventsOf(word)))
        break
      case 'output':
        this.format = formatOf(value)
        break
      case 'state':
        if (!STATES.includes(value.toUpperCase())) throw new CtUsageError(`unknown state \`${value}'`)
        break
      default:
        break
    }
    this.values.set(name, value)
  }

  private check(): void {
    if (this.command !== 'I') return
    for (const name of ['timeout', 'src', 'dst', 'protonum']) {
      const isReply = (name === 'src' || name === 'dst') && this.has(`reply-${name === 'src' ? 'dst' : 'src'}`)
      if (!this.has(name) && !isReply) throw new CtUsageError(`You need to supply the \`--${name}' option for this command`)
    }
  }

  private sameProtocol(proto: number): boolean {
    const text = this.values.get('protonum')
    return text === undefined || ctProtocolNumber(text.toLowerCase()) === proto
  }

  private inNetwork(name: string, address: number, maskName: string | null): boolean {
    const network = this.network(name)
    if (network === null) return true
    const given = maskName === null ? undefined : this.values.get(maskName)
    const mask = given === undefined ? network.mask : (parseIpv4(given) ?? network.mask)
    return ((address ^ network.address) & mask) === 0
  }

  private samePort(name: string, value: number): boolean {
    const wanted = this.number(name)
    return wanted === null || wanted === value
  }

  private sameMark(mark: number): boolean {
    const text = this.values.get('mark')
    if (text === undefined) return true
    const [value, mask] = text.split('/')
    return (mark & (parseUnsigned(mask ?? '') ?? 0xffffffff)) >>> 0 === (parseUnsigned(value!) ?? 0)
  }

  private sameStatus(connection: Connection): boolean {
    const text = this.values.get('status')
    if (text === undefined) return true
    return text.split(',').every((word) => {
      if (word.toUpperCase() === 'UNSET' || word.toUpperCase() === 'UNREPLIED') return !connection.has(IPS_SEEN_REPLY)
      return connection.has(statusBits(word))
    })
  }

  private sameNat(connection: Connection): boolean {
    const source = this.isTranslated(connection, IPS_SRC_NAT, IPS_SRC_NAT_DONE)
    const destination = this.isTranslated(connection, IPS_DST_NAT, IPS_DST_NAT_DONE)
    const isTo = (name: string, address: number): boolean => {
      const network = this.network(name)
      return network === null || ((address ^ network.address) & network.mask) === 0
    }
    if (this.has('src-nat') && !(source && isTo('src-nat', connection.reply.dst))) return false
    if (this.has('dst-nat') && !(destination && isTo('dst-nat', connection.reply.src))) return false
    if (!this.has('any-nat')) return true
    return (source && isTo('any-nat', connection.reply.dst)) || (destination && isTo('any-nat', connection.reply.src))
  }

  /**
   * The tool compares ports: of an echo it takes the identifier for one and the reply's type for the other, and sees a translation
   * wherever the NAT hooks are in place.
   */
  private isTranslated(connection: Connection, bit: number, done: number): boolean {
    const isAsked = ['src-nat', 'dst-nat', 'any-nat'].some((name) => this.network(name) !== null)
    if (connection.original.proto === PROTO_ICMP && !isAsked) return connection.has(done)
    return connection.has(bit)
  }
}

function parseNetwork(text: string): Network {
  const [addressText = '', lengthText] = text.split('/')
  const address = parseIpv4(addressText)
  const length = lengthText === undefined ? 32 : Number(lengthText)
  if (address === null || !Number.isInteger(length) || length < 0 || length > 32)
    throw new CtUsageError(`Invalid IP address \`${addressText}'`)
  return { address, mask: maskOf(length) }
}

function statusBits(text: string): number {
  let bits = 0
  for (const word of text === '' ? [] : text.toUpperCase().split(',')) {
    if (word === 'ASSURED') bits |= IPS_ASSURED
    else if (word === 'SEEN_REPLY') bits |= IPS_SEEN_REPLY
    else if (word === 'FIXED_TIMEOUT') bits |= IPS_FIXED_TIMEOUT
    else if (word !== 'UNSET' && word !== 'UNREPLIED' && word !== 'CONFIRMED' && word !== 'EXPECTED')
      throw new CtUsageError(`Bad parameter \`${text}'`)
  }
  return bits
}

function eventsOf(word: string): CtEvent[] {
  if (word.toUpperCase() === 'ALL') return ['NEW', 'UPDATE', 'DESTROY']
  const event = ownOf(EVENT_NAMES, word.toUpperCase())
  if (event === undefined) throw new CtUsageError(`Bad parameter \`${word}'`)
  return [event]
}

function formatOf(text: string): OutputFormat {
  const format = { ...PLAIN } as { -readonly [K in keyof OutputFormat]: boolean }
  for (const word of text.split(',')) {
    if (word === 'extended' || word === 'id' || word === 'timestamp' || word === 'ktimestamp' || word === 'xml') format[word] = true
    else if (word !== 'labels' && word !== 'userspace' && word !== 'save') throw new CtUsageError(`Bad parameter \`${word}'`)
  }
  return format
}
