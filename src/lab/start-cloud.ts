// Which cloud a scenario's `cloud:` means.

import type { Cloud, CloudHost } from '../cloud/host.js'
import { FlatDhcpCloud } from '../cloud/nova-network/flat-dhcp.js'
import type { CloudSpec } from '../cloud/spec.js'
import { LabError } from '../scenario/problem.js'

export function startCloud(host: CloudHost, spec: CloudSpec): Cloud {
  switch (spec.mode) {
    case 'flat-dhcp':
      return new FlatDhcpCloud(host, spec)
    case 'legacy-l3':
    case 'dvr':
      throw new LabError(`cloud.mode: ${spec.mode} is not there yet; expected flat-dhcp`)
  }
}
