// States of a cloud with distributed routers in which nothing is wrong, however odd they look: doctor says so, and what explain tells is what
// a ping then meets.
import { beforeAll, expect, test } from 'vitest'
import { explain } from '../../src/explain/explain.js'
import type { Lab } from '../../src/lab/lab.js'
import { missing } from '../faults/proofs.js'
import { bootDvr } from './dvr-variation.js'

let lab: Lab

const out = async (line: string, node = 'ctl'): Promise<string> => {
  const { stdout, stderr, exitCode } = await lab.run(node, line)
  return `${stdout}${stderr}${exitCode === 0 ? '' : `exit ${exitCode}\n`}`
}

const server = (name: string, host: string, address: string): Readonly<Record<string, unknown>> => ({
  name,
  host,
  boot: true,
  nics: [{ network: 'lan', address }],
})

const move = (name: string, host: string): string =>
  `openstack --os-compute-api-version 2.30 server migrate --live-migration --block-migration --host ${host} ${name}; sleep 30`

/** Pairs of which explain says something else than ping. */
async function disagreements(): Promise<string[]> {
  const found: string[] = []
  for (const from of ['vm1', 'vm2', 'vm3', 'ext']) {
    for (const to of ['10.1.0.5', '10.1.0.6', '10.1.0.7', '100.122.0.100', '100.122.0.101', '8.8.8.8']) {
      const machines = new Map(lab.nodes.map(({ name, machine }) => [name, machine]))
      const { verdict } = explain(lab.copyWorld(), machines, { from, to })
      const { exitCode } = await lab.run(from, `ping -c 1 -W 2 ${to}`)
      if ((verdict === 'answered') !== (exitCode === 0)) found.push(`${from} to ${to}: ${verdict}, ping ${exitCode}`)
    }
  }
  return found
}

beforeAll(async () => {
  lab = await bootDvr({
    computes: 3,
    networks: [{ name: 'lan', subnets: [{ name: 'lan-subnet', cidr: '10.1.0.0/26' }] }],
    routers: [{ name: 'r1', host: 'ctl', external: { network: 'floating' }, interfaces: [{ subnet: 'lan-subnet' }] }],
    servers: [server('vm1', 'c1', '10.1.0.5'), server('vm2', 'c2', '10.1.0.6'), server('vm3', 'c3', '10.1.0.7')],
    more: {
      'floating-ips': [
        { address: '100.122.0.100', network: 'floating', server: 'vm1' },
        { address: '100.122.0.101', network: 'floating' },
      ],
    },
  })
}, 60_000)

test('a port that nobody serves: neighbours of routers are told of others', async () => {
  await out('openstack port create --network lan idle; openstack floating ip set --port idle 100.122.0.101; sleep 10')
  expect(missing(lab)).toEqual([])
  expect(await disagreements()).toEqual([])
  await out('openstack floating ip unset --port 100.122.0.101; openstack port delete idle; sleep 10')
})

test('an extra route to the outside stands in the snat namespace and in the fip namespaces, not where its next hop is not', async () => {
  await out('openstack router set --route destination=10.200.0.0/16,gateway=100.122.0.99 r1; sleep 10')
  expect(missing(lab)).toEqual([])
  const router = (await out('openstack router show r1 -f value -c id')).trim()
  expect(await out(`ip netns exec snat-${router} ip route show 10.200.0.0/16`)).toMatch(/^10\.200\.0\.0\/16 via 100\.122\.0\.99 dev qg-/)
  expect(await out(`ip netns exec qrouter-${router} ip route show 10.200.0.0/16`)).toBe('')
  const fip = 'ip netns exec $(ls /run/netns | grep fip-)'
  expect(await out(`${fip} ip route show table all 10.200.0.0/16`, 'c1')).toMatch(
    /^10\.200\.0\.0\/16 via 100\.122\.0\.99 dev fg-\S+ table /,
  )
  await out('openstack router unset --route destination=10.200.0.0/16,gateway=100.122.0.99 r1; sleep 10')
  expect(missing(lab)).toEqual([])
})

test('a server moves there and back: what was learned before decides nothing', { timeout: 30_000 }, async () => {
  for (const host of ['c2', 'c3', 'c1']) {
    await out(move('vm1', host))
    expect(missing(lab)).toEqual([])
  }
  expect(await disagreements()).toEqual([])
})

test('a floating IP that two hosts answered for while its server moved', async () => {
  await out('openstack --os-compute-api-version 2.30 server migrate --live-migration --block-migration --host c2 vm1')
  await out('openstack server remove floating ip vm1 100.122.0.100; openstack server add floating ip vm3 100.122.0.100')
  await out('openstack floating ip set --port $(openstack port list --server vm1 -f value -c ID) 100.122.0.100; sleep 40')
  expect(missing(lab)).toEqual([])
  expect(await disagreements()).toEqual([])
})

test('a router that leads nowhere waits for somebody who may have it', async () => {
  await out('openstack router create idle')
  const id = (await out('openstack router show idle -f value -c id')).trim()
  await out('systemctl restart neutron-l3-agent; sleep 10', 'c1')
  await out('openstack router set --name r1 r1; sleep 10')
  expect(await out(`ls /run/netns | grep -c ${id}`)).toBe('0\nexit 1\n')
  expect(missing(lab)).toEqual([])
  await out('systemctl restart neutron-l3-agent; sleep 10')
  expect(await out(`ls /run/netns | grep ${id}`)).toBe(`qrouter-${id}\n`)
  expect(missing(lab)).toEqual([])
  expect(await out(`openstack router delete idle; sleep 5; ls /run/netns | grep -c ${id}`)).toBe('0\nexit 1\n')
})

test('an address that two servers share: routers of all hosts are told who has it, its floating IP is served by the network node', async () => {
  await out('openstack port create --network lan --fixed-ip subnet=lan-subnet,ip-address=10.1.0.50 shared')
  const allow = (name: string): Promise<string> =>
    out(`openstack port set --allowed-address ip-address=10.1.0.50 $(openstack port list --server ${name} -f value -c ID); sleep 5`)
  await allow('vm2')
  await allow('vm1')
  await out('openstack floating ip set --port shared 100.122.0.101; sleep 5')
  const known = 'ip netns exec $(ls /run/netns | grep qrouter-) ip neigh show 10.1.0.50 | cut -d" " -f4-'
  const mac = (await out('openstack port list --server vm1 -f value -c "MAC Address"')).trim()
  for (const host of ['ctl', 'c2', 'c3']) expect(await out(known, host)).toBe(`lladdr ${mac} PERMANENT \n`)
  await out('sudo ip addr add 10.1.0.50/32 dev eth0', 'vm1')
  for (const [from, to] of [
    ['vm3', '10.1.0.50'],
    ['ext', '100.122.0.101'],
  ])
    expect(await out(`ping -c 1 -W 2 ${to} | grep -o "[0-9]*% packet loss"`, from)).toBe('0% packet loss\n')
  expect(missing(lab)).toEqual([])
  await out('openstack port delete shared; sleep 5')
})

test('a router leaves by another address of the same network', async () => {
  const gateway = 'openstack router show r1 -f value -c external_gateway_info | grep -o "100[0-9.]*"'
  const port = 'openstack port list --router r1 --device-owner network:router_gateway -f value -c ID'
  const before = await out(port)
  await out('openstack router set --external-gateway floating --fixed-ip ip-address=100.122.0.200 r1; sleep 10')
  expect(await out(gateway)).toBe('100.122.0.200\n')
  expect(await out(port)).toBe(before)
  expect(await out('ping -c 1 8.8.8.8 | grep -o "[0-9]*% packet loss"', 'vm2')).toBe('0% packet loss\n')
  expect(
    await out('ip netns exec $(ls /run/netns | grep snat-) conntrack -L 2>/dev/null | grep -o "dst=8.8.8.8.*dst=100.122.0.200"'),
  ).toContain('type=8')
  expect(missing(lab)).toEqual([])
  expect(await out('openstack router set --external-gateway floating --fixed-ip ip-address=100.122.0.100 r1')).toContain('409')
  expect(await out(gateway)).toBe('100.122.0.200\n')
})

test('a server that the API refuses when the lab opens is named', async () => {
  const servers = [server('vm1', 'c1', '10.1.0.5'), server('vm2', 'c1', '10.1.0.6')]
  const networks = [{ name: 'lan', subnets: [{ name: 'lan-subnet', cidr: '10.1.0.0/26' }] }]
  await expect(bootDvr({ computes: 1, networks, routers: [], servers, flags: { quota_instances: 1 } })).rejects.toThrow(
    'cloud.servers[1]: Quota exceeded for instances: Requested 1, but already used 1 of 1 instances',
  )
})
