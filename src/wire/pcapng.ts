// pcapng capture files, read as far as other tools write them today (section, interface and packet blocks), and written little-endian with
// one interface per capture point.
import { joinBytes } from './bytes.js'
import type { CapturedPacket, PcapFile } from './pcap.js'

const BYTE_ORDER = 0x1a2b3c4d
const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6
const OPTION_COMMENT = 1
const OPTION_NAME = 2
const OPTION_DESCRIPTION = 3
const OPTION_TSRESOL = 9
const OPTION_FLAGS = 2
const OPTION_APPLICATION = 4
/** 10^-6 seconds. */
const MICROSECONDS = 6

interface CaptureInterface {
  readonly linkType: number
  readonly snapLength: number
  /** Time units a second. */
  readonly unitsPerSecond: bigint
}

/** A text says why nothing could be read. */
export function readPcapng(bytes: Uint8Array): PcapFile | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 28) return `truncated pcapng dump file; tried to read 28 bytes, only got ${bytes.length}`
  const interfaces: CaptureInterface[] = []
  const packets: CapturedPacket[] = []
  let little = view.getUint32(8, true) === BYTE_ORDER
  let error: string | null = null
  for (let at = 0; at < bytes.length; ) {
    if (at + 12 > bytes.length) {
      error = `truncated pcapng dump file; tried to read 8 bytes, only got ${bytes.length - at}`
      break
    }
    const type = view.getUint32(at, little)
    if (type === SECTION_HEADER) little = view.getUint32(at + 8, true) === BYTE_ORDER
    const length = view.getUint32(at + 4, little)
    if (length < 12 || at + length > bytes.length) {
      error = `truncated pcapng dump file; tried to read ${length - 8} bytes, only got ${bytes.length - at - 8}`
      break
    }
    const block = new DataView(bytes.buffer, bytes.byteOffset + at + 8, length - 12)
    if (type === INTERFACE_DESCRIPTION) interfaces.push(readInterface(block, little))
    else if (type === ENHANCED_PACKET || type === SIMPLE_PACKET) {
      const packet = readPacket(block, little, type, interfaces)
      if (packet !== null) packets.push(packet)
    }
    at += length
  }
  const first = interfaces[0]
  if (first === undefined) return 'the capture file has no Interface Description Blocks'
  return { linkType: first.linkType, snapLength: first.snapLength, packets, error }
}

function readInterface(block: DataView, little: boolean): CaptureInterface {
  let unitsPerSecond = 1000000n
  for (let at = 8; at + 4 <= block.byteLength; ) {
    const code = block.getUint16(at, little)
    const length = block.getUint16(at + 2, little)
    if (code === 0) break
    if (code === OPTION_TSRESOL && length === 1 && at + 5 <= block.byteLength) {
      const exponent = block.getUint8(at + 4)
      unitsPerSecond = exponent & 0x80 ? 2n ** BigInt(exponent & 0x7f) : 10n ** BigInt(exponent)
    }
    at += 4 + ((length + 3) & ~3)
  }
  return { linkType: block.getUint16(0, little), snapLength: block.getUint32(4, little) || 262144, unitsPerSecond }
}

function readPacket(block: DataView, little: boolean, type: number, interfaces: readonly CaptureInterface[]): CapturedPacket | null {
  const simple = type === SIMPLE_PACKET
  const from = interfaces[simple ? 0 : block.getUint32(0, little)]
  if (from === undefined) return null
  const originalLength = block.getUint32(simple ? 0 : 16, little)
  const head = simple ? 4 : 20
  const captured = simple ? Math.min(originalLength, from.snapLength) : block.getUint32(12, little)
  // 64 bits of nanoseconds are more than a double holds.
  const units = simple ? 0n : (BigInt(block.getUint32(4, little)) << 32n) | BigInt(block.getUint32(8, little))
  return {
    timeUs: Number((units * 1000000n) / from.unitsPerSecond),
    nanos: 0,
    originalLength,
    bytes: new Uint8Array(block.buffer, block.byteOffset + head, Math.min(captured, block.byteLength - head)),
  }
}

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
