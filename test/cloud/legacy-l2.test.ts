// Both legacy clouds as a learner has them: what a security-group rule cuts when it goes, ports made by hand, ports switched off.
import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

async function boot(name: string): Promise<(node: string, line: string) => Promise<string>> {
  const lab = await Lab.boot(await loadScenario(`scenarios/${name}.yaml`))
  return async (node, line) => {
    const { stdout, stderr, exitCode } = await lab.run(node, line)
    return `${stdout}${stderr}${exitCode === 0 ? '' : `exit ${exitCode}\n`}`
  }
}

const TALK = '(echo one; sleep 20; echo two; sleep 20) | nc'

test('Icehouse: a rule that goes cuts new connections and leaves what conntrack knows', async () => {
  const out = await boot('legacy-l3')
  const create = 'neutron security-group-rule-create --direction ingress --protocol tcp --port-range-min 8000 --port-range-max 8000 default'
  await out('network', `${create} > /dev/null; sleep 4`)
  await out('vm3', 'nc -l -p 8000 > /tmp/got &')
  await out('external', `${TALK} 192.168.0.3 8000 > /dev/null &`)
  await out('external', 'sleep 5')
  expect(await out('compute', 'iptables -S neutron-openvswi-ia6f975bb-6 | grep -c 8000')).toBe('1\n')
  await out('network', 'neutron security-group-rule-list -c id -c port_range_min | awk "/8000/ {print \\$2}" > /tmp/rule')
  await out('network', 'neutron security-group-rule-delete $(cat /tmp/rule); sleep 4')
  expect(await out('compute', 'iptables -S neutron-openvswi-ia6f975bb-6 | grep -c 8000')).toBe('0\nexit 1\n')
  await out('external', 'sleep 30')
  expect(await out('vm3', 'cat /tmp/got')).toBe('one\ntwo\n')
  expect(await out('external', 'nc -z -w 2 192.168.0.3 8000')).toContain('exit 1')
}, 60_000)

test('Stein: the connections that a rule allowed end with it', async () => {
  const out = await boot('legacy-l3-vxlan')
  const group = "$(openstack security group list -f value | awk '/default/ {print $1}')"
  await out(
    'controller',
    `openstack security group rule create --protocol tcp --dst-port 8000 ${group} -f value -c id > /tmp/rule; sleep 4`,
  )
  await out('vm1', 'nc -l -p 8000 > /tmp/got &')
  await out('external', `${TALK} 192.168.100.41 8000 > /dev/null &`)
  await out('external', 'sleep 5')
  expect(await out('compute01', 'conntrack -L -p tcp --dport 8000 2> /dev/null | wc -l')).toBe('1\n')
  await out('controller', 'openstack security group rule delete $(cat /tmp/rule); sleep 4')
  expect(await out('compute01', 'conntrack -L -p tcp --dport 8000 2> /dev/null | wc -l')).toBe('0\n')
  await out('external', 'sleep 30')
  expect(await out('vm1', 'cat /tmp/got')).toBe('one\n')
}, 60_000)

test('a port made by hand is wired, and unwired when it goes', async () => {
  const out = await boot('legacy-l3')
  const flows =
    'ovs-ofctl dump-flows br-tun | sed "s/.*\\(table=[0-9]*\\), .*idle_age=[0-9]*, \\(hard_age=[0-9]*, \\)\\?/\\1 /" | grep -v "table=20 pri.*vlan_tci"'
  const before = await out('compute', flows)
  await out('network', 'neutron port-create private3 --binding:host_id=compute --name hand > /dev/null')
  await out('network', "neutron port-list -c id -c mac_address -c name | awk '/hand/ {print $2, $4}' > /tmp/port")
  const [id, mac] = (await out('network', 'cat /tmp/port')).trim().split(' ')
  const set = `-- set Interface hand0 type=internal external-ids:iface-id=${id} external-ids:attached-mac=${mac}`
  await out('compute', `ovs-vsctl add-port br-int hand0 ${set}; ip link set hand0 address ${mac} up; sleep 4`)
  expect(await out('compute', 'ovs-vsctl get Port hand0 tag')).toMatch(/^\d+\n$/)
  await out('compute', `ip addr add 10.10.30.99/24 dev hand0`)
  expect(await out('compute', 'ping -c 1 10.10.30.1 | grep -o "[0-9]* received"')).toBe('1 received\n')
  expect(await out('network', 'neutron port-show hand | grep -c ACTIVE')).toBe('1\n')
  await out('compute', 'ovs-vsctl del-port hand0; sleep 4')
  expect(await out('compute', flows)).toBe(before)
  expect(await out('network', 'neutron port-show hand | grep -c DOWN')).toBe('1\n')
}, 60_000)

test('a port that is switched off is on the dead VLAN until it is switched on', async () => {
  const out = await boot('legacy-l3')
  const vm1 = '8cbe7bb6-18d9-4455-abce-473ebe5a9591'
  const ping = 'ping -c 1 -W 2 10.10.10.1 | grep -c "^64 bytes"'
  await out('network', `neutron port-update ${vm1} --admin-state-up=False; sleep 4`)
  expect(await out('compute', 'ovs-vsctl get Port qvo8cbe7bb6-18 tag')).toBe('4095\n')
  expect(await out('vm1', ping)).toBe('0\nexit 1\n')
  await out('network', `neutron port-update ${vm1} --admin-state-up=True; sleep 4`)
  expect(await out('compute', 'ovs-vsctl get Port qvo8cbe7bb6-18 tag')).toBe('4\n')
  expect(await out('vm1', ping)).toBe('1\n')
}, 60_000)
