// The way to a file as one process goes it: relative paths, links, permissions, the files that a namespace has of its own.

import { KernelError } from '../kernel/errno.js'
import type { FileStore } from './file-store.js'
import { Directory, type FileContext, type Inode, LiveDirectory, SymbolicLink } from './inode.js'
import { joinPath, pathParts } from './path.js'
import { entryOf, permits, quickWalk } from './quick-walk.js'

const MAX_LINKS = 40
const PATH_MAX = 4096

export interface Found {
  node: Inode | null
  parent: Directory | LiveDirectory
  name: string
  path: string
}

export class PathWalk {
  constructor(
    readonly store: FileStore,
    readonly context: FileContext,
  ) {}

  absolute(path: string): string {
    return joinPath(this.context.cwd, path)
  }

  permits(node: Inode, bits: number): boolean {
    return permits(this.context, node, bits)
  }

  /** What is there, links followed; null: nothing, or no way there. */
  protected peek(path: string): Inode | null {
    const node = quickWalk(this.store.root, path.startsWith('/') ? path : `${this.context.cwd}/${path}`, this.context)
    if (node !== undefined) return path === '' ? null : node
    try {
      return this.find(path, true).node
    } catch (error) {
      if (error instanceof KernelError) return null
      throw error
    }
  }

  /** The same; a path that ends in a slash means a directory. */
  protected at(path: string): Inode | null {
    const node = this.peek(path)
    if (node === null || node.type === 'directory' || !path.endsWith('/')) return node
    throw new KernelError('ENOTDIR')
  }

  /** Walks to the last part. Its node is null when only that is missing; with `parents`, missing directories are made. */
  protected find(path: string, follow: boolean, parents = false): Found {
    if (path === '') throw new KernelError('ENOENT')
    const whole = path.startsWith('/') && this.context.netnsName === null ? path : this.overlaid(this.absolute(path))
    if (whole.length >= PATH_MAX) throw new KernelError('ENAMETOOLONG')
    return this.walk({ parts: pathParts(whole), follow, parents, links: 0 })
  }

  private walk(way: { parts: string[]; follow: boolean; parents: boolean; links: number }): Found {
    let node: Inode = this.store.root
    let found: Found = { node, parent: this.store.root, name: '/', path: '/' }
    const parts = way.parts
    for (let i = 0; i < parts.length; i++) {
      const name = parts[i]!
      const isLast = i === parts.length - 1
      if (node.type !== 'directory') throw new KernelError('ENOTDIR')
      this.demand(node, 1)
      if (name.length > 255) throw new KernelError('ENAMETOOLONG')
      const path: string = found.path === '/' ? `/${name}` : `${found.path}/${name}`
      let child = entryOf(node, name, this.context)
      if (child === null && !isLast && way.parents) {
        child = this.put({ node: null, parent: node, name, path }, new Directory(0o777 & ~this.context.umask))
        node.nlink++
      }
      if (child instanceof SymbolicLink && (!isLast || way.follow)) {
        if (way.links >= MAX_LINKS) throw new KernelError('ELOOP')
        const target = pathParts(joinPath(found.path, child.target))
        return this.walk({ parts: target.concat(parts.slice(i + 1)), follow: way.follow, parents: way.parents, links: way.links + 1 })
      }
      if (child === null && !isLast) throw new KernelError('ENOENT')
      found = { node: child, parent: node, name, path }
      if (child !== null) node = child
    }
    return found
  }

  /** `ip netns exec` mounts the files of /etc/netns/NAME over those of /etc. */
  private overlaid(path: string): string {
    const name = this.context.netnsName
    if (name === null || !path.startsWith('/etc/') || path.startsWith('/etc/netns/')) return path
    const over = `/etc/netns/${name}/${path.slice(5)}`
    const outside = new PathWalk(this.store, { ...this.context, netnsName: null })
    return outside.peek(over) === null ? path : over
  }

  protected put<T extends Inode>(found: Found, node: T): T {
    // Nothing can be made in /proc and /sys; each has its own way to say so.
    if (found.parent instanceof LiveDirectory) throw new KernelError(found.path.startsWith('/proc') ? 'ENOENT' : 'EACCES')
    const parent = this.writable(found.parent)
    parent.entries.set(found.name, this.store.enroll(node, this.context))
    parent.mtimeUs = this.store.nowUs()
    if (node.type === 'directory' || node.type === 'symlink') this.store.foldersChanged()
    return node
  }

  protected writable(parent: Directory | LiveDirectory): Directory {
    if (!(parent instanceof Directory)) throw new KernelError('EPERM')
    this.demand(parent, 3)
    return parent
  }

  protected demand(node: Inode, bits: number): void {
    if (!this.permits(node, bits)) throw new KernelError('EACCES')
  }
}
