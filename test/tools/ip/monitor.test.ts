// `ip monitor`: what it tells while somebody else changes things. Recorded beside iproute2 6.1, without its netconf lines.
import { expect, test } from 'vitest'
import { Bench } from './bench.js'

test('changes of links, addresses, routes, neighbours and rules', async () => {
  const bench = new Bench().withoutIpv6()
  let told = ''
  void bench.machine.exec(['ip', 'monitor']).then((result) => {
    told = result.stdout
  })
  await bench.pass(0.1)
  await bench.setup(
    'ip link add e0 address 02:00:00:00:00:01 type veth peer name f0 address 02:00:00:00:00:02',
    'ip link set f0 up',
    'ip link set e0 up',
    'ip addr add 10.0.0.1/24 dev e0',
    'ip route add 10.5.0.0/24 via 10.0.0.2',
    'ip neigh add 10.0.0.77 lladdr 02:00:00:00:00:77 dev e0',
    'ip rule add from 1.2.3.4 lookup 5',
    'ip route del 10.5.0.0/24',
    'ip rule del from 1.2.3.4 lookup 5',
  )
  for (const proc of bench.machine.processes.values()) if (proc.argv[1] === 'monitor') proc.kill('INT')
  await bench.pass(0.1)
  const lines = told.split('\n').filter((line) => !line.startsWith('    link/') && line !== '')
  expect(lines.slice(-10)).toEqual([
    '3: e0    inet 10.0.0.1/24 scope global e0',
    '       valid_lft forever preferred_lft forever',
    'local 10.0.0.1 dev e0 table local proto kernel scope host src 10.0.0.1 ',
    '10.0.0.0/24 dev e0 proto kernel scope link src 10.0.0.1 ',
    'broadcast 10.0.0.255 dev e0 table local proto kernel scope link src 10.0.0.1 ',
    '10.5.0.0/24 via 10.0.0.2 dev e0 ',
    '10.0.0.77 dev e0 lladdr 02:00:00:00:00:77 PERMANENT ',
    '32765:\tfrom 1.2.3.4 lookup 5',
    'Deleted 10.5.0.0/24 via 10.0.0.2 dev e0 ',
    'Deleted 32765:\tfrom 1.2.3.4 lookup 5',
  ])
  expect(lines).toContain('3: e0@f0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default ')
})
