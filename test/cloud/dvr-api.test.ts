// What neutron-server does with distributed routers: ports that come and go with the way out, routers that are made central, what is shown.
import { beforeAll, describe, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

describe('the routers of dvr-fip', () => {
  let lab: Lab
  const out = async (node: string, line: string): Promise<string> => {
    const { stdout, stderr } = await lab.run(node, line)
    return stdout + stderr
  }
  const on = (line: string): Promise<string> => out('mgt01', line)
  const owners = (): Promise<string> => on('openstack port list --router router-az2 --long -f value -c "Device Owner" | sort')
  const spaces = (node: string): Promise<string> => out(node, 'ls /run/netns | cut -d- -f1,2 | sort | tr "\\n" " "')

  beforeAll(async () => {
    lab = await Lab.boot(await loadScenario('scenarios/dvr-fip.yaml'))
  }, 60_000)

  test('agents say how they work, ports where they are', async () => {
    const modes =
      'for h in network01 compute03; do openstack network agent show -f json $(openstack network agent list --agent-type l3 --host $h -f value -c ID)'
    expect(await on(`${modes} | grep -o '"agent_mode": "[a-z_]*"'; done`)).toBe('"agent_mode": "dvr_snat"\n"agent_mode": "dvr"\n')
    const bound = (owner: string): Promise<string> =>
      on(
        `openstack port show -f value -c binding_host_id -c binding_vif_type $(openstack port list --router router-az2 --device-owner network:${owner} -f value -c ID)`,
      )
    expect(await bound('router_interface_distributed')).toBe('\ndistributed\n')
    expect(await bound('router_centralized_snat')).toBe('network01\novs\n')
    expect(await bound('router_gateway')).toBe('network01\novs\n')
    const agents = 'openstack network agent list --router router-az2 -f value -c Host | sort | tr "\\n" " "'
    expect(await on(agents)).toBe('compute03 compute04 network01 ')
  })

  test('each host that serves floating IPs has an address of its own outside, by its agent', async () => {
    const list =
      'openstack port list --device-owner network:floatingip_agent_gateway --network floating -f value -c "Fixed IP Addresses" | grep -c ip_address'
    expect(await on(list)).toBe('3\n')
    const device = 'openstack port show 2417e6fb-ee41-4c0f-9f5d-8b1a6c7d2e30 -f value -c device_id'
    expect(await on(device)).toBe(await on('openstack network agent list --agent-type l3 --host compute03 -f value -c ID'))
  })

  test('without a way out nothing of it is left; fip namespaces go with the last router', async () => {
    await on('openstack floating ip delete 100.122.0.145 100.122.0.146; openstack router unset --external-gateway router-az2; sleep 10')
    expect(await owners()).toBe('network:router_interface_distributed\n')
    expect(await spaces('network01')).toContain('fip-e7cb8424')
    await on('openstack router unset --external-gateway router-az3; sleep 10')
    expect(await on('openstack port list --network floating -f value -c ID')).toBe('')
    expect(await spaces('network01')).toBe('qdhcp-2b8e4f70 qdhcp-7f6d5c1e qdhcp-c5b0a8d2 qrouter-b6a86b9f qrouter-b9b7d98f ')
    expect(await spaces('compute03')).toBe('qrouter-b6a86b9f qrouter-b9b7d98f ')
    expect(await out('compute03', 'ovs-vsctl list-ports br-int | grep fg-')).toBe('')
    expect(await out('vm32', 'ping -c 1 192.168.3.69 | grep -o ttl=..')).toBe('ttl=64\n')
  })

  test('a router that is down is made central, and distributed again', async () => {
    await on('openstack router set --external-gateway floating router-az2; sleep 10')
    expect(await owners()).toBe('network:router_centralized_snat\nnetwork:router_gateway\nnetwork:router_interface_distributed\n')
    const convert = (how: string): string => `openstack router set --disable router-az2; sleep 5; openstack router set --${how} router-az2`
    await on(`${convert('centralized')}; openstack router set --enable router-az2; sleep 20`)
    expect(await owners()).toBe('network:router_gateway\nnetwork:router_interface\n')
    expect(await spaces('compute04')).not.toContain('qrouter')
    expect(await out('vm32', 'ping -c 1 100.121.0.75 | grep -o ttl=..')).toBe('ttl=62\n')
    await on(`${convert('distributed')}; openstack router set --enable router-az2; sleep 20`)
    expect(await owners()).toBe('network:router_centralized_snat\nnetwork:router_gateway\nnetwork:router_interface_distributed\n')
    expect(await spaces('compute04')).toContain('qrouter-b6a86b9f')
    expect(await out('vm32', 'ping -c 1 100.121.0.75 | grep -o ttl=..')).toBe('ttl=62\n')
  })
})
