// busybox's nslookup since 1.29: A and AAAA at once from one socket, each answer in turn.
import { formatIpv4, parseIpv4 } from '../../addr/ipv4.js'
import { openUdp, receiveFrom } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { readResolverConfig, resolveHost } from '../../node/resolver.js'
import {
  DNS_AA,
  DNS_PORT,
  DNS_TYPE_A,
  DNS_TYPE_AAAA,
  DNS_TYPE_PTR,
  type DnsMessage,
  decodeDns,
  dnsQuery,
  encodeDns,
  reverseNameOf,
} from '../../wire/dns.js'
import { busyboxUsage } from './busybox-usage.js'
import { DNS_TYPES, dnsStatus, dnsTypeName, rdataText } from './dns-query.js'

const TIMEOUT_US = 5_000_000
const RETRY_US = 2_500_000

interface Query {
  readonly name: string
  readonly message: DnsMessage
  answer: DnsMessage | null
}

export async function runBusyboxNslookup(proc: Process): Promise<number> {
  const types: string[] = []
  const operands: string[] = []
  for (const word of proc.argv.slice(1)) {
    const type = /^-(?:type|querytype|query|q|t)=(.*)$/.exec(word)
    if (type !== null) types.push(type[1]!)
    else if (word !== '-debug') operands.push(word)
  }
  const [name, server] = operands
  if (name === undefined || operands.length > 2) {
    proc.error(busyboxUsage(proc, 'nslookup', '[-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]'))
    proc.error('\nQuery DNS about HOST\n\nQUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,ptr,srv,any')
    return 1
  }
  const bad = types.find((type) => !DNS_TYPES.has(type.toUpperCase()))
  if (bad !== undefined) return failed(proc, `invalid query type "${bad}"`)
  const resolved = server === undefined ? null : await resolveHost(proc, server)
  if (typeof resolved === 'string') return failed(proc, `bad address '${server}'`)
  const queries = queriesFor(proc, name, types)
  const address = resolved?.address ?? readResolverConfig(proc).servers[0]!
  const trouble = await ask(proc, { address, text: server ?? formatIpv4(address) }, queries)
  if (trouble !== null) return failed(proc, trouble)
  if (queries.every(({ answer }) => answer === null)) {
    proc.line(';; connection timed out; no servers could be reached\n')
    return 1
  }
  proc.line(`Server:\t\t${server ?? formatIpv4(address)}\nAddress:\t${formatIpv4(address)}:${DNS_PORT}\n`)
  let code = 0
  for (const query of queries) if (!showAnswer(proc, query)) code = 1
  return code
}

function failed(proc: Process, text: string): number {
  proc.error(`nslookup: ${text}`)
  return 1
}

function queriesFor(proc: Process, name: string, types: readonly string[]): Query[] {
  const address = parseIpv4(name)
  const asked =
    types.length > 0
      ? types.map((type) => DNS_TYPES.get(type.toUpperCase())!)
      : address === null
        ? [DNS_TYPE_A, DNS_TYPE_AAAA]
        : [DNS_TYPE_PTR]
  return asked.map((type) => {
    const full = type === DNS_TYPE_PTR && address !== null ? reverseNameOf(address) : name
    return { name: full, message: dnsQuery(proc.random.below(65_536), full, type), answer: null }
  })
}

/** What keeps it from asking at all; else null, and what came is with the queries. */
async function ask(proc: Process, server: { address: number; text: string }, queries: readonly Query[]): Promise<string | null> {
  const socket = openUdp(proc)
  try {
    const errno = socket.connect(server.address, DNS_PORT)
    if (errno !== null) return `can't connect to remote host (${formatIpv4(server.address)}): Network is unreachable`
    const until = proc.nowUs + TIMEOUT_US
    while (proc.nowUs < until && queries.some(({ answer }) => answer === null)) {
      for (const { message } of queries.filter(({ answer }) => answer === null))
        if (socket.send(encodeDns(message)) === 'ECONNREFUSED') proc.error(`nslookup: write to '${server.text}': Connection refused`)
      const again = Math.min(proc.nowUs + RETRY_US, until)
      while (proc.nowUs < again && queries.some(({ answer }) => answer === null)) {
        const datagram = await receiveFrom(proc, socket, again - proc.nowUs)
        if (datagram === null) break
        if (typeof datagram === 'string') proc.error('nslookup: read: Connection refused')
        else accept(queries, decodeDns(datagram.data))
      }
    }
    return null
  } finally {
    socket.close()
  }
}

function accept(queries: readonly Query[], answer: DnsMessage | null): void {
  const query = queries.find(({ message }) => message.id === answer?.id)
  if (query !== undefined) query.answer = answer
}

/** False: it failed. One that nobody answered beside one that was answered says nothing. */
function showAnswer(proc: Process, { name, answer }: Query): boolean {
  if (answer === null) return false
  const status = dnsStatus(answer)
  if (status !== 'NOERROR') {
    proc.line(`** server can't find ${name}: ${status}\n`)
    return false
  }
  if ((answer.flags & DNS_AA) === 0) proc.line('Non-authoritative answer:')
  if (answer.answers.length === 0) proc.line(`*** Can't find ${name}: No answer`)
  for (const record of answer.answers) {
    if (record.rdata.kind === 'a' || record.rdata.kind === 'aaaa') proc.line(`Name:\t${record.name}\nAddress: ${rdataText(record)}`)
    else if (record.type === DNS_TYPE_PTR) proc.line(`${record.name}\tname = ${rdataText(record).replace(/\.$/, '')}`)
    else proc.line(`${record.name}\t${dnsTypeName(record.type).toLowerCase().replace('cname', 'canonical name')} = ${rdataText(record)}`)
  }
  proc.out('\n')
  return true
}
