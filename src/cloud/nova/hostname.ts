// The host name that a server gets from its name.
import type { Server } from './objects.js'

/** Lower case, other characters dropped. */
export function hostnameOf(server: Server): string {
  const name = server.name
    .toLowerCase()
    .replace(/[ _]/g, '-')
    .replace(/[^\w.-]/g, '')
    .replace(/^[.-]+|[.-]+$/g, '')
  return name === '' ? `server-${server.instanceId}` : name
}
