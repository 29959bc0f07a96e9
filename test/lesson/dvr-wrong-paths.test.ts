// Ways through the lessons of distributed routers that do not lead to their ends: a grader must say so.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runLessonCheck } from '../../src/lesson/check-script.js'
import { readLesson } from '../../src/lesson/load.js'

const root = join(import.meta.dirname, '../../lessons/3-dvr')
const FIP = 'ip netns exec fip-e7cb8424-51e4-429a-8020-76e651877db3'
const ROUTER = 'ip netns exec qrouter-b6a86b9f-6cf4-4ec3-a57a-00ce3e49142d'

/** The goals that are met, STEP/GOAL. */
async function met(name: string, lines: readonly string[]): Promise<string[]> {
  const { lesson } = readLesson(join(root, name))
  const { goals } = await runLessonCheck(lesson!, lines.join('\n'))
  return goals.filter((goal) => goal.met).map(({ step, goal }) => `${step}/${goal}`)
}

describe('wrong paths', { timeout: 120_000 }, () => {
  it('namespaces: looked for elsewhere, ports of another owner, the copy on the wrong host', async () => {
    const done = await met('01-namespaces', [
      '@compute04 ip netns',
      'answer whose az2',
      'next',
      '@compute03 ip addr',
      'answer guess home',
      '@vm48 ping -c 1 192.168.0.1',
      'next',
      'next',
      '@mgt01 openstack port list',
      '@mgt01 openstack port list --device-owner network:router_gateway',
      'answer price 2',
    ])
    expect(done).toEqual([])
  })

  it('the way out: a capture at the wrong door, a prediction that another outcome contradicts', async () => {
    const done = await met('02-way-out', [
      '@compute03 tcpdump -eni enp175s0f1 icmp &',
      '@master-2 ping -c 1 192.168.0.1',
      'answer mac 00:1e:08:0e:bc:45',
      'next',
      'answer guess late',
      '@master-2 ping -c 1 100.121.0.75',
      'answer chain neutron-l3-agent-snat',
      'next',
      'answer tag 20',
    ])
    expect(done).toEqual([])
  })

  it('rules: a prediction about a rule that is still there, a rule put back with another priority', async () => {
    const done = await met('03-rules', [
      'next',
      'next',
      '@compute04',
      'answer number 2852014809',
      'next',
      'answer guess-gone same',
      '@master-2 ping -c 1 -W 2 100.121.0.75',
      `@compute03 ${ROUTER} ip rule del from 192.168.3.69`,
      'next',
      `@compute03 ${ROUTER} ip rule add from 192.168.3.69 lookup 16 priority 40000`,
    ])
    expect(done).toEqual(['main-first/removed'])
  })

  it('the way in: another switch than that of fg-, a question that nobody asked', async () => {
    const done = await met('04-way-in', [
      'next',
      `@compute03 ${FIP} tcpdump -eni fg-2417e6fb-ee arp &`,
      '@serviceproxy01 ping -c 1 100.122.0.146',
      'answer route fg-2417e6fb-ee',
      'next',
      'next',
      `@compute03 ${FIP} sysctl -w net.ipv4.conf.fg-2417e6fb-ee.proxy_arp=0`,
      'next',
      `@compute03 ${FIP} sysctl -w net.ipv4.conf.all.proxy_arp=1`,
    ])
    expect(done).toEqual(['off/silenced', 'off/forgotten', 'back-on/mended'])
  })
})
