// A server as nova's API (Essex) shows it.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatIsoUtc } from '../../sim/calendar.js'
import type { NovaApi } from './api.js'
import type { Server } from './objects.js'
import { libvirtName } from './objects.js'

const VM_STATE: Record<Server['status'], string> = {
  BUILD: 'building',
  ACTIVE: 'active',
  SHUTOFF: 'stopped',
  REBOOT: 'active',
  ERROR: 'error',
  DELETED: 'deleted',
}

/** `clockUs` turns lab time into microseconds since 1970. */
export function serverDetails(api: NovaApi, server: Server, clockUs: (us: number) => number): Record<string, unknown> {
  return {
    'OS-DCF:diskConfig': 'MANUAL',
    'OS-EXT-SRV-ATTR:host': server.host,
    'OS-EXT-SRV-ATTR:hypervisor_hostname': null,
    'OS-EXT-SRV-ATTR:instance_name': libvirtName(server),
    'OS-EXT-STS:power_state': server.status === 'ACTIVE' || server.status === 'REBOOT' ? 1 : server.status === 'SHUTOFF' ? 4 : 0,
    'OS-EXT-STS:task_state': server.taskState,
    'OS-EXT-STS:vm_state': VM_STATE[server.status],
    accessIPv4: '',
    accessIPv6: '',
    addresses: addressesOf(api, server),
    config_drive: '',
    created: formatIsoUtc(clockUs(server.createdUs)),
    flavor: { id: server.flavor.id, name: server.flavor.name },
    hostId: server.host === null ? '' : hostId(api.projectId + server.host),
    id: server.id,
    image: { id: server.image.id, name: server.image.name },
    key_name: server.keyName ?? '',
    metadata: Object.fromEntries(server.metadata),
    name: server.name,
    progress: server.status === 'ACTIVE' ? 100 : 0,
    status: server.status,
    tenant_id: api.projectId,
    updated: formatIsoUtc(clockUs(server.updatedUs)),
    user_id: api.projectId.split('').reverse().join(''),
    ...(server.fault === null ? {} : { fault: { message: server.fault, code: 500 } }),
  }
}

function addressesOf(api: NovaApi, server: Server): Record<string, { version: 4; addr: string }[]> {
  const network = api.spec.networks[0]
  if (server.fixed === null || network === undefined) return {}
  const floating = api.floating.filter((row) => row.server === server).map((row) => row.address)
  return { [network.name]: [server.fixed.address, ...floating].map((address) => ({ version: 4, addr: formatIpv4(address) })) }
}

/** The real one is a SHA-224 of project and host; any stable number that hides the host serves. */
function hostId(text: string): string {
  let out = ''
  for (let round = 0; out.length < 56; round++) {
    let h = 0x811c9dc5 ^ round
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
    out += (h >>> 0).toString(16).padStart(8, '0')
  }
  return out.slice(0, 56)
}
