// Outputs as iputils 20221126 (debian-12), 20101006 (ubuntu-12.04) and busybox print them; recorded with the real tools in namespaces.
import { describe, expect, test } from 'vitest'
import { ping } from '../../../src/tools/net/ping.js'
import { run, timeless, twoMachines } from './two-machines.js'

async function all(lines: readonly string[], images: readonly [string, string] = ['debian-12', 'debian-12']): Promise<string[]> {
  const lab = twoMachines([ping], images)
  const texts: string[] = []
  for (const line of lines) {
    const { stdout, stderr, exitCode } = await run(lab, lab.a, line.split(' '))
    texts.push(timeless(`${stdout}${stderr}rc=${exitCode}`))
  }
  return texts
}

describe('iputils 20221126', () => {
  test('replies, size without timing, flood', async () => {
    expect(
      await all([
        'ping -c 2 -i 0.3 10.0.0.2',
        'ping -c 1 -s 0 10.0.0.2',
        'ping -f -q -c 200 10.0.0.2',
        'ping -c 1 localhost',
        'ping -c 1 0.0.0.0',
        'ping -v -c 1 -p ff 10.0.0.2',
      ]),
    ).toEqual([
      'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=T ms\n64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=T ms\n\n--- 10.0.0.2 ping statistics ---\n2 packets transmitted, 2 received, 0% packet loss, time Tms\nrtt min/avg/max/mdev = T ms\nrc=0',
      'PING 10.0.0.2 (10.0.0.2) 0(28) bytes of data.\n8 bytes from 10.0.0.2: icmp_seq=1 ttl=64\n\n--- 10.0.0.2 ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss, time Tms\n\nrc=0',
      'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n\n--- 10.0.0.2 ping statistics ---\n200 packets transmitted, 200 received, 0% packet loss, time Tms\nrtt min/avg/max/mdev = T ms, ipg/ewma T ms\nrc=0',
      'PING localhost (127.0.0.1) 56(84) bytes of data.\n64 bytes from localhost (127.0.0.1): icmp_seq=1 ttl=64 time=T ms\n\n--- localhost ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss, time Tms\nrtt min/avg/max/mdev = T ms\nrc=0',
      'PING 0.0.0.0 (127.0.0.1) 56(84) bytes of data.\n64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=T ms\n\n--- 0.0.0.0 ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss, time Tms\nrtt min/avg/max/mdev = T ms\nrc=0',
      "ai->ai_family: AF_INET, ai->ai_canonname: '10.0.0.2'\nPATTERN: 0xff\nPING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n64 bytes from 10.0.0.2: icmp_seq=1 ident=1005 ttl=64 time=T ms\n\n--- 10.0.0.2 ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss, time Tms\nrtt min/avg/max/mdev = T ms\nping: sock4.fd: 3 (socktype: SOCK_RAW), sock6.fd: 4 (socktype: SOCK_RAW), hints.ai_family: AF_UNSPEC\n\nrc=0",
    ])
  })

  test('a flood into nothing waits its turns and tells of each error', async () => {
    expect(await all(['ping -f -c 3 10.0.0.77'])).toEqual([
      'PING 10.0.0.77 (10.0.0.77) 56(84) bytes of data.\n...\bE\bE\bE\n--- 10.0.0.77 ping statistics ---\n3 packets transmitted, 0 received, +3 errors, 100% packet loss, time Tms\npipe 3\nrc=1',
    ])
  })

  test('nobody there: three seconds, then the errors in a group', async () => {
    expect(await all(['ping -c 3 10.0.0.77', 'ping -O -c 2 -W 1 10.0.0.78', 'ping -w 1 -c 5 -W 1 10.0.0.79'])).toEqual([
      'PING 10.0.0.77 (10.0.0.77) 56(84) bytes of data.\nFrom 10.0.0.1 icmp_seq=1 Destination Host Unreachable\nFrom 10.0.0.1 icmp_seq=2 Destination Host Unreachable\nFrom 10.0.0.1 icmp_seq=3 Destination Host Unreachable\n\n--- 10.0.0.77 ping statistics ---\n3 packets transmitted, 0 received, +3 errors, 100% packet loss, time Tms\npipe 3\nrc=1',
      'PING 10.0.0.78 (10.0.0.78) 56(84) bytes of data.\nno answer yet for icmp_seq=1\n\n--- 10.0.0.78 ping statistics ---\n2 packets transmitted, 0 received, 100% packet loss, time Tms\n\nrc=1',
      'PING 10.0.0.79 (10.0.0.79) 56(84) bytes of data.\n\n--- 10.0.0.79 ping statistics ---\n1 packets transmitted, 0 received, 100% packet loss, time Tms\n\nrc=1',
    ])
  })

  test('refusals before anything is sent', async () => {
    expect(
      await all([
        'ping -c 1 8.8.8.8',
        'ping -c 1 -I eth9 10.0.0.2',
        'ping -c 1 10.0.0.255',
        'ping -c 1 256.1.1.1',
        'ping -c 0 10.0.0.2',
        'ping -W -1 10.0.0.2',
        'ping',
        'ping -R 10.0.0.2',
        'ping -I 9.9.9.9 10.0.0.2',
      ]),
    ).toEqual([
      'ping: connect: Network is unreachable\nrc=2',
      'ping: SO_BINDTODEVICE eth9: No such device\nrc=2',
      'ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules\nrc=2',
      'ping: 256.1.1.1: Temporary failure in name resolution\nrc=2',
      "ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807\nrc=1",
      'ping: bad linger time: -1\nrc=2',
      'ping: usage error: Destination address required\nrc=1',
      'ping: -R: not emulated by netlab (use traceroute)\nrc=126',
      'ping: bind: Cannot assign requested address\nrc=2',
    ])
  })

  test('too long for the path', async () => {
    expect(
      await all([
        'ping -c 1 -M do -s 1472 10.0.0.2',
        'ping -c 1 -M do -s 1473 10.0.0.2',
        'ping -c 1 -s 3000 10.0.0.2',
        'ping -s 70000 -c 1 -W 1 10.0.0.2',
      ]),
    ).toEqual([
      'PING 10.0.0.2 (10.0.0.2) 1472(1500) bytes of data.\n1480 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=T ms\n\n--- 10.0.0.2 ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss, time Tms\nrtt min/avg/max/mdev = T ms\nrc=0',
      'PING 10.0.0.2 (10.0.0.2) 1473(1501) bytes of data.\n\n--- 10.0.0.2 ping statistics ---\n1 packets transmitted, 0 received, +1 errors, 100% packet loss, time Tms\n\nping: local error: message too long, mtu=1500\nrc=1',
      'PING 10.0.0.2 (10.0.0.2) 3000(3028) bytes of data.\n3008 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=T ms\n\n--- 10.0.0.2 ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss, time Tms\nrtt min/avg/max/mdev = T ms\nrc=0',
      'PING 10.0.0.2 (10.0.0.2) 70000(70028) bytes of data.\n\n--- 10.0.0.2 ping statistics ---\n1 packets transmitted, 0 received, 100% packet loss, time Tms\n\nrc=1',
    ])
  })
})

test('the ping of Ubuntu 12.04 says icmp_req and names no program in its refusals', async () => {
  expect(await all(['ping -c 1 10.0.0.2', 'ping -c 1 8.8.8.8', 'ping -c 1 -I eth9 10.0.0.2'], ['ubuntu-12.04', 'debian-12'])).toEqual([
    'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n64 bytes from 10.0.0.2: icmp_req=1 ttl=64 time=T ms\n\n--- 10.0.0.2 ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss, time Tms\nrtt min/avg/max/mdev = T ms\nrc=0',
    'connect: Network is unreachable\nrc=2',
    'ping: unknown iface eth9\nrc=2',
  ])
})

test('the ping of CirrOS is busybox', async () => {
  expect(await all(['ping -c 2 10.0.0.2', 'ping -c 1 -W 1 10.0.0.77', 'ping -c 1 nowhere'], ['cirros-0.3', 'debian-12'])).toEqual([
    'PING 10.0.0.2 (10.0.0.2): 56 data bytes\n64 bytes from 10.0.0.2: seq=0 ttl=64 time=T ms\n64 bytes from 10.0.0.2: seq=1 ttl=64 time=T ms\n\n--- 10.0.0.2 ping statistics ---\n2 packets transmitted, 2 packets received, 0% packet loss\nround-trip min/avg/max = T ms\nrc=0',
    'PING 10.0.0.77 (10.0.0.77): 56 data bytes\n\n--- 10.0.0.77 ping statistics ---\n1 packets transmitted, 0 packets received, 100% packet loss\nrc=1',
    "ping: bad address 'nowhere'\nrc=1",
  ])
})

test('an interrupted ping sums up', async () => {
  const lab = twoMachines([ping])
  lab.sim.scheduler.after(1_500_000, () => {
    for (const proc of lab.a.processes.values()) if (proc.comm === 'ping') proc.kill('INT')
  })
  const { stdout, exitCode } = await run(lab, lab.a, ['ping', '-q', '10.0.0.2'])
  expect([timeless(stdout), exitCode]).toEqual([
    'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n\n--- 10.0.0.2 ping statistics ---\n2 packets transmitted, 2 received, 0% packet loss, time Tms\nrtt min/avg/max/mdev = T ms\n',
    0,
  ])
})
