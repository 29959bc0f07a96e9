// Sockets over an emulated cable: what passes on the wire, and what the programs at both ends hear of it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatIpv4 } from '../../src/addr/ipv4.js'
import type { PacketTap } from '../../src/kernel/netdev.js'
import type { NetNamespace } from '../../src/kernel/netns.js'
import type { TcpSocket } from '../../src/kernel/tcp.js'
import { parseTcpOptions } from '../../src/kernel/tcp-options.js'
import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN } from '../../src/wire/tcp.js'
import type { TestLab } from '../tools/net/two-machines.js'
import { twoMachines } from '../tools/net/two-machines.js'

const B = 0x0a000002

interface Ends {
  readonly lab: TestLab
  readonly a: NetNamespace
  readonly b: NetNamespace
  run(seconds: number): void
}

function ends(): Ends {
  const lab = twoMachines([])
  return {
    lab,
    a: lab.a.kernel.initNetns,
    b: lab.b.kernel.initNetns,
    run: (seconds) => lab.sim.scheduler.runUntil(lab.sim.nowUs + seconds * 1_000_000),
  }
}

/** TCP segments that a's card sees, one word each. */
function watchTcp(netns: NetNamespace): string[] {
  const seen: string[] = []
  const tap: PacketTap = {
    frame(pkt, _dev, direction) {
      const ip = pkt.frame.payload
      if (ip instanceof Uint8Array || ip.kind !== 'ipv4') return
      const tcp = ip.payload
      if (tcp instanceof Uint8Array || tcp.kind !== 'tcp') return
      const flags = [
        [TCP_SYN, 'S'],
        [TCP_FIN, 'F'],
        [TCP_RST, 'R'],
        [TCP_PSH, 'P'],
        [TCP_ACK, '.'],
      ]
        .map(([bit, word]) => ((tcp.flags & (bit as number)) !== 0 ? word : ''))
        .join('')
      seen.push(`${direction === 'out' ? '>' : '<'} ${flags}${tcp.payload.length > 0 ? ` ${tcp.payload.length}` : ''}`)
    },
  }
  netns.deviceByName('eth0')!.taps.add(tap)
  return seen
}

function listen(netns: NetNamespace, port: number): TcpSocket {
  const listener = netns.sockets.tcp()
  expect(listener.bind(0, port)).toBeNull()
  expect(listener.listen(5)).toBeNull()
  return listener
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const read = (socket: TcpSocket): string => {
  let all = ''
  for (let bytes = socket.read(); bytes !== null; bytes = socket.read()) all += new TextDecoder().decode(bytes)
  return all
}

describe('TCP', () => {
  test('handshake, data both ways, orderly close', () => {
    const { a, b, run } = ends()
    const seen = watchTcp(a)
    const listener = listen(b, 80)
    const client = a.sockets.tcp()
    expect(client.connect(B, 80)).toBeNull()
    run(1)
    expect(client.isConnected).toBe(true)
    const server = listener.accept()!
    expect(formatIpv4(server.remoteAddress)).toBe('10.0.0.1')
    client.write(text('hello'))
    run(1)
    expect(read(server)).toBe('hello')
    server.write(text('world!'))
    server.close()
    run(1)
    expect(read(client)).toBe('world!')
    expect(client.isAtEnd).toBe(true)
    client.close()
    run(1)
    expect(seen).toEqual(['> S', '< S.', '> .', '> P. 5', '< .', '< P. 6', '> .', '< F.', '> .', '> F.', '< .'])
    expect([client.state, b.sockets.connections.size, [...b.sockets.connections.values()][0]!.state]).toEqual(['CLOSED', 1, 'TIME_WAIT'])
    run(61)
    expect(b.sockets.connections.size).toBe(0)
  })

  test('SYN options are those of Linux: mss, sackOK, TS, wscale', () => {
    const { a, b, run } = ends()
    const options: unknown[] = []
    a.deviceByName('eth0')!.taps.add({
      frame(pkt) {
        const ip = pkt.frame.payload
        if (ip instanceof Uint8Array || ip.kind !== 'ipv4') return
        const tcp = ip.payload
        if (!(tcp instanceof Uint8Array) && tcp.kind === 'tcp' && (tcp.flags & TCP_SYN) !== 0) {
          const { mss, windowScale, sackPermitted } = parseTcpOptions(tcp.options)
          options.push([mss, windowScale, sackPermitted, tcp.window, tcp.options.length])
        }
      },
    })
    listen(b, 80)
    a.sockets.tcp().connect(B, 80)
    run(1)
    expect(options).toEqual([
      [1460, 7, true, 64240, 20],
      [1460, 7, true, 65160, 20],
    ])
  })

  test('a closed port answers with a reset: connection refused', () => {
    const { a, run } = ends()
    const seen = watchTcp(a)
    const client = a.sockets.tcp()
    client.connect(B, 81)
    run(1)
    expect([client.takeError(), seen]).toEqual(['ECONNREFUSED', ['> S', '< R.']])
  })

  test('nobody there: seven SYNs in 127 s, then timed out; a missing neighbour says so first', () => {
    const { lab, a, run } = ends()
    const seen = watchTcp(a)
    const client = a.sockets.tcp()
    a.neigh.set(a.deviceByName('eth0')!, B, { lladdr: 0x020000000102, state: 'PERMANENT' }, 'replace')
    lab.wire.loss = 1
    client.connect(B, 80)
    run(126)
    expect(client.hasError).toBe(false)
    run(2)
    expect([client.takeError(), seen.length]).toEqual(['ETIMEDOUT', 7])
    const other = a.sockets.tcp()
    other.connect(0x0a00004d, 80)
    run(5)
    expect(other.takeError()).toBe('EHOSTUNREACH')
  })

  test('closing with unread data resets', () => {
    const { a, b, run } = ends()
    const listener = listen(b, 80)
    const client = a.sockets.tcp()
    client.connect(B, 80)
    run(1)
    const server = listener.accept()!
    client.write(text('unread'))
    run(1)
    server.close()
    run(1)
    expect(client.takeError()).toBe('ECONNRESET')
  })

  test('a listener on one address does not answer for another', () => {
    const { a, b, run } = ends()
    const listener = b.sockets.tcp()
    listener.bind(0x7f000001, 80)
    listener.listen(5)
    const client = a.sockets.tcp()
    client.connect(B, 80)
    run(1)
    expect(client.takeError()).toBe('ECONNREFUSED')
    const again = b.sockets.tcp()
    expect([again.bind(0, 80), again.bind(0x01020304, 80)]).toEqual(['EADDRINUSE', 'EADDRNOTAVAIL'])
  })

  test('what is written arrives unchanged over a wire that loses frames', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 0, max: 25 }), (size, lossPercent) => {
        const { lab, a, b, run } = ends()
        const listener = listen(b, 80)
        const client = a.sockets.tcp()
        client.connect(B, 80)
        run(1)
        const server = listener.accept()!
        lab.wire.loss = lossPercent / 100
        const sent = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 255)
        client.write(sent)
        client.shutdown()
        const parts: number[] = []
        for (let i = 0; i < 600 && !server.isAtEnd; i++) {
          run(1)
          for (let bytes = server.read(); bytes !== null; bytes = server.read()) for (const byte of bytes) parts.push(byte)
        }
        expect(parts.length).toBe(size)
        expect(Buffer.compare(Buffer.from(parts), Buffer.from(sent))).toBe(0)
      }),
      { numRuns: 25 },
    )
  })
})

describe('UDP', () => {
  test('datagrams come with their sender; a closed port is told to a connected socket', () => {
    const { a, b, run } = ends()
    const server = b.sockets.udp()
    server.bind(0, 53)
    const client = a.sockets.udp()
    client.connect(B, 53)
    client.send(text('query'))
    run(1)
    const got = server.receive()!
    expect([new TextDecoder().decode(got.data), formatIpv4(got.from), got.fromPort === client.localPort, got.ttl]).toEqual([
      'query',
      '10.0.0.1',
      true,
      64,
    ])
    server.close()
    expect(client.send(text('again'))).toBeNull()
    run(1)
    expect([client.send(text('third')), client.takeError()]).toEqual(['ECONNREFUSED', null])
  })

  test('an unconnected socket hears nothing of it', () => {
    const { a, run } = ends()
    const client = a.sockets.udp()
    client.sendTo(text('x'), B, 54)
    run(1)
    expect(client.hasError).toBe(false)
  })

  test('broadcasts need permission and reach every socket of the port', () => {
    const { a, b, run } = ends()
    const one = b.sockets.udp()
    const two = b.sockets.udp()
    for (const socket of [one, two]) {
      socket.reuseAddress = true
      expect(socket.bind(0, 67)).toBeNull()
    }
    const client = a.sockets.udp()
    expect(client.sendTo(text('x'), 0x0a0000ff, 67)).toBe('EACCES')
    client.broadcast = true
    expect(client.sendTo(text('x'), 0x0a0000ff, 67)).toBeNull()
    run(1)
    expect([one.received.length, two.received.length]).toEqual([1, 1])
  })

  test('too long for the path: EMSGSIZE when fragmenting is forbidden, fragments otherwise', () => {
    const { a, b, run } = ends()
    const server = b.sockets.udp()
    server.bind(0, 5000)
    const client = a.sockets.udp()
    client.receiveErrors = true
    client.mtuDiscover = 'do'
    expect(client.sendTo(new Uint8Array(2000), B, 5000)).toBe('EMSGSIZE')
    expect(client.errorQueue.map(({ origin, mtu }) => [origin, mtu])).toEqual([['local', 1500]])
    client.mtuDiscover = 'want'
    expect(client.sendTo(new Uint8Array(2000), B, 5000)).toBeNull()
    run(1)
    expect(server.receive()?.data.length).toBe(2000)
  })

  test('ports are chosen from ip_local_port_range, the same ones for the same seed', () => {
    const ports = (): number[] => {
      const { a } = ends()
      return [1, 2, 3].map(() => {
        const socket = a.sockets.udp()
        socket.connect(B, 53)
        return socket.localPort
      })
    }
    const first = ports()
    expect(ports()).toEqual(first)
    expect(first.every((port) => port >= 32_768 && port <= 60_999)).toBe(true)
  })
})
