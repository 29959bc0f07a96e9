// What may stand behind --from and --to, the long forms, and what is said about words that mean nothing.
import { beforeAll, expect, test } from 'vitest'
import { formatIpv4 } from '../../src/addr/ipv4.js'
import { bookOf, tell } from '../../src/explain/explain.js'
import { endWords, type NameBook, NameError, resolveFrom, resolveSource, resolveTo } from '../../src/explain/names.js'
import type { Lab } from '../../src/lab/lab.js'
import { boot, explainIn, machinesOf } from './world.js'

const QROUTER = 'qrouter-040c1455-6096-4806-ba91-fec64cdaed81'

let lab: Lab
let book: NameBook

beforeAll(async () => {
  lab = await boot('legacy-l3')
  const machines = machinesOf(lab)
  book = bookOf({ sim: lab.sim, kernels: new Map([...machines].map(([name, { kernel }]) => [name, kernel])) }, machines.values())
}, 60_000)

function from(text: string): string {
  const { node, netns, long } = resolveFrom(text, book)
  return `${node}:${netns}${long === null ? '' : ` (${long})`}`
}

function to(text: string): string {
  const { address, long } = resolveTo(text, book)
  return `${formatIpv4(address)}${long === null ? '' : ` (${long})`}`
}

test('where a probe starts', () => {
  expect(from('vm1')).toBe('vm1:')
  expect(from(`network:${QROUTER}`)).toBe(`network:${QROUTER}`)
  expect(from('network:qrouter-040c')).toBe(`network:${QROUTER} (network:qrouter-040c = network:${QROUTER})`)
  expect(from('server=vm1')).toMatch(/^vm1: \(server vm1 \([0-9a-f-]{36}\) = vm1\)$/)
  expect(from('fip=192.168.0.3')).toBe('vm3: (floating IP 192.168.0.3 of server vm3 = vm3)')
  expect(from('10.10.20.7')).toBe('vm3: (10.10.20.7 = vm3)')
  expect(from('port=8cbe7bb6')).toBe('vm1: (port 8cbe7bb6-18d9-4455-abce-473ebe5a9591 = vm1)')
})

test('where it goes', () => {
  expect(to('8.8.8.8')).toBe('8.8.8.8')
  expect(to('vm1')).toBe('10.10.10.7 (vm1 = 10.10.10.7 (eth0))')
  expect(to('server=vm3')).toMatch(/^10\.10\.20\.7 \(server vm3 \([0-9a-f-]{36}\) = 10\.10\.20\.7\)$/)
  expect(to('fip=192.168.0.3')).toMatch(/^192\.168\.0\.3 \(floating IP [0-9a-f-]{36} = 192\.168\.0\.3 of server vm3\)$/)
})

test('words that mean nothing here', () => {
  const problem = (work: () => unknown): string => {
    try {
      work()
      return 'none'
    } catch (error) {
      if (error instanceof NameError) return error.message
      throw error
    }
  }
  expect(problem(() => from('vm9'))).toMatch(/^no node "vm9"; did you mean "vm\d"\? \(known: network, compute, /)
  expect(problem(() => from('server=vm9'))).toMatch(/^no server "vm9"; did you mean "vm\d"\? \(known: /)
  expect(problem(() => from('vm1:red'))).toBe('no namespace "red" on vm1 (there is none)')
  expect(problem(() => to('host=vm1'))).toBe('"host=vm1": expected NODE, NODE:NETNS, an address, server=, fip=, port=, router=')
  expect(problem(() => from('300.1.1.1'))).toBe('"300.1.1.1" is no IPv4 address')
  expect(problem(() => to('fe80::1'))).toBe('"fe80::1": probes are sent over IPv4 only')
  expect(problem(() => from('8.8.4.4'))).toBe('no machine or namespace has the address 8.8.4.4')
  expect(problem(() => from('port=red1'))).toMatch(/^no port "red1" \(known: [0-9a-f-]{36}, /)
  expect(problem(() => resolveSource('vm1'))).toBe('"vm1": expected an IPv4 address as --source')
  expect(problem(() => from('fip=192.168.0.9'))).toMatch(/^no floating IP "192\.168\.0\.9"/)
})

test('completion knows nodes, namespaces and objects', () => {
  const words = endWords(book)
  for (const word of ['vm1', `network:${QROUTER}`, 'server=vm1', 'fip=192.168.0.3']) expect(words).toContain(word)
})

test('lab explain: from where the shell is, on a copy that changes nothing', async () => {
  const before = await lab.run('network', `ip netns exec ${QROUTER} ip neigh; conntrack -L 2> /dev/null | wc -l`)
  const told = await lab.run('vm1', 'lab explain --to 8.8.8.8 -q')
  expect([told.exitCode, told.stdout.split('\n')[0]]).toEqual([0, 'request #1  10.10.10.7 > 8.8.8.8 icmp echo request, ttl 64'])
  expect(await lab.run('network', `ip netns exec ${QROUTER} ip neigh; conntrack -L 2> /dev/null | wc -l`)).toEqual(before)
  const json = await lab.run('network', `ip netns exec ${QROUTER} lab explain 8.8.8.8 --json`)
  expect(JSON.parse(json.stdout)).toMatchObject({
    format: 1,
    verdict: 'answered',
    fault: null,
    request: { from: { node: 'network', netns: QROUTER } },
  })
})

test('lab explain: mistakes are told in one line', async () => {
  for (const [line, text] of [
    ['lab explain', 'lab: explain: expected --to NODE, NODE:NETNS, ADDRESS, server=, fip=, port= or router=\n'],
    ['lab explain --to 8.8.8.8 --proto gre', 'lab: explain: --proto: expected icmp, tcp or udp\n'],
    ['lab explain --too x', "lab: explain: unrecognized option '--too' (lab help explain lists them)\n"],
    ['lab explain --to 8.8.8.8 more', 'lab: explain: one word too many: "more"\n'],
    [
      'lab explain --to 8.8.8.8 --proto icmp --dport 80',
      'lab: explain: icmp has no ports: --proto tcp or udp goes with --dport and --sport\n',
    ],
  ] as const) {
    expect(await lab.run('vm1', line)).toMatchObject({ exitCode: 2, stdout: '', stderr: text })
  }
})

test('what a distributed router asks is answered to the same router on another host', async () => {
  const cloud = await boot('dvr-fip')
  const router = 'qrouter-b6a86b9f-6cf4-4ec3-a57a-00ce3e49142d'
  const { stdout } = await cloud.run('compute03', `ip netns exec ${router} lab explain --to server=vm32 -q | tail -6`)
  expect(stdout.replaceAll(router, 'ROUTER')).toMatchInlineSnapshot(`
    "
    lost
      where   compute04 ROUTER
      fault   192.168.0.1 of compute04 ROUTER
      why     compute03 ROUTER asked, but compute04 ROUTER has the address 192.168.0.1 too, and the answer ended there. A distributed router has the same addresses on every host: what servers send through it comes back, but what it asks itself may be answered on another host. The request had arrived: it is the reply that was lost.
      look    ip netns exec ROUTER ip addr
    "
  `)
})

test('sentences are wrapped in a terminal, commands stay whole', () => {
  const explanation = explainIn(lab, { from: 'vm1', to: '8.8.8.8', source: '1.2.3.4' })
  const how = { detail: 'summary', json: false, sudo: () => false } as const
  const why = 'The sender does not have the address 1.2.3.4 (EADDRNOTAVAIL): nothing was sent.'
  expect(tell(explanation, how)).toContain(`\n  why     ${why}\n`)
  expect(tell(explanation, { ...how, columns: 60 })).toContain(
    '\n  why     The sender does not have the address 1.2.3.4\n          (EADDRNOTAVAIL): nothing was sent.\n',
  )
})
