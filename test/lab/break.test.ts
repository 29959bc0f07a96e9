// `lab break`: faults announced and drawn.
import { beforeAll, expect, test } from 'vitest'
import { FAULTS } from '../../src/faults/catalogue.js'
import { FAULT_IDS } from '../../src/faults/ids.js'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

let lab: Lab

beforeAll(async () => {
  lab = await Lab.boot(await loadScenario('scenarios/legacy-l3.yaml'))
}, 60_000)

const out = async (node: string, line: string): Promise<string> => {
  const { stdout, stderr, exitCode } = await lab.run(node, line)
  return `${stdout}${stderr}${exitCode === 0 ? '' : `exit ${exitCode}\n`}`
}

test('the list says what does not fit here, and why', async () => {
  const text = await out('network', 'lab break list')
  expect(text).toMatch(/\n {2}port\.tag-4095 +a server's port carries the dead VLAN \[SERVER\]\n/)
  expect(text).toMatch(
    /fip\.proxy-arp-off +fg- does not answer ARP for floating IPs \[FLOATING-IP\] {4}# not here: its router is not distributed\n/,
  )
})

test('one that is announced: described, typed, verified, mended', async () => {
  expect(await out('network', 'lab break describe router.no-forward')).toContain('This shows the cause:   network$ ip netns exec')
  const netns = 'qrouter-040c1455-6096-4806-ba91-fec64cdaed81'
  expect(await out('compute', 'lab break router.no-forward vm3')).toBe(
    `network$ ip netns exec ${netns} sysctl -w net.ipv4.ip_forward=0
The router does not forward. No longer works: vm3 reaches 192.168.0.100 outside.
`,
  )
  expect(await out('network', 'lab break verify')).toMatch(
    /^as expected, it fails: vm3 reaches 192\.168\.0\.100 outside .*\nas expected, it works: vm3 reaches its gateway .*\n$/,
  )
  expect(await out('network', 'lab break answer compute port.tag-4095')).toBe('neither the node nor the fault is right\nexit 1\n')
  expect(await out('network', 'lab break answer network router.no-forward')).toBe('right: the place and the fault\n')
  expect(await out('network', 'lab break fix')).toBe(`network$ ip netns exec ${netns} sysctl -w net.ipv4.ip_forward=1\n`)
  expect(await out('vm3', 'ping -c 1 -W 1 192.168.0.100 > /dev/null; echo $?')).toBe('0\n')
})

test('one that is drawn is the same every time, and is undone like any command', async () => {
  const first = await out('network', 'lab break random')
  expect(first).toMatch(/^Somebody was at work on the nodes, and a user complains:\n {2}it is said that this no longer works: /)
  const copy = await lab.copy()
  expect((await copy.run('network', 'lab break reveal')).stdout).toBe(await out('network', 'lab break reveal'))
  copy.close()
  await lab.undo()
  expect(await out('network', 'lab break reveal')).toBe('lab: break: nothing was broken by this word\nexit 2\n')
  expect(await out('network', 'lab break random')).toBe(first)
})

test('wrong words', async () => {
  expect(await out('network', 'lab break port.tag-409')).toContain('did you mean "port.tag-4095"?')
  expect(await out('network', 'lab break port.tag-4095 vm9')).toContain('no server "vm9" runs here (')
  expect(await out('network', 'lab break fip.proxy-arp-off')).toBe('lab: break: fip.proxy-arp-off: its router is not distributed\nexit 2\n')
})

test('completion knows verbs, faults, nodes and what may be named', async () => {
  const shell = lab.openShell('network')
  await lab.untilPrompt(shell)
  const completed = (line: string): readonly string[] => shell.complete(line, line.length).candidates
  expect(completed('lab break ver')).toEqual(['verify'])
  expect(completed('lab break describe router.no')).toEqual(['router.no-forward'])
  expect(completed('lab break router.no-forward vm')).toEqual(['vm1', 'vm3'])
  expect(completed('lab break answer ga')).toEqual(['gateway'])
  expect(completed('lab help bre')).toEqual(['break'])
  expect(FAULT_IDS).toEqual(FAULTS.map(({ id }) => id))
})

test('help of the words fits the terminal', async () => {
  expect(await out('network', 'lab break --help')).toBe(await out('network', 'lab help break'))
  const help = `${await out('network', 'COLUMNS=60 lab help')}${await out('network', 'COLUMNS=60 lab explain -h')}`
  expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60)
})
