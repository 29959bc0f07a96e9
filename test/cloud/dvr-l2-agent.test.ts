// The OVS agent of a host with distributed routers, on its own: its tables at start, what each kind of port adds to them and takes away
// again. Tables, priorities and actions are those of neutron 16 (openflow/native: br_int, br_tun, br_phys, br_dvr_process).
import { expect, test } from 'vitest'
import { parseIpv4 } from '../../src/addr/ipv4.js'
import { parseMac } from '../../src/addr/mac.js'
import { OvsAgent } from '../../src/cloud/neutron/ovs-agent/ovs-agent.js'
import type { DeviceDetails } from '../../src/cloud/neutron/rpc.js'
import type { L2Lab } from './l2-lab.js'
import { addPort, device, l2Lab, NETWORK } from './l2-lab.js'

const PROVIDER = 'e7cb8424-51e4-429a-8020-76e651877db3'
const PINS = { [`vlan/${NETWORK}`]: '4', [`vlan/${PROVIDER}`]: '9' }
const OWN = 'fa:16:3f:00:00:03'
const OTHER = 'fa:16:3f:00:00:04'
const THIRD = 'fa:16:3f:00:00:05'
const QR = { id: '1f6b0aa3-3d8e-4b57-9c20-f1e6d4a7b895', mac: 'fa:16:3e:ff:d5:8b' }
const VM = { id: '5d3c1a7e-20b4-4c9f-8e15-a6f7d2c0b381', mac: 'fa:16:3e:a4:58:8d' }
const SG = { id: '7a6e45d1-0c3b-4f98-a1e7-2d5c8f90b641', mac: 'fa:16:3e:5e:01:0b' }
const DHCP = { id: '0b6e3f1d-7c52-4d8a-9a04-e5f2c1b78d96', mac: 'fa:16:3e:0d:02:02' }

interface Names {
  readonly id: string
  readonly mac: string
}

async function started(lab: L2Lab): Promise<OvsAgent> {
  lab.told.ends.push('10.10.100.140', '10.10.100.139')
  lab.told.dvrMacs.set('compute', OWN).set('other', OTHER)
  lab.told.gateways.set('sub', ['10.10.10.1', QR.mac]).set('prov', ['10.20.0.1', QR.mac])
  await lab.out('ovs-vsctl add-br br-ex')
  const agent = new OvsAgent(lab.context)
  void agent.start()
  await lab.after(agent)
  return agent
}

function dvrLab(options: Parameters<typeof l2Lab>[1] = {}): L2Lab {
  return l2Lab('ussuri', { dvr: true, agentMode: 'dvr', bridgeMappings: new Map([['ext', 'br-ex']]), ...options }, PINS)
}

async function plug(lab: L2Lab, agent: OvsAgent, { id, mac }: Names): Promise<void> {
  await lab.out(addPort(id, mac))
  await lab.after(agent)
}

async function unplug(lab: L2Lab, agent: OvsAgent, { id }: Names): Promise<void> {
  await lab.out(`ovs-vsctl del-port ${`qvo${id}`.slice(0, 14)}`)
  await lab.after(agent)
}

function tell(lab: L2Lab, { id, mac }: Names, address: string, options: Partial<DeviceDetails> = {}): void {
  lab.told.devices.set(id, device(id, mac, address, { networkType: 'vxlan', ...options }))
}

function tellInterface(lab: L2Lab, options: Partial<DeviceDetails> = {}): void {
  tell(lab, QR, '10.10.10.1', { deviceOwner: 'network:router_interface_distributed', ...options })
}

async function flows(lab: L2Lab, bridge: string): Promise<string> {
  return (await lab.flows(bridge)).replace(/cookie=0x[0-9a-f]+/, 'cookie=COOKIE')
}

async function allFlows(lab: L2Lab): Promise<Record<string, string>> {
  return { int: await flows(lab, 'br-int'), tun: await flows(lab, 'br-tun'), ex: await flows(lab, 'br-ex') }
}

/** Rows that `after` has and `before` has not, bridge by bridge. */
function added(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(after).map(([name, text]) => [name, rows(text).filter((row) => !rows(before[name]!).includes(row))]),
  )
}

function rows(text: string): string[] {
  return text.split('\n')
}

const START = {
  int: `0 priority=0 actions=resubmit(,60)
0 priority=2,in_port=1 actions=drop
0 priority=2,in_port=2,dl_src=fa:16:3f:00:00:04 actions=resubmit(,1)
0 priority=4,in_port=1,dl_src=fa:16:3f:00:00:04 actions=resubmit(,2)
0 priority=5,in_port=1,dl_dst=fa:16:3f:00:00:03 actions=resubmit(,4)
0 priority=5,in_port=2,dl_dst=fa:16:3f:00:00:03 actions=resubmit(,3)
0 priority=65535,vlan_tci=0x0fff/0x1fff actions=drop
1 priority=1 actions=drop
2 priority=1 actions=drop
23 priority=0 actions=drop
24 priority=0 actions=drop
60 priority=3 actions=NORMAL
62 priority=3 actions=NORMAL
`,
  tun: `0 priority=0 actions=drop
0 priority=1,in_port=1 actions=resubmit(,1)
0 priority=1,in_port=2 actions=resubmit(,4)
1 priority=0 actions=resubmit(,2)
2 priority=0,dl_dst=00:00:00:00:00:00/01:00:00:00:00:00 actions=resubmit(,20)
2 priority=0,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 actions=resubmit(,22)
2 priority=1,arp,dl_dst=ff:ff:ff:ff:ff:ff actions=resubmit(,21)
3 priority=0 actions=drop
4 priority=0 actions=drop
6 priority=0 actions=drop
9 priority=0 actions=resubmit(,10)
9 priority=1,dl_src=fa:16:3f:00:00:04 actions=output:1
10 priority=1 actions=learn(table=20,hard_timeout=300,priority=1,cookie=COOKIE,NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:0->NXM_OF_VLAN_TCI[],load:NXM_NX_TUN_ID[]->NXM_NX_TUN_ID[],output:OXM_OF_IN_PORT[]),output:1
20 priority=0 actions=resubmit(,22)
21 priority=0 actions=resubmit(,22)
22 priority=0 actions=drop
`,
  ex: `0 priority=0 actions=NORMAL
0 priority=1 actions=resubmit(,3)
0 priority=2,in_port=1 actions=resubmit(,1)
1 priority=0 actions=resubmit(,2)
2 priority=2,in_port=1 actions=drop
3 priority=1 actions=NORMAL
3 priority=2,dl_src=fa:16:3f:00:00:04 actions=output:1
`,
}

test('tables at start: other hosts are known by their MAC, this one is answered to', async () => {
  const lab = dvrLab()
  await started(lab)
  expect(await allFlows(lab)).toEqual(START)
})

test('a host that comes is added, one that goes is taken out; its own MAC is not among them', async () => {
  const lab = dvrLab()
  const agent = await started(lab)
  const entry = (host: string, mac: string) => ({ host, mac: parseMac(mac)! })
  agent.dvrMacAddressUpdate([entry('compute', OWN), entry('other', OTHER), entry('third', THIRD)])
  await lab.after(agent)
  expect(added(START, await allFlows(lab))).toEqual({
    int: [
      '0 priority=2,in_port=2,dl_src=fa:16:3f:00:00:05 actions=resubmit(,1)',
      '0 priority=4,in_port=1,dl_src=fa:16:3f:00:00:05 actions=resubmit(,2)',
    ],
    tun: ['9 priority=1,dl_src=fa:16:3f:00:00:05 actions=output:1'],
    ex: ['3 priority=2,dl_src=fa:16:3f:00:00:05 actions=output:1'],
  })
  agent.dvrMacAddressUpdate([entry('compute', OWN), entry('other', OTHER)])
  await lab.after(agent)
  expect(await allFlows(lab)).toEqual(START)
})

/** What a VM's port has anyway: its addresses and nothing else may leave it. */
const HELD = /^(0 priority=(9|10),|24 priority=2|25 )/

test('a router interface, a VM and a DHCP port on a tenant network', async () => {
  const lab = dvrLab()
  const agent = await started(lab)
  tell(lab, VM, '10.10.10.7')
  await plug(lab, agent, VM)
  const before = await allFlows(lab)
  expect(added(START, before).tun).toEqual([
    '4 priority=1,tun_id=0x1 actions=mod_vlan_vid:4,resubmit(,9)',
    '22 priority=1,dl_vlan=4 actions=strip_vlan,load:0x1->NXM_NX_TUN_ID[],output:2',
  ])
  // Without a router here nothing of it.
  expect(added(START, before).int!.filter((row) => !HELD.test(row))).toEqual([])
  tellInterface(lab)
  await plug(lab, agent, QR)
  const routed = await allFlows(lab)
  expect(added(before, routed)).toEqual({
    int: [
      '1 priority=20,dl_vlan=4,dl_dst=fa:16:3e:a4:58:8d actions=mod_dl_src:fa:16:3e:ff:d5:8b,resubmit(,60)',
      '3 priority=5,dl_vlan=4,dl_dst=fa:16:3f:00:00:03 actions=mod_dl_dst:fa:16:3e:ff:d5:8b,strip_vlan,output:4',
      '60 priority=20,dl_vlan=4,dl_dst=fa:16:3e:a4:58:8d actions=strip_vlan,output:3',
    ],
    tun: [
      '1 priority=1,dl_vlan=4,dl_src=fa:16:3e:ff:d5:8b actions=mod_dl_src:fa:16:3f:00:00:03,resubmit(,2)',
      '1 priority=2,dl_vlan=4,dl_dst=fa:16:3e:ff:d5:8b actions=drop',
      '22 priority=3,arp,dl_vlan=4,arp_tpa=10.10.10.1 actions=drop',
    ],
    ex: [],
  })
  tell(lab, DHCP, '10.10.10.2', { deviceOwner: 'network:dhcp' })
  await plug(lab, agent, DHCP)
  expect(added(routed, await allFlows(lab))).toEqual({
    int: [
      '1 priority=20,dl_vlan=4,dl_dst=fa:16:3e:0d:02:02 actions=mod_dl_src:fa:16:3e:ff:d5:8b,resubmit(,60)',
      '60 priority=20,dl_vlan=4,dl_dst=fa:16:3e:0d:02:02 actions=strip_vlan,output:5',
    ],
    tun: [],
    ex: [],
  })
  await unplug(lab, agent, DHCP)
  expect(await allFlows(lab)).toEqual(routed)
})

test('what is unplugged leaves nothing but the row that the agent looks for in the wrong table', async () => {
  const lab = dvrLab()
  const agent = await started(lab)
  tellInterface(lab)
  await plug(lab, agent, QR)
  tell(lab, VM, '10.10.10.7')
  await plug(lab, agent, VM)
  await unplug(lab, agent, QR)
  const left = '3 priority=5,dl_vlan=4,dl_dst=fa:16:3f:00:00:03 actions=mod_dl_dst:fa:16:3e:ff:d5:8b,strip_vlan,output:3'
  const without = await allFlows(lab)
  expect(added(START, without).int!.filter((row) => !HELD.test(row))).toEqual([left])
  expect(added(START, without).tun).toEqual([
    '4 priority=1,tun_id=0x1 actions=mod_vlan_vid:4,resubmit(,9)',
    '22 priority=1,dl_vlan=4 actions=strip_vlan,load:0x1->NXM_NX_TUN_ID[],output:2',
  ])
  await unplug(lab, agent, VM)
  expect(added(START, await allFlows(lab))).toEqual({ int: [left], tun: [], ex: [] })
})

test('the interface of the snat namespace gets the router MAC back, with and without an interface on the host', async () => {
  const lab = dvrLab()
  const agent = await started(lab)
  const snat = [
    '1 priority=20,dl_vlan=4,dl_dst=fa:16:3e:5e:01:0b actions=mod_dl_src:fa:16:3e:ff:d5:8b,resubmit(,60)',
    '60 priority=20,dl_vlan=4,dl_dst=fa:16:3e:5e:01:0b actions=strip_vlan,output:3',
  ]
  tell(lab, SG, '10.10.10.11', { deviceOwner: 'network:router_centralized_snat' })
  await plug(lab, agent, SG)
  expect(added(START, await allFlows(lab)).int).toEqual(snat)
  // A VM is served only where the router itself is.
  tell(lab, VM, '10.10.10.7')
  await plug(lab, agent, VM)
  expect(added(START, await allFlows(lab)).int!.filter((row) => !HELD.test(row))).toEqual(snat)
  tellInterface(lab)
  await plug(lab, agent, QR)
  expect(added(START, await allFlows(lab)).int!.filter((row) => row.startsWith('60 '))).toEqual([
    '60 priority=20,dl_vlan=4,dl_dst=fa:16:3e:5e:01:0b actions=strip_vlan,output:3',
    '60 priority=20,dl_vlan=4,dl_dst=fa:16:3e:a4:58:8d actions=strip_vlan,output:4',
  ])
  await unplug(lab, agent, SG)
  expect(await flows(lab, 'br-int')).not.toContain(SG.mac)
})

const VLAN: Partial<DeviceDetails> = {
  networkId: PROVIDER,
  networkType: 'vlan',
  physicalNetwork: 'ext',
  segmentationId: 20,
}

test('a distributed router on a provider VLAN: the same in tables of the provider bridge, by the VLAN of the wire', async () => {
  const lab = dvrLab()
  const agent = await started(lab)
  const fixedIps = (address: string) => [{ subnetId: 'prov', address: parseIpv4(address)! }]
  tell(lab, VM, '10.20.0.7', { ...VLAN, fixedIps: fixedIps('10.20.0.7') })
  await plug(lab, agent, VM)
  const before = await allFlows(lab)
  expect(added(START, before).int!.filter((row) => !HELD.test(row))).toEqual([
    '0 priority=3,in_port=1,dl_vlan=20 actions=mod_vlan_vid:9,resubmit(,60)',
  ])
  expect(added(START, before).ex).toEqual(['2 priority=4,in_port=1,dl_vlan=9 actions=mod_vlan_vid:20,NORMAL'])
  tellInterface(lab, { ...VLAN, fixedIps: fixedIps('10.20.0.1') })
  await plug(lab, agent, QR)
  expect(added(before, await allFlows(lab))).toEqual({
    int: [
      '2 priority=20,dl_vlan=20,dl_dst=fa:16:3e:a4:58:8d actions=mod_dl_src:fa:16:3e:ff:d5:8b,resubmit(,60)',
      '4 priority=5,dl_vlan=9,dl_dst=fa:16:3f:00:00:03 actions=mod_dl_dst:fa:16:3e:ff:d5:8b,strip_vlan,output:4',
      '60 priority=20,dl_vlan=20,dl_dst=fa:16:3e:a4:58:8d actions=strip_vlan,output:3',
    ],
    tun: [],
    ex: [
      '1 priority=1,dl_vlan=9,dl_src=fa:16:3e:ff:d5:8b actions=mod_dl_src:fa:16:3f:00:00:03,resubmit(,2)',
      '1 priority=2,dl_vlan=9,dl_dst=fa:16:3e:ff:d5:8b actions=drop',
      '22 priority=3,arp,dl_vlan=9,arp_tpa=10.20.0.1 actions=drop',
    ],
  })
  await unplug(lab, agent, QR)
  await unplug(lab, agent, VM)
  const left = added(START, await allFlows(lab))
  expect(left).toEqual({
    int: ['4 priority=5,dl_vlan=9,dl_dst=fa:16:3f:00:00:03 actions=mod_dl_dst:fa:16:3e:ff:d5:8b,strip_vlan,output:4'],
    tun: [],
    ex: [],
  })
})

test('a flat provider network is served without tags', async () => {
  const lab = dvrLab()
  const agent = await started(lab)
  const flat = { ...VLAN, networkType: 'flat', segmentationId: null } as const
  const fixedIps = (address: string) => [{ subnetId: 'prov', address: parseIpv4(address)! }]
  tell(lab, VM, '10.20.0.7', { ...flat, fixedIps: fixedIps('10.20.0.7') })
  await plug(lab, agent, VM)
  const before = await allFlows(lab)
  expect(added(START, before).ex).toEqual(['2 priority=4,in_port=1,dl_vlan=9 actions=strip_vlan,NORMAL'])
  tellInterface(lab, { ...flat, fixedIps: fixedIps('10.20.0.1') })
  await plug(lab, agent, QR)
  expect(added(before, await allFlows(lab)).int).toEqual([
    '2 priority=20,vlan_tci=0x0000/0x1fff,dl_dst=fa:16:3e:a4:58:8d actions=mod_dl_src:fa:16:3e:ff:d5:8b,resubmit(,60)',
    '4 priority=5,dl_vlan=9,dl_dst=fa:16:3f:00:00:03 actions=mod_dl_dst:fa:16:3e:ff:d5:8b,strip_vlan,output:4',
    '60 priority=20,vlan_tci=0x0000/0x1fff,dl_dst=fa:16:3e:a4:58:8d actions=output:3',
  ])
})

test('an agent that starts anew finds its VLANs and writes the same rows; those of its past go', async () => {
  const lab = dvrLab()
  // No pin: the number is what the first agent gave.
  lab.machine.kernel.pins.delete(`vlan/${NETWORK}`)
  const first = await started(lab)
  for (let i = 0; i < 3; i++) {
    const id = `0000000${i}-0000-0000-0000-000000000000`
    tell(lab, { id, mac: `fa:16:3e:00:00:0${i}` }, '10.9.0.7', { networkId: `net-${i}`, segmentationId: 100 + i, fixedIps: [] })
    await plug(lab, first, { id, mac: `fa:16:3e:00:00:0${i}` })
  }
  tellInterface(lab)
  await plug(lab, first, QR)
  tell(lab, VM, '10.10.10.7')
  await plug(lab, first, VM)
  expect(await lab.out('ovs-vsctl get Port qvo5d3c1a7e-20 tag')).toBe('4\n')
  // The networks that came first go, so that a fresh numbering would be another.
  for (let i = 0; i < 3; i++) await unplug(lab, first, { id: `0000000${i}-0000-0000-0000-000000000000`, mac: '' })
  const before = await allFlows(lab)
  await lab.out('ovs-ofctl add-flow br-int cookie=0x7,table=60,priority=50,tcp,actions=drop')
  first.agent.proc.kill('KILL')
  await lab.after(first)
  const second = new OvsAgent(lab.context)
  void second.start()
  await lab.after(second)
  expect(await allFlows(lab)).toEqual(before)
  expect(await lab.out('ovs-vsctl get Port qvo5d3c1a7e-20 tag')).toBe('4\n')
  const cookies = (await lab.out('ovs-ofctl dump-flows br-int')).match(/cookie=0x[0-9a-f]+/g)
  expect(new Set(cookies).size).toBe(1)
})

test('a switch that lost its flows gets those of distributed routers again', async () => {
  const lab = dvrLab()
  const agent = await started(lab)
  tellInterface(lab)
  await plug(lab, agent, QR)
  tell(lab, VM, '10.10.10.7')
  await plug(lab, agent, VM)
  const before = await allFlows(lab)
  await lab.out('kill -SEGV $(cat /var/run/openvswitch/ovs-vswitchd.pid); sleep 1')
  await lab.after(agent)
  expect(await allFlows(lab)).toEqual(before)
})

test('live migration: a port is plugged ahead, counts when its binding does, and leaves the other host', async () => {
  const lab = dvrLab()
  const agent = await started(lab)
  tellInterface(lab)
  await plug(lab, agent, QR)
  await plug(lab, agent, VM)
  expect(await flows(lab, 'br-int')).not.toContain(VM.mac)
  tell(lab, VM, '10.10.10.7')
  agent.bindingActivate(VM.id)
  await lab.after(agent)
  expect(await flows(lab, 'br-int')).toContain(`60 priority=20,dl_vlan=4,dl_dst=${VM.mac} actions=strip_vlan,output:4\n`)
  expect(await lab.out('ovs-vsctl get Port qvo5d3c1a7e-20 tag')).toBe('4\n')
  agent.bindingDeactivate(VM.id)
  await lab.after(agent)
  expect(await lab.out('ovs-vsctl list-ports br-int')).not.toContain('qvo5d3c1a7e-20')
  expect(await flows(lab, 'br-int')).not.toContain(VM.mac)
})
