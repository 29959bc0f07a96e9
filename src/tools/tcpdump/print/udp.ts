// UDP datagrams, and which printer their ports call.
import { type Dissector, rightChecksum, type TransportPayload } from '../dissector.js'
import { printDhcp } from './dhcp.js'
import { printDns } from './dns.js'
import { printGeneve } from './geneve.js'
import { printNtp } from './ntp.js'
import { pseudoSum } from './pseudo-header.js'
import { printSyslog } from './syslog.js'
import { printEndpoints } from './tcp.js'
import { printTftp } from './tftp.js'
import { printVxlan } from './vxlan.js'

type PayloadPrinter = (d: Dissector, at: number, length: number) => void

// Differs: only the protocols that a lab speaks are taken apart; others show "UDP, length N".
const BY_PORT: readonly (readonly [port: number, printer: PayloadPrinter, since?: number])[] = [
  [53, (d, at, length) => printDns(d, at, length, 'udp')],
  [5353, (d, at, length) => printDns(d, at, length, 'mdns')],
  [69, printTftp],
  [68, printDhcp],
  [67, printDhcp],
  [123, printNtp],
  [514, printSyslog],
  [4789, printVxlan, 4.05],
  [6081, printGeneve, 4.07],
]

export function printUdp(d: Dissector, payload: TransportPayload): void {
  const { at } = payload
  d.protocol = 'udp'
  printEndpoints(d, payload, 'udp')
  if (!d.has(at, 4)) return d.truncated()
  if (payload.length < 8) return d.print(`truncated-udp ${payload.length}`)
  if (!d.has(at, 6)) return d.truncated()
  const total = d.u16(at + 4)
  if (total < 8) return d.print(`truncated-udplength ${total}`)
  const length = Math.min(total, payload.length) - 8
  if (at + 8 > d.end) return d.truncated()
  if (d.verbose > 0 && !d.options.trustChecksums && !payload.fragmented && !d.options.quiet) printChecksum(d, payload, length)
  const printer = d.options.quiet ? null : printerOf(d, d.u16(at), d.u16(at + 2))
  if (printer !== null) return printer(d, at + 8, length)
  const bad = total - 8 > length && !payload.fragmented
  d.print(bad ? `UDP, bad length ${total - 8} > ${length}` : `UDP, length ${total - 8}`)
}

function printerOf(d: Dissector, sport: number, dport: number): PayloadPrinter | null {
  for (const [port, printer, since] of BY_PORT) {
    if ((port === sport || port === dport) && (since === undefined || d.since(since))) return printer
  }
  return null
}

/** Over IPv4 from -vv on, over IPv6, where it is required, from -v on. */
function printChecksum(d: Dissector, payload: TransportPayload, length: number): void {
  const { at, ipAt } = payload
  const six = d.u8(ipAt) >> 4 === 6
  if (!six && d.verbose < 2) return
  const given = d.u16(at + 6)
  if (!six && given === 0) return d.print('[no cksum] ')
  if (!d.has(at + 8, length)) return
  const sum = d.checksum(at, length + 8, pseudoSum(d, ipAt, 17, length + 8))
  if (sum === 0) return d.print('[udp sum ok] ')
  d.print(`[bad udp cksum 0x${hex4(given)} -> 0x${hex4(rightChecksum(given, sum))}!] `)
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, '0')
}
