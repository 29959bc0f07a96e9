// The cloud API's objects as rows: servers, floating IPs, rules of security groups.
import { formatIpv4, formatPrefix } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { isGroup, type SecurityRule } from '../../cloud/nova/objects.js'
import { cloudOn } from '../../cloud/registry.js'
import type { Machine } from '../../node/machine.js'
import type { Row } from './rows.js'

export function serverRows(machine: Machine): Row[] {
  return (cloudOn(machine)?.api.servers ?? []).map((server) => ({
    id: server.id,
    name: server.name,
    status: server.status,
    host: server.host,
    instance: server.instanceId,
    address: server.fixed === null ? null : formatIpv4(server.fixed.address),
    mac: server.fixed === null ? null : formatMac(server.fixed.mac),
    leased: server.fixed?.leased ?? false,
  }))
}

export function floatingRows(machine: Machine): Row[] {
  return (cloudOn(machine)?.api.floating ?? []).map(({ address, pool, server }) => ({
    address: formatIpv4(address),
    pool,
    server: server?.name ?? null,
  }))
}

export function secgroupRows(machine: Machine): Row[] {
  return (cloudOn(machine)?.api.groups ?? []).flatMap((group) => group.rules.map((rule) => ({ group: group.name, ...ruleRow(rule) })))
}

function ruleRow({ protocol, fromPort, toPort, source }: SecurityRule): Row {
  return { protocol, from: fromPort, to: toPort, source: isGroup(source) ? source.name : formatPrefix(source) }
}
