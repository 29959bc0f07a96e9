// free, top, uptime and df agree with /proc and move with what the machine does.
import { expect, test } from 'vitest'
import { OneMachine } from '../util/one-machine.js'

const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)![1])

test('free says what /proc/meminfo says, and grows with processes', async () => {
  const node = new OneMachine()
  const { stdout } = await node.run('free; cat /proc/meminfo; sleep 9 & sleep 9 & free; kill %1 %2')
  const used = [...stdout.matchAll(/^Mem: +\d+ +(\d+) +(\d+)/gm)]
  expect(number(stdout, /MemTotal: +(\d+)/)).toBe(8_174_752)
  expect(Number(used[1]![1])).toBeGreaterThan(Number(used[0]![1]))
  expect(Math.abs(number(stdout, /MemFree: +(\d+)/) - Number(used[0]![2]))).toBeLessThan(10_000)
})

test('free in both generations', async () => {
  const rows = async (image: string): Promise<string> =>
    (await new OneMachine(image).run('free -t')).stdout.replace(/\d+/g, (digits) => '9'.repeat(digits.length))
  expect(await rows('debian-12')).toBe(`               total        used        free      shared  buff/cache   available
Mem:         9999999      999999     9999999         999      999999     9999999
Swap:              9           9           9
Total:       9999999      999999     9999999
`)
  expect(await rows('ubuntu-12.04')).toBe(`             total       used       free     shared    buffers     cached
Mem:       9999999     999999    9999999          9      99999     999999
-/+ buffers/cache:     999999    9999999
Swap:            9          9          9
Total:     9999999     999999    9999999
`)
})

test('a busy machine has a load, a busy processor and a busy process', async () => {
  const { stdout } = await new OneMachine().run('for i in {1..60000}; do :; done; top -bn1; uptime; cat /proc/loadavg')
  expect(number(stdout, /%Cpu\(s\): *([\d.]+) us/)).toBeGreaterThan(0)
  expect(number(stdout, /load average: ([\d.]+)/)).toBeGreaterThan(0)
  expect(number(stdout, /^([\d.]+) [\d.]+ [\d.]+ 1\//m)).toBeGreaterThan(0)
})

test('df: of all, of one, of none', async () => {
  const { stdout, stderr } = await new OneMachine().run('df /run; df -h --print-type /w; head -c 2000000 /dev/zero > /big; df / ; df /none')
  expect(stdout.replace(/183\d{4}|26\d{4}/g, 'N')).toBe(`Filesystem     1K-blocks    Used Available Use% Mounted on
tmpfs             204800     348    204452   1% /run
Filesystem     Type      Size  Used Avail Use% Mounted on
/dev/vda1      ext4      2.0G  1.8G  256M  88% /
Filesystem     1K-blocks    Used Available Use% Mounted on
/dev/vda1        2096356 N    N  88% /
`)
  expect(stderr).toBe('df: /none: No such file or directory\n')
})
