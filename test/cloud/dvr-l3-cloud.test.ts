// A cloud where everything behind the routers is made by a learner: what his commands change on the hosts, and that nothing is left of it.
import { beforeAll, expect, test } from 'vitest'
import type { Lab } from '../../src/lab/lab.js'
import { bootDvr } from './dvr-variation.js'

/** Time for agents and guests. */
const PAUSE = 'sleep 30'
const STATE = '/var/lib/neutron/fip-priorities /var/lib/neutron/fip-linklocal-networks'

let lab: Lab
let external = ''
const ids = new Map<string, string>()

async function out(node: string, line: string): Promise<string> {
  const { stdout, stderr } = await lab.run(node, line)
  return stdout + stderr
}

async function id(kind: string, name: string): Promise<string> {
  const key = `${kind} ${name}`
  const known = ids.get(key) ?? (await out('ctl', `openstack ${kind} show ${name} -f value -c id`)).trim()
  ids.set(key, known)
  return known
}

async function cloud(...lines: string[]): Promise<void> {
  for (const line of lines) {
    const { exitCode, stdout, stderr } = await lab.run('ctl', `openstack ${line} > /tmp/out`)
    expect(`${line}: ${exitCode} ${stdout}${stderr}`).toBe(`${line}: 0 `)
  }
  await out('ctl', PAUSE)
}

/** Kinds of the namespaces of a host, and how many. */
async function namespaces(node: string): Promise<string> {
  return (await out(node, 'ip netns list | cut -d- -f1 | sort | uniq -c | sed "s/^ *//"')).trim().replaceAll('\n', ', ')
}

/** Where a floating address is on a host: its policy rule, route and translations, counted. */
async function traces(node: string, router: string, floating: string, fixed: string): Promise<string> {
  const q = `ip netns exec qrouter-${await id('router', router)}`
  const f = `ip netns exec fip-${external}`
  const lines = [
    `${q} ip rule | grep -c "from ${fixed} lookup 16"`,
    `${f} ip route | grep -c "^${floating} via"`,
    `${q} iptables -t nat -S | grep -cE -- "-d ${floating}/32.*--to-destination ${fixed}|-s ${fixed}/32.*--to-source ${floating}"`,
  ]
  return (await out(node, `(${lines.join('; ')}) 2>/dev/null`)).trim().split('\n').join(' ')
}

async function reaches(node: string, address: string): Promise<boolean> {
  return (await out(node, `ping -c 2 -W 2 ${address}`)).includes(' 0% packet loss')
}

const SERVED = '1 1 2'
const NOT_SERVED = '0 0 0'

beforeAll(async () => {
  lab = await bootDvr({ computes: 2, networks: [], routers: [], servers: [] })
  external = await id('network', 'floating')
}, 60_000)

test('no router, no namespaces', async () => {
  expect(await namespaces('ctl')).toBe('')
  expect(await namespaces('c1')).toBe('')
})

test('a router with a way out is on the network node alone until a server needs it', async () => {
  await cloud(
    'network create red',
    'subnet create --network red --subnet-range 10.1.0.0/24 red',
    'router create r1',
    'router add subnet r1 red',
  )
  await cloud('router set --external-gateway floating r1')
  expect(await namespaces('ctl')).toBe('1 fip, 1 qdhcp, 1 qrouter, 1 snat')
  expect(await namespaces('c1')).toBe('')
  await cloud('server create --image cirros --flavor m1.tiny --network red --availability-zone nova:c1 a')
  await cloud('server create --image cirros --flavor m1.tiny --network red --availability-zone nova:c2 b')
  expect(await namespaces('c1')).toBe('1 fip, 1 qrouter')
  expect(await namespaces('c2')).toBe('1 fip, 1 qrouter')
  expect(await reaches('a', '8.8.8.8')).toBe(true)
}, 60_000)

async function fixed(server: string): Promise<string> {
  return /10\.\d+\.\d+\.\d+/.exec(await out('ctl', `openstack server show ${server} -f value -c addresses`))![0]
}

test('a floating address: associated, moved to a server of another host, taken away', async () => {
  await cloud('floating ip create --floating-ip-address 100.122.0.200 floating')
  await cloud('server add floating ip a 100.122.0.200')
  const [a, b] = [await fixed('a'), await fixed('b')]
  expect(await traces('c1', 'r1', '100.122.0.200', a)).toBe(SERVED)
  expect(await reaches('ext', '100.122.0.200')).toBe(true)
  await cloud('server remove floating ip a 100.122.0.200', 'server add floating ip b 100.122.0.200')
  expect(await traces('c1', 'r1', '100.122.0.200', a)).toBe(NOT_SERVED)
  expect(await traces('c2', 'r1', '100.122.0.200', b)).toBe(SERVED)
  expect(await reaches('ext', '100.122.0.200')).toBe(true)
  expect(await out('ctl', 'openstack floating ip show 100.122.0.200 -f value -c status')).toBe('ACTIVE\n')
}, 60_000)

test('its server moves to the other host while it runs', async () => {
  const b = await fixed('b')
  await cloud('--os-compute-api-version 2.30 server migrate --live-migration --block-migration --host c1 b')
  expect(await traces('c1', 'r1', '100.122.0.200', b)).toBe(SERVED)
  expect(await namespaces('c2')).toBe('1 fip')
  expect(await out('c2', `cat ${STATE} 2>/dev/null`)).toBe('')
  expect(await reaches('ext', '100.122.0.200')).toBe(true)
  expect(await reaches('b', '8.8.8.8')).toBe(true)
  expect(await out('ctl', 'openstack floating ip show 100.122.0.200 -f value -c status')).toBe('ACTIVE\n')
}, 60_000)

test('a second router, its own subnet and floating address beside the first', async () => {
  await cloud(
    'network create blue',
    'subnet create --network blue --subnet-range 10.2.0.0/24 blue',
    'router create r2',
    'router add subnet r2 blue',
  )
  await cloud(
    'router set --external-gateway floating r2',
    'server create --image cirros --flavor m1.tiny --network blue --availability-zone nova:c1 c',
  )
  await cloud('floating ip create --floating-ip-address 100.122.0.201 floating', 'server add floating ip c 100.122.0.201')
  expect(await namespaces('c1')).toBe('1 fip, 2 qrouter')
  expect(await traces('c1', 'r2', '100.122.0.201', await fixed('c'))).toBe(SERVED)
  expect(await reaches('ext', '100.122.0.201')).toBe(true)
  // From one floating address to the other, over the fip namespace that both have.
  expect(await reaches('c', '100.122.0.200')).toBe(true)
  await cloud('server delete c')
  expect(await namespaces('c1')).toBe('1 fip, 1 qrouter')
}, 60_000)

test('nothing is left of what is deleted', async () => {
  await cloud('server delete a', 'server delete b')
  expect(await namespaces('c1')).toBe('1 fip')
  expect(
    await out(
      'c1',
      `cat ${STATE} 2>/dev/null; ip netns exec fip-${external} ip rule | tail -n +4; ip netns exec fip-${external} ip route | wc -l`,
    ),
  ).toBe('1\n')
  await cloud('router unset --external-gateway r2')
  expect(await namespaces('ctl')).toBe('1 fip, 2 qdhcp, 2 qrouter, 1 snat')
  // The last way out to the network takes the fip namespaces of all hosts along.
  await cloud('router unset --external-gateway r1')
  expect([await namespaces('ctl'), await namespaces('c1'), await namespaces('c2')]).toEqual(['2 qdhcp, 2 qrouter', '', ''])
  await cloud('router remove subnet r1 red', 'router delete r1', 'router remove subnet r2 blue', 'router delete r2')
  expect(await namespaces('ctl')).toBe('2 qdhcp')
  expect(
    await out(
      'ctl',
      `cat ${STATE} 2>/dev/null; ip -br link | grep -E "^(rfp|fpr|fg|qr|qg|sg)-"; ovs-vsctl list-ports br-int | grep -E "^(fg|qr|qg|sg)-"`,
    ),
  ).toBe('')
  expect(await out('c1', 'ip -br link | grep -E "^(rfp|fpr|fg|qr)-"; ovs-vsctl list-ports br-int | grep -v -E "^(int|patch)-"')).toBe('')
}, 60_000)
