// Texts of the rules in a port's chains: what neutron's hybrid firewall lets out of a VM, in to it, and under which addresses.
import { formatIpv4, formatPrefix } from '../../../addr/ipv4.js'
import { formatMac } from '../../../addr/mac.js'
import { commentedRule } from '../../iptables-table.js'
import type { Direction, EtherType } from '../objects.js'
import type { FirewallPort, FirewallRule } from '../rpc.js'

export const COMMENT = {
  fallback: 'Default drop rule for unmatched traffic.',
  toGroups: 'Direct traffic from the VM interface to the security group chain.',
  toPort: 'Jump to the VM specific chain.',
  input: 'Direct incoming traffic from VM to the security group chain.',
  pairAllow: 'Allow traffic from defined IP/MAC pairs.',
  pairDrop: 'Drop traffic without an IP/MAC allow rule.',
  dhcpClient: 'Allow DHCP client traffic.',
  dhcpSpoof: 'Prevent DHCP Spoofing by VM.',
  unmatched: 'Send unmatched traffic to the fallback chain.',
  invalid: 'Drop packets that appear related to an existing connection (e.g. TCP ACK/FIN) but do not have an entry in conntrack.',
  established: 'Direct packets associated with a known session to the RETURN chain.',
  unfiltered: 'Accept all packets when port security is disabled.',
  trusted: 'Accept all packets when port is trusted.',
  routerAdvertisement: 'Drop IPv6 Router Advts from VM Instance.',
  icmpv6: 'Allow IPv6 ICMP traffic.',
} as const

const MLD_QUERY = 130
const MLD_REPORT = 131
const MLD_DONE = 132
const ROUTER_ADVERTISEMENT = 134
const NEIGHBOUR_SOLICITATION = 135
const NEIGHBOUR_ADVERTISEMENT = 136
const MLD2_REPORT = 143

const WITH_PORTS = new Set(['tcp', 'udp', 'sctp', 'dccp', 'udplite'])

/** Name of the set that holds a group's members. */
export function setName(groupId: string, ethertype: EtherType): string {
  return `N${ethertype}${groupId}`.slice(0, 29)
}

/** The way a release writes its rules. */
export interface RuleWriter {
  /** `spoof`: the chain that holds the port to its addresses, if it has any of the family. */
  egressHead(ethertype: EtherType, spoof: string | null): string[]
  ingressHead(ethertype: EtherType): string[]
  /** Rules of the groups and the provider, with what stands around them. */
  body(ethertype: EtherType, rules: readonly FirewallRule[], sets: ReadonlySet<string>): string[]
  /** MAC and address pairs the port may send from. */
  pairs(port: FirewallPort, ethertype: EtherType): string[]
}

/** Icehouse: no comments, INVALID dropped first, prefixes and MACs as the server gives them. */
export const ICEHOUSE_RULES: RuleWriter = {
  egressHead(ethertype, spoof) {
    const jump = spoof === null ? [] : [`-j $${spoof}`]
    if (ethertype === 'IPv6') return ['-p icmpv6 -j RETURN', ...jump]
    return ['-p udp -m udp --sport 68 --dport 67 -j RETURN', ...jump, '-p udp -m udp --sport 67 --dport 68 -j DROP']
  },
  ingressHead(ethertype) {
    if (ethertype === 'IPv4') return []
    const types = [MLD_QUERY, MLD_REPORT, MLD_DONE, ROUTER_ADVERTISEMENT, NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT]
    return types.map((type) => `-p icmpv6 --icmpv6-type ${type} -j RETURN`)
  },
  body(_ethertype, rules) {
    return [
      '-m state --state INVALID -j DROP',
      '-m state --state RELATED,ESTABLISHED -j RETURN',
      ...rules.map((rule) => [...prefixes(rule), ...icehouseMatch(rule), '-j RETURN'].join(' ')),
      '-j $sg-fallback',
    ]
  },
  pairs(port, ethertype) {
    if (ethertype === 'IPv6') return port.fixedIps.length === 0 ? [`-m mac --mac-source ${formatMac(port.mac)} -j RETURN`] : []
    if (port.fixedIps.length === 0 && port.allowedAddressPairs.length === 0) return [`-m mac --mac-source ${formatMac(port.mac)} -j RETURN`]
    const others = port.allowedAddressPairs.map(
      ({ mac, prefix }) => `-m mac --mac-source ${formatMac(mac)} -s ${formatPrefix(prefix)} -j RETURN`,
    )
    return [...others, ...port.fixedIps.map((address) => `-m mac --mac-source ${formatMac(port.mac)} -s ${formatIpv4(address)} -j RETURN`)]
  },
}

/** Stein: as iptables-save prints them, with comments; groups as sets; INVALID dropped behind the groups. */
export const STEIN_RULES: RuleWriter = {
  egressHead(ethertype, spoof) {
    const jump = spoof === null ? [] : [`-j $${spoof}`]
    if (ethertype === 'IPv4') {
      return [
        commentedRule('-s 0.0.0.0/32 -d 255.255.255.255/32 -p udp -m udp --sport 68 --dport 67 -j RETURN', COMMENT.dhcpClient),
        ...jump,
        commentedRule('-p udp -m udp --sport 68 --dport 67 -j RETURN', COMMENT.dhcpClient),
        commentedRule('-p udp -m udp --sport 67 --dport 68 -j DROP', COMMENT.dhcpSpoof),
      ]
    }
    const unspecified = '-s ::/128 -d ff02::/16 -p ipv6-icmp -m icmp6 --icmpv6-type'
    return [
      ...[MLD_REPORT, NEIGHBOUR_SOLICITATION, MLD2_REPORT].map((type) => commentedRule(`${unspecified} ${type} -j RETURN`, COMMENT.icmpv6)),
      ...jump,
      commentedRule(`-p ipv6-icmp -m icmp6 --icmpv6-type ${ROUTER_ADVERTISEMENT} -j DROP`, COMMENT.routerAdvertisement),
      commentedRule('-p ipv6-icmp -j RETURN', COMMENT.icmpv6),
      commentedRule('-p udp -m udp --sport 546 --dport 547 -j RETURN', COMMENT.dhcpClient),
      commentedRule('-p udp -m udp --sport 547 --dport 546 -j DROP', COMMENT.dhcpSpoof),
    ]
  },
  ingressHead(ethertype) {
    if (ethertype === 'IPv4') return []
    const types = [MLD_QUERY, NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT]
    return types.map((type) => `-p ipv6-icmp -m icmp6 --icmpv6-type ${type} -j RETURN`)
  },
  body(ethertype, rules, sets) {
    return [
      commentedRule('-m state --state RELATED,ESTABLISHED -j RETURN', COMMENT.established),
      ...new Set(rules.flatMap((rule) => steinRule(rule, ethertype, sets))),
      commentedRule('-m state --state INVALID -j DROP', COMMENT.invalid),
      commentedRule('-j $sg-fallback', COMMENT.unmatched),
    ]
  },
  pairs(port, ethertype) {
    if (ethertype === 'IPv6') return port.fixedIps.length === 0 ? [macOnly(port)] : []
    if (port.fixedIps.length === 0 && port.allowedAddressPairs.length === 0) return [macOnly(port)]
    const line = (prefix: string, mac: number): string =>
      commentedRule(
        `${prefix === '' ? '' : `-s ${prefix} `}-m mac --mac-source ${formatMac(mac).toUpperCase()} -j RETURN`,
        COMMENT.pairAllow,
      )
    const others = port.allowedAddressPairs.map(({ mac, prefix }) => line(formatPrefix(prefix), mac))
    return [...others, ...port.fixedIps.map((address) => line(`${formatIpv4(address)}/32`, port.mac))]
  },
}

function macOnly({ mac }: FirewallPort): string {
  return commentedRule(`-m mac --mac-source ${formatMac(mac).toUpperCase()} -j RETURN`, COMMENT.pairAllow)
}

/** A group without a set yet has no rule. */
function steinRule(rule: FirewallRule, ethertype: EtherType, sets: ReadonlySet<string>): string[] {
  if (rule.remoteGroupId === null) return [[...wideless(prefixes(rule)), ...steinMatch(rule), '-j RETURN'].join(' ')]
  const name = setName(rule.remoteGroupId, ethertype)
  if (!sets.has(name)) return []
  const side = rule.direction === 'ingress' ? 'src' : 'dst'
  return [[...steinMatch(rule), '-m set', '--match-set', name, side, '-j RETURN'].join(' ')]
}

function prefixes({ sourcePrefix, destPrefix }: FirewallRule): string[] {
  return [...(sourcePrefix === null ? [] : ['-s', sourcePrefix]), ...(destPrefix === null ? [] : ['-d', destPrefix])]
}

/** A prefix for every address says nothing. */
function wideless(words: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 0; i + 1 < words.length; i += 2) {
    const prefix = words[i + 1]!
    if (prefix.endsWith('/0')) continue
    kept.push(words[i]!, prefix.includes('/') ? prefix : `${prefix}/${prefix.includes(':') ? 128 : 32}`)
  }
  return kept
}

function icehouseMatch(rule: FirewallRule): string[] {
  const protocol = rule.protocol === 'icmp' && rule.ethertype === 'IPv6' ? 'icmpv6' : rule.protocol
  if (protocol === null) return []
  const words = ['-p', protocol]
  if (protocol === 'tcp' || protocol === 'udp') words.push('-m', protocol)
  const ports = (side: string, min: number | null, max: number | null): string[] => {
    // The agent asks whether there is a first port, and 0 counts for none: echo replies cannot be told from other ICMP.
    if (min === null || min === 0) return []
    if (protocol === 'icmp' || protocol === 'icmpv6') return [`--${protocol}-type`, max === null ? `${min}` : `${min}/${max}`]
    return protocol === 'tcp' || protocol === 'udp' ? portWords(side, min, max) : []
  }
  words.push(...ports('sport', rule.sourcePortMin, rule.sourcePortMax), ...ports('dport', rule.portMin, rule.portMax))
  return words
}

function steinMatch(rule: FirewallRule): string[] {
  const protocol = protocolName(rule)
  if (protocol === null) return []
  const words = ['-p', protocol]
  const isIcmp = protocol === 'icmp' || protocol === 'ipv6-icmp'
  if ((rule.sourcePortMin ?? rule.portMin) !== null) {
    if (isIcmp) words.push('-m', protocol === 'icmp' ? 'icmp' : 'icmp6')
    else if (WITH_PORTS.has(protocol)) words.push('-m', protocol)
  }
  const ports = (side: string, min: number | null, max: number | null): string[] => {
    if (min === null) return []
    if (isIcmp) return [protocol === 'icmp' ? '--icmp-type' : '--icmpv6-type', max === null ? `${min}` : `${min}/${max}`]
    return WITH_PORTS.has(protocol) ? portWords(side, min, max) : []
  }
  words.push(...ports('sport', rule.sourcePortMin, rule.sourcePortMax), ...ports('dport', rule.portMin, rule.portMax))
  return words
}

function portWords(side: string, min: number, max: number | null): string[] {
  return min === max ? [`--${side}`, `${min}`] : ['-m', 'multiport', `--${side}s`, `${min}:${max}`]
}

/** As iptables-save names it: numbers of /etc/protocols get their names; 0 is any. */
function protocolName({ protocol, ethertype }: FirewallRule): string | null {
  if (protocol === null || protocol === '0') return null
  if (ethertype === 'IPv6' && (protocol === 'icmp' || protocol === 'icmpv6')) return 'ipv6-icmp'
  return PROTOCOLS.get(protocol) ?? protocol
}

const PROTOCOLS: ReadonlyMap<string, string> = new Map([
  ['1', 'icmp'],
  ['2', 'igmp'],
  ['6', 'tcp'],
  ['8', 'egp'],
  ['17', 'udp'],
  ['33', 'dccp'],
  ['41', 'ipv6'],
  ['47', 'gre'],
  ['50', 'esp'],
  ['51', 'ah'],
  ['58', 'ipv6-icmp'],
  ['89', 'ospf'],
  ['112', 'vrrp'],
  ['132', 'sctp'],
  ['136', 'udplite'],
  ['icmpv6', 'ipv6-icmp'],
])

export function rulesOf(port: FirewallPort, direction: Direction, ethertype: EtherType): FirewallRule[] {
  return port.rules.filter((rule) => rule.direction === direction && rule.ethertype === ethertype)
}
