// What neutron-server tells an L2 agent about the filtering of its ports, by release.
import { broadcastOf, formatIpv4, type Ipv4Address } from '../../../addr/ipv4.js'
import { deviceName } from '../names.js'
import type { Port, SecurityGroupRule } from '../objects.js'
import { OWNER } from '../objects.js'
import type { ServerProfile } from '../release.js'
import type { FirewallPort, FirewallRule, SecurityGroupInfo } from '../rpc.js'
import type { NeutronDatabase } from './database.js'

export class FirewallInfo {
  constructor(
    private readonly db: NeutronDatabase,
    private readonly profile: ServerProfile,
  ) {}

  forPorts(portIds: readonly string[]): SecurityGroupInfo {
    const members = new Map<string, readonly Ipv4Address[]>()
    const ports: FirewallPort[] = []
    for (const id of portIds) {
      const port = this.db.ports.get(id)
      if (port !== undefined) ports.push(this.portInfo(port, members))
    }
    return { ports, members }
  }

  private portInfo(port: Port, members: Map<string, readonly Ipv4Address[]>): FirewallPort {
    const own = port.securityGroups.flatMap((id) => this.db.securityGroups.get(id)?.rules ?? [])
    for (const { remoteGroupId } of own) {
      if (remoteGroupId !== null && !members.has(remoteGroupId)) members.set(remoteGroupId, this.membersOf(remoteGroupId))
    }
    const rules = own.flatMap((rule) => this.expand(rule, port, members))
    const provider = this.dhcpRules(port)
    return {
      portId: port.id,
      device: deviceName('tap', port.id),
      mac: port.mac,
      fixedIps: port.fixedIps.map(({ address }) => address),
      allowedAddressPairs: port.allowedAddressPairs,
      deviceOwner: port.deviceOwner,
      portSecurity: port.portSecurity,
      securityGroups: port.securityGroups,
      rules: this.profile.dhcpRule === 'to-port-first' ? [...provider, ...rules] : [...rules, ...provider],
    }
  }

  private membersOf(groupId: string): Ipv4Address[] {
    // The database hands ports out by their ids.
    return this.db
      .membersOf(groupId)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .flatMap((port) => [
        ...port.fixedIps.map(({ address }) => address),
        ...port.allowedAddressPairs.filter(({ prefix }) => prefix.length === 32).map(({ prefix }) => prefix.address),
      ])
  }

  /** Releases without sets: a rule for each member but the port itself. */
  private expand(rule: SecurityGroupRule, port: Port, members: ReadonlyMap<string, readonly Ipv4Address[]>): FirewallRule[] {
    if (rule.remoteGroupId === null || !this.profile.expandsRemoteGroups) return [ruleOf(rule, rule.remotePrefix)]
    if (rule.ethertype !== 'IPv4') return []
    return (members.get(rule.remoteGroupId) ?? [])
      .filter((address) => !port.fixedIps.some((fixed) => fixed.address === address))
      .map((address) => ruleOf(rule, `${formatIpv4(address)}/32`))
  }

  private dhcpRules(port: Port): FirewallRule[] {
    if (this.profile.dhcpRule === 'from-server-last') {
      return this.db
        .portsOf(port.networkId)
        .filter((row) => row.deviceOwner === OWNER.dhcp)
        .flatMap((row) => row.fixedIps.map(({ address }) => dhcpRule(`${formatIpv4(address)}/32`, null)))
    }
    const everybody = broadcastOf({ address: 0, length: 0 })
    return [...port.fixedIps.map(({ address }) => address), everybody].map((address) => dhcpRule(null, `${formatIpv4(address)}/32`))
  }
}

function ruleOf(rule: SecurityGroupRule, prefix: string | null): FirewallRule {
  return {
    direction: rule.direction,
    ethertype: rule.ethertype,
    protocol: rule.protocol,
    portMin: rule.portMin,
    portMax: rule.portMax,
    sourcePortMin: null,
    sourcePortMax: null,
    sourcePrefix: rule.direction === 'ingress' ? prefix : null,
    destPrefix: rule.direction === 'egress' ? prefix : null,
    remoteGroupId: rule.remoteGroupId,
    isProvider: false,
  }
}

function dhcpRule(sourcePrefix: string | null, destPrefix: string | null): FirewallRule {
  return {
    direction: 'ingress',
    ethertype: 'IPv4',
    protocol: 'udp',
    portMin: 68,
    portMax: 68,
    sourcePortMin: 67,
    sourcePortMax: 67,
    sourcePrefix,
    destPrefix,
    remoteGroupId: null,
    isProvider: true,
  }
}
