// The same state as tools of other years print it.
import { expect, test } from 'vitest'
import { Bench } from './bench.js'

const NET = [
  'ip link set lo up',
  'ip link add e0 address 02:00:00:00:00:01 type veth peer name f0 address 02:00:00:00:00:02',
  'ip link set f0 up',
  'ip link set e0 up',
]

async function machine(image: string): Promise<Bench> {
  const bench = new Bench(image).withoutIpv6()
  await bench.setup(...NET, 'ip addr add 10.0.0.1/24 brd + dev e0')
  return bench
}

test('Ubuntu 12.04 knows no group, no lifetimes, no peer of a veth', async () => {
  const bench = await machine('ubuntu-12.04')
  expect(await bench.text('ip addr show e0')).toBe(`3: e0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP qlen 1000
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet 10.0.0.1/24 brd 10.0.0.255 scope global e0
`)
  expect(await bench.text('ip route')).toBe('10.0.0.0/24 dev e0  proto kernel  scope link  src 10.0.0.1 \n')
  expect((await bench.run('ip addr add 10.0.0.1/24 dev e0')).stderr).toBe('RTNETLINK answers: File exists\n')
  expect(await bench.text('ip -V')).toBe('ip utility, iproute2-ss111117\n')
})

test('Ubuntu 14.04 has group and lifetimes, and spaces before the parts of a route', async () => {
  const bench = await machine('ubuntu-14.04')
  expect(
    await bench.text('ip addr show e0'),
  ).toBe(`3: e0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet 10.0.0.1/24 brd 10.0.0.255 scope global e0
       valid_lft forever preferred_lft forever
`)
  expect(await bench.text('ip route get 10.0.0.2')).toBe('10.0.0.2 dev e0  src 10.0.0.1 \n    cache \n')
})

test('Ubuntu 20.04 has the peer, the kernel speaks in sentences, statistics stand in fixed columns', async () => {
  const bench = await machine('ubuntu-20.04')
  await bench.setup('ip netns add blue', 'ip link add a0 address 02:00:00:00:00:03 type veth peer name a1 address 02:00:00:00:00:04')
  await bench.setup('ip link set a1 netns blue')
  expect(
    await bench.text('ip link show a0'),
  ).toBe(`5: a0@if4: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN mode DEFAULT group default qlen 1000
    link/ether 02:00:00:00:00:03 brd ff:ff:ff:ff:ff:ff link-netns blue
`)
  expect((await bench.run('ip route add 10.5.0.1/24 dev e0')).stderr).toBe('Error: Invalid prefix for given prefix length.\n')
  expect(
    await bench.text('ip -s link show a0'),
  ).toBe(`5: a0@if4: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN mode DEFAULT group default qlen 1000
    link/ether 02:00:00:00:00:03 brd ff:ff:ff:ff:ff:ff link-netns blue
    RX: bytes  packets  errors  dropped overrun mcast   
    0          0        0       0       0       0       
    TX: bytes  packets  errors  dropped carrier collsns 
    0          0        0       0       0       0       
`)
})

test('ifconfig of net-tools 1.60', async () => {
  const bench = await machine('ubuntu-12.04')
  await bench.setup('ifconfig e0:1 10.1.0.1 netmask 255.255.255.0')
  expect(await bench.text('ifconfig e0')).toBe(`e0        Link encap:Ethernet  HWaddr 02:00:00:00:00:01  
          inet addr:10.0.0.1  Bcast:10.0.0.255  Mask:255.255.255.0
          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1
          RX packets:0 errors:0 dropped:0 overruns:0 frame:0
          TX packets:0 errors:0 dropped:0 overruns:0 carrier:0
          collisions:0 txqueuelen:1000 
          RX bytes:0 (0.0 B)  TX bytes:0 (0.0 B)

`)
  expect(await bench.text('ifconfig e0:1')).toBe(`e0:1      Link encap:Ethernet  HWaddr 02:00:00:00:00:01  
          inet addr:10.1.0.1  Bcast:10.1.0.255  Mask:255.255.255.0
          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1

`)
})

test('sysctl of procps 3.2', async () => {
  const bench = new Bench('ubuntu-12.04')
  const { stderr, exitCode } = await bench.run('sysctl net.ipv4.nosuch')
  expect([stderr, exitCode]).toEqual(['error: "net.ipv4.nosuch" is an unknown key\n', 255])
})
