// The OVS agent by release: tables after its start and after a port was bound, what it types, and what is left when a port goes.
import { expect, test } from 'vitest'
import { parseIpv4 } from '../../src/addr/ipv4.js'
import { parseMac } from '../../src/addr/mac.js'
import { OvsAgent } from '../../src/cloud/neutron/ovs-agent/ovs-agent.js'
import type { FdbEntry } from '../../src/cloud/neutron/rpc.js'
import type { L2Lab } from './l2-lab.js'
import { addPort, device, l2Lab, NETWORK } from './l2-lab.js'

const VM1 = '8cbe7bb6-18d9-4455-abce-473ebe5a9591'
const MAC1 = 'fa:16:3e:32:28:af'
const VM2 = 'dd2c3906-f8cf-48cd-85bf-d952a11eeab4'
const MAC2 = 'fa:16:3e:53:9b:3b'
const PIN = { [`vlan/${NETWORK}`]: '4' }

async function started(lab: L2Lab, ends: readonly string[] = ['10.10.100.140', '10.10.100.139']): Promise<OvsAgent> {
  lab.told.ends.push(...ends)
  const agent = new OvsAgent(lab.context)
  void agent.start()
  await lab.after(agent)
  return agent
}

/** Plugs and lets the agent see it. */
async function plug(lab: L2Lab, agent: OvsAgent, portId: string, mac: string): Promise<void> {
  await lab.out(addPort(portId, mac))
  await lab.after(agent)
}

const ICEHOUSE_BR_TUN = `0 priority=0 actions=drop
0 priority=1,in_port=1 actions=resubmit(,1)
0 priority=1,in_port=2 actions=resubmit(,2)
1 priority=1,dl_dst=00:00:00:00:00:00/01:00:00:00:00:00 actions=resubmit(,20)
1 priority=1,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 actions=resubmit(,21)
2 priority=0 actions=drop
3 priority=0 actions=drop
10 priority=1 actions=learn(table=20,hard_timeout=300,priority=1,NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:0->NXM_OF_VLAN_TCI[],load:NXM_NX_TUN_ID[]->NXM_NX_TUN_ID[],output:NXM_OF_IN_PORT[]),output:1
20 priority=0 actions=resubmit(,21)
21 priority=0 actions=drop
`

test('Icehouse: commands and tables at start', async () => {
  const lab = l2Lab('icehouse')
  await started(lab)
  expect(lab.typed()).toEqual([
    'ovs-vsctl --timeout=10 -- --may-exist add-br br-int',
    'ovs-vsctl --timeout=10 -- set-fail-mode br-int secure',
    'ovs-vsctl --timeout=10 -- --if-exists del-port br-int patch-tun',
    'ovs-ofctl del-flows br-int',
    'ovs-ofctl add-flow br-int hard_timeout=0,idle_timeout=0,priority=1,actions=normal',
    'ovs-ofctl add-flow br-int hard_timeout=0,idle_timeout=0,priority=0,table=22,actions=drop',
    'ovs-vsctl --timeout=10 -- --if-exists del-br br-tun',
    'ovs-vsctl --timeout=10 -- --may-exist add-br br-tun',
    'ovs-vsctl --timeout=10 add-port br-int patch-tun -- set Interface patch-tun type=patch options:peer=patch-int',
    'ovs-vsctl --timeout=10 get Interface patch-tun ofport',
    'ovs-vsctl --timeout=10 add-port br-tun patch-int -- set Interface patch-int type=patch options:peer=patch-tun',
    'ovs-vsctl --timeout=10 get Interface patch-int ofport',
    'ovs-ofctl del-flows br-tun',
    'ovs-ofctl add-flow br-tun hard_timeout=0,idle_timeout=0,priority=1,in_port=1,actions=resubmit(,1)',
    'ovs-ofctl add-flow br-tun hard_timeout=0,idle_timeout=0,priority=0,actions=drop',
    'ovs-ofctl add-flow br-tun hard_timeout=0,idle_timeout=0,priority=1,table=1,dl_dst=00:00:00:00:00:00/01:00:00:00:00:00,actions=resubmit(,20)',
    'ovs-ofctl add-flow br-tun hard_timeout=0,idle_timeout=0,priority=1,table=1,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,actions=resubmit(,21)',
    'ovs-ofctl add-flow br-tun hard_timeout=0,idle_timeout=0,priority=0,table=2,actions=drop',
    'ovs-ofctl add-flow br-tun hard_timeout=0,idle_timeout=0,priority=0,table=3,actions=drop',
    'ovs-ofctl add-flow br-tun hard_timeout=0,idle_timeout=0,priority=1,table=10,actions=learn(table=20,priority=1,hard_timeout=300,NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:0->NXM_OF_VLAN_TCI[],load:NXM_NX_TUN_ID[]->NXM_NX_TUN_ID[],output:NXM_OF_IN_PORT[]),output:1',
    'ovs-ofctl add-flow br-tun hard_timeout=0,idle_timeout=0,priority=0,table=20,actions=resubmit(,21)',
    'ovs-ofctl add-flow br-tun hard_timeout=0,idle_timeout=0,priority=0,table=21,actions=drop',
    'ovs-vsctl --timeout=10 list-br',
    'ovs-vsctl --timeout=10 -- --may-exist add-port br-tun gre-0a0a648b -- set Interface gre-0a0a648b type=gre options:remote_ip=10.10.100.139 options:local_ip=10.10.100.140 options:in_key=flow options:out_key=flow',
    'ovs-vsctl --timeout=10 get Interface gre-0a0a648b ofport',
    'ovs-ofctl add-flow br-tun hard_timeout=0,idle_timeout=0,priority=1,in_port=2,actions=resubmit(,2)',
    'ovs-ofctl dump-flows br-int table=22',
    'ovs-vsctl --timeout=10 list-ports br-int',
    'ovs-vsctl --timeout=10 --format=json -- --columns=name,external_ids,ofport list Interface',
  ])
  expect(await lab.flows('br-int')).toBe('0 priority=1 actions=NORMAL\n22 priority=0 actions=drop\n')
  expect(await lab.flows('br-tun')).toBe(ICEHOUSE_BR_TUN)
})

test('Icehouse: a port is bound, dies, lives again and goes', async () => {
  const lab = l2Lab('icehouse', {}, PIN)
  const agent = await started(lab)
  lab.told.devices.set(VM1, device(VM1, MAC1, '10.10.10.7'))
  await plug(lab, agent, VM1, MAC1)
  expect(await lab.out('ovs-vsctl get Port qvo8cbe7bb6-18 tag')).toBe('4\n')
  expect((await lab.flows('br-tun')).split('\n').filter((line) => !ICEHOUSE_BR_TUN.includes(line))).toEqual([
    '2 priority=1,tun_id=0x1 actions=mod_vlan_vid:4,resubmit(,10)',
    '21 dl_vlan=4 actions=strip_vlan,set_tunnel:0x1,output:2',
  ])
  lab.told.devices.set(VM1, device(VM1, MAC1, '10.10.10.7', { adminStateUp: false }))
  agent.portUpdate({ id: VM1 } as Parameters<OvsAgent['portUpdate']>[0])
  await lab.after(agent)
  expect(await lab.out('ovs-vsctl get Port qvo8cbe7bb6-18 tag')).toBe('4095\n')
  expect(await lab.flows('br-int')).toContain('0 priority=2,in_port=2 actions=drop\n')
  lab.told.devices.set(VM1, device(VM1, MAC1, '10.10.10.7'))
  agent.portUpdate({ id: VM1 } as Parameters<OvsAgent['portUpdate']>[0])
  await lab.after(agent)
  expect(await lab.out('ovs-vsctl get Port qvo8cbe7bb6-18 tag')).toBe('4\n')
  expect(await lab.flows('br-int')).not.toContain('in_port=2')
  await lab.out('ovs-vsctl del-port qvo8cbe7bb6-18')
  await lab.after(agent)
  expect(await lab.flows('br-tun')).toBe(ICEHOUSE_BR_TUN)
  expect(lab.told.statuses).toEqual(['up 8cbe7bb6', 'down 8cbe7bb6', 'up 8cbe7bb6', 'down 8cbe7bb6'])
})

test('Icehouse: a port that the server does not know is put on the dead VLAN; a lost tag comes back', async () => {
  const lab = l2Lab('icehouse')
  const agent = await started(lab)
  await plug(lab, agent, VM2, MAC2)
  expect(await lab.out('ovs-vsctl get Port qvodd2c3906-f8 tag')).toBe('4095\n')
  lab.told.devices.set(VM1, device(VM1, MAC1, '10.10.10.7'))
  await plug(lab, agent, VM1, MAC1)
  await lab.out('ovs-vsctl clear Port qvo8cbe7bb6-18 tag; ovs-vsctl add-port br-int p1 -- set Interface p1 type=internal')
  await lab.after(agent)
  expect(await lab.out('ovs-vsctl get Port qvo8cbe7bb6-18 tag')).toBe('1\n')
})

test('more tunnels: every network of the type floods into them', async () => {
  const lab = l2Lab('icehouse', {}, PIN)
  const agent = await started(lab)
  lab.told.devices.set(VM1, device(VM1, MAC1, '10.10.10.7'))
  await plug(lab, agent, VM1, MAC1)
  agent.tunnelUpdate(parseIpv4('10.10.100.141')!, 'gre')
  await lab.after(agent)
  expect(await lab.flows('br-tun')).toContain('21 dl_vlan=4 actions=strip_vlan,set_tunnel:0x1,output:3,output:2\n')
  expect(await lab.out('ovs-vsctl list-ports br-tun')).toBe('gre-0a0a648b\ngre-0a0a648d\npatch-int\n')
})

test('provider networks: veths in Icehouse, patch ports later', async () => {
  const flat = { networkId: 'flat', networkType: 'flat', physicalNetwork: 'ext', segmentationId: null } as const
  const vlan = { networkId: 'vlan', networkType: 'vlan', physicalNetwork: 'ext', segmentationId: 101 } as const
  const pins = { 'vlan/flat': '7', 'vlan/vlan': '8' }
  for (const [release, untagged] of [
    ['icehouse', 'vlan_tci=0x0000'],
    ['stein', 'vlan_tci=0x0000/0x1fff'],
  ] as const) {
    const lab = l2Lab(release, { bridgeMappings: new Map([['ext', 'br-ex']]), localIp: null, tunnelTypes: [] }, pins)
    await lab.out('ovs-vsctl add-br br-ex')
    const agent = await started(lab, [])
    lab.told.devices.set(VM1, device(VM1, MAC1, '192.168.0.7', flat))
    lab.told.devices.set(VM2, device(VM2, MAC2, '10.0.0.7', vlan))
    await lab.out(addPort(VM1, MAC1))
    await plug(lab, agent, VM2, MAC2)
    const next = release === 'icehouse' ? 'NORMAL' : 'resubmit(,60)'
    const int = (await lab.flows('br-int')).split('\n').filter((line) => line.includes('in_port=1') && line.startsWith('0 '))
    expect(int).toEqual([
      '0 priority=2,in_port=1 actions=drop',
      `0 priority=3,in_port=1,dl_vlan=101 actions=mod_vlan_vid:8,${next}`,
      `0 priority=3,in_port=1,${untagged} actions=mod_vlan_vid:7,${next}`,
    ])
    const phys = await lab.flows('br-ex')
    expect(phys).toBe(
      `${release === 'icehouse' ? '0 priority=1 actions=NORMAL' : '0 priority=0 actions=NORMAL'}
0 priority=2,in_port=1 actions=drop
0 priority=4,in_port=1,dl_vlan=7 actions=strip_vlan,NORMAL
0 priority=4,in_port=1,dl_vlan=8 actions=mod_vlan_vid:101,NORMAL
`,
    )
    expect(await lab.out('ovs-vsctl get Interface int-br-ex type options')).toBe(
      release === 'icehouse' ? '""\n{}\n' : 'patch\n{peer=phy-br-ex}\n',
    )
    await lab.out('ovs-vsctl del-port qvo8cbe7bb6-18 -- del-port qvodd2c3906-f8')
    await lab.after(agent)
    expect(await lab.flows('br-ex')).not.toContain('dl_vlan')
  }
})

const STEIN_BR_INT = `0 priority=0 actions=resubmit(,60)
0 priority=65535,vlan_tci=0x0fff/0x1fff actions=drop
23 priority=0 actions=drop
24 priority=0 actions=drop
60 priority=3 actions=NORMAL
62 priority=3 actions=NORMAL
`

const STEIN_BR_TUN = `0 priority=0 actions=drop
0 priority=1,in_port=1 actions=resubmit(,2)
0 priority=1,in_port=2 actions=resubmit(,4)
2 priority=0,dl_dst=00:00:00:00:00:00/01:00:00:00:00:00 actions=resubmit(,20)
2 priority=0,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 actions=resubmit(,22)
3 priority=0 actions=drop
4 priority=0 actions=drop
6 priority=0 actions=drop
10 priority=1 actions=learn(table=20,hard_timeout=300,priority=1,cookie=COOKIE,NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:0->NXM_OF_VLAN_TCI[],load:NXM_NX_TUN_ID[]->NXM_NX_TUN_ID[],output:OXM_OF_IN_PORT[]),output:1
20 priority=0 actions=resubmit(,22)
22 priority=0 actions=drop
`

/** Cookies are drawn anew at each start. */
async function steinFlows(lab: L2Lab, bridge: string): Promise<string> {
  return (await lab.flows(bridge)).replace(/cookie=0x[0-9a-f]+/, 'cookie=COOKIE')
}

function vxlan(portId: string, mac: string, address: string): ReturnType<typeof device> {
  return device(portId, mac, address, { networkType: 'vxlan' })
}

test('Stein: tables at start; the switch knows its controller', async () => {
  const lab = l2Lab('stein')
  await started(lab)
  expect(await steinFlows(lab, 'br-int')).toBe(STEIN_BR_INT)
  expect(await steinFlows(lab, 'br-tun')).toBe(STEIN_BR_TUN)
  expect(lab.typed().filter((line) => !line.startsWith('('))).toEqual([
    'ovs-vsctl --timeout=10 --id=@manager -- create Manager target="ptcp:6640:127.0.0.1" inactivity_probe=10000 -- add Open_vSwitch . manager_options @manager',
  ])
  expect(await lab.out('ovs-vsctl get-controller br-tun; ovs-vsctl get Bridge br-tun protocols fail_mode')).toBe(
    'tcp:127.0.0.1:6633\n["OpenFlow10", "OpenFlow13"]\nsecure\n',
  )
  expect(await lab.out('ovs-vsctl get Interface vxlan-0a0a648b options')).toBe(
    '{df_default="true", egress_pkt_mark="0", in_key=flow, local_ip="10.10.100.140", out_key=flow, remote_ip="10.10.100.139"}\n',
  )
  expect(await lab.out('ss -ltn | grep -c 127.0.0.1:6633')).toBe('1\n')
  expect(await lab.out('ovs-vsctl show | sed -n "2,3p"')).toBe('    Manager "ptcp:6640:127.0.0.1"\n        is_connected: true\n')
  expect(await lab.out('pkill -f ^/usr/bin/python2; ovs-vsctl show | grep -c is_connected')).toBe('0\n')
})

test('Stein: a port is held to its addresses and leaves nothing', async () => {
  const lab = l2Lab('stein', {}, PIN)
  const agent = await started(lab)
  lab.told.devices.set(VM1, vxlan(VM1, MAC1, '10.10.10.7'))
  await plug(lab, agent, VM1, MAC1)
  expect((await steinFlows(lab, 'br-int')).split('\n').filter((line) => !STEIN_BR_INT.includes(line))).toEqual([
    '0 priority=10,arp,in_port=2 actions=resubmit(,24)',
    '0 priority=10,icmp6,in_port=2,icmp_type=136 actions=resubmit(,24)',
    '0 priority=9,in_port=2 actions=resubmit(,25)',
    '24 priority=2,arp,in_port=2,arp_spa=10.10.10.7 actions=resubmit(,25)',
    '24 priority=2,icmp6,in_port=2,icmp_type=136,nd_target=fe80::f816:3eff:fe32:28af actions=resubmit(,60)',
    '25 priority=2,in_port=2,dl_src=fa:16:3e:32:28:af actions=resubmit(,60)',
  ])
  expect((await steinFlows(lab, 'br-tun')).split('\n').filter((line) => !STEIN_BR_TUN.includes(line))).toEqual([
    '4 priority=1,tun_id=0x1 actions=mod_vlan_vid:4,resubmit(,10)',
    '22 priority=1,dl_vlan=4 actions=strip_vlan,load:0x1->NXM_NX_TUN_ID[],output:2',
  ])
  expect(await lab.out('ovs-vsctl get Port qvo8cbe7bb6-18 tag other_config')).toBe(
    `4\n{net_uuid="${NETWORK}", network_type=vxlan, physical_network=None, segmentation_id="1", tag="4"}\n`,
  )
  agent.portDelete(VM1)
  await lab.after(agent)
  expect(await lab.out('ovs-vsctl get Port qvo8cbe7bb6-18 tag')).toBe('4095\n')
  await lab.out('ovs-vsctl del-port qvo8cbe7bb6-18')
  await lab.after(agent)
  expect(await steinFlows(lab, 'br-tun')).toBe(STEIN_BR_TUN)
})

const ELSEWHERE: FdbEntry = {
  networkId: NETWORK,
  networkType: 'vxlan',
  segmentationId: 1,
  remoteIp: parseIpv4('10.10.100.139')!,
  flood: true,
  ports: [{ mac: parseMac('fa:16:3e:2a:46:e0')!, address: parseIpv4('10.10.10.1')! }],
}

test('l2population and the ARP responder: tunnels and rows come when they are needed and go when they are not', async () => {
  const lab = l2Lab('stein', { l2population: true, arpResponder: true }, PIN)
  const agent = await started(lab)
  expect(await lab.out('ovs-vsctl list-ports br-tun')).toBe('patch-int\n')
  expect(await lab.flows('br-tun')).toContain('2 priority=1,arp,dl_dst=ff:ff:ff:ff:ff:ff actions=resubmit(,21)\n')
  lab.told.devices.set(VM1, vxlan(VM1, MAC1, '10.10.10.7'))
  await plug(lab, agent, VM1, MAC1)
  const before = await lab.flows('br-tun')
  agent.fdbAdd([ELSEWHERE])
  await lab.after(agent)
  expect((await lab.flows('br-tun')).split('\n').filter((line) => !before.includes(line))).toEqual([
    '0 priority=1,in_port=2 actions=resubmit(,4)',
    '20 priority=2,dl_vlan=4,dl_dst=fa:16:3e:2a:46:e0 actions=strip_vlan,load:0x1->NXM_NX_TUN_ID[],output:2',
    '21 priority=1,arp,dl_vlan=4,arp_tpa=10.10.10.1 actions=load:0x2->NXM_OF_ARP_OP[],move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[],load:0xfa163e2a46e0->NXM_NX_ARP_SHA[],load:0xa0a0a01->NXM_OF_ARP_SPA[],move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],mod_dl_src:fa:16:3e:2a:46:e0,IN_PORT',
    '22 priority=1,dl_vlan=4 actions=strip_vlan,load:0x1->NXM_NX_TUN_ID[],output:2',
  ])
  agent.fdbRemove([ELSEWHERE])
  await lab.after(agent)
  expect(await lab.flows('br-tun')).toBe(before)
  expect(await lab.out('ovs-vsctl list-ports br-tun')).toBe('patch-int\n')
})

test('l2population in Icehouse: rows of priority 2, no responder', async () => {
  const lab = l2Lab('icehouse', { l2population: true }, PIN)
  const agent = await started(lab)
  lab.told.devices.set(VM1, device(VM1, MAC1, '10.10.10.7'))
  await plug(lab, agent, VM1, MAC1)
  const before = await lab.flows('br-tun')
  lab.typed()
  agent.fdbAdd([{ ...ELSEWHERE, networkType: 'gre' }])
  await lab.after(agent)
  expect(lab.typed().filter((line) => line.startsWith('ovs-ofctl') && line.endsWith(' -'))).toEqual([
    'ovs-ofctl add-flows br-tun -',
    'ovs-ofctl mod-flows br-tun -',
  ])
  expect((await lab.flows('br-tun')).split('\n').filter((line) => !before.includes(line))).toEqual([
    '0 priority=1,in_port=2 actions=resubmit(,2)',
    '20 priority=2,dl_vlan=4,dl_dst=fa:16:3e:2a:46:e0 actions=strip_vlan,set_tunnel:0x1,output:2',
    '21 dl_vlan=4 actions=strip_vlan,set_tunnel:0x1,output:2',
  ])
})

test('a switch that lost its flows gets them again', async () => {
  for (const release of ['icehouse', 'stein'] as const) {
    const lab = l2Lab(release, {}, PIN)
    const agent = await started(lab)
    lab.told.devices.set(VM1, device(VM1, MAC1, '10.10.10.7', { networkType: release === 'icehouse' ? 'gre' : 'vxlan' }))
    await plug(lab, agent, VM1, MAC1)
    const before = [await lab.flows('br-int'), await lab.flows('br-tun')]
    await lab.out('ovs-ofctl del-flows br-int')
    await lab.after(agent)
    expect([await lab.flows('br-int'), await lab.flows('br-tun')]).toEqual(before)
    await lab.out('kill -SEGV $(cat /var/run/openvswitch/ovs-vswitchd.pid); sleep 1')
    await lab.after(agent)
    expect([await lab.flows('br-int'), await lab.flows('br-tun')]).toEqual(before)
  }
})

test('an agent whose provider bridge is missing ends', async () => {
  const lab = l2Lab('icehouse', { bridgeMappings: new Map([['ext', 'br-ex']]) })
  const agent = await started(lab)
  expect(agent.agent.proc.isDone).toBe(true)
  expect(await lab.out('grep -c "Bridge br-ex for physical network ext does not exist" /var/log/syslog')).toBe('1\n')
})
