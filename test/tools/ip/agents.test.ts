// The lines that nova-network and the neutron agents type, in their spellings: each is taken as the real tools take it.
import { expect, test } from 'vitest'
import { Bench } from './bench.js'

const NOVA_NETWORK = [
  'brctl addbr br100',
  'brctl setfd br100 0',
  'brctl stp br100 off',
  'ip link add eth2 type veth peer name wire2',
  'ip link set br100 address 08:00:27:8f:87:fa',
  'ip link set br100 up',
  'brctl addif br100 eth2',
  'ip link set eth2 promisc on',
  'ip link set eth2 up',
  'ip addr add 10.0.0.1/24 brd 10.0.0.255 dev br100',
  'ip -f inet6 addr show dev br100',
  'ip addr add 169.254.169.254/32 scope link dev lo',
  'ip addr show dev br100 scope global',
  'ip addr add 192.168.56.130/32 dev eth2',
  'ip route show dev br100',
  'ip addr del 192.168.56.130/32 dev eth2',
  'sysctl -w net.ipv4.ip_forward=1',
  'route -n',
  'ip tuntap add tap0 mode tap',
  'ip link set tap0 mtu 1500 up',
  'ip route list dev br100',
]

const NEUTRON = [
  'ip netns add qrouter-1',
  'ip netns add fip-1',
  'ip -o netns list',
  'ip netns exec qrouter-1 ip link set lo up',
  'ip netns exec qrouter-1 sysctl -w net.ipv4.ip_forward=1',
  'ip link add rfp-1 type veth peer name fpr-1 netns fip-1',
  'ip link set rfp-1 netns qrouter-1',
  'ip netns exec qrouter-1 ip link set rfp-1 up',
  'ip netns exec fip-1 ip link set fpr-1 up',
  'ip netns exec qrouter-1 ip -4 addr add 169.254.74.216/31 scope global dev rfp-1',
  'ip netns exec fip-1 ip -4 addr add 169.254.74.217/31 scope global dev fpr-1',
  'ip netns exec qrouter-1 ip -4 route replace default via 169.254.74.217 dev rfp-1 table 16',
  'ip netns exec qrouter-1 ip -4 rule add from 192.168.3.69 table 16 priority 51869',
  'ip netns exec fip-1 ip -4 route replace 100.121.0.75/32 via 169.254.74.216 dev fpr-1',
  'ip netns exec fip-1 sysctl -w net.ipv4.conf.fpr-1.proxy_arp=1',
  'ip netns exec qrouter-1 ip -4 neigh replace 192.168.3.69 lladdr fa:16:3e:00:00:01 nud permanent dev rfp-1',
  'ip netns exec qrouter-1 ip -4 route del default via 169.254.74.217 dev rfp-1 table 16',
  'ip netns exec qrouter-1 ip -4 rule del priority 51869',
  'ip netns exec qrouter-1 ip -o link show rfp-1',
  'ip netns exec qrouter-1 ip addr show rfp-1 permanent scope global',
  'ip link add qvb0 type veth peer name qvo0',
  'ip link set qvb0 up',
  'ip link set qvb0 promisc on',
  'brctl addbr qbr0',
  'brctl setfd qbr0 0',
  'brctl stp qbr0 off',
  'ip link set qbr0 up',
  'brctl addif qbr0 qvb0',
  'ethtool -S qvb0',
  'ip -s link show qvo0',
  'ip netns delete fip-1',
]

test.each([
  ['nova-network', 'ubuntu-12.04', NOVA_NETWORK],
  ['nova-network on a new machine', 'debian-12', NOVA_NETWORK],
  ['neutron', 'ubuntu-14.04', NEUTRON],
  ['neutron on a new machine', 'debian-12', NEUTRON],
] as const)('%s', async (_name, image, lines) => {
  const bench = new Bench(image).withoutIpv6()
  await bench.setup('ip link set lo up')
  const refused: string[] = []
  for (const line of lines) {
    const { stderr, exitCode } = await bench.run(line)
    if (exitCode !== 0 || stderr !== '') refused.push(`${line}: ${stderr}[${exitCode}]`)
  }
  expect(refused).toEqual([])
})

test('what -j prints is JSON, and -p only lays it out', async () => {
  const bench = new Bench()
  await bench.setup(
    'ip link set lo up',
    'ip link add br0 type bridge',
    'ip link add e0 type veth peer name f0',
    'ip link set e0 master br0',
    'ip link set e0 up',
    'ip addr add 10.0.0.1/24 dev br0',
    'ip link set br0 up',
    'ip route add 192.0.2.0/24 via 10.0.0.9',
    'ip rule add fwmark 1/2 sport 1-5 table 7',
    'ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev br0',
    'ip tuntap add tap0 mode tap',
    'ip netns add red',
  )
  for (const words of [
    'link',
    '-d -s link',
    'addr',
    '-d -s -s addr',
    '-br addr',
    '-br link',
    'route show table all',
    '-d route',
    'rule',
    '-d rule',
    '-s neigh',
    'netns',
    'tuntap',
    'maddr',
  ]) {
    const plain = await bench.text(`ip -j ${words}`)
    expect(JSON.parse(await bench.text(`ip -j -p ${words}`))).toEqual(JSON.parse(plain))
    expect(plain.split('\n')).toHaveLength(2)
  }
  for (const words of ['link', '-d link', 'fdb', '-s fdb', 'vlan', 'mdb']) {
    expect(JSON.parse(await bench.text(`bridge -j -p ${words}`))).toEqual(JSON.parse(await bench.text(`bridge -j ${words}`)))
  }
})
