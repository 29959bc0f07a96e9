// The nf_conntrack settings as sysctls.
import { KernelError } from '../errno.js'
import type { Sysctl } from '../sysctl.js'
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
  for (const [name, key] of Object.entries(NUMBERS)) {
    sysctl.register(`net.netfilter.nf_conntrack_${name}`, {
      read: () => String(settings[key]),
      write: (text) => {
        settings[key] = parseSetting(text)
      },
    })
  }
  for (const state of TCP_STATES) {
    sysctl.register(`net.netfilter.nf_conntrack_tcp_timeout_${state.toLowerCase()}`, {
      read: () => String(settings.tcp[state]),
      write: (text) => {
        settings.tcp[state] = parseSetting(text)
        if (state === 'SYN_SENT') settings.tcp.SYN_SENT2 = settings.tcp.SYN_SENT
      },
    })
  }
  sysctl.register('net.netfilter.nf_conntrack_count', { read: () => String(tracked.count) })
  sysctl.register('net.netfilter.nf_conntrack_buckets', { read: () => '262144' })
  sysctl.register('net.netfilter.nf_conntrack_events', { read: () => '2' })
  sysctl.register('net.netfilter.nf_conntrack_expect_max', { read: () => '4096' })
  sysctl.register('net.nf_conntrack_max', {
    read: () => String(settings.max),
    write: (text) => {
      settings.max = parseSetting(text)
    },
  })
}

function parseSetting(text: string): number {
  const value = Number(text.trim())
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw new KernelError('EINVAL')
  return value
}
