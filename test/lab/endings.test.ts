// What never ends in a lab's shell meets a limit with a name, and the lab goes on: no loop, pipe or expansion holds time still or eats the host.
import { beforeAll, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

let lab: Lab
beforeAll(async () => {
  lab = await Lab.boot(await loadScenario('sandbox'))
})

const SECONDS = 1

async function run(line: string): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const { stdout, stderr, exitCode } = await lab.run('sandbox', line, { stepLimitSeconds: SECONDS })
  return { stdout, stderr, exitCode }
}

/** Endless: only the step limit (or Ctrl-C) ends it. */
const ENDLESS = [
  'while true; do :; done',
  'yes | cat > /dev/null',
  'seq 1 1000000000 > /dev/null',
  'cat /dev/zero > /dev/null',
  'tail -f /dev/zero > /dev/null',
  "sed ':a;ba' /etc/hosts",
  "awk '{ }' /dev/zero",
  'sleep infinity',
  'mkfifo /tmp/p; cat < /tmp/p',
]

for (const line of ENDLESS) {
  test(`is interrupted: ${line}`, async () => {
    const { stderr, exitCode } = await run(line)
    expect([stderr, exitCode]).toEqual([expect.stringMatching(`^netlab: interrupted after ${SECONDS} s of virtual time \\(`), 130])
    expect(await run('echo still here')).toEqual({ stdout: 'still here\n', stderr: '', exitCode: 0 })
  })
}

/** [line, what it says, exit code]: limits as the real system has them. */
const LIMITED: [string, RegExp, number][] = [
  ['f() { f; }; f', /^bash: f: maximum function nesting level exceeded \(1000\)\n$/, 1],
  [`x='eval "$x"'; eval "$x"`, /^bash: eval: maximum eval nesting level exceeded \(1000\)\n$/, 1],
  ["echo '. /tmp/s.sh' > /tmp/s.sh; . /tmp/s.sh", /^bash: \.: maximum source nesting level exceeded \(1000\)\n$/, 1],
  ['echo {1..1000000000}', /^bash: brace expansion: failed to allocate memory for 1000000000 elements\n$/, 1],
  ['x=$(cat /dev/zero)', /^bash: xrealloc: cannot allocate memory\n$/, 1],
  ['x=a; while true; do x=$x$x; done', /^bash: xrealloc: cannot allocate memory\n$/, 1],
  ['printf %1000000000d 1', /^bash: printf: 1000000000: Cannot allocate memory\n$/, 1],
  ['a=b; b=a; echo $((a))', /expression recursion level exceeded/, 1],
  ['for i in {1..40}; do eval "v$i=v$((i+1))+v$((i+1))"; done; echo $((v1))', /expression recursion level exceeded/, 1],
  [`let "x=${'('.repeat(300)}1${')'.repeat(300)}"`, /expression recursion level exceeded/, 1],
  ['cd /tmp; n=$(printf %0250d 0); while mkdir $n; do cd $n; done', /^mkdir: cannot create directory '0+': File name too long\n$/, 0],
  ['ln -s /tmp/l /tmp/l; cat /tmp/l', /^cat: \/tmp\/l: Too many levels of symbolic links\n$/, 1],
  ["awk 'function f() { f() } BEGIN { f() }'", /^awk: function f: recursion too deep\n$/, 2],
]

for (const [line, says, code] of LIMITED) {
  test(`meets its limit: ${line.slice(0, 60)}`, async () => {
    const { stderr, exitCode } = await run(line)
    expect(stderr.slice(-400)).toMatch(says)
    expect(exitCode).toBe(code)
  })
}

for (const line of ['sort /dev/zero', 'xargs < /dev/zero', `awk 'BEGIN { s = "x"; while (1) s = s s }'`, "sed ':a;G;h;ba' /etc/hosts"]) {
  test(`runs out of memory: ${line}`, async () => {
    expect(await run(`${line} 2> /dev/null; echo $?; dmesg | tail -n 1`)).toEqual({
      stdout: expect.stringMatching(/^137\n\[.*\] Out of memory: Killed process \d+ \((sort|xargs|awk|mawk|sed)\) total-vm:/),
      stderr: '',
      exitCode: 0,
    })
  })
}

test('a line longer than a pipe is one line', async () => {
  expect((await run("head -c 300000 /dev/zero | tr '\\0' a | wc -L")).stdout).toBe('300000\n')
})

test('Ctrl-C ends a runaway in a shell that follows the clock', async () => {
  for (const line of ['while :; do :; done', 'cat /dev/zero > /dev/null']) {
    const shell = lab.openShell('sandbox')
    await lab.untilPrompt(shell)
    let heard = ''
    shell.onOutput((text) => {
      heard += text
    })
    shell.submit(line)
    await lab.advance(0.1)
    expect(shell.isBusy).toBe(true)
    shell.interrupt()
    await lab.advance(1)
    expect(shell.isBusy).toBe(false)
    expect(heard).toContain('^C')
    shell.close()
  }
})
