// ICMP types and codes by the names that iptables gives them.

export interface NamedIcmpType {
  readonly name: string
  readonly type: number
  readonly minCode: number
  readonly maxCode: number
  /** Indented under its type in help. */
  readonly isCode: boolean
}

function type(name: string, number: number): NamedIcmpType {
  return { name, type: number, minCode: 0, maxCode: 255, isCode: false }
}

function code(name: string, number: number, at: number): NamedIcmpType {
  return { name, type: number, minCode: at, maxCode: at, isCode: true }
}

/** In the order of the tool's list; of two names for the same numbers the first is printed. */
export const ICMP_TYPES: readonly NamedIcmpType[] = [
  type('any', 255),
  type('echo-reply', 0),
  type('pong', 0),
  type('destination-unreachable', 3),
  code('network-unreachable', 3, 0),
  code('host-unreachable', 3, 1),
  code('protocol-unreachable', 3, 2),
  code('port-unreachable', 3, 3),
  code('fragmentation-needed', 3, 4),
  code('source-route-failed', 3, 5),
  code('network-unknown', 3, 6),
  code('host-unknown', 3, 7),
  code('network-prohibited', 3, 9),
  code('host-prohibited', 3, 10),
  code('TOS-network-unreachable', 3, 11),
  code('TOS-host-unreachable', 3, 12),
  code('communication-prohibited', 3, 13),
  code('host-precedence-violation', 3, 14),
  code('precedence-cutoff', 3, 15),
  type('source-quench', 4),
  type('redirect', 5),
  code('network-redirect', 5, 0),
  code('host-redirect', 5, 1),
  code('TOS-network-redirect', 5, 2),
  code('TOS-host-redirect', 5, 3),
  type('echo-request', 8),
  type('ping', 8),
  type('router-advertisement', 9),
  type('router-solicitation', 10),
  type('time-exceeded', 11),
  type('ttl-exceeded', 11),
  code('ttl-zero-during-transit', 11, 0),
  code('ttl-zero-during-reassembly', 11, 1),
  type('parameter-problem', 12),
  code('ip-header-bad', 12, 0),
  code('required-option-missing', 12, 1),
  type('timestamp-request', 13),
  type('timestamp-reply', 14),
  type('address-mask-request', 17),
  type('address-mask-reply', 18),
]
