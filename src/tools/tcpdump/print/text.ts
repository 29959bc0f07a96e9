// Protocols that talk in lines of text: HTTP, FTP, SMTP and their like.
import type { Dissector } from '../dissector.js'

export interface TextProtocol {
  readonly name: string
  readonly ports: readonly number[]
  /** First words of requests; null where every packet is a request or an answer. */
  readonly commands: ReadonlySet<string> | null
  readonly since: number
}

const HTTP_COMMANDS = new Set(
  (
    'GET PUT COPY HEAD LOCK MOVE POLL POST BCOPY BMOVE MKCOL TRACE LABEL MERGE DELETE SEARCH UNLOCK REPORT UPDATE NOTIFY BDELETE ' +
    'CONNECT OPTIONS CHECKIN PROPFIND CHECKOUT CCM_POST SUBSCRIBE PROPPATCH BPROPFIND BPROPPATCH UNCHECKOUT MKACTIVITY MKWORKSPACE ' +
    'UNSUBSCRIBE RPC_CONNECT VERSION-CONTROL BASELINE-CONTROL'
  ).split(' '),
)
const PROTOCOLS: readonly TextProtocol[] = [
  { name: 'smtp', ports: [25], commands: null, since: 4.07 },
  { name: 'whois', ports: [43], commands: null, since: 4.99 },
  { name: 'ssh', ports: [22], commands: null, since: 4.99 },
  { name: 'ftp', ports: [21], commands: null, since: 4.07 },
  { name: 'http', ports: [80, 8080], commands: HTTP_COMMANDS, since: 4.07 },
]
const MAX_TOKEN = 128

export function textProtocolOf(sport: number, dport: number): TextProtocol | null {
  for (const protocol of PROTOCOLS) if (protocol.ports.includes(sport) || protocol.ports.includes(dport)) return protocol
  return null
}

export function printTextProtocol(d: Dissector, at: number, length: number, protocol: TextProtocol): void {
  if (!d.since(protocol.since)) return
  d.protocol = protocol.name
  if (protocol.name === 'ssh') return printSshVersion(d, at, length)
  d.print(`: ${protocol.name.toUpperCase()}`)
  if (protocol.commands !== null && !isMessage(d, at, length, protocol.commands)) return
  if (d.verbose === 0) {
    printLine(d, ': ', at, at + length)
    return
  }
  d.print(`, length: ${length}`)
  for (let line: number | null = at; line !== null && line < at + length; ) line = printLine(d, '\n\t', line, at + length)
}

/** A request begins with a command, an answer has three digits as its second word. */
function isMessage(d: Dissector, at: number, length: number, commands: ReadonlySet<string>): boolean {
  const first = fetchToken(d, at, at + length)
  if (first === null) return false
  if (commands.has(first.text.toUpperCase())) return true
  const second = fetchToken(d, first.next, at + length)
  return second !== null && /^\d{3}$/.test(second.text)
}

function fetchToken(d: Dissector, from: number, end: number): { text: string; next: number } | null {
  let text = ''
  let at = from
  for (; at < end; at++) {
    if (!d.has(at, 1)) return null
    const byte = d.u8(at)
    if (isBlank(byte) || byte === 13 || byte === 10) break
    if (byte < 0x20 || byte > 0x7e || text.length + 2 > MAX_TOKEN + 1) return null
    text += String.fromCharCode(byte)
  }
  while (at < end && d.has(at, 1) && d.u8(at) === 0x20) at++
  return text === '' ? null : { text, next: at }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 9
}

/** One line without its end; where the next begins, null when this was the last that is text. */
function printLine(d: Dissector, prefix: string, from: number, end: number): number | null {
  let at = from
  let text = ''
  for (; at < end; at++) {
    const byte = d.u8(at)
    if (byte === 10) {
      d.print(prefix + text)
      return at + 1
    }
    if (byte === 13) {
      if (at + 1 >= end || d.u8(at + 1) !== 10) return null
      d.print(prefix + text)
      return at + 2
    }
    if ((byte < 0x20 || byte > 0x7e) && byte !== 9) return null
    text += String.fromCharCode(byte)
  }
  d.print(prefix + text)
  d.truncated()
  return null
}

function printSshVersion(d: Dissector, at: number, length: number): void {
  let text = ''
  for (let i = 0; i < length; i++) {
    const byte = d.u8(at + i)
    if (i < 4 && byte !== 'SSH-'.charCodeAt(i)) return
    if (byte === 10 || (byte === 13 && i + 1 < length && d.u8(at + i + 1) === 10)) return d.print(`: SSH: ${text}`)
    if (byte < 0x20 || byte > 0x7e) return
    text += String.fromCharCode(byte)
  }
}
