// "Cooked" captures of -i any: LINUX_SLL of old, LINUX_SLL2 with the device's number since 4.99.
import type { Dissector } from '../dissector.js'
import { defaultDump } from '../hexdump.js'
import { ETHERTYPE_NAMES, ethertypeName } from '../protocols.js'
import { vlanText } from './ethernet.js'
import { printLlc } from './llc.js'

const PACKET_TYPES = ['In', 'B', 'M', 'P', 'Out']
const P_802_2 = 4
const MAX_8023_LENGTH = 1500

interface CookedHeader {
  readonly size: number
  readonly packetType: number
  readonly protocol: number
  readonly addressLength: number
  readonly addressAt: number
  /** Only in LINUX_SLL2. */
  readonly ifindex: number | null
}

//   packet type(2) hardware type(2) address length(2) address(8) protocol(2)
export function printSll(d: Dissector, at: number, length: number): number {
  d.protocol = 'sll'
  d.need(at, 16)
  const header = {
    size: 16,
    packetType: d.u16(at),
    protocol: d.u16(at + 14),
    addressLength: d.u16(at + 4),
    addressAt: at + 6,
    ifindex: null,
  }
  if (d.options.link) printHeader(d, header, length)
  return printCooked(d, header, at, length)
}

//   protocol(2) reserved(2) ifindex(4) hardware type(2) packet type(1) address length(1) address(8)
export function printSll2(d: Dissector, at: number, length: number): number {
  d.protocol = 'sll2'
  d.need(at, 20)
  const header = {
    size: 20,
    packetType: d.u8(at + 10),
    protocol: d.u16(at),
    addressLength: d.u8(at + 11),
    addressAt: at + 12,
    ifindex: d.u32(at + 4),
  }
  d.print(`${(d.options.ifname(header.ifindex) ?? '?').padEnd(5)} ${(PACKET_TYPES[header.packetType] ?? '?').padEnd(3)} `)
  if (d.options.link) printHeader(d, header, length)
  return printCooked(d, header, at, length)
}

function printHeader(d: Dissector, header: CookedHeader, length: number): void {
  if (header.ifindex === null) d.print(`${(PACKET_TYPES[header.packetType] ?? '?').padStart(3)} `)
  else d.print(`ifindex ${header.ifindex} `)
  if (header.addressLength === 6) d.print(`${d.mac(header.addressAt)} `)
  if (d.options.quiet) return
  const { protocol } = header
  const number = `0x${protocol.toString(16).padStart(4, '0')}`
  if (protocol === 1) d.print('802.3')
  else if (protocol === P_802_2) d.print('802.2')
  else d.print(`ethertype ${protocol > MAX_8023_LENGTH ? ethertypeName(protocol) : 'Unknown'} (${number})`)
  d.print(`, length ${length}: `)
}

function printCooked(d: Dissector, header: CookedHeader, at: number, length: number): number {
  let type = header.protocol
  let body = at + header.size
  while (type === 0x8100) {
    if (d.available(body) < 4) {
      d.protocol = 'vlan'
      d.truncated()
      return body - at + d.available(body)
    }
    if (d.options.link) d.print(`${vlanText(d.u16(body))}, `)
    type = d.u16(body + 2)
    if (type <= MAX_8023_LENGTH) type = P_802_2
    if (!d.options.quiet) d.print(`ethertype ${ETHERTYPE_NAMES[type] ?? 'Unknown'}, `)
    body += 4
  }
  const left = length - (body - at)
  if (type === P_802_2) {
    const llc = printLlc(d, body, left, null)
    if (llc >= 0) return body - at + llc
  } else if (type > MAX_8023_LENGTH) {
    if (d.printers.ethertype(d, type, body, left)) return body - at
    if (!d.options.link) printHeader(d, header, length)
  }
  defaultDump(d, body)
  return body - at
}
