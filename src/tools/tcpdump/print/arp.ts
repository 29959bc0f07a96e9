// ARP and reverse ARP.
import type { Dissector } from '../dissector.js'
import { hexAsciiDump } from '../hexdump.js'
import { ETHERTYPE_NAMES } from '../protocols.js'

const OPERATIONS: Readonly<Record<number, string>> = {
  1: 'Request',
  2: 'Reply',
  3: 'Reverse Request',
  4: 'Reverse Reply',
  8: 'Inverse Request',
  9: 'Inverse Reply',
  10: 'NACK Reply',
}
const HARDWARE: Readonly<Record<number, string>> = {
  1: 'Ethernet',
  6: 'TokenRing',
  7: 'ArcNet',
  15: 'FrameRelay',
  23: 'Strip',
  24: 'IEEE 1394',
  19: 'ATM',
  32: 'InfiniBand',
}
const IP = 0x0800
const TRAIL = 0x1000

//   hardware(2) protocol(2) lengths(1+1) operation(2) sha spa tha tpa
class Arp {
  readonly hardware: number
  readonly protocol: number
  readonly hardwareLength: number
  readonly protocolLength: number
  readonly operation: number
  readonly spa: number
  readonly tha: number
  readonly tpa: number

  constructor(
    readonly d: Dissector,
    readonly at: number,
  ) {
    d.need(at, 8)
    this.hardware = d.u16(at)
    this.protocol = d.u16(at + 2)
    this.hardwareLength = d.u8(at + 4)
    this.protocolLength = d.u8(at + 5)
    this.operation = d.u16(at + 6)
    this.spa = at + 8 + this.hardwareLength
    this.tha = this.spa + this.protocolLength
    this.tpa = this.tha + this.hardwareLength
  }

  get sha(): number {
    return this.at + 8
  }

  get isIp(): boolean {
    return this.protocol === IP || this.protocol === TRAIL
  }

  protocolAddress(at: number): string {
    if (!this.isIp) return '<wrong proto type>'
    return this.protocolLength === 4 ? this.d.ip(at) : '<wrong len>'
  }

  hardwareAddress(at: number): string {
    if (this.hardwareLength === 0) return '<empty>'
    return this.d.hex(at, this.hardwareLength, ':')
  }

  /** The hardware address that an asker already claims to know. */
  get hasTarget(): boolean {
    for (let i = 0; i < this.hardwareLength; i++) if (this.d.u8(this.tha + i) !== 0) return true
    return false
  }
}

export function printArp(d: Dissector, at: number, length: number): void {
  d.protocol = 'arp'
  const arp = new Arp(d, at)
  d.need(arp.tpa, arp.protocolLength)
  if (!d.options.link) d.print('ARP, ')
  if (!arp.isIp || arp.protocolLength !== 4 || arp.hardwareLength === 0 || d.verbose > 0) {
    const hardware = HARDWARE[arp.hardware] ?? `Unknown Hardware (${arp.hardware})`
    const protocol = ETHERTYPE_NAMES[arp.protocol] ?? `Unknown Protocol (0x${arp.protocol.toString(16).padStart(4, '0')})`
    d.print(`${hardware} (len ${arp.hardwareLength}), ${protocol} (len ${arp.protocolLength})`)
    if (d.verbose === 0) return d.print(`, length ${length}`)
    d.print(', ')
  }
  d.print(`${OPERATIONS[arp.operation] ?? `Unknown (${arp.operation})`} `)
  if (!printOperation(d, arp)) return hexAsciiDump(d, '\n\t', at, d.available(at))
  d.print(`, length ${length}`)
}

function printOperation(d: Dissector, arp: Arp): boolean {
  switch (arp.operation) {
    case 1:
      d.print(`who-has ${arp.protocolAddress(arp.tpa)}`)
      if (arp.hasTarget) d.print(` (${arp.hardwareAddress(arp.tha)})`)
      d.print(` tell ${arp.protocolAddress(arp.spa)}`)
      return true
    case 2:
      d.print(`${arp.protocolAddress(arp.spa)} is-at ${arp.hardwareAddress(arp.sha)}`)
      return true
    case 3:
    case 8:
      d.print(`who-is ${arp.hardwareAddress(arp.tha)} tell ${arp.hardwareAddress(arp.sha)}`)
      return true
    case 4:
      d.print(`${arp.hardwareAddress(arp.tha)} at ${arp.protocolAddress(arp.tpa)}`)
      return true
    case 9:
      d.print(`${arp.hardwareAddress(arp.sha)} at ${arp.protocolAddress(arp.spa)}`)
      return true
    default:
      return false
  }
}
