// A server as nova's API shows it.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { formatIsoUtc } from '../../sim/calendar.js'
import type { NovaApi } from './api.js'
import type { Server } from './objects.js'
import { libvirtName, VM_STATE } from './objects.js'
import type { Json } from './rest-route.js'

/** `clockUs` turns lab time into microseconds since 1970. */
export function serverDetails(api: NovaApi, server: Server, clockUs: (us: number) => number): Json {
  return {
    'OS-DCF:diskConfig': 'MANUAL',
    'OS-EXT-SRV-ATTR:host': server.host,
    'OS-EXT-SRV-ATTR:hypervisor_hostname': api.release.extended ? server.host : null,
    'OS-EXT-SRV-ATTR:instance_name': libvirtName(server),
    'OS-EXT-STS:power_state': powerState(server),
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
    image: server.bootVolume === null ? { id: server.image.id, name: server.image.name } : '',
    key_name: server.keyName ?? (api.release.extended ? null : ''),
    metadata: Object.fromEntries(server.metadata),
    name: server.name,
    progress: server.status === 'ACTIVE' ? (api.release.extended ? 0 : 100) : 0,
    status: server.status,
    tenant_id: api.projectId,
    updated: formatIsoUtc(clockUs(server.updatedUs)),
    user_id: api.projectId.split('').reverse().join(''),
    ...(api.release.extended ? extendedKeys(api, server, clockUs) : {}),
    ...(server.fault === null ? {} : { fault: { message: server.fault, code: 500 } }),
  }
}

/** 0 none, 1 running, 4 shut down. */
function powerState(server: Server): number {
  if (server.status === 'ACTIVE' || server.status === 'REBOOT' || server.status === 'MIGRATING') return 1
  return server.status === 'SHUTOFF' ? 4 : 0
}

function extendedKeys(api: NovaApi, server: Server, clockUs: (us: number) => number): Json {
  const launched = server.launchedUs === null ? null : formatIsoUtc(clockUs(server.launchedUs)).replace('Z', '.000000')
  return {
    'OS-EXT-AZ:availability_zone': server.host === null ? (api.release.name === 'icehouse' ? 'nova' : '') : api.zoneOf(server),
    'OS-SRV-USG:launched_at': launched,
    'OS-SRV-USG:terminated_at': null,
    'os-extended-volumes:volumes_attached': server.bootVolume === null ? [] : [{ id: server.bootVolume }],
    security_groups: api.network.groupNames(server).map((name) => ({ name })),
  }
}

function addressesOf(api: NovaApi, server: Server): Record<string, Json[]> {
  const byNetwork: Record<string, Json[]> = {}
  for (const { network, address, mac, type } of api.network.addresses(server)) {
    const row: Json = { version: 4, addr: formatIpv4(address) }
    if (api.release.addressTypes) {
      row['OS-EXT-IPS:type'] = type
      row['OS-EXT-IPS-MAC:mac_addr'] = formatMac(mac)
    }
    byNetwork[network] = [...(byNetwork[network] ?? []), row]
  }
  return byNetwork
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
