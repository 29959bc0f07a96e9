// The nodes of a machine's file tree, what they may take, and what stat(2) says of one.

import { KernelError } from '../kernel/errno.js'
import { byteLength, type Chunk } from './chunk.js'
import { Directory, type FileContext, type FileType, type Inode, RegularFile, SymbolicLink } from './inode.js'

export interface Stat {
  readonly type: FileType
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly nlink: number
  readonly size: number
  readonly mtimeUs: number
  readonly ino: number
}

const MAX_FILE_BYTES = 64 * 1024 * 1024
/** What is free on a machine's disk when the lab begins: `df` says the same. */
export const MAX_TOTAL_BYTES = 256 * 1024 * 1024
const MAX_INODES = 100_000

/** The nodes themselves, one store a machine. */
export class FileStore {
  readonly root = new Directory(0o755)
  private nextIno = 2
  private inodes = 0
  private written = 0
  /** Folders by their names from the root, for root; null: a link or something live is on the way. */
  private readonly folders = new Map<readonly string[], Directory | null>()
  constructor(readonly nowUs: () => number) {}

  /** Where programs are looked for again and again. Only for root, who may go anywhere. */
  folder(names: readonly string[]): Directory | null {
    let folder = this.folders.get(names)
    if (folder === undefined) {
      folder = this.walkTo(names)
      this.folders.set(names, folder)
    }
    return folder
  }

  private walkTo(names: readonly string[]): Directory | null {
    let node: Inode = this.root
    for (const name of names) {
      if (!(node instanceof Directory)) return null
      const child: Inode | undefined = node.entries.get(name)
      if (child === undefined) return null
      node = child
    }
    return node instanceof Directory ? node : null
  }

  /** A folder or a link came or went, or something was renamed. */
  foldersChanged(): void {
    if (this.folders.size > 0) this.folders.clear()
  }

  enroll<T extends Inode>(node: T, context: FileContext | null): T {
    if (++this.inodes > MAX_INODES) throw new KernelError('ENOSPC')
    node.ino = this.nextIno++
    node.mtimeUs = this.nowUs()
    if (context !== null) {
      node.uid = context.uid
      node.gid = context.gid
    }
    return node
  }

  release(): void {
    this.inodes--
  }

  /** Bytes ever written are an upper bound of bytes held; enough to stop a runaway. */
  account(file: RegularFile, chunk: Chunk): void {
    const size = byteLength(chunk)
    if (file.size + size > MAX_FILE_BYTES) throw new KernelError('EFBIG')
    this.written += size
    if (this.written > MAX_TOTAL_BYTES) throw new KernelError('ENOSPC')
  }

  /** What the files of the machine take, at most. */
  get bytesWritten(): number {
    return this.written
  }

  forget(file: RegularFile): void {
    this.written = Math.max(0, this.written - file.size)
  }
}

export function statOf(node: Inode): Stat {
  const { type, mode, uid, gid, nlink, mtimeUs, ino } = node
  return { type, mode, uid, gid, nlink, size: sizeOf(node), mtimeUs, ino }
}

function sizeOf(node: Inode): number {
  if (node instanceof RegularFile) return node.size
  if (node instanceof SymbolicLink) return byteLength(node.target)
  return node instanceof Directory ? 4096 : 0
}
