// The cloud API's objects as rows: servers, floating IPs, rules of security groups.
import { formatIpv4, formatPrefix } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { isGroup, type SecurityRule } from '../../cloud/nova/objects.js'
import { cloudOn } from '../../cloud/registry.js'
import type { Machine } from '../../node/machine.js'
import type { Row } from './rows.js'

export function serverRows(machine: Machine): Row[] {
  const cloud = cloudOn(machine)
  return (cloud?.api.servers ?? []).map((server) => {
    const first = cloud?.api.network.addresses(server).find(({ type }) => type === 'fixed')
    return {
      id: server.id,
      name: server.name,
      status: server.status,
      host: server.host,
      instance: server.instanceId,
      address: first === undefined ? null : formatIpv4(first.address),
      mac: first === undefined ? null : formatMac(first.mac),
      leased: server.fixed?.leased ?? false,
    }
  })
}

export function floatingRows(machine: Machine): Row[] {
  const cloud = cloudOn(machine)
  if (cloud === null) return []
  if (cloud.mode === 'flat-dhcp') {
    return cloud.api.network.floating.map(({ address, pool, server }) => ({
      address: formatIpv4(address),
      pool,
      server: server?.name ?? null,
    }))
  }
  const { db } = cloud.neutron
  const serverOf = (portId: string | null) =>
    cloud.api.servers.find((server) => portId !== null && server.nics.some((nic) => nic.portId === portId))
  return [...db.floatingIps.values()].map((row) => ({
    address: formatIpv4(row.address),
    pool: db.networks.get(row.networkId)?.name ?? null,
    server: serverOf(row.portId)?.name ?? null,
  }))
}

export function portRows(machine: Machine): Row[] {
  const cloud = cloudOn(machine)
  if (cloud === null || cloud.mode === 'flat-dhcp') return []
  const { db } = cloud.neutron
  return [...db.ports.values()].map((port) => ({
    id: port.id,
    name: port.name,
    network: db.networks.get(port.networkId)?.name ?? null,
    mac: formatMac(port.mac),
    address: port.fixedIps.map(({ address }) => formatIpv4(address)),
    owner: port.deviceOwner,
    device: port.deviceId,
    host: port.hostId,
    status: port.status,
  }))
}

export function secgroupRows(machine: Machine): Row[] {
  const cloud = cloudOn(machine)
  if (cloud === null) return []
  if (cloud.mode === 'flat-dhcp') {
    return cloud.api.network.groups.flatMap((group) => group.rules.map((rule) => ({ group: group.name, ...ruleRow(rule) })))
  }
  const groups = cloud.neutron.db.securityGroups
  return [...groups.values()].flatMap((group) =>
    group.rules.map((rule) => ({
      group: group.name,
      direction: rule.direction,
      protocol: rule.protocol,
      from: rule.portMin,
      to: rule.portMax,
      source: rule.remoteGroupId === null ? rule.remotePrefix : (groups.get(rule.remoteGroupId)?.name ?? null),
    })),
  )
}

function ruleRow({ protocol, fromPort, toPort, source }: SecurityRule): Row {
  return { protocol, from: fromPort, to: toPort, source: isGroup(source) ? source.name : formatPrefix(source) }
}
