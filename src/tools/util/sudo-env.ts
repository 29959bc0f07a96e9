// The environment that sudo gives a command: a fresh one with a few variables kept.

import type { Process } from '../../node/process.js'
import type { User } from '../../node/users.js'
import type { SudoRequest } from './sudo-options.js'

export const SECURE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const REDHAT_PATH = '/sbin:/bin:/usr/sbin:/usr/bin'

/** env_keep and env_check of the distributions. */
const KEPT = new Set([
  'TERM',
  'COLORTERM',
  'DISPLAY',
  'XAUTHORITY',
  'XAUTHORIZATION',
  'HOSTNAME',
  'KRB5CCNAME',
  'LS_COLORS',
  'LANG',
  'LANGUAGE',
  'LINGUAS',
  'TZ',
  'COLUMNS',
  'LINES',
])
const NEVER = /^(LD_|IFS$|ENV$|BASH_ENV$|SUDO_)/

export function securePath(proc: Process): string {
  return proc.machine.image.family === 'redhat' ? REDHAT_PATH : SECURE_PATH
}

export function sudoEnvironment(proc: Process, request: SudoRequest, target: User, commandText: string): Map<string, string> {
  const { options } = request
  const listed = new Set((options.value('keep') ?? '').split(',').filter((name) => name !== ''))
  const env = new Map<string, string>()
  for (const [name, value] of proc.env) {
    if (NEVER.test(name)) continue
    const isKept = KEPT.has(name) || name.startsWith('LC_') || options.has('E') || listed.has(name)
    if (isKept) env.set(name, value)
  }
  if (!env.has('TERM')) env.set('TERM', 'unknown')
  env.set('PATH', securePath(proc))
  if (!options.has('E'))
    env.set('MAIL', proc.machine.image.family === 'redhat' ? `/var/spool/mail/${target.name}` : `/var/mail/${target.name}`)
  env.set('LOGNAME', target.name)
  env.set('USER', target.name)
  if (!proc.machine.image.toolAtLeast('sudo', '1.8.17')) env.set('USERNAME', target.name)
  env.set('HOME', homeFor(proc, request, target))
  env.set('SHELL', target.shell)
  env.set('SUDO_COMMAND', commandText)
  env.set('SUDO_USER', proc.user)
  env.set('SUDO_UID', String(proc.uid))
  env.set('SUDO_GID', String(proc.gid))
  for (const [name, value] of request.assignments) env.set(name, value)
  return env
}

/** Ubuntu before 19.10 left HOME as it was. */
function homeFor(proc: Process, { options }: SudoRequest, target: User): string {
  const keeps = proc.machine.image.facts.id === 'ubuntu' && !proc.machine.image.toolAtLeast('sudo', '1.8.27')
  if (options.has('i') || options.has('H')) return target.home
  if (keeps || options.has('E')) return proc.env.get('HOME') ?? target.home
  return target.home
}
