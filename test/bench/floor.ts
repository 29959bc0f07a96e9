// The least that sixteen hops can cost: a virtual call each, counters, two frames, no lookups. What no model of a path goes below.
import { parseIpv4 } from '../../src/addr/ipv4.js'
import { ETHERTYPE_IPV4, EthernetFrame } from '../../src/wire/ethernet.js'
import { ICMP_ECHO, IcmpMessage } from '../../src/wire/icmp.js'
import { Ipv4Packet, PROTO_ICMP } from '../../src/wire/ipv4.js'

abstract class Hop {
  packets = 0
  bytes = 0
  next: Hop | null = null
  abstract pass(frame: EthernetFrame): EthernetFrame

  protected on(frame: EthernetFrame): EthernetFrame {
    this.packets++
    this.bytes += 98
    return this.next === null ? frame : this.next.pass(frame)
  }
}

class Port extends Hop {
  override pass(frame: EthernetFrame): EthernetFrame {
    return this.on(frame)
  }
}

class Bridge extends Hop {
  seen = 0
  override pass(frame: EthernetFrame): EthernetFrame {
    this.seen ^= frame.src
    return this.on(frame)
  }
}

class Router extends Hop {
  forwarded = 0
  override pass(frame: EthernetFrame): EthernetFrame {
    this.forwarded++
    return this.on(frame)
  }
}

const HOPS = 8
const KINDS = [Port, Bridge, Router, Port]

function chain(): Hop {
  const hops = Array.from({ length: HOPS }, (_, i) => new KINDS[i % KINDS.length]!())
  hops.forEach((hop, i) => {
    hop.next = hops[i + 1] ?? null
  })
  return hops[0]!
}

/** Round trips of two frames, eight hops each way. */
export function floorOf(): (count: number) => void {
  const [out, back] = [chain(), chain()]
  const data = new Uint8Array(56)
  const [vm, server] = [parseIpv4('192.168.3.69')!, parseIpv4('100.121.0.75')!]
  const frame = (src: number, dst: number, seq: number): EthernetFrame => {
    const payload = new Ipv4Packet({
      ttl: 64,
      proto: PROTO_ICMP,
      src,
      dst,
      payload: new IcmpMessage({ type: ICMP_ECHO, code: 0, rest: seq, payload: data }),
    })
    return new EthernetFrame({ dst: 2, src: 1, type: ETHERTYPE_IPV4, payload })
  }
  return (count) => {
    for (let i = 0; i < count; i++) {
      out.pass(frame(vm, server, i))
      back.pass(frame(server, vm, i))
    }
    if (out.packets === 0 || back.packets === 0) throw new Error('the floor passed nothing')
  }
}
