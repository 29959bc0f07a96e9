// The system log of a machine: one line a message, in the classic format.

import type { FileTree } from './files.js'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export type Facility = 'kern' | 'user' | 'daemon' | 'auth' | 'authpriv' | 'cron' | 'syslog' | 'local0' | 'local1' | 'local2'

/** `Jul 31 01:00:45`, the day padded with a blank. */
export function syslogTime(clockUs: number): string {
  const date = new Date(Math.floor(clockUs / 1000))
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2, ' ')} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
}

export class Syslog {
  readonly listeners = new Set<(line: string) => void>()
  constructor(
    private readonly files: FileTree,
    private readonly isRedHat: boolean,
  ) {}

  write(facility: Facility, line: string): void {
    this.files.write(this.path(facility), `${line}\n`, { append: true })
    if (facility === 'kern' && !this.isRedHat) this.files.write('/var/log/kern.log', `${line}\n`, { append: true })
    for (const listener of this.listeners) listener(line)
  }

  private path(facility: Facility): string {
    if (facility === 'auth' || facility === 'authpriv') return this.isRedHat ? '/var/log/secure' : '/var/log/auth.log'
    return this.isRedHat ? '/var/log/messages' : '/var/log/syslog'
  }
}
