// Filters pass the packets that libpcap's pass, and are refused in its words; recorded from libpcap 1.10.3.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileFilter } from '../../../src/tools/tcpdump/filter/filter.js'
import type { FilterContext, FilterNames } from '../../../src/tools/tcpdump/filter/state.js'
import { encodeFrame } from '../../../src/wire/encode.js'
import { LINKTYPE_EN10MB } from '../../../src/wire/pcap.js'
import { FRAMES, PACKETS } from './frames.js'

interface Case {
  readonly filter: string
  readonly packets?: readonly number[]
  readonly refusal?: string
}

const golden = JSON.parse(readFileSync(new URL('../../golden/tcpdump/filters.json', import.meta.url), 'utf8')) as { cases: Case[] }
const SERVICES: Readonly<Record<string, number>> = {
  'domain/tcp': 53,
  'domain/udp': 53,
  'http/tcp': 80,
  'bootps/udp': 67,
  'bootpc/udp': 68,
}
const names: FilterNames = {
  addresses: () => [],
  addresses6: () => [],
  port: (name, protocol) => SERVICES[`${name}/${protocol}`] ?? null,
  protocol: (name) => ({ icmp: 1, tcp: 6, udp: 17, gre: 47 })[name] ?? null,
}
const offline: FilterContext = { linkType: LINKTYPE_EN10MB, live: false, netmask: 0, names }

for (const { filter, packets, refusal } of golden.cases) {
  test(filter, () => {
    const compiled = compileFilter(filter, offline)
    if (typeof compiled === 'string') return expect(compiled).toBe(refusal)
    const passed = PACKETS.flatMap(({ bytes, originalLength }, i) =>
      compiled({ bytes, length: originalLength, tag: null, outgoing: false, ifindex: 0 }) ? [i] : [],
    )
    expect(passed).toEqual(packets)
  })
}

test('in a live capture the outermost tag stands beside the frame', () => {
  const passes = (filter: string): number[] => {
    const compiled = compileFilter(filter, { ...offline, live: true })
    if (typeof compiled === 'string') throw new Error(compiled)
    return FRAMES.flatMap((frame, i) => {
      const tag = frame.vlans[0] ?? null
      const bytes = encodeFrame(tag === null ? frame : frame.popVlan())
      return tag !== null && compiled({ bytes, length: bytes.length, tag, outgoing: true, ifindex: 2 }) ? [frame.vlans.length, i] : []
    })
  }
  const once = FRAMES.findIndex((frame) => frame.vlans.length === 1)
  const twice = FRAMES.findIndex((frame) => frame.vlans.length === 2)
  expect(passes('icmp')).toEqual([1, once])
  expect(passes('vlan')).toEqual([1, once, 2, twice])
  expect(passes('vlan 20 and icmp')).toEqual([1, once])
  expect(passes('vlan 100 and vlan 20 and icmp')).toEqual([2, twice])
  expect(passes('vlan 20')).toEqual([1, once])
  expect(passes('outbound and ifindex 2')).toEqual([1, once, 2, twice])
  expect(passes('inbound')).toEqual([])
})

test('no text makes the compiler throw', () => {
  const word = fc.constantFrom(
    ...'ip tcp udp arp host net port and or not ( ) [ ] : 0 13 10.0.0.1 fe80::1 a:b:c:d:e:f foo = != & << len vlan src dst ether proto \\tcp $1 %'.split(
      ' ',
    ),
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 9 }), (words) => {
      expect(['string', 'function']).toContain(typeof compileFilter(words.join(' '), offline))
    }),
    { numRuns: 3000 },
  )
})
