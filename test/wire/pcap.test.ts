// Capture files: both byte orders and resolutions in, one form out; libpcap 1.10.3's words for broken ones.
import { expect, test } from 'vitest'
import { joinBytes } from '../../src/wire/bytes.js'
import type { PcapFile } from '../../src/wire/pcap.js'
import { LINKTYPE_EN10MB, LINKTYPE_LINUX_SLL2, pcapFileHeader, readPcap, writePcap } from '../../src/wire/pcap.js'

const packets = [
  { timeUs: 1700000000250007, nanos: 0, originalLength: 100, bytes: Uint8Array.of(1, 2, 3, 4) },
  { timeUs: 1700000001000000, nanos: 0, originalLength: 0, bytes: new Uint8Array(0) },
]

function bigEndian(magic: number, seconds: number, fraction: number, bytes: Uint8Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(40 + bytes.length))
  view.setUint32(0, magic)
  view.setUint16(4, 2)
  view.setUint16(6, 4)
  view.setUint32(16, 65535)
  view.setUint32(20, 1)
  view.setUint32(24, seconds)
  view.setUint32(28, fraction)
  view.setUint32(32, bytes.length)
  view.setUint32(36, bytes.length)
  const out = new Uint8Array(view.buffer)
  out.set(bytes, 40)
  return out
}

test('what was written is read', () => {
  const file = writePcap(LINKTYPE_LINUX_SLL2, 262144, packets)
  expect(readPcap(file)).toEqual({ linkType: LINKTYPE_LINUX_SLL2, snapLength: 262144, packets, error: null })
})

test('big-endian files and nanoseconds are understood', () => {
  const micro = readPcap(bigEndian(0xa1b2c3d4, 5, 6, Uint8Array.of(9))) as PcapFile
  expect(micro.packets).toEqual([{ timeUs: 5000006, nanos: 0, originalLength: 1, bytes: Uint8Array.of(9) }])
  const nano = readPcap(bigEndian(0xa1b23c4d, 5, 6789, Uint8Array.of(9))) as PcapFile
  expect(nano.packets).toEqual([{ timeUs: 5000006, nanos: 789, originalLength: 1, bytes: Uint8Array.of(9) }])
})

test('a file cut anywhere keeps its whole packets and says what was missing', () => {
  const file = writePcap(LINKTYPE_EN10MB, 262144, packets)
  const cut = (length: number) => {
    const read = readPcap(file.subarray(0, length))
    return typeof read === 'string' ? read : [read.packets.length, read.error]
  }
  expect(cut(0)).toBe('truncated dump file; tried to read 4 file header bytes, only got 0')
  expect(cut(3)).toBe('truncated dump file; tried to read 4 file header bytes, only got 3')
  expect(cut(20)).toBe('truncated dump file; tried to read 24 file header bytes, only got 16')
  expect(cut(24)).toEqual([0, null])
  expect(cut(30)).toEqual([0, 'truncated dump file; tried to read 16 header bytes, only got 6'])
  expect(cut(42)).toEqual([0, 'truncated dump file; tried to read 4 captured bytes, only got 2'])
  expect(cut(44)).toEqual([1, null])
  expect(cut(60)).toEqual([2, null])
})

test('files of other kinds and impossible lengths are refused', () => {
  expect(readPcap(new TextEncoder().encode('hello world'))).toBe('unknown file format')
  const header = pcapFileHeader(LINKTYPE_EN10MB, 262144)
  const record = new Uint8Array(16).fill(0xff)
  expect((readPcap(joinBytes([header, record])) as PcapFile).error).toBe(
    'invalid packet capture length 4294967295, bigger than snaplen of 262144',
  )
  header[6] = 5
  expect(readPcap(header)).toBe('unsupported pcap savefile version 2.5')
})
