// ping over IPv6: addresses on the link, with a zone where they need one (`fe80::1%eth0`).
import type { Ipv6Address } from '../../addr/ipv6.js'
import { formatIpv6, isLinkLocalIpv6, isMulticastIpv6, parseIpv6 } from '../../addr/ipv6.js'
import type { Errno } from '../../kernel/errno.js'
import { errnoText } from '../../kernel/errno.js'
import { selectAddress6 } from '../../kernel/ipv6-output.js'
import type { NetDevice } from '../../kernel/netdev.js'
import { Ping6Socket } from '../../kernel/ping6-socket.js'
import { atLeast } from '../../node/image.js'
import { own } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import type { PingOptions } from './ping-options.js'
import type { PingCarrier } from './ping-session.js'
import { PingSession } from './ping-session.js'

export function isPing6(target: string): boolean {
  return target.includes(':') && parseIpv6(target.split('%')[0]!) !== null
}

export async function runPing6(proc: Process, options: PingOptions): Promise<number> {
  const [text, zone] = options.target.split('%')
  const address = parseIpv6(text ?? '')
  const isModern = atLeast(options.version, '20150815')
  if (address === null) {
    const isIpv4 = /^[\d.]+$/.test(options.target)
    proc.error(
      isIpv4 ? `ping: ${options.target}: Address family for hostname not supported` : `ping: ${options.target}: Name or service not known`,
    )
    return 2
  }
  const deviceName = zone ?? options.source
  // Since 2022 the kernel is left to choose the way to an address on the link.
  const isFree = deviceName === null && atLeast(options.version, '20221126')
  const dev =
    isFree && isLinkLocalIpv6(address)
      ? firstOnLink(proc)
      : deviceName === null || deviceName === undefined
        ? null
        : proc.netns.deviceByName(deviceName)
  if (deviceName !== null && deviceName !== undefined && dev === null && parseIpv6(deviceName) === null) {
    proc.error(isModern ? `ping: ${options.target}: Name or service not known` : 'unknown host')
    return 2
  }
  if (dev === null && (isLinkLocalIpv6(address) || isMulticastIpv6(address))) {
    proc.error(`${isModern ? 'ping: ' : ''}connect: ${errnoText('EINVAL')}`)
    return 2
  }
  return new Ping6(proc, options, address, dev).run()
}

/** The first route to fe80::/64 leads out there. */
function firstOnLink(proc: Process): NetDevice | null {
  return proc.netns.devices.find((dev) => dev.isUp && dev.addresses6.some((each) => isLinkLocalIpv6(each.address))) ?? null
}

class Ping6 implements PingCarrier {
  readonly socket: Ping6Socket

  constructor(
    private readonly proc: Process,
    private readonly options: PingOptions,
    private readonly target: Ipv6Address,
    private readonly dev: NetDevice | null,
  ) {
    this.socket = own(proc, new Ping6Socket(proc.netns, proc.pid & 0xffff))
    this.socket.receiveErrors = true
    this.socket.ttl = options.ttl
    this.socket.tos = options.tos
    this.socket.boundIfindex = dev?.ifindex ?? 0
  }

  run(): Promise<number> {
    const { proc, options } = this
    const hasZone = options.target.includes('%') || !atLeast(options.version, '20221126')
    const shown = this.textOf(this.target, hasZone ? this.dev : null)
    proc.line(`PING ${options.target}(${shown}) ${this.fromText()}${options.size} data bytes`)
    return new PingSession(proc, options, this).run(options.target)
  }

  private fromText(): string {
    if (this.options.source === null || this.dev === null) return ''
    if (!this.options.target.includes('%') && atLeast(this.options.version, '20221126')) {
      this.proc.error(`ping: Warning: source address might be selected on device other than: ${this.dev.name}`)
      return `from :: ${this.dev.name}: `
    }
    const source = selectAddress6(this.dev, this.target)
    return source === null ? '' : `from ${this.textOf(source, this.dev)} ${this.dev.name}: `
  }

  private textOf(address: Ipv6Address, dev: NetDevice | null): string {
    const text = formatIpv6(address)
    return dev !== null && (isLinkLocalIpv6(address) || isMulticastIpv6(address)) ? `${text}%${dev.name}` : text
  }

  send(seq: number, data: Uint8Array): Errno | null {
    return this.socket.sendEcho(this.target, seq, data)
  }

  receive(session: PingSession): boolean {
    const got = this.socket.received.shift()
    if (got === undefined) return false
    const tail = session.reply(got.seq, got.data, got.atUs, true)
    if (tail === null) return true
    session.printTime()
    this.proc.line(`${8 + got.data.length} bytes from ${this.textOf(got.from, got.dev)}: icmp_seq=${got.seq} ttl=${got.hopLimit}${tail}`)
    return true
  }

  // Differs: ICMPv6 errors do not reach sockets.
  async errorLine(): Promise<null> {
    return null
  }
}
