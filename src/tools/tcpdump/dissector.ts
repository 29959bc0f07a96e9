// One packet on its way to text: the bytes that were captured, where they end, and the text so far.
import { formatIpv4, type Ipv4Address } from '../../addr/ipv4.js'
import { formatIpv6, type Ipv6Address } from '../../addr/ipv6.js'
import { formatMac } from '../../addr/mac.js'
import { get16, get32, getIpv4, getIpv6, getMac } from '../../wire/bytes.js'
import { addWords, foldSum } from '../../wire/checksum.js'

/** What -n, -N and the machine's files make of numbers. */
export interface Names {
  host(address: Ipv4Address): string
  host6(address: Ipv6Address): string
  port(protocol: 'tcp' | 'udp', port: number): string
  /** Null under -n and for numbers without a name. */
  protocol(proto: number): string | null
}

export interface PrintOptions {
  /** Of tcpdump: 4.02, 4.05, 4.09, 4.99. */
  readonly version: number
  /** -e */
  readonly link: boolean
  /** How many -v. */
  readonly verbose: number
  /** -q */
  readonly quiet: boolean
  /** -S */
  readonly absolute: boolean
  /** -x, -X and -q: the payload that no printer knows is not dumped on its own. */
  readonly noDefaultDump: boolean
  /** -K */
  readonly trustChecksums: boolean
  readonly names: Names
  ifname(ifindex: number): string | null
}

/** Sequence numbers of one TCP conversation, from its first packets on. */
export interface Conversation {
  seq: number
  ack: number
}

/** Printers that call each other in circles reach one another through this table. */
export interface Printers {
  ethernet(d: Dissector, at: number, length: number): number
  /** False when nobody knows the type; nothing is printed then. */
  ethertype(d: Dissector, type: number, at: number, length: number): boolean
  ip(d: Dissector, at: number, length: number): void
  ip6(d: Dissector, at: number, length: number): void
  transport(d: Dissector, payload: TransportPayload): void
}

/** What an IP header hands on. */
export interface TransportPayload {
  readonly proto: number
  readonly at: number
  readonly length: number
  /** Where the IP header stands: 4 or 6 is in its first nibble. */
  readonly ipAt: number
  readonly fragmented: boolean
  readonly hopLimit: number
}

class TruncatedPacket extends Error {}

/** Thrown by reads past the captured bytes; caught where the packet's line is finished. */
export const TRUNCATED = new TruncatedPacket('packet truncated')

export class Dissector {
  text = ''
  /** Behind the last byte that may be read: the capture's end, or the end of the layer being printed. */
  end: number
  /** Name for the "[|tcp]" of a packet that ends too early. */
  protocol = ''

  constructor(
    readonly bytes: Uint8Array,
    readonly options: PrintOptions,
    readonly printers: Printers,
    readonly conversations: Map<string, Conversation>,
  ) {
    this.end = bytes.length
  }

  get verbose(): number {
    return this.options.verbose
  }

  since(version: number): boolean {
    return this.options.version >= version
  }

  print(text: string): void {
    this.text += text
  }

  truncated(): void {
    this.text += this.since(4.99) ? ` [|${this.protocol}]` : `[|${this.protocol}]`
  }

  invalid(): void {
    this.text += ' (invalid)'
  }

  has(at: number, length: number): boolean {
    return at + length <= this.end
  }

  need(at: number, length: number): void {
    if (at + length > this.end) throw TRUNCATED
  }

  /** Captured bytes from `at` on. */
  available(at: number): number {
    return Math.max(0, this.end - at)
  }

  u8(at: number): number {
    this.need(at, 1)
    return this.bytes[at]!
  }

  u16(at: number): number {
    this.need(at, 2)
    return get16(this.bytes, at)
  }

  u24(at: number): number {
    this.need(at, 3)
    return get32(this.bytes, at - 1) & 0xffffff
  }

  u32(at: number): number {
    this.need(at, 4)
    return get32(this.bytes, at)
  }

  mac(at: number): string {
    this.need(at, 6)
    return formatMac(getMac(this.bytes, at))
  }

  ip(at: number): string {
    this.need(at, 4)
    return this.options.names.host(getIpv4(this.bytes, at))
  }

  ip6(at: number): string {
    this.need(at, 16)
    return this.options.names.host6(getIpv6(this.bytes, at))
  }

  hex(at: number, length: number, separator = ''): string {
    this.need(at, length)
    let text = ''
    for (let i = at; i < at + length; i++) text += (i > at ? separator : '') + this.bytes[i]!.toString(16).padStart(2, '0')
    return text
  }

  /** Runs `inner` with the end moved in to `end`; a truncation leaves it there, the whole line ends anyway. */
  within(end: number, inner: () => void): void {
    const saved = this.end
    this.end = Math.min(saved, end)
    inner()
    this.end = saved
  }

  /** Checksum over captured bytes: 0 when the checksum in them is right. */
  checksum(at: number, length: number, pseudo = 0): number {
    return foldSum(addWords(this.bytes, at, at + length, pseudo))
  }

  /** One byte as text: ^X for control characters, M- before those over 127. */
  char(byte: number): void {
    this.text += printableChar(byte)
  }

  /** `length` bytes as text; false when the capture ends before. */
  chars(at: number, length: number, end = this.end): boolean {
    let i = at
    for (; i < at + length && i < end; i++) this.char(this.u8(i))
    return i === at + length
  }

  /** A text up to its NUL; the bytes it took with the NUL, 0 when there is none. */
  zeroText(at: number, length: number): number {
    for (let i = 0; i < length && at + i < this.end; i++) {
      const byte = this.u8(at + i)
      if (byte === 0) return i + 1
      this.char(byte)
    }
    return 0
  }
}

/** What the wrong checksum `given` should have been, when the sum over all of it came to `computed`. */
export function rightChecksum(given: number, computed: number): number {
  let sum = given + computed
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16)
  return sum
}

export function printableChar(byte: number): string {
  const low = byte & 0x7f
  const prefix = byte > 0x7f ? 'M-' : ''
  return low < 0x20 || low === 0x7f ? `${prefix}^${String.fromCharCode(low ^ 0x40)}` : prefix + String.fromCharCode(low)
}

/** Names of the bits that are set, in the table's order. */
export function bitNames(table: readonly (readonly [number, string])[], value: number, none: string, separator = ', '): string {
  const names: string[] = []
  for (const [bit, name] of table) if ((value & bit) === bit) names.push(name)
  return names.length === 0 ? none : names.join(separator)
}

/** 3661 -> 1h1m1s */
export function relativeTime(seconds: number): string {
  if (seconds === 0) return '0s'
  let rest = seconds
  let text = ''
  for (const [unit, size] of [
    ['y', 31536000],
    ['w', 604800],
    ['d', 86400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    if (rest < size) continue
    text += `${Math.floor(rest / size)}${unit}`
    rest %= size
  }
  return text
}

/** RFC 5952, with the dotted end of addresses that hold an IPv4 address, as inet_ntop prints it. */
export function ipv6Text(address: Ipv6Address): string {
  const high = address >> 32n
  const low = Number(address & 0xffffffffn) | 0
  if (high === 0xffffn) return `::ffff:${formatIpv4(low)}`
  if (high === 0n && low >>> 16 !== 0) return `::${formatIpv4(low)}`
  return formatIpv6(address)
}
