// Clouds where something does not run: they open, and lack what it would have done.
import { expect, test } from 'vitest'
import { bootVariation, external, loss, out } from './variation.js'

const NETWORK = { name: 'a', subnets: [{ name: 'a-s', cidr: '10.1.0.0/24' }] }
const ROUTER = { name: 'r', external: { network: 'ext-net' }, interfaces: [{ subnet: 'a-s' }] }
const SERVER = { name: 'vm', host: 'c1', boot: true, nics: [{ network: 'a', address: '10.1.0.7' }] }

function boot(release: 'icehouse' | 'stein', without: readonly string[]) {
  return bootVariation({ release, computes: 1, networks: [external(release), NETWORK], routers: [ROUTER], servers: [SERVER], without })
}

test('without DHCP and L3 agents a server runs, without an address and a way out', async () => {
  const lab = await boot('icehouse', ['neutron-dhcp-agent', 'neutron-l3-agent'])
  expect(await out(lab, 'ctl', "nova list | awk '/ vm /{print $6}'; ip netns")).toBe('ACTIVE\n')
  expect(await out(lab, 'vm', 'ip -4 -o addr show eth0')).toBe('')
  await lab.run('vm', 'ip addr add 10.1.0.7/24 dev eth0; ip route add default via 10.1.0.1')
  expect(await loss(lab, 'vm', '8.8.8.8')).toBe('100% packet loss')
}, 30_000)

test('without a scheduler a server stays where it is', async () => {
  const lab = await boot('icehouse', ['nova-scheduler'])
  expect(await out(lab, 'ctl', "nova list | awk '/ vm /{print $6, $8}'; nova service-list | grep -c scheduler")).toBe(
    'BUILD scheduling\n0\nexit 1\n',
  )
}, 30_000)

test('without an agent of the switch no port is bound', async () => {
  const lab = await boot('stein', ['neutron-openvswitch-agent'])
  expect(await out(lab, 'ctl', 'openstack server show vm -f value -c status -c fault')).toMatch(
    /Binding failed for port [0-9a-f-]{36}, please check neutron logs for more information\..*ERROR\n$/s,
  )
  expect(await out(lab, 'c1', 'ovs-vsctl list-ports br-int; ip -o link | grep -c -e qbr -e tap')).toBe('0\nexit 1\n')
}, 30_000)
