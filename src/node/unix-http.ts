// HTTP over Unix sockets: a daemon answers at a path of the file system. The bytes on such a socket are nobody's to see, so requests
// and replies go over whole.
import { KernelError } from '../kernel/errno.js'
import type { HttpHandler, HttpReply, HttpRequest } from './daemons/http.js'
import { SocketFile } from './inode.js'
import type { Machine } from './machine.js'
import { parentPath } from './path.js'
import type { Process } from './process.js'

interface Listener {
  readonly proc: Process
  readonly handler: HttpHandler
}

const listeners = new WeakMap<Machine, Map<string, Listener>>()

/** The path stays when the process ends, as socket files do; who asks there then is refused. */
export function listenUnix(proc: Process, path: string, handler: HttpHandler): void {
  const { machine } = proc
  const { files } = machine
  files.mkdir(parentPath(path), { parents: true })
  if (files.exists(path)) files.remove(path)
  files.addNew(path, new SocketFile())
  let here = listeners.get(machine)
  if (here === undefined) listeners.set(machine, (here = new Map()))
  here.set(path, { proc, handler })
}

/** The reply, or why nobody answers. */
export async function askUnix(proc: Process, path: string, request: HttpRequest): Promise<HttpReply | KernelError> {
  if (!proc.files.exists(path)) return new KernelError('ENOENT')
  const listener = listeners.get(proc.machine)?.get(path)
  if (listener === undefined || listener.proc.isDone) return new KernelError('ECONNREFUSED')
  return listener.handler(request)
}
