// Jobs, signals and time in a shell that is driven line by line.
import { expect, test } from 'vitest'
import { Session } from '../node/support.js'

test('a background job started by a step waits for something before the next step begins', async () => {
  const session = new Session()
  await session.run('touch /tmp/log; tail -f /tmp/log > /tmp/seen &')
  await session.run('echo hello >> /tmp/log; sleep 0.1')
  expect(await session.text('cat /tmp/seen')).toBe('hello\n')
})

test('jobs are numbered, listed, killed by number, and their end is known', async () => {
  const session = new Session()
  expect(await session.text('sleep 100 & sleep 200 &')).toBe('')
  expect(await session.text('jobs')).toBe('[1]-  Running                 sleep 100 &\n[2]+  Running                 sleep 200 &\n')
  await session.run('kill %1; sleep 0.01')
  expect(await session.text('jobs')).toBe('[1]-  Terminated              sleep 100\n[2]+  Running                 sleep 200 &\n')
  expect(await session.text('kill %7; echo $?')).toBe('1\nbash: kill: %7: no such job\n')
  expect(await session.text('kill -INT %2; wait %2; echo $?')).toBe('130\n')
})

test('a signal to a job reaches every process of its pipeline', async () => {
  const session = new Session()
  await session.run('sleep 100 | sleep 100 | sleep 100 &')
  expect(await session.text('pgrep -c sleep')).toBe('3\n')
  await session.run('kill %1; sleep 0.01')
  expect(await session.text('pgrep -c sleep')).toBe('0\n')
})

test('sleep 301 takes 301 seconds of virtual time', async () => {
  const session = new Session()
  const before = session.machine.sim.nowUs
  await session.run('sleep 301')
  expect(session.machine.sim.nowUs - before).toBe(301_001_000)
})

test('an endless loop of builtins cannot stop time, and an interrupt ends it', async () => {
  const session = new Session()
  session.machine.sim.scheduler.after(5_000_000, () => session.shell.interrupt())
  const { exitCode } = await session.run('while true; do :; done; echo never')
  expect(exitCode).toBe(130)
  expect(session.stdout.take()).toBe('')
})

test('a stopped job goes on where it was', async () => {
  const session = new Session()
  await session.run('(sleep 1; echo woke) & sleep 0.1; kill -STOP %1; sleep 5')
  expect(session.stdout.take()).toBe('')
  expect(await session.text('jobs')).toBe('[1]+  Stopped                 (sleep 1; echo woke)\n')
  expect(await session.text('fg %1 >/dev/null; echo back')).toBe('woke\nback\n')
})

test('a reader that leaves ends its writer with SIGPIPE', async () => {
  const session = new Session()
  expect(await session.text('yes | head -1; echo ${PIPESTATUS[@]}')).toBe('y\n141 0\n')
})

test('a fork bomb meets the limit of processes and the machine stays usable', async () => {
  const session = new Session()
  session.machine.sim.scheduler.after(3_000_000, () => {
    for (const proc of [...session.machine.processes.values()])
      if (proc !== session.machine.init && proc !== session.shell.proc) proc.kill('KILL')
  })
  await session.run('f() { f | f & }; f; sleep 4')
  expect(session.machine.processes.size).toBeLessThanOrEqual(1024)
  await session.run('kill -9 -1; sleep 1')
  session.stderr.take()
  session.stdout.take()
  expect(await session.text('echo alive')).toBe('alive\n')
})

test('sudo hands a signal on and names what it runs', async () => {
  const session = new Session(undefined, 'openstack')
  expect(await session.text('id -un; sudo id -un; sudo -u nobody id -un')).toBe('openstack\nroot\nnobody\n')
  await session.run('sudo sleep 100 &')
  expect(await session.text('kill -TERM $!; wait $!; echo $?; pgrep -c sleep')).toBe('143\n0\n')
})

test('a user may not do what root may', async () => {
  const session = new Session(undefined, 'openstack')
  expect(await session.text('cat /etc/shadow; echo x > /etc/x; mkdir /opt/d; kill 1; ls /root')).toBe(
    [
      'cat: /etc/shadow: Permission denied',
      'bash: /etc/x: Permission denied',
      "mkdir: cannot create directory '/opt/d': Permission denied",
      'bash: kill: (1) - Operation not permitted',
      "ls: cannot open directory '/root': Permission denied",
      '',
    ].join('\n'),
  )
})
