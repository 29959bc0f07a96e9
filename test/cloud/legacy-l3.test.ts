// The whole cloud over GRE: what no document names, made with the era's clients, works on every node and leaves nothing on any.
import { beforeAll, describe, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

async function out(lab: Lab, node: string, line: string): Promise<string> {
  const { stdout, stderr, exitCode } = await lab.run(node, line)
  return `${stdout}${stderr}${exitCode === 0 ? '' : `exit ${exitCode}\n`}`
}

/** All that a learner's network and VM could leave behind, counters, times and learned flows apart. */
async function traces(lab: Lab): Promise<string> {
  const parts: string[] = []
  for (const node of ['network', 'compute']) {
    for (const line of [
      'iptables-save | grep -v "^#" | sed "s/\\[.*\\]//"',
      'ip -o link | sed "s/^[0-9]*: //"',
      'ip -4 -o addr | sed "s/^[0-9]*: //"',
      'ip route',
      'brctl show',
      'ovs-vsctl show',
      'ovs-ofctl dump-flows br-int | sed "s/duration.*table/table/; s/n_packets.*_age=[0-9]*, //" | sort',
      'ovs-ofctl dump-flows br-tun | grep -v hard_timeout=300,.*dl_dst | sed "s/duration.*table/table/; s/n_packets.*_age=[0-9]*, //" | sort',
      'ls /var/lib/nova/instances /var/lib/neutron/dhcp 2>&1',
      'ps ax -o args | grep -e dnsmasq -e qemu -e ns-metadata | grep -v grep | sort',
    ]) {
      parts.push(`@${node} ${line}\n${await out(lab, node, line)}`)
    }
  }
  for (const list of ['net-list', 'subnet-list', 'port-list', 'router-list', 'floatingip-list', 'security-group-list']) {
    parts.push(await out(lab, 'network', `neutron ${list}`))
  }
  parts.push(lab.nodes.map(({ name }) => name).join(' '))
  return parts.join('\n')
}

/** A value of a `Field | Value` table. */
function field(table: string, name: string): string {
  return new RegExp(`\\| ${name} +\\| (\\S+)`).exec(table)?.[1] ?? `no ${name} in: ${table}`
}

const LOSS = 'grep -o "[0-9]*% packet loss"'

describe('a network, a VM, a floating IP and a security group that no document names', () => {
  let lab: Lab
  let before = ''
  const on = (line: string): Promise<string> => out(lab, 'network', line)

  beforeAll(async () => {
    lab = await Lab.boot(await loadScenario('scenarios/legacy-l3.yaml'))
    await on('sleep 400')
    before = await traces(lab)
  }, 60_000)

  test('the lab opens without a failed command and with all agents alive', async () => {
    expect(await on('neutron agent-list | grep -c ":-)"')).toBe('5\n')
    expect(await out(lab, 'compute', 'grep -ci error /var/log/syslog')).toBe('0\nexit 1\n')
    expect(await on('grep -ci error /var/log/syslog')).toBe('0\nexit 1\n')
    expect(await on('nova list | grep -c ACTIVE')).toBe('2\n')
  })

  test('they are wired on both nodes and carry traffic', async () => {
    const net = field(await on('neutron net-create lan --provider:network_type gre --provider:segmentation_id 77'), 'id')
    await on('neutron subnet-create --name lan-subnet lan 10.77.0.0/24; neutron router-interface-add router1 lan-subnet')
    await on(
      'neutron security-group-create web; neutron security-group-rule-create --protocol tcp --port-range-min 22 --port-range-max 22 web',
    )
    await on(`nova boot --image cirros --flavor 1 --nic net-id=${net} --security-groups web shop; sleep 60`)
    expect(await on('nova list | grep shop')).toMatch(/\| shop +\| ACTIVE +\| - +\| Running +\| lan=10\.77\.0\.3 +\|/)
    const port = /([0-9a-f-]{36}) .*10\.77\.0\.3"/.exec(await on('neutron port-list'))![1]!
    const short = port.slice(0, 11)
    const tag = (await out(lab, 'compute', `ovs-vsctl get Port qvo${short} tag`)).trim()
    expect(await out(lab, 'compute', 'ovs-ofctl dump-flows br-tun table=2 | grep 0x4d')).toContain(
      `tun_id=0x4d actions=mod_vlan_vid:${tag},resubmit(,10)`,
    )
    expect(await out(lab, 'compute', `brctl show qbr${short} | tail -n +2 | awk '{print $NF}'`)).toBe(`qvb${short}\ntap${short}\n`)
    expect(await out(lab, 'compute', `iptables -S neutron-openvswi-s${short.slice(0, 10)} | tail -2`)).toMatch(
      /-s 10\.77\.0\.3\/32 -m mac --mac-source FA:16:3E:\S+ -j RETURN\n.* -j DROP\n$/,
    )
    expect(await on(`cut -d, -f3 /var/lib/neutron/dhcp/${net}/host | sort`)).toBe('10.77.0.1\n10.77.0.2\n10.77.0.3\n')
    expect(await out(lab, 'shop', `ping -c 1 192.168.0.100 | ${LOSS}`)).toBe('0% packet loss\n')
    expect(await out(lab, 'shop', 'wget -q -O - http://169.254.169.254/latest/meta-data/instance-type')).toBe('m1.tiny')
  }, 60_000)

  test('its security group decides what comes in by the floating IP', async () => {
    const port = /([0-9a-f-]{36}) .*10\.77\.0\.3"/.exec(await on('neutron port-list'))![1]!
    const made = await on(`neutron floatingip-create --port-id ${port} ext-net; sleep 5`)
    const address = field(made, 'floating_ip_address')
    expect(await out(lab, 'external', `ping -c 1 -W 2 ${address} | ${LOSS}`)).toBe('100% packet loss\n')
    expect(await out(lab, 'external', `nc -z -w 2 ${address} 22; echo $?`)).toContain('0\n')
    await on('neutron security-group-rule-create --protocol icmp web; sleep 5')
    expect(await out(lab, 'external', `ping -c 1 ${address} | ${LOSS}`)).toBe('0% packet loss\n')
    const rule = /([0-9a-f-]{36}) [^\n]*icmp/.exec(await on('neutron security-group-rule-list | grep web'))![1]!
    await on(`neutron security-group-rule-delete ${rule}; sleep 5`)
    expect(await out(lab, 'external', `ping -c 1 -W 2 ${address} | ${LOSS}`)).toBe('100% packet loss\n')
    expect(await on('neutron router-interface-delete router1 lan-subnet')).toContain('cannot be deleted, as it is required')
    expect(await on('neutron net-delete lan')).toContain('There are one or more ports still in use on the network.')
    await on(`neutron floatingip-delete ${field(made, 'id')}`)
  }, 60_000)

  test('taken away, nothing is left on any node', async () => {
    await on('nova delete shop; sleep 30; neutron security-group-delete web; neutron router-interface-delete router1 lan-subnet; sleep 5')
    await on('neutron net-delete lan; sleep 400')
    // Icehouse leaves the empty namespace of a network that is gone.
    expect(await traces(lab)).toBe(before)
  }, 60_000)
})

test('the same inputs give the same ids, addresses and times', async () => {
  const run = async (): Promise<string> => {
    const lab = await Lab.boot(await loadScenario('scenarios/legacy-l3.yaml'))
    await out(
      lab,
      'network',
      'neutron net-create a; neutron subnet-create a 10.5.0.0/24; nova boot --image cirros --flavor 1 --nic net-id=a b; sleep 40',
    )
    return `${await out(lab, 'network', 'neutron port-list; ip netns list; nova console-log b')}${await out(lab, 'compute', 'ip -s link')}`
  }
  expect(await run()).toBe(await run())
}, 60_000)
