// ICMP errors in ping's words.
import { formatIpv4 } from '../../addr/ipv4.js'
import { ICMP_DEST_UNREACH, ICMP_PARAMETERPROB, ICMP_REDIRECT, ICMP_TIME_EXCEEDED } from '../../wire/icmp.js'

const UNREACHABLE: readonly string[] = [
  'Destination Net Unreachable',
  'Destination Host Unreachable',
  'Destination Protocol Unreachable',
  'Destination Port Unreachable',
  '',
  'Source Route Failed',
  'Destination Net Unknown',
  'Destination Host Unknown',
  'Source Host Isolated',
  'Destination Net Prohibited',
  'Destination Host Prohibited',
  'Destination Net Unreachable for Type of Service',
  'Destination Host Unreachable for Type of Service',
  'Packet filtered',
  'Precedence Violation',
  'Precedence Cutoff',
]

const REDIRECTED: readonly string[] = [
  'Redirect Network',
  'Redirect Host',
  'Redirect Type of Service and Network',
  'Redirect Type of Service and Host',
]

/** `info`: MTU of "frag needed", pointer of a parameter problem, gateway of a redirect. */
export function icmpErrorText(type: number, code: number, info: number): string {
  switch (type) {
    case ICMP_DEST_UNREACH:
      if (code === 4) return `Frag needed and DF set (mtu = ${info})`
      return UNREACHABLE[code] ?? `Dest Unreachable, Bad Code: ${code}`
    case ICMP_TIME_EXCEEDED:
      if (code === 0) return 'Time to live exceeded'
      return code === 1 ? 'Frag reassembly time exceeded' : `Time exceeded, Bad Code: ${code}`
    case ICMP_PARAMETERPROB:
      return `Parameter problem: pointer = ${info >>> 24}`
    case ICMP_REDIRECT:
      return `${REDIRECTED[code] ?? `Redirect, Bad Code: ${code}`}(New nexthop: ${formatIpv4(info | 0)})`
    default:
      return `Bad ICMP type: ${type}`
  }
}
