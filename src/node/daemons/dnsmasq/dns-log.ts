// The lines that --log-queries writes: who asked what, and where the answer comes from.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { formatIpv4 } from '../../../addr/ipv4.js'
import { formatIpv6 } from '../../../addr/ipv6.js'
import type { DnsMessage, DnsRecord } from '../../../wire/dns.js'
import { DNS_NXDOMAIN, DNS_REFUSED, DNS_TYPE_PTR } from '../../../wire/dns.js'

const TYPES = new Map<number, string>([
  [1, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [12, 'PTR'],
  [15, 'MX'],
  [16, 'TXT'],
  [28, 'AAAA'],
  [33, 'SRV'],
])

export function queryLines(query: DnsMessage, from: Ipv4Address): string[] {
  return query.questions.map(({ name, type }) => `query[${TYPES.get(type) ?? `type=${type}`}] ${name} from ${formatIpv4(from)}`)
}

export function localLines(query: DnsMessage, answer: DnsMessage, sourceOf: (name: string) => string): string[] {
  const code = answer.flags & 15
  const asked = query.questions[0]?.name ?? ''
  if (code === DNS_REFUSED) return ['config error is REFUSED (EDE: not ready)']
  if (code === DNS_NXDOMAIN) return [`config ${asked} is NXDOMAIN`]
  if (answer.answers.length === 0) return [`config ${asked} is NODATA-IPv6`]
  return answer.answers.map((record) => `${sourceOf(record.name)} ${factText(record)}`)
}

export function forwardedLines(query: DnsMessage, server: Ipv4Address): string[] {
  return query.questions.map(({ name }) => `forwarded ${name} to ${formatIpv4(server)}`)
}

export function replyLines(query: DnsMessage, answer: DnsMessage): string[] {
  if ((answer.flags & 15) === DNS_NXDOMAIN) return query.questions.map(({ name }) => `reply ${name} is NXDOMAIN`)
  return answer.answers.map((record) => `reply ${factText(record)}`)
}

/** `NAME is ADDRESS`; of a PTR the address stands first. */
function factText(record: DnsRecord): string {
  const { rdata, name } = record
  if (record.type === DNS_TYPE_PTR && rdata.kind === 'name')
    return `${name
      .replace(/\.in-addr\.arpa$/, '')
      .split('.')
      .reverse()
      .join('.')} is ${rdata.name}`
  if (rdata.kind === 'a') return `${name} is ${formatIpv4(rdata.address)}`
  if (rdata.kind === 'aaaa') return `${name} is ${formatIpv6(rdata.address)}`
  return `${name} is ${rdata.kind === 'name' ? '<CNAME>' : `<${TYPES.get(record.type) ?? 'data'}>`}`
}
