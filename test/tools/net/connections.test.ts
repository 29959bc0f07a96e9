// nc, curl, wget, ssh, ss, traceroute, arping over one cable; wording as Debian 12's tools print it.
import { describe, expect, test } from 'vitest'
import { startHttpServer } from '../../../src/node/daemons/http.js'
import { startSshd } from '../../../src/node/daemons/sshd.js'
import { commands, loadAllCommands } from '../../../src/tools/lazy.js'
import type { TestLab } from './two-machines.js'
import { pass, run, timeless, twoMachines } from './two-machines.js'

await loadAllCommands()

async function served(): Promise<TestLab> {
  const lab = twoMachines(commands)
  startHttpServer(lab.b, { address: 0, port: 80, argv: ['/usr/bin/web'] }, ({ method, path, body }) =>
    path.startsWith('/missing') ? { status: 404, body: 'no\n' } : { status: 200, body: `${method} ${path} ${body}\n` },
  )
  startSshd(lab.b)
  await pass(lab, 1)
  return lab
}

async function texts(lab: TestLab, lines: readonly string[]): Promise<string[]> {
  const all: string[] = []
  for (const line of lines) {
    const { stdout, stderr, exitCode } = await run(lab, lab.a, line.split(' '))
    all.push(timeless(`${stdout}${stderr}rc=${exitCode}`))
  }
  return all
}

describe('nc', () => {
  test('scans', async () => {
    expect(
      await texts(await served(), [
        'nc -zv 10.0.0.2 80',
        'nc -zvn 10.0.0.2 80',
        'nc -zv 10.0.0.2 81',
        'nc -w 1 10.0.0.2 81',
        'nc -zvn -w 1 10.0.0.77 81',
        'nc -zv 10.0.0.78 81',
        'nc -zuv -w 1 10.0.0.2 54',
        'nc -zv 8.8.8.8 80',
      ]),
    ).toEqual([
      'Connection to 10.0.0.2 80 port [tcp/http] succeeded!\nrc=0',
      'Connection to 10.0.0.2 80 port [tcp/*] succeeded!\nrc=0',
      'nc: connect to 10.0.0.2 port 81 (tcp) failed: Connection refused\nrc=1',
      'rc=1',
      'nc: connect to 10.0.0.77 port 81 (tcp) timed out: Operation now in progress\nrc=1',
      'nc: connect to 10.0.0.78 port 81 (tcp) failed: No route to host\nrc=1',
      'rc=1',
      'nc: connect to 8.8.8.8 port 80 (tcp) failed: Network is unreachable\nrc=1',
    ])
  })

  test('a listener takes what the other end pipes in', async () => {
    const lab = twoMachines(commands)
    const server = lab.b.exec(['nc', '-l', '-v', '5000'])
    await pass(lab, 0.1)
    const client = lab.a.exec(['nc', '-N', '10.0.0.2', '5000'], { input: 'hello\n' })
    await pass(lab, 5)
    expect((await client).exitCode).toBe(0)
    const { stdout, stderr, exitCode } = await server
    expect([stdout, stderr.replace(/\d{5}/, 'PORT'), exitCode]).toEqual([
      'hello\n',
      'Listening on 0.0.0.0 5000\nConnection received on 10.0.0.1 PORT\n',
      0,
    ])
  })
})

describe('curl', () => {
  test('shows bodies, heads and the talk', async () => {
    expect(
      await texts(await served(), [
        'curl -s http://10.0.0.2/x',
        'curl -s -d a=1 10.0.0.2/p',
        'curl -s -o /dev/null -w %{http_code} http://10.0.0.2/missing',
        'curl -sS -f http://10.0.0.2/missing',
        'curl -sv http://10.0.0.2/v',
      ]),
    ).toEqual([
      'GET /x \nrc=0',
      'POST /p a=1\nrc=0',
      '404rc=0',
      'curl: (22) The requested URL returned error: 404\nrc=22',
      'GET /v \n*   Trying 10.0.0.2:80...\n* Connected to 10.0.0.2 (10.0.0.2) port 80 (#0)\n> GET /v HTTP/1.1\n> Host: 10.0.0.2\n> User-Agent: curl/7.88.1\n> Accept: */*\n> \n< HTTP/1.1 200 OK\n< Content-Type: text/html; charset=UTF-8\n< Content-Length: 8\n< Date: Tue, 31 Jul 2012 01:00:01 GMT\n< \n{ [8 bytes data]\n* Connection #0 to host 10.0.0.2 left intact\nrc=0',
    ])
  })

  test('fails with the right number', async () => {
    expect(
      await texts(await served(), [
        'curl -sS http://10.0.0.2:81/',
        'curl -sS -m 1 http://10.0.0.9/',
        'curl -sS nowhere.zz',
        'curl --badopt',
        'curl -o',
        'curl',
        'curl ftp://10.0.0.2/',
      ]),
    ).toEqual([
      "curl: (7) Failed to connect to 10.0.0.2 port 81 after 0 ms: Couldn't connect to server\nrc=7",
      'curl: (28) Connection timed out after 1000 milliseconds\nrc=28',
      'curl: (6) Could not resolve host: nowhere.zz\nrc=6',
      "curl: option --badopt: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\nrc=2",
      "curl: option -o: requires parameter\ncurl: try 'curl --help' or 'curl --manual' for more information\nrc=2",
      "curl: try 'curl --help' or 'curl --manual' for more information\nrc=2",
      expect.stringContaining('curl: (1) Protocol "ftp" not supported or disabled in libcurl\nrc=1'),
    ])
  })
})

test('ssh runs a command on the other machine, over the wire', async () => {
  const lab = await served()
  let segments = 0
  lab.a.kernel.initNetns.deviceByName('eth0')!.taps.add({ frame: () => void segments++ })
  expect(
    await texts(lab, [
      'ssh root@10.0.0.2 exit 3',
      'ssh nobody9@10.0.0.2 true',
      'ssh -p 99 10.0.0.2 true',
      'ssh 10.0.0.77 true',
      'ssh nowhere.zz true',
    ]),
  ).toEqual([
    'rc=3',
    'nobody9@10.0.0.2: Permission denied (publickey,password).\r\nrc=255',
    'ssh: connect to host 10.0.0.2 port 99: Connection refused\r\nrc=255',
    'ssh: connect to host 10.0.0.77 port 22: No route to host\r\nrc=255',
    'ssh: Could not resolve hostname nowhere.zz: Temporary failure in name resolution\r\nrc=255',
  ])
  expect(segments).toBeGreaterThan(30)
})

test('ss prints listeners with their processes, aligned as iproute2 6.1 does', async () => {
  const lab = await served()
  const { stdout } = await run(lab, lab.b, ['ss', '-lntp'])
  expect(stdout).toBe(
    [
      `State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess${' '.repeat(24)}`,
      'LISTEN 0      128          0.0.0.0:22        0.0.0.0:*    users:(("sshd",pid=1001,fd=3))',
      'LISTEN 0      128          0.0.0.0:80        0.0.0.0:*    users:(("web",pid=1000,fd=3)) ',
      '',
    ].join('\n'),
  )
})

test('traceroute by UDP, ICMP and TCP; arping', async () => {
  expect(
    await texts(await served(), [
      'traceroute -n 10.0.0.2',
      'traceroute -I -n 10.0.0.2',
      'traceroute -T -n 10.0.0.2',
      'traceroute 8.8.8.8',
      'traceroute -x 10.0.0.2',
      'arping -c 2 -I eth0 10.0.0.2',
      'arping -D -c 2 -w 2 -I eth0 10.0.0.2',
      'arping -c 1 -w 1 -I eth0 10.0.0.99',
      'arping -I nodev 10.0.0.2',
      'arping -I lo 127.0.0.1',
    ]),
  ).toEqual([
    'traceroute to 10.0.0.2 (10.0.0.2), 30 hops max, 60 byte packets\n 1  10.0.0.2  T ms  T ms  T ms\nrc=0',
    'traceroute to 10.0.0.2 (10.0.0.2), 30 hops max, 60 byte packets\n 1  10.0.0.2  T ms  T ms  T ms\nrc=0',
    'traceroute to 10.0.0.2 (10.0.0.2), 30 hops max, 60 byte packets\n 1  10.0.0.2  T ms  T ms  T ms\nrc=0',
    'traceroute to 8.8.8.8 (8.8.8.8), 30 hops max, 60 byte packets\nconnect: Network is unreachable\nrc=1',
    "Bad option `-x' (argc 1)\nrc=2",
    'ARPING 10.0.0.2 from 10.0.0.1 eth0\nUnicast reply from 10.0.0.2 [02:00:00:00:01:02]  Tms\nUnicast reply from 10.0.0.2 [02:00:00:00:01:02]  Tms\nSent 2 probes (1 broadcast(s))\nReceived 2 response(s)\nrc=0',
    'ARPING 10.0.0.2 from 0.0.0.0 eth0\nUnicast reply from 10.0.0.2 [02:00:00:00:01:02]  Tms\nSent 1 probes (1 broadcast(s))\nReceived 1 response(s)\nrc=1',
    'ARPING 10.0.0.99 from 10.0.0.1 eth0\nSent 1 probes (1 broadcast(s))\nReceived 0 response(s)\nrc=1',
    'arping: Device nodev not available.\nrc=2',
    'Interface "lo" is not ARPable\nrc=2',
  ])
})
