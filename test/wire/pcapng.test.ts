// pcapng files: what is written is read back block by block. Verified by hand: tcpdump 4.99.3, capinfos and tshark 4.0 read the golden file
// without a complaint, and show interface names, times and comments.
import { expect, test } from 'vitest'
import { readPcap } from '../../src/wire/pcap.js'
import { type PcapngPacket, writePcapng } from '../../src/wire/pcapng.js'

const interfaces = [
  { name: 'compute/-/eth1', description: 'compute: tcpdump -i eth1', linkType: 1 },
  { name: 'network/qrouter-1/qr-4', description: '', linkType: 1 },
]

const packet = (at: number, timeUs: number, bytes: readonly number[], comment = ''): PcapngPacket => ({
  interface: at,
  direction: at === 0 ? 'out' : 'in',
  comment,
  timeUs,
  nanos: 0,
  originalLength: bytes.length,
  bytes: Uint8Array.from(bytes),
})

const ARP = [
  255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0,
  2,
]
const packets = [packet(0, 1_419_380_401_002_014, ARP, 'packet 7 request, hop 1'), packet(1, 1_419_380_401_002_414, ARP)]

interface Block {
  readonly type: number
  readonly body: DataView
  readonly options: readonly (readonly [number, string])[]
}

const FIXED: Readonly<Record<number, (body: DataView) => number>> = {
  0x0a0d0d0a: () => 16,
  1: () => 8,
  6: (body) => 20 + ((body.getUint32(12, true) + 3) & ~3),
}

/** As capinfos does: lengths on both sides agree, options end where they say. */
function blocksOf(file: Uint8Array): Block[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const blocks: Block[] = []
  for (let at = 0; at < file.length; ) {
    const type = view.getUint32(at, true)
    const length = view.getUint32(at + 4, true)
    expect(length % 4).toBe(0)
    expect(view.getUint32(at + length - 4, true)).toBe(length)
    const body = new DataView(file.buffer, file.byteOffset + at + 8, length - 12)
    blocks.push({ type, body, options: optionsOf(body, FIXED[type]!(body)) })
    at += length
  }
  return blocks
}

function optionsOf(body: DataView, from: number): [number, string][] {
  const options: [number, string][] = []
  for (let at = from; at < body.byteLength; ) {
    const [code, length] = [body.getUint16(at, true), body.getUint16(at + 2, true)]
    if (code === 0) {
      expect(at + 4).toBe(body.byteLength)
      break
    }
    const value = new Uint8Array(body.buffer, body.byteOffset + at + 4, length)
    options.push([code, /^[\x20-\x7e]+$/.test(String.fromCharCode(...value)) ? String.fromCharCode(...value) : [...value].join(' ')])
    at += 4 + ((length + 3) & ~3)
  }
  return options
}

test('every block says its length twice and its options are those that were given', () => {
  const blocks = blocksOf(writePcapng(interfaces, packets, 'netlab'))
  expect(blocks.map(({ type, options }) => [type, options])).toEqual([
    [0x0a0d0d0a, [[4, 'netlab']]],
    [
      1,
      [
        [2, 'compute/-/eth1'],
        [3, 'compute: tcpdump -i eth1'],
        [9, '6'],
      ],
    ],
    [
      1,
      [
        [2, 'network/qrouter-1/qr-4'],
        [9, '6'],
      ],
    ],
    [
      6,
      [
        [1, 'packet 7 request, hop 1'],
        [2, '2 0 0 0'],
      ],
    ],
    [6, [[2, '1 0 0 0']]],
  ])
})

test('what was written is read, to the microsecond', () => {
  const plain = packets.map(({ timeUs, nanos, originalLength, bytes }) => ({ timeUs, nanos, originalLength, bytes }))
  expect(readPcap(writePcapng(interfaces, packets, 'netlab'))).toEqual({ linkType: 1, snapLength: 262144, packets: plain, error: null })
})

test('lengths that are no multiple of four are filled up', () => {
  for (let length = 0; length < 9; length++) {
    const bytes = Array.from({ length }, (_, at) => at)
    const file = writePcapng(interfaces, [packet(0, 1, bytes, 'x'.repeat(length))], 'n'.repeat(length))
    expect(blocksOf(file)).toHaveLength(4)
    expect(readPcap(file)).toMatchObject({ packets: [{ bytes: Uint8Array.from(bytes) }] })
  }
})

test('the golden file', () => {
  expect(
    Buffer.from(
      writePcapng(
        interfaces.slice(1),
        packets.slice(1).map((each) => ({ ...each, interface: 0 })),
        'netlab',
      ),
    ).toString('hex'),
  ).toBe(GOLDEN)
})

const GOLDEN =
  '0a0d0d0a2c0000004d3c2b1a01000000ffffffffffffffff040006006e65746c61620000000000002c000000010000003c0000000100000000000400020016006e6574776f726b2f71726f757465722d312f71722d3400000900010006000000000000003c000000060000005800000000000000eb0a0500ae579a402a0000002a000000ffffffffffff020000000001080600010800060400010200000000010a0000010000000000000a000002000002000400010000000000000058000000'
