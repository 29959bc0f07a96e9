// What dig, nslookup and host share: types by name, rows as text, one question to the configured or named servers.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatIpv6 } from '../../addr/ipv6.js'
import { connectTcp, openTcp, readTcp, writeTcp } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { askServer } from '../../node/resolver.js'
import { get16, put16 } from '../../wire/bytes.js'
import type { DnsMessage, DnsRecord } from '../../wire/dns.js'
import { decodeDns, dnsQuery, encodeDns } from '../../wire/dns.js'

export const DNS_TYPES = new Map<string, number>([
  ['A', 1],
  ['NS', 2],
  ['CNAME', 5],
  ['SOA', 6],
  ['PTR', 12],
  ['MX', 15],
  ['TXT', 16],
  ['AAAA', 28],
  ['SRV', 33],
  ['ANY', 255],
])

const STATUS = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']

export function dnsStatus(message: DnsMessage): string {
  return STATUS[message.flags & 15] ?? `RESERVED${message.flags & 15}`
}

export function dnsTypeName(type: number): string {
  for (const [name, number] of DNS_TYPES) if (number === type) return name
  return `TYPE${type}`
}

export function rdataText(record: DnsRecord): string {
  const { rdata } = record
  switch (rdata.kind) {
    case 'a':
      return formatIpv4(rdata.address)
    case 'aaaa':
      return formatIpv6(rdata.address)
    case 'name':
      return `${rdata.name}.`
    case 'txt':
      return rdata.strings.map((text) => `"${text}"`).join(' ')
    case 'raw':
      return `\\# ${rdata.bytes.length} ${[...rdata.bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
  }
}

export interface DnsQuestionOptions {
  readonly name: string
  readonly type: number
  readonly port: number
  readonly timeoutUs: number
  readonly tcp: boolean
  readonly isRecursive: boolean
}

export type DnsFailure = 'refused' | 'unreachable' | 'timeout'

export async function askOne(proc: Process, server: Ipv4Address, question: DnsQuestionOptions): Promise<DnsMessage | DnsFailure> {
  const plain = dnsQuery(proc.random.below(65_536), question.name, question.type)
  const query = question.isRecursive
    ? plain
    : { id: plain.id, flags: 0, questions: plain.questions, answers: [], authority: [], additional: [] }
  return question.tcp ? askOverTcp(proc, server, query, question) : askServer(proc, server, query, question.timeoutUs, question.port)
}

async function askOverTcp(
  proc: Process,
  server: Ipv4Address,
  query: DnsMessage,
  question: DnsQuestionOptions,
): Promise<DnsMessage | DnsFailure> {
  const socket = openTcp(proc)
  try {
    const errno = await connectTcp(proc, socket, { address: server, port: question.port }, question.timeoutUs)
    if (errno !== null)
      return errno === 'ECONNREFUSED' ? 'refused' : errno === 'timeout' || errno === 'ETIMEDOUT' ? 'timeout' : 'unreachable'
    const bytes = encodeDns(query)
    const framed = new Uint8Array(bytes.length + 2)
    put16(framed, 0, bytes.length)
    framed.set(bytes, 2)
    await writeTcp(proc, socket, framed)
    let buffer = new Uint8Array(0)
    while (buffer.length < 2 || buffer.length < 2 + get16(buffer, 0)) {
      const got = await readTcp(proc, socket, question.timeoutUs)
      if (!(got instanceof Uint8Array)) return 'timeout'
      const joined = new Uint8Array(buffer.length + got.length)
      joined.set(buffer)
      joined.set(got, buffer.length)
      buffer = joined
    }
    return decodeDns(buffer.subarray(2)) ?? 'timeout'
  } finally {
    socket.close()
  }
}
