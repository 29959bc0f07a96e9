// A server that moves to another host while it runs: what it loses, what moves with it, what is left behind, and who is refused.
import { beforeAll, describe, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

const ID = 'ce0692bb-93d5-457b-b0d3-f940d6c70d0d'
const PORT = '5d3c1a7e-20'
const QROUTER = 'ip netns exec qrouter-b6a86b9f-6cf4-4ec3-a57a-00ce3e49142d'
const FIP = 'ip netns exec fip-e7cb8424-51e4-429a-8020-76e651877db3'
const SHOW = `openstack server show ${ID} -f value -c status -c OS-EXT-SRV-ATTR:host -c OS-EXT-STS:task_state`

let lab: Lab

async function out(node: string, line: string): Promise<string> {
  const { stdout, stderr } = await lab.run(node, line)
  return stdout + stderr
}

/** The longest silence in a file of `ping -D`, seconds. */
async function silence(node: string, file: string): Promise<number> {
  const text = await out(node, `cat ${file}`)
  const times = [...text.matchAll(/^\[([\d.]+)\] \d+ bytes from/gm)].map((match) => Number(match[1]))
  return Math.max(...times.slice(1).map((time, i) => time - times[i]!))
}

/** What hosts have of servers: devices, switch ports and rules by name, and of the floating IPs. */
async function state(node: string): Promise<string> {
  const parts = [
    'ip -o link | sed "s/^[0-9]*: //; s/[@:].*//" | grep -E "^(tap|qbr|qvb|qvo)" | sort',
    'ovs-vsctl list-ports br-int | sort',
    'iptables -S | sort',
    "virsh list | awk '/instance/{print $2}' | sort",
    'ls /var/lib/nova/instances | sort',
    // The pair of addresses between router and fip namespace is another one each time.
    `${FIP} ip r | sed 's/169.254.[0-9.]*/PAIR/g' | sort; ${QROUTER} iptables -t nat -S`,
  ]
  return out(node, parts.join('; '))
}

describe('dvr-fip', () => {
  let before: readonly [string, string]

  beforeAll(async () => {
    lab = await Lab.boot(await loadScenario('scenarios/dvr-fip.yaml'))
  }, 60_000)

  test('who may not: no such host, its own host, one without nova-compute, an option of a later API', async () => {
    const line = (options: string, version = '2.1'): Promise<string> =>
      out('mgt01', `openstack --os-compute-api-version ${version} server migrate ${options} ${ID}; echo $?`)
    const old = 'The --live option has been deprecated. Please use the --live-migration option instead.\n'
    expect(await line('--live nosuch')).toBe(`1\n${old}Compute host nosuch could not be found. (HTTP 400)\n`)
    expect(await line('--live compute03')).toBe(`1\n${old}Unable to migrate instance (${ID}) to current host (compute03). (HTTP 400)\n`)
    expect(await line('--live-migration --host compute04')).toBe(
      '1\n--os-compute-api-version 2.30 or greater is required when using --host\n',
    )
    const nobody = '1\nNo valid host was found. There are not enough hosts available. (HTTP 400)\n'
    expect(await line('--live-migration --host compute03', '2.30')).toBe(nobody)
    expect(await line('')).toContain('not emulated by netlab')
    await out('compute04', 'systemctl stop nova-compute')
    expect(await line('--live compute04')).toBe(`1\n${old}Compute service of compute04 is unavailable at this time. (HTTP 400)\n`)
    expect(await line('--live-migration')).toBe(nobody)
    await out('compute04', 'systemctl start nova-compute; sleep 5')
    expect(await out('mgt01', 'openstack server migrate --live compute03 vm32; echo $?')).toBe(
      `1\n${old}compute04 is not on shared storage: Shared storage live-migration requires either shared storage or boot-from-volume with no local disks. (HTTP 400)\n`,
    )
    expect(await out('mgt01', SHOW)).toBe('compute03\nNone\nACTIVE\n')
  })

  test('it moves with its connections; a second or two are lost', async () => {
    before = [await state('compute03'), await state('compute04')]
    await out('serviceproxy01', 'ping -D -i 0.2 -c 120 100.122.0.145 > /tmp/in 2>&1 &')
    await out('vm48', 'ping -D -i 0.2 -c 120 192.168.3.69 > /tmp/east 2>&1 &')
    await out('master-2', 'ping -D -i 0.2 -c 120 100.121.0.75 > /tmp/out 2>&1 &')
    await out('master-2', 'nc -l -p 6233 > /tmp/got &')
    await out('sdata', '(echo before; sleep 18; echo after) | nc -w 30 100.122.0.145 6233 > /tmp/nc 2>&1 &')
    await out('mgt01', `openstack --os-compute-api-version 2.30 server migrate --live-migration --host compute04 ${ID}`)
    expect(await out('mgt01', SHOW)).toBe('compute03\nmigrating\nMIGRATING\n')
    expect(await out('compute04', 'virsh list')).toMatch(/ instance-00000045 +paused/)
    await out('compute04', `timeout 10 tcpdump -n -e -i tap${PORT} -c 1 rarp > /tmp/rarp 2> /dev/null`)
    await out('mgt01', 'sleep 25')
    expect(await out('mgt01', SHOW)).toBe('compute04\nNone\nACTIVE\n')
    expect(await silence('serviceproxy01', '/tmp/in')).toBeLessThan(3)
    expect(await silence('vm48', '/tmp/east')).toBeLessThan(3)
    // The destination tells of the floating IP before the server is there: answers miss the translation on the old host meanwhile.
    expect(await silence('master-2', '/tmp/out')).toBeLessThan(9)
    expect(await out('master-2', 'cat /tmp/got')).toBe('before\nafter\n')
    expect(await out('master-2', 'ip -o link show ens3')).toContain('state UP')
    const mac = 'fa:16:3e:a4:58:8d'
    expect(await out('compute04', 'cut -d " " -f 2- /tmp/rarp')).toBe(
      `${mac} > ff:ff:ff:ff:ff:ff, ethertype Reverse ARP (0x8035), length 60: Reverse Request who-is ${mac} tell ${mac}, length 46\n`,
    )
    expect(await out('compute04', 'ps axww | grep -c "[i]nstance-00000045 .*-incoming defer"')).toBe('1\n')
  })

  test('what the host that it left still has of it: nothing; the floating IP is on the other', async () => {
    expect(await state('compute03')).not.toContain(PORT)
    expect(await out('compute03', `${FIP} ip r | grep -c 100.122.0.145`)).toBe('0\n')
    expect(await out('compute04', `${FIP} ip r | grep 100.122.0.145`)).toMatch(/^100\.122\.0\.145 via 169\.254\.93\.94 dev fpr-b6a86b9f-6 /)
    expect(await out('compute04', `${QROUTER} ip rule | grep -c 'from 192.168.3.69 lookup 16'`)).toBe('1\n')
    expect(await out('serviceproxy01', 'ip neigh flush all; ping -c 1 100.122.0.145 | grep -o "ttl=.. "')).toBe('ttl=61 \n')
    expect(await out('vm32', 'ping -c 1 192.168.3.69 | grep -o "ttl=.. "')).toBe('ttl=64 \n')
    expect(await out('mgt01', `openstack port show ${PORT}b4-4c9f-8e15-a6f7d2c0b381 -f value -c binding_host_id -c status`)).toBe(
      'compute04\nACTIVE\n',
    )
  })

  test('its security group holds there too', async () => {
    await out('master-2', 'nc -l -k -p 7000 > /dev/null &')
    const reach = 'nc -w 2 -z 100.122.0.145 7000; echo $?'
    expect(await out('sdata', reach)).toBe('1\n')
    await out('mgt01', 'openstack security group rule create --protocol tcp --dst-port 7000 default; sleep 5')
    expect(await out('sdata', reach)).toBe('0\n')
    for (const node of ['compute03', 'compute04']) expect(await out(node, 'iptables -S | grep -c "dport 7000 -j RETURN"')).not.toBe('0\n')
    await out(
      'mgt01',
      "openstack security group rule delete $(openstack security group rule list default -f value | awk '/7000/{print $1}')",
    )
  })

  test('back again, both hosts are as they were', async () => {
    await out('mgt01', `openstack server migrate --live-migration ${ID}`)
    const again = `instance ${ID} while it is in task_state migrating (HTTP 409)\n`
    expect(await out('mgt01', `openstack server reboot ${ID}`)).toBe(`Cannot 'reboot' ${again}`)
    expect(await out('mgt01', `openstack server migrate --live-migration ${ID}`)).toBe(`Cannot 'os-migrateLive' ${again}`)
    expect(await out('mgt01', `sleep 10; ${SHOW}`)).toBe('compute03\nNone\nACTIVE\n')
    expect(await state('compute03')).toBe(before[0])
    expect(await state('compute04')).toBe(before[1])
    expect(await out('serviceproxy01', 'ping -c 1 100.122.0.145 | grep -o "ttl=.. "')).toBe('ttl=61 \n')
    const actions = `openstack server event list ${ID} -f value -c Action`
    expect(await out('mgt01', actions)).toMatch(/^live-migration\nlive-migration\n(live-migration\n)*create\n$/)
  })
})

describe('a server that the learner boots', () => {
  beforeAll(async () => {
    lab = await Lab.boot(await loadScenario('scenarios/dvr-fip.yaml'))
  }, 60_000)

  test('from a volume made for it, on a host of choice; with a floating IP it goes to the other one, and what it has goes with it', async () => {
    const boot = 'server create --image cirros --boot-from-volume 1 --flavor small --network az2 --wait'
    expect(await out('mgt01', `openstack ${boot} --host compute03 mine`)).toBe(
      'Specifying --host is not supported for --os-compute-api-version less than 2.74\n',
    )
    await out('mgt01', `openstack --os-compute-api-version 2.74 ${boot} --host compute03 mine`)
    const show = 'openstack server show mine -f value -c image -c OS-EXT-SRV-ATTR:host -c OS-EXT-AZ:availability_zone'
    expect(await out('mgt01', show)).toBe('az-native-test-2\ncompute03\nN/A (booted from volume)\n')
    const address = (await out('mgt01', 'openstack floating ip create floating -f value -c floating_ip_address; sleep 10')).trim()
    await out('mgt01', `openstack server add floating ip mine ${address}; sleep 10`)
    const ping = `ping -c 1 -W 1 ${address} | grep -o "ttl=.. "`
    expect(await out('serviceproxy01', ping)).toBe('ttl=61 \n')
    await out('mgt01', 'openstack server migrate --live-migration --wait mine; sleep 10')
    expect(await out('mgt01', `${show} | sed -n 2p`)).toBe('compute04\n')
    expect(await out('serviceproxy01', ping)).toBe('ttl=61 \n')
    expect(await out('compute04', `${FIP} ip r | grep -c ${address}`)).toBe('1\n')
    expect(await out('compute03', `${FIP} ip r | grep -c ${address}`)).toBe('0\n')
    expect(await out('mine', 'ping -c 1 192.168.3.69 | grep -c "1 packets received"')).toBe('1\n')
    const id = (await out('mgt01', 'openstack server show mine -f value -c id')).trim()
    await out('mgt01', 'openstack server migrate --live-migration mine & sleep 1; openstack server delete --wait mine; sleep 5')
    for (const node of ['compute03', 'compute04']) expect(await out(node, `ls /var/lib/nova/instances | grep -c ${id}`)).toBe('0\n')
    for (const node of ['compute03', 'compute04']) expect(await out(node, `${FIP} ip r | grep -c ${address}`)).toBe('0\n')
  })

  test('zones, services, routes of a router', async () => {
    expect(await out('mgt01', 'openstack availability zone list -f value')).toBe('internal available\naz-native-test-2 available\n')
    expect(await out('mgt01', 'openstack compute service list -f value -c Binary -c Host -c Zone -c State')).toBe(
      'nova-conductor mgt01 internal up\nnova-scheduler mgt01 internal up\nnova-compute compute03 az-native-test-2 up\nnova-compute compute04 az-native-test-2 up\n',
    )
    const route = 'router add route router-az2 --route destination=10.151.32.0/24,gateway=192.168.3.32 -f json -c routes'
    expect(await out('mgt01', `openstack ${route}`)).toBe(
      '{\n  "routes": [\n    {\n      "destination": "10.151.32.0/24",\n      "nexthop": "192.168.3.32"\n    }\n  ]\n}\n',
    )
    expect(await out('compute03', `sleep 5; ${QROUTER} ip r | grep -c "10.151.32.0/24 via 192.168.3.32"`)).toBe('1\n')
    await out('mgt01', `openstack ${route.replace('add', 'remove')}`)
    expect(await out('compute03', `sleep 5; ${QROUTER} ip r | grep -c "10.151.32.0/24 via 192.168.3.32"`)).toBe('0\n')
  })
})

describe('legacy-l3-vxlan', () => {
  beforeAll(async () => {
    lab = await Lab.boot(await loadScenario('scenarios/legacy-l3-vxlan.yaml'))
  }, 60_000)

  test('nova live-migration of a server with its disk on the host', async () => {
    const host = (await out('controller', 'openstack server show vm1 -f value -c OS-EXT-SRV-ATTR:host')).trim()
    const other = host === 'compute01' ? 'compute02' : 'compute01'
    await out('vm2', 'ping -c 40 10.11.11.1 > /tmp/p &')
    expect(await out('controller', `nova live-migration vm1 ${other}; sleep 30`)).toBe('')
    expect(await out('controller', 'openstack server show vm1 -f value -c OS-EXT-SRV-ATTR:host')).toBe(`${other}\n`)
    expect(await out('vm1', 'ping -c 2 10.11.11.1 | grep -o "[0-9]*% packet loss"')).toBe('0% packet loss\n')
    expect(await out('vm1', 'ping -c 2 10.11.11.63 | grep -o "[0-9]*% packet loss"')).toBe('0% packet loss\n')
  })
})
