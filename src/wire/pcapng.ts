// pcapng capture files, written little-endian with one interface per capture point.
import { joinBytes } from './bytes.js'
import type { CapturedPacket } from './pcap.js'

const BYTE_ORDER = 0x1a2b3c4d
const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const ENHANCED_PACKET = 6
const OPTION_COMMENT = 1
const OPTION_NAME = 2
const OPTION_DESCRIPTION = 3
const OPTION_TSRESOL = 9
const OPTION_FLAGS = 2
const OPTION_APPLICATION = 4
/** 10^-6 seconds. */
const MICROSECONDS = 6

/** Where packets of a written file were seen. */
export interface PcapngInterface {
  readonly name: string
  readonly description: string
  /** libpcap reads a file only when all its interfaces have the same one. */
  readonly linkType: number
}

export interface PcapngPacket extends CapturedPacket {
  /** Which of the file's interfaces, from 0. */
  readonly interface: number
  readonly direction: 'in' | 'out' | 'unknown'
  /** Shown beside the packet; '' for none. */
  readonly comment: string
}

const SNAP_LENGTH = 262144
const DIRECTIONS = { unknown: 0, in: 1, out: 2 } as const
const utf8 = new TextEncoder()

/** A whole file. Packets are written in the order of the list: sort them by time before. */
export function writePcapng(interfaces: readonly PcapngInterface[], packets: readonly PcapngPacket[], application: string): Uint8Array {
  const parts = [sectionHeader(application)]
  for (const each of interfaces) parts.push(interfaceBlock(each))
  for (const packet of packets) parts.push(packetBlock(packet))
  return joinBytes(parts)
}

function sectionHeader(application: string): Uint8Array {
  const body = new Uint8Array(16)
  const view = new DataView(body.buffer)
  view.setUint32(0, BYTE_ORDER, true)
  view.setUint16(4, 1, true)
  // The section's length is not given: all ones.
  view.setBigInt64(8, -1n, true)
  return block(SECTION_HEADER, body, [option(OPTION_APPLICATION, utf8.encode(application))])
}

function interfaceBlock({ name, description, linkType }: PcapngInterface): Uint8Array {
  const body = new Uint8Array(8)
  const view = new DataView(body.buffer)
  view.setUint16(0, linkType, true)
  view.setUint32(4, SNAP_LENGTH, true)
  return block(INTERFACE_DESCRIPTION, body, [
    option(OPTION_NAME, utf8.encode(name)),
    ...(description === '' ? [] : [option(OPTION_DESCRIPTION, utf8.encode(description))]),
    option(OPTION_TSRESOL, Uint8Array.of(MICROSECONDS)),
  ])
}

function packetBlock(packet: PcapngPacket): Uint8Array {
  const { bytes } = packet
  const body = new Uint8Array(20 + padded(bytes.length))
  const view = new DataView(body.buffer)
  const time = BigInt(packet.timeUs)
  view.setUint32(0, packet.interface, true)
  view.setUint32(4, Number(time >> 32n), true)
  view.setUint32(8, Number(time & 0xffffffffn), true)
  view.setUint32(12, bytes.length, true)
  view.setUint32(16, packet.originalLength, true)
  body.set(bytes, 20)
  const flags = new Uint8Array(4)
  flags[0] = DIRECTIONS[packet.direction]
  return block(ENHANCED_PACKET, body, [
    ...(packet.comment === '' ? [] : [option(OPTION_COMMENT, utf8.encode(packet.comment))]),
    ...(packet.direction === 'unknown' ? [] : [option(OPTION_FLAGS, flags)]),
  ])
}

function padded(length: number): number {
  return (length + 3) & ~3
}

function option(code: number, value: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 + padded(value.length))
  const view = new DataView(out.buffer)
  view.setUint16(0, code, true)
  view.setUint16(2, value.length, true)
  out.set(value, 4)
  return out
}

/** Type, length, body, options and their end, and the length once more. */
function block(type: number, body: Uint8Array, options: readonly Uint8Array[]): Uint8Array {
  const optionBytes = options.length === 0 ? 0 : options.reduce((sum, each) => sum + each.length, 4)
  const length = 12 + body.length + optionBytes
  const out = new Uint8Array(length)
  const view = new DataView(out.buffer)
  view.setUint32(0, type, true)
  view.setUint32(4, length, true)
  out.set(body, 8)
  let at = 8 + body.length
  for (const each of options) {
    out.set(each, at)
    at += each.length
  }
  view.setUint32(length - 4, length, true)
  return out
}
