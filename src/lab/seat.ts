// A login on a node's terminal, as getty and login leave it: the user's shell in a session of its own, in the user's home.
import type { Machine } from '../node/machine.js'
import { LabError } from '../scenario/problem.js'
import type { Scenario } from '../scenario/scenario.js'
import { startLogin } from '../shell/bash.js'
import type { ShellSeat } from './lab-shell.js'

export interface SeatOptions {
  readonly user: string
  readonly columns: number
  readonly rows: number
}

export function seatAt(machine: Machine, options: SeatOptions, sink: (text: string) => void): ShellSeat {
  if (machine.users.byName(options.user) === null) throw new LabError(`node ${machine.name} has no user "${options.user}"`)
  const terminal = machine.openTerminal(sink, options.columns, options.rows)
  terminal.hasEditor = true
  const process = startLogin(machine, terminal, { user: options.user, env: new Map([['TERM', 'xterm'], ...sessionEnvironment(machine)]) })
  return { terminal, process }
}

/** Who logs in on a node when nobody is named. */
export function loginUser(scenario: Scenario, machine: Machine): string {
  const spec = scenario.nodes.find(({ name }) => name === machine.name)
  // On a server that the cloud booted, the user that its image brings.
  return spec?.user ?? (machine.image.family === 'cirros' ? 'cirros' : 'root')
}

/** What every session of a lab has beside the user's own: plain locale, UTC, and what pam_env reads from /etc/environment. */
export function sessionEnvironment(machine: Machine): Map<string, string> {
  return new Map([['LANG', 'C'], ['LC_ALL', 'C'], ['TZ', 'UTC'], ...systemEnvironment(machine)])
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
