// ps with processes to show: columns, trees and selections as procps-ng 4.0.2 prints them, the older widths, and busybox's.
import { expect, test } from 'vitest'
import { OneMachine } from '../util/one-machine.js'

const SCENE = 'bash -c "sleep 101 & sleep 102 & sleep 5; true" & sleep 1; '

/** Numbers of processes count from 1000; the command line of the outer bash is not the point. */
async function shown(line: string, image = 'debian-12'): Promise<string> {
  const { stdout, stderr } = await new OneMachine(image).run(`${SCENE}${line}; true`)
  return (stdout + stderr).replace(/\/bin\/bash -c .*/g, 'OUTER').replace(/^(\S+ +\d+ +0\.0 +)[\d.]+ +\d+ +\d+/gm, '$1M V R')
}

test('ps axf: init stands alone, its children at the left edge', async () => {
  expect(await shown('ps axf -o pid,ppid,args')).toBe(`    PID    PPID COMMAND
      1       0 /sbin/init
   1000       1 OUTER
   1001    1000  \\_ bash -c sleep 101 & sleep 102 & sleep 5; true
   1003    1001  |   \\_ sleep 101
   1004    1001  |   \\_ sleep 102
   1005    1001  |   \\_ sleep 5
   1006    1000  \\_ ps axf -o pid,ppid,args
`)
})

test('ps -eH: two blanks a generation', async () => {
  expect(await shown('ps -eH -o pid,ppid,comm')).toBe(`    PID    PPID COMMAND
      1       0 init
   1000       1   bash
   1001    1000     bash
   1003    1001       sleep
   1004    1001       sleep
   1005    1001       sleep
   1006    1000     ps
`)
})

test('ps aux', async () => {
  expect(await shown('ps aux')).toBe(`USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
root           1  0.0  M V R ?        Ss   Jul30   0:00 /sbin/init
root        1000  0.0  M V R ?        Ss   01:00   0:00 OUTER
root        1001  0.0  M V R ?        S    01:00   0:00 bash -c sleep 101 & sleep 102 & sleep 5; true
root        1003  0.0  M V R ?        S    01:00   0:00 sleep 101
root        1004  0.0  M V R ?        S    01:00   0:00 sleep 102
root        1005  0.0  M V R ?        S    01:00   0:00 sleep 5
root        1006  0.0  M V R ?        R    01:00   0:00 ps aux
`)
})

test('ps -ef, and the narrower numbers of an older kernel', async () => {
  const rows = (width: number): string =>
    [
      ['UID     ', 'PID', 'PPID', ' C STIME TTY          TIME CMD'],
      ['root    ', '1', '0', ' 0 Jul30 ?        00:00:00 /sbin/init'],
      ['root    ', '1000', '1', ' 0 01:00 ?        00:00:00 OUTER'],
      ['root    ', '1001', '1000', ' 0 01:00 ?        00:00:00 bash -c sleep 101 & sleep 102 & sleep 5; true'],
      ['root    ', '1003', '1001', ' 0 01:00 ?        00:00:00 sleep 101'],
      ['root    ', '1004', '1001', ' 0 01:00 ?        00:00:00 sleep 102'],
      ['root    ', '1005', '1001', ' 0 01:00 ?        00:00:00 sleep 5'],
      ['root    ', '1006', '1000', ' 0 01:00 ?        00:00:00 ps -ef'],
    ]
      .map(([user, pid, ppid, rest]) => `${user} ${pid!.padStart(width)} ${ppid!.padStart(width)} ${rest}\n`)
      .join('')
  expect(await shown('ps -ef')).toBe(rows(7))
  expect(await shown('ps -ef', 'ubuntu-12.04')).toBe(rows(5))
})

test('selections and order', async () => {
  expect(await shown('ps -C sleep -o pid=')).toBe('   1003\n   1004\n   1005\n')
  expect(await shown('ps --ppid 1001 -o pid= --sort=-pid')).toBe('   1005\n   1004\n   1003\n')
  expect(await shown('ps -e --sort=-ppid,pid -o pid= ')).toBe('   1003\n   1004\n   1005\n   1001\n   1006\n   1000\n      1\n')
  expect(await shown('ps -p 1003,1004 -o pid,args')).toBe('    PID COMMAND\n   1003 sleep 101\n   1004 sleep 102\n')
  expect(await shown('ps 1003 1004')).toBe(
    '    PID TTY      STAT   TIME COMMAND\n   1003 ?        S      0:00 sleep 101\n   1004 ?        S      0:00 sleep 102\n',
  )
  expect(await shown('ps -N -C sleep -o pid=')).toBe('      1\n   1000\n   1001\n   1006\n')
})

test('ps -aux is read as ps aux; only the old one warns', async () => {
  expect(await shown('ps -aux | wc -l')).toBe('9\n')
  expect(await shown('ps -aux | wc -l', 'ubuntu-12.04')).toBe(
    "9\nWarning: bad ps syntax, perhaps a bogus '-'? See http://procps.sf.net/faq.html\n",
  )
})

test('a long user name: the number in the old ps, cut short in the new', async () => {
  const line = "sudo -u libvirt-dnsmasq sleep 3 & sleep 1; ps -C sleep -o user,args | grep 'sleep 3'"
  expect((await new OneMachine('ubuntu-12.04').run(line)).stdout).toBe('106      sleep 3\n')
  expect((await new OneMachine('debian-12').run(line)).stdout).toBe('libvirt+ sleep 3\n')
})

test('busybox on CirrOS', async () => {
  const { stdout } = await new OneMachine('cirros-0.3').run('ps aux; ps -o pid,ppid,args; ps -o foo; true')
  expect(stdout.replace(/\/bin\/sh -c .*/g, 'OUTER')).toBe(`PID   USER     COMMAND
    1 root     /sbin/init
 1000 root     OUTER
 1001 root     ps aux
PID   PPID  COMMAND
    1     0 /sbin/init
 1000     1 OUTER
 1002  1000 ps -o pid,ppid,args
`)
})

test('columns that the environment names end lines in a pipe, too; w asks for more', async () => {
  const line =
    "export COLUMNS=30; sleep 1234567890123 & ps -C sleep -o pid,args | tail -1 | cut -d' ' -f2-; ps -ww -C sleep -o args | tail -1"
  expect((await new OneMachine('debian-12').run(`${line}; COLUMNS=6 ps -C sleep -o args | tail -1`)).stdout.split('\n').slice(-3)).toEqual([
    'sleep 1234567890123',
    'sleep ',
    '',
  ])
})
