// Byte and line streams between processes: pipes with back-pressure, and the reading side that files, pipes and terminals share.

import { byteLength, type Chunk, joinBytes, joinChunks, toBytes, toText } from './chunk.js'
import { MEMORY_LIMIT } from './effort.js'
import { wakes } from './wakes.js'

export type { Chunk } from './chunk.js'

/** Waits for something and comes back with it; a process hands in its own so that signals end the waiting. */
// biome-ignore lint/suspicious/noConfusingVoidType: who registers may give nothing back
export type WaitFor = <T>(register: (resolve: (value: T) => void) => (() => void) | void) => Promise<T | null>

export interface InputStream {
  /** The next line without its newline, null at the end. */
  readLine(): Promise<string | null>
  readChunk(): Promise<Chunk | null>
  readAll(): Promise<string>
  readAllBytes(): Promise<Uint8Array>
  /** Whether the last line read ended in a newline (the last one of a file may not). */
  readonly lineEnded: boolean
  readonly isTty: boolean
}

export interface OutputStream {
  /** Takes all of it; throws BrokenPipe when nobody can ever read it. */
  write(chunk: Chunk): void
  /** Waits until there is room again. */
  drained(wait?: WaitFor): Promise<void>
  readonly isTty: boolean
}

/** What a reader stands on. `undefined` means "nothing yet", null "never again". */
export interface InputSource {
  takeLine(): { text: string; ended: boolean } | null | undefined
  takeChunk(): Chunk | null | undefined
  /** Calls once when something may have come. */
  onReadable(listener: () => void): () => void
  /** Gives back what was taken too much. */
  putBack?(chunk: Chunk): void
  readonly isTty: boolean
}

export class BrokenPipe extends Error {
  constructor() {
    super('Broken pipe')
  }
}

const waitPlainly: WaitFor = (register) => new Promise((resolve) => void register(resolve))

/** Whose reading it is: much of it takes time, and what is kept takes memory. */
export interface ReaderOwner {
  pause(bytes: number): Promise<void> | null
  holds(bytes: number): void
}

/** Reads a source. Keeps no line back: what it has not returned, another reader of the same source gets. */
export class Reader implements InputStream {
  lineEnded = true
  constructor(
    readonly source: InputSource,
    private readonly wait: WaitFor = waitPlainly,
    private readonly owner: ReaderOwner | null = null,
  ) {}

  get isTty(): boolean {
    return this.source.isTty
  }

  async readLine(): Promise<string | null> {
    for (;;) {
      const line = this.source.takeLine()
      if (line === null) return null
      if (line !== undefined) {
        this.lineEnded = line.ended
        const pause = this.owner?.pause(line.text.length) ?? null
        if (pause !== null) await pause
        return line.text
      }
      await this.readable()
    }
  }

  async readChunk(): Promise<Chunk | null> {
    for (;;) {
      const chunk = this.source.takeChunk()
      if (chunk !== undefined) {
        const pause = this.owner?.pause(chunk?.length ?? 0) ?? null
        if (pause !== null) await pause
        return chunk
      }
      await this.readable()
    }
  }

  async readAll(): Promise<string> {
    return toText(joinChunks(['', ...(await this.chunks())]))
  }

  async readAllBytes(): Promise<Uint8Array> {
    return joinBytes((await this.chunks()).map(toBytes))
  }

  private async chunks(): Promise<Chunk[]> {
    const parts: Chunk[] = []
    for (;;) {
      const chunk = await this.readChunk()
      if (chunk === null) return parts
      parts.push(chunk)
      this.owner?.holds(chunk.length)
    }
  }

  private async readable(): Promise<void> {
    await this.wait<void>((resolve) => this.source.onReadable(() => resolve()))
  }
}

const COALESCE = 8192

/** Chunks in, lines or chunks out, in order. */
export class ChunkQueue {
  private readonly chunks: Chunk[] = []
  private offset = 0
  /** So many chunks at the head have no newline. */
  private searched = 0
  size = 0

  push(chunk: Chunk): void {
    if (chunk.length === 0) return
    this.size += chunk.length
    const last = this.chunks.length - 1
    const tail = this.chunks[last]
    // Few chunks keep taking from the head cheap.
    if (typeof chunk === 'string' && typeof tail === 'string' && tail.length < COALESCE) this.chunks[last] = tail + chunk
    else this.chunks.push(chunk)
  }

  putBack(chunk: Chunk): void {
    this.searched = 0
    const head = this.chunks[0]
    if (head !== undefined && this.offset > 0) this.chunks[0] = head.slice(this.offset)
    this.offset = 0
    this.chunks.unshift(chunk)
    this.size += chunk.length
  }

  takeChunk(): Chunk | null {
    const head = this.chunks.shift()
    if (head === undefined) return null
    this.searched = 0
    const rest = this.offset === 0 ? head : typeof head === 'string' ? head.slice(this.offset) : head.subarray(this.offset)
    this.offset = 0
    this.size -= rest.length
    // A text of many small writes is a tree of them, ten times its size, until somebody looks into it.
    if (typeof rest === 'string') rest.charCodeAt(0)
    return rest
  }

  /** A whole line; when `isLast`, also what is left without a newline. */
  takeLine(isLast: boolean): { text: string; ended: boolean } | null {
    const found = this.newline()
    if (found === null) {
      if (!isLast || this.size === 0) return null
      const parts: Chunk[] = []
      for (let chunk = this.takeChunk(); chunk !== null; chunk = this.takeChunk()) parts.push(chunk)
      return { text: toText(joinChunks(parts)), ended: false }
    }
    const parts: Chunk[] = []
    for (let i = 0; i < found.chunk; i++) parts.push(this.takeChunk()!)
    const head = this.chunks[0]!
    parts.push(typeof head === 'string' ? head.slice(this.offset, found.at) : head.subarray(this.offset, found.at))
    this.size -= found.at + 1 - this.offset
    this.offset = found.at + 1
    if (this.offset === head.length) {
      this.chunks.shift()
      this.offset = 0
    }
    return { text: parts.length === 1 ? toText(parts[0]!) : toText(joinChunks(parts)), ended: true }
  }

  private newline(): { chunk: number; at: number } | null {
    for (let i = this.searched; i < this.chunks.length; i++) {
      const chunk = this.chunks[i]!
      const from = i === 0 ? this.offset : 0
      const at = typeof chunk === 'string' ? chunk.indexOf('\n', from) : chunk.indexOf(10, from)
      if (at >= 0) return { chunk: i, at }
    }
    // The last one still grows.
    this.searched = Math.max(0, this.chunks.length - 1)
    return null
  }
}

const HIGH_WATER = 65536
const LOW_WATER = 16384

/** A pipe(7): bounded, ends when its last writer closes, broken when its last reader does. */
export class Pipe implements InputSource, InputStream, OutputStream {
  readonly isTty = false
  private readonly queue = new ChunkQueue()
  private readers = 1
  private writers = 1
  private readListeners: (() => void)[] = []
  private drainListeners: (() => void)[] = []
  private readonly plain = new Reader(this)
  /** A reader waits for the end of a line that is longer than the pipe: writers go on, as they do when it reads pieces of it. */
  private isLineWanted = false

  get isBroken(): boolean {
    return this.readers === 0
  }

  write(chunk: Chunk): void {
    if (this.readers === 0) throw new BrokenPipe()
    if (this.writers === 0 || chunk.length === 0) return
    this.queue.push(chunk)
    this.wakeReaders()
  }

  async drained(wait: WaitFor = waitPlainly): Promise<void> {
    while (this.queue.size > HIGH_WATER && this.readers > 0 && !this.isLineWanted) {
      await wait<void>((resolve) => {
        const listener = () => resolve()
        this.drainListeners.push(listener)
        return () => {
          this.drainListeners = this.drainListeners.filter((other) => other !== listener)
        }
      })
    }
    if (this.readers === 0) throw new BrokenPipe()
  }

  takeChunk(): Chunk | null | undefined {
    const chunk = this.queue.takeChunk()
    if (chunk === null) return this.writers === 0 ? null : undefined
    this.wakeWriters()
    return chunk
  }

  takeLine(): { text: string; ended: boolean } | null | undefined {
    const line = this.queue.takeLine(this.writers === 0)
    this.isLineWanted = line === null && this.queue.size > HIGH_WATER
    if (this.isLineWanted && this.queue.size > MEMORY_LIMIT) throw new RangeError('Invalid string length')
    if (line !== null || this.isLineWanted) this.wakeWriters(this.isLineWanted)
    if (line === null) return this.writers === 0 ? null : undefined
    return line
  }

  putBack(chunk: Chunk): void {
    this.queue.putBack(chunk)
  }

  onReadable(listener: () => void): () => void {
    this.readListeners.push(listener)
    return () => {
      this.readListeners = this.readListeners.filter((other) => other !== listener)
    }
  }

  closeRead(): void {
    if (this.readers === 0) return
    this.readers--
    if (this.readers === 0) this.wakeWriters(true)
  }

  closeWrite(): void {
    if (this.writers === 0) return
    this.writers--
    if (this.writers === 0) this.wakeReaders()
  }

  get lineEnded(): boolean {
    return this.plain.lineEnded
  }
  readLine(): Promise<string | null> {
    return this.plain.readLine()
  }
  readChunk(): Promise<Chunk | null> {
    return this.plain.readChunk()
  }
  readAll(): Promise<string> {
    return this.plain.readAll()
  }
  readAllBytes(): Promise<Uint8Array> {
    return this.plain.readAllBytes()
  }

  private wakeReaders(): void {
    if (this.readListeners.length === 0) return
    const listeners = this.readListeners
    this.readListeners = []
    wakes.count++
    for (const listener of listeners) listener()
  }

  private wakeWriters(always = false): void {
    if (this.drainListeners.length === 0 || (!always && this.queue.size > LOW_WATER)) return
    const listeners = this.drainListeners
    this.drainListeners = []
    wakes.count++
    for (const listener of listeners) listener()
  }
}

/** Collects what is written: for callers that want the whole output. */
export class OutputBuffer implements OutputStream {
  readonly isTty = false
  private parts: Chunk[] = []
  size = 0

  constructor(private readonly limitBytes = 64 * 1024 * 1024) {}

  write(chunk: Chunk): void {
    if (this.size > this.limitBytes) throw new BrokenPipe()
    this.parts.push(chunk)
    this.size += byteLength(chunk)
  }

  async drained(): Promise<void> {}

  /** All of it so far, and forgets it. */
  take(): string {
    const text = toText(joinChunks(['', ...this.parts]))
    this.parts = []
    this.size = 0
    return text
  }

  takeBytes(): Uint8Array {
    const bytes = joinBytes(this.parts.map(toBytes))
    this.parts = []
    this.size = 0
    return bytes
  }

  /** Something that is no text is in it. */
  get isBinary(): boolean {
    return this.parts.some((part) => typeof part !== 'string') && !isUtf8(this.parts)
  }
}

function isUtf8(parts: readonly Chunk[]): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(joinBytes(parts.map(toBytes)))
    return true
  } catch {
    return false
  }
}

/** An input that is there from the start: a here-document, a file's content at open, the empty input. */
export class TextSource implements InputSource {
  readonly isTty = false
  private readonly queue = new ChunkQueue()

  constructor(chunk: Chunk) {
    this.queue.push(chunk)
  }
  takeLine(): { text: string; ended: boolean } | null {
    return this.queue.takeLine(true)
  }
  takeChunk(): Chunk | null {
    return this.queue.takeChunk()
  }
  putBack(chunk: Chunk): void {
    this.queue.putBack(chunk)
  }
  onReadable(listener: () => void): () => void {
    listener()
    return () => {}
  }
}

export const nullOutput: OutputStream = {
  isTty: false,
  write() {},
  async drained() {},
}
