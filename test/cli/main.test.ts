// The command line as a caller meets it: exit codes, what goes to which stream.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const program = join(root, 'dist', 'netlab.js')
const home = mkdtempSync(join(tmpdir(), 'netlab-test-'))

beforeAll(() => {
  if (!existsSync(program)) execFileSync('node', [join(root, 'src', 'build.mjs')], { cwd: root })
}, 60_000)

function netlab(args: readonly string[], input = ''): { stdout: string; stderr: string; code: number | null } {
  const { stdout, stderr, status } = spawnSync('node', [program, ...args], {
    input,
    encoding: 'utf8',
    env: { ...process.env, NLAB_HOME: home },
  })
  return { stdout, stderr, code: status }
}

test('without a terminal netlab tells what to type instead, exit 2', () => {
  const { stdout, stderr, code } = netlab([])
  expect({ stdout, code }).toEqual({ stdout: '', code: 2 })
  expect(stderr.split('\n')[0]).toBe('netlab needs a terminal for its screen. Without one:')
})

test('--version prints the version', () => {
  expect(netlab(['--version'])).toEqual({ stdout: '0.1.0\n', stderr: '', code: 0 })
})

test('an unknown subcommand and an unknown option are wrong usage', () => {
  expect(netlab(['scenarioss'])).toEqual({
    stdout: '',
    stderr: "error: unknown command 'scenarioss'\n(Did you mean scenarios?)\n",
    code: 2,
  })
  expect(netlab(['run', 'sandbox', '-', '--jsn']).code).toBe(2)
  expect(netlab(['run', 'sandbox']).code).toBe(2)
})

test('a word too many is wrong usage; a file that cannot be written says why', () => {
  expect(netlab(['lessons', 'flat-dhcp']).code).toBe(2)
  expect(netlab(['progress', 'dance']).code).toBe(2)
  const nowhere = join(home, 'no', 'where')
  const stderr = `netlab: cannot write ${nowhere}: no such folder\n`
  expect(netlab(['progress', 'export', nowhere])).toEqual({ stdout: '', stderr, code: 2 })
  expect(netlab(['graph', 'sandbox', '--out', nowhere])).toEqual({ stdout: '', stderr, code: 2 })
})

test('lab answer without a question of the step names those that there are', () => {
  const { stdout, stderr } = netlab(['shell', '--lesson', 'linux-primitives/veth', 'sandbox'], 'lab answer dance\n')
  expect(stdout + stderr).toContain('lab: expected a question of this step (count), found "dance"; look at: the goals of this step\n')
})

test.skipIf(!existsSync('/dev/full'))('output that cannot be written is an error', () => {
  const { stderr, status } = spawnSync('sh', ['-c', `node "${program}" exec sandbox sandbox -- seq 5 > /dev/full`], { encoding: 'utf8' })
  expect({ stderr, status }).toEqual({ stderr: 'netlab: cannot write the output: no space left\n', status: 1 })
})

test('doctor tells where the files are', () => {
  expect(netlab(['doctor']).stdout).toMatch(/^ok {4}progress {5}\/.*\n(ok .*\n)*ok {4}code cache {3}\S/m)
})

test('every subcommand has help', () => {
  for (const name of [
    'learn',
    'lab',
    'shell',
    'exec',
    'run',
    'graph',
    'explain',
    'check',
    'scenarios',
    'lessons',
    'validate',
    'progress',
    'doctor',
  ]) {
    const { stdout, code } = netlab([name, '--help'])
    expect({ name, code, head: stdout.slice(0, 13) }).toEqual({ name, code: 0, head: 'Usage: netlab' })
  }
})

test('an unknown scenario is wrong usage, a broken file is exit 4 with the place', () => {
  expect(netlab(['exec', 'nosuch', 'a', '--', 'ls'])).toMatchObject({ stdout: '', code: 2 })
  const file = join(home, 'broken.yaml')
  writeFileSync(file, 'title: x\nnodes: {a: {imag: debian-12}}\n')
  const { stdout, stderr, code } = netlab(['validate', file])
  expect({ stdout, code }).toEqual({ stdout: '', code: 4 })
  expect(stderr).toContain(`${file}:2:13 nodes.a.imag: unknown key "imag"; did you mean "image"?`)
  expect(netlab(['run', file, '-', '--json']).code).toBe(4)
})

test('exec passes the code and the streams of its command on', () => {
  expect(netlab(['exec', 'sandbox', 'sandbox', '--', 'echo', 'out;', 'echo', 'err', '>&2;', 'false'])).toEqual({
    stdout: 'out\n',
    stderr: 'err\n',
    code: 1,
  })
  expect(netlab(['exec', 'sandbox', 'sandbox', 'ip', '-br', 'link', 'show', 'lo'])).toMatchObject({ code: 0 })
})

test('run --json answers each line with an object, whatever happens', () => {
  const script = '@sandbox echo a\n@nosuch ls\n@sandbox echo )\n# nothing\nfalse\n'
  const { stdout, code } = netlab(['run', 'sandbox', '-', '--json'], script)
  const steps = JSON.parse(stdout) as { node: string; command: string; stdout: string; exitCode: number }[]
  expect(code).toBe(0)
  expect(steps.map(({ node, command, stdout: out, exitCode }) => [node, command, out, exitCode])).toEqual([
    ['sandbox', 'echo a', 'a\n', 0],
    ['nosuch', 'ls', '', 2],
    ['sandbox', 'echo )', '', 2],
    ['sandbox', 'false', '', 1],
  ])
})

test('run -e stops at the first line that fails, with its code', () => {
  const { stdout, code } = netlab(['run', 'sandbox', '-', '-e', '--json'], '@sandbox true\nexit 7\necho no\n')
  expect({ steps: (JSON.parse(stdout) as unknown[]).length, code }).toEqual({ steps: 2, code: 7 })
})

test('shell --json speaks one object a line', () => {
  const lines = [
    '{"cmd":"cd /tmp; X=1"}',
    '{"file":"/tmp/f","base64":"aGkK"}',
    '{"cmd":"cat f; echo $X; pwd"}',
    '{"cmd":1}',
    'nonsense',
    '{"file":"f","base64":""}',
  ]
  const { stdout, code } = netlab(['shell', 'sandbox', 'sandbox', '--json'], `${lines.join('\n')}\n`)
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(code).toBe(0)
  expect(answers.slice(0, 3)).toEqual([{ stdout: '', stderr: '', exitCode: 0 }, {}, { stdout: 'hi\n1\n/tmp\n', stderr: '', exitCode: 0 }])
  expect(answers.slice(3).map((answer) => Object.keys(answer))).toEqual([['error'], ['error'], ['error']])
})

test('the same script prints the same bytes twice', () => {
  const script = '@p01-a ping -c 3 10.0.0.2\nip -s link\ncat /proc/sys/kernel/random/uuid; date\n'
  const first = netlab(['run', 'primitives', '-', '--json'], script)
  expect(netlab(['run', 'primitives', '-', '--json'], script)).toEqual(first)
  expect(first.code).toBe(0)
})

test('a cloud does the same twice, servers and captures included', () => {
  const script = [
    '@compute-1 tcpdump -n -e -i eth2 > /tmp/c 2>&1 &',
    '@controller-1 nova boot --image cirros --flavor 1 one; nova boot --image cirros --flavor 1 two; sleep 30; nova list',
    '@controller-1 nova floating-ip-create; nova floating-ip-list; ping -c 2 10.0.0.2; iptables-save; lab log',
    '@one ping -c 2 10.0.0.3; ip addr; dmesg | head -3; uptime',
    '@compute-1 kill -INT %1; wait; cat /tmp/c; ip -s link',
  ].join('\n')
  const first = netlab(['run', 'flat-dhcp', '-', '--json'], script)
  expect(netlab(['run', 'flat-dhcp', '-', '--json'], script)).toEqual(first)
  const steps = JSON.parse(first.stdout) as { exitCode: number; stdout: string }[]
  expect(steps.map((step) => step.exitCode)).toEqual([0, 0, 0, 0, 0])
  expect(steps[1]?.stdout.match(/ACTIVE/g)).toHaveLength(2)
}, 20_000)

test('undo in a script takes the line before it back', () => {
  const script = '@p01-a ip link set eth0 mtu 1400\nlab undo\ncat /sys/class/net/eth0/mtu\n'
  const { stdout } = netlab(['run', 'primitives', '-'], script)
  expect(stdout).toBe('taking back: ip link set eth0 mtu 1400\n1500\n')
})

test('a saved session goes on where it was saved', () => {
  netlab(['shell', 'primitives', 'p01-a'], 'ip link set eth0 mtu 1400; cd /tmp\nlab save mine\nip link set eth0 mtu 1300\n')
  const { stdout, code } = netlab(['shell', 'primitives', '--resume', 'mine'], 'cat /sys/class/net/eth0/mtu; pwd\n')
  expect({ stdout, code }).toEqual({ stdout: '1400\n/tmp\n', code: 0 })
  expect(netlab(['shell', 'primitives', '--resume', 'other'])).toMatchObject({
    stderr: 'netlab: no session "other" (known: mine)\n',
    code: 2,
  })
  expect(netlab(['shell', 'sandbox', '--resume', 'mine'])).toMatchObject({ code: 2 })
})
