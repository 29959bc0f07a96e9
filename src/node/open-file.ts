// An open file description: what a file descriptor points to, shared by all processes that inherited it, closed by the last.

import { KernelError } from '../kernel/errno.js'
import type { Chunk } from './chunk.js'
import { toText } from './chunk.js'
import type { FileContext, LiveFile, RegularFile } from './inode.js'
import { ChunkQueue, type InputSource, nullOutput, type OutputStream, Pipe, TextSource } from './stream.js'

export class OpenFile {
  private references = 1
  constructor(
    readonly source: InputSource | null,
    readonly output: OutputStream | null,
    private readonly onClose: (() => void) | null = null,
    /** What /proc/PID/fd shows. */
    readonly label = 'pipe',
  ) {}

  get isTty(): boolean {
    return this.source?.isTty ?? this.output?.isTty ?? false
  }

  dup(): OpenFile {
    this.references++
    return this
  }

  close(): void {
    this.references--
    if (this.references === 0) this.onClose?.()
  }
}

export function pipeReadEnd(pipe: Pipe): OpenFile {
  return new OpenFile(pipe, null, () => pipe.closeRead())
}

export function pipeWriteEnd(pipe: Pipe): OpenFile {
  return new OpenFile(null, pipe, () => pipe.closeWrite())
}

/** An end for a caller that hands in a bare stream: a pipe is closed with it, anything else is not. */
export function outputFile(output: OutputStream): OpenFile {
  return output instanceof Pipe ? pipeWriteEnd(output) : new OpenFile(null, output)
}

export function inputFile(source: InputSource): OpenFile {
  return source instanceof Pipe ? pipeReadEnd(source) : new OpenFile(source, null)
}

export function emptyInput(): OpenFile {
  return new OpenFile(new TextSource(''), null, null, '/dev/null')
}

export function nullOutputFile(): OpenFile {
  return new OpenFile(null, nullOutput, null, '/dev/null')
}

/** Reads a regular file from an offset of its own; sees what is appended while it reads. */
export class FileSource implements InputSource {
  readonly isTty = false
  private readonly queue = new ChunkQueue()
  private taken = 0

  constructor(private readonly file: RegularFile) {}

  takeLine(): { text: string; ended: boolean } | null {
    this.fill()
    return this.queue.takeLine(true)
  }

  takeChunk(): Chunk | null {
    this.fill()
    return this.queue.takeChunk()
  }

  putBack(chunk: Chunk): void {
    this.queue.putBack(chunk)
  }

  onReadable(listener: () => void): () => void {
    listener()
    return () => {}
  }

  private fill(): void {
    const content = this.file.content
    if (this.queue.size > 0 || content.length <= this.taken) return
    this.queue.push(this.taken === 0 ? content : content.slice(this.taken))
    this.taken = content.length
  }
}

/** Appends to a regular file within the machine's limits. */
export class FileSink implements OutputStream {
  readonly isTty = false
  constructor(
    private readonly file: RegularFile,
    private readonly account: (chunk: Chunk) => void,
    private readonly touch: () => void,
  ) {}

  write(chunk: Chunk): void {
    this.account(chunk)
    this.file.append(chunk)
    this.touch()
  }

  async drained(): Promise<void> {}
}

/** `echo 1 > /proc/sys/...`: each write is one call of the kernel. */
export class LiveSink implements OutputStream {
  readonly isTty = false
  constructor(
    private readonly file: LiveFile,
    private readonly context: FileContext,
  ) {}

  write(chunk: Chunk): void {
    if (this.file.write === null) throw new KernelError('EINVAL')
    this.file.write(toText(chunk), this.context)
  }

  async drained(): Promise<void> {}
}
