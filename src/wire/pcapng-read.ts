// pcapng capture files read as libpcap reads them: section, interface and packet blocks, its checks in its order, its words.
import type { CapturedPacket, PcapFile } from './pcap.js'

const BYTE_ORDER = 0x1a2b3c4d
const BYTE_ORDER_TURNED = 0x4d3c2b1a
const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const PACKET = 2
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6
const OPTION_END = 0
const OPTION_TSRESOL = 9
const OPTION_TSOFFSET = 14
/** Type, length, and the length once more. */
const FRAME_BYTES = 12
const MIN_SECTION = 28
const MAX_SECTION = 1024 * 1024
const MAX_BLOCK = 16 * 1024 * 1024
const MAX_SNAP_LENGTH = 262144

interface CaptureInterface {
  /** Time units a second. */
  unitsPerSecond: bigint
  offsetSeconds: bigint
}

/** Where packets of each kind of block have what: lengths, times, the packet. */
const LAYOUTS = {
  [ENHANCED_PACKET]: { interface: 0, time: 4, captured: 12, head: 20 },
  [PACKET]: { interface: 0, time: 4, captured: 12, head: 20 },
} as const

class Complaint extends Error {}

/** A text says why nothing could be read. */
export function readPcapng(bytes: Uint8Array): PcapFile | string {
  const reader = new PcapngReader(bytes)
  const packets: CapturedPacket[] = []
  let error: string | null = null
  try {
    reader.start()
    for (let packet = reader.next(); packet !== null; packet = reader.next()) packets.push(packet)
  } catch (complaint) {
    if (!(complaint instanceof Complaint)) throw complaint
    error = complaint.message
  }
  if (reader.linkType === null) return error ?? 'the capture file has no Interface Description Blocks'
  return { linkType: reader.linkType, snapLength: reader.snapLength, packets, error }
}

/** The inside of a block, taken from its beginning on. */
class Block {
  private at = 0

  constructor(
    readonly type: number,
    readonly view: DataView,
    readonly little: boolean,
  ) {}

  get left(): number {
    return this.view.byteLength - this.at
  }

  /** The offset of the next `size` bytes. */
  take(size: number): number {
    if (this.left < size) throw new Complaint(`block of type ${this.type} in pcapng dump file is too short`)
    const at = this.at
    this.at += size
    return at
  }

  u16(at: number): number {
    return this.view.getUint16(at, this.little)
  }

  u32(at: number): number {
    return this.view.getUint32(at, this.little)
  }
}

class PcapngReader {
  /** Of the first interface; null before there is one. */
  linkType: number | null = null
  snapLength = 0
  private readonly view: DataView
  private readonly interfaces: CaptureInterface[] = []
  private little = true
  private at = 0

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The first section's header, which says how to read the rest. */
  start(): void {
    const { view, bytes } = this
    if (bytes.length < FRAME_BYTES) throw new Complaint('unknown file format')
    this.little = view.getUint32(8, true) === BYTE_ORDER
    if (!this.little && view.getUint32(8) !== BYTE_ORDER) throw new Complaint('unknown file format')
    const length = view.getUint32(4, this.little)
    if (length < MIN_SECTION || length > MAX_SECTION)
      throw new Complaint(
        `Section Header Block in pcapng dump file has invalid length ${MIN_SECTION} < _${length}_ < ${MAX_SECTION} (BT_SHB_INSANE_MAX)`,
      )
    if (length > bytes.length) throw truncated(length - FRAME_BYTES, bytes.length - FRAME_BYTES)
    this.checkTrailer(length)
    this.checkVersion(view.getUint16(12, this.little), view.getUint16(14, this.little))
    this.at = length
  }

  /** The next packet, past all that is none; null at the end. */
  next(): CapturedPacket | null {
    for (let block = this.nextBlock(); block !== null; block = this.nextBlock()) {
      switch (block.type) {
        case SECTION_HEADER:
          this.enterSection(block)
          break
        case INTERFACE_DESCRIPTION:
          this.addInterface(block)
          break
        case PACKET:
        case SIMPLE_PACKET:
        case ENHANCED_PACKET:
          if (this.linkType === null) throw new Complaint('the capture file has a packet block before any Interface Description Blocks')
          return block.type === SIMPLE_PACKET ? this.simplePacket(block) : this.packet(block, block.type)
      }
    }
    return null
  }

  private nextBlock(): Block | null {
    const { view, at, little } = this
    const left = view.byteLength - at
    if (left === 0) return null
    if (left < 8) throw truncated(8, left)
    const length = view.getUint32(at + 4, little)
    if (length < FRAME_BYTES) throw new Complaint(`block in pcapng dump file has a length of ${length} < ${FRAME_BYTES}`)
    if (length % 4 !== 0) throw new Complaint(`block in pcapng dump file has a length of ${length} that is not a multiple of 4`)
    if (length > MAX_BLOCK) throw new Complaint(`pcapng block size ${length} > maximum ${MAX_BLOCK}`)
    if (length > left) throw truncated(length - 8, left - 8)
    this.checkTrailer(length)
    this.at += length
    const inner = new DataView(this.bytes.buffer, this.bytes.byteOffset + at + 8, length - FRAME_BYTES)
    return new Block(view.getUint32(at, little), inner, little)
  }

  private checkTrailer(length: number): void {
    if (this.view.getUint32(this.at + length - 4, this.little) !== length)
      throw new Complaint("block total length in header and trailer don't match")
  }

  private checkVersion(major: number, minor: number): void {
    if (major !== 1 || (minor !== 0 && minor !== 2)) throw new Complaint(`unsupported pcapng savefile version ${major}.${minor}`)
  }

  private enterSection(block: Block): void {
    const at = block.take(16)
    const order = block.u32(at)
    if (order === BYTE_ORDER_TURNED) throw new Complaint('the file has sections with different byte orders')
    if (order !== BYTE_ORDER) throw new Complaint('the file has a section with a bad byte order magic field')
    this.checkVersion(block.u16(at + 4), block.u16(at + 6))
    this.interfaces.length = 0
  }

  private addInterface(block: Block): void {
    const at = block.take(8)
    const linkType = block.u16(at)
    const given = block.u32(at + 4)
    const snapLength = given === 0 || given > MAX_SNAP_LENGTH ? MAX_SNAP_LENGTH : given
    if (this.linkType !== null && linkType !== this.linkType)
      throw new Complaint(`an interface has a type ${linkType} different from the type of the first interface`)
    if (this.linkType !== null && snapLength !== this.snapLength)
      throw new Complaint(`an interface has a snapshot length ${given} different from the snapshot length of the first interface`)
    this.interfaces.push(interfaceOptions(block))
    this.linkType = linkType
    this.snapLength = snapLength
  }

  private packet(block: Block, type: keyof typeof LAYOUTS): CapturedPacket {
    const layout = LAYOUTS[type]
    const at = block.take(layout.head)
    const number = type === PACKET ? block.u16(at + layout.interface) : block.u32(at + layout.interface)
    const from = this.interfaces[number]
    if (from === undefined)
      throw new Complaint(`a packet arrived on interface ${number}, but there's no Interface Description Block for that interface`)
    // 64 bits of nanoseconds are more than a double holds.
    const units = (BigInt(block.u32(at + layout.time)) << 32n) | BigInt(block.u32(at + layout.time + 4))
    const captured = block.u32(at + layout.captured)
    if (captured > this.snapLength)
      throw new Complaint(`invalid packet capture length ${captured}, bigger than snaplen of ${this.snapLength}`)
    return {
      timeUs: Number((units * 1000000n) / from.unitsPerSecond + from.offsetSeconds * 1000000n),
      nanos: 0,
      originalLength: block.u32(at + layout.captured + 4),
      bytes: bytesAt(block, captured),
    }
  }

  /** One without times, of the first interface. */
  private simplePacket(block: Block): CapturedPacket {
    const originalLength = block.u32(block.take(4))
    if (this.interfaces.length === 0)
      throw new Complaint("a packet arrived on interface 0, but there's no Interface Description Block for that interface")
    return { timeUs: 0, nanos: 0, originalLength, bytes: bytesAt(block, Math.min(originalLength, this.snapLength)) }
  }
}

function bytesAt(block: Block, length: number): Uint8Array {
  const at = block.take(length)
  return new Uint8Array(block.view.buffer, block.view.byteOffset + at, length)
}

function interfaceOptions(block: Block): CaptureInterface {
  const result: CaptureInterface = { unitsPerSecond: 1000000n, offsetSeconds: 0n }
  const seen = new Set<number>()
  while (block.left > 0) {
    const head = block.take(4)
    const code = block.u16(head)
    const length = block.u16(head + 2)
    const at = block.take((length + 3) & ~3)
    if (code === OPTION_END) {
      if (length !== 0) throw optionLength('opt_endofopt', length, 0)
      break
    }
    if (code === OPTION_TSRESOL) {
      once('if_tsresol', code, seen)
      if (length !== 1) throw optionLength('if_tsresol', length, 1)
      result.unitsPerSecond = resolution(block.view.getUint8(at))
    } else if (code === OPTION_TSOFFSET) {
      once('if_tsoffset', code, seen)
      if (length !== 8) throw optionLength('if_tsoffset', length, 8)
      result.offsetSeconds = block.view.getBigInt64(at, block.little)
    }
  }
  return result
}

function resolution(coded: number): bigint {
  const exponent = coded & 0x7f
  const isBinary = coded > 0x7f
  // What fits in 64 bits.
  if (exponent > (isBinary ? 63 : 19))
    throw new Complaint(`Interface Description Block if_tsresol option resolution ${isBinary ? 2 : 10}^-${exponent} is too high`)
  return (isBinary ? 2n : 10n) ** BigInt(exponent)
}

function once(name: string, code: number, seen: Set<number>): void {
  if (seen.has(code)) throw new Complaint(`Interface Description Block has more than one ${name} option`)
  seen.add(code)
}

function optionLength(name: string, length: number, right: number): Complaint {
  return new Complaint(`Interface Description Block has ${name} option with length ${length} != ${right}`)
}

function truncated(wanted: number, got: number): Complaint {
  return new Complaint(`truncated pcapng dump file; tried to read ${wanted} bytes, only got ${got}`)
}
