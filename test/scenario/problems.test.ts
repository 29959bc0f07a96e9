// Every mistake in a scenario file is told with its place and what was expected.
import { expect, test } from 'vitest'
import { parseScenario } from '../../src/scenario/parse.js'
import { formatProblem } from '../../src/scenario/problem.js'

function problems(text: string): string[] {
  return parseScenario(text, 'lab.yaml', 'lab').problems.map(formatProblem)
}

const TWO = `title: Two
nodes:
  a:
    nics:
      - {name: eth0, mac: 02:00:00:00:00:01, wire: w}
    addresses: {eth0: [10.0.0.1/24]}
  b:
    nics:
      - {name: eth0, mac: 02:00:00:00:00:02, wire: w}
wires:
  w: {kind: veth}
`

test('a right file has none', () => {
  expect(problems(TWO)).toEqual([])
})

test('a misspelt key is told with the key that was meant', () => {
  expect(problems(TWO.replace('addresses:', 'adresses:'))).toEqual([
    'lab.yaml:6:5 nodes.a.adresses: unknown key "adresses"; did you mean "addresses"? (expected one of image, tools, hostname, user, iptables, nics, addresses, routes, sysctl, files, services, modules, bridges)',
  ])
})

test('a key far from any is told with all that are known', () => {
  expect(problems(TWO.replace('{kind: veth}', '{zzz: veth}'))).toEqual([
    'lab.yaml:11:7 wires.w.zzz: unknown key "zzz"; expected one of kind, delay, loss, mtu, trunk',
  ])
})

test('a bad address is told where it stands', () => {
  expect(problems(TWO.replace('10.0.0.1/24', '10.0.0.300/24'))).toEqual([
    'lab.yaml:6:24 nodes.a.addresses.eth0[0]: "10.0.0.300/24" is no IPv4 address with a prefix length such as 10.0.0.1/24: each of the four numbers is 0 to 255 without leading zeros',
  ])
  expect(problems(TWO.replace('10.0.0.1/24', '10.0.0.1'))).toEqual([
    'lab.yaml:6:24 nodes.a.addresses.eth0[0]: "10.0.0.1" lacks its prefix length, such as 10.0.0.1/24',
  ])
})

test('a MAC address that stands twice names the first place', () => {
  expect(problems(TWO.replace('00:02, wire', '00:01, wire'))).toEqual([
    'lab.yaml:9:27 nodes.b.nics[0].mac: the MAC address 02:00:00:00:00:01 is taken by nodes.a.nics[0].mac; expected one that is used once',
  ])
})

test('an unknown wire is told with the ones there are', () => {
  expect(problems(TWO.replace('02, wire: w', '02, wire: v'))).toEqual([
    'lab.yaml:9:52 nodes.b.nics[0].wire: no wire "v" (known: w)',
    'lab.yaml:11:6 wires.w: a veth wire has two ends, 1 NICs are plugged in',
  ])
})

test('broken YAML is told at its place', () => {
  expect(problems('title: [a\nnodes: {}\n')).toEqual([
    'lab.yaml:2:1: not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
  ])
})

test('a key that stands twice is refused', () => {
  expect(problems('title: a\ntitle: b\nnodes: {a: {}}\n')).toEqual([
    'lab.yaml:2:1: this key stands in the map already; expected each key once',
  ])
})

test('aliases are refused', () => {
  expect(problems('title: a\nnodes: {a: &x {}, b: *x}\n')).toEqual([
    'lab.yaml:2:15: anchors (&) and aliases (*) are not taken here; write the value out',
    'lab.yaml:2:22: anchors (&) and aliases (*) are not taken here; write the value out',
  ])
})

test('what is missing is told at the map that lacks it', () => {
  expect(problems('title: a\n')).toEqual(['lab.yaml:1:1 nodes: missing; expected a map under "nodes"'])
  expect(problems('')).toEqual(['lab.yaml:1:1: expected a map, found nothing'])
})

test('two devices of one name on a node clash', () => {
  const text = TWO.replace('    addresses', '      - {name: eth0, wire: x}\n    addresses').replace('wires:', 'wires:\n  x: {}')
  expect(problems(text)).toEqual([
    'lab.yaml:6:16 nodes.a.nics[1].name: the device name "eth0" is taken by nodes.a.nics[0].name; expected one that is used once',
  ])
})

test('steps and probes of an unknown node are told', () => {
  expect(problems(`${TWO}setup:\n  - {node: c, run: true}\nexpect:\n  - {node: bb, run: x}\n`)).toEqual([
    'lab.yaml:13:20 setup[0].run: expected text or a list, found true',
  ])
  expect(problems(`${TWO}setup:\n  - {node: c, run: ls}\nexpect:\n  - {node: bb, run: x}\n`)).toEqual([
    'lab.yaml:13:12 setup[0].node: no node "c" (known: a, b)',
    'lab.yaml:15:12 expect[0].node: no node "bb" (known: a, b)',
  ])
})
