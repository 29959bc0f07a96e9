import { expect, test } from 'vitest'
import { formatIpv6 } from '../../src/addr/ipv6.js'
import { ipv6LocalOut } from '../../src/kernel/ipv6-output.js'
import { ipv6Routes } from '../../src/kernel/ipv6-route.js'
import { ICMPV6_ECHO, Icmpv6Message } from '../../src/wire/icmpv6.js'
import { PROTO_ICMPV6 } from '../../src/wire/ipv4.js'
import { Ipv6Packet } from '../../src/wire/ipv6.js'
import { Capture, mac, newKernel, run, vethPair } from './lab.js'

function lab() {
  const kernel = newKernel()
  const b = kernel.createNetns('b')
  const [left, right] = vethPair(kernel.initNetns, 'v0', b, 'v1')
  left.setMac(mac('02:00:00:00:00:01'))
  right.setMac(mac('02:00:00:00:00:02'))
  return { kernel, a: kernel.initNetns, b, left, right }
}

test('the link-local address is made of the MAC at link-up and stays when the MAC changes', () => {
  const { kernel, left, right } = lab()
  left.setUp()
  expect(left.addresses6).toEqual([])
  right.setUp()
  expect(left.addresses6.map((each) => [formatIpv6(each.address), each.tentative])).toEqual([['fe80::ff:fe00:1', true]])
  run(kernel, 2.1)
  expect(left.addresses6[0]!.tentative).toBe(false)
  left.setMac(mac('02:00:00:00:00:99'))
  expect(formatIpv6(left.addresses6[0]!.address)).toBe('fe80::ff:fe00:1')
  left.setDown()
  expect(left.addresses6).toEqual([])
  left.setUp()
  expect(formatIpv6(left.addresses6[0]!.address)).toBe('fe80::ff:fe00:99')
})

test('a link that comes up says: report, report, probe, and after a second report, solicitation, report', () => {
  const { kernel, left, right } = lab()
  right.conf6.disable_ipv6 = 1
  const capture = new Capture(left)
  left.setUp()
  right.setUp()
  run(kernel, 3)
  const said = capture.frames.map(({ frame }) => {
    const packet = frame.payload
    if (packet instanceof Uint8Array || packet.kind !== 'ipv6') return '?'
    const type = packet.payload instanceof Uint8Array ? packet.payload[8] : packet.payload.kind === 'icmpv6' ? packet.payload.type : 0
    return `${formatIpv6(packet.src)} > ${formatIpv6(packet.dst)} ${type}`
  })
  const own = 'fe80::ff:fe00:1'
  expect(said.sort()).toEqual(
    [
      ':: > ff02::16 143',
      ':: > ff02::16 143',
      ':: > ff02::1:ff00:1 135',
      `${own} > ff02::16 143`,
      `${own} > ff02::16 143`,
      `${own} > ff02::2 133`,
    ].sort(),
  )
})

test('ping over link-local addresses, with neighbour discovery', () => {
  const { kernel, a, left, right } = lab()
  left.setUp()
  right.setUp()
  run(kernel, 3)
  const heard: string[] = []
  a.echo6Listeners.add({ heardEcho6: (packet) => void heard.push(formatIpv6(packet.src)) })
  const body = new Uint8Array(64)
  const errno = ipv6LocalOut(
    a,
    new Ipv6Packet({
      nextHeader: PROTO_ICMPV6,
      hopLimit: 64,
      src: 0n,
      dst: right.addresses6[0]!.address,
      payload: new Icmpv6Message({ type: ICMPV6_ECHO, code: 0, body }),
    }),
    { oif: left },
  )
  expect(errno).toBe(null)
  run(kernel, 0.1)
  expect(heard).toEqual(['fe80::ff:fe00:2'])
  expect(a.neigh.list6().map((entry) => [formatIpv6(entry.address), entry.state])).toEqual([['fe80::ff:fe00:2', 'REACHABLE']])
})

test('the same MAC twice on a link: the later address fails', () => {
  const { kernel, left, right } = lab()
  right.setMac(mac('02:00:00:00:00:01'))
  left.setUp()
  right.setUp()
  run(kernel, 3)
  expect([left.addresses6[0]!.dadFailed, right.addresses6[0]!.dadFailed]).toContain(true)
})

test('disable_ipv6 takes the addresses away and gives them back', () => {
  const { kernel, a, left, right } = lab()
  left.setUp()
  right.setUp()
  run(kernel, 3)
  expect(ipv6Routes(a).map((route) => `${route.type} ${formatIpv6(route.dst)}/${route.length} ${route.dev.name}`)).toEqual([
    'unicast fe80::/64 v0',
    'local fe80::ff:fe00:1/128 v0',
    'multicast ff00::/8 v0',
  ])
  a.sysctl.write('net.ipv6.conf.all.disable_ipv6', '1')
  expect(left.addresses6).toEqual([])
  a.sysctl.write('net.ipv6.conf.v0.disable_ipv6', '0')
  run(kernel, 3)
  expect(left.addresses6.length).toBe(1)
})

test('routes of one prefix stand in the order of their addresses; a router answers for its subnets', () => {
  const { kernel, a, left, right } = lab()
  const [early, other] = vethPair(a, 'v9', kernel.createNetns('c'), 'v8')
  early.setMac(mac('02:00:00:00:00:09'))
  early.setUp()
  other.setUp()
  run(kernel, 3)
  left.setUp()
  right.setUp()
  run(kernel, 3)
  a.sysctl.write('net.ipv6.conf.all.forwarding', '1')
  expect(ipv6Routes(a).map((route) => `${route.type} ${formatIpv6(route.dst)}/${route.length} ${route.dev.name}`)).toEqual([
    'unicast fe80::/64 v9',
    'unicast fe80::/64 v0',
    'anycast fe80::/128 v9',
    'anycast fe80::/128 v0',
    'local fe80::ff:fe00:1/128 v0',
    'local fe80::ff:fe00:9/128 v9',
    'multicast ff00::/8 v9',
    'multicast ff00::/8 v0',
  ])
})
