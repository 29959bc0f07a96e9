// Capture files: classic pcap read in both byte orders and both resolutions, written little-endian with microseconds.
import { get32, joinBytes } from './bytes.js'
import { NO_BYTES } from './header.js'
import { readPcapng } from './pcapng-read.js'

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
const MAX_SNAP_LENGTH = 262144

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

/** What the head of a capture file says. */
export interface PcapHeader {
  readonly linkType: number
  readonly snapLength: number
  readonly little: boolean
  readonly nanos: boolean
}

/** A text in place of a file: nothing could be read, and why, in libpcap's words. */
export function readPcap(bytes: Uint8Array): PcapFile | string {
  if (isPcapng(bytes)) return readPcapng(bytes)
  const reader = new PcapReader()
  reader.push(bytes)
  reader.end()
  const { header } = reader
  if (header === null) return reader.error!
  const packets: CapturedPacket[] = []
  for (let packet = reader.next(); packet !== null; packet = reader.next()) packets.push(packet)
  return { linkType: header.linkType, snapLength: header.snapLength, packets, error: reader.error }
}

export function isPcapng(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && get32(bytes, 0) === MAGIC_NG
}

/** Reads a classic capture file as it comes, piece by piece. */
export class PcapReader {
  header: PcapHeader | null = null
  /** Why nothing more will come, in libpcap's words; null at a proper end and before it. */
  error: string | null = null
  private bytes: Uint8Array = NO_BYTES
  private at = 0
  private ended = false

  push(bytes: Uint8Array): void {
    this.bytes = this.at === this.bytes.length ? bytes : joinBytes([this.bytes.subarray(this.at), bytes])
    this.at = 0
    this.readHeader()
  }

  /** Nothing more comes: what is incomplete now is an error. */
  end(): void {
    this.ended = true
    this.readHeader()
  }

  private get left(): number {
    return this.bytes.length - this.at
  }

  private readHeader(): void {
    if (this.header !== null || this.error !== null) return
    if (this.left < 4) {
      if (this.ended) this.error = `truncated dump file; tried to read 4 file header bytes, only got ${this.left}`
      return
    }
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength)
    const little = isMagic(view.getUint32(0, true))
    if (!little && !isMagic(view.getUint32(0))) this.error = 'unknown file format'
    else if (this.left >= FILE_HEADER) this.takeHeader(view, little)
    else if (this.ended) this.error = `truncated dump file; tried to read 24 file header bytes, only got ${this.left - 4}`
  }

  private takeHeader(view: DataView, little: boolean): void {
    const major = view.getUint16(4, little)
    const minor = view.getUint16(6, little)
    if (major !== 2 || minor < 2 || minor > 4) {
      this.error = `unsupported pcap savefile version ${major}.${minor}`
      return
    }
    const given = view.getUint32(16, little)
    // libpcap takes 0 and impossible lengths for its own maximum.
    const snapLength = given === 0 || given > 0x7fffffff ? MAX_SNAP_LENGTH : given
    const linkType = view.getUint32(20, little) & 0x03ffffff
    this.header = { linkType, snapLength, little, nanos: view.getUint32(0, little) === MAGIC_NANOS }
    this.at = FILE_HEADER
  }

  /** The next packet; null when there is none (yet). */
  next(): CapturedPacket | null {
    const { header, bytes, at } = this
    if (header === null || this.error !== null || this.left === 0) return null
    if (this.left < RECORD_HEADER) return this.incomplete('header', RECORD_HEADER, this.left)
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, RECORD_HEADER)
    const captured = view.getUint32(8, header.little)
    if (captured > Math.max(header.snapLength, MAX_SNAP_LENGTH)) {
      this.error = `invalid packet capture length ${captured}, bigger than snaplen of ${header.snapLength}`
      return null
    }
    if (this.left < RECORD_HEADER + captured) return this.incomplete('captured', captured, this.left - RECORD_HEADER)
    const fraction = view.getUint32(4, header.little)
    this.at += RECORD_HEADER + captured
    const body = at + RECORD_HEADER
    return {
      timeUs: view.getUint32(0, header.little) * 1e6 + (header.nanos ? Math.floor(fraction / 1000) : fraction),
      nanos: header.nanos ? fraction % 1000 : 0,
      originalLength: view.getUint32(12, header.little),
      // libpcap hands out at most the snap length, whatever the record holds.
      bytes: bytes.subarray(body, body + Math.min(captured, header.snapLength)),
    }
  }

  private incomplete(what: string, wanted: number, got: number): null {
    if (this.ended) this.error = `truncated dump file; tried to read ${wanted} ${what} bytes, only got ${got}`
    return null
  }
}

function isMagic(word: number): boolean {
  return word === MAGIC_MICROS || word === MAGIC_NANOS
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
