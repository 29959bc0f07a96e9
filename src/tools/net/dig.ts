// dig of BIND: the whole answer, section by section.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { formatIpv4, parseIpv4 } from '../../addr/ipv4.js'
import type { Command } from '../../node/command.js'
import { notEmulated } from '../../node/command.js'
import { atLeast } from '../../node/image.js'
import type { Process } from '../../node/process.js'
import { readResolverConfig, resolveHost } from '../../node/resolver.js'
import type { DnsMessage, DnsRecord } from '../../wire/dns.js'
import { encodeDns, reverseNameOf } from '../../wire/dns.js'
import type { DnsFailure } from './dns-query.js'
import { askOne, DNS_TYPES, dnsStatus, dnsTypeName, rdataText } from './dns-query.js'

export const dig: Command = { name: 'dig', path: '/usr/bin/dig', run: runDig }

interface DigOptions {
  server: string | null
  name: string
  type: number
  port: number
  /** Sections and lines that +no... takes away. */
  shown: Set<string>
  short: boolean
  tcp: boolean
  recurse: boolean
  tries: number
  timeoutUs: number
}

const PARTS = ['cmd', 'comments', 'question', 'answer', 'authority', 'additional', 'stats']

function parseDig(words: readonly string[]): DigOptions | { readonly missing: string } {
  const options: DigOptions = {
    server: null,
    name: '.',
    type: 1,
    port: 53,
    shown: new Set(PARTS),
    short: false,
    tcp: false,
    recurse: true,
    tries: 3,
    timeoutUs: 5_000_000,
  }
  let hasName = false
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (word.startsWith('@')) options.server = word.slice(1)
    else if (word.startsWith('+')) {
      if (!flag(options, word.slice(1))) return { missing: word }
    } else if (word === '-x') {
      options.name = reverseNameOf(parseIpv4(words[++i] ?? '') ?? 0)
      options.type = 12
      hasName = true
    } else if (word === '-t') options.type = DNS_TYPES.get((words[++i] ?? '').toUpperCase()) ?? 1
    else if (word === '-p') options.port = Number(words[++i])
    else if (word === '-q') {
      options.name = words[++i] ?? '.'
      hasName = true
    } else if (word === '-4') continue
    else if (word.startsWith('-')) return { missing: word }
    else if (hasName && DNS_TYPES.has(word.toUpperCase())) options.type = DNS_TYPES.get(word.toUpperCase())!
    else if (word.toUpperCase() === 'IN') continue
    else if (!hasName && DNS_TYPES.has(word.toUpperCase()) && words.length > i + 1) options.type = DNS_TYPES.get(word.toUpperCase())!
    else {
      options.name = word
      hasName = true
    }
  }
  if (!hasName) options.type = 2
  return options
}

function flag(options: DigOptions, text: string): boolean {
  const isOff = text.startsWith('no')
  const [name, value] = (isOff ? text.slice(2) : text).split('=')
  if (name === 'all') options.shown = new Set(isOff ? [] : PARTS)
  else if (name === 'short') options.short = !isOff
  else if (name === 'tcp' || name === 'vc') options.tcp = !isOff
  else if (name === 'recurse' || name === 'rec') options.recurse = !isOff
  else if (name === 'time' || name === 'timeout') options.timeoutUs = Number(value) * 1_000_000
  else if (name === 'tries') options.tries = Number(value)
  else if (name === 'retry') options.tries = Number(value) + 1
  else if (PARTS.includes(name!)) {
    if (isOff) options.shown.delete(name!)
    else options.shown.add(name!)
  } else return ['search', 'edns', 'cookie', 'dnssec', 'multiline', 'ignore', 'identify'].includes(name!)
  return true
}

async function runDig(proc: Process): Promise<number> {
  const options = parseDig(proc.argv.slice(1))
  if ('missing' in options) return notEmulated(proc, options.missing)
  const version = proc.machine.image.tool('bind')
  if (!options.short && options.shown.has('cmd')) {
    proc.line(`\n; <<>> DiG ${version} <<>> ${proc.argv.slice(1).join(' ')}`)
    if (options.server !== null) proc.line('; (1 server found)')
    proc.line(';; global options: +cmd')
  }
  const servers = await serversOf(proc, options)
  if (typeof servers === 'string') {
    proc.error(servers)
    return 10
  }
  const startedUs = proc.nowUs
  for (let i = 0; i < options.tries; i++) {
    for (const server of servers) {
      const answer = await askOne(proc, server, {
        name: options.name.replace(/\.$/, ''),
        type: options.type,
        port: options.port,
        timeoutUs: options.timeoutUs,
        tcp: options.tcp,
        isRecursive: options.recurse,
      })
      if (typeof answer !== 'string') {
        print(proc, options, answer, { server, tookUs: proc.nowUs - startedUs })
        return 0
      }
      if (atLeast(version, '9.18')) proc.line(`;; communications error to ${formatIpv4(server)}#${options.port}: ${failureText(answer)}`)
    }
  }
  if (atLeast(version, '9.18')) proc.line('\n;; no servers could be reached\n')
  else proc.line(';; connection timed out; no servers could be reached')
  return 9
}

function failureText(failure: DnsFailure): string {
  return failure === 'refused' ? 'connection refused' : failure === 'unreachable' ? 'network unreachable' : 'timed out'
}

async function serversOf(proc: Process, options: DigOptions): Promise<readonly Ipv4Address[] | string> {
  if (options.server === null) return readResolverConfig(proc).servers
  const resolved = await resolveHost(proc, options.server)
  return typeof resolved === 'string' ? `dig: couldn't get address for '${options.server}': not found` : [resolved.address]
}

function print(proc: Process, options: DigOptions, answer: DnsMessage, from: { server: Ipv4Address; tookUs: number }): void {
  if (options.short) {
    for (const record of answer.answers) proc.line(rdataText(record))
    return
  }
  const { shown } = options
  if (shown.has('comments')) {
    proc.line(';; Got answer:')
    proc.line(`;; ->>HEADER<<- opcode: QUERY, status: ${dnsStatus(answer)}, id: ${answer.id}`)
    const counts = `QUERY: ${answer.questions.length}, ANSWER: ${answer.answers.length}, AUTHORITY: ${answer.authority.length}, ADDITIONAL: ${answer.additional.length}`
    proc.line(`;; flags: ${flagsText(answer.flags)}; ${counts}\n`)
  }
  if (shown.has('question')) {
    if (shown.has('comments')) proc.line(';; QUESTION SECTION:')
    for (const question of answer.questions) proc.line(`;${padName(`${question.name}.`, 31)}IN\t${dnsTypeName(question.type)}`)
    proc.out('\n')
  }
  const sections = [
    ['answer', 'ANSWER', answer.answers],
    ['authority', 'AUTHORITY', answer.authority],
    ['additional', 'ADDITIONAL', answer.additional],
  ] as const
  for (const [key, title, records] of sections) {
    if (!shown.has(key) || records.length === 0) continue
    if (shown.has('comments')) proc.line(`;; ${title} SECTION:`)
    for (const record of records) proc.line(recordText(record))
    if (shown.has('comments')) proc.out('\n')
  }
  if (!shown.has('stats')) return
  const isNew = atLeast(proc.machine.image.tool('bind'), '9.18')
  const address = formatIpv4(from.server)
  proc.line(`;; Query time: ${Math.round(from.tookUs / 1000)} msec`)
  proc.line(`;; SERVER: ${address}#${options.port}(${options.server ?? address})${isNew ? ` (${options.tcp ? 'TCP' : 'UDP'})` : ''}`)
  proc.line(`;; WHEN: ${whenText(proc.clock)}`)
  proc.line(`;; MSG SIZE  rcvd: ${encodeDns(answer).length}\n`)
}

function flagsText(flags: number): string {
  const words: string[] = []
  for (const [bit, word] of [
    [0x8000, 'qr'],
    [0x0400, 'aa'],
    [0x0200, 'tc'],
    [0x0100, 'rd'],
    [0x0080, 'ra'],
  ] as const)
    if ((flags & bit) !== 0) words.push(word)
  return words.join(' ')
}

/** Tabs of eight until the column is reached. */
function padName(text: string, column: number): string {
  let width = text.length + (column === 31 ? 1 : 0)
  let padded = text
  do {
    padded += '\t'
    width = (Math.floor(width / 8) + 1) * 8
  } while (width < (column === 31 ? 32 : column))
  return padded
}

function recordText(record: DnsRecord): string {
  return `${padName(`${record.name}.`, 24)}${record.ttlSeconds}\tIN\t${dnsTypeName(record.type)}\t${rdataText(record)}`
}

/** `Tue Jul 31 01:00:00 UTC 2012` */
function whenText(clockUs: number): string {
  const [day, month, date, year, time] = new Date(Math.floor(clockUs / 1000))
    .toUTCString()
    .replace(',', '')
    .split(' ')
    .map((word, i, all) => (i === 1 ? all[2]! : i === 2 ? all[1]! : word))
  return `${day} ${month} ${date} ${time} UTC ${year}`
}
