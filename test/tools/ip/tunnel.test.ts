// Tunnel devices: made, shown, told apart; their forwarding database; what passes between two namespaces, and what does not fit.
// Texts as iproute2 6.1 prints them; those of VXLAN recorded from Linux 6.18.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { encodeFrame } from '../../../src/wire/encode.js'
import { Capture, ping, run } from '../../kernel/lab.js'
import { Bench } from './bench.js'

let bench: Bench

beforeEach(async () => {
  bench = new Bench().withoutIpv6()
  await bench.setup(
    'ip netns add far',
    'ip link add e0 address 02:00:00:00:00:01 type veth peer name e1 netns far',
    'ip addr add 10.9.0.1/24 dev e0',
    'ip link set e0 up',
    'ip netns exec far sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1',
    'ip -n far link set e1 address 02:00:00:00:00:02',
    'ip -n far addr add 10.9.0.2/24 dev e1',
    'ip -n far link set e1 up',
  )
})

afterEach(async () => {
  await bench.pass(60)
  const { ledger } = bench.sim
  expect(ledger.made + ledger.cloned).toBe(ledger.delivered + ledger.held + ledger.droppedTotal)
})

const TAIL = (tso: number): string =>
  `addrgenmode eui64 numtxqueues 1 numrxqueues 1 gso_max_size 65536 gso_max_segs 65535 tso_max_size ${tso} tso_max_segs 65535 gro_max_size 65536 \n`

const MAC1 = '02:00:00:00:00:11'
const MAC2 = '02:00:00:00:00:12'

async function pair(kind: string, here: string, there: string): Promise<void> {
  await bench.setup(
    `ip link add t0 address ${MAC1} type ${kind} ${here}`,
    'ip addr add 192.168.5.1/24 dev t0',
    'ip link set t0 up',
    `ip -n far link add t0 address ${MAC2} type ${kind} ${there}`,
    'ip -n far addr add 192.168.5.2/24 dev t0',
    'ip -n far link set t0 up',
  )
}

function answers(size: number, df = true): number {
  const device = bench.netns.deviceByName('t0')!
  const before = device.stats.rxPackets
  ping(bench.netns, '192.168.5.2', { size, df })
  run(bench.machine.kernel, 0.5)
  return device.stats.rxPackets - before
}

test('a VXLAN device in full', async () => {
  const id = 'id 7 local 10.9.0.1 dstport 4789'
  await bench.setup(
    `ip link add v2 address ${MAC1} type vxlan id 5 remote 10.9.0.2 dstport 4789 dev e0`,
    `ip link add v4 address ${MAC2} type vxlan ${id} nolearning proxy l2miss l3miss rsc tos 0x10 ttl 16 df set noudpcsum maxaddress 100 ageing 60`,
  )
  expect(await bench.text('ip -d link show v2')).toBe(
    '3: v2: <BROADCAST,MULTICAST> mtu 1450 qdisc noop state DOWN mode DEFAULT group default qlen 1000\n' +
      `    link/ether ${MAC1} brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 \n` +
      `    vxlan id 5 remote 10.9.0.2 dev e0 srcport 0 0 dstport 4789 ttl auto ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx ${TAIL(524280)}`,
  )
  expect(await bench.text('ip -d link show v4')).toContain(
    'vxlan id 7 local 10.9.0.1 srcport 0 0 dstport 4789 nolearning proxy rsc l2miss l3miss tos 0x10 ttl 16 df set ageing 60 maxaddr 100 noudpcsum noudp6zerocsumtx noudp6zerocsumrx ',
  )
})

test('what a VXLAN device cannot be', async () => {
  await bench.setup('ip link add v2 type vxlan id 5 remote 10.9.0.2 dstport 4789 dev e0')
  const cases: [string, string, number][] = [
    ['ip link add v1 type vxlan', 'Error: Required attributes not provided to perform the operation.\n', 2],
    ['ip link add v1 type vxlan dstport 4789', 'vxlan: missing virtual network identifier\n', 1],
    ['ip link add v1 type vxlan id 6 group 239.1.1.1 dstport 4789', "vxlan: 'group' requires 'dev' to be specified\n", 1],
    ['ip link add v1 type vxlan id 16777216 dstport 4789', 'Error: argument "16777216" is wrong: invalid id\n', 255],
    ['ip link add v1 type vxlan id 8 remote 10.9.0.2 group 239.1.1.1', 'vxlan: both group and remote cannot be specified\n', 1],
    ['ip link add v1 type vxlan id 5 remote 1.2.3.4 dstport 4789', 'Error: A VXLAN device with the specified VNI already exists.\n', 2],
    ['ip link set v2 type vxlan id 7', 'Error: Cannot change VNI.\n', 2],
    ['ip link set v2 mtu 1500', 'RTNETLINK answers: Invalid argument\n', 2],
  ]
  for (const [line, stderr, exitCode] of cases) expect(await bench.run(line)).toMatchObject({ stderr, exitCode })
})

test('its forwarding database: remote ends appended, replaced, refused', async () => {
  await bench.setup(
    'ip link add v2 type vxlan id 5 remote 10.9.0.2 dstport 4789 dev e0',
    'bridge fdb append 00:00:00:00:00:00 dev v2 dst 10.9.0.3',
    'bridge fdb add 02:00:00:00:00:07 dev v2 dst 10.9.0.4',
    'bridge fdb append 02:00:00:00:00:07 dev v2 dst 10.9.0.5',
    'bridge fdb replace 02:00:00:00:00:07 dev v2 dst 10.9.0.6',
    'bridge fdb add 02:00:00:00:00:08 dev v2 dst 10.9.0.6 port 8472 vni 77 via e0',
    'bridge fdb add 02:00:00:00:00:0a dev v2 dst 10.9.0.6 self static',
  )
  expect((await bench.run('bridge fdb add 00:00:00:00:00:00 dev v2 dst 10.9.0.4')).stderr).toBe('RTNETLINK answers: File exists\n')
  expect((await bench.run('bridge fdb add 02:00:00:00:00:0b dev v2')).stderr).toBe('RTNETLINK answers: Invalid argument\n')
  expect(await bench.text('bridge fdb show dev v2')).toBe(
    '02:00:00:00:00:0a dst 10.9.0.6 self static\n' +
      '02:00:00:00:00:08 dst 10.9.0.6 port 8472 vni 77 via e0 self permanent\n' +
      '02:00:00:00:00:07 dst 10.9.0.6 self permanent\n' +
      '00:00:00:00:00:00 dst 10.9.0.2 via e0 self permanent\n' +
      '00:00:00:00:00:00 dst 10.9.0.3 self permanent\n',
  )
  await bench.setup('bridge fdb del 00:00:00:00:00:00 dev v2 dst 10.9.0.3', 'bridge fdb del 02:00:00:00:00:07 dev v2')
  expect(await bench.text('bridge fdb show dev v2')).toBe(
    '02:00:00:00:00:0a dst 10.9.0.6 self static\n' +
      '02:00:00:00:00:08 dst 10.9.0.6 port 8472 vni 77 via e0 self permanent\n' +
      '00:00:00:00:00:00 dst 10.9.0.2 via e0 self permanent\n',
  )
})

test('frames cross by VXLAN, the remote end is learned and forgotten', async () => {
  await pair('vxlan', 'id 5 remote 10.9.0.2 dstport 4789 dev e0', 'id 5 local 10.9.0.2 dstport 4789 dev e1')
  const wire = new Capture(bench.netns.deviceByName('e0')!)
  expect(answers(56)).toBe(2)
  expect(wire.lines().filter((line) => line.endsWith('udp'))).toEqual([
    'out 10.9.0.1 > 10.9.0.2 ttl 64 udp',
    'in 10.9.0.2 > 10.9.0.1 ttl 64 udp',
    'out 10.9.0.1 > 10.9.0.2 ttl 64 udp',
    'in 10.9.0.2 > 10.9.0.1 ttl 64 udp',
  ])
  expect(await bench.text('ip netns exec far bridge fdb show dev t0')).toBe(`${MAC1} dst 10.9.0.1 self \n`)
  await bench.pass(310)
  expect(await bench.text('ip netns exec far bridge fdb show dev t0')).toBe('')
})

test('the MTU of a VXLAN device is 50 bytes less, and the outer packet is as long as the link takes', async () => {
  await pair('vxlan', 'id 5 remote 10.9.0.2 dstport 4789 dev e0', 'id 5 remote 10.9.0.1 dstport 4789 dev e1')
  const wire = new Capture(bench.netns.deviceByName('e0')!)
  answers(56)
  expect(answers(1422)).toBe(1)
  expect(Math.max(...wire.frames.map(({ frame }) => frame.length))).toBe(1514)
  expect(ping(bench.netns, '192.168.5.2', { size: 1423, df: true })).toBe('EMSGSIZE')
  expect(answers(1423, false)).toBe(2)
})

test('another VNI, and a port that a program holds', async () => {
  await pair('vxlan', 'id 5 remote 10.9.0.2 dstport 4789 dev e0', 'id 6 remote 10.9.0.1 dstport 4789 dev e1')
  expect(answers(56)).toBe(0)
  expect(bench.sim.ledger.dropped.get('TUNNEL_NO_VNI')).toBeGreaterThan(0)
  await bench.setup('ip link add v9 type vxlan id 9 dstport 4790')
  bench.netns.sockets.udp().bind(0, 4790)
  expect((await bench.run('ip link set v9 up')).stderr).toBe('RTNETLINK answers: Address already in use\n')
})

test('gretap with a key: 42 bytes of overhead', async () => {
  await pair('gretap', 'remote 10.9.0.2 local 10.9.0.1 key 5', 'remote 10.9.0.1 local 10.9.0.2 key 5')
  expect(await bench.text('ip link show t0')).toBe(
    '3: t0@NONE: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1458 qdisc pfifo_fast state UNKNOWN mode DEFAULT group default qlen 1000\n' +
      `    link/ether ${MAC1} brd ff:ff:ff:ff:ff:ff\n`,
  )
  expect(await bench.text('ip -d link show t0')).toContain(
    '\n    gretap remote 10.9.0.2 local 10.9.0.1 ttl inherit ikey 0.0.0.5 okey 0.0.0.5 addrgenmode eui64 ',
  )
  const wire = new Capture(bench.netns.deviceByName('e0')!)
  answers(56)
  expect(answers(1430)).toBe(1)
  expect(Math.max(...wire.frames.map(({ frame }) => frame.length))).toBe(1514)
  const outer = encodeFrame(wire.frames.find(({ frame }) => frame.length === 1514)!.frame)
  expect([...outer.subarray(34, 42)]).toEqual([0x20, 0, 0x65, 0x58, 0, 0, 0, 5])
})

test('gre: packets without frames, with checksums and sequence numbers', async () => {
  await bench.setup(
    'ip tunnel add t0 mode gre remote 10.9.0.2 local 10.9.0.1 ttl 40 seq csum key 7',
    'ip addr add 192.168.5.1/24 dev t0',
    'ip link set t0 up',
    'ip netns exec far ip tunnel add t0 mode gre remote 10.9.0.1 local 10.9.0.2 ttl 40 seq csum key 7',
    'ip -n far addr add 192.168.5.2/24 dev t0',
    'ip -n far link set t0 up',
  )
  expect(await bench.text('ip tunnel show')).toBe(
    't0: gre/ip remote 10.9.0.2 local 10.9.0.1 ttl 40 key 7\n' +
      '  Drop packets out of sequence.\n  Checksum in received packet is required.\n' +
      '  Sequence packets on output.\n  Checksum output packets.\n',
  )
  expect(await bench.text('ip link show t0')).toBe(
    '3: t0@NONE: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1464 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\n' +
      '    link/gre 10.9.0.1 peer 10.9.0.2\n',
  )
  expect(answers(56)).toBe(1)
  expect(answers(1436)).toBe(1)
  expect((await bench.run('ip tunnel add t1 mode gre remote 10.9.0.2 local 10.9.0.1 key 7')).stderr).toBe(
    'add tunnel "gre0" failed: File exists\n',
  )
  await bench.setup('ip -n far tunnel change t0 mode gre key 8')
  expect(answers(56)).toBe(0)
})

test('ipip: 20 bytes, and an error for what does not fit', async () => {
  await bench.setup(
    'ip tunnel add t0 mode ipip remote 10.9.0.2 local 10.9.0.1',
    'ip addr add 192.168.5.1/24 dev t0',
    'ip link set t0 up mtu 1500',
    'ip netns exec far ip tunnel add t0 mode ipip remote 10.9.0.1 local 10.9.0.2',
    'ip -n far addr add 192.168.5.2/24 dev t0',
    'ip -n far link set t0 up',
  )
  expect(answers(56)).toBe(1)
  expect(answers(1452)).toBe(1)
  expect(answers(1472)).toBe(0)
  expect(await bench.text('ip route get 192.168.5.2')).toMatch(
    /^192\.168\.5\.2 dev t0 src 192\.168\.5\.1 uid 0 \n {4}cache expires \d+sec mtu 1480 \n$/,
  )
})

test('tunnels that lead into each other end in a drop, and the lab goes on', async () => {
  await bench.setup(
    'ip link add v1 type vxlan id 1 remote 10.77.0.2 dstport 4789',
    'ip link add v2 type vxlan id 2 remote 10.78.0.2 dstport 4789',
    'ip link set v1 up',
    'ip link set v2 up',
    'ip addr add 10.78.0.1/24 dev v1',
    'ip addr add 10.77.0.1/24 dev v2',
    'ip neigh add 10.78.0.2 lladdr 02:00:00:00:00:77 dev v1',
    'ip neigh add 10.77.0.2 lladdr 02:00:00:00:00:78 dev v2',
  )
  ping(bench.netns, '10.78.0.2')
  run(bench.machine.kernel, 1)
  expect(bench.sim.ledger.dropped.get('XMIT_RECURSION')).toBe(1)
  expect(bench.sim.ledger.held).toBe(0)
})

test('an outer packet without DF is cut on the underlay and put together again', async () => {
  await pair('vxlan', 'id 5 remote 10.9.0.2 dstport 4789', 'id 5 remote 10.9.0.1 dstport 4789')
  answers(56)
  const wire = new Capture(bench.netns.deviceByName('e0')!)
  expect(answers(1472)).toBe(1)
  expect(wire.frames.map(({ frame, direction }) => `${direction} ${frame.length}`)).toEqual(['out 1514', 'out 84', 'in 1514', 'in 84'])
  expect(await bench.text('ip route get 192.168.5.2')).toMatch(/ mtu 1450 \n$/)
})

test('a bridged packet that is too long is answered by the tunnel device, as Linux 5.9 does', async () => {
  await pair('vxlan', 'id 5 remote 10.9.0.2 dstport 4789', 'id 5 remote 10.9.0.1 dstport 4789')
  await bench.setup(
    'ip netns add host',
    'ip addr flush dev t0',
    'ip link add br0 type bridge',
    'ip link set br0 up',
    'ip link set t0 master br0',
    'ip link add p1 type veth peer name h0 netns host',
    'ip link set p1 up master br0',
    'ip -n host link set h0 up',
    'ip -n host addr add 192.168.5.9/24 dev h0',
  )
  const host = bench.machine.netnsNames.get('host')!
  ping(host, '192.168.5.2')
  run(bench.machine.kernel, 0.5)
  const seen = new Capture(host.deviceByName('h0')!)
  ping(host, '192.168.5.2', { size: 1472, df: true })
  run(bench.machine.kernel, 0.5)
  expect(seen.lines().filter((line) => line.includes('icmp'))).toEqual([
    'out 192.168.5.9 > 192.168.5.2 ttl 64 icmp 8/0',
    'in 192.168.5.2 > 192.168.5.9 ttl 64 icmp 3/4',
  ])
  expect(await bench.text('ip -n host route get 192.168.5.2')).toMatch(/ mtu 1450 \n$/)
})
