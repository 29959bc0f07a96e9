// A login on a node's terminal, as getty and login leave it: the user's shell in a session of its own, in the user's home.
import type { Machine } from '../node/machine.js'
import { LabError } from '../scenario/problem.js'
import type { ShellSeat } from './lab-shell.js'

export interface SeatOptions {
  readonly user: string
  readonly columns: number
  readonly rows: number
}

export function seatAt(machine: Machine, options: SeatOptions, sink: (text: string) => void): ShellSeat {
  const account = machine.users.byName(options.user)
  if (account === null) throw new LabError(`node ${machine.name} has no user "${options.user}"`)
  const terminal = machine.openTerminal(sink, options.columns, options.rows)
  terminal.hasEditor = true
  const env = loginEnvironment(machine, account)
  env.set('TERM', 'xterm')
  const process = machine.init.spawn([account.shell, '-l'], {
    env,
    uid: account.uid,
    gid: account.gid,
    cwd: account.home,
    session: 'new',
    tty: terminal,
    stdin: terminal,
    stdout: terminal,
    stderr: terminal,
  })
  terminal.foreground = process.pgid
  return { terminal, process }
}

const ROOT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What login and pam_env set: /etc/environment last. */
export function loginEnvironment(machine: Machine, account: { name: string; home: string; shell: string }): Map<string, string> {
  const { name: user, home, shell } = account
  return new Map([
    ['USER', user],
    ['LOGNAME', user],
    ['HOME', home],
    ['SHELL', shell],
    ['PATH', ROOT_PATH],
    ['LANG', 'C'],
    ['LC_ALL', 'C'],
    ['TZ', 'UTC'],
    ...systemEnvironment(machine),
  ])
}

/** `NAME=value` lines, the value maybe in quotes. */
function systemEnvironment(machine: Machine): [string, string][] {
  if (!machine.files.exists('/etc/environment')) return []
  const lines = machine.files.read('/etc/environment').split('\n')
  return lines.flatMap((line) => {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line)
    return match === null ? [] : [[match[1]!, match[2]!.trim().replace(/^(["'])(.*)\1$/, '$2')] as [string, string]]
  })
}
