// sudo: a command as another user, root unless said. The lab asks for no password; who may is read from the groups.

import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { notEmulated } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { searchPath } from '../../node/program.js'
import { type Signal, signalNumber } from '../../node/signals.js'
import type { User } from '../../node/users.js'
import { trySpawn } from './child.js'
import { securePath, sudoEnvironment } from './sudo-env.js'
import { readSudo, type SudoRequest, sudoUsage } from './sudo-options.js'

/** Handed on to the command when somebody sends them to sudo. */
const RELAYED: readonly Signal[] = ['INT', 'TERM', 'HUP', 'QUIT', 'USR1', 'USR2', 'ALRM']
const ADMIN_GROUPS = new Set(['sudo', 'admin', 'wheel'])
/** Agents that type through sudo. */
const ADMIN_USERS = new Set(['nova', 'neutron', 'stack', 'cirros'])

async function sudo(proc: Process): Promise<number> {
  const request = readSudo(proc)
  if (request === null) return 1
  const { options, command } = request
  if (options.has('h')) return help(proc)
  if (options.has('V')) return version(proc)
  if (options.has('e')) return notEmulated(proc, '-e', 'netlab has no editor: use tee or sed -i')
  if ((options.has('k') || options.has('K')) && command.length === 0) return 0
  const wantsShell = options.has('s') || options.has('i')
  if (command.length === 0 && !wantsShell && !options.has('l') && !options.has('v')) {
    proc.writeTo(2, sudoUsage(proc))
    return 1
  }
  const target = targetUser(proc, options.value('u') ?? 'root')
  if (target === null) return unknownName(proc, 'user', options.value('u')!)
  const group = options.value('g')
  if (group !== null && groupId(proc, group) === null) return unknownName(proc, 'group', group)
  if (!mayUse(proc)) return options.has('n') ? needsPassword(proc) : refused(proc)
  if (options.has('v')) return 0
  if (options.has('l')) return listRights(proc, command)
  return run(proc, request, target)
}

function help(proc: Process): number {
  proc.out(`sudo - execute a command as another user\n\n${sudoUsage(proc)}`)
  return 0
}

function version(proc: Process): number {
  proc.line(`Sudo version ${proc.machine.image.tool('sudo')}`)
  return 0
}

/** A name, or `#1000`. */
function targetUser(proc: Process, name: string): User | null {
  const { users } = proc.machine
  return /^#\d+$/.test(name) ? users.byUid(Number(name.slice(1))) : users.byName(name)
}

function groupId(proc: Process, name: string): number | null {
  const { users } = proc.machine
  return (/^#\d+$/.test(name) ? users.groupById(Number(name.slice(1))) : users.groupByName(name))?.gid ?? null
}

function unknownName(proc: Process, kind: 'user' | 'group', name: string): number {
  const isNew = proc.machine.image.toolAtLeast('sudo', '1.9')
  proc.error(isNew ? `sudo: unknown ${kind} ${name}` : `sudo: unknown ${kind}: ${name}`)
  proc.error(isNew ? 'sudo: error initializing audit plugin sudoers_audit' : 'sudo: unable to initialize policy plugin')
  return 1
}

function needsPassword(proc: Process): number {
  proc.error('sudo: a password is required')
  return 1
}

function mayUse(proc: Process): boolean {
  if (proc.isRoot) return true
  const user = proc.machine.users.byUid(proc.uid)
  if (user === null) return false
  return ADMIN_USERS.has(user.name) || proc.machine.users.groupsOf(user).some((group) => ADMIN_GROUPS.has(group.name))
}

function refused(proc: Process): number {
  const tail = proc.machine.image.toolAtLeast('sudo', '1.9.13') ? '' : '  This incident will be reported.'
  proc.error(`${proc.user} is not in the sudoers file.${tail}`)
  note(proc, 'root', proc.argv.slice(1).join(' '), 'user NOT in sudoers ; ')
  return 1
}

function listRights(proc: Process, command: readonly string[]): number {
  if (command.length > 0) {
    const path =
      searchPath(proc, command[0]!, securePath(proc))[0] ??
      (proc.files.isFile(command[0]!) && command[0]!.includes('/') ? command[0]! : null)
    if (path === null) {
      proc.error(`sudo: ${command[0]}: command not found`)
      return 1
    }
    proc.line([path, ...command.slice(1)].join(' '))
    return 0
  }
  const host = proc.machine.hostname
  const path = securePath(proc).replaceAll(':', '\\:')
  proc.line(`Matching Defaults entries for ${proc.user} on ${host}:`)
  proc.line(`    env_reset, mail_badpass, secure_path=${path}${proc.machine.image.toolAtLeast('sudo', '1.9.13') ? ', use_pty' : ''}\n`)
  proc.line(`User ${proc.user} may run the following commands on ${host}:`)
  proc.line(`    (ALL : ALL) ${proc.isRoot ? '' : 'NOPASSWD: '}ALL`)
  return 0
}

async function run(proc: Process, request: SudoRequest, target: User): Promise<number> {
  const { options } = request
  const isLogin = options.has('i')
  const argv = isLogin || options.has('s') ? shellFor(proc, request, target) : [...request.command]
  const path = argv[0]!.includes('/') ? argv[0]! : searchPath(proc, argv[0]!, securePath(proc))[0]
  if (path === undefined) {
    proc.error(`sudo: ${argv[0]}: command not found`)
    return 1
  }
  const text = [path, ...argv.slice(1)].join(' ')
  const env = sudoEnvironment(proc, request, target, text)
  note(proc, target.name, text, '')
  const child = trySpawn(proc, argv, {
    env,
    uid: target.uid,
    gid: groupId(proc, options.value('g') ?? '') ?? target.gid,
    cwd: isLogin && proc.files.isDirectory(target.home) ? target.home : proc.cwd,
  })
  if (child instanceof KernelError) return cannotRun(proc, argv[0]!, child)
  if (isLogin) child.argv[0] = `-${argv[0]!.replace(/^.*\//, '')}`
  if (options.has('b')) return 0
  proc.forwardSignals(child, RELAYED)
  const code = await proc.waitFor(child)
  return child.endSignal === null ? code : dieLike(proc, child.endSignal)
}

/** The shell is to see how the command ended: sudo ends by the same signal. */
async function dieLike(proc: Process, signal: Signal): Promise<number> {
  proc.trap(signal, 'default')
  proc.kill(signal)
  return 128 + signalNumber(signal)
}

function cannotRun(proc: Process, name: string, error: KernelError): number {
  proc.error(
    error.errno === 'ENOENT' || error.errno === 'EACCES'
      ? `sudo: ${name}: command not found`
      : `sudo: unable to execute ${name}: ${error.message}`,
  )
  return 1
}

/** -s takes the caller's shell, -i the target's; a command becomes one escaped line of it. */
function shellFor(proc: Process, { options, command }: SudoRequest, target: User): string[] {
  const shell = options.has('i') ? target.shell : (proc.env.get('SHELL') ?? proc.machine.users.byUid(proc.uid)?.shell ?? '/bin/sh')
  if (command.length === 0) return [shell]
  return [shell, '-c', command.map((word) => word.replace(/[^A-Za-z0-9_\-$]/g, '\\$&')).join(' ')]
}

/** What sudo writes to the log of authentications. */
function note(proc: Process, as: string, command: string, trouble: string): void {
  const terminal = proc.tty === null ? 'unknown' : proc.tty.name
  proc.machine.syslog(
    'authpriv',
    'sudo',
    null,
    `${proc.user.padStart(8)} : ${trouble}TTY=${terminal} ; PWD=${proc.cwd} ; USER=${as} ; COMMAND=${command}`,
  )
}

export const sudoCommand: Command = {
  name: 'sudo',
  path: '/usr/bin/sudo',
  usage: 'sudo [-bEHknPS] [-u USER] [VAR=VALUE] [-i | -s] [COMMAND [ARG]...]   sudo -l [COMMAND]   sudo -v | -k | -K | -V',
  run: sudo,
}
