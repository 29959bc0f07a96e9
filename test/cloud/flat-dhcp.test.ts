// What no document names works the same: VMs, floating addresses and security groups of any name, made, used and taken away again.
import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

const NODES = ['controller-1', 'compute-1', 'compute-2']

async function boot(): Promise<Lab> {
  return Lab.boot(await loadScenario('scenarios/flat-dhcp.yaml'))
}

async function out(lab: Lab, node: string, line: string): Promise<string> {
  const { stdout, stderr, exitCode } = await lab.run(node, line)
  return `${stdout}${stderr}${exitCode === 0 ? '' : `exit ${exitCode}\n`}`
}

/** All that a VM could leave behind on the nodes, counters and times apart. */
async function traces(lab: Lab): Promise<string> {
  const parts: string[] = []
  for (const node of NODES) {
    for (const line of [
      'iptables-save | grep -v "^#" | sed "s/\\[.*\\]//"',
      'ip -o link | sed "s/^[0-9]*: //"',
      'ip -4 -o addr | sed "s/^[0-9]*: //"',
      'ip route',
      'brctl show',
      'ls /var/lib/nova/instances /var/lib/nova/networks 2>&1',
      'cat /var/lib/nova/networks/nova-br100.conf 2>&1',
    ]) {
      parts.push(`@${node} ${line}\n${await out(lab, node, line)}`)
    }
  }
  parts.push(lab.nodes.map(({ name }) => name).join(' '))
  return parts.join('\n')
}

test('a server of any name boots, answers, and leaves nothing behind', async () => {
  const lab = await boot()
  // The first VM of a compute node makes its bridge, which stays: so one of each host comes and goes before the comparison.
  for (const host of ['compute-1', 'compute-2']) {
    await lab.run(
      'controller-1',
      `nova boot --image cirros --flavor 1 --availability-zone nova:${host} first-${host} > /dev/null; sleep 30`,
    )
    await lab.run('controller-1', `nova delete first-${host}; sleep 300`)
    await lab.run('controller-1', 'sleep 400')
  }
  const before = await traces(lab)
  await lab.run(
    'controller-1',
    'nova boot --image cirros --flavor 2 "Web Server" > /dev/null; nova boot --image cirros --flavor 1 db > /dev/null; sleep 40',
  )
  expect(await out(lab, 'controller-1', 'nova list | grep -c ACTIVE')).toBe('2\n')
  expect(await out(lab, 'controller-1', 'cut -d, -f2,3 /var/lib/nova/networks/nova-br100.conf')).toBe(
    'web-server.novalocal,10.0.0.2\ndb.novalocal,10.0.0.3\n',
  )
  expect(await out(lab, 'controller-1', 'ping -c 2 10.0.0.3 | grep received')).toMatch(/^2 packets transmitted, 2 received, 0% packet loss/)
  expect(await out(lab, 'web-server', 'ping -c 1 10.0.0.3 | grep loss')).toMatch(/ 0% packet loss/)
  expect(await out(lab, 'web-server', 'ping -c 1 192.168.56.101 | grep loss')).toMatch(/ 0% packet loss/)
  await lab.run('controller-1', 'nova delete "Web Server"; nova delete db; sleep 300')
  await lab.run('controller-1', 'sleep 400')
  expect(await traces(lab)).toBe(before)
}, 60_000)

test('a security group decides what reaches a server through its floating address', async () => {
  const lab = await boot()
  await lab.run('controller-1', 'nova secgroup-create web "web servers" > /dev/null')
  await lab.run('controller-1', 'nova boot --image cirros --flavor 1 --security_groups web shop > /dev/null; sleep 30')
  const address = (await out(lab, 'controller-1', "nova floating-ip-create | awk '/nova/ {print $2}'")).trim()
  expect(address).toBe('192.168.56.225')
  const plain = await out(lab, 'controller-1', 'iptables-save -t nat | grep -v "^#" | sed "s/\\[.*\\]//"; ip addr show eth1')
  await lab.run('controller-1', `nova add-floating-ip shop ${address}; sleep 2`)
  const ping = `ping -c 1 -W 1 ${address} | grep -o "[0-9]*% packet loss"`
  const ssh = `nc -z -w 2 ${address} 22; echo $?`
  expect(await out(lab, 'external', ping)).toBe('100% packet loss\n')
  await lab.run('controller-1', 'nova secgroup-add-rule web icmp -1 -1 0.0.0.0/0 > /dev/null; sleep 2')
  expect(await out(lab, 'external', ping)).toBe('0% packet loss\n')
  expect(await out(lab, 'external', ssh)).toBe('1\n')
  await lab.run('controller-1', 'nova secgroup-add-rule web tcp 22 22 192.168.56.0/24 > /dev/null; sleep 2')
  expect(await out(lab, 'external', ssh)).toBe('0\n')
  await lab.run('controller-1', 'nova secgroup-delete-rule web tcp 22 22 192.168.56.0/24; sleep 2')
  expect(await out(lab, 'external', ssh)).toBe('1\n')
  expect(await out(lab, 'controller-1', 'nova secgroup-delete web')).toBe('ERROR: Security group is still in use (HTTP 400)\nexit 1\n')
  await lab.run('controller-1', `nova remove-floating-ip shop ${address}; sleep 2`)
  expect(await out(lab, 'external', ping)).toBe('100% packet loss\n')
  expect(await out(lab, 'controller-1', 'iptables-save -t nat | grep -v "^#" | sed "s/\\[.*\\]//"; ip addr show eth1')).toBe(plain)
}, 60_000)

test('every command of an agent is in the log with its cause', async () => {
  const lab = await boot()
  await lab.run('controller-1', 'nova boot --image cirros --flavor 1 anything > /dev/null; sleep 30')
  const machine = lab.node('compute-1')!.machine
  const entries = machine.agentLog.filter(({ cause }) => cause.event === 'boot server anything')
  const words = entries.map(({ argv }) => argv.join(' ')).filter((line) => !/^(iptables-|cat |ip (link|route|addr) show)/.test(line))
  const id = (await out(lab, 'controller-1', "nova list | awk '/anything/ {print $2}'")).trim()
  expect(new Set(entries.map(({ cause }) => cause.object))).toEqual(new Set([id]))
  const mac = (await out(lab, 'anything', 'cat /sys/class/net/eth0/address')).trim()
  expect(words).toEqual([
    'brctl addbr br100',
    'brctl setfd br100 0',
    'brctl stp br100 off',
    'ip link set br100 up',
    'brctl addif br100 eth2',
    'ifup eth2',
    'tee /var/lib/nova/instances/instance-0000000c/libvirt.xml',
    'tee /var/lib/nova/instances/instance-0000000c/console.log',
    'ip tuntap add dev vnet0 mode tap',
    `ip link set vnet0 address fe${mac.slice(2)}`,
    'brctl addif br100 vnet0',
    'ip link set vnet0 up',
  ])
}, 60_000)

test('the same input gives the same bytes twice', async () => {
  const script = [
    'nova boot --image cirros --flavor 1 a; nova boot --image cirros --flavor 1 b',
    'sleep 40',
    'nova show a; nova list',
    'ping -c 3 10.0.0.2',
    'cat /var/log/syslog; iptables-save -c',
  ]
  const play = async (): Promise<string> => {
    const lab = await boot()
    const texts: string[] = []
    for (const line of script) texts.push(await out(lab, 'controller-1', line))
    texts.push(await out(lab, 'compute-1', 'ip -s link; cat /var/lib/nova/instances/*/console.log; conntrack -L'))
    return texts.join('\n')
  }
  expect(await play()).toBe(await play())
}, 60_000)

test('without a scheduler a server stays where the request left it; without its compute host it has no valid one', async () => {
  const lab = await boot()
  await lab.run('controller-1', 'pkill nova-scheduler; nova boot --image cirros --flavor 1 stuck > /dev/null; sleep 60')
  expect(await out(lab, 'controller-1', "nova show stuck | awk '/ status|task_state/ {print $4}'")).toBe('scheduling\nBUILD\n')
  const other = await boot()
  await other.run('compute-2', 'pkill nova-compute')
  await other.run('controller-1', 'nova boot --image cirros --flavor 1 --availability-zone nova:compute-2 lost > /dev/null; sleep 60')
  expect(await out(other, 'controller-1', "nova show lost | grep -o 'No valid host was found'; nova list | grep -c ERROR")).toBe(
    'No valid host was found\n1\n',
  )
}, 60_000)

test('the nodes of the cloud reach each other by name', async () => {
  const lab = await boot()
  expect(await out(lab, 'controller-1', 'ssh openstack@compute-1 hostname; ping -c 1 compute-2 | head -1')).toBe(
    'compute-1\nPING compute-2 (192.168.56.203) 56(84) bytes of data.\n',
  )
})
