// Labels as Open vSwitch 3.1.0 pushes, changes and pops them (its traces).
import { beforeEach, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

let lab: Lab
const say = async (line: string): Promise<string> => {
  const { stdout, stderr } = await lab.run('sandbox', line)
  return stdout + stderr
}
const actions = async (flow: string): Promise<string> => {
  const text = await say(`ovs-appctl ofproto/trace --names br0 ${flow}`)
  return /^Megaflow: (.*)\nDatapath actions: (.*)$/m.exec(text)!.slice(1).join(' => ')
}

beforeEach(async () => {
  lab = await Lab.boot(await loadScenario('scenarios/sandbox.yaml'))
  await say('for i in 1 2; do ip netns add n$i; ip link add p$i type veth peer name e netns n$i; ip link set p$i up; done')
  await say('for i in 1 2; do ip -n n$i link set e up; ip -n n$i addr add 10.0.0.$i/24 dev e; done')
  await say('ovs-vsctl add-br br0 -- set Bridge br0 fail_mode=secure protocols=OpenFlow10,OpenFlow13')
  await say('ovs-vsctl add-port br0 p1; ovs-vsctl add-port br0 p2')
})

test('pushed, changed and popped', async () => {
  const flows = [
    'in_port=1,ip,nw_dst=10.0.0.1,actions=push_mpls:0x8847,set_field:100->mpls_label,set_field:3->mpls_tc,output:2',
    'in_port=1,ip,nw_dst=10.0.0.2,actions=push_mpls:0x8847,set_field:100->mpls_label,push_mpls:0x8847,set_field:200->mpls_label,output:2,pop_mpls:0x8847,dec_mpls_ttl,output:2',
    'in_port=2,mpls,mpls_label=100,mpls_bos=1,actions=pop_mpls:0x0800,goto_table:1',
    'in_port=2,mpls,mpls_label=200,actions=pop_mpls:0x0800,output:1',
    'in_port=2,mpls,mpls_label=400,actions=dec_mpls_ttl,set_mpls_label:7,output:1',
  ]
  for (const flow of flows) await say(`ovs-ofctl -O OpenFlow13 add-flow br0 '${flow}'`)
  expect(await actions('in_port=1,ip,nw_src=1.1.1.1,nw_dst=10.0.0.1,nw_tos=40,nw_ttl=9')).toBe(
    'recirc_id=0,eth,ip,in_port=p1,nw_dst=10.0.0.1,nw_tos=40,nw_ttl=9,nw_frag=no => push_mpls(label=100,tc=3,ttl=9,bos=1,eth_type=0x8847),p2',
  )
  expect(await actions('in_port=1,ip,nw_src=1.1.1.1,nw_dst=10.0.0.2')).toBe(
    'recirc_id=0,eth,ip,in_port=p1,nw_dst=10.0.0.2,nw_tos=0,nw_ttl=0,nw_frag=no => ' +
      'push_mpls(label=100,tc=0,ttl=64,bos=1,eth_type=0x8847),push_mpls(label=200,tc=0,ttl=64,bos=0,eth_type=0x8847),p2,' +
      'pop_mpls(eth_type=0x8847),set(mpls(label=100,tc=0,ttl=63,bos=1)),p2',
  )
  expect(await actions('in_port=2,mpls,mpls_label=100,mpls_bos=1,mpls_ttl=3')).toMatch(/ => pop_mpls\(eth_type=0x800\),recirc\(0x\d+\)$/)
  expect(await actions('in_port=2,mpls,mpls_label=200,mpls_bos=0,mpls_ttl=3')).toBe(
    'recirc_id=0,eth,mpls,in_port=p2,mpls_label=200,mpls_bos=0,mpls_lse1=0x00000000/0x00000100,mpls_lse2=0x00000000/0x00000100' +
      ' => pop_mpls(eth_type=0x800),p1',
  )
  expect(await actions('in_port=2,mpls,mpls_label=400,mpls_bos=1,mpls_ttl=3')).toBe(
    'recirc_id=0,eth,mpls,in_port=p2,mpls_label=400,mpls_ttl=3,mpls_bos=1 => set(mpls(label=7,tc=0,ttl=2,bos=1)),p1',
  )
})

test('a ping passes between two switches under a label', async () => {
  await say('ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up')
  await say('ovs-vsctl del-port p2 -- add-port br0 v0')
  await say('ovs-vsctl add-br br1 -- set Bridge br1 fail_mode=secure protocols=OpenFlow10,OpenFlow13 -- add-port br1 p2 -- add-port br1 v1')
  for (const [bridge, far, near] of [
    ['br0', 'v0', 'p1'],
    ['br1', 'v1', 'p2'],
  ]) {
    const add = (flow: string) => say(`ovs-ofctl -O OpenFlow13 add-flow ${bridge} '${flow}'`)
    await add('arp,actions=flood')
    await add(`ip,actions=push_mpls:0x8847,set_field:77->mpls_label,output:${far}`)
    await add('mpls,mpls_label=77,actions=pop_mpls:0x0800,goto_table:1')
    await add(`table=1,icmp,actions=output:${near}`)
  }
  expect(await say('ip netns exec n1 ping -c 2 -q 10.0.0.2')).toContain('2 received')
  expect(await say('ovs-dpctl dump-flows | grep -o "eth_type(0x8847).*bos=1/1)" | sort -u')).toBe(
    'eth_type(0x8847),mpls(label=77/0xfffff,tc=0/0,ttl=0/0x0,bos=1/1)\n',
  )
})
