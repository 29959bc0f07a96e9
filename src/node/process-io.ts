// The descriptors a process starts with, and its outputs as streams.

import type { Chunk } from './chunk.js'
import { emptyInput, inputFile, nullOutputFile, OpenFile, outputFile } from './open-file.js'
import type { Process, SpawnOptions } from './process.js'
import type { OutputStream } from './stream.js'

interface Writer {
  readonly fds: Map<number, OpenFile>
  writeTo(fd: number, chunk: Chunk): void
  drain(): Promise<void>
}

/** stdout or stderr as a stream, for code that is handed one. */
export class ProcessOutput implements OutputStream {
  constructor(
    private readonly proc: Writer,
    private readonly fd: number,
  ) {}
  get isTty(): boolean {
    return this.proc.fds.get(this.fd)?.output?.isTty ?? false
  }
  write(chunk: Chunk): void {
    this.proc.writeTo(this.fd, chunk)
  }
  drained(): Promise<void> {
    return this.proc.drain()
  }
}

/** The program's file name as /proc/PID/comm has it: a script's own, not its interpreter's; a login shell's without the dash. */
export function commOf(argv: readonly string[]): string {
  const [program = '', script] = argv
  const path = script !== undefined && /^\/\S*\/(python[\d.]*|perl)$/.test(program) && script.startsWith('/') ? script : program
  return path.replace(/^.*\/|^-/, '').slice(0, 15)
}

export function descriptors(parent: Process | null, options: SpawnOptions): Map<number, OpenFile> {
  const fds = new Map<number, OpenFile>()
  if (parent !== null) for (const [fd, file] of parent.fds) if (fd < 3 || file.label !== 'cloexec') fds.set(fd, file.dup())
  const replace = (fd: number, file: OpenFile): void => {
    fds.get(fd)?.close()
    fds.set(fd, file)
  }
  if (options.stdin !== undefined) replace(0, options.stdin instanceof OpenFile ? options.stdin : inputFile(options.stdin))
  if (options.stdout !== undefined) replace(1, options.stdout instanceof OpenFile ? options.stdout : outputFile(options.stdout))
  if (options.stderr !== undefined) replace(2, options.stderr instanceof OpenFile ? options.stderr : outputFile(options.stderr))
  if (parent === null) for (const fd of [0, 1, 2]) if (!fds.has(fd)) fds.set(fd, fd === 0 ? emptyInput() : nullOutputFile())
  return fds
}
