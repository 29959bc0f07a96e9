// More than one binding of a port: while a server moves, its ports are bound to the host that it leaves (this one counts) and to the
// one that it goes to.
import type { Port, VifType } from '../objects.js'
import type { ServerContext } from './context.js'
import type { Ports } from './ports.js'

export class PortBindings {
  constructor(
    private readonly server: ServerContext,
    private readonly ports: Ports,
  ) {}

  /** A binding that does not count yet; `binding_failed` when no agent of the host can take the port. */
  create(port: Port, host: string): VifType {
    const vifType = this.ports.vifTypeOn(port, host)
    if (vifType === 'ovs') port.inactiveBindings.set(host, vifType)
    return vifType
  }

  /** binding:profile's `migrating_to`: routers are made ready where the port will be. */
  setMigratingTo(port: Port, host: string | null): void {
    if (port.migratingTo === host) return
    port.migratingTo = host
    this.server.notifier.portUpdated(port, false)
  }

  /** The binding to the host counts from now on, the one that did goes on as one that does not. */
  activate(port: Port, host: string): void {
    const before = port.hostId
    if (before === host) return
    port.inactiveBindings.delete(host)
    port.inactiveBindings.set(before, port.vifType)
    if (port.status === 'ACTIVE') {
      port.status = 'DOWN'
      this.server.notifier.portLeaves(port)
    }
    this.ports.update(port.id, { hostId: host })
    this.server.notifier.bindingActivated(port, before)
  }

  remove(port: Port, host: string): void {
    port.inactiveBindings.delete(host)
  }
}
