// Building blocks of /proc and /sys.

import type { Chunk } from './chunk.js'
import { type FileContext, type Inode, LiveDirectory, LiveFile, SymbolicLink } from './inode.js'

export type LiveEntries = ReadonlyMap<string, (context: FileContext) => Inode | null>

/** A directory of a fixed set of names. */
export function fixedDirectory(entries: LiveEntries): LiveDirectory {
  return new LiveDirectory(
    (context) => [...entries.keys()].filter((name) => entries.get(name)!(context) !== null),
    (name, context) => entries.get(name)?.(context) ?? null,
  )
}

/** A directory whose names come from the machine's state. */
export function listedDirectory(
  list: (context: FileContext) => string[],
  lookup: (name: string, context: FileContext) => Inode | null,
): LiveDirectory {
  return new LiveDirectory(list, lookup)
}

export function readOnly(read: (context: FileContext) => Chunk): () => LiveFile {
  const file = new LiveFile(read)
  return () => file
}

export function readWrite(
  read: ((context: FileContext) => Chunk) | null,
  write: (text: string, context: FileContext) => void,
): () => LiveFile {
  const file = new LiveFile(read, write, read === null ? 0o200 : 0o644)
  return () => file
}

export function linkTo(target: (context: FileContext) => string | null): (context: FileContext) => SymbolicLink | null {
  return (context) => {
    const path = target(context)
    return path === null ? null : new SymbolicLink(path)
  }
}
