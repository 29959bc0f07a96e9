// 802.2 LLC and SNAP headers behind 802.3 lengths.
import type { Dissector } from '../dissector.js'
import { hexAsciiDump } from '../hexdump.js'
import { ethertypeName } from '../protocols.js'
import { printStp } from './stp.js'

const SAPS: Readonly<Record<number, string>> = {
  0x00: 'Null',
  0xff: 'Global',
  0x02: '802.1B I',
  0x03: '802.1B G',
  0x06: 'IP',
  0x04: 'SNA',
  0x0e: 'ProWay NM',
  0x42: 'STP',
  0x4e: 'RS511',
  0x7e: 'ISO8208',
  0x8e: 'ProWay',
  0xaa: 'SNAP',
  0xe0: 'IPX',
  0xf0: 'NetBeui',
  0xfe: 'OSI',
}
const COMMANDS: Readonly<Record<number, string>> = {
  0x03: 'ui',
  0xe3: 'test',
  0xaf: 'xid',
  0x63: 'ua',
  0x43: 'disc',
  0x0f: 'dm',
  0x6f: 'sabme',
  0x87: 'frmr',
}
const SUPERVISORY = ['Receiver Ready', 'Receiver not Ready', 'Reject']
const OUIS: Readonly<Record<number, string>> = {
  0x000000: 'Ethernet',
  0x00000c: 'Cisco',
  0x00005e: 'IANA',
  0x0000f8: 'Cisco bridged',
  0x0080c2: 'Ethernet bridged',
  0x080007: 'Appletalk',
}
const CISCO_PIDS: Readonly<Record<number, string>> = {
  0x2000: 'CDP',
  0x2003: 'VTP',
  0x2004: 'DTP',
  0x0111: 'UDLD',
  0x010b: 'PVST',
  0x010c: 'VLAN Bridge',
}
const OUI_CISCO = 0x00000c
const UI = 0x03
const XID = 0xaf
const SAP_SNAP = 0xaa
const SAP_STP = 0x42
const SAP_IP = 0x06

const flagText = (bits: number, poll: number): string => {
  if ((bits & poll) !== 0) return bits & 1 ? 'Final' : 'Poll'
  return bits & 1 ? 'Response' : 'Command'
}

/**
 * Length of the header; negative when what follows is unknown and wants a dump. `frameAt`: where the MAC addresses
 * stand, null when there are none.
 */
export function printLlc(d: Dissector, at: number, length: number, frameAt: number | null): number {
  d.protocol = 'llc'
  const captured = d.available(at)
  const unnumbered = captured < 3 || (d.u8(at + 2) & 3) === 3
  const header = unnumbered ? 3 : 4
  if (captured < header || length < header) {
    d.truncated()
    hexAsciiDump(d, '\n\t', at, captured)
    return Math.min(captured, length)
  }
  const control = unnumbered ? d.u8(at + 2) : d.u8(at + 2) | (d.u8(at + 3) << 8)
  const dsap = d.u8(at) & 0xfe
  const ssap = d.u8(at + 1) & 0xfe
  if (d.options.link) {
    const group = d.u8(at) & 1 ? 'Group' : 'Individual'
    const role = d.u8(at + 1) & 1 ? 'Response' : 'Command'
    d.print(`LLC, dsap ${SAPS[dsap] ?? 'Unknown'} (0x${hex(dsap, 2)}) ${group}, `)
    d.print(`ssap ${SAPS[ssap] ?? 'Unknown'} (0x${hex(ssap, 2)}) ${role}, ctrl 0x${hex(control, unnumbered ? 2 : 4)}: `)
  }
  const body = at + header
  if (ssap === dsap && control === UI) {
    if (ssap === SAP_SNAP) return printSnap(d, body, length - header, frameAt) ? header + 5 : -(header + 5)
    if (ssap === SAP_STP) {
      printStp(d, body, length - header)
      return header
    }
    if (ssap === SAP_IP) {
      d.printers.ip(d, body, length - header)
      return header
    }
  }
  if (!d.options.link) d.print(sapsText(d, dsap, ssap, frameAt))
  return printControl(d, { at, body, control, unnumbered, length })
}

function sapsText(d: Dissector, dsap: number, ssap: number, frameAt: number | null): string {
  const to = SAPS[dsap] ?? `Unknown DSAP 0x${hex(dsap, 2)}`
  const from = SAPS[ssap] ?? `Unknown SSAP 0x${hex(ssap, 2)}`
  if (frameAt === null) return ssap === dsap ? `${to} ` : `${from} > ${to} `
  const src = d.mac(frameAt + 6)
  const dst = d.mac(frameAt)
  return ssap === dsap ? `${src} > ${dst} ${to} ` : `${src} ${from} > ${dst} ${to} `
}

interface LlcFrame {
  readonly at: number
  readonly body: number
  readonly control: number
  readonly unnumbered: boolean
  readonly length: number
}

function printControl(d: Dissector, frame: LlcFrame): number {
  const { control, length, body } = frame
  const header = body - frame.at
  const response = d.u8(frame.at + 1) & 1
  if (frame.unnumbered) {
    const command = control & 0xef
    const name = COMMANDS[command] ?? hex(command, 2)
    d.print(`Unnumbered, ${name}, Flags [${flagText(response | (control & 0x10), 0x10)}], length ${length}`)
    if (command === XID && length > header && d.has(body, 1) && d.u8(body) === 0x81) {
      if (d.available(body) < 3) d.truncated()
      else d.print(`: ${d.hex(body + 1, 1)} ${d.hex(body + 2, 1)}`)
      return header
    }
    return command === XID && length === header ? header : -header
  }
  const flags = flagText(response | (control & 0x100), 0x100)
  if ((control & 3) === 1) {
    d.print(`Supervisory, ${SUPERVISORY[(control >> 2) & 3] ?? '?'}, rcv seq ${control >> 9}, Flags [${flags}], length ${length}`)
    return header
  }
  d.print(`Information, send seq ${(control >> 1) & 0x7f}, rcv seq ${control >> 9}, Flags [${flags}], length ${length}`)
  return -header
}

//   oui(3) type or pid(2)
function printSnap(d: Dissector, at: number, length: number, frameAt: number | null): boolean {
  d.protocol = 'snap'
  d.need(at, 5)
  if (length < 5) {
    d.truncated()
    return true
  }
  const oui = d.u24(at)
  const type = d.u16(at + 3)
  const left = length - 5
  const typed = oui === 0 || oui === 0x0000f8
  const name = typed ? ethertypeName(type) : ((oui === OUI_CISCO ? CISCO_PIDS[type] : undefined) ?? 'Unknown')
  const ouiName = OUIS[oui] ?? 'Unknown'
  if (d.options.link) {
    d.print(`oui ${ouiName} (0x${hex(oui, 6)}), ${oui === 0 ? 'ethertype' : 'pid'} ${name} (0x${hex(type, 4)}), length ${left}: `)
  }
  if (typed && d.printers.ethertype(d, type, at + 5, left)) return true
  if (oui === OUI_CISCO && (type === 0x010b || type === 0x010c)) {
    printStp(d, at + 5, left)
    return true
  }
  if (!d.options.link) {
    if (frameAt !== null) d.print(`${d.mac(frameAt + 6)} > ${d.mac(frameAt)} `)
    if (oui === 0) d.print(`SNAP, ethertype ${name} (0x${hex(type, 4)}), length ${left}: `)
    else d.print(`SNAP, oui ${ouiName} (0x${hex(oui, 6)}), pid ${name} (0x${hex(type, 4)}), length ${left}: `)
  }
  return false
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
