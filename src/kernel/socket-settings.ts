// The sysctls that sockets read, as numbers.
import { Copied } from '../sim/copied.js'
import { KernelError } from './errno.js'
import type { NetNamespace } from './netns.js'
import type { SysctlEntry, SysctlProvider } from './sysctl.js'

type NumberKey = Exclude<
  { [K in keyof SocketSettings]: SocketSettings[K] extends number ? K : never }[keyof SocketSettings],
  'defaultTtl' | 'windowScale'
>

const INT_MAX = 2 ** 31 - 1

/** Name, lowest and highest value, fields. */
const SETTINGS: readonly (readonly [string, number, number, readonly NumberKey[]])[] = [
  ['net/ipv4/tcp_syn_retries', 1, 127, ['synRetries']],
  ['net/ipv4/tcp_synack_retries', 0, 255, ['synackRetries']],
  ['net/ipv4/tcp_retries2', 0, 255, ['retries2']],
  ['net/ipv4/tcp_fin_timeout', 0, INT_MAX, ['finTimeoutSeconds']],
  ['net/ipv4/tcp_max_syn_backlog', 0, INT_MAX, ['synBacklog']],
  ['net/core/somaxconn', 0, INT_MAX, ['somaxconn']],
  ['net/ipv4/ip_local_port_range', 1, 65_535, ['portLow', 'portHigh']],
  ['net/ipv4/ping_group_range', -Infinity, Infinity, ['pingGroupLow', 'pingGroupHigh']],
  ['net/ipv4/tcp_rmem', -Infinity, Infinity, ['receiveBufferMin', 'receiveBufferDefault', 'receiveBufferMax']],
]

export class SocketSettings extends Copied {
  synRetries = 6
  synackRetries = 5
  retries2 = 15
  finTimeoutSeconds = 60
  portLow = 32_768
  portHigh = 60_999
  /** Groups that may open ping sockets; 1 0 = nobody. */
  pingGroupLow = 1
  pingGroupHigh = 0
  receiveBufferMin = 4096
  receiveBufferDefault = 131_072
  receiveBufferMax = 6_291_456
  synBacklog = 128
  somaxconn = 4096

  constructor(private readonly netns: NetNamespace) {
    super()
    netns.sysctl.provide(new SettingsProvider(this))
  }

  get defaultTtl(): number {
    return this.netns.conf.ip_default_ttl
  }

  /** The smallest shift that lets 16 bits say the largest receive buffer (tcp_select_initial_window). */
  get windowScale(): number {
    let scale = 0
    for (let space = Math.max(this.receiveBufferMax, 212_992); space > 65_535 && scale < 14; space >>= 1) scale++
    return scale
  }
}

const BY_NAME = new Map(SETTINGS.map((row) => [row[0], row]))

class SettingsProvider implements SysctlProvider {
  constructor(private readonly settings: SocketSettings) {}

  paths(): string[][] {
    return SETTINGS.map(([name]) => name.split('/'))
  }

  isFolder(path: readonly string[]): boolean {
    const start = `${path.join('/')}/`
    return SETTINGS.some(([name]) => name.startsWith(start))
  }

  find(path: readonly string[]): SysctlEntry | null {
    const row = BY_NAME.get(path.join('/'))
    if (row === undefined) return null
    const [, low, high, keys] = row
    return new SettingEntry(this.settings, keys, low, high)
  }
}

/** One sysctl of as many numbers as it has fields. */
class SettingEntry implements SysctlEntry {
  constructor(
    private readonly settings: SocketSettings,
    private readonly keys: readonly NumberKey[],
    private readonly low: number,
    private readonly high: number,
  ) {}

  read(): string {
    return this.keys.map((key) => this.settings[key]).join('\t')
  }

  write(text: string): void {
    const words = text.trim().split(/\s+/)
    if (words.length !== this.keys.length || words.some((word) => !/^-?\d+$/.test(word))) throw new KernelError('EINVAL')
    const values = words.map(Number)
    if (values.some((value) => value < this.low || value > this.high)) throw new KernelError('EINVAL')
    if (this.keys[0] === 'portLow' && values[0]! > values[1]!) throw new KernelError('EINVAL')
    this.keys.forEach((key, i) => {
      this.settings[key] = values[i]!
    })
  }
}
