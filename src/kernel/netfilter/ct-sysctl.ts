// The nf_conntrack settings as sysctls.
import { KernelError } from '../errno.js'
import type { SysctlEntry, SysctlProvider } from '../sysctl.js'
import type { TcpState } from './connection.js'
import { REAL_BUCKETS } from './ct-table.js'
import type { CtSettings } from './timeouts.js'

interface Tracked {
  readonly settings: CtSettings
  readonly count: number
}

type NumberKey = { [K in keyof CtSettings]: CtSettings[K] extends number ? K : never }[keyof CtSettings]

const NUMBERS: Record<string, NumberKey> = {
  acct: 'acct',
  checksum: 'checksum',
  log_invalid: 'logInvalid',
  max: 'max',
  timestamp: 'timestamp',
  tcp_loose: 'tcpLoose',
  tcp_be_liberal: 'tcpBeLiberal',
  tcp_ignore_invalid_rst: 'tcpIgnoreInvalidRst',
  tcp_max_retrans: 'tcpMaxRetrans',
  generic_timeout: 'generic',
  icmp_timeout: 'icmp',
  udp_timeout: 'udp',
  udp_timeout_stream: 'udpStream',
  gre_timeout: 'gre',
  gre_timeout_stream: 'greStream',
  tcp_timeout_max_retrans: 'tcpMaxRetransTimeout',
  tcp_timeout_unacknowledged: 'tcpUnacknowledged',
}

const TCP_STATES: readonly TcpState[] = ['CLOSE', 'CLOSE_WAIT', 'ESTABLISHED', 'FIN_WAIT', 'LAST_ACK', 'SYN_RECV', 'SYN_SENT', 'TIME_WAIT']

const FOLDER = 'net/netfilter/nf_conntrack_'
const TIMEOUT = `${FOLDER}tcp_timeout_`

/** What nothing here reads. */
const FIXED: Record<string, string> = {
  [`${FOLDER}buckets`]: String(REAL_BUCKETS),
  [`${FOLDER}events`]: '2',
  [`${FOLDER}expect_max`]: '4096',
}

type Maker = (tracked: Tracked) => SysctlEntry

const MAKERS = new Map<string, Maker>([
  ...Object.entries(NUMBERS).map(([name, key]): [string, Maker] => [`${FOLDER}${name}`, ({ settings }) => new NumberEntry(settings, key)]),
  ...TCP_STATES.map((state): [string, Maker] => [
    `${TIMEOUT}${state.toLowerCase()}`,
    ({ settings }) => new TimeoutEntry(settings.tcp, state),
  ]),
  ...Object.entries(FIXED).map(([name, text]): [string, Maker] => [name, () => ({ read: () => text })]),
  [`${FOLDER}count`, (tracked) => ({ read: () => String(tracked.count) })],
  ['net/nf_conntrack_max', ({ settings }) => new NumberEntry(settings, 'max')],
])

export class CtSysctls implements SysctlProvider {
  constructor(private readonly tracked: Tracked) {}

  paths(): string[][] {
    return [...MAKERS.keys()].map((name) => name.split('/'))
  }

  isFolder(path: readonly string[]): boolean {
    const start = `${path.join('/')}/`
    for (const name of MAKERS.keys()) if (name.startsWith(start)) return true
    return false
  }

  find(path: readonly string[]): SysctlEntry | null {
    return MAKERS.get(path.join('/'))?.(this.tracked) ?? null
  }
}

class NumberEntry implements SysctlEntry {
  constructor(
    private readonly settings: CtSettings,
    private readonly key: NumberKey,
  ) {}

  read(): string {
    return String(this.settings[this.key])
  }

  write(text: string): void {
    this.settings[this.key] = parseSetting(text)
  }
}

class TimeoutEntry implements SysctlEntry {
  constructor(
    private readonly timeouts: CtSettings['tcp'],
    private readonly state: TcpState,
  ) {}

  read(): string {
    return String(this.timeouts[this.state])
  }

  write(text: string): void {
    this.timeouts[this.state] = parseSetting(text)
    if (this.state === 'SYN_SENT') this.timeouts.SYN_SENT2 = this.timeouts.SYN_SENT
  }
}

function parseSetting(text: string): number {
  const value = Number(text.trim())
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw new KernelError('EINVAL')
  return value
}
