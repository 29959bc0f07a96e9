// What netlab knows by name only says so in one line, with what to use instead, and exits 126.
import { expect, test } from 'vitest'
import { lacksProgram } from '../../../src/node/image-programs.js'
import { commands, loadAllCommands } from '../../../src/tools/lazy.js'
import { absentCommands } from '../../../src/tools/util/absent.js'
import { OneMachine } from './one-machine.js'

await loadAllCommands()

test('every one answers with one line and 126', async () => {
  const node = new OneMachine()
  for (const { name } of absentCommands) {
    if (lacksProgram(node.machine.image, name)) continue
    const { stdout, stderr, exitCode } = await node.run(`${name} -x something`)
    expect([stdout, exitCode]).toEqual(['', 126])
    expect(stderr).toMatch(new RegExp(`^${name.replace(/\W/g, '\\$&')}: not emulated by netlab \\(.+\\)\n$`))
  }
})

test('a few whole answers', async () => {
  const node = new OneMachine()
  const stderr = async (line: string): Promise<string> => (await node.run(line)).stderr
  expect(await stderr('apt-get install tcpdump')).toBe('apt-get: not emulated by netlab (every tool the lab has is installed already)\n')
  expect(await stderr('vim /etc/hosts')).toBe('vim: not emulated by netlab (change files with sed -i, tee or cat > FILE)\n')
  expect(await stderr('sudo reboot')).toBe("reboot: not emulated by netlab (a node stays on while the lab is open: see `lab help')\n")
})

test('no command is there twice', () => {
  const names = commands.map(({ name }) => name)
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
})
