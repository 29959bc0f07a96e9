// What stands in a file tree: directories, files, symbolic links, devices, fifos, and live files and directories that ask the machine on each read.

import type { NetNamespace } from '../kernel/netns.js'
import { byteLength, type Chunk, joinBytes, toBytes, toText } from './chunk.js'
import type { Process } from './process.js'
import type { InputSource, OutputStream, Pipe } from './stream.js'

/** Who asks: permissions, relative paths and live files depend on it. */
export interface FileContext {
  readonly cwd: string
  readonly uid: number
  readonly gid: number
  readonly umask: number
  readonly netns: NetNamespace
  /** Name under /var/run/netns whose /etc/netns/NAME files lie over /etc; null outside `ip netns exec`. */
  readonly netnsName: string | null
  readonly process: Process | null
}

export type FileType = 'directory' | 'file' | 'symlink' | 'device' | 'fifo' | 'socket'

/** Assigned, not defined: V8 has no quick way to define a field of objects of many classes, and a machine begins with hundreds. */
abstract class Node {
  abstract readonly type: FileType
  declare mode: number
  declare uid: number
  declare gid: number
  declare nlink: number
  declare mtimeUs: number
  declare ino: number
  constructor(mode: number) {
    this.mode = mode
    this.uid = 0
    this.gid = 0
    this.nlink = 1
    this.mtimeUs = 0
    this.ino = 0
  }
}

export class Directory extends Node {
  readonly type = 'directory'
  readonly entries = new Map<string, Inode>()
  constructor(mode = 0o755) {
    super(mode)
    this.nlink = 2
  }
}

/** A directory whose entries are made on the spot (/proc, /sys/class/net). */
export class LiveDirectory extends Node {
  readonly type = 'directory'
  constructor(
    readonly list: (context: FileContext) => string[],
    readonly lookup: (name: string, context: FileContext) => Inode | null,
    mode = 0o555,
  ) {
    super(mode)
  }
}

/** Of files that hold text; never added to. */
const NO_PARTS: Uint8Array[] = []

export class RegularFile extends Node {
  readonly type = 'file'
  private text: string | null = ''
  /** Logs grow by many lines: their size is kept. Negative: not counted yet. */
  private textSize = -1
  private parts: Uint8Array[] = NO_PARTS
  private partsSize = 0
  /** Called after each change of the content: `tail -f`, `inotify`. */
  get watchers(): Set<() => void> {
    this.listening ??= new Set()
    return this.listening
  }
  private listening: Set<() => void> | null = null

  constructor(content: Chunk = '', mode = 0o644) {
    super(mode)
    this.content = content
  }

  get size(): number {
    if (this.text === null) return this.partsSize
    if (this.textSize < 0) this.textSize = byteLength(this.text)
    return this.textSize
  }

  get content(): Chunk {
    return this.text ?? this.bytes
  }

  set content(chunk: Chunk) {
    this.text = typeof chunk === 'string' ? chunk : null
    this.textSize = -1
    this.parts = typeof chunk === 'string' ? NO_PARTS : [chunk]
    this.partsSize = typeof chunk === 'string' ? 0 : chunk.length
    this.changed()
  }

  get bytes(): Uint8Array {
    if (this.text !== null) return toBytes(this.text)
    if (this.parts.length !== 1) this.parts = [joinBytes(this.parts)]
    return this.parts[0]!
  }

  get asText(): string {
    return this.text ?? toText(this.bytes)
  }

  append(chunk: Chunk): void {
    if (this.text !== null && typeof chunk === 'string') {
      if (this.textSize >= 0) this.textSize += byteLength(chunk)
      this.text += chunk
      this.changed()
      return
    }
    if (this.text !== null) {
      this.parts = this.text === '' ? [] : [toBytes(this.text)]
      this.partsSize = this.size
      this.text = null
    }
    const bytes = toBytes(chunk)
    this.parts.push(bytes)
    this.partsSize += bytes.length
    this.changed()
  }

  private changed(): void {
    if (this.listening !== null) for (const watcher of this.listening) watcher()
  }
}

/** A file of /proc or /sys: read asks the kernel, write tells it. */
export class LiveFile extends Node {
  readonly type = 'file'
  constructor(
    readonly read: ((context: FileContext) => Chunk) | null,
    readonly write: ((text: string, context: FileContext) => void) | null = null,
    mode = write === null ? 0o444 : 0o644,
  ) {
    super(mode)
  }
}

export class SymbolicLink extends Node {
  readonly type = 'symlink'
  constructor(readonly target: string) {
    super(0o777)
  }
}

/** /dev/null and its like. */
export class Device extends Node {
  readonly type = 'device'
  constructor(
    readonly major: number,
    readonly minor: number,
    readonly openRead: (context: FileContext) => InputSource,
    readonly openWrite: (context: FileContext) => OutputStream,
    mode = 0o666,
  ) {
    super(mode)
  }
}

export class Fifo extends Node {
  readonly type = 'fifo'
  /** The pipe of those who have it open now. */
  pipe: Pipe | null = null
  constructor(mode = 0o644) {
    super(mode)
  }
}

/** A Unix socket: there to be listed; who listens on it is the daemon's affair. */
export class SocketFile extends Node {
  readonly type = 'socket'
  constructor(mode = 0o755) {
    super(mode)
  }
}

export type Inode = Directory | LiveDirectory | RegularFile | LiveFile | SymbolicLink | Device | Fifo | SocketFile
