// su: a shell as another user. Root becomes anybody; nobody else has a password that would do.

import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import type { Signal } from '../../node/signals.js'
import { loginEnvironment } from '../../shell/bash.js'

const FORWARDED: readonly Signal[] = ['INT', 'TERM', 'HUP', 'QUIT']

async function su(proc: Process, options: ParsedOptions): Promise<number> {
  const operands = [...options.operands]
  let isLogin = options.has('login')
  if (operands[0] === '-') {
    isLogin = true
    operands.shift()
  }
  const name = operands.shift() ?? 'root'
  const user = proc.machine.users.byName(name)
  if (user === null) {
    proc.error(
      proc.machine.image.toolAtLeast('util-linux', '2.34')
        ? `su: user ${name} does not exist or the user entry does not contain all the required fields`
        : proc.machine.image.family === 'redhat'
          ? `su: user ${name} does not exist`
          : `No passwd entry for user '${name}'`,
    )
    return 1
  }
  if (!proc.isRoot && proc.uid !== user.uid) {
    if (!proc.stdin.isTty) {
      proc.error('su: must be run from a terminal')
      return 1
    }
    proc.writeTo(2, 'Password: ')
    if (proc.tty !== null) proc.tty.hasEcho = false
    await proc.stdin.readLine()
    if (proc.tty !== null) proc.tty.hasEcho = true
    proc.error('\nsu: Authentication failure')
    return 1
  }
  const shell = options.value('shell') ?? user.shell
  const env = isLogin ? loginEnvironment(proc.machine, name) : new Map(proc.env)
  if (isLogin) for (const kept of ['TERM', 'LC_ALL', 'TZ', 'COLUMNS']) if (proc.env.has(kept)) env.set(kept, proc.env.get(kept)!)
  if (!isLogin && !options.has('preserve-environment')) {
    env.set('HOME', user.home)
    env.set('SHELL', shell)
    if (user.uid !== 0) {
      env.set('USER', name)
      env.set('LOGNAME', name)
    }
  }
  const command = options.value('command')
  const title = isLogin ? `-${shell.replace(/^.*\//, '')}` : shell.replace(/^.*\//, '')
  const argv = [title, ...(command === null ? [] : ['-c', command]), ...operands]
  try {
    const child = proc.spawn(argv, {
      program: shell,
      env,
      uid: user.uid,
      gid: user.gid,
      ...(isLogin ? { cwd: proc.files.isDirectory(user.home) ? user.home : '/' } : {}),
    })
    proc.forwardSignals(child, FORWARDED)
    return await proc.waitFor(child)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    proc.error(`su: failed to execute ${shell}: ${error.message}`)
    return error.errno === 'ENOENT' ? 127 : 126
  }
}

export const suCommand: Command = gnuTool({
  name: 'su',
  path: '/bin/su',
  usage: 'su [-lmp] [-s SHELL] [-c COMMAND] [-] [USER [ARGUMENT]...]',
  version: ['util-linux', 'util-linux'],
  options: ['c|command:', 'l|login', 'm|preserve-environment', 'p', 's|shell:'],
  lacks: ['g|group:', 'G|supp-group:', 'P|pty', 'w|whitelist-environment:'],
  run: su,
})
