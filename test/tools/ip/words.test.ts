// The words of ip and bridge: usages, completion, who may, what is not there.
import { describe, expect, test } from 'vitest'
import type { ObjectGrammar } from '../../../src/grammar/keyword.js'
import { usageOf } from '../../../src/grammar/keyword.js'
import { fdbObject } from '../../../src/tools/bridge/fdb.js'
import { linkObject as bridgeLinkObject } from '../../../src/tools/bridge/link.js'
import { addressObject } from '../../../src/tools/ip/address.js'
import { ipCommand } from '../../../src/tools/ip/ip.js'
import { linkObject } from '../../../src/tools/ip/link.js'
import { neighbourObject } from '../../../src/tools/ip/neigh.js'
import { netnsObject } from '../../../src/tools/ip/netns.js'
import { routeObject } from '../../../src/tools/ip/route.js'
import { ruleObject } from '../../../src/tools/ip/rule.js'
import type { IpRun } from '../../../src/tools/ip/run.js'
import { tuntapObject } from '../../../src/tools/ip/tuntap.js'
import { Bench } from './bench.js'

const OBJECTS: readonly ObjectGrammar<IpRun>[] = [
  addressObject,
  linkObject,
  neighbourObject,
  netnsObject,
  routeObject,
  ruleObject,
  tuntapObject,
  fdbObject,
  bridgeLinkObject,
]

describe.each(OBJECTS)('$name', (object) => {
  test('its usage names every verb and keyword that is not hidden', () => {
    const usage = usageOf('ip', object)
    const shown = object.verbs.filter((verb) => verb.hidden !== true)
    const words = shown.flatMap((verb) => [
      ...verb.names,
      ...(verb.list?.keywords.filter((keyword) => keyword.hidden !== true).map((keyword) => keyword.name) ?? []),
    ])
    expect(words.filter((word) => !usage.includes(word))).toEqual([])
  })
})

test('help prints the usage on standard error and ends with 255', async () => {
  const bench = new Bench()
  for (const line of [
    'ip help',
    'ip',
    'ip link help',
    'ip route help',
    'ip addr help',
    'bridge help',
    'bridge fdb help',
    'ip netns help',
    'ip monitor help',
  ]) {
    const { stdout, stderr, exitCode } = await bench.run(line)
    expect([line, stdout, stderr.split(' ')[0], exitCode]).toEqual([line, '', 'Usage:', 255])
  }
})

test('what the kernel here cannot do is said so, with code 126', async () => {
  const bench = new Bench()
  const lines = [
    'ip link add vx0 type sit',
    'ip tunnel add s0 mode sit',
    'ip route save',
    'ip xfrm state',
    'ip link add br0 type bridge vlan_filtering 1',
    'ip addr save',
    'netstat -s',
  ]
  for (const line of lines) {
    const { stdout, stderr, exitCode } = await bench.run(line)
    expect([line, stdout, stderr.includes('not emulated by netlab'), exitCode]).toEqual([line, '', true, 126])
  }
})

test('only root changes anything', async () => {
  const bench = new Bench().withoutIpv6()
  await bench.setup('ip link set lo up', 'ip link add e0 type veth peer name f0')
  const told: string[] = []
  for (const line of [
    'ip link set e0 up',
    'ip addr add 10.0.0.1/24 dev e0',
    'ip route add default dev e0',
    'ip rule add from 1.2.3.4',
    'ip neigh flush all',
    'ip netns exec nosuch true',
    'brctl addbr br0',
    'ifconfig e0 up',
    'route add default e0',
    'sysctl -w net.ipv4.ip_forward=1',
    'arp -s 127.0.0.2 02:00:00:00:00:01',
  ]) {
    const { stderr, exitCode } = await bench.run(line, 1000)
    told.push(`${stderr.trim()} [${exitCode}]`)
  }
  expect(told).toEqual([
    'RTNETLINK answers: Operation not permitted [2]',
    'RTNETLINK answers: Operation not permitted [2]',
    'RTNETLINK answers: Operation not permitted [2]',
    'RTNETLINK answers: Operation not permitted [2]',
    'RTNETLINK answers: Operation not permitted [2]',
    'Cannot open network namespace "nosuch": No such file or directory [255]',
    'add bridge failed: Operation not permitted [1]',
    'SIOCSIFFLAGS: Operation not permitted [1]',
    'SIOCADDRT: Operation not permitted [7]',
    'sysctl: permission denied on key "net.ipv4.ip_forward" [1]',
    'SIOCSARP: Operation not permitted [255]',
  ])
})

test('completion knows objects, verbs, keywords and devices', async () => {
  const bench = new Bench()
  await bench.setup('ip link add br0 type bridge', 'ip netns add red')
  const complete = (line: string): string[] => {
    const words = line.split(' ')
    return ipCommand.complete!({
      words,
      index: words.length - 1,
      current: words.at(-1)!,
      previous: words.at(-2) ?? '',
      proc: bench.machine.init,
    })
  }
  expect(complete('ip n')).toEqual(['neighbour', 'netns'])
  expect(complete('ip link s')).toEqual(['set', 'show'])
  expect(complete('ip link set dev b')).toEqual(['br0', 'broadcast'])
  expect(complete('ip route add default via 10.0.0.1 d')).toEqual(['default', 'dev'])
  expect(complete('ip route add default dev ')).toEqual(['br0', 'lo'])
  expect(complete('ip netns exec r')).toEqual(['red'])
  expect(complete('ip -br')).toEqual(['-brief'])
})

test('a batch stops at the line that the kernel refuses, -force goes on', async () => {
  const bench = new Bench().withoutIpv6()
  bench.machine.files.write('/root/batch', 'link set lo up\n# a comment\n\nlink del lo\nlink add br0 type bridge\n')
  const stopped = await bench.run('ip -b /root/batch')
  expect([stopped.stderr, stopped.exitCode]).toEqual(['RTNETLINK answers: Operation not supported\nCommand failed /root/batch:4\n', 1])
  expect(await bench.text('ip -br link show type bridge')).toBe('')
  const forced = await bench.run('ip -force -b /root/batch')
  expect(forced.exitCode).toBe(1)
  expect((await bench.text('ip -br link show type bridge')).slice(0, 3)).toBe('br0')
})

test('brctl 1.5 has its own words', async () => {
  const bench = new Bench('ubuntu-12.04').withoutIpv6()
  await bench.setup('brctl addbr br0', 'brctl addbr br1', 'ip link add e0 type veth peer name f0', 'brctl addif br0 e0')
  expect((await bench.run('brctl addif br1 e0')).stderr).toBe(
    "device e0 is already a member of a bridge; can't enslave it to bridge br1.\n",
  )
  expect((await bench.run('brctl delif br0 lo')).stderr).toBe('device lo is not a slave of br0\n')
  const missing = await bench.run('brctl show br9')
  expect([missing.stdout, missing.stderr]).toEqual([
    'bridge name\tbridge id\t\tSTP enabled\tinterfaces\nbr9\t\t',
    "can't get info No such device\n",
  ])
})

test('modules: loaded with what they need, listed, refused while in use', async () => {
  const bench = new Bench()
  await bench.setup('modprobe 8021q')
  expect(await bench.text('lsmod')).toBe(`Module                  Size  Used by
8021q                  40960  0
mrp                    20480  1 8021q
garp                   16384  1 8021q
stp                    16384  1 garp
llc                    16384  1 stp
`)
  expect((await bench.run('rmmod garp')).stderr).toBe('rmmod: ERROR: Module garp is in use by: 8021q\n')
  expect((await bench.run('modprobe nosuch')).stderr).toBe(
    `modprobe: FATAL: Module nosuch not found in directory /lib/modules/${bench.machine.image.kernel}\n`,
  )
})

test('IPv6 addresses by hand, with and without duplicate address detection', async () => {
  const bench = new Bench()
  await bench.setup('ip link add e0 address 02:00:00:00:00:01 type veth peer name f0', 'ip link set f0 up', 'ip link set e0 up')
  await bench.pass(5)
  await bench.setup('ip -6 addr add 2001:db8::1/64 dev e0', 'ip -6 addr add 2001:db8::2/64 dev e0 nodad')
  expect(await bench.text('ip -6 -o addr show e0')).toBe(
    '3: e0    inet6 2001:db8::2/64 scope global nodad \\       valid_lft forever preferred_lft forever\n' +
      '3: e0    inet6 2001:db8::1/64 scope global tentative \\       valid_lft forever preferred_lft forever\n' +
      '3: e0    inet6 fe80::ff:fe00:1/64 scope link \\       valid_lft forever preferred_lft forever\n',
  )
  await bench.pass(5)
  expect(await bench.text('ip -6 -br addr show e0')).toBe(
    'e0@f0            UP             2001:db8::2/64 2001:db8::1/64 fe80::ff:fe00:1/64 \n',
  )
  expect((await bench.run('ip -6 addr add 2001:db8::1/64 dev e0')).stderr).toBe('Error: ipv6: address already assigned.\n')
})
