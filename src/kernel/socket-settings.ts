// The sysctls that sockets read, as numbers.
import { KernelError } from './errno.js'
import type { NetNamespace } from './netns.js'

type SingleKey = 'synRetries' | 'synackRetries' | 'retries2' | 'finTimeoutSeconds' | 'synBacklog' | 'somaxconn'

const INT_MAX = 2 ** 31 - 1

/** Name, lowest, highest, field. */
const SINGLE: readonly (readonly [string, number, number, SingleKey])[] = [
  ['net.ipv4.tcp_syn_retries', 1, 127, 'synRetries'],
  ['net.ipv4.tcp_synack_retries', 0, 255, 'synackRetries'],
  ['net.ipv4.tcp_retries2', 0, 255, 'retries2'],
  ['net.ipv4.tcp_fin_timeout', 0, INT_MAX, 'finTimeoutSeconds'],
  ['net.ipv4.tcp_max_syn_backlog', 0, INT_MAX, 'synBacklog'],
  ['net.core.somaxconn', 0, INT_MAX, 'somaxconn'],
]

export class SocketSettings {
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
    for (const [name, low, high, key] of SINGLE) {
      this.register(
        name,
        () => [this[key]],
        ([value]) => {
          if (value! < low || value! > high) throw new KernelError('EINVAL')
          this[key] = value!
        },
      )
    }
    this.registerPairs()
  }

  private registerPairs(): void {
    this.register(
      'net.ipv4.ip_local_port_range',
      () => [this.portLow, this.portHigh],
      ([low, high]) => {
        if (low! < 1 || high! > 65_535 || low! > high!) throw new KernelError('EINVAL')
        this.portLow = low!
        this.portHigh = high!
      },
    )
    this.register(
      'net.ipv4.ping_group_range',
      () => [this.pingGroupLow, this.pingGroupHigh],
      ([low, high]) => {
        this.pingGroupLow = low!
        this.pingGroupHigh = high!
      },
    )
    this.register(
      'net.ipv4.tcp_rmem',
      () => [this.receiveBufferMin, this.receiveBufferDefault, this.receiveBufferMax],
      ([min, normal, max]) => {
        this.receiveBufferMin = min!
        this.receiveBufferDefault = normal!
        this.receiveBufferMax = max!
      },
    )
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

  /** One sysctl of as many numbers as `get` gives. */
  private register(name: string, get: () => number[], set: (values: number[]) => void): void {
    this.netns.sysctl.register(name, {
      read: () => get().join('\t'),
      write: (text) => {
        const words = text.trim().split(/\s+/)
        if (words.length !== get().length || words.some((word) => !/^-?\d+$/.test(word))) throw new KernelError('EINVAL')
        set(words.map(Number))
      },
    })
  }
}
