// The nf_conntrack settings as sysctls.
import { KernelError } from '../errno.js'
import type { Sysctl, SysctlEntry } from '../sysctl.js'
import type { TcpState } from './connection.js'
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

export function registerCtSysctls(sysctl: Sysctl, tracked: Tracked): void {
  const { settings } = tracked
  for (const [name, key] of Object.entries(NUMBERS)) sysctl.register(`net.netfilter.nf_conntrack_${name}`, new NumberEntry(settings, key))
  for (const state of TCP_STATES) {
    sysctl.register(`net.netfilter.nf_conntrack_tcp_timeout_${state.toLowerCase()}`, new TimeoutEntry(settings.tcp, state))
  }
  sysctl.register('net.netfilter.nf_conntrack_count', new CountEntry(tracked))
  sysctl.register('net.netfilter.nf_conntrack_buckets', new FixedEntry('262144'))
  sysctl.register('net.netfilter.nf_conntrack_events', new FixedEntry('2'))
  sysctl.register('net.netfilter.nf_conntrack_expect_max', new FixedEntry('4096'))
  sysctl.register('net.nf_conntrack_max', new NumberEntry(settings, 'max'))
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

class CountEntry implements SysctlEntry {
  constructor(private readonly tracked: Tracked) {}

  read(): string {
    return String(this.tracked.count)
  }
}

class FixedEntry implements SysctlEntry {
  constructor(private readonly text: string) {}

  read(): string {
    return this.text
  }
}

function parseSetting(text: string): number {
  const value = Number(text.trim())
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw new KernelError('EINVAL')
  return value
}
