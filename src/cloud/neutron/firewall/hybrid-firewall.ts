// neutron's iptables firewall on a compute node: chains i, o and s for each port behind a Linux bridge of its own.
import { formatIpv4 } from '../../../addr/ipv4.js'
import type { Agent } from '../../agent.js'
import { IptablesManager } from '../../iptables-manager.js'
import type { ManagedTable } from '../../iptables-table.js'
import { python2Order } from '../../python2-order.js'
import { deviceName } from '../names.js'
import type { ReleaseProfile } from '../release.js'
import type { FirewallPort, FirewallRule, SecurityGroupInfo } from '../rpc.js'
import { ConntrackZones } from './conntrack-zones.js'
import { Ipsets } from './ipsets.js'
import type { RuleWriter } from './port-rules.js'
import { COMMENT, ICEHOUSE_RULES, rulesOf, STEIN_RULES } from './port-rules.js'

const SG_CHAIN = 'sg-chain'

/** Frames towards a VM leave by its tap, frames from it come in there. */
const DIRECTIONS = [
  { direction: 'ingress', letter: 'i', match: 'physdev-out' },
  { direction: 'egress', letter: 'o', match: 'physdev-in' },
] as const

export class HybridFirewall {
  readonly ports = new Map<string, FirewallPort>()
  private readonly manager: IptablesManager
  private readonly writer: RuleWriter
  private readonly sets: Ipsets | null
  private readonly zones: ConntrackZones | null
  private readonly trusted = new Set<string>()

  constructor(
    private readonly agent: Agent,
    private readonly profile: ReleaseProfile,
  ) {
    const { firewall, name } = profile
    this.manager = new IptablesManager('neutron-openvswitch-agent', name, { stateless: true })
    this.writer = name === 'icehouse' ? ICEHOUSE_RULES : STEIN_RULES
    this.sets = firewall.usesIpset ? new Ipsets(agent) : null
    this.zones = firewall.firstZone === null ? null : new ConntrackZones(agent, firewall.firstZone, firewall.namesWholePort)
    this.filter.addChain('sg-fallback')
    this.filter.addRule('sg-fallback', '-j DROP', { comment: COMMENT.fallback })
  }

  /** Ports that come or change, as one change of the node's rules. `askedFor` without an answer are neutron's own. */
  async refresh(info: SecurityGroupInfo, askedFor: readonly string[]): Promise<void> {
    const before = new Map(this.ports)
    this.clear()
    const lost = await this.updateSets(info)
    const filtered = info.ports.filter(({ deviceOwner }) => !deviceOwner.startsWith('network:'))
    for (const port of filtered) this.ports.set(port.portId, port)
    if (this.profile.firewall.usesIpset) this.trust(askedFor.filter((id) => !filtered.some(({ portId }) => portId === id)))
    this.fill()
    await this.manager.apply(this.agent)
    await this.endConnections(filtered, before, lost)
    await this.sets?.keepOnly(this.remoteGroups())
  }

  async remove(portIds: readonly string[]): Promise<void> {
    const gone = portIds.flatMap((id) => this.ports.get(id) ?? [])
    const distrusted = portIds.filter((id) => this.trusted.delete(id))
    if (gone.length === 0 && distrusted.length === 0) return
    for (const id of distrusted) for (const text of trustRules(id)) this.filter.removeRule('FORWARD', text)
    this.clear()
    for (const port of gone) await this.zones?.endAll(port)
    for (const { portId } of gone) this.ports.delete(portId)
    this.fill()
    await this.manager.apply(this.agent)
    await this.sets?.keepOnly(this.remoteGroups())
  }

  private get filter(): ManagedTable {
    return this.manager.filter
  }

  /** Icehouse walks over a dict, Stein sorts. */
  private ordered(): FirewallPort[] {
    const ids = [...this.ports.keys()]
    return (this.profile.name === 'icehouse' ? python2Order(ids) : ids.sort()).map((id) => this.ports.get(id)!)
  }

  private clear(): void {
    for (const port of this.ports.values()) {
      for (const letter of ['i', 'o', 's']) this.filter.removeChain(chainOf(letter, port))
      for (const { chain, text } of openRules(port)) this.filter.removeRule(chain, text)
      for (const text of this.zones?.rulesOf(port) ?? []) this.manager.table('raw').removeRule('PREROUTING', text)
    }
    this.filter.removeChain(SG_CHAIN)
  }

  private fill(): void {
    const { filter } = this
    filter.addChain(SG_CHAIN)
    const ports = this.ordered()
    for (const port of ports) if (port.portSecurity) this.fillPort(port)
    if (this.profile.name !== 'icehouse' || ports.length > 0) filter.addRule(SG_CHAIN, '-j ACCEPT')
    for (const port of ports) {
      if (port.portSecurity) continue
      for (const { chain, text } of openRules(port)) filter.addRule(chain, text, { comment: COMMENT.unfiltered })
    }
  }

  private fillPort(port: FirewallPort): void {
    const { filter } = this
    for (const text of this.zones?.rulesOf(port) ?? []) this.manager.table('raw').addRule('PREROUTING', text)
    for (const { direction, letter, match } of DIRECTIONS) {
      const chain = chainOf(letter, port)
      filter.addChain(chain)
      const from = `-m physdev --${match} ${port.device} --physdev-is-bridged`
      filter.addRule('FORWARD', `${from} -j $${SG_CHAIN}`, { top: this.profile.name !== 'icehouse', comment: COMMENT.toGroups })
      filter.addRule(SG_CHAIN, `${from} -j $${chain}`, { comment: COMMENT.toPort })
      if (direction === 'egress') filter.addRule('INPUT', `${from} -j $${chain}`, { comment: COMMENT.input })
      const head = direction === 'egress' ? this.writer.egressHead(this.fillSpoofChain(port)) : []
      const body = this.writer.body(rulesOf(port, direction), this.sets?.names ?? new Set())
      for (const text of [...head, ...body]) filter.addRule(chain, text)
    }
  }

  private fillSpoofChain(port: FirewallPort): string {
    const chain = chainOf('s', port)
    this.filter.addChain(chain)
    for (const text of this.writer.pairs(port)) this.filter.addRule(chain, text)
    this.filter.addRule(chain, '-j DROP', { comment: COMMENT.pairDrop })
    return chain
  }

  /** Ports of neutron's own agents pass, should they ever hang on a bridge. */
  private trust(portIds: readonly string[]): void {
    for (const portId of portIds) {
      if (this.trusted.has(portId)) continue
      this.trusted.add(portId)
      for (const text of trustRules(portId)) this.filter.addRule('FORWARD', text, { comment: COMMENT.trusted })
    }
  }

  private remoteGroups(): Set<string> {
    const ids = [...this.ports.values()].flatMap(({ rules }) => rules.flatMap(({ remoteGroupId }) => remoteGroupId ?? []))
    return new Set(ids)
  }

  /** Addresses that a group lost, by group. */
  private async updateSets(info: SecurityGroupInfo): Promise<Map<string, string[]>> {
    const lost = new Map<string, string[]>()
    if (this.sets === null) return lost
    for (const [groupId, members] of info.members) {
      const gone = await this.sets.setMembers(groupId, 'IPv4', [...new Set(members.map((address) => `${formatIpv4(address)}/32`))])
      await this.sets.setMembers(groupId, 'IPv6', [])
      lost.set(groupId, gone)
    }
    return lost
  }

  /** Connections that a rule, a group or a member allowed which is gone. Icehouse leaves them to themselves. */
  private async endConnections(
    ports: readonly FirewallPort[],
    before: ReadonlyMap<string, FirewallPort>,
    lost: ReadonlyMap<string, readonly string[]>,
  ): Promise<void> {
    const { zones } = this
    if (zones === null) return
    for (const port of ports) {
      const old = before.get(port.portId)
      if (old === undefined) continue
      if (old.securityGroups.some((id) => !port.securityGroups.includes(id))) await zones.endAll(port)
      const now = new Set(port.rules.map(keyOf))
      const gone = old.rules.filter((rule) => !rule.isProvider && rule.ethertype === 'IPv4' && !now.has(keyOf(rule)))
      for (const rule of gone) await zones.endConnections(port, rule.direction, rule.protocol)
      for (const groupId of new Set(port.rules.flatMap((rule) => rule.remoteGroupId ?? [])))
        for (const member of lost.get(groupId) ?? [])
          for (const direction of ['ingress', 'egress'] as const)
            await zones.endConnections(port, direction, null, member.replace('/32', ''))
    }
  }
}

function chainOf(letter: string, port: FirewallPort): string {
  return `${letter}${port.portId}`
}

/** A port without port security. */
function openRules({ device }: FirewallPort): { readonly chain: string; readonly text: string }[] {
  const rule = (chain: string, match: string): { readonly chain: string; readonly text: string } => ({
    chain,
    text: `-m physdev --${match} ${device} --physdev-is-bridged -j ACCEPT`,
  })
  return [rule('FORWARD', 'physdev-out'), rule('FORWARD', 'physdev-in'), rule('INPUT', 'physdev-in')]
}

function keyOf(rule: FirewallRule): string {
  const { direction, ethertype, protocol, portMin, portMax, sourcePrefix, destPrefix, remoteGroupId } = rule
  return [direction, ethertype, protocol, portMin, portMax, sourcePrefix, destPrefix, remoteGroupId].join(' ')
}

function trustRules(portId: string): string[] {
  return DIRECTIONS.map(({ match }) => `-m physdev --${match} ${deviceName('tap', portId)} --physdev-is-bridged -j ACCEPT`)
}
