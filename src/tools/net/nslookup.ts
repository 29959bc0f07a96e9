// nslookup and host of BIND, and busybox's nslookup.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { formatIpv4, parseIpv4 } from '../../addr/ipv4.js'
import type { Command } from '../../node/command.js'
import { notEmulated } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { nameOfAddress, readResolverConfig, resolveHost } from '../../node/resolver.js'
import type { DnsMessage } from '../../wire/dns.js'
import { DNS_AA, DNS_TYPE_A, DNS_TYPE_PTR, reverseNameOf } from '../../wire/dns.js'
import { askOne, DNS_TYPES, dnsStatus, dnsTypeName, rdataText } from './dns-query.js'

export const nslookup: Command = { name: 'nslookup', path: '/usr/bin/nslookup', run: runNslookup }
export const host: Command = { name: 'host', path: '/usr/bin/host', run: runHost }

const TIMED_OUT = ';; connection timed out; no servers could be reached'

interface Asked {
  readonly name: string
  readonly type: number
  readonly servers: readonly Ipv4Address[]
}

/** The answer, with the name as it was finally asked (the search list applied). */
async function ask(proc: Process, asked: Asked): Promise<{ answer: DnsMessage; server: Ipv4Address; name: string } | null> {
  const { search, timeoutUs, attempts } = readResolverConfig(proc)
  const bare = asked.name.replace(/\.$/, '')
  const candidates =
    asked.type === DNS_TYPE_PTR || asked.name.endsWith('.')
      ? [bare]
      : bare.includes('.')
        ? [bare, ...search.map((domain) => `${bare}.${domain}`)]
        : [...search.map((domain) => `${bare}.${domain}`), bare]
  let last: { answer: DnsMessage; server: Ipv4Address; name: string } | null = null
  for (const name of candidates) {
    const got = await askAll(proc, asked, { name, timeoutUs, attempts })
    if (got === null) return last
    last = got
    if ((got.answer.flags & 15) === 0) return got
  }
  return last
}

async function askAll(
  proc: Process,
  asked: Asked,
  how: { name: string; timeoutUs: number; attempts: number },
): Promise<{ answer: DnsMessage; server: Ipv4Address; name: string } | null> {
  for (let i = 0; i < how.attempts; i++) {
    for (const server of asked.servers) {
      const answer = await askOne(proc, server, {
        name: how.name,
        type: asked.type,
        port: 53,
        timeoutUs: how.timeoutUs,
        tcp: false,
        isRecursive: true,
      })
      if (typeof answer !== 'string') return { answer, server, name: how.name }
    }
  }
  return null
}

async function serversOf(proc: Process, text: string | undefined): Promise<readonly Ipv4Address[] | null> {
  if (text === undefined) return readResolverConfig(proc).servers
  const resolved = await resolveHost(proc, text)
  return typeof resolved === 'string' ? null : [resolved.address]
}

function questionOf(words: readonly string[], name: string): { name: string; type: number } {
  const given = words.find((word) => /^-(type|query|q|t)=/.test(word))
  const address = parseIpv4(name)
  if (given === undefined && address !== null) return { name: reverseNameOf(address), type: DNS_TYPE_PTR }
  return { name, type: DNS_TYPES.get((given?.split('=')[1] ?? 'A').toUpperCase()) ?? DNS_TYPE_A }
}

async function runNslookup(proc: Process): Promise<number> {
  const words = proc.argv.slice(1)
  const operands = words.filter((word) => !word.startsWith('-'))
  if (operands.length === 0) return notEmulated(proc, 'the interactive mode', 'nslookup NAME [SERVER]')
  if (proc.machine.image.family === 'cirros') return oldBusyboxNslookup(proc)
  const servers = await serversOf(proc, operands[1])
  if (servers === null) {
    proc.line(`nslookup: couldn't get address for '${operands[1]}': not found`)
    return 1
  }
  const question = questionOf(words, operands[0]!)
  const got = await ask(proc, { name: question.name, type: question.type, servers })
  if (got === null) {
    proc.line(`${TIMED_OUT}\n`)
    return 1
  }
  const address = formatIpv4(got.server)
  if (question.type !== DNS_TYPE_PTR || operands[1] !== undefined)
    proc.line(`Server:\t\t${operands[1] ?? address}\nAddress:\t${address}#53\n`)
  const status = dnsStatus(got.answer)
  if (status !== 'NOERROR') {
    proc.line(`** server can't find ${got.name}: ${status}\n`)
    return 1
  }
  printNslookup(proc, got.answer, got.name)
  return 0
}

function printNslookup(proc: Process, answer: DnsMessage, name: string): void {
  if ((answer.flags & DNS_AA) === 0) proc.line('Non-authoritative answer:')
  if (answer.answers.length === 0) proc.line(`*** Can't find ${name}: No answer`)
  for (const record of answer.answers) {
    if (record.rdata.kind === 'a' || record.rdata.kind === 'aaaa') proc.line(`Name:\t${record.name}\nAddress: ${rdataText(record)}`)
    else if (record.type === DNS_TYPE_PTR) proc.line(`${record.name}\tname = ${rdataText(record)}`)
    else proc.line(`${record.name}\t${dnsTypeName(record.type).toLowerCase()} = ${rdataText(record)}`)
  }
  proc.out('\n')
}

/** Of busybox before 1.29, and of CirrOS. */
export async function oldBusyboxNslookup(proc: Process): Promise<number> {
  const operands = proc.argv.slice(1).filter((word) => !word.startsWith('-'))
  const servers = await serversOf(proc, operands[1])
  const server = servers?.[0] ?? null
  if (server !== null) {
    const text = formatIpv4(server)
    const name = await nameOfAddress(proc, server)
    proc.line(`Server:    ${text}\nAddress 1: ${text}${name === null ? '' : ` ${name}`}\n`)
  }
  const resolved = await resolveHost(proc, operands[0]!, operands[1] === undefined ? null : server)
  if (typeof resolved === 'string') {
    proc.error(`nslookup: can't resolve '${operands[0]}'`)
    return 1
  }
  const name = await nameOfAddress(proc, resolved.address)
  proc.line(`Name:      ${operands[0]}\nAddress 1: ${formatIpv4(resolved.address)}${name === null ? '' : ` ${name}`}`)
  return 0
}

async function runHost(proc: Process): Promise<number> {
  const words = proc.argv.slice(1)
  let type: string | null = null
  const operands: string[] = []
  for (let i = 0; i < words.length; i++) {
    if (words[i] === '-t') type = words[++i] ?? null
    else if (words[i]!.startsWith('-')) return notEmulated(proc, words[i]!)
    else operands.push(words[i]!)
  }
  if (operands.length === 0) {
    proc.error('Usage: host [-t TYPE] NAME [SERVER]')
    return 1
  }
  const servers = await serversOf(proc, operands[1])
  if (servers === null) {
    proc.line(`host: couldn't get address for '${operands[1]}': not found`)
    return 1
  }
  const question = questionOf(type === null ? [] : [`-t=${type}`], operands[0]!)
  const got = await ask(proc, { name: question.name, type: question.type, servers })
  if (got === null) {
    proc.line(TIMED_OUT)
    return 1
  }
  if (operands[1] !== undefined) {
    const address = formatIpv4(got.server)
    proc.line(`Using domain server:\nName: ${operands[1]}\nAddress: ${address}#53\nAliases: \n`)
  }
  const code = got.answer.flags & 15
  if (code !== 0) {
    proc.line(`Host ${question.type === DNS_TYPE_PTR ? `${question.name}.` : operands[0]} not found: ${code}(${dnsStatus(got.answer)})`)
    return 1
  }
  for (const record of got.answer.answers) {
    if (record.rdata.kind === 'a') proc.line(`${record.name} has address ${rdataText(record)}`)
    else if (record.rdata.kind === 'aaaa') proc.line(`${record.name} has IPv6 address ${rdataText(record)}`)
    else if (record.type === DNS_TYPE_PTR) proc.line(`${record.name} domain name pointer ${rdataText(record)}`)
    else proc.line(`${record.name} has ${dnsTypeName(record.type)} record ${rdataText(record)}`)
  }
  if (got.answer.answers.length === 0) proc.line(`${got.name} has no ${dnsTypeName(question.type)} record`)
  return 0
}
