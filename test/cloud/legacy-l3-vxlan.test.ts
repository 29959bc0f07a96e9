// The whole cloud over VXLAN: what no document names, made with the openstack client, works on every node and leaves nothing on any.
import { beforeAll, describe, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'
import { out } from './variation.js'

const NODES = ['controller', 'compute01', 'compute02']
const LOSS = 'grep -o "[0-9]*% packet loss"'

/** All that a learner's network and VMs could leave behind, counters, times, cookies and learned flows apart. */
async function traces(lab: Lab): Promise<string> {
  const flows = 'sed "s/duration.*table/table/; s/n_packets.*idle_age=[0-9]*, //; s/hard_age=[0-9]*, //" | sort'
  const parts: string[] = []
  for (const node of NODES) {
    for (const line of [
      'iptables-save | grep -v "^#" | sed "s/\\[.*\\]//"',
      'ip -o link | sed "s/^[0-9]*: //"',
      'ip netns list | sed "s/ .*//" | sort',
      'brctl show',
      'ovs-vsctl show',
      `ovs-ofctl dump-flows br-int | ${flows}`,
      `ovs-ofctl dump-flows br-tun | grep -v hard_timeout=300,.*dl_dst | ${flows}`,
      'ipset list -n | sort',
      'ls /var/lib/nova/instances /var/lib/neutron/dhcp 2>&1',
      'ps ax -o args | grep -e dnsmasq -e qemu -e haproxy | grep -v grep | sort',
    ]) {
      parts.push(`@${node} ${line}\n${await out(lab, node, line)}`)
    }
  }
  for (const what of ['network', 'subnet', 'port', 'router', 'floating ip', 'security group']) {
    parts.push(await out(lab, 'controller', `openstack ${what} list -f value -c ID`))
  }
  parts.push(lab.nodes.map(({ name }) => name).join(' '))
  return parts.join('\n')
}

describe('two VMs, a network, a router, a floating IP and a security group that no document names', () => {
  let lab: Lab
  let before = ''
  const on = (line: string): Promise<string> => out(lab, 'controller', line)

  beforeAll(async () => {
    lab = await Lab.boot(await loadScenario('scenarios/legacy-l3-vxlan.yaml'))
    await on('sleep 400')
    before = await traces(lab)
  }, 120_000)

  test('the lab opens with all agents alive and all servers running', async () => {
    expect(await on('openstack network agent list | grep -c ":-)"')).toBe('6\n')
    expect(await on('openstack server list | grep -c ACTIVE')).toBe('9\n')
    for (const node of NODES) expect(await out(lab, node, 'grep -ci "unexpected error" /var/log/messages')).toBe('0\nexit 1\n')
  })

  test('they reach each other through the tunnel and the outside through the router', async () => {
    await on('openstack network create lan; openstack subnet create --network lan --subnet-range 10.77.0.0/24 lan-subnet')
    await on(
      'openstack router create edge; openstack router add subnet edge lan-subnet; openstack router set --external-gateway ext-net edge',
    )
    await on('openstack security group create web; openstack security group rule create --protocol tcp --dst-port 22 web')
    for (const [name, host] of [
      ['shop', 'compute01'],
      ['till', 'compute02'],
    ]) {
      await on(
        `openstack server create --image cirros --flavor 1 --network lan --security-group web --availability-zone nova:${host} ${name}`,
      )
    }
    await on('sleep 90')
    expect(await on('openstack server list -f value -c Name -c Status | grep -e shop -e till | sort')).toBe('shop ACTIVE\ntill ACTIVE\n')
    const till = /=(10\.77\.0\.\d+)/.exec(await on('openstack server show till -f value -c addresses'))![1]!
    expect(await out(lab, 'shop', `nc -w 2 ${till} 22 < /dev/null > /dev/null; echo $?`)).toBe('0\n')
    expect(await out(lab, 'shop', `ping -c 1 -W 2 ${till} | ${LOSS}`)).toBe('100% packet loss\n')
    expect(await out(lab, 'shop', `ping -c 1 8.8.8.8 | ${LOSS}`)).toBe('0% packet loss\n')
    expect(await out(lab, 'shop', 'ip link show eth0 | grep -o "mtu [0-9]*"')).toBe('mtu 1450\n')
  }, 120_000)

  test('its security group decides what comes in by the floating IP', async () => {
    const address = (await on('openstack floating ip create ext-net -f value -c floating_ip_address')).trim()
    await on(`openstack server add floating ip shop ${address}; sleep 10`)
    expect(await out(lab, 'external', `ping -c 1 -W 2 ${address} | ${LOSS}`)).toBe('100% packet loss\n')
    const rule = (await on('openstack security group rule create --protocol icmp web -f value -c id')).trim()
    await on('sleep 5')
    expect(await out(lab, 'external', `ping -c 1 ${address} | ${LOSS}`)).toBe('0% packet loss\n')
    await on(`openstack security group rule delete ${rule}; sleep 5`)
    expect(await out(lab, 'external', `ping -c 1 -W 2 ${address} | ${LOSS}`)).toBe('100% packet loss\n')
    expect(await on('openstack router remove subnet edge lan-subnet')).toContain('cannot be deleted, as it is required')
    await on(`openstack server remove floating ip shop ${address}; openstack floating ip delete ${address}`)
  }, 120_000)

  test('taken away, nothing is left on any node', async () => {
    await on('openstack server delete shop till; sleep 30; openstack security group delete web')
    await on('openstack router unset --external-gateway edge; openstack router remove subnet edge lan-subnet; openstack router delete edge')
    await on('sleep 10; openstack network delete lan; sleep 400')
    expect(await traces(lab)).toBe(before)
  }, 120_000)
})
