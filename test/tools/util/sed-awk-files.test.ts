// What sed and awk run and write (GNU sed 4.9, mawk 1.3.4 said the same).
import { expect, test } from 'vitest'
import { loadAllCommands } from '../../../src/tools/lazy.js'
import { OneMachine } from './one-machine.js'

await loadAllCommands()

test.each([
  ["echo abc | sed 's/.*/echo x y/e'", 'x y\n', '', 0],
  ["printf 'a\\nb\\n' | sed '1e echo hi'", 'hi\na\nb\n', '', 0],
  ['echo echo q | sed e', 'q\n', '', 0],
  ["echo a | sed -n 's/z/y/w /tmp/f'; cat /tmp/f; printf 'a\\nb\\n' | sed -n 'w /tmp/f'; cat /tmp/f", 'a\nb\n', '', 0],
  ["echo a | sed 's/a/b/w /nonexist/f'", '', "sed: couldn't open file /nonexist/f: No such file or directory\n", 4],
  ['echo a | mawk \'{print > "/nonexist/x"}\'', '', 'mawk: cannot open "/nonexist/x" for output (No such file or directory)\n', 2],
])('%s', async (line, stdout, stderr, exitCode) => {
  expect(await new OneMachine().run(line)).toMatchObject({ stdout, stderr, exitCode })
})
