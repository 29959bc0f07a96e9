// Capture files: classic pcap read in both byte orders and both resolutions, written little-endian with microseconds.
import { joinBytes } from './bytes.js'
import { readPcapng } from './pcapng.js'

export const LINKTYPE_EN10MB = 1
export const LINKTYPE_RAW = 101
export const LINKTYPE_LINUX_SLL = 113
export const LINKTYPE_LINUX_SLL2 = 276
/** What savefiles of some systems hold for raw IP (DLT_RAW). */
export const DLT_RAW = 12

const MAGIC_MICROS = 0xa1b2c3d4
const MAGIC_NANOS = 0xa1b23c4d
const MAGIC_NG = 0x0a0d0d0a
const FILE_HEADER = 24
const RECORD_HEADER = 16

export interface CapturedPacket {
  /** Microseconds since the epoch. */
  readonly timeUs: number
  /** 0..999 on top of `timeUs`, from files with nanoseconds. */
  readonly nanos: number
  /** Bytes on the wire; `bytes` may be fewer. */
  readonly originalLength: number
  readonly bytes: Uint8Array
}

export interface PcapFile {
  readonly linkType: number
  readonly snapLength: number
  readonly packets: readonly CapturedPacket[]
  /** What is wrong behind the last packet, in libpcap's words; null when nothing is. */
  readonly error: string | null
}

/** A text in place of a file: nothing could be read, and why, in libpcap's words. */
export function readPcap(bytes: Uint8Array): PcapFile | string {
  if (bytes.length < 4) return `truncated dump file; tried to read 4 file header bytes, only got ${bytes.length}`
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0) === MAGIC_NG) return readPcapng(bytes)
  const little = isMagic(view.getUint32(0, true))
  if (!little && !isMagic(view.getUint32(0))) return 'unknown file format'
  if (bytes.length < FILE_HEADER) return `truncated dump file; tried to read 24 file header bytes, only got ${bytes.length - 4}`
  const major = view.getUint16(4, little)
  const minor = view.getUint16(6, little)
  if (!(major === 2 && (minor === 4 || minor === 3 || minor === 2))) return `unsupported pcap savefile version ${major}.${minor}`
  const given = view.getUint32(16, little)
  // libpcap takes 0 and impossible lengths for its own maximum.
  const snapLength = given === 0 || given > 0x7fffffff ? 262144 : given
  const packets: CapturedPacket[] = []
  const error = readRecords(view, little, snapLength, packets)
  return { linkType: view.getUint32(20, little) & 0x03ffffff, snapLength, packets, error }
}

function isMagic(word: number): boolean {
  return word === MAGIC_MICROS || word === MAGIC_NANOS
}

function readRecords(view: DataView, little: boolean, snapLength: number, packets: CapturedPacket[]): string | null {
  const perMicro = view.getUint32(0, little) === MAGIC_NANOS ? 1000 : 1
  const limit = Math.max(snapLength, 262144)
  let at = FILE_HEADER
  while (at < view.byteLength) {
    const left = view.byteLength - at
    if (left < RECORD_HEADER) return `truncated dump file; tried to read 16 header bytes, only got ${left}`
    const seconds = view.getUint32(at, little)
    const fraction = view.getUint32(at + 4, little)
    const captured = view.getUint32(at + 8, little)
    if (captured > limit) return `invalid packet capture length ${captured}, bigger than snaplen of ${snapLength}`
    const body = at + RECORD_HEADER
    if (body + captured > view.byteLength) {
      return `truncated dump file; tried to read ${captured} captured bytes, only got ${view.byteLength - body}`
    }
    packets.push({
      timeUs: seconds * 1e6 + Math.floor(fraction / perMicro),
      nanos: perMicro === 1 ? 0 : fraction % 1000,
      originalLength: view.getUint32(at + 12, little),
      // libpcap hands out at most the snap length, whatever the record holds.
      bytes: new Uint8Array(view.buffer, view.byteOffset + body, Math.min(captured, snapLength)),
    })
    at = body + captured
  }
  return null
}

export function pcapFileHeader(linkType: number, snapLength: number): Uint8Array {
  const out = new Uint8Array(FILE_HEADER)
  const view = new DataView(out.buffer)
  view.setUint32(0, MAGIC_MICROS, true)
  view.setUint16(4, 2, true)
  view.setUint16(6, 4, true)
  view.setUint32(16, snapLength, true)
  view.setUint32(20, linkType, true)
  return out
}

export function pcapRecord(packet: CapturedPacket): Uint8Array {
  const out = new Uint8Array(RECORD_HEADER + packet.bytes.length)
  const view = new DataView(out.buffer)
  view.setUint32(0, Math.floor(packet.timeUs / 1e6), true)
  view.setUint32(4, packet.timeUs % 1e6, true)
  view.setUint32(8, packet.bytes.length, true)
  view.setUint32(12, packet.originalLength, true)
  out.set(packet.bytes, RECORD_HEADER)
  return out
}

export function writePcap(linkType: number, snapLength: number, packets: readonly CapturedPacket[]): Uint8Array {
  const parts = [pcapFileHeader(linkType, snapLength)]
  for (const packet of packets) parts.push(pcapRecord(packet))
  return joinBytes(parts)
}
