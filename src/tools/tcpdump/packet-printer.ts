// One line (or several) for every packet: number, time, headers by link type, and the dump that was asked for.
import { type CapturedPacket, DLT_RAW, LINKTYPE_EN10MB, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2, LINKTYPE_RAW } from '../../wire/pcap.js'
import { type Conversation, Dissector, type Printers, type PrintOptions, TRUNCATED } from './dissector.js'
import { asciiDump, hexAsciiDump, hexDump } from './hexdump.js'
import { printEthernet, printEthertype } from './print/ethernet.js'
import { printIp, printRawIp } from './print/ip.js'
import { printIp6 } from './print/ip6.js'
import { printSll, printSll2 } from './print/sll.js'
import { printTransport } from './print/transport.js'
import { TimePrinter, type TimeStyle } from './time.js'

const PRINTERS: Printers = {
  ethernet: printEthernet,
  ethertype: printEthertype,
  ip: printIp,
  ip6: printIp6,
  transport: printTransport,
}

/** Each returns the length of the link header, which the short dumps leave out. */
const LINK_PRINTERS: Readonly<Record<number, (d: Dissector, at: number, length: number) => number>> = {
  [LINKTYPE_EN10MB]: printEthernet,
  [LINKTYPE_LINUX_SLL]: printSll,
  [LINKTYPE_LINUX_SLL2]: printSll2,
  [LINKTYPE_RAW]: printRaw,
  [DLT_RAW]: printRaw,
}

export function canPrint(linkType: number): boolean {
  return LINK_PRINTERS[linkType] !== undefined
}

function printRaw(d: Dissector, at: number, length: number): number {
  if (d.options.link) d.print('ip: ')
  printRawIp(d, at, length)
  return 0
}

export interface DumpOptions {
  /** -x, -xx */
  readonly hex: 0 | 1 | 2
  /** -X, -XX */
  readonly hexAscii: 0 | 1 | 2
  /** -A, -AA */
  readonly ascii: 0 | 1 | 2
}

export class PacketPrinter {
  private readonly conversations = new Map<string, Conversation>()
  private readonly times: TimePrinter
  private count = 0

  constructor(
    private readonly options: PrintOptions,
    private readonly dump: DumpOptions,
    times: TimeStyle,
    private readonly numbered: boolean,
  ) {
    this.times = new TimePrinter(times, options.version >= 4.09)
  }

  /** The packet's text with its last line end. */
  print(packet: CapturedPacket, linkType: number): string {
    this.count++
    const number = this.numbered ? `${String(this.count).padStart(5)}  ` : ''
    const invalid = invalidHeader(packet)
    if (invalid !== null) return `${number}${invalid}\n`
    const d = new Dissector(packet.bytes, this.options, PRINTERS, this.conversations)
    d.print(number + this.times.print(packet.timeUs))
    let header = 0
    try {
      header = LINK_PRINTERS[linkType]!(d, 0, packet.originalLength)
    } catch (error) {
      if (error !== TRUNCATED) throw error
      d.truncated()
    }
    d.end = packet.bytes.length
    this.printDump(d, header)
    return `${d.text}\n`
  }

  private printDump(d: Dissector, header: number): void {
    const { hex, hexAscii, ascii } = this.dump
    const level = hexAscii || hex || ascii
    if (level === 0) return
    const from = level > 1 ? 0 : header
    const length = d.bytes.length - from
    if (length <= 0) return
    if (hexAscii > 0) hexAsciiDump(d, '\n\t', from, length)
    else if (hex > 0) hexDump(d, '\n\t', from, length)
    else asciiDump(d, from, length)
  }
}

/** Lengths that cannot be; null when all is well. */
function invalidHeader(packet: CapturedPacket): string | null {
  const { originalLength, bytes } = packet
  const faults: string[] = []
  if (bytes.length === 0) faults.push('caplen==0')
  if (originalLength === 0) faults.push('len==0')
  else if (originalLength < bytes.length) faults.push(`len(${originalLength}) < caplen(${bytes.length})`)
  if (originalLength > 262144) faults.push(`len(${originalLength}) > 262144`)
  return faults.length === 0 ? null : `[Invalid header: ${faults.join(', ')}]`
}
