// nc's middle: standard input to the network and back, with the rules for when it ends.
import type { ParsedOptions } from '../../grammar/getopt.js'
import type { TcpSocket } from '../../kernel/tcp.js'
import type { UdpSocket } from '../../kernel/udp.js'
import type { Chunk } from '../../node/chunk.js'
import { toBytes, toText } from '../../node/chunk.js'
import { Bell, poll, readTcp, writeTcp } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'

/** What both directions know of each other. */
class Relay {
  readonly bell = new Bell()
  isInputDone = false
  inputDoneUs = 0

  constructor(
    readonly proc: Process,
    readonly options: ParsedOptions,
  ) {}

  inputEnded(): void {
    this.isInputDone = true
    this.inputDoneUs = this.proc.nowUs
    this.bell.ring()
  }

  /** When to give up at the latest: -w of idleness, -q after the end of input. */
  limitUs(lastUs: number): number | undefined {
    const limits: number[] = []
    if (this.options.value('timeout') !== null) limits.push(lastUs + this.options.number('timeout', 0) * 1_000_000)
    const quit = this.options.value('quit')
    if (quit !== null && Number(quit) >= 0 && this.isInputDone) limits.push(this.inputDoneUs + Number(quit) * 1_000_000)
    return limits.length === 0 ? undefined : Math.min(...limits)
  }

  chunk(chunk: Chunk): Uint8Array {
    return this.options.has('crlf') ? toBytes(toText(chunk).replace(/\r?\n/g, '\r\n')) : toBytes(chunk)
  }
}

export async function relayTcp(proc: Process, socket: TcpSocket, options: ParsedOptions): Promise<void> {
  const relay = new Relay(proc, options)
  if (options.has('detach')) relay.inputEnded()
  else void sendInputTcp(relay, socket).catch(() => {})
  let lastUs = proc.nowUs
  for (;;) {
    const limit = relay.limitUs(lastUs)
    const inputWasDone = relay.isInputDone
    const ready = (): boolean =>
      (socket.control?.receivedBytes ?? 0) > 0 || socket.isAtEnd || socket.hasError || relay.isInputDone !== inputWasDone
    const stirred = await poll(proc, [socket, relay.bell], ready, limit === undefined ? undefined : limit - proc.nowUs)
    if (!stirred) return
    if (relay.isInputDone !== inputWasDone) continue
    const got = await readTcp(proc, socket, 0)
    if (got === 'timeout') continue
    if (!(got instanceof Uint8Array)) return
    lastUs = proc.nowUs
    proc.outBytes(got)
    await proc.drain()
  }
}

async function sendInputTcp(relay: Relay, socket: TcpSocket): Promise<void> {
  const { proc, options } = relay
  // From the handshake to the first read the program takes its time; the side that accepted takes longer.
  await proc.compute(socket.control?.isPassive === true ? proc.random.between(60, 90) : proc.random.between(20, 45))
  for (;;) {
    const chunk = await proc.stdin.readChunk()
    if (chunk === null) break
    if ((await writeTcp(proc, socket, relay.chunk(chunk))) !== null) break
    // Reading on takes longer than the acknowledgement: the end of input comes after it.
    await proc.compute(proc.random.between(20, 60))
  }
  if (options.has('shutdown')) socket.shutdown()
  relay.inputEnded()
}

/** Datagrams to standard output; standard input as datagrams to the peer. */
export async function relayUdp(proc: Process, socket: UdpSocket, options: ParsedOptions): Promise<void> {
  const relay = new Relay(proc, options)
  if (options.has('detach')) relay.inputEnded()
  else void sendInputUdp(relay, socket).catch(() => {})
  let lastUs = proc.nowUs
  let left = options.value('recvlimit') === null ? Number.POSITIVE_INFINITY : options.number('recvlimit', 0)
  while (left > 0) {
    const limit = relay.limitUs(lastUs)
    const inputWasDone = relay.isInputDone
    const ready = (): boolean => socket.received.length > 0 || socket.hasError || relay.isInputDone !== inputWasDone
    const stirred = await poll(proc, [socket, relay.bell], ready, limit === undefined ? undefined : limit - proc.nowUs)
    if (!stirred) return
    if (socket.hasError) return
    const datagram = socket.receive()
    if (datagram === null) continue
    left--
    lastUs = proc.nowUs
    proc.outBytes(datagram.data)
  }
}

async function sendInputUdp(relay: Relay, socket: UdpSocket): Promise<void> {
  const { proc } = relay
  for (;;) {
    const chunk = await proc.stdin.readChunk()
    if (chunk === null) break
    const bytes = relay.chunk(chunk)
    for (let at = 0; at < bytes.length; at += 16_384) socket.send(bytes.subarray(at, at + 16_384))
  }
  relay.inputEnded()
}
