// The whole DVR cloud: what no document names, made with the openstack client, works on every host, moves with its servers and leaves
// nothing on any.
import { beforeAll, describe, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'
import { out } from './variation.js'

const HOSTS = ['network01', 'compute03', 'compute04']
const FIP = 'fip-e7cb8424-51e4-429a-8020-76e651877db3'
const LOSS = 'grep -o "[0-9]*% packet loss"'

/** All that a learner's router and VMs could leave behind, counters, times, cookies and learned flows apart. */
async function traces(lab: Lab): Promise<string> {
  const flows = 'sed "s/duration.*table/table/; s/n_packets.*idle_age=[0-9]*, //; s/hard_age=[0-9]*, //" | sort'
  const inside = (line: string): string => `for n in $(ls /run/netns | sort); do echo $n; ip netns exec $n ${line}; done`
  const parts: string[] = []
  for (const node of HOSTS) {
    for (const line of [
      'ls /run/netns | sort',
      'iptables-save | grep -v "^#" | sed "s/\\[.*\\]//"',
      inside('iptables-save | grep -v "^#" | sed "s/\\[.*\\]//"'),
      inside('ip rule'),
      inside('ip route show table all'),
      inside('ip neigh show nud permanent | sort'),
      'ip -o link | sed "s/^[0-9]*: //"',
      'ovs-vsctl show | grep -e Port -e tag -e options',
      // What answers came back with to a router that is gone stays in table 3: neutron deletes it in table 1.
      `ovs-ofctl dump-flows br-int | grep -v "table=3, .*dl_dst=fa:16:3f" | ${flows}`,
      `ovs-ofctl dump-flows br-ex | ${flows}`,
      `ovs-ofctl dump-flows br-tun | grep -v hard_timeout=300,.*dl_dst | ${flows}`,
      'ls /var/lib/neutron /var/lib/neutron/dhcp 2>&1; cat /var/lib/neutron/fip-* 2>&1 | sort',
      'ps ax -o args | grep -e dnsmasq -e qemu -e haproxy | grep -v grep | sort',
    ]) {
      parts.push(`@${node} ${line}\n${await out(lab, node, line)}`)
    }
  }
  for (const what of ['network', 'subnet', 'port', 'router', 'floating ip', 'security group']) {
    parts.push(await out(lab, 'mgt01', `openstack ${what} list -f value -c ID`))
  }
  return parts.join('\n')
}

describe('a router, a network, two VMs and a floating IP that no document names', () => {
  let lab: Lab
  let before = ''
  let floating = ''
  const on = (line: string): Promise<string> => out(lab, 'mgt01', line)
  const lost = (node: string, to: string): Promise<string> => out(lab, node, `ping -c 3 ${to} | ${LOSS}`)
  const routes = (host: string): Promise<string> => out(lab, host, `ip netns exec ${FIP} ip route | grep -c "^${floating} via"`)

  beforeAll(async () => {
    lab = await Lab.boot(await loadScenario('scenarios/dvr-fip.yaml'))
    await on('sleep 400')
    before = await traces(lab)
  }, 120_000)

  test('the lab opens with all agents alive and all servers running', async () => {
    expect(await on('openstack network agent list | grep -c ":-)"')).toBe('10\n')
    expect(await on('openstack server list | grep -c ACTIVE')).toBe('4\n')
    expect(lab.bootFailures).toEqual([])
  })

  test('a new router is distributed; without servers it is on the network node alone', async () => {
    await on('openstack network create lan; openstack subnet create --network lan --subnet-range 10.77.0.0/24 lan-subnet')
    expect(await on('openstack router create far -f value -c distributed -c ha')).toBe('True\nFalse\n')
    await on('openstack router set --external-gateway floating far; openstack router add subnet far lan-subnet; sleep 10')
    const owners = 'openstack port list --router far --long -f value -c "Device Owner" | sort'
    expect(await on(owners)).toBe('network:router_centralized_snat\nnetwork:router_gateway\nnetwork:router_interface_distributed\n')
    const id = (await on('openstack router show far -f value -c id')).trim()
    expect(await out(lab, 'network01', `ls /run/netns | grep ${id} | cut -d- -f1 | sort`)).toBe('qrouter\nsnat\n')
    for (const host of ['compute03', 'compute04']) expect(await out(lab, host, `ls /run/netns | grep -c ${id}`)).toBe('0\nexit 1\n')
  })

  test('servers bring it to their hosts; they reach each other, and the outside by the network node', async () => {
    for (const [name, host] of [
      ['near', 'compute03'],
      ['away', 'compute04'],
    ])
      await on(`openstack server create --image cirros --flavor small --network lan --availability-zone nova:${host} ${name}`)
    await on('sleep 60')
    const id = (await on('openstack router show far -f value -c id')).trim()
    for (const host of ['compute03', 'compute04']) expect(await out(lab, host, `ls /run/netns | grep ${id}`)).toBe(`qrouter-${id}\n`)
    const address = (name: string): Promise<string> => on(`openstack server show ${name} -f value -c addresses | cut -d= -f2`)
    expect(await lost('near', (await address('away')).trim())).toBe('0% packet loss\n')
    expect(await lost('near', '100.121.0.75')).toBe('0% packet loss\n')
    expect(await lost('away', '8.8.8.8')).toBe('0% packet loss\n')
    expect(await out(lab, 'away', 'ping -c 1 100.121.0.75 | grep -o ttl=..')).toBe('ttl=62\n')
  })

  test('a floating IP is served where its server is, in both directions', async () => {
    floating = (await on('openstack floating ip create floating -f value -c floating_ip_address')).trim()
    await on(`openstack server add floating ip near ${floating}; sleep 10`)
    expect(await lost('serviceproxy01', floating)).toBe('0% packet loss\n')
    expect(await out(lab, 'near', 'ping -c 1 100.121.0.75 | grep -o ttl=..')).toBe('ttl=61\n')
    expect(await routes('compute03')).toBe('1\n')
    expect(await routes('compute04')).toBe('0\nexit 1\n')
    expect(await on(`openstack floating ip show ${floating} -f value -c status`)).toBe('ACTIVE\n')
  })

  test('moved to another server it is served on that one’s host', async () => {
    await on(`openstack server remove floating ip near ${floating}; openstack server add floating ip away ${floating}; sleep 10`)
    expect(await lost('serviceproxy01', floating)).toBe('0% packet loss\n')
    expect(await routes('compute03')).toBe('0\nexit 1\n')
    expect(await routes('compute04')).toBe('1\n')
    expect(await out(lab, 'near', 'ping -c 1 100.121.0.75 | grep -o ttl=..')).toBe('ttl=62\n')
  })

  test('it follows a server that moves to another host while it runs', async () => {
    const move = 'openstack --os-compute-api-version 2.30 server migrate --live-migration --block-migration --host compute03 away'
    expect(await on(move)).toBe('')
    await on('sleep 60')
    expect(await on('openstack server show away -f value -c OS-EXT-SRV-ATTR:host -c status')).toBe('compute03\nACTIVE\n')
    expect(await lost('serviceproxy01', floating)).toBe('0% packet loss\n')
    expect(await out(lab, 'away', 'ping -c 1 100.121.0.75 | grep -o ttl=..')).toBe('ttl=61\n')
    expect(await routes('compute03')).toBe('1\n')
    expect(await routes('compute04')).toBe('0\nexit 1\n')
    // No server of the network is left there.
    const id = (await on('openstack router show far -f value -c id')).trim()
    expect(await out(lab, 'compute04', `ls /run/netns | grep -c ${id}`)).toBe('0\nexit 1\n')
  })

  test('a port that nobody plugs has its floating IP where the snat namespace is', async () => {
    await on('openstack port create --network lan idle')
    const other = (await on('openstack floating ip create floating --port idle -f value -c floating_ip_address')).trim()
    await on('sleep 10')
    const id = (await on('openstack router show far -f value -c id')).trim()
    expect(await out(lab, 'network01', `ip netns exec snat-${id} iptables -t nat -S | grep -c "${other}/32 .*DNAT"`)).not.toContain('exit')
    await on(`openstack floating ip delete ${other}; openstack port delete idle; sleep 10`)
    expect(await out(lab, 'network01', `ip netns exec snat-${id} iptables -t nat -S | grep -c ${other}/32`)).toBe('0\nexit 1\n')
  })

  test('what must not be is refused', async () => {
    expect(await on('openstack router set --centralized far')).toContain("Cannot change the 'distributed' attribute of active routers")
    const snat = (await on('openstack port list --router far --device-owner network:router_centralized_snat -f value -c ID')).trim()
    expect(await on(`openstack port delete ${snat}`)).toContain('has device owner network:router_centralized_snat')
  })

  test('deleted, nothing of it is left', async () => {
    await on('openstack server delete near away; sleep 30')
    await on(`openstack floating ip delete ${floating}; openstack router remove subnet far lan-subnet`)
    await on('openstack router unset --external-gateway far; openstack router delete far')
    await on('openstack subnet delete lan-subnet; openstack network delete lan; sleep 400')
    const after = await traces(lab)
    expect(after).toBe(before)
  })
})
