// The names under which a process finds what it has open itself.

import { KernelError } from '../kernel/errno.js'
import type { OpenFile } from './open-file.js'

/** /dev/stdin, /dev/fd/N, /proc/self/fd/N: what the caller has open there. Null for any other path. */
export function ownDescriptor(caller: { readonly fds: Map<number, OpenFile> } | null, path: string): OpenFile | null {
  const match = /^\/(?:dev\/(?:(stdin)|(stdout)|(stderr))|(?:dev|proc\/self)\/fd\/(\d+))$/.exec(path)
  if (match === null || caller === null) return null
  const fd = match[1] !== undefined ? 0 : match[2] !== undefined ? 1 : match[3] !== undefined ? 2 : Number(match[4])
  const file = caller.fds.get(fd)
  if (file === undefined) throw new KernelError('ENOENT')
  return file.dup()
}
