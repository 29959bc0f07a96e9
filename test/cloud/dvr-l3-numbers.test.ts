// The numbers that the L3 agent of distributed routers gives out.
import { expect, test } from 'vitest'
import { formatIpv4 } from '../../src/addr/ipv4.js'
import { Agent } from '../../src/cloud/agent.js'
import { LinkLocalAllocator, LinkLocalPair } from '../../src/cloud/neutron/l3-agent/link-local.js'
import { RulePriorities } from '../../src/cloud/neutron/l3-agent/rule-priorities.js'
import { Python3Set, tupleHashes } from '../../src/cloud/python3-set.js'
import { agentLab, ip } from './agent-lab.js'

/** pop() of CPython 3.11's set of the 8192 tuples (4, first, last) over 169.254.64.0/18, without 88.134 and 127.192; `+`: put back. */
const RECORDED = `
112.144 120.2 77.246 +112.144 +77.246 93.38 109.114 101.180 116.228 74.216 121.82 +109.114 +121.82 86.184 +116.228 103.4 118.52
+103.4 76.40 68.106 +93.38 83.154 99.230 +118.52 115.22 +68.106 65.76 +65.76 +83.154 +115.22 88.8 96.200 104.84 +74.216 +76.40
119.132 69.186 +86.184 +104.84 +119.132 78.122 84.234 +96.200 +88.8 101.54 +101.180 116.102 +99.230 108.168 66.156 +101.54
81.204 +81.204 +84.234 98.24 113.72 90.90 121.214 72.12 87.60 103.136 118.184 75.94 91.170 +121.214 100.106 +120.2 +78.122
106.218 115.154 +87.60 123.38 88.140 103.188 120.8 70.62 +88.140 85.110 +103.188 116.234 67.32 +108.168 +91.170 73.144 82.80
+90.90 +116.234 98.156 70.114 +113.72 +118.184 +85.110 +115.154 86.190 101.238 118.58 +69.186 +72.12 +82.80 110.124 +98.24
83.160 75.226 92.46 +110.124 +70.62 +98.156 107.94 123.170 +123.170 65.82 72.196 89.16 95.128 104.64 111.204 +123.38 120.140
126.252 +95.128
`

const NETWORKS = '/var/lib/neutron/fip-linklocal-networks'
const PRIORITIES = '/var/lib/neutron/fip-priorities'

function text({ rfp }: LinkLocalPair): string {
  return formatIpv4(rfp).replace('169.254.', '')
}

function agentWith(files: Record<string, string>): Agent {
  const { machine } = agentLab('ussuri')
  machine.files.mkdir('/var/lib/neutron', { parents: true })
  for (const [path, content] of Object.entries(files)) machine.files.write(path, content)
  return new Agent('neutron-l3-agent', machine, ['neutron-l3-agent'])
}

test("Python 3's set: what pop gives out, as recorded", () => {
  const base = ip('169.254.64.0') >>> 0
  const set = new Python3Set(tupleHashes(4, 8192, (i) => [base + 2 * i, base + 2 * i + 1]))
  for (let i = 0; i < 8192; i++) set.add(i)
  for (const pair of ['169.254.88.134', '169.254.127.192']) set.delete(new LinkLocalPair(ip(pair)).number)
  for (const word of RECORDED.trim().split(/\s+/)) {
    if (word.startsWith('+')) set.add(new LinkLocalPair(ip(`169.254.${word.slice(1)}`)).number)
    else expect(text(new LinkLocalPair((ip('169.254.64.0') + 2 * set.pop()!) | 0))).toBe(word)
  }
})

test('pairs come in that order, whether they are given back or not', () => {
  const agent = agentWith({ [NETWORKS]: 'old,169.254.88.134/31\nolder,169.254.127.192/31\n' })
  const allocator = new LinkLocalAllocator(agent)
  const holders = new Map<string, string>()
  for (const [i, word] of RECORDED.trim().split(/\s+/).entries()) {
    if (word.startsWith('+')) allocator.release(holders.get(word.slice(1))!)
    else {
      expect(text(allocator.allocate(`router${i}`)!)).toBe(word)
      holders.set(word, `router${i}`)
    }
  }
})

test('the first forty pairs of a new host', () => {
  const allocator = new LinkLocalAllocator(agentWith({}))
  const pairs = Array.from({ length: 40 }, (_, i) => text(allocator.allocate(`router${i}`)!))
  expect(pairs.join(' ')).toBe(
    '88.134 112.144 127.192 120.2 77.246 93.38 109.114 101.180 116.228 74.216 121.82 86.184 103.4 118.52 76.40 68.106 83.154 99.230 115.22 65.76 ' +
      '88.8 96.200 104.84 119.132 69.186 78.122 84.234 101.54 116.102 108.168 66.156 81.204 98.24 113.72 90.90 121.214 72.12 87.60 103.136 118.184',
  )
})

test('pairs are kept in a file; a new agent reads them there', () => {
  const agent = agentWith({ [NETWORKS]: 'b6a86b9f,169.254.74.216/31\nnonsense\n' })
  expect(agent.machine.files.read(NETWORKS)).toBe('b6a86b9f,169.254.74.216/31\nnonsense\n')
  const first = new LinkLocalAllocator(agent)
  expect(agent.machine.files.read(NETWORKS)).toBe('b6a86b9f,169.254.74.216/31\n')
  first.allocate('other')
  expect(agent.machine.files.read(NETWORKS)).toBe('other,169.254.88.134/31\nb6a86b9f,169.254.74.216/31\n')
  const second = new LinkLocalAllocator(agent)
  expect(text(second.allocate('b6a86b9f')!)).toBe('74.216')
  expect(text(second.allocate('other')!)).toBe('88.134')
  second.release('other')
  expect(agent.machine.files.read(NETWORKS)).toBe('b6a86b9f,169.254.74.216/31\n')
})

test('priorities of floating addresses: from the file, or any of forty thousand', () => {
  const agent = agentWith({ [PRIORITIES]: '100.122.0.145,51869\n' })
  const priorities = new RulePriorities(agent)
  expect(priorities.lookup('100.122.0.146')).toBe(null)
  expect(priorities.allocate('100.122.0.145')).toBe(51_869)
  const other = priorities.allocate('100.122.0.146')!
  expect(other).toBeGreaterThanOrEqual(32_768)
  expect(other).toBeLessThan(72_768)
  expect(agent.machine.files.read(PRIORITIES)).toBe(`100.122.0.145,51869\n100.122.0.146,${other}\n`)
  priorities.release('100.122.0.145')
  expect(agent.machine.files.read(PRIORITIES)).toBe(`100.122.0.146,${other}\n`)
})
