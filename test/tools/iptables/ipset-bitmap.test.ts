// Bitmaps of addresses: a range that must be given, members in their order; recorded from ipset 7.17.
import { expect, test } from 'vitest'
import { commands, loadAllCommands } from '../../../src/tools/lazy.js'
import { run, twoMachines } from '../net/two-machines.js'

await loadAllCommands()

test('bitmap:ip', async () => {
  const lab = twoMachines(commands)
  const told: string[] = []
  for (const line of [
    'create a bitmap:ip',
    'create a bitmap:ip range 10.0.0.0/8',
    'create a bitmap:ip range hello',
    'create a bitmap:ip range 10.0.0.0/24',
    'add a 10.0.0.9',
    'add a 10.0.0.2-10.0.0.3',
    'add a 10.0.0.9',
    'add a 10.0.1.0',
    'test a 10.0.0.2',
    'save a',
  ]) {
    const { stdout, stderr } = await run(lab, lab.a, ['ipset', ...line.split(' ')])
    told.push(...`${stdout}${stderr}`.split('\n').filter((text) => text !== ''))
  }
  expect(told).toEqual([
    "ipset v7.17: Mandatory option `range' is missing",
    "Try `ipset help' for more information.",
    'ipset v7.17: The range you specified exceeds the size limit of the set type',
    'ipset v7.17: Syntax error: IP/cidr or IP-IP range must be specified: hello',
    "ipset v7.17: Element cannot be added to the set: it's already added",
    'ipset v7.17: Element is out of the range of the set',
    'Warning: 10.0.0.2 is in set a.',
    'create a bitmap:ip range 10.0.0.0-10.0.0.255',
    'add a 10.0.0.2',
    'add a 10.0.0.3',
    'add a 10.0.0.9',
  ])
  await run(lab, lab.b, 'ping -c 1 10.0.0.1'.split(' '))
  await run(lab, lab.a, 'iptables -A INPUT -m set --match-set a src -j DROP'.split(' '))
  expect((await run(lab, lab.b, 'ping -c 1 -W 1 10.0.0.1'.split(' '))).exitCode).toBe(1)
})
