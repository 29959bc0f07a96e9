// What an operator does to a running cloud: restarts agents, changes their files, kills a guest, reads what they logged.
import { beforeAll, describe, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

describe('legacy-l3', () => {
  let lab: Lab
  const out = async (node: string, line: string): Promise<string> => {
    const { stdout, stderr, exitCode } = await lab.run(node, line)
    return `${stdout}${stderr}${exitCode === 0 ? '' : `exit ${exitCode}\n`}`
  }

  beforeAll(async () => {
    lab = await Lab.boot(await loadScenario('scenarios/legacy-l3.yaml'))
  }, 60_000)

  test('agents that start again find their work done, and change nothing', async () => {
    const state = async (): Promise<string> =>
      (await out('network', 'ovs-vsctl show; ip netns; ls /var/lib/neutron/dhcp')) +
      (await out('network', 'for ns in $(ip netns); do ip netns exec $ns ip -4 -o a; ip netns exec $ns iptables -S -t nat; done'))
    const before = await state()
    for (const agent of ['l3', 'dhcp', 'metadata']) await out('network', `service neutron-${agent}-agent restart; sleep 5`)
    expect(await state()).toBe(before)
    await out('network', 'service neutron-plugin-openvswitch-agent restart; sleep 10')
    await out('compute', 'service neutron-plugin-openvswitch-agent restart; sleep 10')
    expect(await out('vm1', 'ping -c 2 8.8.8.8 | grep -o "[0-9]*% packet loss"')).toBe('0% packet loss\n')
    expect(await out('network', 'neutron agent-list | grep -c ":-)"')).toBe('5\n')
  })

  test('a service that is stopped is away until it is started', async () => {
    expect(await out('network', 'stop neutron-server')).toBe('neutron-server stop/waiting\n')
    expect(await out('network', 'neutron net-list')).toMatch(/^Connection to neutron failed/)
    await out('network', 'start neutron-server')
    expect(await out('network', 'neutron net-list | grep -c private')).toBe('3\n')
  })

  test('a setting of dhcp_agent.ini counts from the next start on', async () => {
    await out('network', 'echo dhcp-option-force=26,1400 > /etc/neutron/dnsmasq.conf')
    const sed = "sed -i 's,^dnsmasq_config_file.*,dnsmasq_config_file = /etc/neutron/dnsmasq.conf,' /etc/neutron/dhcp_agent.ini"
    await out('network', `${sed} && service neutron-dhcp-agent restart; sleep 5`)
    await out('vm1', 'dhclient -r eth0; dhclient eth0')
    expect(await out('vm1', 'cat /sys/class/net/eth0/mtu')).toBe('1400\n')
  })

  test('qemu killed is a server that is off, and starts again', async () => {
    const status = "nova list | awk '/ vm1 /{print $6}'"
    expect(await out('compute', `kill -9 $(pgrep -f instance-00000001); sleep 1; ${status}`)).toBe('SHUTOFF\n')
    expect(await out('compute', `nova start vm1; sleep 30; ${status}`)).toBe('ACTIVE\n')
    expect(await out('vm1', 'ping -c 1 10.10.10.1 | grep -o "[0-9]*% packet loss"')).toBe('0% packet loss\n')
  })

  test('the log of the OVS agent tells which VLAN it gave, and lab who which flow came from where', async () => {
    const grep = "grep -o 'Assigning 9 as local vlan for net-id=.*' /var/log/neutron/openvswitch-agent.log | head -1"
    expect(await out('network', grep)).toBe('Assigning 9 as local vlan for net-id=224f79e0-8068-4ef7-8c79-2326bc0cf5c4\n')
    const flow = await out('network', 'ovs-ofctl dump-flows br-tun | grep -m1 tun_id=0x1')
    expect(await out('network', `lab who '${flow.trim()}'`)).toContain('table=2,tun_id=1,actions=mod_vlan_vid:9,resubmit(,10)')
  })
})
