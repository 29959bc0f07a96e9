// What leaves the lab as a file: captures byte for byte, pictures, the way of a probe.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { readPcap } from '../../src/wire/pcap.js'

const root = join(import.meta.dirname, '..', '..')
const program = join(root, 'dist', 'netlab.js')
const home = mkdtempSync(join(tmpdir(), 'netlab-test-'))

beforeAll(() => {
  if (!existsSync(program)) execFileSync('node', [join(root, 'src', 'build.mjs')], { cwd: root })
}, 60_000)

function netlab(args: readonly string[], input = ''): { stdout: Buffer; stderr: string; code: number | null } {
  const { stdout, stderr, status } = spawnSync('node', [program, ...args], { input, env: { ...process.env, NLAB_HOME: home } })
  return { stdout, stderr: stderr.toString(), code: status }
}

const CAPTURE = 'tcpdump -U -c 2 -w - -i lo icmp & sleep 1; ping -c 1 127.0.0.1 > /dev/null; wait'

test('exec and run write a capture as tcpdump has written it', () => {
  const exec = netlab(['exec', 'sandbox', 'sandbox', '--', CAPTURE])
  expect(exec.code).toBe(0)
  const file = readPcap(exec.stdout)
  expect(typeof file === 'string' ? file : [file.linkType, file.error, file.packets.map(({ bytes }) => bytes.length)]).toEqual([
    1,
    null,
    [98, 98],
  ])
  expect(netlab(['run', 'sandbox', '-'], `@sandbox ${CAPTURE}\n`).stdout.equals(exec.stdout)).toBe(true)
  const [step] = JSON.parse(netlab(['run', 'sandbox', '-', '--json'], `@sandbox ${CAPTURE}\n`).stdout.toString()) as { base64: string }[]
  expect(Buffer.from(step!.base64, 'base64').equals(exec.stdout)).toBe(true)
})

test('graph prints text and writes files', () => {
  const text = netlab(['graph', 'flat-dhcp', '--level', 'nodes'])
  expect([text.code, text.stdout.toString().split('\n')[0]]).toEqual([0, `┌─ controller-1  1 bridge ${'─'.repeat(49)}┐`])
  const file = join(home, 'picture.svg')
  expect(netlab(['graph', 'flat-dhcp', '--format', 'svg', '--out', file])).toMatchObject({ code: 0, stderr: `written to ${file}\n` })
  expect(readFileSync(file, 'utf8')).toMatch(/^<\?xml[\s\S]*<\/svg>\n$/)
  expect(netlab(['graph', 'flat-dhcp', '--node', 'nowhere']).code).toBe(2)
  expect(netlab(['graph', 'flat-dhcp', '--out', join(home, 'no', 'such', 'folder')]).code).toBe(2)
  expect(netlab(['graph', 'flat-dhcp', '--format', 'png']).code).toBe(2)
})

test('explain writes the way of its probe as a capture file', () => {
  const file = join(home, 'way.pcapng')
  const { code } = netlab(['explain', 'flat-dhcp', '--from', 'controller-1', '--to', '192.168.56.202', '--pcap', file])
  expect(code).toBe(0)
  const read = readPcap(readFileSync(file))
  expect(typeof read === 'string' ? read : [read.linkType, read.error, read.packets.length >= 4]).toEqual([1, null, true])
})
