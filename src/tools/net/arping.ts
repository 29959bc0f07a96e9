// arping of iputils: ARP requests on a device, answers with their times.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { formatIpv4 } from '../../addr/ipv4.js'
import type { MacAddress } from '../../addr/mac.js'
import { BROADCAST_MAC, formatMac } from '../../addr/mac.js'
import type { GetoptGrammar, ParsedOptions } from '../../grammar/getopt.js'
import { getoptMessage, parseOptions } from '../../grammar/getopt.js'
import { errnoText } from '../../kernel/errno.js'
import type { NetDevice } from '../../kernel/netdev.js'
import { IFF_LOOPBACK, IFF_NOARP } from '../../kernel/netdev.js'
import type { PacketSocket, ReceivedFrame } from '../../kernel/packet-socket.js'
import type { Command } from '../../node/command.js'
import { atLeast } from '../../node/image.js'
import { Bell, openPacket, openUdp, poll } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { resolveHost } from '../../node/resolver.js'
import { ARP_REPLY, ARP_REQUEST, ArpPacket } from '../../wire/arp.js'
import { ETHERTYPE_ARP, EthernetFrame } from '../../wire/ethernet.js'
import { completeBy } from './complete.js'
import { ms3, parseSeconds } from './number.js'
import { BUILT_WITH } from './ping-options.js'

const grammar: GetoptGrammar = {
  options: [
    { name: 'first', short: 'f' },
    { name: 'quiet', short: 'q' },
    { name: 'broadcast', short: 'b' },
    { name: 'dad', short: 'D' },
    { name: 'unsolicited', short: 'U' },
    { name: 'answer', short: 'A' },
    { name: 'version', short: 'V' },
    { name: 'count', short: 'c', value: 'required' },
    { name: 'deadline', short: 'w', value: 'required' },
    { name: 'interval', short: 'i', value: 'required' },
    { name: 'device', short: 'I', value: 'required', completes: 'device' },
    { name: 'source', short: 's', value: 'required' },
    { name: 'help', short: 'h' },
  ],
}

const USAGE = `
Usage:
  arping [options] <destination>

Options:
  -f            end at the first reply
  -q            no output
  -b            broadcast all requests
  -D            look whether the address is taken
  -U            gratuitous requests, for the neighbours' tables
  -A            the same with replies
  -V            version
  -c <count>    requests to send
  -w <timeout>  seconds until the end
  -i <interval> seconds between requests
  -I <device>   where to send
  -s <source>   sender's address
  <destination> name or address

See arping(8).`

export const arping: Command = {
  name: 'arping',
  path: '/usr/bin/arping',
  usage: USAGE,
  run: (proc) => runArping(proc),
  complete: completeBy(grammar),
}

/** `isApplet`: called as busybox's. */
export async function runArping(proc: Process, isApplet = false): Promise<number> {
  const parsed = parseOptions(grammar, proc.argv.slice(1))
  if (parsed.problem !== null || parsed.has('help') || parsed.operands.length !== 1) {
    if (parsed.has('version')) {
      proc.line(`arping from iputils ${proc.machine.image.tool('iputils')}`)
      if (atLeast(proc.machine.image.tool('iputils'), '20210202')) proc.line(BUILT_WITH)
      return 0
    }
    if (parsed.problem !== null) proc.error(getoptMessage('arping', parsed.problem))
    if (parsed.problem?.kind === 'not-emulated') return 126
    proc.error(USAGE)
    return 2
  }
  const bad = badNumber(parsed)
  if (bad !== null) {
    proc.error(`arping: invalid argument: '${bad}'`)
    return 1
  }
  const dev = chooseDevice(proc, parsed.value('device'))
  if (typeof dev === 'string') {
    // Said where results stand, unlike the other refusals.
    if (dev.endsWith('is not ARPable')) proc.line(dev)
    else proc.error(dev)
    return 2
  }
  const resolved = await resolveHost(proc, parsed.operands[0]!)
  if (typeof resolved === 'string') {
    proc.error(`arping: ${parsed.operands[0]}: ${resolved}`)
    return 2
  }
  return new Arping(proc, parsed, dev, resolved.address, isApplet).start()
}

/** A value of -c or -w that is no number from one up, with what is allowed. */
function badNumber(parsed: ParsedOptions): string | null {
  for (const option of ['count', 'deadline']) {
    const text = parsed.value(option)
    if (text === null) continue
    if (!/^[+-]?\d+$/.test(text)) return text
  }
  return null
}

/** The device, or what is wrong with it. Without -I the first that does ARP. */
function chooseDevice(proc: Process, name: string | null): NetDevice | string {
  if (name === null) {
    const first = proc.netns.devices.find((dev) => dev.isUp && (dev.flags & (IFF_LOOPBACK | IFF_NOARP)) === 0)
    return first ?? 'arping: Suitable device could not be determined. Please, use option -I.'
  }
  const dev = proc.netns.deviceByName(name)
  if (dev === null) return `arping: Device ${name} not available.`
  if (!dev.isUp) return `arping: Interface "${name}" is down`
  return (dev.flags & (IFF_LOOPBACK | IFF_NOARP)) === 0 ? dev : `Interface "${name}" is not ARPable`
}

class Arping {
  private readonly socket: PacketSocket
  private source: Ipv4Address = 0
  private peer: MacAddress = BROADCAST_MAC
  private sent = 0
  private broadcasts = 0
  private received = 0
  private requests = 0
  private lastSentUs = 0
  private isExiting = false
  private readonly bell = new Bell()

  constructor(
    private readonly proc: Process,
    private readonly options: ParsedOptions,
    private readonly dev: NetDevice,
    private readonly target: Ipv4Address,
    private readonly isApplet: boolean,
  ) {
    this.socket = openPacket(proc, dev, ETHERTYPE_ARP)
  }

  /** busybox's wording; before 1.30 it said "to" and "via". */
  private get busybox(): 'old' | 'new' | null {
    const { machine } = this.proc
    if (machine.image.family !== 'cirros' && !this.isApplet) return null
    return atLeast(machine.image.tool('busybox'), '1.30') ? 'new' : 'old'
  }

  private get isDad(): boolean {
    return this.options.has('dad')
  }

  private get isUnsolicited(): boolean {
    return this.options.has('unsolicited') || this.options.has('answer')
  }

  async start(): Promise<number> {
    const { proc } = this
    const failure = await this.chooseSource()
    if (failure !== null) {
      proc.error(failure)
      return 2
    }
    if (!this.options.has('quiet')) {
      const [to, via] = this.busybox === 'old' ? ['to ', 'via '] : ['', '']
      proc.line(`ARPING ${to}${formatIpv4(this.target)} from ${formatIpv4(this.source)} ${via}${this.dev.name}`)
    }
    if (this.source === 0 && !this.isDad) {
      proc.error('arping: no source address in not-DAD mode')
      return 2
    }
    proc.trap('INT', () => {
      this.isExiting = true
      this.bell.ring()
    })
    await this.loop()
    return this.finish()
  }

  /** Asks the kernel which address it would send from, as a connected datagram socket tells. */
  private async chooseSource(): Promise<string | null> {
    const given = this.options.value('source')
    if (given !== null) {
      const resolved = await resolveHost(this.proc, given)
      if (typeof resolved === 'string') return `arping: invalid source ${given}`
      this.source = resolved.address
    } else if (this.isUnsolicited) this.source = this.target
    if (this.isDad && given === null) return null
    const probe = openUdp(this.proc)
    probe.boundIfindex = this.dev.ifindex
    try {
      if (this.source !== 0) {
        const errno = probe.bind(this.source, 0)
        return errno === null ? null : `arping: bind: ${errnoText(errno)}`
      }
      if (probe.connect(this.target, 1025) === null) this.source = probe.localAddress
      return null
    } finally {
      probe.close()
    }
  }

  private async loop(): Promise<void> {
    const { proc, options } = this
    const count = options.value('count') === null ? null : options.number('count', 0)
    const intervalUs = (parseSeconds(options.value('interval') ?? '1') ?? 1) * 1_000_000
    const deadline = options.value('deadline') === null ? null : proc.nowUs + options.number('deadline', 0) * 1_000_000
    // With a deadline the count was of replies, but for announcements, which have none; since 2021 it is of requests in any case.
    const isModern = this.busybox === null && atLeast(proc.machine.image.tool('iputils'), '20210202')
    const isEnough = (): boolean => count !== null && this.sent >= count && (deadline === null || this.isUnsolicited || isModern)
    for (;;) {
      if (isEnough()) return
      await this.send()
      const until = Math.min(proc.nowUs + intervalUs, deadline ?? Number.MAX_SAFE_INTEGER)
      await this.listen(until, count)
      if (this.isExiting) return
      if (deadline === null || proc.nowUs < deadline) continue
      // One more goes out as the time ends.
      if (isModern && !isEnough()) await this.send()
      return
    }
  }

  private async send(): Promise<void> {
    const { dev, target } = this
    const isAnswer = this.options.has('answer')
    const dst = this.options.has('broadcast') ? BROADCAST_MAC : this.peer
    this.lastSentUs = this.proc.nowUs
    this.sent++
    if (dst === BROADCAST_MAC) this.broadcasts++
    await this.proc.compute(this.proc.random.between(505, 560))
    // The target field holds the hardware address it was asked from, as arping writes it.
    const arp = new ArpPacket({
      operation: isAnswer ? ARP_REPLY : ARP_REQUEST,
      senderMac: dev.mac,
      senderIp: this.source,
      targetMac: isAnswer ? dev.mac : dst,
      targetIp: target,
    })
    this.socket.send(new EthernetFrame({ dst, src: dev.mac, type: ETHERTYPE_ARP, payload: arp }))
  }

  private async listen(untilUs: number, count: number | null): Promise<void> {
    const { socket, proc } = this
    for (;;) {
      await poll(proc, [socket, this.bell], () => socket.received.length > 0 || this.isExiting, untilUs - proc.nowUs)
      const received = socket.receive()
      if (this.isExiting || received === null) return
      if (!this.take(received)) continue
      if (this.isDad || this.options.has('first') || (count !== null && this.received >= count)) {
        this.isExiting = true
        return
      }
    }
  }

  /** True when it was an answer to us. */
  private take(received: ReceivedFrame): boolean {
    const { frame, packetType } = received
    const arp = frame.payload
    if (arp instanceof Uint8Array || arp.kind !== 'arp' || (arp.operation !== ARP_REQUEST && arp.operation !== ARP_REPLY)) return false
    if (packetType !== 'host' && packetType !== 'broadcast' && packetType !== 'multicast') return false
    if (arp.senderIp !== this.target) return false
    if (!this.isDad) {
      if (arp.targetIp !== this.source || arp.targetMac !== this.dev.mac) return false
    } else if (arp.senderMac === this.dev.mac || (this.source !== 0 && arp.targetIp !== this.source)) return false
    this.received++
    if (arp.operation === ARP_REQUEST) this.requests++
    if (!this.options.has('quiet')) this.print(arp, packetType === 'host')
    if (!this.options.has('broadcast')) this.peer = arp.senderMac
    return true
  }

  private print(arp: ArpPacket, isUnicast: boolean): void {
    const what = `${isUnicast ? 'Unicast' : 'Broadcast'} ${arp.operation === ARP_REPLY ? 'reply' : 'request'}`
    const took = ms3(this.proc.nowUs - this.lastSentUs)
    if (this.busybox !== null) {
      const short = formatMac(arp.senderMac).replace(/\b0/g, '')
      this.proc.line(`${what} from ${formatIpv4(arp.senderIp)} [${short}] ${took}ms`)
      return
    }
    this.proc.line(`${what} from ${formatIpv4(arp.senderIp)} [${formatMac(arp.senderMac).toUpperCase()}]  ${took}ms`)
  }

  private finish(): number {
    const { proc } = this
    if (!this.options.has('quiet') && this.busybox !== null) this.printBusyboxSummary(this.busybox)
    else if (!this.options.has('quiet')) {
      proc.line(`Sent ${this.sent} probes (${this.broadcasts} broadcast(s))`)
      const requests = this.requests > 0 ? ` (${this.requests} request(s))` : ''
      proc.line(`Received ${this.received} response(s)${requests}`)
    }
    if (this.isDad) return this.received > 0 ? 1 : 0
    if (this.isUnsolicited) return 0
    return this.received > 0 ? 0 : 1
  }

  private printBusyboxSummary(generation: 'old' | 'new'): void {
    const { proc } = this
    // Its -c shares a flag bit with "unicasting", so that broadcasts are not counted then.
    const broadcasts = this.options.value('count') === null ? this.broadcasts : 0
    proc.line(`Sent ${this.sent} probe(s) (${broadcasts} broadcast(s))`)
    if (generation === 'new') proc.line(`Received ${this.received} response(s) (${this.requests} request(s), 0 broadcast(s))`)
    else
      proc.line(
        `Received ${this.received} ${this.received === 1 ? 'reply' : 'replies'}${this.requests > 0 ? ` (${this.requests} request(s))` : ''}`,
      )
  }
}
