// The script of a booted lab: its tables say what the scenario says, bash takes it, and its words answer without root and without a lab.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportLab } from '../../src/cli/commands/export.js'
import { readPlan } from '../../src/export/read-plan.js'
import { scriptOf } from '../../src/export/script.js'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

const folder = mkdtempSync(join(tmpdir(), 'netlab-export-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SCENARIO = `
title: Two switches
summary: A trunk, an access port and a veth pair.
image: debian-12
clock: 2024-03-01T12:00:00Z
wires:
  trunk: {trunk: [20, 30], mtu: 9000}
  pair: {kind: veth}
nodes:
  r:
    nics:
      - {name: eth0, mac: "02:00:00:00:00:01", wire: trunk}
      - {name: eth1, mac: "02:00:00:00:00:02", wire: pair, ifindex: 7}
    addresses: {eth1: [10.0.0.1/24]}
    sysctl: {net.ipv4.ip_forward: 1}
    services: [http]
  h:
    nics:
      - {name: eth0, mac: "02:00:00:00:00:03", wire: pair}
      - {name: eth1, mac: "02:00:00:00:00:04", wire: trunk, vlan: 20, up: false}
    addresses: {eth0: [10.0.0.2/24]}
setup:
  - {node: h, run: "ip route add default via 10.0.0.1"}
`

let text = ''
const script = join(folder, 'lab.sh')

beforeAll(async () => {
  const file = join(folder, 'two switches!.yaml')
  writeFileSync(file, SCENARIO)
  const lab = await Lab.boot(await loadScenario(file))
  const machines = new Map(lab.nodes.map(({ name, machine }) => [name, machine]))
  text = scriptOf(readPlan(lab.scenario, machines), { application: 'netlab', command: 'netlab export' })
  writeFileSync(script, text)
})

function table(name: string): string[] {
  const found = new RegExp(`^${name}\\(\\) \\{\\n  cat <<'END'\\n(.*?)\\nEND$`, 'ms').exec(text)
  return found?.[1]?.split('\n') ?? []
}

function asked(words: readonly string[], runtime = folder): { stdout: string; stderr: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync('bash', [script, ...words], {
    encoding: 'utf8',
    env: { ...process.env, XDG_RUNTIME_DIR: runtime },
  })
  return { stdout, stderr, status }
}

test('the tables have nodes, wires and NICs with their numbers', () => {
  expect(table('nodes_table')).toEqual(['r r legacy - debian-12', 'h h legacy - debian-12'])
  expect(table('wires_table')).toEqual(['trunk tagged'])
  expect(table('nics_table')).toEqual([
    'r eth0 02:00:00:00:00:01 1500 2 segment trunk 9000 20+30+',
    'r eth1 02:00:00:00:00:02 1500 7 veth h eth0 02:00:00:00:00:03 1500 2',
    'r - - - 3 gone',
    'r - - - 4 gone',
    'r - - - 5 gone',
    'r - - - 6 gone',
    'h eth1 02:00:00:00:00:04 1500 3 segment trunk 9000 20',
  ])
  expect(table('services_table')).toEqual(['r http'])
  expect(table('wanted_table')).toContain('debian-12 iproute2 6.1.0')
})

test('the name of a folder is made of the name of a file', () => {
  expect(/^LAB=(.*)$/m.exec(text)?.[1]).toBe('two-switches-')
})

test('bash takes it, and the replay is in it with causes', () => {
  expect(spawnSync('bash', ['-n', script], { encoding: 'utf8' })).toMatchObject({ stderr: '', status: 0 })
  expect(text).toContain("because '11:58:00 boot: switched on'")
  expect(text).toContain("bash -c 'ip route add default via 10.0.0.1'")
})

test('its words answer when nothing is up', () => {
  expect(asked(['nodes'])).toEqual({ stdout: 'r\nh\n', stderr: '', status: 0 })
  expect(asked(['log'])).toEqual({ stdout: '', stderr: 'two-switches-: not up\n', status: 1 })
  const status = asked(['status', '--json'])
  expect(JSON.parse(status.stdout)).toMatchObject({
    scenario: 'two-switches-',
    up: false,
    nodes: [{ name: 'r', pid: null }, { name: 'h' }],
  })
  expect(asked(['dance'])).toMatchObject({ stdout: '', status: 2 })
  // `sh lab.sh`
  expect(spawnSync('sh', [script, 'nodes'], { encoding: 'utf8' }).stdout).toBe('r\nh\n')
  expect(asked([]).stdout.split('\n')[0]).toBe(
    'two-switches-: the lab of netlab\'s scenario "two-switches-" as namespaces of this machine. Nothing of it leaves the machine.',
  )
})

test('formats and options that do not go together are refused before anything is booted', async () => {
  const refused = (options: object): Promise<string> =>
    exportLab('primitives', { format: 'sh', ...options }).then(
      () => 'taken',
      (error: Error) => error.message,
    )
  expect(await refused({ format: 'dot' })).toBe('graph draws that: netlab graph primitives --format dot')
  expect(await refused({ format: 'yaml' })).toBe('unknown format "yaml" (known: sh, pcap)')
  expect(await refused({ to: '8.8.8.8' })).toBe('--from, --to and --at go with --format pcap')
  expect(await refused({ format: 'pcap', out: 'x' })).toBe('--format pcap needs --to PLACE: where the probe goes')
  expect(await refused({ format: 'pcap', to: 'p01-b' })).toBe('--format pcap needs -o FILE')
})

test('a capture file has an interface for each place asked for', async () => {
  const out = join(folder, 'x.pcapng')
  const options = { format: 'pcap', from: 'p07-h', to: '10.7.3.2', out, at: ['p07-r1:east', 'p07-r3:west'] }
  expect(await exportLab('primitives', options)).toBe(0)
  const names = [
    ...readFileSync(out)
      .toString('latin1')
      .matchAll(/p07-[\w/-]+/g),
  ].map(([name]) => name)
  expect(new Set(names.filter((name) => name.includes('/')))).toEqual(new Set(['p07-r1/-/east', 'p07-r3/-/west']))
})
