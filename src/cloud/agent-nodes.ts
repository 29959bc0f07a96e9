// On which machines of the lab a scenario's cloud runs its services.
import type { Machine } from '../node/machine.js'
import { CloudError } from './cloud-error.js'
import type { CloudHost } from './host.js'
import type { CloudAgent, CloudSpec } from './spec.js'

export class AgentNodes {
  constructor(
    private readonly host: CloudHost,
    private readonly spec: CloudSpec,
  ) {}

  specsOf(service: string): CloudAgent[] {
    return this.spec.agents.filter(({ services }) => services.includes(service))
  }

  /** Those that sleep are not among them. */
  machinesOf(service: string): Machine[] {
    return this.specsOf(service)
      .filter(({ node }) => this.host.asleep(node) === null)
      .map(({ node }) => this.named(node))
  }

  /** The name in the API. */
  hostnameOf(node: string): string {
    return this.host.asleep(node)?.hostname ?? this.named(node).hostname
  }

  /** The first that runs it. Throws CloudError when none does. */
  machineOf(service: string): Machine {
    const machine = this.machinesOf(service)[0]
    if (machine === undefined) throw new CloudError(`cloud.agents: no node runs ${service}`)
    return machine
  }

  /** Throws CloudError when there is no such node. */
  named(name: string): Machine {
    const machine = this.host.machine(name)
    if (machine === null) throw new CloudError(`cloud.agents: there is no node ${name}`)
    return machine
  }
}
