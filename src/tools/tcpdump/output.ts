// Where packets go: as text to standard output, as records to a file or a pipe, both buffered as the C library does it.
import { KernelError } from '../../kernel/errno.js'
import type { Process } from '../../node/process.js'
import { joinBytes } from '../../wire/bytes.js'
import { type CapturedPacket, pcapFileHeader, pcapRecord } from '../../wire/pcap.js'

/** Size of stdio's buffer for pipes and files. */
const BUFFER = 4096

export class TextOutput {
  private held = ''

  constructor(
    private readonly proc: Process,
    /** -l, -U or a terminal: nothing is held back. */
    private readonly immediate: boolean,
  ) {}

  write(text: string): void {
    this.held += text
    if (this.immediate || this.held.length >= BUFFER) this.flush()
  }

  flush(): void {
    if (this.held !== '') this.proc.out(this.held)
    this.held = ''
  }
}

export class SaveFile {
  private held: Uint8Array[] = []
  private heldBytes = 0

  /** Throws KernelError when the file cannot be made. `path` "-": standard output. */
  constructor(
    private readonly proc: Process,
    private readonly path: string,
    private readonly immediate: boolean,
    head: { readonly linkType: number; readonly snapLength: number },
  ) {
    if (path !== '-') proc.files.write(path, new Uint8Array(0))
    this.push(pcapFileHeader(head.linkType, head.snapLength))
  }

  write(packet: CapturedPacket): void {
    this.push(pcapRecord(packet))
  }

  private push(bytes: Uint8Array): void {
    this.held.push(bytes)
    this.heldBytes += bytes.length
    if (this.immediate || this.heldBytes >= BUFFER) this.flush()
  }

  flush(): void {
    if (this.heldBytes === 0) return
    const bytes = joinBytes(this.held)
    this.held = []
    this.heldBytes = 0
    if (this.path === '-') return this.proc.outBytes(bytes)
    try {
      this.proc.files.write(this.path, bytes, { append: true })
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      this.proc.error(`tcpdump: Unable to write output: ${error.message}`)
      this.proc.kill('TERM')
    }
  }
}
