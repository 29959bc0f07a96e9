// Reading of pcapng capture files as far as other tools write them today: section, interface and packet blocks.
import type { CapturedPacket, PcapFile } from './pcap.js'

const BYTE_ORDER = 0x1a2b3c4d
const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6
const OPTION_TSRESOL = 9

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
