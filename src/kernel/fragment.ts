// Cutting IPv4 packets for a link's MTU, and putting fragments together again.
import { Copied } from '../sim/copied.js'
import type { Task, Timer } from '../sim/scheduler.js'
import { decodeIpv4Payload } from '../wire/decode.js'
import { encodePayload } from '../wire/encode.js'
import { ICMP_TIME_EXCEEDED } from '../wire/icmp.js'
import type { Ipv4Packet } from '../wire/ipv4.js'
import { IP_MF } from '../wire/ipv4.js'
import { icmpSend } from './icmp-send.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { delivered, drop, hold, release } from './packet.js'

const FRAGMENT_TIMEOUT_CODE = 1
const LONGEST = 65535

/** Pieces of at most `mtu` bytes; all but the last carry a multiple of 8. */
export function fragmentsOf(ip: Ipv4Packet, mtu: number): Ipv4Packet[] {
  const bytes = encodePayload(ip.payload, ip.src, ip.dst)
  const room = (mtu - ip.headerLength) & ~7
  const pieces: Ipv4Packet[] = []
  for (let at = 0; at < bytes.length; at += room) {
    const last = at + room >= bytes.length
    const flags = last ? ip.flags : ip.flags | IP_MF
    pieces.push(ip.withFragment(flags, ip.fragOffset + at, bytes.subarray(at, at + room)))
  }
  return pieces
}

/** Fragments of one packet that have arrived, in order, none overlapping. */
class FragmentQueue implements Task {
  readonly parts: Packet[] = []
  /** Length of the whole payload, -1 while the last fragment is missing. */
  total = -1
  received = 0
  longest = 0
  timer: Timer | null = null

  constructor(
    private readonly reassembly: Reassembly,
    readonly key: string,
    readonly user: ReassemblyUser,
  ) {}

  /** Its time is over. */
  fire(): void {
    this.reassembly.expire(this)
  }
}

/** Who puts together: the socket layer or connection tracking; their queues are apart. */
export type ReassemblyUser = 'local' | 'conntrack'

export class Reassembly extends Copied {
  private readonly queues = new Map<string, FragmentQueue>()

  constructor(private readonly netns: NetNamespace) {
    super()
  }

  /** True: `pkt` is whole now and goes on. False: it is held (or was dropped). */
  add(pkt: Packet, user: ReassemblyUser): boolean {
    const ip = pkt.ip
    const key = `${user} ${ip.src} ${ip.dst} ${ip.id} ${ip.proto}`
    const queue = this.queueOf(key, user)
    const end = ip.fragOffset + ip.payload.length
    const isLast = (ip.flags & IP_MF) === 0
    if (
      end > LONGEST ||
      (!isLast && ip.payload.length % 8 !== 0) ||
      (queue.total >= 0 && (isLast ? end !== queue.total : end > queue.total))
    ) {
      drop(pkt, 'FRAG_REASM_INVALID', this.netns)
      return false
    }
    const at = placeOf(queue, ip)
    if (at < 0) {
      this.discard(key, queue)
      drop(pkt, 'FRAG_REASM_INVALID', this.netns)
      return false
    }
    if (isLast) queue.total = end
    queue.parts.splice(at, 0, pkt)
    queue.received += ip.payload.length
    queue.longest = Math.max(queue.longest, ip.length)
    if (queue.total < 0 || queue.received < queue.total) {
      hold(pkt, this.netns)
      return false
    }
    this.complete(key, queue, pkt)
    return true
  }

  private queueOf(key: string, user: ReassemblyUser): FragmentQueue {
    let queue = this.queues.get(key)
    if (queue === undefined) {
      queue = new FragmentQueue(this, key, user)
      this.queues.set(key, queue)
      queue.timer = this.netns.kernel.sim.scheduler.after(this.netns.conf.ipfrag_time * 1_000_000, queue)
    }
    return queue
  }

  /** The last one to arrive becomes the whole packet; the others end in it. */
  private complete(key: string, queue: FragmentQueue, pkt: Packet): void {
    queue.timer?.cancel()
    this.queues.delete(key)
    const bytes = new Uint8Array(queue.total)
    for (const part of queue.parts) {
      bytes.set(part.ip.payload as Uint8Array, part.ip.fragOffset)
      if (part === pkt) continue
      release(part)
      delivered(part, this.netns)
    }
    const first = queue.parts[0]!.ip
    const payload = decodeIpv4Payload(first.proto, bytes, first.src, first.dst)
    pkt.ip = first.withFragment(first.flags & ~IP_MF, 0, payload)
    pkt.fragMaxSize = queue.longest
  }

  expire(queue: FragmentQueue): void {
    const { key, user } = queue
    const first = queue.parts[0]
    if (first !== undefined && first.ip.fragOffset === 0 && user === 'local') {
      icmpSend(this.netns, first, ICMP_TIME_EXCEEDED, FRAGMENT_TIMEOUT_CODE)
    }
    this.discard(key, queue)
  }

  private discard(key: string, queue: FragmentQueue): void {
    queue.timer?.cancel()
    this.queues.delete(key)
    for (const part of queue.parts) {
      release(part)
      drop(part, 'FRAG_REASM_TIMEOUT', this.netns)
    }
  }

  clear(): void {
    for (const [key, queue] of [...this.queues]) this.discard(key, queue)
  }
}

/** Where the fragment belongs; -1 when it overlaps another. */
function placeOf(queue: FragmentQueue, ip: Ipv4Packet): number {
  const end = ip.fragOffset + ip.payload.length
  let at = 0
  while (at < queue.parts.length && queue.parts[at]!.ip.fragOffset < ip.fragOffset) at++
  const before = queue.parts[at - 1]?.ip
  const after = queue.parts[at]?.ip
  if (before !== undefined && before.fragOffset + before.payload.length > ip.fragOffset) return -1
  return after !== undefined && after.fragOffset < end ? -1 : at
}
