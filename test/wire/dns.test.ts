// DNS messages keep their records on the way to bytes and back; bad ones are refused, never followed for ever.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseIpv4 } from '../../src/addr/ipv4.js'
import * as dns from '../../src/wire/dns.js'

const label = fc.stringMatching(/^[a-z0-9-]{1,12}$/)
const name = fc.array(label, { maxLength: 4 }).map((labels) => labels.join('.'))
const rdata = fc.oneof(
  fc.integer({ min: -0x80000000, max: 0x7fffffff }).map((address) => ({ type: dns.DNS_TYPE_A, rdata: { kind: 'a' as const, address } })),
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((address) => ({ type: dns.DNS_TYPE_AAAA, rdata: { kind: 'aaaa' as const, address } })),
  name.map((target) => ({ type: dns.DNS_TYPE_CNAME, rdata: { kind: 'name' as const, name: target } })),
  fc.array(label, { maxLength: 3 }).map((strings) => ({ type: dns.DNS_TYPE_TXT, rdata: { kind: 'txt' as const, strings } })),
  fc.uint8Array({ maxLength: 9 }).map((bytes) => ({ type: 99, rdata: { kind: 'raw' as const, bytes } })),
)
const record = fc.record({ name, ttlSeconds: fc.nat(0xffffffff), inner: rdata }).map((f) => ({
  name: f.name,
  type: f.inner.type,
  class: dns.DNS_CLASS_IN,
  ttlSeconds: f.ttlSeconds,
  rdata: f.inner.rdata,
}))
const records = fc.array(record, { maxLength: 4 })
const message = fc.record({
  id: fc.nat(0xffff),
  flags: fc.nat(0xffff),
  questions: fc.array(fc.record({ name, type: fc.nat(0xffff), class: fc.nat(0xffff) }), { maxLength: 2 }),
  answers: records,
  authority: records,
  additional: records,
})

test('any message comes back from its bytes', () => {
  fc.assert(
    fc.property(message, (before) => {
      expect(dns.decodeDns(dns.encodeDns(before))).toEqual(before)
    }),
  )
})

test('an answer repeats the name as a pointer to the question', () => {
  const query = dns.dnsQuery(7, 'vm1.openstacklocal', dns.DNS_TYPE_A)
  const answer = dns.dnsResponse(query, dns.DNS_AA, [dns.addressRecord('vm1.openstacklocal', parseIpv4('10.0.0.5')!, 60)])
  const hex = [...dns.encodeDns(answer)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  expect(hex).toBe('0007858000010001000000000' + '3766d310e6f70656e737461636b6c6f63616c0000010001' + 'c00c000100010000003c00040a000005')
  expect(dns.reverseNameOf(parseIpv4('10.0.0.5')!)).toBe('5.0.0.10.in-addr.arpa')
})

test('a name that points to itself and a message cut short are refused', () => {
  const bytes = dns.encodeDns(dns.dnsQuery(7, 'a.b', dns.DNS_TYPE_A))
  for (let length = 0; length < bytes.length; length++) expect(dns.decodeDns(bytes.subarray(0, length))).toBe(null)
  bytes[12] = 0xc0
  bytes[13] = 12
  expect(dns.decodeDns(bytes)).toBe(null)
})
