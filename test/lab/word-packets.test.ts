// `lab map` and `lab packets`, as a script sees them.
import { beforeAll, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { parseScenario } from '../../src/scenario/parse.js'

const SCENARIO = `title: Two
clock: 2020-01-01T00:00:00Z
image: debian-12
nodes:
  a:
    nics: [{name: eth0, mac: 02:00:00:00:00:01, wire: w}]
    addresses: {eth0: [10.0.0.1/24]}
  b:
    nics: [{name: eth0, mac: 02:00:00:00:00:02, wire: w}]
    addresses: {eth0: [10.0.0.2/24]}
wires:
  w: {}
`

let lab: Lab
beforeAll(async () => {
  lab = await Lab.boot(parseScenario(SCENARIO, 'two.yaml', 'two').scenario!)
})

async function out(line: string): Promise<string> {
  const { stdout, stderr, exitCode } = await lab.run('a', line)
  return `${stdout}${stderr}${exitCode === 0 ? '' : `exit ${exitCode}\n`}`
}

test('lab map draws what is there now, in the width of the terminal', async () => {
  await out('ip netns add red')
  const text = await out('COLUMNS=60 lab map')
  expect(text.split('\n').slice(0, 4)).toEqual([
    '┌─ a ────────────────────────────────────────────────────┐',
    '│ red  0 devices                                         │',
    '│ eth0  10.0.0.1/24 ───────────────────────────────── w ─┼─┐',
    '└────────────────────────────────────────────────────────┘ │',
  ])
  expect((await out('lab map b')).split('\n')[1]).toMatch(/^│ eth0 {2}10\.0\.0\.2\/24 {2}02:00:00:00:00:02 ─+ w ─[┼┤]/)
  expect(await out('lab map nowhere')).toMatch(/^lab: map: .*nowhere.*\nexit 2\n$/)
  expect(await out('lab map --level rooms')).toBe('lab: map: expected nodes, namespaces, devices after --level\nexit 2\n')
})

test('lab packets asks once to record, then lists every packet with its end', async () => {
  expect(await out('lab packets')).toBe('packets are recorded from now on; send some and ask again\n')
  expect(await out('lab packets')).toBe('no packet yet\n')
  await out('ping -c 1 10.0.0.2; ping -c 1 -W 1 10.0.0.9')
  const rows = (await out('lab packets')).split('\n').map((row) => row.replace(/^ *(\d+) +[\d:.]+ +/, '$1 ').replaceAll(/ {2,}/g, ' '))
  expect(rows.slice(0, 4)).toEqual([
    '1 a 10.0.0.1 > 10.0.0.2 icmp echo request, ttl 64 answered',
    '2 a ARP who has 10.0.0.2? tell 10.0.0.1 answered',
    '3 b ARP 10.0.0.2 is at 02:00:00:00:00:02 delivered',
    '4 b 10.0.0.2 > 10.0.0.1 icmp echo reply, ttl 64 delivered',
  ])
  expect(rows.some((row) => /10\.0\.0\.9 icmp echo request, ttl 64 (pending|dropped: NEIGH_FAILED)/.test(row))).toBe(true)
})

test('filters narrow the list, a number tells the way', async () => {
  expect((await out('lab packets --proto icmp --node b')).split('\n').map((row) => row.trim().split(' ')[0])).toEqual(['1', '4', ''])
  expect(await out('lab packets --text 10.0.0.9 -n 1')).toMatch(/10\.0\.0\.9[^\n]*\n\(\d+ older ones: -n \d+\)\n$/)
  expect(await out('lab packets 1')).toMatch(
    /^request #1 {2}10\.0\.0\.1 > 10\.0\.0\.2 icmp echo request, ttl 64\n[\s\S]* = it arrived and was answered\n$/,
  )
  expect(await out('lab packets 4711')).toBe('lab: packets: packet 4711 is not among the last ones\nexit 1\n')
  expect(await out('lab packets --proto ipx')).toMatch(/^lab: packets: unknown protocol "ipx"; expected icmp, arp/)
  expect(await out('lab packets off')).toBe('packets are not recorded any more\n')
})
