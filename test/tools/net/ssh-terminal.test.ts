// An interactive ssh: keys go raw through the connection, the far shell edits, echoes and answers.
import { expect, test } from 'vitest'
import { startSshd } from '../../../src/node/daemons/sshd.js'
import { commands, loadAllCommands } from '../../../src/tools/lazy.js'
import { pass, twoMachines } from './two-machines.js'

await loadAllCommands()

test('a shell on the other machine, left with exit', async () => {
  const lab = twoMachines(commands)
  startSshd(lab.b)
  await pass(lab, 1)
  let screen = ''
  const terminal = lab.a.openTerminal(
    (text) => {
      screen += text
    },
    100,
    30,
  )
  const client = lab.a.init.spawn(['ssh', 'root@10.0.0.2'], {
    session: 'new',
    tty: terminal,
    stdin: terminal,
    stdout: terminal,
    stderr: terminal,
  })
  terminal.foreground = client.pgid
  await pass(lab, 2)
  terminal.input('echo on $(hostname)\n')
  await pass(lab, 2)
  terminal.input('sleep 100\n')
  await pass(lab, 2)
  terminal.input('\x03')
  await pass(lab, 2)
  terminal.input('exit 5\n')
  await pass(lab, 2)
  expect(client.exitCode).toBe(5)
  expect([terminal.isCanonical, terminal.hasEcho, terminal.hasSignals]).toEqual([true, true, true])
  expect(screen.replaceAll('\r', '')).toBe(
    [
      'root@b:~# echo on $(hostname)',
      'on b',
      'root@b:~# sleep 100',
      '^C',
      'root@b:~# exit 5',
      'logout',
      'Connection to 10.0.0.2 closed.',
      '',
    ].join('\n'),
  )
})
