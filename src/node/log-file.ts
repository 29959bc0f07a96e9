// A log whose lines are put into words when somebody reads them: most are never read.
import type { Chunk } from './chunk.js'
import { RegularFile } from './inode.js'

export class LogFile extends RegularFile {
  private pending: (() => string)[] | undefined = []

  /** Appends what `words` returns, now or when the file is read. */
  note(words: () => string): void {
    this.pending ??= []
    this.pending.push(words)
    if (this.watchers.size > 0) this.flush()
  }

  private flush(): void {
    const { pending } = this
    if (pending === undefined || pending.length === 0) return
    this.pending = []
    super.append(pending.map((words) => words()).join(''))
  }

  override append(chunk: Chunk): void {
    this.flush()
    super.append(chunk)
  }

  override get size(): number {
    this.flush()
    return super.size
  }

  override get content(): Chunk {
    this.flush()
    return super.content
  }

  override set content(chunk: Chunk) {
    this.pending = []
    super.content = chunk
  }

  override get bytes(): Uint8Array {
    this.flush()
    return super.bytes
  }

  override get asText(): string {
    this.flush()
    return super.asText
  }
}
