// Neighbour discovery as Linux sends it; the hex was captured from a veth of kernel 6.18 (tcpdump 4.99.3 -xx).
import { expect, test } from 'vitest'
import { linkLocalOfMac, parseIpv6, solicitedNodeOf } from '../../src/addr/ipv6.js'
import { decodeIpv6 } from '../../src/wire/decode.js'
import { encodeIpv6 } from '../../src/wire/encode.js'
import { Ipv6Packet } from '../../src/wire/ipv6.js'
import * as nd from '../../src/wire/nd.js'

const mac = 0x020000000001
const self = linkLocalOfMac(mac)
const hexOf = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

test('a router solicitation carries the sender and a right checksum', () => {
  const packet = new Ipv6Packet({ nextHeader: 58, hopLimit: 255, src: self, dst: parseIpv6('ff02::2')!, payload: nd.routerSolicit(mac) })
  expect(hexOf(encodeIpv6(packet))).toBe(
    '6000000000103afffe80000000000000' + '000000fffe000001ff02000000000000' + '000000000000000285007b2c000000000101020000000001',
  )
})

test('duplicate address detection asks from :: with a nonce', () => {
  const nonce = Uint8Array.of(0xcd, 0xc1, 0xac, 0x8e, 0x86, 0xbb)
  const packet = new Ipv6Packet({
    nextHeader: 58,
    hopLimit: 255,
    src: 0n,
    dst: solicitedNodeOf(self),
    payload: nd.neighbourSolicit(self, null, nonce),
  })
  expect(hexOf(encodeIpv6(packet))).toBe(
    `6000000000203aff${'0'.repeat(32)}ff0200000000000000000001ff000001` +
      '87006e1000000000fe8000000000000000' +
      '0000fffe0000010e01cdc1ac8e86bb',
  )
})

test('solicitation and advertisement read back', () => {
  const target = parseIpv6('fe80::2')!
  const solicit = nd.neighbourSolicit(target, mac)
  expect(nd.parseNeighbour(solicit)).toEqual({ target, flags: 0, lladdr: mac })
  expect(solicit.length).toBe(32)
  const probe = nd.neighbourSolicit(target, null, Uint8Array.of(1, 2, 3, 4, 5, 6))
  expect(nd.parseNeighbour(probe)).toEqual({ target, flags: 0, lladdr: null })
  expect(probe.length).toBe(32)
  const advert = nd.neighbourAdvert(target, mac, nd.ND_SOLICITED | nd.ND_OVERRIDE)
  expect(nd.parseNeighbour(advert)).toEqual({ target, flags: 0x60, lladdr: mac })
  expect(nd.parseNeighbour(nd.routerSolicit(mac))).toBe(null)
})

test('a multicast listener report stands behind a router alert', () => {
  const report = nd.mld2Report(0n, nd.MLD2_CHANGE_TO_EXCLUDE, [solicitedNodeOf(self)])
  expect(report.length).toBe(76)
  expect(hexOf(encodeIpv6(report))).toBe(
    '6000000000240001' +
      '0'.repeat(32) +
      'ff020000000000000000000000000016' +
      '3a00050200000100' +
      '8f006f8900000001' +
      '04000000ff0200000000000000000001ff000001',
  )
  expect(decodeIpv6(encodeIpv6(report))).toEqual(report)
})
