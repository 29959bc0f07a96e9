// The file tree, /proc and /sys of a machine.
import { expect, test } from 'vitest'
import { KernelError } from '../../src/kernel/errno.js'
import { bash, makeMachine, Session } from '../node/support.js'

function errnoOf(run: () => void): string {
  try {
    run()
  } catch (error) {
    if (error instanceof KernelError) return error.errno
    throw error
  }
  return 'none'
}

test('the kernel answers for wrong paths', () => {
  const { files } = makeMachine()
  expect(errnoOf(() => files.read('/nosuch/x'))).toBe('ENOENT')
  expect(errnoOf(() => files.read('/etc'))).toBe('EISDIR')
  expect(errnoOf(() => files.read('/etc/hosts/x'))).toBe('ENOTDIR')
  expect(errnoOf(() => files.mkdir('/etc'))).toBe('EEXIST')
  expect(errnoOf(() => files.rmdir('/etc'))).toBe('ENOTEMPTY')
  expect(errnoOf(() => files.remove('/etc'))).toBe('EISDIR')
  files.symlink('loop', '/tmp/loop')
  expect(errnoOf(() => files.read('/tmp/loop'))).toBe('ELOOP')
  expect(errnoOf(() => files.write('/proc/version', 'x'))).toBe('EACCES')
  expect(errnoOf(() => files.rename('/etc', '/etc/x'))).toBe('EINVAL')
})

test('links, renames and appended text', () => {
  const { files } = makeMachine()
  files.write('/tmp/a', 'one\n')
  files.link('/tmp/a', '/tmp/b')
  files.write('/tmp/b', 'two\n', { append: true })
  expect(files.read('/tmp/a')).toBe('one\ntwo\n')
  expect(files.stat('/tmp/a').nlink).toBe(2)
  files.rename('/tmp/a', '/tmp/c')
  expect(files.list('/tmp')).toEqual(['b', 'c'])
  files.write('/tmp/c', new Uint8Array([0xff, 0xfe]), { append: true })
  expect(files.stat('/tmp/b').size).toBe(10)
})

test('a file cannot grow without end', () => {
  const { files } = makeMachine()
  const megabytes = 'x'.repeat(32 * 1024 * 1024)
  files.write('/tmp/big', megabytes)
  expect(errnoOf(() => files.write('/tmp/big', megabytes + megabytes, { append: true }))).toBe('EFBIG')
})

test('/proc/sys is the kernel, both ways', async () => {
  const session = new Session()
  expect(await session.text('cat /proc/sys/net/ipv4/ip_forward')).toBe('0\n')
  expect(await session.text('echo 1 > /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward')).toBe('1\n')
  expect(session.machine.kernel.initNetns.sysctl.read('net.ipv4.ip_forward')).toBe('1')
  expect(await session.text('echo hello > /proc/sys/net/ipv4/ip_forward')).toBe('bash: echo: write error: Invalid argument\n')
  expect(await session.text('echo 1 > /proc/sys/net/nosuch')).toBe('bash: /proc/sys/net/nosuch: No such file or directory\n')
})

test('/proc/PID and /proc/self', async () => {
  const { stdout } = await bash(
    'cat /proc/self/comm; cat /proc/self/cmdline | tr "\\0" " "; echo; readlink /proc/self/cwd; cat /proc/1/comm',
  )
  expect(stdout).toBe('cat\ncat /proc/self/cmdline \n/work\ninit\n')
})

test('/sys/class/net shows the devices of the namespace', async () => {
  const { stdout } = await bash('ls /sys/class/net; cat /sys/class/net/lo/{address,mtu,operstate,ifindex,type,statistics/rx_packets}')
  expect(stdout).toBe('lo\n00:00:00:00:00:00\n65536\ndown\n1\n772\n0\n')
})

test('programs are files: copied they still run, removed they are gone', async () => {
  const session = new Session()
  expect(await session.text('cp /bin/echo /tmp/say; /tmp/say hello; rm /bin/sleep; sleep 1; mv /tmp/say /usr/local/bin/; say again')).toBe(
    'hello\nagain\nbash: sleep: command not found\n',
  )
})

test('the log and the clock of a machine', async () => {
  const session = new Session()
  session.machine.syslog('daemon', 'dnsmasq-dhcp', 2729, 'DHCPDISCOVER(br100) fa:16:3e:06:5c:27')
  expect(await session.text('cat /var/log/syslog; date')).toBe(
    'Jul 31 01:00:45 node-1 dnsmasq-dhcp[2729]: DHCPDISCOVER(br100) fa:16:3e:06:5c:27\nTue Jul 31 01:00:45 UTC 2012\n',
  )
})

test('the shell of the lab reaches nothing of the host', async () => {
  process.env.NETLAB_TEST_SECRET = 'secret'
  const { stdout } = await bash(
    'cat /proc/self/environ | tr "\\0" "\\n" | grep -c SECRET; ls / | tr "\\n" " "; ls /home /root; env | grep -c SECRET; cat /etc/hostname',
  )
  expect(stdout).toBe(
    '0\nbin boot dev etc home lib media mnt opt proc root run sbin srv sys tmp usr var work /home:\nopenstack\n\n/root:\n0\nnode-1\n',
  )
})
