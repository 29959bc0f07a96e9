// Named namespaces: made, entered, crossed by a veth, deleted.
import { expect, test } from 'vitest'
import { Bench } from './bench.js'

test('a namespace has its own devices, and exec runs any command in it', async () => {
  const bench = new Bench().withoutIpv6()
  await bench.setup('ip netns add red', 'ip netns add blue')
  expect(await bench.text('ip netns')).toBe('blue\nred\n')
  expect(await bench.text('ip netns exec red ip -br link')).toBe('lo               DOWN           00:00:00:00:00:00 <LOOPBACK> \n')
  await bench.setup('ip -n red link set lo up', 'ip netns exec red sysctl -qw net.ipv4.ip_forward=1')
  expect(await bench.text('ip -n red -br link')).toBe('lo               UNKNOWN        00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP> \n')
  expect(await bench.text('sysctl -n net.ipv4.ip_forward')).toBe('0\n')
  expect(await bench.text('ip netns exec red ip netns identify')).toBe('red\n')
})

test('a veth that crosses gives both sides an id, and dies with the namespace', async () => {
  const bench = new Bench().withoutIpv6()
  await bench.setup('ip netns add red', 'ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 netns red')
  expect(await bench.text('ip netns list')).toBe('red (id: 0)\n')
  expect(await bench.text('ip netns list-id')).toBe('nsid 0 (iproute2 netns name: red)\n')
  expect(await bench.text('ip -o link show v0')).toBe(
    '2: v0@if2: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN mode DEFAULT group default qlen 1000\\    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff link-netns red\n',
  )
  await bench.setup('ip netns del red')
  expect((await bench.run('ip link show v0')).stderr).toBe('Device "v0" does not exist.\n')
  expect(await bench.text('ip netns')).toBe('')
})

test('the refusals', async () => {
  const bench = new Bench()
  await bench.setup('ip netns add red')
  const lines = ['ip netns add red', 'ip netns exec red', 'ip netns exec red nosuch', 'ip netns set red x', 'ip netns attach blue 99999']
  const told = []
  for (const line of lines) {
    const { stderr, exitCode } = await bench.run(line)
    told.push(`${stderr}${exitCode}`)
  }
  expect(told).toEqual([
    'Cannot create namespace file "/run/netns/red": File exists\n1',
    'No command specified\n1',
    'exec of "nosuch" failed: No such file or directory\n1',
    'Error: argument "x" is wrong: Invalid "netnsid" value\n\n255',
    'Bind /proc/99999/ns/net -> /run/netns/blue failed: No such file or directory\n1',
  ])
})

test('names are files in /run/netns, which comes with the first', async () => {
  const bench = new Bench()
  expect(bench.machine.files.exists('/var/run/netns')).toBe(false)
  await bench.setup('ip netns add one', 'ip netns add two', 'ip netns del one')
  expect(bench.machine.files.list('/var/run/netns')).toEqual(['two'])
})
