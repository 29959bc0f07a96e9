// Routers, DHCP and metadata on a whole cloud: what no document names is set up the same way, carries traffic, and is taken away again.
import { beforeAll, describe, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

async function boot(name: string): Promise<Lab> {
  return Lab.boot(await loadScenario(`scenarios/${name}.yaml`))
}

async function out(lab: Lab, node: string, line: string): Promise<string> {
  const { stdout, stderr, exitCode } = await lab.run(node, line)
  return `${stdout}${stderr}${exitCode === 0 ? '' : `exit ${exitCode}\n`}`
}

/** A value of a `Field | Value` table. */
function field(table: string, name: string): string {
  return new RegExp(`\\| ${name} +\\| (\\S+)`).exec(table)?.[1] ?? `no ${name} in: ${table}`
}

const ROUTER = 'qrouter-040c1455-6096-4806-ba91-fec64cdaed81'

describe('Icehouse', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await boot('legacy-l3')
  }, 60_000)

  test('a VM has its lease, its name server and its metadata', async () => {
    expect(await out(lab, 'vm1', 'ip route')).toMatch(
      /^default via 10\.10\.10\.1 dev eth0 \n10\.10\.10\.0\/24 dev eth0 .*src 10\.10\.10\.7 \n$/,
    )
    expect(await out(lab, 'vm1', 'grep nameserver /etc/resolv.conf')).toBe('nameserver 10.10.10.2\n')
    expect(await out(lab, 'vm1', 'wget -q -O - http://169.254.169.254/latest/meta-data/local-ipv4')).toBe('10.10.10.7')
    expect(await out(lab, 'vm3', 'wget -q -O - http://169.254.169.254/latest/meta-data/public-ipv4')).toBe('192.168.0.3')
    expect(await out(lab, 'network', 'cat /var/lib/neutron/dhcp/224f79e0-8068-4ef7-8c79-2326bc0cf5c4/opts')).toBe(
      'tag:tag0,option:router,10.10.10.1',
    )
  })

  test('a router, network and floating address of its own come and leave nothing but the empty namespaces', async () => {
    const state = [
      'ovs-vsctl list-ports br-int | sort',
      'ovs-vsctl list-ports br-ex | sort',
      'ip -o link | sed "s/^[0-9]*: //"',
      'ps ax -o args | grep -e dnsmasq -e ns-metadata | grep -v grep | sort',
      'ls /var/lib/neutron/dhcp',
      `ip netns exec ${ROUTER} iptables-save -t nat | grep -v -e "^#" -e "^:"`,
    ].join('; ')
    const before = await out(lab, 'network', state)
    const net = field(await out(lab, 'network', 'neutron net-create web'), 'id')
    const subnet = field(
      await out(lab, 'network', 'neutron subnet-create --name web-subnet --dns-nameserver 8.8.8.8 web 172.20.0.0/24'),
      'id',
    )
    const router = field(await out(lab, 'network', 'neutron router-create edge'), 'id')
    await out(lab, 'network', 'neutron router-interface-add edge web-subnet; sleep 5')
    const ns = `ip netns exec qrouter-${router}`
    expect(await out(lab, 'network', `${ns} ip route`)).toMatch(/^172\.20\.0\.0\/24 dev qr-\S+ .*src 172\.20\.0\.1 \n$/)
    expect(await out(lab, 'network', `ip netns exec qdhcp-${net} ip route`)).toMatch(
      /^default via 172\.20\.0\.1 dev tap\S+ \n172\.20\.0\.0\/24/,
    )
    await out(lab, 'network', 'neutron router-gateway-set edge ext-net; sleep 5')
    expect(await out(lab, 'network', `${ns} ip route`)).toMatch(/^default via 192\.168\.0\.1 dev qg-/)
    expect(await out(lab, 'network', `${ns} ping -c 1 192.168.0.100 | grep -o "[0-9]*% packet loss"`)).toBe('0% packet loss\n')
    await out(lab, 'network', `nova boot --image cirros --flavor 1 --nic net-id=${net} shop; sleep 60`)
    expect(await out(lab, 'shop', 'wget -q -O - http://169.254.169.254/latest/meta-data/hostname')).toBe('shop.novalocal')
    expect(await out(lab, 'shop', 'ping -c 1 192.168.0.100 | grep -o "[0-9]*% packet loss"')).toBe('0% packet loss\n')
    const port = /\| ([0-9a-f-]{36}) \| .*172\.20\.0\.3"/.exec(await out(lab, 'network', 'neutron port-list'))?.[1] ?? 'none'
    const created = await out(lab, 'network', 'neutron floatingip-create ext-net')
    const [floating, address] = [field(created, 'id'), field(created, 'floating_ip_address')]
    await out(lab, 'network', `neutron floatingip-associate ${floating} ${port}; sleep 5`)
    expect(await out(lab, 'external', `ping -c 1 ${address} | grep -o "[0-9]*% packet loss"`)).toBe('0% packet loss\n')
    expect(field(await out(lab, 'network', `neutron floatingip-show ${floating}`), 'router_id')).toBe(router)
    await out(lab, 'network', `neutron floatingip-disassociate ${floating}; sleep 5`)
    expect(await out(lab, 'network', `${ns} ip -4 -o addr | grep -c ${address}/32`)).toBe('0\nexit 1\n')
    await out(lab, 'network', `neutron floatingip-delete ${floating}; nova delete shop; sleep 20`)
    expect(await out(lab, 'network', `cat /var/lib/neutron/dhcp/${net}/host`)).not.toContain('172.20.0.3')
    for (const line of [
      'router-gateway-clear edge',
      'router-interface-delete edge web-subnet',
      'router-delete edge',
      `subnet-delete ${subnet}`,
      'net-delete web',
    ]) {
      expect(await out(lab, 'network', `neutron ${line}; sleep 5`)).not.toContain('exit')
    }
    expect(await out(lab, 'network', state)).toBe(before)
    expect(await out(lab, 'network', `${ns} ip -o link | cut -d: -f2`)).toBe(' lo\n')
  }, 60_000)
})

describe('Stein', () => {
  test('a router, network and floating address of its own come and leave nothing', async () => {
    const lab = await boot('legacy-l3-vxlan')
    const on = (line: string): Promise<string> => out(lab, 'controller', line)
    const state =
      'ip netns list | sort; ovs-vsctl list-ports br-int | sort; ls /var/lib/neutron/dhcp; ps ax -o args | grep -e [d]nsmasq -e [h]aproxy | sort'
    const before = await on(state)
    const external = (await on('openstack network list --external -f value -c Name')).trim()
    await on('openstack network create web; openstack subnet create --network web --subnet-range 172.30.0.0/24 web-subnet')
    const router = (await on('openstack router create edge -f value -c id')).trim()
    await on(`openstack router add subnet edge web-subnet; openstack router set --external-gateway ${external} edge; sleep 10`)
    const ns = `ip netns exec qrouter-${router}`
    expect(await on(`${ns} ip route`)).toMatch(
      /^default via 192\.168\.100\.1 dev qg-\S+ \n172\.30\.0\.0\/24 dev qr-\S+ .*\n192\.168\.100\.0\/24 dev qg-/,
    )
    await on('openstack server create --image cirros --flavor 1 --network web shop; sleep 60')
    const route = await out(lab, 'shop', 'ip route')
    expect(route).toMatch(/^default via 172\.30\.0\.1 dev eth0 \n169\.254\.169\.254 via 172\.30\.0\.1 dev eth0 \n/)
    expect(await out(lab, 'shop', 'ip link show eth0 | grep -o "mtu [0-9]*"')).toBe('mtu 1450\n')
    const own = /src (\S+)/.exec(route)?.[1] ?? 'none'
    expect(await out(lab, 'shop', 'wget -q -O - http://169.254.169.254/latest/meta-data/local-ipv4')).toBe(own)
    const floating = (await on(`openstack floating ip create ${external} -f value -c floating_ip_address`)).trim()
    await on(`openstack server add floating ip shop ${floating}; sleep 10`)
    expect(await on(`${ns} iptables -t nat -S | grep ${floating}`)).toBe(
      [
        `-A neutron-l3-agent-OUTPUT -d ${floating}/32 -j DNAT --to-destination ${own}`,
        `-A neutron-l3-agent-PREROUTING -d ${floating}/32 -j DNAT --to-destination ${own}`,
        `-A neutron-l3-agent-float-snat -s ${own}/32 -j SNAT --to-source ${floating}`,
        '',
      ].join('\n'),
    )
    await on(`openstack floating ip delete ${floating}; openstack server delete shop; sleep 20`)
    await on(
      'openstack router unset --external-gateway edge; openstack router remove subnet edge web-subnet; openstack router delete edge; sleep 5',
    )
    await on('openstack network delete web; sleep 10')
    expect((await on(state)).replace(/\(id: \d+\)/g, '')).toBe(before.replace(/\(id: \d+\)/g, ''))
  }, 60_000)
})
