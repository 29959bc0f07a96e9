// ethtool, ss, ip ntable and ip maddress where they were found to differ from real Linux; recorded from ethtool 6.1 and iproute2 6.1.
import { expect, test } from 'vitest'
import { commands, loadAllCommands } from '../../../src/tools/lazy.js'
import { pass, run, twoMachines } from './two-machines.js'

await loadAllCommands()

const NO_DEVICE = 'netlink error: no device matches name (offset 24)\nnetlink error: No such device\n'

test.each([
  ['ethtool -l lo', 'netlink error: Operation not supported\n', 1],
  ['ethtool -l nope', NO_DEVICE, 1],
  ['ethtool -s eth0 speed 100', 'netlink error: Operation not supported\n', 75],
  ['ethtool -s nope speed 100', NO_DEVICE, 75],
  ['ethtool -s eth0 foo', "ethtool (-s): unknown parameter 'foo'\n", 1],
  ['ethtool -s eth0 speed abc', "ethtool (-s): invalid value 'abc' for parameter 'speed'\n", 1],
  ['ethtool -r eth0', 'Cannot restart autonegotiation: Operation not supported\n', 255],
  ['ethtool -a nope', NO_DEVICE, 1],
  ['ip maddr del 33:33:00:00:00:05 dev eth0', 'ioctl: No such file or directory\n', 1],
  ['ip maddr add 33:33:00:00:00:05', 'Not enough information: "dev" is required.\n', 255],
  ['ip maddr add 224.1.1.1 dev eth0', 'Error: Invalid address length 4 - must be 6 bytes\n', 255],
])('%s', async (line, stderr, exitCode) => {
  const lab = twoMachines(commands)
  expect(await run(lab, lab.a, line.split(' '))).toEqual({ stdout: '', stderr, exitCode })
})

test('queues of a pair, stamps of a bridge', async () => {
  const lab = twoMachines(commands)
  await run(lab, lab.a, 'ip link add v0 type veth peer name v1'.split(' '))
  await run(lab, lab.a, 'ip link add b0 type bridge'.split(' '))
  const rows = (count: number): string => `RX:\t\t${count}\nTX:\t\t${count}\nOther:\t\tn/a\nCombined:\tn/a\n`
  expect((await run(lab, lab.a, 'ethtool -l v0'.split(' '))).stdout).toBe(
    `Channel parameters for v0:\nPre-set maximums:\n${rows(2)}Current hardware settings:\n${rows(1)}`,
  )
  expect((await run(lab, lab.a, 'ethtool -T b0'.split(' '))).stdout).toBe(
    'Time stamping parameters for b0:\nCapabilities:\n\tsoftware-receive\n\tsoftware-system-clock\nPTP Hardware Clock: none\nHardware Transmit Timestamp Modes: none\nHardware Receive Filter Modes: none\n',
  )
})

test('groups joined by hand, what neighbours go by, the names of a machine', async () => {
  const lab = twoMachines(commands)
  await run(lab, lab.a, 'ip maddr add 33:33:00:00:00:05 dev eth0'.split(' '))
  expect((await run(lab, lab.a, 'ip maddr show dev eth0'.split(' '))).stdout).toContain('\tlink  33:33:00:00:00:05 static\n')
  await run(lab, lab.a, 'ip maddr del 33:33:00:00:00:05 dev eth0'.split(' '))
  expect((await run(lab, lab.a, 'ip maddr show dev eth0'.split(' '))).stdout).not.toContain('static')
  const { stdout } = await run(lab, lab.a, 'ip -4 ntable show dev eth0'.split(' '))
  expect(stdout).toBe(
    `${['inet arp_cache ', 'dev eth0 ', 'refcnt 1 reachable 30000 base_reachable 30000 retrans 1000 ', 'gc_stale 60000 delay_probe 5000 queue 101 ', 'app_probes 0 ucast_probes 3 mcast_probes 3 ', 'anycast_delay 1000 proxy_delay 800 proxy_queue 64 locktime 1000 '].join('\n    ')}\n\n`,
  )
  const read = await run(lab, lab.a, ['cat', '/proc/sys/kernel/hostname', '/proc/sys/net/ipv4/neigh/eth0/retrans_time'])
  expect(read.stdout).toBe('a\n100\n')
  expect((await run(lab, lab.a, 'sysctl net.ipv4.neigh.eth0'.split(' '))).stdout).not.toContain('retrans_time =')
})

test('ss: the last cell does not widen its column; -K ends a connection on both sides', async () => {
  const lab = twoMachines(commands)
  const head = 'State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess'
  await run(lab, lab.b, ['sh', '-c', '(sleep 60 | nc -l -p 7000; echo listener $? > /tmp/end) &'])
  await pass(lab, 0.1)
  expect((await run(lab, lab.b, ['ss', '-tlnp'])).stdout.split('\n')[0]).toBe(head)
  await run(lab, lab.a, ['sh', '-c', '(sleep 60 | nc 10.0.0.2 7000; echo $? > /tmp/end) &'])
  await pass(lab, 0.5)
  const killed = await run(lab, lab.a, 'ss -K -tn dst 10.0.0.2'.split(' '))
  expect(killed.stdout).toMatch(/^State Recv-Q .*\nESTAB .* 10\.0\.0\.1:\d+ +10\.0\.0\.2:7000/)
  await pass(lab, 0.1)
  expect((await run(lab, lab.b, ['ss', '-Htn'])).stdout).toBe('')
})
