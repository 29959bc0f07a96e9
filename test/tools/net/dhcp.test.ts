// dnsmasq and its clients: leases, log lines, DNS; wording as dnsmasq 2.90 and busybox 1.35 print it.
import { expect, test } from 'vitest'
import type { Command } from '../../../src/node/command.js'
import { commands, loadAllCommands } from '../../../src/tools/lazy.js'
import type { TestLab } from './two-machines.js'
import { pass, run, twoMachines } from './two-machines.js'

await loadAllCommands()

const calls: string[] = []
/** Notes how udhcpc and dnsmasq call their scripts. */
const recorder: Command = {
  name: 'recorder',
  path: '/usr/local/bin/recorder',
  run: (proc) => {
    calls.push([...proc.argv.slice(1), proc.env.get('ip') ?? '', proc.env.get('router') ?? ''].join(' ').trim())
    return 0
  },
}

/** Notes what a bound client's script is given. */
const envRecorder: Command = {
  name: 'env-recorder',
  path: '/usr/local/bin/env-recorder',
  run: ({ argv, env }) => {
    const keys = ['broadcast', 'dns', 'domain', 'hostname', 'ip', 'mtu', 'router', 'serverid', 'staticroutes', 'subnet']
    if (argv[1] === 'bound') calls.push(keys.flatMap((key) => (env.has(key) ? [`${key}=${env.get(key)}`] : [])).join(' '))
    return 0
  },
}

async function withServer(words: string): Promise<TestLab> {
  calls.length = 0
  const lab = twoMachines([...commands, recorder])
  lab.b.files.write('/tmp/hosts', '02:00:00:00:01:01,cirros.novalocal,10.0.0.55\n')
  const started = await run(
    lab,
    lab.b,
    `dnsmasq --strict-order --bind-interfaces --conf-file= --domain=novalocal --pid-file=/tmp/pid --listen-address=10.0.0.2 --except-interface=lo ${words}`.split(
      ' ',
    ),
  )
  expect(started).toEqual({ stdout: '', stderr: '', exitCode: 0 })
  return lab
}

function log(lab: TestLab): string[] {
  return lab.b.files
    .read('/var/log/syslog')
    .trimEnd()
    .split('\n')
    .filter((line) => line.includes('dnsmasq-dhcp'))
    .map((line) => line.replace(/^.*?\]: /, ''))
}

const STATIC =
  '--dhcp-range=10.0.0.50,static,120s --dhcp-lease-max=256 --dhcp-hostsfile=/tmp/hosts --leasefile-ro --dhcp-script=/usr/local/bin/recorder'

test('a known client gets its address, keeps it renewed, and gives it back', async () => {
  const lab = await withServer(STATIC)
  const client = await run(lab, lab.a, [
    'busybox',
    'udhcpc',
    '-f',
    '-n',
    '-q',
    '-i',
    'eth0',
    '-t',
    '3',
    '-T',
    '1',
    '-s',
    '/usr/local/bin/recorder',
  ])
  expect([client.stderr, client.exitCode]).toEqual([
    'udhcpc: started, v1.35.0\nudhcpc: broadcasting discover\nudhcpc: broadcasting select for 10.0.0.55, server 10.0.0.2\nudhcpc: lease of 10.0.0.55 obtained from 10.0.0.2, lease time 120\n',
    0,
  ])
  await pass(lab, 1)
  expect(calls).toEqual(
    ['init', 'deconfig', 'bound 10.0.0.55 10.0.0.2', 'add 02:00:00:00:01:01 10.0.0.55 cirros'].sort(
      (a, b) => calls.indexOf(a) - calls.indexOf(b),
    ),
  )
  await run(lab, lab.b, ['dhcp_release', 'eth0', '10.0.0.55', '02:00:00:00:01:01'])
  await run(lab, lab.b, ['dhcp_release', 'eth0', '10.0.0.55', '02:00:00:00:01:01'])
  await pass(lab, 1)
  expect(log(lab)).toEqual([
    'DHCP, static leases only on 10.0.0.50, lease time 2m',
    'read /tmp/hosts',
    'DHCPDISCOVER(eth0) 02:00:00:00:01:01 ',
    'DHCPOFFER(eth0) 10.0.0.55 02:00:00:00:01:01 ',
    'DHCPREQUEST(eth0) 10.0.0.55 02:00:00:00:01:01 ',
    'DHCPACK(eth0) 10.0.0.55 02:00:00:00:01:01 cirros',
    'DHCPRELEASE(eth0) 10.0.0.55 02:00:00:00:01:01 ',
    'DHCPRELEASE(eth0) 10.0.0.55 02:00:00:00:01:01 unknown lease',
  ])
})

test('an unknown client is told nothing; after HUP it is known', async () => {
  const lab = await withServer(STATIC)
  lab.b.files.write('/tmp/hosts', '')
  const hup = (): void => {
    for (const proc of lab.b.processes.values()) if (proc.comm === 'dnsmasq' && proc.uid !== 0) proc.kill('HUP')
  }
  hup()
  await pass(lab, 1)
  const words = ['busybox', 'udhcpc', '-f', '-n', '-q', '-i', 'eth0', '-t', '2', '-T', '1', '-s', '/usr/local/bin/recorder']
  const refused = await run(lab, lab.a, words)
  expect([refused.stderr, refused.exitCode]).toEqual([
    'udhcpc: started, v1.35.0\nudhcpc: broadcasting discover\nudhcpc: broadcasting discover\nudhcpc: no lease, failing\n',
    1,
  ])
  lab.b.files.write('/tmp/hosts', '02:00:00:00:01:01,late,10.0.0.66\n')
  hup()
  await pass(lab, 1)
  expect((await run(lab, lab.a, words)).exitCode).toBe(0)
  expect(log(lab).slice(3)).toEqual([
    'DHCPDISCOVER(eth0) 02:00:00:00:01:01 no address available',
    'DHCPDISCOVER(eth0) 02:00:00:00:01:01 no address available',
    'read /tmp/hosts',
    'DHCPDISCOVER(eth0) 02:00:00:00:01:01 ',
    'DHCPOFFER(eth0) 10.0.0.66 02:00:00:00:01:01 ',
    'DHCPREQUEST(eth0) 10.0.0.66 02:00:00:00:01:01 ',
    'DHCPACK(eth0) 10.0.0.66 02:00:00:00:01:01 late',
  ])
})

test('a dynamic range gives an address of it; the names of leases resolve forth and back', async () => {
  const lab = await withServer('--dhcp-range=10.0.0.100,10.0.0.110,255.255.255.0,1h --no-resolv')
  const client = await run(lab, lab.a, [
    'busybox',
    'udhcpc',
    '-f',
    '-q',
    '-n',
    '-i',
    'eth0',
    '-x',
    'hostname:vm1',
    '-s',
    '/usr/local/bin/recorder',
  ])
  expect(client.exitCode).toBe(0)
  const address = /lease of (10\.0\.0\.1\d\d) obtained/.exec(client.stderr)![1]!
  const [a, b, c, d] = address.split('.')
  const lines = async (line: string): Promise<string> => {
    const { stdout, exitCode } = await run(lab, lab.a, line.split(' '))
    return `${stdout}rc=${exitCode}`
  }
  expect(await lines('dig @10.0.0.2 +short vm1.novalocal')).toBe(`${address}\nrc=0`)
  expect(await lines(`dig @10.0.0.2 +short +tcp -x ${address}`)).toBe('vm1.novalocal.\nrc=0')
  expect(await lines('host vm1.novalocal 10.0.0.2')).toBe(
    `Using domain server:\nName: 10.0.0.2\nAddress: 10.0.0.2#53\nAliases: \n\nvm1.novalocal has address ${address}\nrc=0`,
  )
  expect(await lines(`nslookup ${address} 10.0.0.2`)).toBe(
    `Server:\t\t10.0.0.2\nAddress:\t10.0.0.2#53\n\n${d}.${c}.${b}.${a}.in-addr.arpa\tname = vm1.novalocal.\n\nrc=0`,
  )
  expect(await lines('host nowhere.zz 10.0.0.2')).toBe(
    'Using domain server:\nName: 10.0.0.2\nAddress: 10.0.0.2#53\nAliases: \n\nHost nowhere.zz not found: 5(REFUSED)\nrc=1',
  )
})

test('two processes: the daemon as nobody, its script helper as root; TERM ends both', async () => {
  const lab = await withServer(STATIC)
  await pass(lab, 1)
  const shown = (): string[] =>
    [...lab.b.processes.values()]
      .filter((proc) => proc.comm === 'dnsmasq')
      .map((proc) => `${proc.user} ${proc.pid === Number(lab.b.files.exists('/tmp/pid') ? lab.b.files.read('/tmp/pid') : 0)}`)
  expect(shown()).toEqual(['nobody true', 'root false'])
  lab.b.process(Number(lab.b.files.read('/tmp/pid')))!.kill('TERM')
  await pass(lab, 1)
  expect(shown()).toEqual([])
})

test('dhclient takes a lease, sets the address up, renews it and gives it back', async () => {
  const lab = await withServer('--dhcp-range=10.0.0.100,10.0.0.110,255.255.255.0,2m --no-resolv --no-ping')
  const eth0 = lab.a.kernel.initNetns.deviceByName('eth0')!
  const taken = await run(lab, lab.a, ['dhclient', '-v', 'eth0'])
  const address = /bound to (10\.0\.0\.1\d\d)/.exec(taken.stderr)?.[1] ?? ''
  expect(taken.stderr.replaceAll(address, 'ADDRESS').split('\n').slice(3)).toEqual([
    'Listening on LPF/eth0/02:00:00:00:01:01',
    'Sending on   LPF/eth0/02:00:00:00:01:01',
    'Sending on   Socket/fallback',
    'DHCPDISCOVER on eth0 to 255.255.255.255 port 67 interval 3',
    'DHCPOFFER of ADDRESS from 10.0.0.2',
    'DHCPREQUEST for ADDRESS on eth0 to 255.255.255.255 port 67',
    'DHCPACK of ADDRESS from 10.0.0.2',
    'bound to ADDRESS -- renewal in 51 seconds.',
    '',
  ])
  expect(eth0.addresses.map(({ local, length }) => [local & 255, length])).toEqual([[Number(address.split('.')[3]), 24]])
  expect(lab.a.files.read('/etc/resolv.conf')).toBe('domain novalocal\nsearch novalocal.\nnameserver 10.0.0.2\n')
  await pass(lab, 60)
  expect(log(lab).filter((line) => line.startsWith('DHCPACK')).length).toBe(2)
  await run(lab, lab.a, ['dhclient', '-r', 'eth0'])
  await pass(lab, 1)
  expect([eth0.addresses.length, log(lab).at(-1)]).toEqual([0, `DHCPRELEASE(eth0) ${address} 02:00:00:00:01:01`])
})

test('--log-dhcp and --log-queries tell the whole story, as dnsmasq 2.90 does', async () => {
  const lab = await withServer(
    '--dhcp-range=10.0.0.50,10.0.0.60,255.255.255.0,120s --dhcp-host=02:00:00:00:01:01,hostone,10.0.0.55 --log-dhcp --log-queries --no-resolv --no-hosts',
  )
  await run(lab, lab.a, ['busybox', 'udhcpc', '-f', '-n', '-q', '-i', 'eth0', '-s', '/usr/local/bin/recorder'])
  for (const line of ['dig @10.0.0.2 hostone.novalocal', 'dig @10.0.0.2 foo.bar', 'dig @10.0.0.2 -x 10.0.0.55'])
    await run(lab, lab.a, line.split(' '))
  const lines = lab.b.files
    .read('/var/log/syslog')
    .trimEnd()
    .split('\n')
    .map((line) =>
      line
        .replace(/^.*? b /, '')
        .replace(/\[\d+\]/, '')
        .replace(/ \d{6,} /, ' XID ')
        .trimEnd(),
    )
  expect(lines.slice(2, 26)).toEqual([
    'dnsmasq: warning: no upstream servers configured',
    'dnsmasq-dhcp: DHCP, IP range 10.0.0.50 -- 10.0.0.60, lease time 2m',
    'dnsmasq: cleared cache',
    'dnsmasq-dhcp: XID available DHCP range: 10.0.0.50 -- 10.0.0.60',
    'dnsmasq-dhcp: XID vendor class: udhcp 1.35.0',
    'dnsmasq-dhcp: XID DHCPDISCOVER(eth0) 02:00:00:00:01:01',
    'dnsmasq-dhcp: XID tags: known, eth0',
    'dnsmasq-dhcp: XID DHCPOFFER(eth0) 10.0.0.55 02:00:00:00:01:01',
    'dnsmasq-dhcp: XID requested options: 1:netmask, 3:router, 6:dns-server, 12:hostname,',
    'dnsmasq-dhcp: XID requested options: 15:domain-name, 28:broadcast, 42:ntp-server',
    'dnsmasq-dhcp: XID next server: 10.0.0.2',
    'dnsmasq-dhcp: XID sent size:  1 option: 53 message-type  2',
    'dnsmasq-dhcp: XID sent size:  4 option: 54 server-identifier  10.0.0.2',
    'dnsmasq-dhcp: XID sent size:  4 option: 51 lease-time  2m',
    'dnsmasq-dhcp: XID sent size:  4 option: 58 T1  1m',
    'dnsmasq-dhcp: XID sent size:  4 option: 59 T2  1m45s',
    'dnsmasq-dhcp: XID sent size:  4 option:  1 netmask  255.255.255.0',
    'dnsmasq-dhcp: XID sent size:  4 option: 28 broadcast  10.0.0.255',
    'dnsmasq-dhcp: XID sent size:  4 option:  3 router  10.0.0.2',
    'dnsmasq-dhcp: XID sent size:  4 option:  6 dns-server  10.0.0.2',
    'dnsmasq-dhcp: XID sent size:  9 option: 15 domain-name  novalocal',
    'dnsmasq-dhcp: XID sent size:  7 option: 12 hostname  hostone',
    'dnsmasq-dhcp: XID available DHCP range: 10.0.0.50 -- 10.0.0.60',
    'dnsmasq-dhcp: XID vendor class: udhcp 1.35.0',
  ])
  expect(lines.slice(-6)).toEqual([
    'dnsmasq: query[A] hostone.novalocal from 10.0.0.1',
    'dnsmasq: DHCP hostone.novalocal is 10.0.0.55',
    'dnsmasq: query[A] foo.bar from 10.0.0.1',
    'dnsmasq: config error is REFUSED (EDE: not ready)',
    'dnsmasq: query[PTR] 55.0.0.10.in-addr.arpa from 10.0.0.1',
    'dnsmasq: DHCP 10.0.0.55 is hostone.novalocal',
  ])
})

test('options from a file by tag, two subnets on a device (dnsmasq 2.90, busybox 1.35)', async () => {
  const lab = twoMachines([...commands, envRecorder])
  const { files } = lab.b
  files.write(
    '/tmp/opts',
    `tag:subnet-a,option:dns-server,8.8.8.8,8.8.4.4
tag:subnet-a,option:classless-static-route,169.254.169.254/32,10.0.0.1,10.10.40.0/25,0.0.0.0,0.0.0.0/0,10.0.0.1
tag:subnet-a,249,169.254.169.254/32,10.0.0.1,10.10.40.0/25,0.0.0.0,0.0.0.0/0,10.0.0.1
tag:subnet-a,option:router,10.0.0.1
tag:subnet-b,option:router
tag:port-x,option:ntp-server,1.2.3.4
tag:port-x,42,5.6.7.8
tag:subnet-a,tag:ipxe,option:bootfile-name,undi`,
  )
  files.write(
    '/tmp/hosts',
    '02:00:00:00:01:01,host-10-0-0-55.openstacklocal,10.0.0.55,set:port-x\n02:00:00:00:01:03,host-10-1-0-7.openstacklocal,10.1.0.7\n',
  )
  files.write('/tmp/addn', '10.0.0.55\thost-10-0-0-55.openstacklocal host-10-0-0-55\n')
  await run(lab, lab.b, ['ip', 'addr', 'add', '10.1.0.2/25', 'dev', 'eth0'])
  const server =
    'dnsmasq --no-hosts --no-resolv --pid-file=/tmp/pid --dhcp-hostsfile=/tmp/hosts --addn-hosts=/tmp/addn --dhcp-optsfile=/tmp/opts --dhcp-leasefile=/tmp/leases --dhcp-match=set:ipxe,175 --dhcp-userclass=set:ipxe6,iPXE --local-service --bind-dynamic --dhcp-range=set:subnet-a,10.0.0.0,static,255.255.255.0,86400s --dhcp-range=set:subnet-b,10.1.0.0,static,255.255.255.128,86400s --dhcp-option-force=option:mtu,1450 --dhcp-lease-max=384 --conf-file= --domain=openstacklocal --log-dhcp'
  expect((await run(lab, lab.b, server.split(' '))).exitCode).toBe(0)
  calls.length = 0
  const client = 'busybox udhcpc -f -q -n -i eth0 -t 3 -T 1 -s /usr/local/bin/env-recorder -O staticroutes -O 249'.split(' ')
  expect((await run(lab, lab.a, client)).stderr).toContain('lease of 10.0.0.55 obtained from 10.0.0.2, lease time 86400')
  expect(calls).toEqual([
    'broadcast=10.0.0.255 dns=8.8.8.8 8.8.4.4 domain=openstacklocal hostname=host-10-0-0-55 ip=10.0.0.55 mtu=1450 router=10.0.0.1 serverid=10.0.0.2 staticroutes=169.254.169.254/32 10.0.0.1 10.10.40.0/25 0.0.0.0 0.0.0.0/0 10.0.0.1 subnet=255.255.255.0',
  ])
  await run(lab, lab.a, ['ip', 'link', 'set', 'eth0', 'address', '02:00:00:00:01:03'])
  expect((await run(lab, lab.a, client)).stderr).toContain('lease of 10.1.0.7 obtained from 10.1.0.2, lease time 86400')
  expect(calls[1]).toBe(
    'broadcast=10.1.0.127 dns=10.1.0.2 domain=openstacklocal hostname=host-10-1-0-7 ip=10.1.0.7 mtu=1450 serverid=10.1.0.2 subnet=255.255.255.128',
  )
  const sent = log(lab).flatMap((line) => /sent size: *\d+ option: *(\d+)/.exec(line)?.[1] ?? [])
  expect(sent.slice(0, 15).join(' ')).toBe('53 54 51 58 59 1 28 15 12 42 3 249 121 6 26')
  expect(log(lab).filter((line) => line.includes('tags:'))[0]).toMatch(/ tags: subnet-a, port-x, known, eth0$/)
  expect(log(lab).find((line) => line.includes('option:249'))).toMatch(
    /sent size: 23 option:249 {3}20:a9:fe:a9:fe:0a:00:00:01:19:0a:0a:28:00\.\.\.$/,
  )
  await run(lab, lab.b, ['dhcp_release', 'eth0', '10.1.0.7', '02:00:00:00:01:03'])
  await pass(lab, 1)
  expect(files.read('/tmp/leases')).toMatch(/^\d+ 02:00:00:00:01:01 10\.0\.0\.55 host-10-0-0-55 01:02:00:00:00:01:01\n$/)
})
