// Security groups of nova-compute's iptables firewall driver (Essex): one chain an instance, reached from FORWARD and OUTPUT.
import type { Ipv4Prefix } from '../../addr/ipv4.js'
import { formatIpv4, formatPrefix } from '../../addr/ipv4.js'
import type { IptablesManager } from '../iptables-manager.js'
import type { SecurityRule, Server } from '../nova/objects.js'
import { isGroup } from '../nova/objects.js'

export interface FirewallNetwork {
  readonly cidr: Ipv4Prefix
  readonly dhcpServer: number
  readonly allowSameNetTraffic: boolean
}

export class InstanceFirewall {
  constructor(
    private readonly manager: IptablesManager,
    private readonly network: FirewallNetwork,
    private readonly allServers: () => readonly Server[],
  ) {
    manager.filter.addChain('sg-fallback')
    manager.filter.addRule('sg-fallback', '-j DROP')
    manager.filter.addChain('provider')
  }

  /** Precondition: the server has its fixed address. */
  add(server: Server): void {
    const { filter } = this.manager
    const chain = chainOf(server)
    filter.addChain(chain)
    filter.addRule('local', `-d ${formatIpv4(server.fixed!.address)}/32 -j $${chain}`)
    for (const text of this.rulesOf(server)) filter.addRule(chain, text)
  }

  remove(server: Server): void {
    this.manager.filter.removeChain(chainOf(server))
  }

  /** Chains are rebuilt whole, never edited. */
  refresh(server: Server): void {
    this.remove(server)
    this.add(server)
  }

  private rulesOf(server: Server): string[] {
    const rules = [
      '-m state --state INVALID -j DROP',
      '-m state --state ESTABLISHED,RELATED -j ACCEPT',
      '-j $provider',
      `-s ${formatIpv4(this.network.dhcpServer)}/32 -p udp -m udp --sport 67 --dport 68 -j ACCEPT`,
    ]
    if (this.network.allowSameNetTraffic) rules.push(`-s ${formatPrefix(this.network.cidr)} -j ACCEPT`)
    for (const group of server.securityGroups) for (const rule of group.rules) rules.push(...this.textsOf(rule))
    rules.push('-j $sg-fallback')
    return [...new Set(rules)]
  }

  /** A rule that names a group stands for one rule for each address of its members. */
  private textsOf(rule: SecurityRule): string[] {
    const { source } = rule
    const sources = isGroup(source)
      ? this.allServers()
          .filter((server) => server.securityGroups.includes(source) && server.fixed !== null)
          .map((server) => `${formatIpv4(server.fixed!.address)}/32`)
      : [formatPrefix(source)]
    return sources.map((from) => `${from === '0.0.0.0/0' ? '' : `-s ${from} `}-p ${rule.protocol}${portsOf(rule)} -j ACCEPT`)
  }
}

function chainOf(server: Server): string {
  return `inst-${server.instanceId}`
}

function portsOf(rule: SecurityRule): string {
  if (rule.protocol === 'icmp') {
    if (rule.fromPort === -1) return ''
    return ` -m icmp --icmp-type ${rule.fromPort}${rule.toPort === -1 ? '' : `/${rule.toPort}`}`
  }
  if (rule.fromPort === rule.toPort) return ` -m ${rule.protocol} --dport ${rule.fromPort}`
  return ` -m multiport --dports ${rule.fromPort}:${rule.toPort}`
}
