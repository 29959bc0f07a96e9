// What a line that an agent typed speaks of.
import { expect, test } from 'vitest'
import { mayHaveLearned, subjectOf } from '../../src/lab/who-subject.js'

test('names by whole words', () => {
  const { kind, mentions } = subjectOf('br1')
  expect([kind, mentions('brctl addbr br1'), mentions('brctl addbr br100'), mentions(':br1 - [0:0]')]).toEqual(['name', true, false, true])
})

test('rules as iptables -S prints them', () => {
  const { kind, mentions } = subjectOf('-A snat -s 10.0.0.7/32 -p tcp -m tcp --dport 80 -j SNAT --to-source 192.0.2.3')
  expect([kind, mentions('[3:180] -A snat -s 10.0.0.7 -p tcp --dport 80 -j SNAT --to 192.0.2.3')]).toEqual(['rule', true])
  expect(mentions('-A snat -s 10.0.0.8 -p tcp --dport 80 -j SNAT --to 192.0.2.3')).toBe(false)
})

test('addresses, with or without their prefix', () => {
  const { kind, mentions } = subjectOf('10.0.0.7')
  expect([kind, mentions('ip addr add 10.0.0.7/24 dev eth0'), mentions('ip addr add 110.0.0.7/24 dev eth0')]).toEqual([
    'address',
    true,
    false,
  ])
  expect(subjectOf('-A snat -s 10.0.1.0/23 -j SNAT --to 192.0.2.3').mentions('-A snat -s 10.0.0.1/23 -j SNAT --to 192.0.2.3')).toBe(true)
})

test('flows as ovs-ofctl dump-flows prints them', () => {
  const typed = 'hard_timeout=0,idle_timeout=0,priority=1,table=2,tun_id=10,actions=mod_vlan_vid:9,resubmit(,10)'
  const dumped =
    ' cookie=0x0, duration=1.5s, table=2, n_packets=4, n_bytes=8, idle_age=0, priority=1,tun_id=0xa actions=mod_vlan_vid:9,resubmit(,10)'
  expect(subjectOf(dumped).mentions(typed)).toBe(true)
  expect(subjectOf(dumped).mentions(`ovs-ofctl add-flow br-tun ${typed}`)).toBe(true)
  expect(subjectOf('tun_id=0xa').mentions(typed)).toBe(true)
  expect(subjectOf('tun_id=0xb').mentions(typed)).toBe(false)
  expect(subjectOf(dumped.replace(':9', ':8')).mentions(typed)).toBe(false)
})

test('a learned flow has no author but the flow that learned it', () => {
  const learning = 'table=10,priority=1,actions=learn(table=20,hard_timeout=300,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[]),output:1'
  expect(mayHaveLearned(learning, 'table=20,dl_dst=fa:16:3e:00:00:01 actions=load:0->NXM_OF_VLAN_TCI[],output:2')).toBe(true)
  expect(mayHaveLearned(learning, 'table=21,dl_dst=fa:16:3e:00:00:01 actions=load:0->NXM_OF_VLAN_TCI[],output:2')).toBe(false)
})
