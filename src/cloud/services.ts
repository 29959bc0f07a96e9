// The services of a cloud on a machine, as its init system knows them: `service`, `systemctl` and upstart's commands start and stop them.
import type { Machine } from '../node/machine.js'
import type { Process } from '../node/process.js'

export interface CloudService {
  /** The job or unit, without `.service`. */
  readonly name: string
  readonly description: string
  /** Null while it is stopped. */
  process(): Process | null
  start(): void
}

const services = new WeakMap<Machine, CloudService[]>()

export function addCloudService(machine: Machine, service: CloudService): void {
  const known = services.get(machine)
  if (known === undefined) services.set(machine, [service])
  else known.push(service)
}

export function cloudServicesOn(machine: Machine): readonly CloudService[] {
  return services.get(machine) ?? []
}
