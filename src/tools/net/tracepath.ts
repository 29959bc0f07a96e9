// tracepath of iputils: hop by hop without privileges, learning the path MTU on the way.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { formatIpv4 } from '../../addr/ipv4.js'
import type { GetoptGrammar, ParsedOptions } from '../../grammar/getopt.js'
import { getoptMessage, parseOptions } from '../../grammar/getopt.js'
import { errnoText } from '../../kernel/errno.js'
import type { SocketError } from '../../kernel/socket.js'
import { socketMtu } from '../../kernel/socket-output.js'
import type { UdpSocket } from '../../kernel/udp.js'
import type { Command } from '../../node/command.js'
import { openUdp, poll } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { nameOfAddress, resolveHost } from '../../node/resolver.js'
import { ICMP_DEST_UNREACH, ICMP_TIME_EXCEEDED } from '../../wire/icmp.js'
import { completeBy } from './complete.js'
import { ms3 } from './number.js'

const grammar: GetoptGrammar = {
  options: [
    { name: 'ipv4', short: '4' },
    { name: 'ipv6', short: '6', notEmulated: 'use IPv4' },
    { name: 'both', short: 'b' },
    { name: 'length', short: 'l', value: 'required' },
    { name: 'max-hops', short: 'm', value: 'required' },
    { name: 'numeric', short: 'n' },
    { name: 'port', short: 'p', value: 'required' },
    { name: 'version', short: 'V' },
    { name: 'help', short: 'h' },
  ],
}

const USAGE = `
Usage
  tracepath [options] <destination>

Options:
  -4  IPv4    -6  IPv6    -b  names and addresses    -n  addresses only
  -l <length>  of the first packets    -m <hops>  at most    -p <port>  first    -V  version`

export const tracepath: Command = {
  name: 'tracepath',
  path: '/usr/bin/tracepath',
  usage: USAGE,
  run: runTracepath,
  complete: completeBy(grammar),
}

const TRIES = 3
const PATIENCE_US = 1_000_000
const HOST_COLUMNS = 52

async function runTracepath(proc: Process): Promise<number> {
  const parsed = parseOptions(grammar, proc.argv.slice(1))
  if (parsed.problem !== null || parsed.has('help') || parsed.operands.length === 0) {
    if (parsed.problem !== null) proc.error(getoptMessage('tracepath', parsed.problem))
    if (parsed.problem?.kind === 'not-emulated') return 126
    proc.error(USAGE)
    return 1
  }
  const resolved = await resolveHost(proc, parsed.operands[0]!)
  if (typeof resolved === 'string') {
    proc.error(`tracepath: ${parsed.operands[0]}: ${resolved}`)
    return 1
  }
  return new Tracepath(proc, parsed, resolved.address).run()
}

class Tracepath {
  private mtu: number
  private port: number
  private hopsBack = -1
  private readonly socket: UdpSocket

  constructor(
    private readonly proc: Process,
    private readonly options: ParsedOptions,
    private readonly target: Ipv4Address,
  ) {
    this.mtu = options.number('length', 65_535)
    this.port = options.number('port', 44_444)
    this.socket = openUdp(proc)
    this.socket.receiveErrors = true
    this.socket.mtuDiscover = 'probe'
  }

  async run(): Promise<number> {
    const { proc, options } = this
    const check = openUdp(proc)
    const errno = check.connect(this.target, this.port)
    check.close()
    if (errno !== null) {
      proc.error(`tracepath: connect: ${errnoText(errno)}`)
      return 1
    }
    const local = socketMtu(this.socket, this.target, 0) ?? 1500
    if (local < this.mtu) {
      this.mtu = local
      proc.line(` 1?: ${'[LOCALHOST]'.padEnd(32)} pmtu ${this.mtu}`)
    }
    for (let ttl = 1; ttl <= options.number('max-hops', 30); ttl++) {
      const end = await this.hop(ttl)
      if (end !== null) return this.resume(end === 'reached' ? ttl : null)
    }
    proc.line(`     Too many hops: pmtu ${this.mtu}`)
    return this.resume(null)
  }

  private resume(hops: number | null): number {
    const counted = hops === null ? '' : ` hops ${hops}`
    const back = this.hopsBack > 0 ? ` back ${this.hopsBack}` : ''
    this.proc.line(`     Resume: pmtu ${this.mtu}${counted}${back} `)
    return 0
  }

  /** Null: go on with the next. */
  private async hop(ttl: number): Promise<'reached' | 'refused' | null> {
    for (let i = 0; i < TRIES; i++) {
      const sentUs = this.proc.nowUs
      await this.proc.compute(this.proc.random.between(15, 45))
      this.socket.ttl = ttl
      const errno = this.socket.sendTo(new Uint8Array(Math.max(this.mtu - 28, 0)), this.target, this.port++)
      if (errno === 'EPERM' || errno === 'ENETUNREACH') {
        this.proc.error(`tracepath: send failed: ${errnoText(errno)}`)
        return 'refused'
      }
      await poll(this.proc, [this.socket], () => this.socket.errorQueue.length > 0, PATIENCE_US)
      this.socket.takeError()
      const error = this.socket.errorQueue.shift()
      if (error === undefined) continue
      const end = await this.take(error, ttl, error.atUs - sentUs)
      if (end !== 'smaller') return end
      i--
    }
    this.proc.line(`${String(ttl).padStart(2)}:  no reply`)
    return null
  }

  /** 'smaller': the same hop again with the MTU just learned. */
  private async take(error: SocketError, ttl: number, tookUs: number): Promise<'reached' | 'refused' | 'smaller' | null> {
    const head = `${String(ttl).padStart(2)}:  `
    if (error.errno === 'EMSGSIZE') {
      this.mtu = error.mtu
      const where = error.origin === 'local' ? '[LOCALHOST]' : await this.nameOf(error.from)
      this.proc.line(`${head}${where.padEnd(HOST_COLUMNS)}${ms3(Math.max(tookUs, 0)).padStart(7)}ms pmtu ${error.mtu}`)
      return 'smaller'
    }
    const line = `${head}${(await this.nameOf(error.from)).padEnd(HOST_COLUMNS)}${ms3(tookUs).padStart(7)}ms `
    if (error.type === ICMP_TIME_EXCEEDED) {
      this.proc.line(line)
      return null
    }
    if (error.type === ICMP_DEST_UNREACH && error.code === 3) {
      this.hopsBack = ttl
      this.proc.line(`${line}reached`)
      return 'reached'
    }
    this.proc.line(
      `${line}${error.errno === 'EHOSTUNREACH' ? (error.code === 13 ? '!A' : '!H') : error.errno === 'ENETUNREACH' ? '!N' : error.errno === 'EACCES' ? '!A' : `!${error.errno}`}`,
    )
    return 'refused'
  }

  private async nameOf(address: Ipv4Address): Promise<string> {
    const text = formatIpv4(address)
    if (this.options.has('numeric')) return text
    const name = await nameOfAddress(this.proc, address)
    if (name === null) return text
    return this.options.has('both') ? `${name} (${text})` : name
  }
}
