// Files that people hand in: only regular ones, and only up to a size. `/dev/zero`, a pipe or a disk image is told, not read.
import { readFileSync, statSync } from 'node:fs'
import { LabError } from './problem.js'

/** A generated cloud of a thousand compute nodes has five megabytes, a long session's journal as many. */
export const MOST_BYTES = 32 * 1024 * 1024

export function readTextFile(path: string): string {
  const { size } = expectFile(path)
  if (size > MOST_BYTES) throw new LabError(`${path}: has ${size} bytes, at most ${MOST_BYTES} are read`)
  return readFileSync(path, 'utf8')
}

function expectFile(path: string): { readonly size: number } {
  const found = statSync(path)
  if (!found.isFile())
    throw new LabError(
      `${path}: expected a regular file, found ${found.isDirectory() ? 'a folder' : 'something else (a device or a pipe)'}`,
    )
  return found
}
