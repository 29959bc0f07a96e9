// Packets print as the real tool prints them, whole and cut short; goldens: tcpdump 4.99.3, the command in their first line.
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatIpv4 } from '../../../src/addr/ipv4.js'
import { ipv6Text, type PrintOptions } from '../../../src/tools/tcpdump/dissector.js'
import { PacketPrinter } from '../../../src/tools/tcpdump/packet-printer.js'
import { TIME_STYLES } from '../../../src/tools/tcpdump/time.js'
import { type CapturedPacket, LINKTYPE_EN10MB } from '../../../src/wire/pcap.js'
import { PACKETS } from './frames.js'

const folder = new URL('../../golden/tcpdump/', import.meta.url)
const names = { host: formatIpv4, host6: ipv6Text, port: (_: string, port: number) => String(port), protocol: () => null }
const SHORT = PACKETS.map((packet) => ({ ...packet, bytes: packet.bytes.slice(0, 60) }))

function printerOf(flags: string, version = 4.99): PacketPrinter {
  const count = (letter: string): number => flags.split(letter).length - 1
  const level = (letter: string): 0 | 1 | 2 => Math.min(2, count(letter)) as 0 | 1 | 2
  const options: PrintOptions = {
    version,
    link: count('e') > 0,
    verbose: count('v'),
    quiet: count('q') > 0,
    noDefaultDump: /[qxX]/.test(flags),
    absolute: count('S') > 0,
    trustChecksums: count('K') > 0,
    names,
    ifname: () => null,
  }
  const dump = { hex: level('x'), hexAscii: level('X'), ascii: level('A') }
  return new PacketPrinter(options, dump, TIME_STYLES[count('t')]!, count('#') > 0)
}

function print(flags: string, packets: readonly CapturedPacket[]): string {
  const printer = printerOf(flags)
  return packets.map((packet) => printer.print(packet, LINKTYPE_EN10MB)).join('')
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
  const [head, ...lines] = readFileSync(new URL(file, folder), 'latin1').split('\n')
  const [, command = ''] = head!.split(': ')
  test(command, () => {
    const flags = /tcpdump (.*?)( -c \d+)? -r/.exec(command)![1]!
    const limit = Number(/-c (\d+)/.exec(command)?.[1] ?? PACKETS.length)
    const packets = command.includes('short') ? SHORT : PACKETS
    expect(print(flags, packets.slice(0, limit))).toBe(lines.join('\n'))
  })
}

test('any packet cut anywhere, or with any byte changed, still prints as one text', () => {
  const damaged = fc.tuple(fc.constantFrom(...PACKETS), fc.nat(400), fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 4 }))
  fc.assert(
    fc.property(damaged, fc.constantFrom('-t', '-tev', '-tvvv', '-teX'), ([packet, length, changes], flags) => {
      const bytes = packet.bytes.slice(0, Math.max(1, length))
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
      expect(print(flags, [{ ...packet, bytes }])).toMatch(/\n$/)
    }),
    { numRuns: 2000 },
  )
})

test('old versions name the inner type of a tagged frame without its number', () => {
  const tagged = PACKETS.find((packet) => packet.bytes[12] === 0x81)!
  const line = (version: number): string => printerOf('-te', version).print(tagged, LINKTYPE_EN10MB)
  expect(line(4.02)).toBe(
    'fa:16:3e:2c:e8:ec > fa:16:3e:a4:70:25, ethertype 802.1Q (0x8100), length 62: vlan 20, p 0, ethertype IPv4, ' +
      '192.168.0.5 > 203.0.113.9: ICMP echo request, id 1234, seq 3, length 24\n',
  )
  expect(line(4.99)).toContain('vlan 20, p 0, ethertype IPv4 (0x0800), ')
})
