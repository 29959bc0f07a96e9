// The way to a file without turns: most lookups are of absolute paths without links, and every command that starts makes a dozen.

import { type Directory, type FileContext, type Inode, LiveDirectory, SymbolicLink } from './inode.js'

/** Whether who asks may: 4 read, 2 write, 1 execute or search. */
export function permits({ uid, gid }: FileContext, node: Inode, bits: number): boolean {
  if (uid === 0) return bits !== 1 || node.type === 'directory' || (node.mode & 0o111) !== 0
  const shift = node.uid === uid ? 6 : node.gid === gid ? 3 : 0
  return ((node.mode >> shift) & bits) === bits
}

export function entryOf(directory: Directory | LiveDirectory, name: string, context: FileContext): Inode | null {
  return directory instanceof LiveDirectory ? directory.lookup(name, context) : (directory.entries.get(name) ?? null)
}

/** What lies at an absolute path; null: nothing that can be reached; undefined: it takes a walk with links, `..` or mounts. */
export function quickWalk(root: Directory, path: string, context: FileContext): Inode | null | undefined {
  let node: Inode = root
  for (let at = 0; at < path.length; ) {
    const slash = path.indexOf('/', at)
    const end = slash < 0 ? path.length : slash
    const name = path.slice(at, end)
    at = end + 1
    if (name === '' || name === '.') continue
    if (name === '..' || (name === 'etc' && node === root && context.netnsName !== null)) return undefined
    if (node.type !== 'directory' || !permits(context, node, 1)) return null
    const child = entryOf(node, name, context)
    if (child === null) return null
    if (child instanceof SymbolicLink) return undefined
    node = child
  }
  return node
}

/** The same for `name` below folders by their names. */
export function walkParts(root: Directory, folders: readonly string[], name: string, context: FileContext): Inode | null | undefined {
  let node: Inode = root
  for (let i = 0; i <= folders.length; i++) {
    if (node.type !== 'directory' || !permits(context, node, 1)) return null
    const child = entryOf(node, i === folders.length ? name : folders[i]!, context)
    if (child === null) return null
    if (child instanceof SymbolicLink) return undefined
    node = child
  }
  return node
}
