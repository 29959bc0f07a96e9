// Refusals and heads of network tools where the real ones, asked side by side with netlab, said something else before. iputils 20221126,
// traceroute 2.1.2, curl 7.88, iproute2 6.1.
import { expect, test } from 'vitest'
import { arping } from '../../../src/tools/net/arping.js'
import { curl } from '../../../src/tools/net/curl.js'
import { nc } from '../../../src/tools/net/nc.js'
import { ping } from '../../../src/tools/net/ping.js'
import { ss } from '../../../src/tools/net/ss.js'
import { traceroute } from '../../../src/tools/net/traceroute.js'
import { run, timeless, twoMachines } from './two-machines.js'

async function say(line: string): Promise<string> {
  const lab = twoMachines([ping, arping, traceroute, curl, ss, nc])
  const { stdout, stderr, exitCode } = await run(lab, lab.a, line.split(' '))
  return timeless(`${stdout}${stderr}rc=${exitCode}`)
}

test('ping', async () => {
  expect(await say('ping -t 0 10.0.0.2')).toBe('ping: cannot set unicast time-to-live: Invalid argument\nrc=2')
  expect(await say('ping -c 1 -q -W x 10.0.0.2')).toContain(
    'ping: option argument contains garbage: x\nping: this will become fatal error in the future\nrc=0',
  )
  expect(await say('ping -c 1 -q -i x 10.0.0.2')).toContain('contains garbage: x\n')
  expect(await say('ping -c 1 -B -q 10.0.0.2')).toContain('PING 10.0.0.2 (10.0.0.2) from 10.0.0.1 : 56(84) bytes of data.\n')
  expect(await say('ping -c 1 -s 65508 10.0.0.2')).toContain('ping: local error: message too long, mtu=1500\nrc=1')
  expect(await say('ping -c 1 -W 1 -s 65528 10.0.0.2')).not.toContain('local error')
})

test('arping', async () => {
  expect(await say('arping -c x 10.0.0.2')).toBe("arping: invalid argument: 'x'\nrc=1")
  expect(await say('arping -c 1 -I lo 127.0.0.1')).toBe('Interface "lo" is not ARPable\nrc=2')
})

test('traceroute', async () => {
  expect(await say('traceroute -n -w x 10.0.0.2')).toBe("Cannot handle `-w' option with arg `x' (argc 3)\nrc=2")
  expect(await say('traceroute -n -m x 10.0.0.2')).toBe("Cannot handle `-m' option with arg `x' (argc 3)\nrc=2")
  expect(await say('traceroute -n 10.0.0.2 hello')).toBe('Cannot handle "packetlen" cmdline arg `hello\' on position 2 (argc 3)\nrc=2')
})

test('curl, ss and nc', async () => {
  expect(await say('curl')).toBe("curl: try 'curl --help' or 'curl --manual' for more information\nrc=2")
  expect(await say('curl nothing://10.0.0.2/')).toBe('curl: (1) Protocol "nothing" not supported or disabled in libcurl\nrc=1')
  expect(await say('curl -sS --connect-timeout 1 http://10.0.0.77/')).toBe(
    'curl: (28) Failed to connect to 10.0.0.77 port 80 after 1000 ms: Timeout was reached\nrc=28',
  )
  expect(await say('ss -tn state nothing')).toBe('ss: wrong state name: nothing\nrc=255')
  expect(await say('ss -tn sport = hello')).toBe('Error: "hello" does not look like a port.\nCannot parse dst/src address.\nrc=1')
  expect(await say('nc -l')).toBe('nc: missing port number\nrc=1')
})

test('ping looks every second whether it is over: local errors that count as answers end it', async () => {
  const lab = twoMachines([ping])
  const beganUs = lab.sim.nowUs
  const { stdout } = await run(lab, lab.a, 'ping -c 2 -M do -s 1473 10.0.0.2'.split(' '))
  expect(timeless(stdout)).toContain('2 packets transmitted, 0 received, +2 errors, 100% packet loss')
  expect(Math.round((lab.sim.nowUs - beganUs) / 1e6)).toBe(2)
})
