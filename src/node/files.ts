// The file tree of a machine as one process sees it: relative paths, permissions, live files bound to the caller's namespace.

import { KernelError } from '../kernel/errno.js'
import { type Chunk, toBytes, toText } from './chunk.js'
import { type Stat, statOf } from './file-store.js'
import { Directory, Fifo, type FileContext, type Inode, LiveDirectory, LiveFile, RegularFile, SymbolicLink } from './inode.js'
import { FileSink, FileSource, LiveSink, OpenFile, pipeReadEnd, pipeWriteEnd } from './open-file.js'
import { ownDescriptor } from './own-descriptor.js'
import { type Found, PathWalk } from './path-walk.js'
import { walkParts } from './quick-walk.js'
import { Pipe, TextSource } from './stream.js'

export type { Stat } from './file-store.js'

export type OpenMode = 'read' | 'write' | 'append' | 'read-write'

export class FileTree extends PathWalk {
  as(context: FileContext): FileTree {
    return new FileTree(this.store, context)
  }

  node(path: string, follow = true): Inode {
    const node = follow ? this.peek(path) : null
    if (node !== null && !path.endsWith('/')) return node
    const found = this.find(path, follow)
    if (found.node === null) throw new KernelError('ENOENT')
    if (path.endsWith('/') && found.node.type !== 'directory') throw new KernelError('ENOTDIR')
    return found.node
  }

  exists(path: string): boolean {
    return this.peek(path) !== null
  }

  isDirectory(path: string): boolean {
    return this.peek(path)?.type === 'directory'
  }

  isFile(path: string): boolean {
    return this.at(path)?.type === 'file'
  }

  /** A file that the caller may run. */
  isExecutable(path: string): boolean {
    const node = this.at(path)
    return node !== null && node.type === 'file' && this.permits(node, 1)
  }

  /** The same for `name` in a folder given by its names from the root; `path` says both. */
  hasProgram(folder: readonly string[], name: string, path: string): boolean {
    const known = this.context.uid === 0 ? this.store.folder(folder) : null
    const found = known?.entries.get(name)
    if (known !== null && found?.type !== 'symlink') return found !== undefined && found.type === 'file' && this.permits(found, 1)
    const node = walkParts(this.store.root, folder, name, this.context)
    if (node === undefined) return this.isExecutable(path)
    return node !== null && node.type === 'file' && this.permits(node, 1)
  }

  read(path: string): string {
    return toText(this.content(path))
  }

  readBytes(path: string): Uint8Array {
    return toBytes(this.content(path))
  }

  content(path: string): Chunk {
    const node = this.node(path)
    if (node.type === 'directory') throw new KernelError('EISDIR')
    this.demand(node, 4)
    if (node instanceof RegularFile) return node.content
    if (node instanceof LiveFile) {
      if (node.read === null) throw new KernelError('EACCES')
      return node.read(this.context)
    }
    return ''
  }

  stat(path: string): Stat {
    return statOf(this.node(path))
  }

  lstat(path: string): Stat {
    return statOf(this.node(path, false))
  }

  /** Names in byte order, without . and .. */
  list(path: string): string[] {
    const node = this.node(path)
    if (node.type !== 'directory') throw new KernelError('ENOTDIR')
    this.demand(node, 4)
    const names = node instanceof LiveDirectory ? node.list(this.context) : [...node.entries.keys()]
    return names.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  }

  readlink(path: string): string {
    const node = this.node(path, false)
    if (!(node instanceof SymbolicLink)) throw new KernelError('EINVAL')
    return node.target
  }

  realpath(path: string): string {
    const found = this.find(path, true)
    if (found.node === null) throw new KernelError('ENOENT')
    return found.path
  }

  /** Whether the caller may: 4 read, 2 write, 1 execute or search. */
  access(path: string, bits: number): boolean {
    const node = this.at(path)
    return node !== null && this.permits(node, bits)
  }

  write(path: string, chunk: Chunk, options: { append?: boolean; mode?: number } = {}): void {
    const node = this.create(path, options.mode ?? 0o666 & ~this.context.umask)
    if (node instanceof LiveFile) {
      if (node.write === null) throw new KernelError('EACCES')
      node.write(toText(chunk), this.context)
      return
    }
    if (!(node instanceof RegularFile)) return
    if (options.append !== true) this.store.forget(node)
    this.store.account(node, chunk)
    if (options.append === true) node.append(chunk)
    else node.content = chunk
    node.mtimeUs = this.store.nowUs()
  }

  /** The node at `path` for writing; an empty file when there was none. */
  create(path: string, mode: number): Inode {
    const found = this.find(path, true)
    if (found.node === null) return this.put(found, new RegularFile('', mode))
    if (found.node.type === 'directory') throw new KernelError('EISDIR')
    this.demand(found.node, 2)
    return found.node
  }

  open(path: string, mode: OpenMode): OpenFile {
    const label = this.absolute(path)
    const own = ownDescriptor(this.context.process, label)
    if (own !== null) return own
    if (mode === 'read') return this.openRead(path, label)
    const node = this.create(path, 0o666 & ~this.context.umask)
    if (node instanceof RegularFile) return this.openRegular(node, mode, label)
    if (node instanceof LiveFile) {
      if (node.write === null) throw new KernelError('EACCES')
      return new OpenFile(null, new LiveSink(node, this.context), null, label)
    }
    if (node instanceof Fifo) {
      node.pipe ??= new Pipe()
      return pipeWriteEnd(node.pipe)
    }
    if (node.type === 'device') return new OpenFile(node.openRead(this.context), node.openWrite(this.context), null, label)
    throw new KernelError('ENXIO')
  }

  mkdir(path: string, options: { parents?: boolean; mode?: number } = {}): void {
    const found = this.find(path.replace(/(.)\/+$/, '$1'), false, options.parents === true)
    if (found.node !== null) {
      if (options.parents === true && this.isDirectory(path)) return
      throw new KernelError('EEXIST')
    }
    this.put(found, new Directory(options.mode ?? 0o777 & ~this.context.umask))
    found.parent.nlink++
  }

  /** unlink(2): files, links, fifos. */
  remove(path: string): void {
    const found = this.find(path, false)
    if (found.node === null) throw new KernelError('ENOENT')
    if (found.node.type === 'directory') throw new KernelError('EISDIR')
    if (found.node instanceof RegularFile && found.node.nlink === 1) this.store.forget(found.node)
    this.unlink(found)
  }

  rmdir(path: string): void {
    const found = this.find(path, false)
    if (found.node === null) throw new KernelError('ENOENT')
    if (!(found.node instanceof Directory)) throw new KernelError(found.node.type === 'directory' ? 'EPERM' : 'ENOTDIR')
    if (found.path === '/') throw new KernelError('EBUSY')
    if (found.node.entries.size > 0) throw new KernelError('ENOTEMPTY')
    this.unlink(found)
    found.parent.nlink--
  }

  /** rm -r, for daemons and agents. */
  removeTree(path: string): void {
    const node = this.node(path, false)
    if (!(node instanceof Directory)) {
      this.remove(path)
      return
    }
    for (const name of [...node.entries.keys()]) this.removeTree(`${path}/${name}`)
    this.rmdir(path)
  }

  rename(from: string, to: string): void {
    const source = this.find(from, false)
    const target = this.find(to, false)
    if (source.node === null) throw new KernelError('ENOENT')
    if (source.node === target.node) return
    if (target.path.startsWith(`${source.path}/`)) throw new KernelError('EINVAL')
    if (target.node instanceof Directory) {
      if (source.node.type !== 'directory') throw new KernelError('EISDIR')
      if (target.node.entries.size > 0) throw new KernelError('ENOTEMPTY')
    } else if (target.node !== null && source.node.type === 'directory') throw new KernelError('ENOTDIR')
    this.store.foldersChanged()
    this.writable(target.parent).entries.set(target.name, source.node)
    this.writable(source.parent).entries.delete(source.name)
  }

  symlink(target: string, path: string): void {
    this.addNew(path, new SymbolicLink(target))
  }

  link(existing: string, path: string): void {
    const node = this.node(existing, false)
    if (node.type === 'directory') throw new KernelError('EPERM')
    const found = this.find(path, false)
    if (found.node !== null) throw new KernelError('EEXIST')
    this.store.foldersChanged()
    this.writable(found.parent).entries.set(found.name, node)
    node.nlink++
  }

  /** Puts a node of any kind there (daemons: live files, sockets, fifos). */
  addNew(path: string, node: Inode): void {
    const found = this.find(path, false)
    if (found.node !== null) throw new KernelError('EEXIST')
    this.put(found, node)
  }

  /** The same for one of many new nodes in a folder that is at hand. */
  addTo(parent: Directory, name: string, node: RegularFile): void {
    this.demand(parent, 3)
    parent.entries.set(name, this.store.enroll(node, this.context))
    parent.mtimeUs = node.mtimeUs
  }

  chmod(path: string, mode: number): void {
    const node = this.owned(path)
    node.mode = mode & 0o7777
  }

  chown(path: string, uid: number | null, gid: number | null, follow = true): void {
    const node = this.node(path, follow)
    if (this.context.uid !== 0) throw new KernelError('EPERM')
    if (uid !== null) node.uid = uid
    if (gid !== null) node.gid = gid
  }

  touch(path: string, mtimeUs = this.store.nowUs()): void {
    const found = this.find(path, true)
    const node = found.node ?? this.put(found, new RegularFile('', 0o666 & ~this.context.umask))
    node.mtimeUs = mtimeUs
  }

  truncate(path: string, size: number): void {
    const node = this.create(path, 0o666 & ~this.context.umask)
    if (!(node instanceof RegularFile)) return
    const bytes = new Uint8Array(size)
    bytes.set(node.bytes.subarray(0, size))
    node.content = size === 0 ? '' : bytes
  }

  // --- opening

  private openRead(path: string, label: string): OpenFile {
    const node = this.node(path)
    this.demand(node, 4)
    if (node instanceof RegularFile) return new OpenFile(new FileSource(node), null, null, label)
    if (node instanceof LiveFile) return new OpenFile(new TextSource(this.content(path)), null, null, label)
    if (node instanceof Fifo) {
      node.pipe ??= new Pipe()
      return pipeReadEnd(node.pipe)
    }
    if (node.type === 'device') return new OpenFile(node.openRead(this.context), node.openWrite(this.context), null, label)
    if (node.type === 'directory') throw new KernelError('EISDIR')
    throw new KernelError('ENXIO')
  }

  private openRegular(node: RegularFile, mode: OpenMode, label: string): OpenFile {
    if (mode === 'write') {
      this.store.forget(node)
      node.content = ''
      node.mtimeUs = this.store.nowUs()
    }
    const sink = new FileSink(
      node,
      (chunk) => this.store.account(node, chunk),
      () => {
        node.mtimeUs = this.store.nowUs()
      },
    )
    return new OpenFile(mode === 'read-write' ? new FileSource(node) : null, sink, null, label)
  }

  private unlink(found: Found): void {
    this.writable(found.parent).entries.delete(found.name)
    found.parent.mtimeUs = this.store.nowUs()
    const node = found.node!
    if (node.type === 'directory' || node.type === 'symlink') this.store.foldersChanged()
    if (--node.nlink <= 0 || node.type === 'directory') this.store.release()
  }

  private owned(path: string): Inode {
    const node = this.node(path)
    if (this.context.uid !== 0 && this.context.uid !== node.uid) throw new KernelError('EPERM')
    return node
  }
}
