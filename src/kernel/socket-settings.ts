// The sysctls that sockets read, as numbers.
import { KernelError } from './errno.js'
import type { NetNamespace } from './netns.js'

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
  private readonly netns: NetNamespace

  constructor(netns: NetNamespace) {
    this.netns = netns
    this.number(
      'net.ipv4.tcp_syn_retries',
      1,
      127,
      () => this.synRetries,
      (value) => (this.synRetries = value),
    )
    this.number(
      'net.ipv4.tcp_synack_retries',
      0,
      255,
      () => this.synackRetries,
      (value) => (this.synackRetries = value),
    )
    this.number(
      'net.ipv4.tcp_retries2',
      0,
      255,
      () => this.retries2,
      (value) => (this.retries2 = value),
    )
    this.number(
      'net.ipv4.tcp_fin_timeout',
      0,
      2 ** 31 - 1,
      () => this.finTimeoutSeconds,
      (value) => (this.finTimeoutSeconds = value),
    )
    this.number(
      'net.ipv4.tcp_max_syn_backlog',
      0,
      2 ** 31 - 1,
      () => this.synBacklog,
      (value) => (this.synBacklog = value),
    )
    this.number(
      'net.core.somaxconn',
      0,
      2 ** 31 - 1,
      () => this.somaxconn,
      (value) => (this.somaxconn = value),
    )
    this.list(
      'net.ipv4.ip_local_port_range',
      2,
      () => [this.portLow, this.portHigh],
      ([low, high]) => {
        if (low! < 1 || high! > 65_535 || low! > high!) throw new KernelError('EINVAL')
        this.portLow = low!
        this.portHigh = high!
      },
    )
    this.list(
      'net.ipv4.ping_group_range',
      2,
      () => [this.pingGroupLow, this.pingGroupHigh],
      ([low, high]) => {
        this.pingGroupLow = low!
        this.pingGroupHigh = high!
      },
    )
    this.list(
      'net.ipv4.tcp_rmem',
      3,
      () => [this.receiveBufferMin, this.receiveBufferDefault, this.receiveBufferMax],
      ([min, normal, max]) => {
        this.receiveBufferMin = min!
        this.receiveBufferDefault = normal!
        this.receiveBufferMax = max!
      },
    )
  }

  get defaultTtl(): number {
    return Number(this.netns.sysctl.read('net.ipv4.ip_default_ttl') ?? '64')
  }

  /** The smallest shift that lets 16 bits say the largest receive buffer (tcp_select_initial_window). */
  get windowScale(): number {
    let scale = 0
    for (let space = Math.max(this.receiveBufferMax, 212_992); space > 65_535 && scale < 14; space >>= 1) scale++
    return scale
  }

  private number(name: string, low: number, high: number, get: () => number, set: (value: number) => void): void {
    this.list(
      name,
      1,
      () => [get()],
      ([value]) => {
        if (value! < low || value! > high) throw new KernelError('EINVAL')
        set(value!)
      },
    )
  }

  private list(name: string, count: number, get: () => number[], set: (values: number[]) => void): void {
    this.netns.sysctl.register(name, {
      read: () => get().join('\t'),
      write: (text) => {
        const words = text.trim().split(/\s+/)
        if (words.length !== count || words.some((word) => !/^-?\d+$/.test(word))) throw new KernelError('EINVAL')
        set(words.map(Number))
      },
    })
  }
}
