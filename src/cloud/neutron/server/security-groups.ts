// Security groups and their rules.
import { ownOf } from '../../../grammar/own-of.js'
import type { Direction, EtherType, SecurityGroup, SecurityGroupRule } from '../objects.js'
import { checkQuota, ownCount, type ServerContext } from './context.js'

export interface GroupInput {
  readonly id?: string
  readonly name: string
  readonly description?: string
  readonly tenantId?: string
}

export interface RuleInput {
  readonly id?: string
  readonly groupId: string
  readonly direction: Direction
  readonly ethertype?: EtherType
  readonly protocol?: string | null
  readonly portMin?: number | null
  readonly portMax?: number | null
  readonly remotePrefix?: string | null
  readonly remoteGroupId?: string | null
}

const NUMBERS: Readonly<Record<string, string>> = { '1': 'icmp', '6': 'tcp', '17': 'udp' }

export class SecurityGroups {
  constructor(private readonly server: ServerContext) {}

  get(id: string): SecurityGroup {
    const row = this.server.db.securityGroups.get(id)
    if (row === undefined) throw this.server.refuse.error('SecurityGroupNotFound', { id })
    return row
  }

  rule(id: string): SecurityGroupRule {
    for (const group of this.server.db.securityGroups.values()) {
      const rule = group.rules.find((row) => row.id === id)
      if (rule !== undefined) return rule
    }
    throw this.server.refuse.error('SecurityGroupRuleNotFound', { id })
  }

  create(input: GroupInput): SecurityGroup {
    const { db, refuse } = this.server
    if (input.name === 'default') throw refuse.error('SecurityGroupDefaultAlreadyExists')
    checkQuota(this.server, 'security_group', () => ownCount(db.securityGroups.values()))
    const group = this.add(input)
    this.addEgress(group)
    return group
  }

  /** The project's own `default`, made when it is first needed: out everywhere, in from the group's members. */
  defaultGroup(): SecurityGroup {
    const found = [...this.server.db.securityGroups.values()].find(({ name }) => name === 'default')
    if (found !== undefined) return found
    const group = this.add({ name: 'default', description: this.server.profile.server.defaultGroupDescription })
    for (const ethertype of ['IPv4', 'IPv6'] as const) {
      this.push(group, { groupId: group.id, direction: 'ingress', ethertype, remoteGroupId: group.id })
      this.push(group, { groupId: group.id, direction: 'egress', ethertype })
    }
    return group
  }

  /** Without rules; the documents bring all that a group has. */
  add(input: GroupInput): SecurityGroup {
    const { db, random, clock, projectId } = this.server
    const group: SecurityGroup = {
      id: input.id ?? random.uuid(),
      name: input.name,
      description: input.description ?? '',
      tenantId: input.tenantId ?? projectId,
      rules: [],
      createdUs: clock.nowUs,
    }
    db.securityGroups.set(group.id, group)
    return group
  }

  addEgress(group: SecurityGroup): void {
    for (const ethertype of ['IPv4', 'IPv6'] as const) this.push(group, { groupId: group.id, direction: 'egress', ethertype })
  }

  update(id: string, changes: { readonly name?: string; readonly description?: string }): SecurityGroup {
    const group = this.get(id)
    if (changes.name === 'default' && group.name !== 'default') throw this.server.refuse.error('SecurityGroupDefaultAlreadyExists')
    group.name = changes.name ?? group.name
    group.description = changes.description ?? group.description
    return group
  }

  delete(id: string): void {
    const { db, refuse } = this.server
    const group = this.get(id)
    const others = [...db.securityGroups.values()].filter((row) => row !== group)
    const isNamed = others.some(({ rules }) => rules.some(({ remoteGroupId }) => remoteGroupId === id))
    if (db.membersOf(id).length > 0 || isNamed) throw refuse.error('SecurityGroupInUse', { id })
    if (group.name === 'default') throw refuse.error('SecurityGroupCannotRemoveDefault')
    db.securityGroups.delete(id)
  }

  createRule(input: RuleInput): SecurityGroupRule {
    const { db, refuse, notifier } = this.server
    const group = this.get(input.groupId)
    const rules = (): number => [...db.securityGroups.values()].reduce((count, row) => count + row.rules.length, 0)
    checkQuota(this.server, 'security_group_rule', rules)
    this.check(input)
    const same = group.rules.find((rule) => isSame(rule, input))
    if (same !== undefined) throw refuse.error('SecurityGroupRuleExists', { id: group.id, rule: same.id })
    const rule = this.push(group, input)
    notifier.groupRulesUpdated([group.id])
    return rule
  }

  deleteRule(id: string): void {
    const rule = this.rule(id)
    const group = this.get(rule.groupId)
    group.rules.splice(group.rules.indexOf(rule), 1)
    this.server.notifier.groupRulesUpdated([group.id])
  }

  push(group: SecurityGroup, input: RuleInput): SecurityGroupRule {
    const rule: SecurityGroupRule = {
      id: input.id ?? this.server.random.uuid(),
      groupId: group.id,
      tenantId: group.tenantId,
      direction: input.direction,
      ethertype: input.ethertype ?? 'IPv4',
      protocol: input.protocol ?? null,
      portMin: input.portMin ?? null,
      portMax: input.portMax ?? null,
      remotePrefix: input.remotePrefix ?? null,
      remoteGroupId: input.remoteGroupId ?? null,
      createdUs: this.server.clock.nowUs,
    }
    group.rules.push(rule)
    return rule
  }

  private check(rule: RuleInput): void {
    const { refuse, db } = this.server
    const { protocol = null, portMin = null, portMax = null, remotePrefix = null, remoteGroupId = null } = rule
    if (remoteGroupId !== null && !db.securityGroups.has(remoteGroupId)) throw refuse.error('SecurityGroupNotFound', { id: remoteGroupId })
    if (remoteGroupId !== null && remotePrefix !== null) throw refuse.error('SecurityGroupRemoteGroupAndRemoteIpPrefix')
    if (portMin === null && portMax === null) return
    if (protocol === null) throw refuse.error('SecurityGroupProtocolRequiredWithPorts')
    const name = ownOf(NUMBERS, protocol) ?? protocol
    if (name === 'tcp' || name === 'udp') {
      if (portMin === null || portMax === null || portMin > portMax) throw refuse.error('SecurityGroupInvalidPortRange')
    } else if (name === 'icmp') this.checkIcmp(portMin, portMax)
  }

  private checkIcmp(type: number | null, code: number | null): void {
    const { refuse } = this.server
    for (const [field, attribute, value] of [
      ['type', 'port_range_min', type],
      ['code', 'port_range_max', code],
    ] as const) {
      if (value !== null && (value < 0 || value > 255)) throw refuse.error('SecurityGroupInvalidIcmpValue', { field, attribute, value })
    }
    if (type === null && code !== null) throw refuse.error('SecurityGroupMissingIcmpType', { value: code })
  }
}

function isSame(rule: SecurityGroupRule, input: RuleInput): boolean {
  return (
    rule.direction === input.direction &&
    rule.ethertype === (input.ethertype ?? 'IPv4') &&
    rule.protocol === (input.protocol ?? null) &&
    rule.portMin === (input.portMin ?? null) &&
    rule.portMax === (input.portMax ?? null) &&
    rule.remotePrefix === (input.remotePrefix ?? null) &&
    rule.remoteGroupId === (input.remoteGroupId ?? null)
  )
}
