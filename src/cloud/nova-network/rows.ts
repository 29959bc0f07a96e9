// nova-network's tables behind nova-api: floating addresses and security groups (Essex numbers its rows).

import { addressesOf } from '../../addr/allocate.js'
import type { Ipv4Address, Ipv4Prefix } from '../../addr/ipv4.js'
import { formatIpv4, parsePrefix } from '../../addr/ipv4.js'
import { ApiError, type BootRequest } from '../nova/api.js'
import type { NovaNetwork, ServerAddress } from '../nova/network.js'
import type { FloatingAddress, SecurityGroup, SecurityRule, Server } from '../nova/objects.js'
import type { Json, Route } from '../nova/rest-route.js'
import type { CloudSpec } from '../spec.js'
import { networkAction, networkRoutes } from './rest.js'

/** The agents behind the tables; each call only sets work going. */
export interface NetworkAgents {
  associate(floating: FloatingAddress, server: Server): void
  disassociate(floating: FloatingAddress): void
  /** Rules of a group changed: the group's members' hosts rebuild their chains. */
  groupChanged(group: SecurityGroup, what: string): void
  membersChanged(server: Server, what: string): void
}

const MAX_FLOATING = 10

type Ports = { readonly from: number; readonly to: number }

const PROTOCOLS = ['icmp', 'tcp', 'udp'] as const

export class NovaNetworkRows implements NovaNetwork {
  readonly floating: FloatingAddress[] = []
  readonly groups: SecurityGroup[] = []
  private nextGroup = 1
  private nextRule = 1

  constructor(
    readonly spec: CloudSpec,
    private readonly agents: NetworkAgents,
    /** The servers of the API. */
    readonly servers: () => readonly Server[],
  ) {
    this.addGroup('default', 'default')
    for (const group of spec.securityGroups) {
      const made = this.groups.find(({ name }) => name === group.name) ?? this.addGroup(group.name, group.description)
      for (const { protocol, from, to, cidr } of group.rules ?? []) {
        const known = PROTOCOLS.find((name) => name === protocol)
        if (known !== undefined) made.rules.push(this.makeRule(known, { from, to }, parseSource(cidr ?? '0.0.0.0/0')))
      }
    }
  }

  accept(server: Server, request: BootRequest): void {
    const names = request.groups.length > 0 ? request.groups : ['default']
    server.securityGroups.push(...names.map((name) => this.group(name)))
  }

  addresses(server: Server): readonly ServerAddress[] {
    const { fixed } = server
    const network = this.spec.networks[0]?.name
    if (fixed === null || network === undefined) return []
    const floating = this.floating.filter((row) => row.server === server).map((row) => row.address)
    return [fixed.address, ...floating].map((address, i) => ({ network, address, mac: fixed.mac, type: i === 0 ? 'fixed' : 'floating' }))
  }

  groupNames(server: Server): readonly string[] {
    return server.securityGroups.map(({ name }) => name)
  }

  routes(): readonly Route[] {
    return networkRoutes(this)
  }

  action(server: Server, action: string, words: Json): boolean {
    return networkAction(this, server, action, words)
  }

  createFloating(pool: string | null): FloatingAddress {
    const wanted = pool ?? this.spec.floatingPools[0]?.name ?? 'nova'
    const found = this.spec.floatingPools.find(({ name }) => name === wanted)
    if (found === undefined) throw new ApiError(404, 'Floating ip pool not found.')
    if (this.floating.length >= MAX_FLOATING)
      throw new ApiError(413, `Quota exceeded for floating_ips: Requested 1, but already used 10 of 10 floating_ips`)
    const addresses = [...addressesOf(parseSource(found.cidr))].slice(1, -1)
    for (const address of addresses) {
      if (this.floating.some((row) => row.address === address)) continue
      const row: FloatingAddress = { address, pool: wanted, server: null }
      this.floating.push(row)
      return row
    }
    throw new ApiError(404, `Zero floating ips available in pool ${wanted}.`)
  }

  floatingAt(address: Ipv4Address): FloatingAddress {
    const row = this.floating.find((candidate) => candidate.address === address)
    if (row === undefined) throw new ApiError(404, `Floating ip not found for address ${formatIpv4(address)}.`)
    return row
  }

  deleteFloating(row: FloatingAddress): void {
    if (row.server !== null) this.disassociate(row)
    this.floating.splice(this.floating.indexOf(row), 1)
  }

  associate(server: Server, row: FloatingAddress): void {
    if (server.fixed === null) throw new ApiError(400, 'No fixed ips associated to instance')
    if (row.server === server) return
    if (row.server !== null) this.agents.disassociate(row)
    row.server = server
    this.agents.associate(row, server)
  }

  disassociate(row: FloatingAddress): void {
    if (row.server === null) return
    this.agents.disassociate(row)
    row.server = null
  }

  group(wanted: string): SecurityGroup {
    const found = this.groups.find(({ name }) => name === wanted) ?? this.groups.find(({ id }) => String(id) === wanted)
    if (found === undefined) throw new ApiError(404, `Security group ${wanted} not found for project ${this.projectId}.`)
    return found
  }

  createGroup(name: string, description: string): SecurityGroup {
    if (this.groups.some((group) => group.name === name)) throw new ApiError(400, `Security group ${name} already exists`)
    return this.addGroup(name, description)
  }

  deleteGroup(group: SecurityGroup): void {
    if (group.name === 'default') throw new ApiError(400, 'Unable to delete system group default')
    if (this.servers().some(({ securityGroups }) => securityGroups.includes(group)))
      throw new ApiError(400, 'Security group is still in use')
    this.groups.splice(this.groups.indexOf(group), 1)
  }

  addRule(group: SecurityGroup, protocol: SecurityRule['protocol'], ports: Ports, source: SecurityRule['source']): SecurityRule {
    if (group.rules.some((rule) => sameRule(rule, protocol, ports, source))) {
      throw new ApiError(400, `This rule already exists in group ${group.id}`)
    }
    const rule = this.makeRule(protocol, ports, source)
    group.rules.push(rule)
    this.agents.groupChanged(group, `rule ${rule.id} added to security group ${group.name}`)
    return rule
  }

  deleteRule(group: SecurityGroup, protocol: string, ports: Ports, source: SecurityRule['source']): SecurityRule {
    const at = group.rules.findIndex((rule) => sameRule(rule, protocol, ports, source))
    if (at < 0) throw new ApiError(404, 'Rule not found')
    const [rule] = group.rules.splice(at, 1)
    this.agents.groupChanged(group, `rule ${rule!.id} removed from security group ${group.name}`)
    return rule!
  }

  addServerGroup(server: Server, group: SecurityGroup): void {
    if (server.securityGroups.includes(group))
      throw new ApiError(400, `Security group ${group.id} is already associated with the instance ${server.id}`)
    server.securityGroups.push(group)
    this.agents.membersChanged(server, `security group ${group.name} added to server ${server.name}`)
  }

  removeServerGroup(server: Server, group: SecurityGroup): void {
    const at = server.securityGroups.indexOf(group)
    if (at < 0) throw new ApiError(400, `Security group ${group.id} is not associated with the instance ${server.id}`)
    server.securityGroups.splice(at, 1)
    this.agents.membersChanged(server, `security group ${group.name} removed from server ${server.name}`)
  }

  get projectId(): string {
    return this.spec.flags.get('project_id') ?? 'demo'
  }

  private addGroup(name: string, description: string): SecurityGroup {
    const group: SecurityGroup = { id: this.nextGroup++, name, description, rules: [] }
    this.groups.push(group)
    return group
  }

  private makeRule(protocol: SecurityRule['protocol'], ports: Ports, source: SecurityRule['source']): SecurityRule {
    return { id: this.nextRule++, protocol, fromPort: ports.from, toPort: ports.to, source }
  }
}

function sameRule(rule: SecurityRule, protocol: string, ports: Ports, source: SecurityRule['source']): boolean {
  if (rule.protocol !== protocol || rule.fromPort !== ports.from || rule.toPort !== ports.to) return false
  if ('rules' in source || 'rules' in rule.source) return rule.source === source
  return rule.source.address === source.address && rule.source.length === source.length
}

function parseSource(cidr: string): Ipv4Prefix {
  const prefix = parsePrefix(cidr)
  if (prefix === null) throw new ApiError(400, `Invalid cidr ${cidr}.`)
  return prefix
}
