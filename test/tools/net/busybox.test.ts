// Applets as busybox 1.35 (on Debian, called through busybox) prints them; recorded in namespaces.
import { expect, test } from 'vitest'
import { commands, loadAllCommands } from '../../../src/tools/lazy.js'
import { run, timeless, twoMachines } from './two-machines.js'

await loadAllCommands()

test('arping, nc, wget, ping, traceroute', async () => {
  const lab = twoMachines(commands)
  const texts: string[] = []
  for (const line of [
    'arping -c 2 -I eth0 10.0.0.2',
    'arping -c 1 -w 1 -I eth0 10.0.0.9',
    'nc 10.0.0.2 81',
    'nc -w 1 10.0.0.9 81',
    'wget -O - http://10.0.0.2:81/',
    'ping -c 1 10.0.0.2',
    'ping -c 1 8.8.8.8',
    'traceroute -n 10.0.0.2',
    'traceroute 8.8.8.8',
    'nosuch',
  ]) {
    const { stdout, stderr, exitCode } = await run(lab, lab.a, ['busybox', ...line.split(' ')])
    texts.push(timeless(`${stdout}${stderr}rc=${exitCode}`).replace(/ [\d.]+ms/g, ' Tms'))
  }
  expect(texts).toEqual([
    'ARPING 10.0.0.2 from 10.0.0.1 eth0\nUnicast reply from 10.0.0.2 [2:0:0:0:1:2] Tms\nUnicast reply from 10.0.0.2 [2:0:0:0:1:2] Tms\nSent 2 probe(s) (0 broadcast(s))\nReceived 2 response(s) (0 request(s), 0 broadcast(s))\nrc=0',
    'ARPING 10.0.0.9 from 10.0.0.1 eth0\nSent 1 probe(s) (0 broadcast(s))\nReceived 0 response(s) (0 request(s), 0 broadcast(s))\nrc=1',
    "nc: can't connect to remote host (10.0.0.2): Connection refused\nrc=1",
    'nc: timed out\nrc=1',
    "Connecting to 10.0.0.2:81 (10.0.0.2:81)\nwget: can't connect to remote host (10.0.0.2): Connection refused\nrc=1",
    'PING 10.0.0.2 (10.0.0.2): 56 data bytes\n64 bytes from 10.0.0.2: seq=0 ttl=64 time=T ms\n\n--- 10.0.0.2 ping statistics ---\n1 packets transmitted, 1 packets received, 0% packet loss\nround-trip min/avg/max = T ms\nrc=0',
    'PING 8.8.8.8 (8.8.8.8): 56 data bytes\nping: sendto: Network is unreachable\nrc=1',
    'traceroute to 10.0.0.2 (10.0.0.2), 30 hops max, 46 byte packets\n 1  10.0.0.2  T ms  T ms  T ms\nrc=0',
    "traceroute: can't connect to remote host (8.8.8.8): Network is unreachable\nrc=1",
    'nosuch: applet not found\nrc=127',
  ])
})
