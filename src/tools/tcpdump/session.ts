// What happens to each packet that passed the filter: counted, saved, printed.
import type { Process } from '../../node/process.js'
import type { CapturedPacket } from '../../wire/pcap.js'
import type { Names, PrintOptions } from './dissector.js'
import { NameBook, NUMERIC } from './names.js'
import type { Settings } from './options.js'
import { SaveFile, TextOutput } from './output.js'
import { PacketPrinter } from './packet-printer.js'

export class Session {
  count = 0
  /** Nobody reads the output any more. */
  isBroken = false
  readonly text: TextOutput
  private readonly file: SaveFile | null
  private readonly printer: PacketPrinter | null
  /** Prints for no one, to find the names that the real line will need; null under -n. */
  private readonly rehearsal: PacketPrinter | null
  private readonly book: NameBook | null

  /** Throws KernelError when the file of -w cannot be made. */
  constructor(
    private readonly proc: Process,
    private readonly settings: Settings,
    private readonly head: { readonly linkType: number; readonly snapLength: number },
  ) {
    const { given } = settings
    proc.trap('PIPE', () => {
      this.isBroken = true
    })
    const path = given.value('write')
    const immediate = given.has('packet-buffered') || given.has('line-buffered')
    this.text = new TextOutput(proc, immediate || proc.stdout.isTty)
    this.file = path === null ? null : new SaveFile(proc, path, given.has('packet-buffered'), head)
    const prints = (path === null || given.has('print')) && !given.has('count-only')
    this.book = prints && !given.has('numeric') ? new NameBook(proc, given.has('no-domain')) : null
    this.printer = prints ? this.printerWith(this.book ?? NUMERIC, given.has('absolute')) : null
    // Absolute numbers keep the rehearsal from remembering conversations.
    this.rehearsal = this.book === null ? null : this.printerWith(this.book, true)
  }

  /** Enough packets, or no one to show them to. */
  get isOver(): boolean {
    return this.isBroken || this.isFull
  }

  private get isFull(): boolean {
    return this.settings.limit > 0 && this.count >= this.settings.limit
  }

  async take(packet: CapturedPacket): Promise<void> {
    this.count++
    this.file?.write(packet)
    if (this.printer === null) return
    if (this.rehearsal !== null && this.book !== null) {
      this.rehearsal.print(packet, this.head.linkType)
      if (!this.book.isComplete) await this.book.lookUp()
    }
    this.text.write(this.printer.print(packet, this.head.linkType))
    await this.proc.drain()
  }

  finish(): void {
    this.text.flush()
    this.file?.flush()
  }

  private printerWith(names: Names, absolute: boolean): PacketPrinter {
    const { given, version, verbose, dump, times } = this.settings
    const quiet = given.has('quiet')
    const options: PrintOptions = {
      version,
      link: given.has('link'),
      verbose,
      quiet,
      noDefaultDump: quiet || dump.hex > 0 || dump.hexAscii > 0,
      absolute,
      trustChecksums: given.has('trust-checksums'),
      names,
      ifname: (ifindex) => this.proc.netns.deviceByIndex(ifindex)?.name ?? null,
    }
    return new PacketPrinter(options, dump, times, given.has('number'))
  }
}
