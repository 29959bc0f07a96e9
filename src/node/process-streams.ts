// The half of a process that reads and writes its descriptors.

import { KernelError } from '../kernel/errno.js'
import type { Chunk } from './chunk.js'
import { Effort } from './effort.js'
import { emptyInput, type OpenFile } from './open-file.js'
import { ProcessOutput } from './process-io.js'
import type { Signal } from './signals.js'
import { BrokenPipe, type InputStream, type OutputStream, Reader } from './stream.js'

export type ProcessState = 'running' | 'stopped' | 'done'

export abstract class ProcessStreams {
  /** Hears of writes that the target refused (`echo x > /proc/sys/...`); null: an error line. */
  onWriteError: ((error: KernelError) => void) | null = null
  /** What a stopped process would have written. */
  private heldOutput: [number, Chunk][] | null = null
  /** Most processes read nothing. */
  private readers: WeakMap<OpenFile, Reader> | null = null
  private effort: Effort | null = null

  abstract state: ProcessState
  abstract fds: Map<number, OpenFile>
  abstract get name(): string
  abstract kill(signal: Signal): void
  abstract checkAlive(): void
  abstract get nowUs(): number
  abstract compute(us: number): Promise<void>
  /** The machine's memory is full: ends the process. */
  abstract outOfMemory(heldBytes: number): never
  // biome-ignore lint/suspicious/noConfusingVoidType: who registers may give nothing back
  abstract wait<T>(register: (resolve: (value: T) => void) => (() => void) | void, timeoutUs?: number): Promise<T | null>

  get stdin(): InputStream {
    return this.input(0) ?? new Reader(emptyInput().source!)
  }

  get stdout(): OutputStream {
    return new ProcessOutput(this, 1)
  }

  get stderr(): OutputStream {
    return new ProcessOutput(this, 2)
  }

  /** Reads descriptor `fd`, waiting as this process. Null when it is not open for reading. */
  input(fd: number): Reader | null {
    const file = this.fds.get(fd)
    if (file === undefined || file.source === null) return null
    return this.reader(file)
  }

  reader(file: OpenFile): Reader {
    this.readers ??= new WeakMap()
    let reader = this.readers.get(file)
    if (reader === undefined) {
      reader = new Reader(file.source!, (register) => this.wait(register), this)
      this.readers.set(file, reader)
    }
    return reader
  }

  /** Text as it is. Never throws: on a broken pipe SIGPIPE ends the process, and its next wait rejects. */
  out(text: Chunk): void {
    this.writeTo(1, text)
  }

  outBytes(bytes: Uint8Array): void {
    this.writeTo(1, bytes)
  }

  line(text: string): void {
    this.writeTo(1, `${text}\n`)
  }

  error(text: string): void {
    this.writeTo(2, `${text}\n`)
  }

  writeTo(fd: number, chunk: Chunk): void {
    if (this.state === 'done') return
    if (this.state === 'stopped') {
      this.heldOutput ??= []
      this.heldOutput.push([fd, chunk])
      return
    }
    const output = this.fds.get(fd)?.output
    if (output === undefined || output === null) return
    this.note(chunk.length)
    try {
      output.write(chunk)
    } catch (error) {
      if (error instanceof BrokenPipe) this.kill('PIPE')
      else if (!(error instanceof KernelError)) throw error
      else this.writeFailed(fd, error)
    }
  }

  /** Waits until what was written has room; endless producers must. */
  async drain(): Promise<void> {
    this.checkAlive()
    for (const fd of [1, 2]) {
      const output = this.fds.get(fd)?.output
      if (output === undefined || output === null) continue
      try {
        await output.drained((register) => this.wait(register))
      } catch (error) {
        if (error instanceof BrokenPipe) this.kill('PIPE')
        else throw error
      }
    }
    this.checkAlive()
    const due = this.effort?.dueUs() ?? 0
    if (due > 0) await this.compute(due)
  }

  /** Bytes were read or written: what is much in one moment takes time at the next `drain` or read. */
  note(bytes: number): void {
    this.effort ??= new Effort(() => this.nowUs)
    this.effort.note(bytes)
  }

  /** After a read: what to wait for before the next one, null mostly. */
  pause(bytes: number): Promise<void> | null {
    this.note(bytes)
    const due = this.effort!.dueUs()
    return due === 0 ? null : this.compute(due)
  }

  /** An interpreter took some thousand steps. */
  turn(): Promise<void> {
    this.effort ??= new Effort(() => this.nowUs)
    return this.compute(this.effort.turnUs())
  }

  /** Another entry of `bytes` is kept in memory until the process ends. */
  holds(bytes: number): void {
    this.effort ??= new Effort(() => this.nowUs)
    if (!this.effort.holds(bytes)) this.outOfMemory(this.effort.heldBytes)
  }

  protected writeHeld(): void {
    for (const [fd, chunk] of this.heldOutput?.splice(0) ?? []) this.writeTo(fd, chunk)
  }

  private writeFailed(fd: number, error: KernelError): void {
    if (this.onWriteError !== null) this.onWriteError(error)
    else if (fd !== 2) this.error(`${this.name}: write error: ${error.message}`)
  }
}
