// dnsmasq's own words, its log in a file, and what busybox's nslookup makes of its answers; recorded from dnsmasq 2.90 and busybox 1.35.
import { expect, test } from 'vitest'
import { commands, loadAllCommands } from '../../../src/tools/lazy.js'
import { run, twoMachines } from './two-machines.js'

await loadAllCommands()

const words = (line: string): string[] => line.split(' ')

test('a log of its own, read again at a hangup', async () => {
  const lab = twoMachines(commands)
  await run(
    lab,
    lab.b,
    words('dnsmasq -C /dev/null --no-hosts --no-resolv --bind-interfaces --interface=eth0 --pid-file=/tmp/pid --log-facility=/tmp/log'),
  )
  await run(lab, lab.b, ['sh', '-c', 'kill -HUP $(cat /tmp/pid); sleep 0.1'])
  const lines = lab.b.files.read('/tmp/log').trimEnd().split('\n')
  expect(lines.map((line) => line.replace(/^\w{3} [ \d]\d [\d:]{8} dnsmasq\[\d+\]: /, ''))).toEqual([
    'started, version 2.90 cachesize 150',
    expect.stringContaining('compile time options: IPv6'),
    'warning: no upstream servers configured',
    'cleared cache',
    'cleared cache',
  ])
})

test.each([
  ['--dhcp-range=hello', '\ndnsmasq: bad command line options: bad dhcp-range\n', 1],
  ['--nothing', '\ndnsmasq: bad command line options: try --help\n', 1],
  ['extra', '\ndnsmasq: junk found in command line\n', 1],
  ['-C /nope', '\ndnsmasq: cannot read /nope: No such file or directory\n', 3],
  ['-C /tmp/range.conf', '\ndnsmasq: bad dhcp-range at line 3 of /tmp/range.conf\n', 1],
  ['-C /tmp/word.conf', '\ndnsmasq: bad option at line 2 of /tmp/word.conf\n', 1],
  ['-C /dev/null --log-facility=/nope/x', '\ndnsmasq: cannot open log /nope/x: No such file or directory\n', 3],
])('refuses %s', async (line, stderr, exitCode) => {
  const lab = twoMachines(commands)
  lab.b.files.write('/tmp/range.conf', 'port=0\n# x\ndhcp-range=hello\n')
  lab.b.files.write('/tmp/word.conf', 'port=0\nnothing\n')
  expect(await run(lab, lab.b, words(`dnsmasq ${line}`))).toEqual({ stdout: '', stderr, exitCode })
})

test('an address of a name is refused as IPv6, and nslookup of busybox asks for both', async () => {
  const lab = twoMachines(commands)
  await run(
    lab,
    lab.b,
    words(
      'dnsmasq -C /dev/null --no-hosts --no-resolv --bind-interfaces --interface=eth0 --pid-file=/tmp/pid --address=/www.lab/10.6.0.80',
    ),
  )
  const head = 'Server:\t\t10.0.0.2\nAddress:\t10.0.0.2:53\n\n'
  expect(await run(lab, lab.a, words('busybox nslookup www.lab 10.0.0.2'))).toEqual({
    stdout: `${head}Name:\twww.lab\nAddress: 10.6.0.80\n\n** server can't find www.lab: REFUSED\n\n`,
    stderr: '',
    exitCode: 1,
  })
  expect(await run(lab, lab.a, words('busybox nslookup 10.6.0.80 10.0.0.2'))).toEqual({
    stdout: `${head}** server can't find 80.0.6.10.in-addr.arpa: REFUSED\n\n`,
    stderr: '',
    exitCode: 1,
  })
  expect(await run(lab, lab.a, words('busybox nslookup -type=bad www.lab 10.0.0.2'))).toEqual({
    stdout: '',
    stderr: 'nslookup: invalid query type "bad"\n',
    exitCode: 1,
  })
})

test("CirrOS's nslookup asks the server that it is given", async () => {
  const lab = twoMachines(commands, ['cirros-0.3', 'debian-12'])
  await run(
    lab,
    lab.b,
    words(
      'dnsmasq -C /dev/null --no-hosts --no-resolv --bind-interfaces --interface=eth0 --pid-file=/tmp/pid --address=/www.lab/10.6.0.80',
    ),
  )
  expect(await run(lab, lab.a, words('nslookup www.lab 10.0.0.2'))).toEqual({
    stdout: 'Server:    10.0.0.2\nAddress 1: 10.0.0.2\n\nName:      www.lab\nAddress 1: 10.6.0.80\n',
    stderr: '',
    exitCode: 0,
  })
})

test('a hangup reads the names anew, the name servers only when their file has changed', async () => {
  const lab = twoMachines(commands)
  lab.b.files.write('/tmp/resolv', 'nameserver 10.0.0.9\n')
  const start =
    'dnsmasq -C /dev/null --bind-interfaces --interface=eth0 --pid-file=/tmp/pid --log-facility=/tmp/log --resolv-file=/tmp/resolv'
  await run(lab, lab.b, words(start))
  const hup = ['sh', '-c', 'kill -HUP $(cat /tmp/pid); sleep 0.1']
  await run(lab, lab.b, hup)
  const told = (): string[] => [...lab.b.files.read('/tmp/log').matchAll(/: ((?:reading|using|read) .*)/g)].map((match) => match[1]!)
  const before = [
    'reading /tmp/resolv',
    'using nameserver 10.0.0.9#53',
    expect.stringContaining('read /etc/hosts'),
    expect.stringContaining('read /etc/hosts'),
  ]
  expect(told()).toEqual(before)
  lab.b.files.write('/tmp/resolv', 'nameserver 10.0.0.8\n')
  await run(lab, lab.b, hup)
  expect(told().slice(before.length, -1)).toEqual(['reading /tmp/resolv', 'using nameserver 10.0.0.8#53'])
})
