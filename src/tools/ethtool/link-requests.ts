// `ethtool -l`, `-T` and `-s`: queues, time stamps and settings of links.
import { VethDevice } from '../../kernel/dev/veth.js'
import type { NetDevice } from '../../kernel/netdev.js'
import { atLeast } from '../../node/image.js'

interface Asker {
  out(text: string): void
  error(line: string): void
  readonly version: string
  readonly kernelVersion: string
}

/** Queues: a pair has as many as there are processors, and uses one. */
export function showChannels(host: Asker, dev: NetDevice): number {
  const isNetlink = atLeast(host.version, '5.8')
  if (!(dev instanceof VethDevice) || !atLeast(host.kernelVersion, '5.13')) {
    host.error(isNetlink ? 'netlink error: Operation not supported' : 'Cannot get device channel parameters\n: Operation not supported')
    return 1
  }
  const none = isNetlink ? 'n/a' : '0'
  const rows = (count: number): string => `RX:\t\t${count}\nTX:\t\t${count}\nOther:\t\t${none}\nCombined:\t${none}\n`
  host.out(`Channel parameters for ${dev.name}:\nPre-set maximums:\n${rows(2)}Current hardware settings:\n${rows(1)}`)
  return 0
}

/** No device here has a clock of its own; what passes no driver is not stamped when it is sent. */
export function showStamps(host: Asker, dev: NetDevice): number {
  const names = atLeast(host.version, '5.8')
    ? ['software-transmit', 'software-receive', 'software-system-clock']
    : [
        'software-transmit     (SOF_TIMESTAMPING_TX_SOFTWARE)',
        'software-receive      (SOF_TIMESTAMPING_RX_SOFTWARE)',
        'software-system-clock (SOF_TIMESTAMPING_SOFTWARE)',
      ]
  const lines = [
    `Time stamping parameters for ${dev.name}:`,
    'Capabilities:',
    ...(dev.kind === 'bridge' ? names.slice(1) : names).map((name) => `\t${name}`),
    'PTP Hardware Clock: none',
    'Hardware Transmit Timestamp Modes: none',
    'Hardware Receive Filter Modes: none',
  ]
  host.out(`${lines.join('\n')}\n`)
  return 0
}

const SETTINGS = ['speed', 'duplex', 'port', 'mdix', 'autoneg', 'advertise', 'phyad', 'xcvr', 'wol', 'sopass', 'msglvl', 'master-slave']
const BAD_LINE = 'ethtool: bad command line argument(s)\nFor more information run ethtool -h'

/** Nothing of a link can be set on what has none. */
export function changeSettings(host: Asker, _dev: NetDevice, words: readonly string[]): number {
  const isNetlink = atLeast(host.version, '5.8')
  for (let i = 0; i < words.length; i += 2) {
    const [name = '', value = ''] = words.slice(i, i + 2)
    const isKnown = SETTINGS.includes(name)
    if (isKnown && (name !== 'speed' || /^\d+$/.test(value))) continue
    const what = isKnown ? `invalid value '${value}' for parameter 'speed'` : `unknown parameter '${name}'`
    host.error(isNetlink ? `ethtool (-s): ${what}` : BAD_LINE)
    return 1
  }
  if (words.length === 0) return 0
  host.error(isNetlink ? 'netlink error: Operation not supported' : 'Cannot get current device settings: Operation not supported')
  return 75
}
