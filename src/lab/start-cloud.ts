// Which cloud a scenario's `cloud:` means; its code is loaded with it.

import type { Cloud, CloudHost } from '../cloud/host.js'
import type { CloudSpec } from '../cloud/spec.js'
import { LabError } from '../scenario/problem.js'

export async function startCloud(host: CloudHost, spec: CloudSpec): Promise<Cloud> {
  switch (spec.mode) {
    case 'flat-dhcp': {
      const { FlatDhcpCloud } = await import('../cloud/nova-network/flat-dhcp.js')
      return new FlatDhcpCloud(host, spec)
    }
    case 'legacy-l3': {
      const { LegacyL3Cloud } = await import('../cloud/neutron/legacy-cloud.js')
      return new LegacyL3Cloud(host, spec)
    }
    case 'dvr':
      throw new LabError(`cloud.mode: ${spec.mode} is not there yet; expected flat-dhcp or legacy-l3`)
  }
}
