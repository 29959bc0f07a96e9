// What ip, bridge, brctl and route print where the real ones, asked side by side with netlab, said something else before. iproute2 6.1,
// bridge-utils 1.7.1, net-tools 2.10.
import { expect, test } from 'vitest'
import { Bench } from './bench.js'

async function prepared(...lines: string[]): Promise<Bench> {
  const bench = new Bench()
  for (const line of lines) expect(await bench.run(line)).toMatchObject({ exitCode: 0 })
  return bench
}

test('a bridge whose address is its own has no carrier without ports', async () => {
  const bench = await prepared('ip link add br7 address 02:00:00:00:0a:07 type bridge', 'ip link set br7 up')
  expect(await bench.text('ip -br link show br7')).toBe(
    'br7              DOWN           02:00:00:00:0a:07 <NO-CARRIER,BROADCAST,MULTICAST,UP> \n',
  )
  const plain = await prepared('ip link add br8 type bridge', 'ip link set br8 up')
  expect(await plain.text('ip -br link show br8')).toMatch(/^br8 +UNKNOWN .*<BROADCAST,MULTICAST,UP,LOWER_UP> \n$/)
})

test('IPv6 knows less of devices when all are asked for', async () => {
  const bench = await prepared('ip link set lo up')
  const addresses = '    inet6 ::1/128 scope host \n       valid_lft forever preferred_lft forever\n'
  expect(await bench.text('ip -6 addr')).toBe(`1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN qlen 1000\n${addresses}`)
  expect(await bench.text('ip -6 addr show lo')).toBe(
    `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n${addresses}`,
  )
})

test('an IPv6 address goes by its device where labels are asked for', async () => {
  const bench = await prepared('ip link set lo up')
  expect(await bench.text('ip addr show label lo')).toContain('inet6 ::1/128')
  expect(await bench.text('ip addr show label other')).toBe('')
})

test('a tun has no link layer and a short queue', async () => {
  const bench = await prepared('ip tuntap add dev tun7 mode tun')
  expect(await bench.text('ip link show tun7')).toBe(
    '2: tun7: <POINTOPOINT,MULTICAST,NOARP> mtu 1500 qdisc noop state DOWN mode DEFAULT group default qlen 500\n    link/none \n',
  )
})

test('identify has a line for a namespace without a name', async () => {
  const bench = await prepared()
  expect(await bench.text('ip netns identify')).toBe('\n')
  expect(await bench.run('ip netns identify self')).toMatchObject({ stderr: "Specified string 'self' is not a pid\n", exitCode: 1 })
})

test('a state that is no number of one goes to the kernel', async () => {
  const bench = await prepared('ip link add br7 type bridge', 'ip link add v1 type veth peer name v2', 'ip link set v1 master br7')
  expect(await bench.run('bridge link set dev v1 state 9')).toMatchObject({
    exitCode: 255,
    stderr: 'RTNETLINK answers: Invalid argument\n',
  })
})

test('brctl: usage is a result, bridges do not nest', async () => {
  const bench = await prepared('brctl addbr br7')
  const { stdout, stderr, exitCode } = await bench.run('brctl nonsense')
  expect([stdout.split('\n')[0], stderr, exitCode]).toEqual(['Usage: brctl [commands]', 'never heard of command [nonsense]\n', 1])
  expect(await bench.run('brctl addif br7 br7')).toMatchObject({
    exitCode: 1,
    stderr: "device br7 is a bridge device itself; can't add a bridge device to a bridge device.\n",
  })
})

test('an address by hand stays when the ageing time is looked at', async () => {
  const bench = await prepared('ip link add br7 type bridge', 'ip link add v1 type veth peer name v2', 'ip link set v1 master br7')
  for (const line of ['bridge fdb add 02:00:00:00:00:77 dev v1 master temp', 'ip link set br7 type bridge ageing_time 0'])
    await bench.run(line)
  await bench.run('ip link set br7 type bridge ageing_time 30000')
  expect(await bench.text('bridge fdb show br br7')).toContain('02:00:00:00:00:77')
})

test('route: what is refused is refused here; usage is no failure', async () => {
  const bench = await prepared('ip link set lo up', 'route add -net 10.9.0.0/16 reject')
  expect(await bench.text('ip route')).toBe('unreachable 10.9.0.0/16 scope host \n')
  const { stdout, stderr, exitCode } = await bench.run('route add')
  expect([stdout.split('\n')[0]?.slice(0, 23), stderr, exitCode]).toEqual(['Usage: inet_route [-vF]', '', 0])
})

test('ethtool: an option that there is not', async () => {
  const bench = await prepared()
  expect(await bench.run('ethtool --nothing lo')).toMatchObject({
    exitCode: 1,
    stderr: 'ethtool: bad command line argument(s)\nFor more information run ethtool -h\n',
  })
})
