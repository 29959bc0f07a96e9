// Texts of the rules in a port's chains: what neutron's hybrid firewall lets out of a VM, in to it, and under which addresses.
import { formatIpv4, formatPrefix } from '../../../addr/ipv4.js'
import type { MacAddress } from '../../../addr/mac.js'
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
} as const

const WITH_PORTS = new Set(['tcp', 'udp', 'sctp', 'dccp', 'udplite'])

/** Name of the set that holds a group's members. */
export function setName(groupId: string, ethertype: EtherType): string {
  return `N${ethertype}${groupId}`.slice(0, 29)
}

/** The way a release writes its rules. IPv4 alone: netlab's bridges do not call ip6tables. */
export interface RuleWriter {
  /** `spoof`: the chain that holds the port to its addresses. */
  egressHead(spoof: string): string[]
  /** Rules of the groups and the provider, with what stands around them. */
  body(rules: readonly FirewallRule[], sets: ReadonlySet<string>): string[]
  /** MAC and address pairs the port may send from. */
  pairs(port: FirewallPort): string[]
}

/** Icehouse: no comments, INVALID dropped first, prefixes and MACs as the server gives them. */
export const ICEHOUSE_RULES: RuleWriter = {
  egressHead: (spoof) => ['-p udp -m udp --sport 68 --dport 67 -j RETURN', `-j $${spoof}`, '-p udp -m udp --sport 67 --dport 68 -j DROP'],
  body: (rules) => [
    '-m state --state INVALID -j DROP',
    '-m state --state RELATED,ESTABLISHED -j RETURN',
    ...rules.map((rule) => [...prefixes(rule), ...icehouseMatch(rule), '-j RETURN'].join(' ')),
    '-j $sg-fallback',
  ],
  pairs: (port) => {
    const line = (mac: MacAddress, source: string): string => `-m mac --mac-source ${formatMac(mac)}${source} -j RETURN`
    const others = port.allowedAddressPairs.map(({ mac, prefix }) => line(mac, ` -s ${formatPrefix(prefix)}`))
    if (port.fixedIps.length === 0) return [...others, line(port.mac, '')]
    return [...others, ...port.fixedIps.map((address) => line(port.mac, ` -s ${formatIpv4(address)}`))]
  },
}

/** Stein: as iptables-save prints them, with comments; groups as sets; INVALID dropped behind the groups. */
export const STEIN_RULES: RuleWriter = {
  egressHead: (spoof) => [
    commentedRule('-s 0.0.0.0/32 -d 255.255.255.255/32 -p udp -m udp --sport 68 --dport 67 -j RETURN', COMMENT.dhcpClient),
    `-j $${spoof}`,
    commentedRule('-p udp -m udp --sport 68 --dport 67 -j RETURN', COMMENT.dhcpClient),
    commentedRule('-p udp -m udp --sport 67 --dport 68 -j DROP', COMMENT.dhcpSpoof),
  ],
  body: (rules, sets) => [
    commentedRule('-m state --state RELATED,ESTABLISHED -j RETURN', COMMENT.established),
    ...new Set(rules.flatMap((rule) => steinRule(rule, sets))),
    commentedRule('-m state --state INVALID -j DROP', COMMENT.invalid),
    commentedRule('-j $sg-fallback', COMMENT.unmatched),
  ],
  pairs: (port) => {
    const line = (mac: MacAddress, source: string): string =>
      commentedRule(`${source}-m mac --mac-source ${formatMac(mac).toUpperCase()} -j RETURN`, COMMENT.pairAllow)
    const others = port.allowedAddressPairs.map(({ mac, prefix }) => line(mac, prefix.length === 0 ? '' : `-s ${formatPrefix(prefix)} `))
    if (port.fixedIps.length === 0) return [...others, line(port.mac, '')]
    return [...others, ...port.fixedIps.map((address) => line(port.mac, `-s ${formatIpv4(address)}/32 `))]
  },
}

/** A group without a set yet has no rule. */
function steinRule(rule: FirewallRule, sets: ReadonlySet<string>): string[] {
  if (rule.remoteGroupId === null) return [[...wideless(prefixes(rule)), ...steinMatch(rule), '-j RETURN'].join(' ')]
  const name = setName(rule.remoteGroupId, 'IPv4')
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
  const { protocol } = rule
  if (protocol === null) return []
  const words = ['-p', protocol]
  if (protocol === 'tcp' || protocol === 'udp') words.push('-m', protocol)
  const ports = (side: string, min: number | null, max: number | null): string[] => {
    // The agent asks whether there is a first port, and 0 counts for none: echo replies cannot be told from other ICMP.
    if (min === null || min === 0) return []
    if (protocol === 'icmp') return ['--icmp-type', max === null ? `${min}` : `${min}/${max}`]
    return protocol === 'tcp' || protocol === 'udp' ? portWords(side, min, max) : []
  }
  words.push(...ports('sport', rule.sourcePortMin, rule.sourcePortMax), ...ports('dport', rule.portMin, rule.portMax))
  return words
}

function steinMatch(rule: FirewallRule): string[] {
  const protocol = protocolName(rule)
  if (protocol === null) return []
  const words = ['-p', protocol]
  const isIcmp = protocol === 'icmp'
  if ((rule.sourcePortMin ?? rule.portMin) !== null) {
    if (isIcmp || WITH_PORTS.has(protocol)) words.push('-m', protocol)
  }
  const ports = (side: string, min: number | null, max: number | null): string[] => {
    if (min === null) return []
    if (isIcmp) return ['--icmp-type', max === null ? `${min}` : `${min}/${max}`]
    return WITH_PORTS.has(protocol) ? portWords(side, min, max) : []
  }
  words.push(...ports('sport', rule.sourcePortMin, rule.sourcePortMax), ...ports('dport', rule.portMin, rule.portMax))
  return words
}

function portWords(side: string, min: number, max: number | null): string[] {
  return min === max ? [`--${side}`, `${min}`] : ['-m', 'multiport', `--${side}s`, `${min}:${max}`]
}

/** As iptables-save names it: numbers of /etc/protocols get their names; 0 is any. */
function protocolName({ protocol }: FirewallRule): string | null {
  if (protocol === null || protocol === '0') return null
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

export function rulesOf(port: FirewallPort, direction: Direction): FirewallRule[] {
  return port.rules.filter((rule) => rule.direction === direction && rule.ethertype === 'IPv4')
}
