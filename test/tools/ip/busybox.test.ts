// The applets of CirrOS: ip, ifconfig and route with fewer words.
import { expect, test } from 'vitest'
import { Bench } from './bench.js'

const NET = [
  'ip link set lo up',
  'ip link add e0 address 02:00:00:00:00:0a type veth peer name f0',
  'ip link set f0 up',
  'ip link set e0 up',
  'ip addr add 10.0.0.2/24 brd + dev e0',
  'ip route add default via 10.0.0.1',
]

test('CirrOS 0.5: no state, no group, no protocol', async () => {
  const bench = new Bench('cirros-0.5').withoutIpv6()
  await bench.setup(...NET)
  expect(await bench.text('ip a show e0')).toBe(`3: e0@f0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue qlen 1000
    link/ether 02:00:00:00:00:0a brd ff:ff:ff:ff:ff:ff
    inet 10.0.0.2/24 brd 10.0.0.255 scope global e0
       valid_lft forever preferred_lft forever
`)
  expect(await bench.text('ip r')).toBe('default via 10.0.0.1 dev e0 \n10.0.0.0/24 dev e0 scope link  src 10.0.0.2 \n')
  expect(await bench.text('ip route get 10.0.0.9')).toBe('10.0.0.9 dev e0  src 10.0.0.2 \n')
  expect((await bench.run('ip addr show dev nope')).stderr).toBe("ip: can't find device 'nope'\n")
  expect((await bench.run('ip addr add 10.0.0.2/24 dev e0')).stderr).toBe('ip: RTNETLINK answers: File exists\n')
  expect(await bench.text('ifconfig e0')).toBe(`e0        Link encap:Ethernet  HWaddr 02:00:00:00:00:0A  
          inet addr:10.0.0.2  Bcast:10.0.0.255  Mask:255.255.255.0
          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1
          RX packets:0 errors:0 dropped:0 overruns:0 frame:0
          TX packets:0 errors:0 dropped:0 overruns:0 carrier:0
          collisions:0 txqueuelen:1000 
          RX bytes:0 (0.0 B)  TX bytes:0 (0.0 B)

`)
})

test('CirrOS 0.3 still shows the state, and no scope of a route', async () => {
  const bench = new Bench('cirros-0.3').withoutIpv6()
  await bench.setup(...NET)
  expect(await bench.text('ip a show e0')).toBe(`3: e0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP qlen 1000
    link/ether 02:00:00:00:00:0a brd ff:ff:ff:ff:ff:ff
    inet 10.0.0.2/24 brd 10.0.0.255 scope global e0
`)
  expect(await bench.text('ip r')).toBe('default via 10.0.0.1 dev e0 \n10.0.0.0/24 dev e0  src 10.0.0.2 \n')
})
