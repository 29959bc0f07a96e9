// Which cloud a scenario's `cloud:` means; its code is loaded with it.

import { CloudError } from '../cloud/cloud-error.js'
import type { Cloud, CloudHost } from '../cloud/host.js'
import type { CloudSpec } from '../cloud/spec.js'
import { LabError } from '../scenario/problem.js'

/** Throws LabError when the cloud cannot be as the scenario has it. */
export async function startCloud(host: CloudHost, spec: CloudSpec): Promise<Cloud> {
  return await cloudOf(host, spec).catch(refuse)
}

/** Its servers run, its agents are at rest. Throws LabError as well: servers are asked for once the agents are there. */
export async function cloudSettled(cloud: Cloud): Promise<void> {
  await cloud.settled().catch(refuse)
}

function refuse(error: unknown): never {
  throw error instanceof CloudError ? new LabError(error.message) : error
}

async function cloudOf(host: CloudHost, spec: CloudSpec): Promise<Cloud> {
  switch (spec.mode) {
    case 'flat-dhcp': {
      const { FlatDhcpCloud } = await import('../cloud/nova-network/flat-dhcp.js')
      return new FlatDhcpCloud(host, spec)
    }
    case 'legacy-l3':
    case 'dvr': {
      const { NeutronCloud } = await import('../cloud/neutron/neutron-cloud.js')
      return new NeutronCloud(host, spec)
    }
  }
}
