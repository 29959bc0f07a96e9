// sudo and su: commands as another user. Nobody in the lab has a password to type.

import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process, SpawnOptions } from '../../node/process.js'
import type { Signal } from '../../node/signals.js'
import type { User } from '../../node/users.js'
import { loginEnvironment } from '../../shell/bash.js'

const FORWARDED: readonly Signal[] = ['INT', 'TERM', 'HUP', 'QUIT', 'USR1', 'USR2', 'ALRM']
const SECURE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

function mayUseSudo(proc: Process): boolean {
  if (proc.isRoot) return true
  const user = proc.machine.users.byUid(proc.uid)
  return user !== null && proc.machine.users.groupsOf(user).some((group) => ['sudo', 'wheel', 'admin'].includes(group.name) || user.name === 'cirros')
}

function environment(proc: Process, user: User, options: ParsedOptions): Map<string, string> {
  if (options.has('login')) {
    const env = loginEnvironment(proc.machine, user.name)
    for (const name of ['TERM', 'LANG', 'LC_ALL', 'TZ', 'COLUMNS']) if (proc.env.has(name)) env.set(name, proc.env.get(name)!)
    return addSudo(env, proc)
  }
  const kept = options.has('preserve-env') ? [...proc.env.keys()] : ['TERM', 'LANG', 'LC_ALL', 'TZ', 'COLUMNS', 'LINES', 'DISPLAY', 'PS1', ...(proc.machine.image.toolAtLeast('sudo', '1.8.20') ? [] : ['HOME'])]
  const env = new Map<string, string>()
  for (const name of kept) if (proc.env.has(name)) env.set(name, proc.env.get(name)!)
  env.set('PATH', SECURE_PATH)
  env.set('LOGNAME', user.name)
  env.set('USER', user.name)
  env.set('SHELL', user.shell)
  if (!env.has('HOME') || options.has('set-home')) env.set('HOME', user.home)
  return addSudo(env, proc)
}

function addSudo(env: Map<string, string>, proc: Process): Map<string, string> {
  env.set('SUDO_COMMAND', proc.argv.slice(1).join(' '))
  env.set('SUDO_USER', proc.user)
  env.set('SUDO_UID', String(proc.uid))
  env.set('SUDO_GID', String(proc.gid))
  return env
}

async function sudo(proc: Process, options: ParsedOptions): Promise<number> {
  const name = options.value('user') ?? 'root'
  const user = /^#\d+$/.test(name) ? proc.machine.users.byUid(Number(name.slice(1))) : proc.machine.users.byName(name)
  if (user === null) {
    proc.error(proc.machine.image.toolAtLeast('sudo', '1.9') ? `sudo: unknown user ${name}` : `sudo: unknown user: ${name}`)
    return 1
  }
  if (!mayUseSudo(proc)) {
    proc.error(`${proc.user} is not in the sudoers file.${proc.machine.image.toolAtLeast('sudo', '1.9') ? '' : '  This incident will be reported.'}`)
    return 1
  }
  if (options.has('validate') || options.has('remove-timestamp') || options.has('reset-timestamp')) return 0
  if (options.has('list')) {
    proc.line(`User ${proc.user} may run the following commands on ${proc.machine.hostname}:\n    (ALL : ALL) NOPASSWD: ALL`)
    return 0
  }
  const env = environment(proc, user, options)
  const words = [...options.operands]
  while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) {
    const word = words.shift()!
    env.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1))
  }
  const usesShell = options.has('login') || options.has('shell')
  if (words.length === 0 && !usesShell) {
    proc.error('usage: sudo -h | -K | -k | -V\nusage: sudo -v [-knS] [-u user]\nusage: sudo -l [-knS] [-u user] [command]\nusage: sudo [-bEHknPS] [-u user] [VAR=value] [-i|-s] [<command>]')
    return 1
  }
  const launch = usesShell ? shellLaunch(proc, user, words, options.has('login')) : { argv: words, program: undefined as string | undefined }
  proc.machine.syslog('authpriv', 'sudo', null, `${proc.user.padStart(8)} : TTY=${proc.tty?.name ?? 'unknown'} ; PWD=${proc.cwd} ; USER=${name} ; COMMAND=${launch.argv.join(' ')}`)
  return run(proc, launch, { env, uid: user.uid, gid: user.gid, ...(options.has('login') ? { cwd: user.home } : {}) }, options.has('background'))
}

function shellLaunch(proc: Process, user: User, words: readonly string[], isLogin: boolean): { argv: string[]; program: string | undefined } {
  const shell = isLogin ? user.shell : (proc.env.get('SHELL') ?? user.shell)
  const title = isLogin ? `-${shell.replace(/^.*\//, '')}` : shell
  const quoted = words.map((word) => (/[^\w@%+=:,./-]/.test(word) ? word.replace(/[^\w@%+=:,./$-]/g, (c) => `\\${c}`) : word)).join(' ')
  return { argv: words.length === 0 ? [title] : [title, '-c', quoted], program: shell }
}

async function run(proc: Process, launch: { argv: string[]; program: string | undefined }, spawn: SpawnOptions, isBackground: boolean): Promise<number> {
  try {
    const child = proc.spawn(launch.argv, { ...spawn, ...(launch.program === undefined ? {} : { program: launch.program }) })
    if (isBackground) return 0
    proc.forwardSignals(child, FORWARDED)
    return await proc.waitFor(child)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    proc.error(error.errno === 'ENOENT' ? `sudo: ${launch.argv[0]}: command not found` : `sudo: unable to execute ${launch.argv[0]}: ${error.message}`)
    return 1
  }
}

export const sudoCommand: Command = {
  ...gnuTool({
    name: 'sudo',
    path: '/usr/bin/sudo',
    usage: 'sudo [-bEHiklnsv] [-u USER] [NAME=VALUE]... [COMMAND [ARGUMENT]...]',
    order: 'posix',
    version: ['Sudo', 'sudo'],
    options: ['u|user:', 'g|group:', 'i|login', 's|shell', 'E|preserve-env?', 'H|set-home', 'n|non-interactive', 'S|stdin', 'b|background', 'k|reset-timestamp', 'K|remove-timestamp', 'v|validate', 'l|list', 'P|preserve-groups', 'p|prompt:', 'A|askpass'],
    lacks: ['e|edit', 'C|close-from:', 'T|command-timeout:', 'R|chroot:', 'D|chdir:'],
    run: sudo,
  }),
}

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
    proc.error(proc.machine.image.toolAtLeast('util-linux', '2.34') ? `su: user ${name} does not exist or the user entry does not contain all the required fields` : proc.machine.image.family === 'redhat' ? `su: user ${name} does not exist` : `No passwd entry for user '${name}'`)
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
    const child = proc.spawn(argv, { program: shell, env, uid: user.uid, gid: user.gid, ...(isLogin ? { cwd: proc.files.isDirectory(user.home) ? user.home : '/' } : {}) })
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
