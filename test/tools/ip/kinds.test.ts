// Link kinds: made, shown with -d, changed. Texts as iproute2 6.1 prints them on a stock kernel.
import { expect, test } from 'vitest'
import { Bench } from './bench.js'

const QUEUES = (kind: string, tso = 524280): string =>
  `${kind}addrgenmode eui64 numtxqueues 1 numrxqueues 1 gso_max_size 65536 gso_max_segs 65535 tso_max_size ${tso} tso_max_segs 65535 gro_max_size 65536 \n`

test('a VLAN device', async () => {
  const bench = new Bench().withoutIpv6()
  await bench.setup('ip link add e0 address 02:00:00:00:00:01 type veth peer name f0', 'ip link add link e0 name e0.5 type vlan id 5')
  expect(await bench.text('ip -d link show e0.5')).toBe(
    '4: e0.5@e0: <BROADCAST,MULTICAST,M-DOWN> mtu 1500 qdisc noop state DOWN mode DEFAULT group default qlen 1000\n' +
      '    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 0 maxmtu 65535 \n' +
      `    ${QUEUES('vlan protocol 802.1Q id 5 <REORDER_HDR> ')}`,
  )
  expect((await bench.run('ip link set e0.5 up')).stderr).toBe('RTNETLINK answers: Network is down\n')
  expect((await bench.run('ip link add link e0 name again type vlan id 5')).stderr).toBe('RTNETLINK answers: File exists\n')
  expect((await bench.run('ip link add link e0 name e0.9 type vlan id 4095')).stderr).toBe('Error: 8021q: Invalid VLAN id.\n')
  expect((await bench.run('ip link add link e0 name e0.9 type vlan id x')).stderr).toBe('Error: argument "x" is wrong: id is invalid\n')
  expect((await bench.run('ip link add link nosuch name e0.9 type vlan id 9')).stderr).toBe('Cannot find device "nosuch"\n')
  expect(await bench.text('ip -br link show type vlan')).toBe(
    'e0.5@e0          DOWN           02:00:00:00:00:01 <BROADCAST,MULTICAST,M-DOWN> \n',
  )
})

test('a dummy', async () => {
  const bench = new Bench().withoutIpv6()
  await bench.setup('ip link add d0 address 02:00:00:00:00:09 type dummy', 'ip link set d0 up')
  expect(await bench.text('ip link show d0')).toBe(
    '2: d0: <BROADCAST,NOARP,UP,LOWER_UP> mtu 1500 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\n' +
      '    link/ether 02:00:00:00:00:09 brd ff:ff:ff:ff:ff:ff\n',
  )
})

test('a tap of a user', async () => {
  const bench = new Bench().withoutIpv6()
  await bench.setup('ip tuntap add tap0 mode tap user root', 'ip link set tap0 address 02:00:00:00:00:07')
  expect(await bench.text('ip -d link show tap0')).toBe(
    '2: tap0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN mode DEFAULT group default qlen 1000\n' +
      '    link/ether 02:00:00:00:00:07 brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65521 \n' +
      `    ${QUEUES('tun type tap pi off vnet_hdr off persist on user 0 ', 65536)}`,
  )
})

test('a bridge and its settings', async () => {
  const bench = new Bench().withoutIpv6()
  await bench.setup(
    'ip link add br0 address 02:00:00:00:00:fe type bridge forward_delay 0 ageing_time 60000',
    'ip link add e0 address 02:00:00:00:00:01 type veth peer name f0',
    'ip link set e0 master br0',
    'ip link set br0 type bridge stp_state 1',
    'ip link set e0 type bridge_slave hairpin on learning off cost 9',
  )
  const shown = await bench.text('ip -d link show br0')
  expect(shown).toContain(
    '\n    bridge forward_delay 0 hello_time 200 max_age 2000 ageing_time 60000 stp_state 1 priority 32768 vlan_filtering 0 ',
  )
  expect(await bench.text('ip -d -o link show e0')).toContain(
    'bridge_slave state disabled priority 32 cost 9 hairpin on guard off root_block off fastleave off learning off flood on port_id 0x8001 port_no 0x1 ',
  )
  expect(await bench.text('brctl showstp br0')).toContain(' ageing time\t\t 600.00\n')
})

test('tables have the names of /etc/iproute2/rt_tables', async () => {
  const bench = new Bench().withoutIpv6()
  bench.machine.files.mkdir('/etc/iproute2', { parents: true })
  bench.machine.files.write('/etc/iproute2/rt_tables', '#\n255\tlocal\n100\tuplink\n')
  await bench.setup('ip link set lo up', 'ip route add 192.0.2.0/24 dev lo table uplink', 'ip rule add from 192.0.2.1 lookup uplink')
  expect(await bench.text('ip route show table uplink')).toBe('192.0.2.0/24 dev lo scope link \n')
  expect(await bench.text('ip route show table all 192.0.2.0/24')).toBe('192.0.2.0/24 dev lo table uplink scope link \n')
  expect(await bench.text('ip rule show from 192.0.2.1')).toBe('32765:\tfrom 192.0.2.1 lookup uplink\n')
})
