// What bash has and netlab's shell lacks says so and answers 126; nothing is taken silently.
import { expect, test } from 'vitest'
import { OneMachine } from '../tools/util/one-machine.js'

const LACKED = [
  'bind "\\C-a": nothing',
  'enable -n echo',
  'hash -p /bin/x x',
  'complete -F f g',
  'compgen -A hostname',
  'compopt -o nospace',
  'history -a',
  'export -f f',
  'set -o vi',
  'set -o posix',
  'shopt -s lastpipe',
  'shopt -s autocd',
  'umask u=rwx',
  'ulimit -u 10',
  'ls -s',
  'ls -v',
  'rm -i x',
  'cp -i x y',
  'touch -a x',
  'df -P',
  'who -H',
  'pidof -o 1 x',
  'w -s',
  'watch -b true',
  'diff -N x y',
  'sed --sandbox p',
  'ps -M',
  'ps -m',
  'hexdump -f x',
  'pgrep -r S x',
  'killall -i x',
  'file -i x',
  'logger -f x',
]

for (const line of LACKED) {
  test(line, async () => {
    const { stdout, stderr, exitCode } = await new OneMachine().run(`f() { :; }; ${line}`)
    expect([stdout, exitCode]).toEqual(['', 126])
    expect(stderr).toMatch(/not emulated by netlab \(.+\)\n$/)
  })
}

test('what is asked for and there already is no complaint', async () => {
  const lines = ['shopt -s checkwinsize extglob', 'set +o vi', 'set -o pipefail', 'enable echo', 'hash -r', 'hash ls']
  expect(await new OneMachine().run(lines.join(' && '))).toEqual({ stdout: '', stderr: '', exitCode: 0 })
})

test('times counts what the shell and its children computed', async () => {
  const { stdout } = await new OneMachine().run('for i in {1..2000}; do :; done; times')
  expect(stdout).toMatch(/^0m0\.0[1-9]\ds 0m0\.000s\n0m0\.000s 0m0\.000s\n$/)
})

test('ls puts directories first', async () => {
  const { stdout } = await new OneMachine().run(
    'mkdir -p /d/z; touch /d/a; ln -s z /d/y; ls --group-directories-first /d; ls --sort=none /d | wc -l',
  )
  expect(stdout).toBe('y\nz\na\n3\n')
})

test('history goes to a file and comes back', async () => {
  const { stdout } = await new OneMachine().run(
    'history -s one two; history -w /h; cat /h; history -c; history; history -r /h; history; complete -W "a b" x; complete',
  )
  expect(stdout).toBe("one two\n    1  one two\ncomplete -W 'a b' x\n")
})
