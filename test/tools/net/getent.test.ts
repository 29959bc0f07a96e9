// getent as Debian 12's.
import { expect, test } from 'vitest'
import { bash } from '../../node/support.js'

async function say(line: string): Promise<string> {
  const { stdout, stderr, exitCode } = await bash(line)
  return `${stdout}${stderr}rc=${exitCode}`
}

test('entries by name and by number', async () => {
  expect(await say('getent services ssh 22/tcp; getent protocols icmp 1; getent networks link-local')).toBe(
    'ssh                   22/tcp\nssh                   22/tcp\nicmp                  1 ICMP\nicmp                  1 ICMP\nlink-local            169.254.0.0\nrc=0',
  )
  expect(await say('getent passwd root 0 | cut -d: -f1,3; getent group root')).toBe('root:0\nroot:0\nroot:x:0:\nrc=0')
})

test('machines by the file, and what nobody knows', async () => {
  expect(await say('getent hosts localhost 127.0.0.1; getent ahostsv4 localhost')).toBe(
    '127.0.0.1       localhost\n127.0.0.1       localhost\n127.0.0.1       STREAM localhost\n127.0.0.1       DGRAM  \n127.0.0.1       RAW    \nrc=0',
  )
  expect(await say('getent hosts nothing.x')).toBe('rc=2')
})

test('no such database', async () => {
  const hint = "Try `getent --help' or `getent --usage' for more information.\nrc=1"
  expect(await say('getent nothing x')).toBe(`Unknown database: nothing\n${hint}`)
  expect(await say('getent')).toBe(`getent: wrong number of arguments\n${hint}`)
})
